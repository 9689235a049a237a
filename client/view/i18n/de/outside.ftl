# Was außerhalb des Fensters steht.

outside-new-message = Neue Nachricht
outside-about-somebody = Bei einem Kontakt hat sich geändert, wer das ist
outside-open = Onym öffnen
outside-quit = Beenden
outside-choose-picture = Bild auswählen
outside-choose-export = Sicherung auswählen
outside-save-export = Alles versiegelt sichern
outside-save-statement = Deine Erklärung speichern
outside-save-revocation = Widerruf deiner Identität sichern
outside-save-history = Verlauf speichern
outside-locked = Gesperrt
outside-title-locked = Onym (gesperrt)
outside-not-set-up = Noch nicht eingerichtet
outside-reachable = Andere können dich erreichen
outside-starting = Verbindung zu Tor wird aufgebaut
outside-starting-percent = Verbindung zu Tor wird aufgebaut, { $percent } %
outside-unreachable = Andere können dich nicht erreichen
