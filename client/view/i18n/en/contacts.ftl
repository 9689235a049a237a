# The left side: ourselves, requests, conversations, search.

contacts-our-page = { $name }, { $state }. Open your page
contacts-our-address = Your address
contacts-copy-ours = Copy your address
contacts-copied = Copied
contacts-menu = Menu
contacts-menu-ourselves = Your page
contacts-menu-connection = Connection
contacts-menu-settings = Settings
contacts-menu-keys = Keyboard shortcuts
contacts-menu-lock = Lock now
contacts-add = Add contact

contacts-search = Search contacts and messages
contacts-search-hint = Search
contacts-search-clear = Clear the search
contacts-searching = Searching…
contacts-no-match = Nothing matches “{ $filter }”.
contacts-more-hits = Show older messages
contacts-group-people = Contacts
contacts-group-messages = Messages
contacts-group-pinned = Pinned
contacts-group-others = Conversations

contacts-archive = { $count ->
    [one] Archive, { $count } conversation
   *[other] Archive, { $count } conversations
}
contacts-archive-leave = Back to all conversations
contacts-archive-empty = The archive is empty.

contacts-typing = is writing…
contacts-draft = Draft: { $text }
contacts-has-draft = has a draft
contacts-unreadable = Message that could not be read
contacts-retracted = Message taken back
contacts-waiting = Waiting for their answer
contacts-stranger = Not a contact
contacts-blocked = Blocked
contacts-ourselves = Notes to yourself
contacts-no-messages = No messages yet
contacts-unread = { $count } unread
contacts-pinned = pinned
contacts-muted = muted
contacts-their-last = { $time }: { $text }
contacts-our-last = { $time }, you: { $text }

contacts-request = wants to be your contact
contacts-request-text = “{ $text }”
contacts-accept = Accept
contacts-accept-whom = Accept { $name }
contacts-decline = Decline
contacts-decline-whom = Decline { $name }
contacts-block = Block
contacts-block-whom = Block { $name }
contacts-all-requests = Show all { $count } requests

contacts-none-title = No contacts yet
contacts-none-words = Give somebody your address, or add theirs.
contacts-none-copy = Copy my address
contacts-phrase-unchecked = You have not checked yet that your recovery words are on paper.
contacts-phrase-check = Check now

menu-mark-read = Mark as read
menu-pin = Pin
menu-unpin = Unpin
menu-mute-hour = Mute for 1 hour
menu-mute-day = Mute for 8 hours
menu-mute-ever = Mute until I turn it on
menu-unmute = Turn notifications on
menu-archive = Archive
menu-unarchive = Bring back from the archive
menu-details = Contact details
menu-copy-address = Copy address
menu-delete-conversation = Delete conversation…
menu-block = Block…
menu-unblock = Unblock

main-none-title = No conversation is open
main-none-words = Choose one from the list, or press Ctrl+K and type a name.
main-nobody-title = Nobody here yet
main-nobody-words = People reach you at your own address, which is a key and an onion service in one. Give it to somebody, or add their address here.
main-nobody-address = Show my address

switcher-field = Name of a contact
switcher-hint = Go to…
contacts-verified = identity verified
