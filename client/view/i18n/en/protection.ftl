# What protects a conversation, and devices.

shield-button = Protection: { $state }
shield-unknown = Nothing is known yet
shield-verified = Encrypted, keys compared
shield-encrypted = Encrypted
shield-waiting = Messages wait
shield-clear = Not encrypted
shield-unknown-why = What you write next is encrypted once it is known which devices { $name } has. Until then it waits here, and nothing goes in the clear.
shield-verified-why = What you write next can be read by { $name } and on your own devices alone: you have compared the key of { $count ->
    [one] their device
   *[other] each of their { $count } devices
} that gets it.
shield-verified-identity-why = What you write next can be read by { $name } and on your own devices alone: you have compared their identity, and it has signed { $count ->
    [one] their device
   *[other] each of their { $count } devices
} that gets it.
shield-encrypted-why = What you write next is encrypted for { $count ->
    [one] { $count } device
   *[other] { $count } devices
} of { $name } and for your own. Not all of the keys were compared, so nobody has made sure yet that they are theirs.
shield-clear-chosen-why = What you write next goes in the clear, because you chose that. Whoever runs a server on the way can read it.
shield-clear-why = What you write next goes in the clear, because no program of { $name } can encrypt and you allowed it then. Whoever runs a server on the way can read it.
shield-ourselves-why = What you write next is encrypted for your own devices alone.
shield-unreadable = { $count ->
    [one] { $count } of the last messages could not be read.
   *[other] { $count } of the last messages could not be read.
}
shield-renew = Begin anew
shield-renew-words = New keys are agreed on with their devices, and the messages are asked for once more.
shield-policy = How messages are protected here
shield-policy-default = As in all conversations
shield-their-devices = Devices of { $name }…
shield-our-devices = Your devices…

policy-best = Best encryption
policy-best-words = The newest version that each device understands. Never in the clear.
policy-omemo-2 = OMEMO 2 only
policy-omemo-2-words = Hides the most. Programs that know only the older version get nothing.
policy-omemo = OMEMO only
policy-omemo-words = The older version, which most programs know. It leaves more of a message in the clear than the newer one.
policy-best-or-clear = Best encryption, else in the clear
policy-best-or-clear-words = If none of their programs can encrypt, servers on the way can read what you write.
policy-clear = In the clear
policy-clear-words = Servers on the way can read everything that you write.

hold-preparing = Your own keys are being published first.
hold-our-server = Your server keeps no keys for others, so nobody could write back to you encrypted.
hold-looking = { $name } is being asked which devices they have.
hold-fetching = The keys of their devices are on the way.
hold-unreachable = The server of { $name } does not answer. It is asked again at { $time }.
hold-no-devices = No program of { $name } can encrypt as you chose. It is asked again at { $time }.
hold-theirs-undecided = { $name } has devices that you have not decided about.
hold-ours-undecided = Your account has devices that you have not decided about.
hold-no-usable = None of the devices of { $name } may read what you write, or none has valid keys.
hold-signed-out = This device was signed out by another one of yours: nothing more is encrypted here before it has new keys.
hold-identity-changed = Another identity is behind the address of { $name } now. Decide first whether it is really them.
hold-address-revoked = { $name } has declared that this address is no longer theirs.
hold-identity-revoked = { $name } has revoked the identity behind this address for good.
hold-identity-differs = You compared the identity behind this address, and it is not that of { $name }.
delivery-held = Waits. { $why }

undecided-title = Who may read what you write?
undecided-words = Your messages wait here until you have decided.
undecided-theirs = { $name } has a new device: { $device }
undecided-ours = Your account has a new device: { $device }
undecided-key-changed = The key of { $device } of { $name } is another one. Somebody may be between you: compare before you trust it.
undecided-our-key-changed = The key of your device { $device } is another one. Compare before you trust it.
undecided-since = { $key } · since { $time }
undecided-no-key = Its key is on the way.

device-copy-named = Copy fingerprint: { $device }
device-may-read = May read what you write
device-may-read-named = { $device }: may read what you write
device-unnamed = Device { $number }
device-trust = Trust
device-refuse = Don’t trust
device-compare = Compare…
device-remove = Sign out…
device-trust-named = Trust: { $device }
device-refuse-named = Don’t trust: { $device }
device-compare-named = Compare: { $device }
device-remove-named = Sign out: { $device }
device-verified = Verified: you compared its key
device-accepted = Trusted: you took it without comparing
device-first-use = Trusted: it was there from the beginning
device-blind = Trusted: new devices are taken without asking
device-undecided = New: it gets nothing until you decide
device-refused = Not trusted: you do not want it
device-not-listed = Gone: its account no longer lists it
device-signed-verified = Verified: an identity that you compared has signed its key
device-vouched = Verified: a device that was verified vouches for its key
device-signed = Trusted: its owner’s identity has signed its key
device-signed-introduced = Trusted: the identity from the invite has signed its key
device-signed-first-seen = Trusted: the first identity seen at this address has signed its key
device-revoked = Revoked: its owner has declared its key invalid
device-denied = Not trusted: a device that was verified says that it is not to be trusted
device-key-changed = Its key changed on { $time }.
device-stale = Left out: nothing has come from it for half a year. If it writes again, it gets everything again.
device-since = { $state } ({ $time })
device-first-seen = First seen { $time }
device-last-heard = Last heard { $time }
device-never-heard = Never heard
device-no-key = Its key is not known yet.
device-fingerprint = Fingerprint: { $key }
device-copy = Copy fingerprint
devices-title = Devices
devices-none = No devices are known yet. They are looked up before the first message.
devices-refresh = Look for devices again
devices-gone = { $count ->
    [one] { $count } device that is gone
   *[other] { $count } devices that are gone
}
devices-gone-hide = Hide devices that are gone

encryption-words = Each of your programs has a key of its own. Whoever writes to you encrypts for each of them.
encryption-this = This device
encryption-this-none = Its keys are made once it is connected for the first time.
encryption-others = Your other devices
encryption-others-none = Your account has no others.
encryption-policy = Protection of all conversations
encryption-new = New devices
encryption-blind = Take new devices without asking
encryption-blind-words = Who controls a server could add a device of theirs and read along without your noticing, until you have verified one device of that person.

compare-title = Is this device theirs?
compare-our-title = Is this device yours?
compare-words = Call or meet { $name }, and read both fingerprints to each other. On their screen the two must be the same, each where it belongs.
compare-our-words = Look at the fingerprints on your other device. The two must be the same there, each where it belongs.
compare-device = { $name }: { $device }
compare-our-device = Your other device: { $device }
compare-this = You: this device
compare-match = They match
compare-differ = They differ

dialog-clear-title = Write to { $name } in the clear?
dialog-clear-always-title = Write in the clear everywhere?
dialog-clear-words = Servers on the way can read what you write, and change it. What you have sent in the clear cannot be taken back.
dialog-clear-do = Allow in the clear
dialog-remove-device-title = Sign out { $name }?
dialog-remove-device-words = Others no longer encrypt for it, and your identity declares its key invalid. What it has already can still be read there. If the program still runs there, it may add itself again, with a new key.
dialog-remove-device-do = Sign out

lock-verified = Encrypted with { $version }, from a device whose key you compared
lock-encrypted = Encrypted with { $version }
lock-undecided = Encrypted with { $version }, from a device that you had not decided about
lock-refused = Encrypted with { $version }, from a device that you do not trust
lock-not-listed = Encrypted with { $version }, from a device that its account did not list
lock-revoked = Encrypted with { $version }, from a device whose key its owner has revoked
lock-denied = Encrypted with { $version }, from a device that a verified one says is not to be trusted
lock-clear = not encrypted
lock-clear-words = Not encrypted: servers on the way could read it
note-undecided = From a device that you had not decided about
note-refused = From a device that you do not trust
note-not-listed = From a device that its account did not list
note-revoked = From a device whose key its owner has revoked
note-denied = From a device that a verified one says is not to be trusted
note-left-out = { $count ->
    [one] Not encrypted for { $count } of their devices, which cannot read it
   *[other] Not encrypted for { $count } of their devices, which cannot read it
}

unreadable-title = This message could not be read.
unreadable-not-for-us = It was not encrypted for this device. Ask for it to be sent again.
unreadable-no-session = This device no longer has the keys that belong to it. It is asked for once more; else “Begin anew” behind the shield below may help.
unreadable-broken = The keys agreed on do not open it. “Begin anew” behind the shield below asks for it once more.
unreadable-forged = It was changed on the way, or is by somebody else. Do not rely on it; ask whether they wrote it.
unreadable-unknown = It is encrypted in a way that Onym does not know. Ask them to use OMEMO.
