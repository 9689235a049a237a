# Wer jemand ist, soweit es unterschriebene Identitäten sagen.

person-title = Wer das ist
person-identity-spoken = Identität: { $key }
person-take = Diese Identität annehmen
person-look = Ansehen
person-choose = Entscheiden …
person-compare-again = Noch einmal vergleichen …
person-differs-withdraw = Zurücknehmen
person-meet = Persönlich vergleichen …
person-call = Am Telefon vergleichen …
person-withdraw = Prüfung zurücknehmen
person-copy-identity = Identität kopieren
person-name = Nennt sich
person-name-mixed = Der Name mischt Buchstaben mehrerer Schriften und kann deshalb wie ein anderer aussehen.
person-name-resembles = Der Name ist leicht mit { $other } zu verwechseln, einem anderen deiner Kontakte.
person-statement = Unterschriebene Erklärung
person-statement-facts = Nummer { $serial }, unterschrieben am { $issued }, gilt bis { $expires }
person-statement-expired = Nummer { $serial }, unterschrieben am { $issued }. Sie galt bis { $expires }: Was sie unterschrieb, ist nicht mehr unterschrieben.
person-statement-void = Nummer { $serial }, unterschrieben am { $issued }. Sie gilt nicht mehr.
person-keys = Schlüssel anderer Programme
person-keys-words = Andere Programme müssen für diese Schlüssel dasselbe zeigen. Jeder ist so viel wert wie die Identität, die ihn unterschrieben hat.
person-key-at = Benutzt unter { $jid }

standing-nobody = Keine Identität hinter dieser Adresse
standing-nobody-why = Wer das ist, sagt der Betreiber des Servers. Vergleichen lassen sich nur die Geräte unten, jedes für sich.
standing-address = Die Adresse ist der Schlüssel
standing-address-why = Hier kann niemand sein, der den Schlüssel in der Adresse nicht hat, was auch immer ein Server sagt. Dass es der Schlüssel von { $name } ist, weißt du, sobald ihr ihn verglichen habt.
standing-confirmed = In beide Richtungen bestätigt
standing-confirmed-why = Dieses Konto veröffentlicht eine unterschriebene Erklärung, und die Erklärung nennt dieses Konto. Dass die Identität die von { $name } ist, weißt du, sobald ihr sie verglichen habt.
standing-expected = Von dir angenommen, hier noch nicht gesehen
standing-expected-why = Du hast diese Identität für { $name } anstelle einer anderen angenommen. Dieses Konto hat seitdem nichts von ihr veröffentlicht.
standing-expected-introduced = Aus einer Einladung bekannt, hier noch nicht gesehen
standing-expected-introduced-why = Eine Einladung sagt, dass { $name } diese Identität ist. Das Konto selbst hat nichts von ihr veröffentlicht; wer dort ist, sagt also noch, wer den Server betreibt.
standing-expected-verified = Verglichen am { $time }, hier noch nicht gesehen
standing-expected-verified-why = Du hast diese Identität mit { $name } verglichen. Das Konto selbst hat nichts von ihr veröffentlicht; wer dort ist, sagt also noch, wer den Server betreibt.
standing-late = Eine Identität, die später kam
standing-late-why = Sie erschien, als Geräte von { $name } hier schon als vertrauenswürdig galten; wer den Server betreibt, könnte sie gemacht haben. Sie beglaubigt für dich nichts, bis du sie annimmst oder vergleichst.
standing-introduced = Aus einer Einladung bekannt seit { $time }
standing-introduced-why = Die Identität kam mit einer Einladung, und worüber sie kam, könnte sie verändert haben. Vergleiche sie einmal mit { $name }.
standing-verified = Geprüft am { $time }
standing-verified-why = Du hast diese Identität mit { $name } verglichen. Was sie unterschreibt, stammt von dort: Du musst kein Gerät und keinen Schlüssel mehr vergleichen.
standing-changed = Eine andere Identität seit { $time }
standing-changed-why = Wer dieses Konto hat, veröffentlicht jetzt eine andere Identität als die, die du kennst. Deine Nachrichten warten, bis du entschieden hast.
standing-left = Diese Adresse ist nicht mehr bestätigt
standing-left-why = Die Identität, die hier war, führt diese Adresse nicht mehr. Frag { $name } nach der jetzigen.
standing-address-revoked = Die Identität hat diese Adresse widerrufen
standing-address-revoked-why = { $name } hat erklärt, dass diese Adresse nicht mehr die eigene ist. Wer jetzt hier ist, ist jemand anderes.
standing-succeeded = Diese Identität hat eine andere als Nachfolgerin genannt
standing-succeeded-why = Sie sagt nichts mehr. Frag { $name } nach der neuen Adresse und vergleiche die neue Identität.
standing-revoked = Diese Identität ist beendet
standing-revoked-why = Sie wurde widerrufen: Der Schlüssel ging verloren oder wurde gestohlen. Nichts, was sie unterschrieb, gilt noch. Frag { $name } auf anderem Weg nach einer neuen Adresse.
standing-contradicted = Der Schlüssel dieser Identität ist an zwei Orten
standing-contradicted-why = Sie hat unter einer Nummer zweierlei unterschrieben. Entweder wurde eine alte Kopie wiederhergestellt, oder jemand hat den Schlüssel gestohlen. Hier gilt nur das Erste von beiden. Frag { $name } auf anderem Weg.
standing-differs = Verschieden: verglichen am { $time }
standing-differs-why = Du hast diese Identität mit { $name } verglichen, und es ist eine andere. Nachrichten warten, und nichts, was sie unterschreibt, gilt. Vergleiche noch einmal, nimm es zurück oder verlass diesen Kontakt.

ways-title = An welche Adresse du schreibst
ways-automatic = Automatisch
ways-now = Jetzt an { $address }: { $why }
ways-written-to = Hierhin
ways-first = Bevorzugt
ways-unreachable = nicht erreicht seit { $time }
ways-cannot-read = kein Gerät dort darf lesen
ways-former = Nicht mehr deren Adresse: Das Gespräch steht nur noch unter ihr.

ours-standing = Deine Identität
ours-standing-why = Sie unterschreibt deine Geräte, deine Adressen und deine Schlüssel. Kein Server kann das an deiner Stelle: nur, wer deine Wiederherstellungswörter hat.
ours-standing-nobody = Dieses Konto hat keine Identität
ours-standing-nobody-why = Seine Geräte müssen einzeln verglichen werden.
ours-standing-revoked = Deine Identität ist beendet
ours-standing-revoked-why = Du hast sie widerrufen. Lege eine neue an und sag es deinen Kontakten.
ours-standing-succeeded = Du hast eine Nachfolgerin genannt
ours-standing-succeeded-why = Diese Identität unterschreibt nichts mehr.
ours-standing-contradicted = Deine Identität unterschreibt an zwei Orten
ours-standing-contradicted-why = Es gibt zwei verschiedene Erklärungen mit einer Nummer. Benutzt du deine Wiederherstellungswörter auf zwei Rechnern zugleich? Wenn nicht, hat sie noch jemand: Widerrufe die Identität.
ours-code-words = Mit diesem Code kann sich niemand für dich ausgeben: Er enthält kein Geheimnis.
ours-identity-title = Identität
ours-statement = Deine Erklärung
ours-statement-words = Was deine Identität von dir unterschreibt. Andere prüfen es mit „onym verify“, wo auch immer du es veröffentlichst. Niemand kann damit in deinem Namen unterschreiben.
ours-statement-copy = Erklärung kopieren
ours-statement-save = Erklärung speichern …
ours-statement-none = Sie wird unterschrieben, sobald du zum ersten Mal verbunden bist.
ours-addresses-words = Konten von dir bei anderen Servern. Jedes gilt als bestätigt, sobald das Konto selbst deine Erklärung veröffentlicht.
ours-claim = Adresse hinzufügen …
ours-first = Kontakte schreiben zuerst an { $jid }.
ours-first-here = Kontakte schreiben zuerst an diesen Endpunkt.
ours-prefer = Zuerst hierher
ours-prefer-named = Zuerst hierher: { $jid }
ours-prefer-here = Zuerst an diesen Endpunkt
ours-leave-out = Weglassen
ours-leave-out-named = Weglassen: { $jid }
ours-revoke = Widerrufen …
ours-revoke-named = Widerrufen: { $jid }
person-renew = Neue Schlüssel anlegen
ours-move = Zu einer neuen Adresse umziehen …
ours-move-title = Zu einer neuen Adresse umziehen
ours-move-words = Dein Endpunkt bekommt eine andere Onion-Adresse, deine Identität bleibt. Kontakte folgen von selbst und behalten den Namen, den sie dir gegeben haben.
ours-move-next = Neue Adresse
ours-move-known = Deine Kontakte können sie schon lesen. Dein Endpunkt geht mit dem nächsten Start dorthin.
ours-move-unknown = Sie wird bekannt gemacht, sobald eine Verbindung besteht, und dein Endpunkt startet dort neu.
ours-move-now = Jetzt dort starten
ours-move-stay = Hier bleiben
ours-move-arriving = Dein Endpunkt ist an seiner neuen Adresse. Kontakte werden gefragt, sobald eine Verbindung besteht.
ours-move-done = Umgezogen am { $time }
ours-move-followed = { $count ->
    [0] Noch kein Kontakt ist mitgekommen.
    [one] 1 Kontakt ist mitgekommen.
   *[other] { $count } Kontakte sind mitgekommen.
}
ours-move-waiting = Noch ohne Antwort
ours-move-waiting-words = Sie werden bei jedem Start wieder gefragt und folgen, sobald sie da sind.
ours-move-not-asked = Nicht gefragt
ours-move-not-asked-words = Sie sehen dich, und du siehst sie nicht. Wer vor dem Umzug nichts davon gelesen hat, braucht deine neue Adresse.
ours-move-names = { $names } und { $count } weitere
ours-other-addresses = Deine anderen Adressen

alarm-changed = Hinter { $name } steht eine andere Identität. Deine Nachrichten warten.
alarm-differs = Das ist nicht die Identität von { $name }: Du hast sie verglichen. Deine Nachrichten warten.
alarm-revoked = Die Identität von { $name } wurde widerrufen. Der Schlüssel ging verloren oder wurde gestohlen.
alarm-address-revoked = { $name } hat erklärt, dass diese Adresse nicht mehr die eigene ist.
alarm-succeeded = Die Identität von { $name } hat eine Nachfolgerin genannt und sagt nichts mehr.
notice-move-announced = Deine neue Adresse wird veröffentlicht, und dein Endpunkt zieht dorthin um: { $jid }
notice-moved = Dein Endpunkt ist an seiner neuen Adresse: { $jid } Deine Seite zeigt, wer mitgekommen ist.
notice-move-cancelled = Du bleibst bei deiner Adresse.
notice-contact-moved = { $name } hat eine neue Adresse. Sie ist mit derselben Identität unterschrieben und ersetzt die alte.
alarm-contradicted = Der Schlüssel von { $name } ist an zwei Orten: Die Identität hat zweierlei unterschrieben.

address-confirmed = Bestätigt: Dieses Konto veröffentlicht dieselbe Identität
address-carries-key = Bestätigt: Die Adresse trägt den Schlüssel
address-claimed = Nur behauptet: Dieses Konto hat es nicht bestätigt
address-revoked = Widerrufen seit { $time }: Schreib nicht dorthin

key-of-device = { $protocol }, Gerät { $number }
key-openpgp = OpenPGP
key-tls = TLS-Zertifikat
key-other = Schlüssel einer Art, die Onym nicht kennt
key-verified = Vertraut: unterschrieben von der Identität, die du am { $time } geprüft hast
key-signed = Unterschrieben von der Identität hinter dieser Adresse
key-introduced = Unterschrieben von der Identität, die eine Einladung am { $time } nannte
key-late = Unterschrieben von einer Identität, die später kam: Er gilt, sobald du sie annimmst oder vergleichst
key-not-counting = Unterschrieben von einer Erklärung, die nicht mehr gilt
key-revoked = Widerrufen seit { $time }: Die Identität hat ihn für ungültig erklärt

history-title = Verlauf
history-show = { $count ->
    [one] { $count } Änderung
   *[other] { $count } Änderungen
}
history-hide = Änderungen verbergen
event-first-seen = Die Identität wurde zum ersten Mal gesehen
event-name = Sie nennt sich anders
event-key-added = Unterschrieb einen neuen Schlüssel für { $protocol } ({ $key }…)
event-key-left = Führt einen Schlüssel für { $protocol } nicht mehr ({ $key }…)
event-key-revoked = Widerrief einen Schlüssel für { $protocol } ({ $key }…)
event-address-added = Führt eine weitere Adresse: { $jid }
event-address-confirmed = Diese Adresse wurde bestätigt: { $jid }
event-address-followed = Als neue Adresse deines Kontakts übernommen, bisher: { $jid }
event-address-left = Führt diese Adresse nicht mehr: { $jid }
event-address-revoked = Widerrief diese Adresse: { $jid }
event-verified = Du hast die Identität geprüft
event-withdrawn = Du hast die Prüfung zurückgenommen
event-differed = Du hast die Identität verglichen, und sie war verschieden
event-changed = Du hast { $to } statt { $from } angenommen
event-revoked = Die Identität wurde widerrufen
event-succeeded = Sie nannte { $by } als Nachfolgerin
event-refused = Eine Erklärung wurde abgelehnt: { $why }

refusal-other-identity = Sie ist von einer anderen Identität
refusal-older = Sie ist älter als die zuletzt gesehene
refusal-equivocation = Es gibt zwei verschiedene mit einer Nummer
refusal-succeeded = Die Identität hatte vorher ihre Nachfolgerin genannt
refusal-two-successors = Die Identität hat zwei verschiedene Nachfolgerinnen genannt
refusal-revoked = Die Identität war vorher widerrufen
refusal-expired = Ihre Zeit ist um
refusal-future = Sie kommt aus der Zukunft
refusal-forged = Ihre Unterschrift ist falsch
refusal-other-address = Sie nennt diese Adresse nicht
refusal-unknown-identity = Über die Identität, die sie unterschrieb, ist hier nichts bekannt
refusal-form = Was veröffentlicht ist, ist keine Erklärung

meet-title = Mit { $name } persönlich vergleichen
meet-show = Lass { $name } das von deinem Bildschirm abfotografieren.
meet-our-code = Dein Code zum Abfotografieren
meet-read = Fotografiere dann den Code auf dem Bildschirm von { $name } und lies ihn hier ein.
meet-show-code = Meinen Code wieder zeigen
meet-same = Das ist die Identität von { $name }
meet-same-words = Der Code nennt dieselbe Identität, die du hier kennst. Hast du das Bild selbst vom Bildschirm von { $name } gemacht, so ist bewiesen, wer diesen Schlüssel hat, und was er unterschreibt, gilt: Geräte, Schlüssel und Adressen.
meet-same-do = Ich sah es auf dem Bildschirm: geprüft
meet-other = Das ist eine andere Identität
meet-other-words = Der Code nennt eine andere Identität als die, die hier hinter der Adresse von { $name } steht. Vielleicht schreibst du jemand anderem. Es wurde nichts geändert.
meet-other-do = Ich sah es auf dem Bildschirm: verschieden
meet-other-known = Hier bekannt für { $name }
meet-other-read = Im Code
meet-same-devices = Das sind Geräte von { $name }, wie du sie kennst
meet-same-devices-words = Im Code stehen dieselben Schlüssel, die hier bekannt sind: { $devices }. Hast du das Bild selbst vom Bildschirm von { $name } gemacht, so ist bewiesen, dass diese Geräte dorthin gehören. Eine Identität gibt es hier nicht, also müssen spätere Geräte wieder verglichen werden.
meet-other-key = Das ist ein anderer Schlüssel
meet-other-key-words = Für { $devices } steht im Code ein anderer Schlüssel als der, der hier bekannt ist. Vielleicht steht jemand zwischen dir und { $name }. Es wurde nichts geändert.
meet-other-key-do = Ich sah es auf dem Bildschirm: nicht vertrauen
meet-missing = { $count ->
    [one] Der Code nennt { $devices } nicht, und dieses Gerät bleibt, wie es ist. Frag { $name }, ob es dorthin gehört.
   *[other] Der Code nennt { $devices } nicht, und diese Geräte bleiben, wie sie sind. Frag { $name }, ob sie dorthin gehören.
}
meet-other-address = Das ist der Code einer anderen Adresse
meet-ours = Das ist dein eigener Code. Lies den auf dem Bildschirm von { $name } ein.
meet-no-identity = Dieser Code nennt eine Adresse, und weder ihre Identität noch ein Gerät, das hier bekannt ist. Er beweist nichts.
meet-not-a-code = Das ist kein Code einer Person.

call-title = Mit { $name } am Telefon vergleichen
call-words = Ruf { $name } an, damit du die Stimme kennst. Auf beiden Bildschirmen stehen dieselben Wörter an beiden Stellen.
call-you-read = Du liest vor
call-they-read = { $name } liest vor
call-same = Es ist dasselbe
call-different = Es ist verschieden
call-differs = Jemand steht zwischen euch
call-differs-words = Deine Nachrichten an { $name } warten ab jetzt. Oder jemand von euch sieht in das falsche Gespräch: Versucht es noch einmal. Ist es wieder verschieden, verlass dich hier nicht darauf, wer { $name } ist.
call-again = Noch einmal versuchen

changed-title = Wer ist { $name }?
changed-words = Seit { $time } veröffentlicht das Konto von { $name } eine andere Identität. Entweder hat { $name } neu begonnen, oder jemand anderes hat das Konto: Wer den Server betreibt, kann das.
changed-old = Die Identität, die du kennst
changed-new = Die neue
changed-advice = Frag { $name } auf einem anderen Weg als über dieses Konto. Solange du es nicht weißt, behalte die alte: An die neue wird nichts gesendet.
changed-keep = Die alte behalten
changed-take = Die neue annehmen
changed-later = Später entscheiden
