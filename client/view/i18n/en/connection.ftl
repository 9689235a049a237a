# The connection and Tor.

tor-summary-online = Online
tor-summary-not-reachable = Online, not reachable yet
tor-summary-starting = Connecting to Tor
tor-summary-connecting = Connecting
tor-summary-offline = Offline
tor-summary-trouble = Needs your attention

tor-phase-starting = Starting Tor
tor-phase-connecting = Connecting to the Tor network
tor-phase-directory = Reading the list of Tor relays
tor-phase-circuits = Building paths through Tor
tor-phase-publishing = Making your address known
tor-phase-confirming = Testing whether others reach you
tor-phase-reachable = Others can reach you
tor-phase-unreachable = Tor runs, but others cannot reach you yet
tor-phase-failed = Tor does not run

tor-step-connecting = Connect to the Tor network
tor-step-directory = Read the list of relays
tor-step-circuits = Build paths
tor-step-publishing = Make your address known
tor-step-confirming = Test it from outside
tor-step-reachable = Reachable
tor-step-done = { $step }: done

tor-progress = Start of Tor
tor-percent = { $percent }%
tor-percent-since = , for { $time }
tor-more = What is happening?
tor-help = What can I do?
tor-connect-now = Connect now

tor-problem-clock = The clock of this computer is wrong
tor-help-clock = Tor needs the right time. Set date, time and time zone in the system's settings; Onym goes on by itself.
tor-problem-network = There is no network
tor-help-network = Check the cable or Wi-Fi. What you write meanwhile is kept and sent later.
tor-problem-censored = Tor seems to be blocked here
tor-help-censored = The network works, but Tor does not answer. Bridges are entries to Tor that are not on public lists. Ask for some at bridges.torproject.org or by mail, and paste them below.
tor-problem-update = This version of Onym is too old
tor-help-update = The Tor network no longer understands it. Install the current version; your messages and your identity stay.
tor-problem-failed = Tor does not run
tor-help-failed = Onym starts it again by itself. If it lasts, check whether the disk is full, whether the folder of Onym may be written, and whether another Onym runs.
tor-problem-other = Something stands in the way
tor-help-other = Onym keeps trying. If it lasts, start Onym again.

tor-page-title = Connection
tor-page-tor = Tor
tor-page-server = Your endpoint
tor-server-online = Your endpoint runs in this program and is connected.
tor-server-connecting = Connecting to your endpoint.
tor-server-offline = Not connected to your endpoint.
tor-server-offline-next = Not connected to your endpoint. Next try { $time }.
tor-server-stopped = Your endpoint refused the connection.

tor-bridges = Bridges
tor-bridges-words = Only needed where Tor is blocked. One bridge per line, as you received it.
tor-bridges-hint = obfs4 192.0.2.1:443 …
tor-bridges-field = Bridge lines
tor-bridges-save = Save and connect
tor-bridges-remove = Connect without bridges
tor-bridges-bad-line = Line { $line } is not a bridge line.
tor-bridges-transport = These bridges need the program { $name }, which is not installed.

tor-at-relay = Connects to a relay
tor-at-consensus = Fetches the list of relays
tor-at-certificates = Checks the list of relays
tor-at-relay-keys = Fetches the keys of the relays
tor-says = Tor says: { $words }.
tor-server-says = It says: { $words }.

trouble-disconnected = The connection was lost.
trouble-connect-timeout = It could not be reached in time.
trouble-login-timeout = The login did not end in time.
trouble-silent = It no longer answers.
trouble-closed = Your endpoint closed the connection.
trouble-stream-error = Your endpoint ended the connection.
trouble-unreadable = Your endpoint sent something unreadable.
trouble-protocol = Your endpoint did not follow the protocol.
trouble-login-refused = Your endpoint refused the login.
trouble-no-mechanism = Your endpoint offers no login that works here.
trouble-not-proven = It could not prove that it is your endpoint.
trouble-wrong-address = It logged you in under another address.
