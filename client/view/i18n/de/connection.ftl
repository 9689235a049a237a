# Die Verbindung und Tor.

tor-summary-online = Online
tor-summary-not-reachable = Online, noch nicht erreichbar
tor-summary-starting = Verbindet mit Tor
tor-summary-connecting = Verbindet
tor-summary-offline = Offline
tor-summary-trouble = Braucht deine Hilfe

tor-phase-starting = Tor startet
tor-phase-connecting = Verbindet mit dem Tor-Netz
tor-phase-directory = Liest die Liste der Tor-Relays
tor-phase-circuits = Baut Wege durch Tor
tor-phase-publishing = Macht deine Adresse bekannt
tor-phase-confirming = Prüft, ob andere dich erreichen
tor-phase-reachable = Andere können dich erreichen
tor-phase-unreachable = Tor läuft, aber andere erreichen dich noch nicht
tor-phase-failed = Tor läuft nicht

tor-step-connecting = Mit dem Tor-Netz verbinden
tor-step-directory = Liste der Relays lesen
tor-step-circuits = Wege bauen
tor-step-publishing = Adresse bekannt machen
tor-step-confirming = Von außen prüfen
tor-step-reachable = Erreichbar
tor-step-done = { $step }: erledigt

tor-progress = Start von Tor
tor-percent = { $percent } %
tor-percent-since = , seit { $time }
tor-more = Was geschieht gerade?
tor-help = Was kann ich tun?
tor-connect-now = Jetzt verbinden

tor-problem-clock = Die Uhr dieses Rechners geht falsch
tor-help-clock = Tor braucht die richtige Zeit. Stell Datum, Uhrzeit und Zeitzone in den Systemeinstellungen; Onym macht von selbst weiter.
tor-problem-network = Es gibt kein Netz
tor-help-network = Prüf Kabel oder WLAN. Was du inzwischen schreibst, wird aufbewahrt und später gesendet.
tor-problem-censored = Tor scheint hier gesperrt zu sein
tor-help-censored = Das Netz geht, aber Tor antwortet nicht. Brücken sind Zugänge zu Tor, die auf keiner öffentlichen Liste stehen. Du bekommst welche auf bridges.torproject.org oder per Mail; füg sie unten ein.
tor-problem-update = Diese Version von Onym ist zu alt
tor-help-update = Das Tor-Netz versteht sie nicht mehr. Installier die aktuelle Version; deine Nachrichten und deine Identität bleiben.
tor-problem-failed = Tor läuft nicht
tor-help-failed = Onym startet es von selbst neu. Wenn es so bleibt, prüf, ob die Festplatte voll ist, ob in den Ordner von Onym geschrieben werden darf und ob noch ein Onym läuft.
tor-problem-other = Etwas steht im Weg
tor-help-other = Onym versucht es weiter. Wenn es so bleibt, starte Onym neu.

tor-page-title = Verbindung
tor-page-tor = Tor
tor-page-server = Dein Endpunkt
tor-server-online = Dein Endpunkt läuft in diesem Programm und ist verbunden.
tor-server-connecting = Verbindet mit deinem Endpunkt.
tor-server-offline = Nicht mit deinem Endpunkt verbunden.
tor-server-offline-next = Nicht mit deinem Endpunkt verbunden. Nächster Versuch { $time }.
tor-server-stopped = Dein Endpunkt hat die Verbindung abgelehnt.

tor-bridges = Brücken
tor-bridges-words = Nur nötig, wo Tor gesperrt ist. Eine Brücke je Zeile, so wie du sie bekommen hast.
tor-bridges-hint = obfs4 192.0.2.1:443 …
tor-bridges-field = Brückenzeilen
tor-bridges-save = Speichern und verbinden
tor-bridges-remove = Ohne Brücken verbinden
tor-bridges-bad-line = Zeile { $line } ist keine Brückenzeile.
tor-bridges-transport = Diese Brücken brauchen das Programm { $name }, das nicht installiert ist.

tor-at-relay = Verbindet mit einem Relay
tor-at-consensus = Holt die Liste der Relays
tor-at-certificates = Prüft die Liste der Relays
tor-at-relay-keys = Holt die Schlüssel der Relays
tor-says = Tor sagt: { $words }.
tor-server-says = Er sagt: { $words }.

trouble-disconnected = Die Verbindung ist abgerissen.
trouble-connect-timeout = Er war nicht rechtzeitig zu erreichen.
trouble-login-timeout = Die Anmeldung kam nicht rechtzeitig zum Ende.
trouble-silent = Er antwortet nicht mehr.
trouble-closed = Dein Endpunkt hat die Verbindung geschlossen.
trouble-stream-error = Dein Endpunkt hat die Verbindung abgebrochen.
trouble-unreadable = Dein Endpunkt hat etwas Unlesbares gesendet.
trouble-protocol = Dein Endpunkt hält sich nicht an das Protokoll.
trouble-login-refused = Dein Endpunkt hat die Anmeldung abgelehnt.
trouble-no-mechanism = Dein Endpunkt bietet keine Anmeldung an, die hier geht.
trouble-not-proven = Er konnte nicht beweisen, dass er dein Endpunkt ist.
trouble-wrong-address = Er hat dich unter einer anderen Adresse angemeldet.
