# Wie es um Menschen, Nachrichten und Verbindungen steht.

presence-unknown = Anwesenheit unbekannt
presence-offline = Offline
presence-available = Online
presence-away = Abwesend
presence-extended-away = Länger abwesend
presence-busy = Beschäftigt
presence-since = { $state } seit { $time }
presence-last-seen = Zuletzt gesehen { $time }
presence-connecting = Verbindet
presence-with-status = { $state }: { $status }

delivery-queued = Wartet auf eine Verbindung
delivery-sent = Unterwegs
delivery-stored = Wartet, bis die Gegenseite erreichbar ist
delivery-delivered = Zugestellt
delivery-displayed = Gesehen
delivery-at = { $state }, { $time }
delivery-failed = Nicht zugestellt. { $why }
delivery-their-words = Der Server der Gegenseite sagt: „{ $words }“

failure-server-not-found = Der Server der Gegenseite wurde nicht gefunden.
failure-server-timeout = Der Server der Gegenseite war nicht rechtzeitig erreichbar.
failure-nobody-there = Unter dieser Adresse empfängt niemand Nachrichten.
failure-refused = Die Gegenseite nimmt keine Nachrichten von dir an.
failure-not-accepted = Ein Server auf dem Weg hat die Nachricht nicht angenommen.
failure-server-full = Ein Server auf dem Weg hat keinen Platz mehr.
failure-moved = Diese Adresse wird nicht mehr benutzt.
failure-other = Die Nachricht kam zurück.

endpoint-idle = Nicht verbunden
endpoint-connecting = Verbindet mit dem Endpunkt der Gegenseite
endpoint-connected = Über Tor verbunden
endpoint-waiting = Der Endpunkt der Gegenseite ist fort
endpoint-waiting-next = Der Endpunkt der Gegenseite ist fort. Nächster Versuch { $time }
