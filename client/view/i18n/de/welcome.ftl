# Der erste Start.

welcome-steps = Schritt { $page } von { $pages }
welcome-back = Zurück
welcome-problem-not-saved = Deine Identität konnte nicht gespeichert werden: { $why }

welcome-choose-title = Willkommen bei Onym
welcome-choose-words = Ein Messenger ohne Firma in der Mitte. Deine Adresse ist ein Schlüssel, den nur du hast, und deine Nachrichten gehen durch Tor von deinem Rechner zu ihrem.
welcome-choose-make = Neue Identität anlegen
welcome-choose-restore = Aus 24 Wörtern wiederherstellen
welcome-choose-hint = Es gibt kein Konto, keine Telefonnummer und kein Passwort, das man vergessen könnte. 24 Wörter bringen deine Identität auf jedem Rechner zurück.

welcome-working-title = Einen Moment
welcome-working-keys = Deine Schlüssel entstehen …
welcome-working-sealing = Deine Nachrichten werden versiegelt …
welcome-working-starting = Onym startet …
welcome-stopped-title = Onym kann nicht starten
welcome-stopped-words = Nichts ist verloren. Behebe, was unten steht, und starte Onym noch einmal.

welcome-phrase-title = Deine Wörter
welcome-phrase-words = Schreib diese 24 Wörter in dieser Reihenfolge auf Papier. Sie sind deine Identität: Wer sie hat, kann als du auftreten, und ohne sie bringt niemand sie zurück.
welcome-phrase-word = Wort { $position }: { $word }
welcome-phrase-done = Ich habe sie aufgeschrieben

welcome-check-title = Steht alles auf dem Papier?
welcome-check-words = Tippe diese drei Wörter von deinem Papier ab. Ein Schreibfehler lässt sich jetzt leicht beheben, später nicht mehr.
welcome-check-field = Wort { $position }
welcome-check-wrong = Wort { $position } ist ein anderes. Vergleich es mit deinem Papier.
welcome-check-do = Prüfen
welcome-check-show = Wörter noch einmal zeigen
welcome-check-skip = Vorerst überspringen

welcome-restore-title = Identität wiederherstellen
welcome-restore-words = Tippe die 24 Wörter deiner Identität in ihrer Reihenfolge. Groß- und Kleinschreibung und Zeilenumbrüche sind egal.
welcome-restore-hint = Erstes Wort, zweites Wort …
welcome-restore-field = Deine 24 Wörter
welcome-restore-count = { $count } von { $all } Wörtern
welcome-restore-do = Wiederherstellen
welcome-restore-too-long = Das ist zu lang für 24 Wörter.
welcome-restore-word-count = Es müssen 24 Wörter sein. Das sind { $got }.
welcome-restore-unknown-word = Wort { $position }, „{ $word }“, gehört nicht zu den verwendeten Wörtern. Prüf die Schreibweise.
welcome-restore-checksum = Jedes Wort gibt es, aber zusammen sind sie keine Identität. Eines ist falsch, oder die Reihenfolge.

welcome-passphrase-title = Schütze deine Nachrichten
welcome-passphrase-words = Mit einer Passphrase kann niemand, der an diesen Rechner kommt, deine Nachrichten lesen. Wenn du sie vergisst, helfen nur noch deine 24 Wörter.
welcome-passphrase-field = Passphrase
welcome-passphrase-again = Noch einmal dieselbe
welcome-passphrase-do = Diese Passphrase verwenden
welcome-passphrase-skip = Ohne Passphrase weiter
welcome-passphrase-later = In den Einstellungen kannst du sie jederzeit setzen, ändern oder entfernen.

# Teile, die mehrere Formulare verwenden.

form-show = Eingabe zeigen
form-hide = Eingabe verbergen
form-strength-weak = Leicht zu erraten. Vier oder fünf zufällige Wörter sind besser.
form-strength-fair = Nicht schlecht. Länger ist besser.
form-strength-good = Schwer zu erraten.
form-passphrases-differ = Die beiden sind nicht gleich.
form-keyring = Im Schlüsselbund dieses Systems aufbewahren
form-keyring-hint = Öffnet Onym ohne Nachfrage, solange du angemeldet bist. Wer deine Anmeldung benutzen kann, kann es dann auch öffnen.

# Der Speicher ist verschlossen.

locked-title = Onym ist gesperrt
locked-words = Deine Nachrichten sind versiegelt. Deine Passphrase öffnet sie.
locked-field = Deine Passphrase
locked-do = Entsperren
locked-busy = Wird entsperrt …
locked-keyring = Mit dem Schlüsselbund entsperren
locked-wrong = Das ist nicht die Passphrase. Versuch es noch einmal.
locked-keyring-refused = Der Schlüsselbund hat den Schlüssel nicht herausgegeben. Gib deine Passphrase ein.
