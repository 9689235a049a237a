our-end-revoked = You have revoked your identity. Your contacts send nothing here any more; make a new identity, and tell them in another way.
our-end-succeeded = Your identity has named its successor, and counts no more. Your contacts are asked whether they follow it. Its key: { $key }
refused-no-end = This document ends no identity, and names no successor.
claim-ended = Your identity has ended: it signs no statement any more.
