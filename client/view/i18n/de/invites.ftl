# Einladungen: Links, mit denen andere zu Kontakten werden.

contacts-menu-invite = Jemanden einladen

invite-title = Jemanden einladen
invite-words = Eine Einladung ist ein Link oder ein Code zum Scannen. Wer sie annimmt, findet deine Adresse darin und schreibt dir.
invite-lets-in = Ohne Rückfrage einlassen
invite-lets-in-words = Wer die Einladung zuerst benutzt, wird sofort zum Kontakt, auch wenn dieses Programm geschlossen ist. Gib sie nur einer Person.
invite-good-for = Sie gilt für
invite-days = { $count ->
    [one] einen Tag
    [365] ein Jahr
   *[other] { $count } Tage
}
invite-make = Einladung machen
invite-made-token = Wer diesen Link vor dem { $until } zuerst benutzt, wird ohne Rückfrage zum Kontakt. Er wird nur dieses eine Mal gezeigt.
invite-made-plain = Wer diesen Link benutzt, fragt an, ob er Kontakt werden darf, und du entscheidest.
invite-qr = QR-Code der Einladung
invite-copy = Link kopieren
invite-copy-page = Web-Link kopieren
invite-copy-xmpp = Link für Programme kopieren
invite-two-links = Der Web-Link öffnet deine Seite, für jemanden ohne Onym. Der Link für Programme öffnet Onym oder ein anderes XMPP-Programm, wie der Code.
invite-copied = Der Link ist in der Zwischenablage.
invite-save = Als Bild speichern
invite-given = Einladungen, die du gemacht hast
invite-is-open = Gemacht { $made }. Niemand hat sie benutzt; sie endet { $until }.
invite-is-over = Gemacht { $made }. Niemand hat sie benutzt, und sie ist abgelaufen.
invite-is-used = Gemacht { $made }. { $by } kam mit ihr.
invite-take-back = Zurücknehmen
invite-forget = Aus der Liste nehmen

add-from-screen = Vom Bildschirm
add-screen-waits = Warte auf ein Bild des Bildschirms …
add-screen-cancel = Nicht warten
outside-save-invite = Einladung als Bild speichern

refused-too-many-invites = Es gibt zu viele Einladungen. Nimm zuerst eine zurück.
refused-no-invite = Diese Einladung gibt es nicht mehr.
refused-invite-not-kept = Dein Server lässt niemanden mit einer Einladung ein. Ihr Link führt zu einer gewöhnlichen Anfrage.
