#!/usr/bin/env python3
"""Makes at_rest.json: the formats of docs/at-rest.md, written a second time.

Needs the Python package `cryptography`, version 44 or later. `at_rest_reference.py > at_rest.json`
"""

import hashlib
import hmac
import json
import struct
import sys

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

CHUNK_BYTES = 64 * 1024


def hkdf(key, info):
    return HKDF(hashes.SHA256(), 32, salt=None, info=info.encode()).derive(key)


def hchacha20(key, nonce):
    """draft-irtf-cfrg-xchacha-03, section 2.2."""
    state = list(struct.unpack("<4I8I4I", b"expand 32-byte k" + key + nonce))

    def add_and_turn(a, b, d, bits):
        state[a] = (state[a] + state[b]) & 0xFFFFFFFF
        mixed = state[d] ^ state[a]
        state[d] = ((mixed << bits) | (mixed >> (32 - bits))) & 0xFFFFFFFF

    def quarter_round(a, b, c, d):
        add_and_turn(a, b, d, 16)
        add_and_turn(c, d, b, 12)
        add_and_turn(a, b, d, 8)
        add_and_turn(c, d, b, 7)

    for _ in range(10):
        for column in range(4):
            quarter_round(column, column + 4, column + 8, column + 12)
        for column in range(4):
            quarter_round(
                column, 4 + (column + 1) % 4, 8 + (column + 2) % 4, 12 + (column + 3) % 4
            )
    return struct.pack("<8I", *(state[:4] + state[12:]))


def encrypt(key, nonce, aad, plaintext):
    """XChaCha20-Poly1305 without the nonce."""
    cipher = ChaCha20Poly1305(hchacha20(key, nonce[:16]))
    return cipher.encrypt(bytes(4) + nonce[16:], plaintext, aad)


def seal(key, nonce, aad, plaintext):
    return nonce + encrypt(key, nonce, aad, plaintext)


class Cost:
    memory_kib, passes, lanes = 8192, 1, 1
    encoded = struct.pack(">IBB", memory_kib, passes, lanes)

    @classmethod
    def key(cls, passphrase, salt, info):
        argon2 = Argon2id(
            salt=salt,
            length=32,
            iterations=cls.passes,
            lanes=cls.lanes,
            memory_cost=cls.memory_kib,
        )
        return hkdf(argon2.derive(passphrase), info)


def nonce(byte):
    return bytes([byte]) * 24


def records(master):
    secret = hkdf(master, "onym/1 records/client")
    names = hkdf(secret, "onym/1 records names")
    context, text = b"word", b"tea"
    name = hmac.digest(names, struct.pack(">Q", len(context)) + context + text, "sha256")[:16]
    table, key, plaintext = b"messages", bytes.fromhex("0001ff"), b"wherefore art thou"
    place = struct.pack(">Q", len(table)) + table + key
    sealed = seal(hkdf(secret, "onym/1 records seal"), nonce(1), place, plaintext)
    return {
        "master_key": master.hex(),
        "purpose": "client",
        "name_context": context.decode(),
        "name_text": text.decode(),
        "name": name.hex(),
        "table": table.decode(),
        "key": key.hex(),
        "plaintext": plaintext.decode(),
        "sealed": sealed.hex(),
    }


def sealed_file(master):
    head = b"onym sealed file\n\x01"
    plaintext = b"a small file"
    sealed = head + seal(hkdf(master, "onym/1 file/identity"), nonce(2), head, plaintext)
    return {
        "master_key": master.hex(),
        "purpose": "identity",
        "plaintext": plaintext.decode(),
        "sealed": sealed.hex(),
    }


def vault(master):
    salt, keyring_secret, root_secret = bytes([5]) * 32, bytes([6]) * 32, bytes([7]) * 32
    head = b"onym vault\n\x01" + Cost.encoded + salt

    def passphrase_key(passphrase):
        return Cost.key(passphrase, salt, "onym/1 vault passphrase")

    at_rest_recovery = hkdf(root_secret, "onym/1 at-rest-recovery")
    duress = b"\x02" + bytes([9]) * 32
    parts = [
        head,
        bytes([2 | 4 | 8]),
        bytes(32),
        seal(passphrase_key(b"coffee"), nonce(3), head + b"passphrase", duress),
        seal(passphrase_key(b"tea"), nonce(4), head + b"passphrase", b"\x01" + master),
        seal(hkdf(keyring_secret, "onym/1 vault keyring"), nonce(5), head + b"keyring", master),
        seal(hkdf(at_rest_recovery, "onym/1 vault recovery"), nonce(6), head + b"recovery", master),
        seal(hkdf(master, "onym/1 vault state"), nonce(7), head + b"state", b"\x01\x01"),
    ]
    body = b"".join(parts)
    return {
        "master_key": master.hex(),
        "passphrase": "tea",
        "duress_passphrase": "coffee",
        "keyring_secret": keyring_secret.hex(),
        "root_secret": root_secret.hex(),
        "file": (body + hashlib.sha256(body).digest()).hex(),
    }


def stream():
    salt, prefix = bytes([8]) * 32, bytes(range(100, 119))
    head = b"onym sealed stream\n\x01" + Cost.encoded + salt + prefix
    key = Cost.key(b"tea", salt, "onym/1 sealed stream")

    def sealed(plaintext):
        starts = range(0, max(len(plaintext), 1), CHUNK_BYTES)
        chunks = [plaintext[start : start + CHUNK_BYTES] for start in starts]
        last = len(chunks) - 1
        return head + b"".join(
            encrypt(key, prefix + struct.pack(">IB", number, number == last), head, chunk)
            for number, chunk in enumerate(chunks)
        )

    long = bytes(at % 251 for at in range(CHUNK_BYTES + 5))
    return {
        "passphrase": "tea",
        "plaintext": "everything",
        "sealed": sealed(b"everything").hex(),
        "long_bytes": len(long),
        "long_sha256": hashlib.sha256(sealed(long)).hexdigest(),
    }


def main():
    test_nonce = bytes.fromhex("000000090000004a0000000031415927")
    assert hchacha20(bytes(range(32)), test_nonce).hex().startswith("82413b4227b27bfed30e42508a877d73")
    master = bytes(range(32))
    vectors = {
        "records": records(master),
        "file": sealed_file(master),
        "vault": vault(master),
        "stream": stream(),
    }
    json.dump(vectors, sys.stdout, indent=2)
    print()


main()
