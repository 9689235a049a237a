# Das Gespräch: Kopf, Nachrichten und das Feld darunter.
