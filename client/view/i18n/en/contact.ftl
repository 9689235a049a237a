# The page of a contact, and our own.

contact-title = Contact
contact-their-name = Calls themselves { $name }
contact-address = Address
contact-addresses = Addresses
contact-copy-named = Copy address: { $jid }
contact-copy = Copy address
contact-copy-link = Copy link
contact-show-qr = Show QR code
contact-hide-qr = Hide QR code
contact-qr = Address as a QR code
contact-contact = Name and groups
contact-rename = Rename…
contact-groups = Groups, separated by commas
contact-groups-hint = Family, Work
contact-endpoint = Endpoint
contact-endpoint-state = State
contact-endpoint-domain = Onion address or server
contact-endpoint-reached = Last reached
contact-endpoint-tried = Last try
contact-endpoint-why = Why the last try failed
contact-endpoint-waiting = Waiting to be sent
contact-endpoint-waiting-count = { $count ->
    [one] { $count } message or reply
   *[other] { $count } messages and replies
}
contact-retry = Try again now
contact-notifications = Notifications
contact-notifications-on = On
contact-muted-until = Off until { $time }
contact-disappearing = Disappearing messages
contact-disappearing-words = Messages of both sides are deleted on this computer after this time. The other side decides for itself.
contact-disappearing-never = Never
contact-danger = Leave
contact-delete-hint = All its messages on this computer
contact-remove = Remove contact…
contact-remove-hint = The messages stay
contact-block-hint = Nothing they send reaches you

ours-title = Your page
ours-choose-picture = Choose a picture…
ours-remove-picture = Remove the picture
ours-name = Name
ours-name-words = Your contacts see this name. Others do not.
ours-name-field = Your name
ours-name-hint = How do others call you?
ours-name-save = Save
ours-address = Your address
ours-address-words = Show the code or send the link. Whoever has it can ask to become your contact.
ours-qr = Your address as a QR code

contact-endpoint-detail = What Tor says
endpoint-why-ours = Your own Tor was not ready
endpoint-why-not-found = The address was not found: their endpoint was not there lately
endpoint-why-no-answer = The address is known, but nobody answers there
endpoint-why-timeout = There was no answer in time
endpoint-why-refused = Their endpoint refused the connection
endpoint-why-invalid = The address cannot be right
endpoint-why-ended = The connection was lost
endpoint-why-other = There was no connection
