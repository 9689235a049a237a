# Die Seite eines Kontakts und unsere eigene.

contact-title = Kontakt
contact-their-name = Nennt sich { $name }
contact-address = Adresse
contact-addresses = Adressen
contact-copy-named = Adresse kopieren: { $jid }
contact-copy = Adresse kopieren
contact-copy-link = Link kopieren
contact-show-qr = QR-Code zeigen
contact-hide-qr = QR-Code verbergen
contact-qr = Adresse als QR-Code
contact-contact = Name und Gruppen
contact-rename = Umbenennen …
contact-groups = Gruppen, durch Kommas getrennt
contact-groups-hint = Familie, Arbeit
contact-endpoint = Endpunkt
contact-endpoint-state = Zustand
contact-endpoint-domain = Onion-Adresse oder Server
contact-endpoint-reached = Zuletzt erreicht
contact-endpoint-tried = Letzter Versuch
contact-endpoint-why = Warum der letzte Versuch misslang
contact-endpoint-waiting = Wartet auf das Senden
contact-endpoint-waiting-count = { $count ->
    [one] { $count } Nachricht oder Antwort
   *[other] { $count } Nachrichten und Antworten
}
contact-retry = Jetzt noch einmal versuchen
contact-notifications = Benachrichtigungen
contact-notifications-on = An
contact-muted-until = Aus bis { $time }
contact-disappearing = Verschwindende Nachrichten
contact-disappearing-words = Nachrichten beider Seiten werden nach dieser Zeit auf diesem Rechner gelöscht. Die andere Seite entscheidet für sich.
contact-disappearing-never = Nie
contact-danger = Trennen
contact-delete-hint = Alle Nachrichten auf diesem Rechner
contact-remove = Kontakt entfernen …
contact-remove-hint = Die Nachrichten bleiben
contact-block-hint = Nichts von dort erreicht dich

ours-title = Deine Seite
ours-choose-picture = Bild wählen …
ours-remove-picture = Bild entfernen
ours-name = Name
ours-name-words = Deine Kontakte sehen diesen Namen. Andere nicht.
ours-name-field = Dein Name
ours-name-hint = Wie nennen dich andere?
ours-name-save = Speichern
ours-address = Deine Adresse
ours-address-words = Zeig den Code oder schick den Link. Wer ihn hat, kann bitten, dein Kontakt zu werden.
ours-qr = Deine Adresse als QR-Code

contact-endpoint-detail = Was Tor sagt
endpoint-why-ours = Dein eigenes Tor war nicht bereit
endpoint-why-not-found = Die Adresse wurde nicht gefunden: Der Endpunkt der Gegenseite war länger nicht da
endpoint-why-no-answer = Die Adresse ist bekannt, aber niemand antwortet dort
endpoint-why-timeout = Es kam nicht rechtzeitig eine Antwort
endpoint-why-refused = Der Endpunkt der Gegenseite hat die Verbindung abgelehnt
endpoint-why-invalid = Die Adresse kann nicht stimmen
endpoint-why-ended = Die Verbindung ist abgerissen
endpoint-why-other = Es gab keine Verbindung
