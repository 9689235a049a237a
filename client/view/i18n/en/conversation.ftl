# The conversation: header, messages, and the field below them.

conversation-back = Back to contacts
conversation-menu = Conversation menu
conversation-find = Find in conversation
conversation-choose-day = Go to a day
conversation-retry = Retry now
conversation-typing = writing…
conversation-typing-paused = has stopped writing
conversation-notes = Notes to yourself
# How somebody is there, and how their endpoint is reached.
conversation-state = { $presence } · { $endpoint }
conversation-messages = Messages
conversation-scroll-bar = Scroll messages
conversation-to-newest = Jump to the newest message
conversation-to-newest-with-count = Jump to the newest message, { $count } new
conversation-empty-title = Say hello to { $name }
conversation-empty-words = What you write is kept on this computer first and delivered as soon as their endpoint can be reached.
conversation-cancel = Cancel
conversation-close = Close

banner-incoming = { $name } wants to be your contact.
banner-outgoing = You asked { $name } to be your contact. You see their presence once they accept.
banner-stranger = { $name } is not one of your contacts.
banner-accept = Accept
banner-decline = Decline
banner-add = Add contact

message-you = You
# Read aloud for a message.
message-spoken = { $who } at { $time }: { $text }
message-with-state = { $message } – { $state }
message-answers = answers “{ $quote }”
message-has-reactions = reactions: { $emoji }
message-disappears = disappears after a time
message-disappears-in = Disappears { $time }
way = to { $address }: { $why }
way-only = the only address
way-chosen = you have chosen it
way-priority = they want to be reached there first
way-there = they are there
way-home = the conversation began there
way-others-unreachable = the one that they prefer is not reached
way-others-cannot-read = no device may read at the one that they prefer
way-none-reachable = none of their addresses is reached
message-via-from = from { $address }
message-via-to = to { $address }
message-via-former = from { $address }, no longer theirs
message-edited = edited
message-edited-at = Edited { $time }
message-show-earlier = Earlier versions
message-retracted = This message was taken back
message-reply-missing = Message
message-go-to-answered = Go to the answered message: { $quote }
message-new-line = New messages
message-show-more = Show all
message-discard = Discard
message-resend = Resend
message-discard-named = Discard: { $text }
message-resend-named = Resend: { $text }
message-menu = Message menu
message-react = React
message-more-reactions = More reactions
message-reply = Reply
message-copy = Copy
message-copy-link = Copy link
message-edit = Edit
message-select = Select
message-retract = Take back…
message-delete-here = Delete here…

reaction-both = { $emoji }: you and { $name }
reaction-ours = { $emoji }: you
reaction-theirs = { $emoji }: { $name }

selection-leave = Stop selecting
selection-count = { $count } selected
selection-copy = Copy
selection-delete = Delete here…

retract-title = Take this message back?
retract-words = It is removed here, and the other side is asked to remove it too. They may have read it already, and not every program follows.
retract-yes = Take back
delete-title = { $count ->
    [one] Delete this message here?
   *[other] Delete { $count } messages here?
}
delete-words = This removes them from this device only. The other side keeps its own.
delete-yes = Delete
link-title = Open this link?
link-words = It leads to { $host }. Its address is written in a way that can mislead.
link-yes = Open anyway
earlier-title = Earlier versions

find-field = Find in this conversation
find-close = End the search
find-next = Next match
find-previous = Previous match
find-running = Searching…
find-none = Nothing found
find-which = { $current } of { $total }
find-count = { $total ->
    [one] { $total } match
   *[other] { $total } matches
}

date-month = { $month } { $year }
date-previous-month = Previous month
date-next-month = Next month
weekday-short-1 = Mo
weekday-short-2 = Tu
weekday-short-3 = We
weekday-short-4 = Th
weekday-short-5 = Fr
weekday-short-6 = Sa
weekday-short-7 = Su

composer-hint = Message { $name }
composer-hint-short = Write a message
composer-hint-clear = Message { $name }, not encrypted
composer-send = Send
composer-save = Save
composer-emoji = Emoji
composer-editing = Edit message
composer-reply-to = Reply to { $name }
composer-reply-to-self = Reply to yourself
composer-left = { $count ->
    [one] { $count } byte left
   *[other] { $count } bytes left
}
composer-too-long = { $count ->
    [one] This message is { $count } byte too long to be sent.
   *[other] This message is { $count } bytes too long to be sent.
}

emoji-search = Search emoji
emoji-none-found = No emoji of this name
emoji-recent = Recent
emoji-smileys = Smileys
emoji-people = People
emoji-nature = Animals and nature
emoji-food = Food and drink
emoji-travel = Travel and places
emoji-activities = Activities
emoji-objects = Objects
emoji-symbols = Symbols
emoji-flags = Flags
