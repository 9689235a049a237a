# What is shown outside the window.

outside-new-message = New message
outside-about-somebody = Something has changed about who a contact is
outside-open = Open Onym
outside-quit = Quit
outside-choose-picture = Choose a picture
outside-choose-export = Choose an export
outside-save-export = Save everything, sealed
outside-save-statement = Save your statement
outside-save-revocation = Save the revocation of your identity
outside-save-history = Save the history
outside-locked = Locked
outside-title-locked = Onym (locked)
outside-not-set-up = Not set up yet
outside-reachable = Others can reach you
outside-starting = Connecting to Tor
outside-starting-percent = Connecting to Tor, { $percent } %
outside-unreachable = Others cannot reach you
