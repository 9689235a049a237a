#!/usr/bin/env python3
"""Checks invite.json with a second implementation (onym_invite.py).

    check_invite.py            compares every value in the file
    check_invite.py --write    makes the file anew, for a change of the format
"""

import json
import pathlib

import onym_invite as onym
from onym_statement import Refused, number, short
from vector_file import compare

FILE = pathlib.Path(__file__).with_name("invite.json")
DERIVATION = pathlib.Path(__file__).with_name("derivation.json")
ROOTS = json.loads(DERIVATION.read_text())["vectors"]
HOST = "onym.example"
KEY = bytes.fromhex(ROOTS[1]["identity_key"])
SERVICE = bytes.fromhex(ROOTS[1]["onion_services"][0]["public_key"])

EMPTY = {"name": None, "token": None, "identity": None, "serial": None, "keys": [], "is_move": False}
GOOD = [
    {**EMPTY, "jid": ROOTS[1]["jid"]},
    {**EMPTY, "jid": ROOTS[1]["jid"], "name": "Alice Example", "token": "mzxw6ytboi2dcnrr", "serial": 7},
    {**EMPTY, "jid": "alice@jabber.example", "identity": KEY.hex(), "serial": 2**64 - 1, "is_move": True},
    {**EMPTY, "jid": f"{ROOTS[1]['local_part']}@jabber.example"},
    {**EMPTY, "jid": "zoë@jabber.example", "name": "Zoë ❤️", "token": "a-._~Z9", "keys": [
        {"protocol": 1, "device": 2**31 - 1, "fingerprint": "0a" * 32},
        {"protocol": 1, "device": None, "fingerprint": "0b" * 32},
        {"protocol": 3, "device": None, "fingerprint": "0c" * 20},
    ]},
]
ALICE = short(b"alice@jabber.example")
OMEMO = b"\x01\0\0\0\x05" + short(b"\x0a" * 32)
BAD = [
    ("damaged", b""),
    ("damaged", b"\x01" + KEY),
    ("damaged", b"\x01" + KEY + SERVICE + b"\0"),
    ("damaged", b"\x01" + KEY + b"\x01" + bytes(31)),
    ("damaged", b"\x01" + b"\x02" + bytes(31) + SERVICE),
    ("damaged", b"\0" + short(ROOTS[1]["jid"].encode())),
    ("damaged", b"\0" + short(b"Alice@jabber.example")),
    ("damaged", b"\x02" + ALICE + b"\0"),
    ("damaged", b"\x02" + ALICE + short("a\u202eb".encode())),
    ("damaged", b"\x08" + ALICE + bytes([1]) + bytes(31)),
    ("damaged", b"\x08" + short(GOOD[3]["jid"].encode()) + KEY),
    ("damaged", b"\x10" + ALICE + bytes(7)),
    ("damaged", b"\x20" + ALICE + b"\0"),
    ("damaged", b"\x20" + ALICE + b"\x02" + OMEMO + OMEMO),
    ("damaged", b"\x20" + ALICE + b"\x01\x01\0\0\0\x05" + short(b"\x0a" * 31)),
    ("damaged", b"\x20" + ALICE + b"\x01\x63\0\0\0\x05" + short(b"\x0a" * 32)),
    ("version", b"\x80" + ALICE),
]


def made() -> dict:
    good = [{"link": onym.write(HOST, invite), "content": invite} for invite in GOOD]
    for vector in good:
        assert onym.read(vector["link"]) == vector["content"], vector
    bad = [{"refused": word, "link": onym.link(HOST, payload)} for word, payload in BAD]
    link = good[2]["link"]
    for changed in (link + "=", link + "A", link[:-1], link.replace("1.", "1.+", 1)):
        bad.append({"refused": "damaged", "link": changed})
    for vector in bad:
        assert refusal(vector["link"]) == vector["refused"], vector
    return {"good": good, "bad": bad}


def refusal(link: str) -> str:
    try:
        onym.read(link)
    except Refused as refused:
        return str(refused)
    return "nothing"


def main() -> None:
    expected = made()
    compare(FILE, expected, __doc__)
    print(f"{len(expected['good'])} links and {len(expected['bad'])} refusals agree")


if __name__ == "__main__":
    main()
