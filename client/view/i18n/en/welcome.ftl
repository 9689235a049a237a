# The first start.

welcome-steps = Step { $page } of { $pages }
welcome-back = Back
welcome-problem-not-saved = Your identity could not be saved: { $why }

welcome-choose-title = Welcome to Onym
welcome-choose-words = A messenger without a company in the middle. Your address is a key that only you hold, and your messages go from your computer to theirs through Tor.
welcome-choose-make = Make a new identity
welcome-choose-restore = Restore from 24 words
welcome-choose-hint = There is no account to register, no phone number and no password to forget. 24 words bring your identity back on any computer.

welcome-working-title = One moment
welcome-working-keys = Making your keys…
welcome-working-sealing = Sealing your messages…
welcome-working-starting = Starting…
welcome-working-keyring = Waiting for this system's keyring. It may have a question for you.
welcome-working-no-keyring = Go on without the keyring
welcome-stopped-title = Onym cannot start
welcome-stopped-words = Nothing is lost. Mend what stands below, then start Onym again.
welcome-stopped-quit = Quit

welcome-phrase-title = Your recovery words
welcome-phrase-words = Write these 24 words on paper, in this order. They are your identity: whoever has them is you, and without them nobody can bring it back.
welcome-phrase-word = Word { $position }: { $word }
welcome-phrase-done = I have written them down

welcome-check-title = Is it all on paper?
welcome-check-words = Type these three words from your paper. A slip of the pen is easy to mend now, and impossible later.
welcome-check-field = Word { $position }
welcome-check-wrong = Word { $position } is another one. Compare it with your paper.
welcome-check-do = Check
welcome-check-show = Show the words again
welcome-check-skip = Skip for now

welcome-restore-title = Restore your identity
welcome-restore-words = Type the 24 words of your identity in their order. Upper and lower case and line breaks do not matter.
welcome-restore-hint = First word, second word …
welcome-restore-field = Your 24 words
welcome-restore-count = { $count } of { $all } words
welcome-restore-do = Restore
welcome-restore-too-long = This is too long to be 24 words.
welcome-restore-word-count = There have to be 24 words. These are { $got }.
welcome-restore-unknown-word = Word { $position }, “{ $word }”, is not one of the words that are used. Check its spelling.
welcome-restore-checksum = Each word exists, but together they are no identity. One of them is wrong, or their order.

welcome-passphrase-title = Protect your messages
welcome-passphrase-words = With a passphrase, nobody who gets hold of this computer can read your messages. If you forget it, only your 24 words help.
welcome-passphrase-field = Passphrase
welcome-passphrase-again = The same again
welcome-passphrase-do = Use this passphrase
welcome-passphrase-skip = Go on without a passphrase
welcome-passphrase-later = You can set, change or remove it at any time in the settings.

# Parts that several forms share.

form-show = Show what is typed
form-hide = Hide what is typed
form-strength-weak = Easy to guess. Four or five random words are better.
form-strength-fair = Not bad. Longer is better.
form-strength-good = Hard to guess.
form-passphrases-differ = The two are not the same.
form-keyring = Keep it in this system's keyring
form-keyring-hint = Opens Onym without asking while you are logged in. Whoever can use your login can then open it, too.

# The store is closed.

locked-title = Onym is locked
locked-words = Your messages are sealed. Your passphrase opens them.
locked-field = Your passphrase
locked-do = Unlock
locked-busy = Unlocking…
locked-keyring = Unlock with the keyring
locked-wrong = That is not the passphrase. Try again.
locked-keyring-refused = The keyring did not give the key. Type your passphrase.
locked-keyring-refused-alone = The keyring did not give the key. Try again, or use your recovery words.
locked-words-keyring = Your messages are sealed. This system's keyring opens them.
locked-words-phrase = Your messages are sealed. Your 24 words open them.
locked-asking-keyring = Waiting for the keyring. It may have a question for you.
locked-cancel-keyring = Do not wait for the keyring
locked-forgot = Forgot the passphrase? Use the recovery words
locked-use-phrase = Use the recovery words
locked-phrase-title = Open with your words
locked-phrase-words = Type the 24 words of your identity in their order. They open your messages without the passphrase, and nothing is lost.
locked-phrase-do = Open
locked-wrong-phrase = These are the words of another identity. Nothing was changed.
locked-new-title = A new passphrase
locked-new-words = Your words have opened your messages. Choose a passphrase for the next time; the old one counts until you do.
locked-passphrase-in-use = This passphrase cannot be used here. Choose another one.

# The settings cannot be read.

bad-settings-title = The settings cannot be read
bad-settings-words = The file is damaged, or a later Onym has written it. Your identity and your messages are somewhere else, and are safe.
bad-settings-file = File
bad-settings-why = What is wrong
bad-settings-bridges = If you go on, everything is set as usual, and the file is kept beside under another name. If you reach Tor through bridges, quit and mend the file: without it Onym connects to Tor without them.
bad-settings-replace = Go on with the usual settings
bad-settings-quit = Quit
