# Invites: links that others use to become contacts.

contacts-menu-invite = Invite somebody

invite-title = Invite somebody
invite-words = An invite is a link, or a code to scan. Whoever takes it finds your address in it, and writes to you.
invite-lets-in = Let them in without asking me
invite-lets-in-words = The first one who uses the invite becomes a contact at once, also while this program is closed. Give it to one person.
invite-good-for = It is good for
invite-days = { $count ->
    [one] a day
    [365] a year
   *[other] { $count } days
}
invite-make = Make invite
invite-made-token = The first one who uses this link before { $until } becomes a contact without a question. It is shown this once.
invite-made-plain = Whoever uses this link asks to become a contact, and you decide.
invite-qr = QR code of the invite
invite-copy = Copy link
invite-copy-page = Copy web link
invite-copy-xmpp = Copy link for programs
invite-two-links = The web link opens your page, for somebody who has no Onym yet. The link for programs opens Onym or another XMPP program, as the code does.
invite-copied = The link is in the clipboard.
invite-save = Save as picture
invite-given = Invites that you have made
invite-is-open = Made { $made }. Nobody has used it; it ends { $until }.
invite-is-over = Made { $made }. Nobody has used it, and it is over.
invite-is-used = Made { $made }. { $by } came with it.
invite-take-back = Take back
invite-forget = Remove from the list

add-from-screen = From the screen
add-screen-waits = Waiting for a picture of the screen…
add-screen-cancel = Don’t wait
outside-save-invite = Save the invite as a picture

refused-too-many-invites = There are too many invites. Take one back first.
refused-no-invite = There is no such invite any more.
refused-invite-not-kept = Your server lets nobody in by an invite. Its link leads to an ordinary request.
