# Die linke Seite: wir selbst, Anfragen, Gespräche, Suche.

contacts-our-page = { $name }, { $state }. Deine Seite öffnen
contacts-our-address = Deine Adresse
contacts-copy-ours = Deine Adresse kopieren
contacts-copied = Kopiert
contacts-menu = Menü
contacts-menu-ourselves = Deine Seite
contacts-menu-connection = Verbindung
contacts-menu-settings = Einstellungen
contacts-menu-keys = Tastenkürzel
contacts-menu-lock = Jetzt sperren
contacts-add = Kontakt hinzufügen

contacts-search = Kontakte und Nachrichten durchsuchen
contacts-search-hint = Suchen
contacts-search-clear = Suche leeren
contacts-searching = Sucht …
contacts-no-match = Nichts passt zu „{ $filter }“.
contacts-more-hits = Ältere Nachrichten zeigen
contacts-group-people = Kontakte
contacts-group-messages = Nachrichten
contacts-group-pinned = Angeheftet
contacts-group-others = Gespräche

contacts-archive = { $count ->
    [one] Archiv, { $count } Gespräch
   *[other] Archiv, { $count } Gespräche
}
contacts-archive-leave = Zurück zu allen Gesprächen
contacts-archive-empty = Das Archiv ist leer.

contacts-typing = schreibt …
contacts-draft = Entwurf: { $text }
contacts-has-draft = hat einen Entwurf
contacts-unreadable = Nicht lesbare Nachricht
contacts-retracted = Nachricht zurückgenommen
contacts-waiting = Wartet auf Antwort
contacts-stranger = Kein Kontakt
contacts-blocked = Blockiert
contacts-ourselves = Notizen an dich selbst
contacts-no-messages = Noch keine Nachrichten
contacts-unread = { $count } ungelesen
contacts-pinned = angeheftet
contacts-muted = stumm
contacts-their-last = { $time }: { $text }
contacts-our-last = { $time }, du: { $text }

contacts-request = möchte dein Kontakt sein
contacts-request-text = „{ $text }“
contacts-accept = Annehmen
contacts-accept-whom = { $name } annehmen
contacts-decline = Ablehnen
contacts-decline-whom = { $name } ablehnen
contacts-block = Blockieren
contacts-block-whom = { $name } blockieren
contacts-all-requests = Alle { $count } Anfragen zeigen

contacts-none-title = Noch keine Kontakte
contacts-none-words = Gib jemandem deine Adresse, oder füg eine hinzu.
contacts-none-copy = Meine Adresse kopieren
contacts-phrase-unchecked = Du hast noch nicht geprüft, ob deine Wörter auf Papier stehen.
contacts-phrase-check = Jetzt prüfen

menu-mark-read = Als gelesen markieren
menu-pin = Anheften
menu-unpin = Lösen
menu-mute-hour = 1 Stunde stumm
menu-mute-day = 8 Stunden stumm
menu-mute-ever = Stumm, bis ich es ändere
menu-unmute = Benachrichtigungen einschalten
menu-archive = Archivieren
menu-unarchive = Aus dem Archiv holen
menu-details = Kontaktdaten
menu-copy-address = Adresse kopieren
menu-delete-conversation = Gespräch löschen …
menu-block = Blockieren …
menu-unblock = Nicht mehr blockieren

main-none-title = Kein Gespräch ist offen
main-none-words = Wähl eines aus der Liste, oder drück Strg+K und tipp einen Namen.
main-nobody-title = Noch niemand hier
main-nobody-words = Andere erreichen dich unter deiner eigenen Adresse, die Schlüssel und Onion-Dienst zugleich ist. Gib sie jemandem, oder füg hier eine Adresse hinzu.
main-nobody-address = Meine Adresse zeigen

switcher-field = Name eines Kontakts
switcher-hint = Gehe zu …
contacts-verified = Identität geprüft
