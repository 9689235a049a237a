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
welcome-working-keyring = Der Schlüsselbund dieses Systems wird gefragt. Vielleicht fragt er dich etwas.
welcome-working-no-keyring = Ohne Schlüsselbund weiter
welcome-stopped-title = Onym kann nicht starten
welcome-stopped-words = Nichts ist verloren. Behebe, was unten steht, und starte Onym noch einmal.
welcome-stopped-quit = Beenden

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
locked-keyring-refused-alone = Der Schlüsselbund hat den Schlüssel nicht herausgegeben. Versuch es noch einmal, oder nimm deine 24 Wörter.
locked-words-keyring = Deine Nachrichten sind versiegelt. Der Schlüsselbund dieses Systems öffnet sie.
locked-words-phrase = Deine Nachrichten sind versiegelt. Deine 24 Wörter öffnen sie.
locked-asking-keyring = Der Schlüsselbund wird gefragt. Vielleicht fragt er dich etwas.
locked-cancel-keyring = Nicht auf den Schlüsselbund warten
locked-forgot = Passphrase vergessen? Mit den 24 Wörtern öffnen
locked-use-phrase = Mit den 24 Wörtern öffnen
locked-phrase-title = Mit deinen Wörtern öffnen
locked-phrase-words = Tippe die 24 Wörter deiner Identität in ihrer Reihenfolge. Sie öffnen deine Nachrichten ohne die Passphrase, und nichts geht verloren.
locked-phrase-do = Öffnen
locked-wrong-phrase = Das sind die Wörter einer anderen Identität. Nichts wurde geändert.
locked-new-title = Eine neue Passphrase
locked-new-words = Deine Wörter haben deine Nachrichten geöffnet. Wähle eine Passphrase für das nächste Mal; bis dahin gilt die alte.
locked-passphrase-in-use = Diese Passphrase geht hier nicht. Wähle eine andere.

# Die Einstellungen lassen sich nicht lesen.

bad-settings-title = Die Einstellungen lassen sich nicht lesen
bad-settings-words = Die Datei ist beschädigt oder stammt von einem neueren Onym. Deine Identität und deine Nachrichten liegen woanders und sind sicher.
bad-settings-file = Datei
bad-settings-why = Was nicht stimmt
bad-settings-bridges = Wenn du weitermachst, ist alles wie üblich eingestellt, und die Datei bleibt unter anderem Namen daneben liegen. Wenn du Tor über Brücken erreichst, beende Onym und repariere die Datei: Ohne sie verbindet sich Onym ohne Brücken mit Tor.
bad-settings-replace = Mit den üblichen Einstellungen weiter
bad-settings-quit = Beenden
