# Was ein Gespräch schützt, und Geräte.

shield-button = Schutz: { $state }
shield-unknown = Noch ist nichts bekannt
shield-verified = Verschlüsselt, Schlüssel verglichen
shield-encrypted = Verschlüsselt
shield-waiting = Nachrichten warten
shield-clear = Nicht verschlüsselt
shield-unknown-why = Was du als Nächstes schreibst, wird verschlüsselt, sobald bekannt ist, welche Geräte { $name } hat. Bis dahin wartet es hier, und nichts geht offen hinaus.
shield-verified-why = Was du als Nächstes schreibst, können nur { $name } und deine eigenen Geräte lesen: Du hast den Schlüssel { $count ->
    [one] des Geräts verglichen, das es bekommt
   *[other] aller { $count } Geräte verglichen, die es bekommen
}.
shield-verified-identity-why = Was du als Nächstes schreibst, können nur { $name } und deine eigenen Geräte lesen: Du hast die Identität verglichen, und sie hat { $count ->
    [one] das Gerät unterschrieben, das es bekommt
   *[other] alle { $count } Geräte unterschrieben, die es bekommen
}.
shield-encrypted-why = Was du als Nächstes schreibst, wird für { $count ->
    [one] { $count } Gerät
   *[other] { $count } Geräte
} von { $name } und deine eigenen verschlüsselt. Nicht alle Schlüssel wurden verglichen; dass sie wirklich von dort sind, hat noch niemand geprüft.
shield-clear-chosen-why = Was du als Nächstes schreibst, geht offen hinaus, weil du das gewählt hast. Wer einen Server auf dem Weg betreibt, kann es lesen.
shield-clear-why = Was du als Nächstes schreibst, geht offen hinaus, weil kein Programm von { $name } verschlüsseln kann und du es für diesen Fall erlaubt hast. Wer einen Server auf dem Weg betreibt, kann es lesen.
shield-ourselves-why = Was du als Nächstes schreibst, wird allein für deine eigenen Geräte verschlüsselt.
shield-unreadable = { $count ->
    [one] { $count } der letzten Nachrichten war nicht lesbar.
   *[other] { $count } der letzten Nachrichten waren nicht lesbar.
}
shield-renew = Neu beginnen
shield-renew-words = Mit den Geräten werden neue Schlüssel vereinbart, und die Nachrichten werden noch einmal erbeten.
shield-policy = Wie Nachrichten hier geschützt werden
shield-policy-default = Wie in allen Gesprächen
shield-their-devices = Geräte von { $name } …
shield-our-devices = Deine Geräte …

policy-best = Beste Verschlüsselung
policy-best-words = Die neueste Fassung, die das jeweilige Gerät versteht. Niemals offen.
policy-omemo-2 = Nur OMEMO 2
policy-omemo-2-words = Verbirgt am meisten. Programme, die nur die ältere Fassung kennen, bekommen nichts.
policy-omemo = Nur OMEMO
policy-omemo-words = Die ältere Fassung, die die meisten Programme kennen. Sie lässt mehr von einer Nachricht offen als die neuere.
policy-best-or-clear = Beste Verschlüsselung, sonst offen
policy-best-or-clear-words = Kann kein Programm der Gegenseite verschlüsseln, so können Server auf dem Weg mitlesen.
policy-clear = Offen
policy-clear-words = Server auf dem Weg können alles lesen, was du schreibst.

hold-preparing = Zuerst werden deine eigenen Schlüssel veröffentlicht.
hold-our-server = Dein Server bewahrt keine Schlüssel für andere auf; niemand könnte dir verschlüsselt antworten.
hold-looking = Es wird gefragt, welche Geräte { $name } hat.
hold-fetching = Die Schlüssel der Geräte sind unterwegs.
hold-unreachable = Der Server von { $name } antwortet nicht. Er wird um { $time } wieder gefragt.
hold-no-devices = Kein Programm von { $name } kann so verschlüsseln, wie du es gewählt hast. Um { $time } wird wieder gefragt.
hold-theirs-undecided = { $name } hat Geräte, über die du noch nicht entschieden hast.
hold-ours-undecided = Dein Konto hat Geräte, über die du noch nicht entschieden hast.
hold-no-usable = Kein Gerät von { $name } darf lesen, was du schreibst, oder keines hat gültige Schlüssel.
hold-signed-out = Dieses Gerät wurde von einem anderen Gerät von dir abgemeldet: Hier wird nichts mehr verschlüsselt, bevor es neue Schlüssel hat.
hold-identity-changed = Hinter der Adresse von { $name } steht jetzt eine andere Identität. Entscheide zuerst, ob sie es wirklich ist.
hold-address-revoked = { $name } hat erklärt, dass diese Adresse nicht mehr die eigene ist.
hold-identity-revoked = { $name } hat die Identität hinter dieser Adresse endgültig widerrufen.
hold-identity-differs = Du hast die Identität hinter dieser Adresse verglichen, und es ist nicht die von { $name }.
delivery-held = Wartet. { $why }

undecided-title = Wer darf lesen, was du schreibst?
undecided-words = Deine Nachrichten warten hier, bis du entschieden hast.
undecided-theirs = { $name } hat ein neues Gerät: { $device }
undecided-ours = Dein Konto hat ein neues Gerät: { $device }
undecided-key-changed = Der Schlüssel von { $device } von { $name } ist ein anderer. Vielleicht steht jemand zwischen euch: Vergleicht ihn, bevor du ihm traust.
undecided-our-key-changed = Der Schlüssel deines Geräts { $device } ist ein anderer. Vergleiche ihn, bevor du ihm traust.
undecided-since = { $key } · seit { $time }
undecided-no-key = Sein Schlüssel ist unterwegs.

device-copy-named = Fingerabdruck kopieren: { $device }
device-may-read = Darf lesen, was du schreibst
device-may-read-named = { $device }: darf lesen, was du schreibst
device-unnamed = Gerät { $number }
device-trust = Vertrauen
device-refuse = Nicht vertrauen
device-compare = Vergleichen …
device-remove = Abmelden …
device-trust-named = Vertrauen: { $device }
device-refuse-named = Nicht vertrauen: { $device }
device-compare-named = Vergleichen: { $device }
device-remove-named = Abmelden: { $device }
device-verified = Geprüft: Du hast seinen Schlüssel verglichen
device-accepted = Vertraut: Du hast es ohne Vergleich angenommen
device-first-use = Vertraut: Es war von Anfang an da
device-blind = Vertraut: Neue Geräte werden ohne Frage angenommen
device-undecided = Neu: Es bekommt nichts, bis du entscheidest
device-refused = Nicht vertraut: Du willst es nicht
device-not-listed = Fort: Sein Konto führt es nicht mehr
device-signed-verified = Geprüft: Eine Identität, die du verglichen hast, hat seinen Schlüssel unterschrieben
device-vouched = Geprüft: Ein geprüftes Gerät bürgt für seinen Schlüssel
device-signed = Vertraut: Die Identität der Person hat seinen Schlüssel unterschrieben
device-signed-introduced = Vertraut: Die Identität aus der Einladung hat seinen Schlüssel unterschrieben
device-signed-first-seen = Vertraut: Die erste Identität, die unter dieser Adresse zu sehen war, hat seinen Schlüssel unterschrieben
device-revoked = Widerrufen: Die Person hat seinen Schlüssel für ungültig erklärt
device-denied = Nicht vertraut: Ein geprüftes Gerät sagt, dass ihm nicht zu trauen ist
device-key-changed = Sein Schlüssel wechselte am { $time }.
device-stale = Bekommt nichts: Seit einem halben Jahr kam nichts von diesem Gerät. Schreibt es wieder, bekommt es auch wieder alles.
device-since = { $state } ({ $time })
device-first-seen = Zuerst gesehen { $time }
device-last-heard = Zuletzt gehört { $time }
device-never-heard = Nie gehört
device-no-key = Sein Schlüssel ist noch nicht bekannt.
device-fingerprint = Fingerabdruck: { $key }
device-copy = Fingerabdruck kopieren
devices-title = Geräte
devices-none = Noch sind keine Geräte bekannt. Vor der ersten Nachricht wird nachgesehen.
devices-refresh = Noch einmal nachsehen
devices-gone = { $count ->
    [one] { $count } Gerät, das fort ist
   *[other] { $count } Geräte, die fort sind
}
devices-gone-hide = Geräte verbergen, die fort sind

encryption-words = Jedes deiner Programme hat einen eigenen Schlüssel. Wer dir schreibt, verschlüsselt für jedes von ihnen.
encryption-this = Dieses Gerät
encryption-this-none = Seine Schlüssel entstehen, sobald es zum ersten Mal verbunden ist.
encryption-others = Deine anderen Geräte
encryption-others-none = Dein Konto hat keine anderen.
encryption-policy = Schutz aller Gespräche
encryption-new = Neue Geräte
encryption-blind = Neue Geräte ohne Frage annehmen
encryption-blind-words = Wer einen Server beherrscht, könnte ein eigenes Gerät hinzufügen und unbemerkt mitlesen, bis du ein Gerät der Person geprüft hast.

compare-title = Gehört dieses Gerät wirklich dorthin?
compare-our-title = Ist dieses Gerät deines?
compare-words = Ruf { $name } an oder trefft euch, und lest euch beide Fingerabdrücke vor. Auf dem anderen Bildschirm müssen dieselben beiden stehen, jeder an seinem Platz.
compare-our-words = Sieh dir die Fingerabdrücke auf deinem anderen Gerät an. Dort müssen dieselben beiden stehen, jeder an seinem Platz.
compare-device = { $name }: { $device }
compare-our-device = Dein anderes Gerät: { $device }
compare-this = Du: dieses Gerät
compare-match = Sie stimmen überein
compare-differ = Sie sind verschieden

dialog-clear-title = { $name } offen schreiben?
dialog-clear-always-title = Überall offen schreiben?
dialog-clear-words = Server auf dem Weg können lesen, was du schreibst, und es verändern. Was offen gesendet wurde, lässt sich nicht zurückholen.
dialog-clear-do = Offen erlauben
dialog-remove-device-title = { $name } abmelden?
dialog-remove-device-words = Andere verschlüsseln dann nicht mehr für dieses Gerät, und deine Identität erklärt seinen Schlüssel für ungültig. Was es schon hat, lässt sich dort weiter lesen. Läuft das Programm dort noch, so trägt es sich vielleicht mit einem neuen Schlüssel wieder ein.
dialog-remove-device-do = Abmelden

lock-verified = Verschlüsselt mit { $version }, von einem Gerät, dessen Schlüssel du verglichen hast
lock-encrypted = Verschlüsselt mit { $version }
lock-undecided = Verschlüsselt mit { $version }, von einem Gerät, über das du nicht entschieden hattest
lock-refused = Verschlüsselt mit { $version }, von einem Gerät, dem du nicht vertraust
lock-not-listed = Verschlüsselt mit { $version }, von einem Gerät, das sein Konto nicht führte
lock-revoked = Verschlüsselt mit { $version }, von einem Gerät, dessen Schlüssel widerrufen ist
lock-denied = Verschlüsselt mit { $version }, von einem Gerät, dem laut einem geprüften nicht zu trauen ist
lock-clear = nicht verschlüsselt
lock-clear-words = Nicht verschlüsselt: Server auf dem Weg konnten es lesen
note-undecided = Von einem Gerät, über das du nicht entschieden hattest
note-refused = Von einem Gerät, dem du nicht vertraust
note-not-listed = Von einem Gerät, das sein Konto nicht führte
note-revoked = Von einem Gerät, dessen Schlüssel widerrufen ist
note-denied = Von einem Gerät, dem laut einem geprüften nicht zu trauen ist
note-left-out = { $count ->
    [one] Nicht für alle verschlüsselt: { $count } Gerät der Gegenseite kann sie nicht lesen
   *[other] Nicht für alle verschlüsselt: { $count } Geräte der Gegenseite können sie nicht lesen
}

unreadable-title = Diese Nachricht war nicht lesbar.
unreadable-not-for-us = Sie wurde nicht für dieses Gerät verschlüsselt. Bitte darum, dass sie noch einmal gesendet wird.
unreadable-no-session = Dieses Gerät hat die Schlüssel nicht mehr, die zu ihr gehören. Sie wird noch einmal erbeten; sonst hilft vielleicht „Neu beginnen“ hinter dem Schild unten.
unreadable-broken = Die vereinbarten Schlüssel öffnen sie nicht. „Neu beginnen“ hinter dem Schild unten erbittet sie noch einmal.
unreadable-forged = Sie wurde unterwegs verändert oder ist von jemand anderem. Verlass dich nicht auf sie; frag nach, ob sie echt ist.
unreadable-unknown = Sie ist auf eine Weise verschlüsselt, die Onym nicht kennt. Bitte darum, OMEMO zu benutzen.
