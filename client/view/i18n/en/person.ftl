# Who somebody is, as far as signed identities tell.

person-title = Who this is
person-identity-spoken = Identity: { $key }
person-take = Take this identity
person-look = Look at it
person-choose = Decide…
person-compare-again = Compare again…
person-differs-withdraw = Take it back
person-meet = Compare in person…
person-call = Compare by voice…
person-withdraw = Take the verification back
person-copy-identity = Copy identity
person-name = Calls itself
person-name-mixed = The name mixes letters of several scripts, so that it can look like another one.
person-name-resembles = The name can be taken for that of { $other }, who is another contact of yours.
person-statement = Signed statement
person-statement-facts = Number { $serial }, signed on { $issued }, counts until { $expires }
person-statement-expired = Number { $serial }, signed on { $issued }. It counted until { $expires }: what it signed is not signed any more.
person-statement-void = Number { $serial }, signed on { $issued }. It does not count any more.
person-keys = Keys of other programs
person-keys-words = What other programs show for these keys has to be the same. Each is worth as much as the identity that has signed it.
person-key-at = Used at { $jid }

standing-nobody = No identity behind this address
standing-nobody-why = Who this is, the operator of the server says. Only the devices below can be compared, each by itself.
standing-address = The address is the key
standing-address-why = Nobody can be here who does not hold the key in the address, whatever any server says. That it is the key of { $name } you know once you have compared it.
standing-confirmed = Confirmed both ways
standing-confirmed-why = This account publishes a signed statement, and the statement lists this account. That the identity is that of { $name } you know once you have compared it.
standing-expected = Taken by you, and not seen here yet
standing-expected-why = You took this identity for { $name } in the place of another one. This account has published nothing of it since.
standing-expected-introduced = Named by an invite, and not seen here yet
standing-expected-introduced-why = An invite says that { $name } is this identity. The account itself has published nothing of it, so whoever runs the server still says who is there.
standing-expected-verified = Compared on { $time }, and not seen here yet
standing-expected-verified-why = You compared this identity with { $name }. The account itself has published nothing of it, so whoever runs the server still says who is there.
standing-late = An identity that came later
standing-late-why = It appeared when devices of { $name } were trusted here already, so that whoever runs the server could have made it. It signs nothing for you before you take or compare it.
standing-introduced = Known from an invite since { $time }
standing-introduced-why = The identity came with an invite, and what the invite came over could have changed it. Compare it once with { $name }.
standing-verified = Verified on { $time }
standing-verified-why = You compared this identity with { $name }. Whatever it signs is theirs: you need to compare no device and no key any more.
standing-changed = Another identity since { $time }
standing-changed-why = Whoever runs this account now publishes another identity than the one that you know. Your messages wait until you have decided.
standing-left = This address is not confirmed any more
standing-left-why = The identity that was here no longer lists this address. Ask { $name } where they are now.
standing-address-revoked = The identity has revoked this address
standing-address-revoked-why = { $name } has declared that this address is no longer theirs. Whoever is here now is somebody else.
standing-succeeded = This identity has named another one as its successor
standing-succeeded-why = It says nothing more. Ask { $name } for the new address, and compare the new identity.
standing-revoked = This identity has ended
standing-revoked-why = Its owner has revoked it: the key was lost or stolen. Nothing that it signed counts any more. Ask { $name } in another way for a new address.
standing-contradicted = The key of this identity is in two places
standing-contradicted-why = It has signed two different things under one number. Its owner has restored an old copy, or somebody has stolen the key. Only the first of the two counts here. Ask { $name } in another way.
standing-differs = It differs: compared on { $time }
standing-differs-why = You compared this identity with { $name }, and it is not theirs. Messages wait, and nothing that it signs counts. Compare it again, take that back, or leave this contact.

ways-title = Which address you write to
ways-automatic = Automatic
ways-now = Now to { $address }: { $why }
ways-written-to = Written to
ways-first = Preferred
ways-unreachable = not reached since { $time }
ways-cannot-read = no device there may read
ways-former = No longer theirs: the conversation is only kept under it.

ours-standing = Your identity
ours-standing-why = It signs your devices, your addresses and your keys. No server can do that in your place: only who has your recovery words can.
ours-standing-nobody = This account has no identity
ours-standing-nobody-why = Its devices have to be compared one by one.
ours-standing-revoked = Your identity has ended
ours-standing-revoked-why = You have revoked it. Make a new one, and tell your contacts.
ours-standing-succeeded = You have named a successor
ours-standing-succeeded-why = This identity signs nothing any more.
ours-standing-contradicted = Your identity signs in two places
ours-standing-contradicted-why = There are two different statements with one number. Do you use your recovery words on two computers at once? If not, somebody else has them: revoke the identity.
ours-code-words = No one can pretend to be you with this code: it holds no secret.
ours-identity-title = Identity
ours-statement = Your statement
ours-statement-words = What your identity signs of you. Others check it with “onym verify”, wherever you publish it. No one can sign in your name with it.
ours-statement-copy = Copy statement
ours-statement-save = Save statement…
ours-statement-none = It is signed once you are connected for the first time.
ours-addresses-words = Accounts of yours at other servers. Each counts as confirmed once the account itself publishes your statement.
ours-claim = Add an address…
ours-first = Contacts write to { $jid } first.
ours-first-here = Contacts write to this endpoint first.
ours-prefer = Write here first
ours-prefer-named = Write here first: { $jid }
ours-prefer-here = Write to this endpoint first
ours-leave-out = Leave out
ours-leave-out-named = Leave out: { $jid }
ours-revoke = Revoke…
ours-revoke-named = Revoke: { $jid }
person-renew = Make new keys
ours-move = Move to a new address…
ours-move-title = Move to a new address
ours-move-words = Your endpoint gets another onion address; your identity stays. Contacts follow by themselves, with the name that they gave you.
ours-move-next = New address
ours-move-known = Your contacts can read of it already. Your endpoint goes there with its next start.
ours-move-unknown = It is made known as soon as there is a connection, and your endpoint starts again there.
ours-move-now = Start there now
ours-move-stay = Stay here
ours-move-arriving = Your endpoint is at its new address. Contacts are asked as soon as there is a connection.
ours-move-done = You moved on { $time }
ours-move-followed = { $count ->
    [0] No contact has come along yet.
    [one] 1 contact has come along.
   *[other] { $count } contacts have come along.
}
ours-move-waiting = Not answered yet
ours-move-waiting-words = They are asked again at every start, and follow as soon as they are there.
ours-move-not-asked = Not asked
ours-move-not-asked-words = They see you, and you do not see them. Whoever did not read of the move before it needs your new address.
ours-move-names = { $names } and { $count } more
ours-other-addresses = Your other addresses

alarm-changed = The identity behind { $name } is another one. Your messages wait.
alarm-differs = This is not the identity of { $name }: you compared it. Your messages wait.
alarm-revoked = The identity of { $name } has been revoked by its owner. The key was lost or stolen.
alarm-address-revoked = { $name } has declared that this address is no longer theirs.
alarm-succeeded = The identity of { $name } has named a successor and says nothing more.
notice-move-announced = Your new address is being published, and your endpoint moves there: { $jid }
notice-moved = Your endpoint is at its new address: { $jid } Your page shows who has come along.
notice-move-cancelled = You stay at your address.
notice-contact-moved = { $name } has a new address. It is signed by the same identity and takes the place of the old one.
alarm-contradicted = The key of { $name } is in two places: their identity has signed two different things.

address-confirmed = Confirmed: this account publishes the same identity
address-carries-key = Confirmed: the address carries the key
address-claimed = Claimed only: this account has not confirmed it
address-revoked = Revoked since { $time }: do not write there

key-of-device = { $protocol }, device { $number }
key-openpgp = OpenPGP
key-tls = TLS certificate
key-other = Key of a kind that Onym does not know
key-verified = Trusted: signed by the identity that you verified on { $time }
key-signed = Signed by the identity behind this address
key-introduced = Signed by the identity that an invite named on { $time }
key-late = Signed by an identity that came later: it counts once you take or compare the identity
key-not-counting = Signed by a statement that does not count any more
key-revoked = Revoked since { $time }: the identity has declared it invalid

history-title = History
history-show = { $count ->
    [one] { $count } change
   *[other] { $count } changes
}
history-hide = Hide the changes
event-first-seen = The identity was seen for the first time
event-name = It gives itself another name
event-key-added = Signed a new { $protocol } key ({ $key }…)
event-key-left = No longer lists a { $protocol } key ({ $key }…)
event-key-revoked = Revoked a { $protocol } key ({ $key }…)
event-address-added = Lists another address: { $jid }
event-address-confirmed = This address was confirmed: { $jid }
event-address-followed = Taken as the new address of your contact at: { $jid }
event-address-left = No longer lists this address: { $jid }
event-address-revoked = Revoked this address: { $jid }
event-verified = You verified the identity
event-withdrawn = You took the verification back
event-differed = You compared the identity, and it differed
event-changed = You took { $to } in place of { $from }
event-revoked = Its owner revoked the identity
event-succeeded = It named { $by } as its successor
event-refused = A statement was refused: { $why }

refusal-other-identity = it is another identity’s
refusal-older = it is older than the one that was seen
refusal-equivocation = there are two different ones with one number
refusal-succeeded = the identity had named its successor before
refusal-two-successors = the identity has named two different successors
refusal-revoked = the identity was revoked before
refusal-expired = its time is over
refusal-future = it comes from the future
refusal-forged = its signature is wrong
refusal-other-address = it does not list this address
refusal-unknown-identity = nothing is known here of the identity that signed it
refusal-form = what is published is no statement

meet-title = Compare with { $name } in person
meet-show = Let { $name } scan this from your screen.
meet-our-code = Your code, for them to scan
meet-read = Then take a picture of the code on the screen of { $name }, and read it here.
meet-show-code = Show my code again
meet-same = This is the identity of { $name }
meet-same-words = The code names the same identity that you know here. If you took the picture yourself from the screen of { $name }, it is proven that they hold this key, and whatever it signs counts as theirs: devices, keys and addresses.
meet-same-do = I saw it on their screen: verified
meet-other = This is another identity
meet-other-words = The code names another identity than the one behind the address of { $name } here. You may be writing to somebody else. Nothing was changed.
meet-other-do = I saw it on their screen: it differs
meet-other-known = Known here for { $name }
meet-other-read = In the code
meet-same-devices = These are devices of { $name } as you know them
meet-same-devices-words = The code holds the same keys that are known here: { $devices }. If you took the picture yourself from the screen of { $name }, it is proven that these devices are theirs. There is no identity here, so devices that come later have to be compared again.
meet-other-key = This is another key
meet-other-key-words = For { $devices } the code holds another key than the one that is known here. Somebody may be between you and { $name }. Nothing was changed.
meet-other-key-do = I saw it on their screen: don’t trust it
meet-missing = { $count ->
    [one] The code does not name { $devices }, and this device stays as it is. Ask { $name } whether it is theirs.
   *[other] The code does not name { $devices }, and these devices stay as they are. Ask { $name } whether they are theirs.
}
meet-other-address = This is the code of another address
meet-ours = This is your own code. Read the one on the screen of { $name }.
meet-no-identity = This code names an address, and neither its identity nor a device that is known here. It proves nothing.
meet-not-a-code = This is no code of a person.

call-title = Compare with { $name } by voice
call-words = Call { $name }, so that you know the voice. On both screens the same words stand in both places.
call-you-read = You read aloud
call-they-read = { $name } reads aloud
call-same = It is the same
call-different = It differs
call-differs = Somebody is between you
call-differs-words = Your messages to { $name } wait from now on. Or one of you looks at the wrong conversation: try it once more. If it differs again, do not rely on who { $name } is here.
call-again = Try it once more

changed-title = Who is { $name }?
changed-words = Since { $time } the account of { $name } publishes another identity. Either { $name } has begun anew, or somebody else has the account: whoever runs the server can do this.
changed-old = The identity that you know
changed-new = The new one
changed-advice = Ask { $name } in another way than over this account. As long as you do not know, keep the old one: nothing is sent to the new one.
changed-keep = Keep the old one
changed-take = Take the new one
changed-later = Decide later
