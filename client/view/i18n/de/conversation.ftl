# Die Unterhaltung: Kopf, Nachrichten und das Feld darunter.

conversation-back = Zurück zu den Kontakten
conversation-menu = Menü der Unterhaltung
conversation-find = In der Unterhaltung suchen
conversation-choose-day = Zu einem Tag springen
conversation-retry = Jetzt versuchen
conversation-typing = schreibt …
conversation-typing-paused = schreibt nicht mehr
conversation-notes = Notizen an dich selbst
# How somebody is there, and how their endpoint is reached.
conversation-state = { $presence } · { $endpoint }
conversation-messages = Nachrichten
conversation-scroll-bar = Nachrichten rollen
conversation-to-newest = Zur neuesten Nachricht springen
conversation-to-newest-with-count = Zur neuesten Nachricht springen, { $count } neue
conversation-empty-title = Sag { $name } hallo
conversation-empty-words = Was du schreibst, bleibt zuerst auf diesem Rechner und wird zugestellt, sobald der andere Endpunkt erreichbar ist.
conversation-cancel = Abbrechen
conversation-close = Schließen

banner-incoming = { $name } möchte dein Kontakt werden.
banner-outgoing = Du hast { $name } als Kontakt angefragt. Ob jemand da ist, siehst du nach der Zusage.
banner-stranger = { $name } gehört nicht zu deinen Kontakten.
banner-accept = Annehmen
banner-decline = Ablehnen
banner-add = Kontakt hinzufügen

message-you = Du
# Read aloud for a message.
message-spoken = { $who } um { $time }: { $text }
message-with-state = { $message } – { $state }
message-answers = antwortet auf „{ $quote }“
message-has-reactions = Reaktionen: { $emoji }
message-disappears = verschwindet nach einiger Zeit
message-disappears-in = Verschwindet { $time }
way = an { $address }: { $why }
way-only = die einzige Adresse
way-chosen = du hast sie gewählt
way-priority = dort will die Person zuerst erreicht werden
way-there = die Person ist dort
way-home = dort begann das Gespräch
way-others-unreachable = die bevorzugte ist nicht erreichbar
way-others-cannot-read = an der bevorzugten darf kein Gerät mitlesen
way-none-reachable = keine der Adressen ist erreichbar
message-via-from = von { $address }
message-via-to = an { $address }
message-via-former = von { $address }, nicht mehr deren Adresse
message-edited = bearbeitet
message-edited-at = Bearbeitet { $time }
message-show-earlier = Frühere Fassungen
message-retracted = Diese Nachricht wurde zurückgenommen
message-reply-missing = Nachricht
message-go-to-answered = Zur beantworteten Nachricht: { $quote }
message-new-line = Neue Nachrichten
message-show-more = Alles zeigen
message-discard = Verwerfen
message-resend = Erneut senden
message-discard-named = Verwerfen: { $text }
message-resend-named = Erneut senden: { $text }
message-menu = Menü der Nachricht
message-react = Reagieren
message-more-reactions = Weitere Reaktionen
message-reply = Antworten
message-copy = Kopieren
message-copy-link = Link kopieren
message-edit = Bearbeiten
message-select = Auswählen
message-retract = Zurücknehmen …
message-delete-here = Hier löschen …

reaction-both = { $emoji }: du und { $name }
reaction-ours = { $emoji }: du
reaction-theirs = { $emoji }: { $name }

selection-leave = Auswahl beenden
selection-count = { $count } ausgewählt
selection-copy = Kopieren
selection-delete = Hier löschen …

retract-title = Diese Nachricht zurücknehmen?
retract-words = Sie wird hier entfernt, und die andere Seite wird gebeten, sie auch zu entfernen. Vielleicht wurde sie schon gelesen, und nicht jedes Programm folgt der Bitte.
retract-yes = Zurücknehmen
delete-title = { $count ->
    [one] Diese Nachricht hier löschen?
   *[other] { $count } Nachrichten hier löschen?
}
delete-words = Das entfernt sie nur von diesem Gerät. Die andere Seite behält ihre eigenen.
delete-yes = Löschen
link-title = Diesen Link öffnen?
link-words = Er führt zu { $host }. Seine Adresse ist so geschrieben, dass sie täuschen kann.
link-yes = Trotzdem öffnen
earlier-title = Frühere Fassungen

find-field = In dieser Unterhaltung suchen
find-close = Suche beenden
find-next = Nächster Treffer
find-previous = Voriger Treffer
find-running = Sucht …
find-none = Nichts gefunden
find-which = { $current } von { $total }
find-count = { $total ->
    [one] { $total } Treffer
   *[other] { $total } Treffer
}

date-month = { $month } { $year }
date-previous-month = Voriger Monat
date-next-month = Nächster Monat
weekday-short-1 = Mo
weekday-short-2 = Di
weekday-short-3 = Mi
weekday-short-4 = Do
weekday-short-5 = Fr
weekday-short-6 = Sa
weekday-short-7 = So

composer-hint = Nachricht an { $name }
composer-hint-short = Nachricht schreiben
composer-hint-clear = { $name } unverschlüsselt schreiben
composer-send = Senden
composer-save = Speichern
composer-emoji = Emoji
composer-editing = Nachricht bearbeiten
composer-reply-to = Antwort an { $name }
composer-reply-to-self = Antwort an dich selbst
composer-left = { $count ->
    [one] Noch { $count } Byte frei
   *[other] Noch { $count } Bytes frei
}
composer-too-long = { $count ->
    [one] Diese Nachricht ist um { $count } Byte zu lang.
   *[other] Diese Nachricht ist um { $count } Bytes zu lang.
}

emoji-search = Emoji suchen
emoji-none-found = Kein Emoji mit diesem Namen
emoji-recent = Zuletzt
emoji-smileys = Smileys
emoji-people = Menschen
emoji-nature = Tiere und Natur
emoji-food = Essen und Trinken
emoji-travel = Reisen und Orte
emoji-activities = Aktivitäten
emoji-objects = Gegenstände
emoji-symbols = Symbole
emoji-flags = Flaggen
