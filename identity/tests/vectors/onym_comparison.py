"""Section 10 of docs/identity.md a second time: the phrase that two people compare by voice.

Written from the page with nothing but Python's standard library.
"""

import hashlib
import pathlib

TAG = b"\x11onym/1 comparison"
HALF = 6

# The English list of BIP-39, as its authors publish it.
FILE = pathlib.Path(__file__).with_name("bip39_english.txt")
FILE_SHA256 = "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda"
assert hashlib.sha256(FILE.read_bytes()).hexdigest() == FILE_SHA256
WORDS = FILE.read_text().split()


def phrase(ours: bytes, theirs: bytes) -> dict:
    assert ours != theirs
    digest = hashlib.sha256(TAG + min(ours, theirs) + max(ours, theirs)).digest()
    bits = int.from_bytes(digest, "big")
    words = [WORDS[bits >> (256 - 11 * (place + 1)) & 0x7FF] for place in range(2 * HALF)]
    halves = [" ".join(words[:HALF]), " ".join(words[HALF:])]
    if ours > theirs:
        halves.reverse()
    return {"we_read": halves[0], "they_read": halves[1]}
