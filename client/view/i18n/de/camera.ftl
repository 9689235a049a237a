# Die Kamera, die Codes liest, die Menschen einander zeigen.

add-from-camera = Mit der Kamera
add-preview-scanned = Diesen Code hast du gescannt. Was er darüber sagt, wer das ist, gilt als geprüft: Sei sicher, dass die Person ihn dir selbst gezeigt hat.
meet-read-camera = Lies dann den Code auf dem Bildschirm von { $name } ein: mit der Kamera oder von einem Bild, das du davon machst.

camera-title = Code scannen
camera-words = Halte den Code auf dem Bildschirm oder Papier der anderen Person vor die Kamera. Scanne nur, was sie dir selbst zeigt: Es gilt als geprüft. Einen Code von einer Webseite oder aus einer Nachricht lies stattdessen von einem Bild.
camera-picture = Was die Kamera sieht
camera-opening = Die Kamera wird geöffnet …
camera-which = Kamera
camera-again = Noch einmal
camera-none = An diesem Computer ist keine Kamera, oder keine, mit der dieses Programm umgehen kann.
camera-forbidden = Du darfst die Kamera nicht benutzen. Auf den meisten Systemen braucht es dafür die Gruppe „video“.
camera-busy = Ein anderes Programm benutzt die Kamera. Schließe sie dort zuerst.
camera-gone = Die Kamera wurde abgezogen oder ausgeschaltet.
camera-format = Die Bilder dieser Kamera haben ein Format, das dieses Programm nicht versteht.
camera-silent = Die Kamera zeigt kein Bild. Vielleicht ist sie verdeckt oder mit einer Taste ausgeschaltet.
camera-unseen = Die Kamera ist aus, weil dieses Fenster eine Weile nicht zu sehen war.
camera-other = Die Kamera lässt sich nicht benutzen.
