# How people, messages and connections are.

presence-unknown = Presence unknown
presence-offline = Offline
presence-available = Online
presence-away = Away
presence-extended-away = Away for long
presence-busy = Busy
presence-since = { $state } since { $time }
presence-last-seen = Last seen { $time }
presence-connecting = Connecting
presence-with-status = { $state }: { $status }

delivery-queued = Waits for a connection
delivery-sent = On its way
delivery-stored = Waits until they can be reached
delivery-delivered = Delivered
delivery-displayed = Seen
delivery-at = { $state }, { $time }
delivery-failed = Not delivered. { $why }
delivery-their-words = Their server says: “{ $words }”

failure-server-not-found = Their server could not be found.
failure-server-timeout = Their server could not be reached in time.
failure-nobody-there = Nobody receives messages at this address.
failure-refused = They do not accept messages from you.
failure-not-accepted = A server on the way did not accept the message.
failure-server-full = A server on the way has no room left.
failure-moved = This address is no longer in use.
failure-other = The message was returned.

endpoint-idle = Not connected
endpoint-connecting = Connecting to their endpoint
endpoint-connected = Connected through Tor
endpoint-waiting = Their endpoint is away
endpoint-waiting-next = Their endpoint is away. Next try { $time }
