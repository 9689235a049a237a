#!/usr/bin/env python3
"""Checks statement.json with a second implementation (onym_statement.py).

    check_statement.py            compares every value in the file
    check_statement.py --write    makes the file anew, for a change of the format
    check_statement.py --serve    answers lines: KIND NOW DOCUMENT(hexadecimal) -> OK CONTENT | REFUSED WORD

With the package `cryptography` the signatures of the good vectors are checked a third time.
"""

import copy
import json
import pathlib
import sys

import onym_reference as curve
import onym_statement as onym
from onym_statement import HOUR, MAX_LIFE, MAX_TIME, Refused
from vector_file import compare

FILE = pathlib.Path(__file__).with_name("statement.json")
DERIVATION = pathlib.Path(__file__).with_name("derivation.json")

ISSUED = 1_800_000_000_000
NOW = ISSUED + HOUR
ROOTS = json.loads(DERIVATION.read_text())["vectors"]
SEED = bytes.fromhex(ROOTS[1]["identity_seed"])
OTHER_SEED = bytes.fromhex(ROOTS[2]["identity_seed"])
KEY = curve.public_key_of_seed(SEED)
OTHER_KEY = curve.public_key_of_seed(OTHER_SEED)


def in_order(content: dict) -> dict:
    content["endpoints"].sort(key=onym.write_endpoint)
    content["keys"].sort(key=lambda it: onym.write_key(it, content["endpoints"]))
    content["revocations"].sort(key=onym.write_revocation)
    return content


def smallest() -> dict:
    return {
        "identity": KEY.hex(), "serial": 1, "issued": ISSUED, "expires": ISSUED + MAX_LIFE,
        "name": None, "endpoints": [], "keys": [], "revocations": [],
    }


def typical() -> dict:
    """Two onion addresses, one account elsewhere, eight keys, one device lost."""
    services = [it["onion_address"] for it in ROOTS[1]["onion_services"]]
    own = [f"{curve.base32(KEY)}@{address}" for address in services[:2]]
    legacy = "alice@jabber.example"
    endpoints = [{"jid": jid, "kind": 1, "priority": 20 - 10 * at} for at, jid in enumerate(own)]
    endpoints.append({"jid": legacy, "kind": 2, "priority": 0})
    keys = [
        {"protocol": protocol, "jid": jid, "device": device, "fingerprint": bytes([device % 251] * 32).hex()}
        for protocol in (1, 2) for jid, device in ((own[0], 27183), (own[0], 31415926), (legacy, 2**31 - 1))
    ]
    keys.append({"protocol": 3, "jid": legacy, "device": None, "fingerprint": "0f" * 20})
    keys.append({"protocol": 6, "jid": own[0], "device": None, "fingerprint": "c5" * 32})
    revocations = [{"protocol": 1, "fingerprint": "ee" * 32, "since": ISSUED - HOUR}]
    return in_order({
        **smallest(), "serial": 7, "expires": ISSUED + 90 * 24 * HOUR, "name": "Alice Example",
        "endpoints": endpoints, "keys": keys, "revocations": revocations,
    })


def odd() -> dict:
    """What is rare and allowed."""
    jids = ["zoë@bücher.example", "a@b.example", "long" + "g" * 300 + "@b.example", "a_b@b.example"]
    return in_order({
        **smallest(), "serial": 2**64 - 1, "expires": ISSUED + 1, "name": "علی\u200cرضا ❤️",
        "endpoints": [{"jid": jid, "kind": 2, "priority": 255} for jid in jids],
        "keys": [
            {"protocol": 4, "jid": jids[1], "device": None, "fingerprint": "44" * 20},
            {"protocol": 4, "jid": jids[1], "device": None, "fingerprint": "45" * 20},
            {"protocol": 5, "jid": jids[0], "device": None, "fingerprint": "55" * 32},
            {"protocol": 77, "jid": jids[0], "device": 5, "fingerprint": "01"},
            {"protocol": 255, "jid": jids[0], "device": None, "fingerprint": "ff" * 64},
        ],
        "revocations": [
            {"jid": "old@b.example", "since": 0},
            {"jid": "older@b.example", "since": ISSUED},
            {"protocol": 3, "fingerprint": "33" * 20, "since": 1},
            {"protocol": 77, "fingerprint": "0203", "since": 1},
        ],
    })


def full() -> dict:
    """Every list at its end."""
    endpoints = [{"jid": f"a{at}@b.example", "kind": 2, "priority": at} for at in range(16)]
    return in_order({
        **smallest(), "endpoints": endpoints,
        "keys": [
            {"protocol": 2, "jid": f"a{at % 16}@b.example", "device": at + 1, "fingerprint": bytes([at] * 32).hex()}
            for at in range(128)
        ],
        "revocations": [{"jid": f"b{at}@b.example", "since": ISSUED} for at in range(64)],
    })


def signed(content: dict, seed: bytes = SEED) -> bytes:
    return completed(onym.write_statement(content), seed)


def completed(body: bytes, seed: bytes = SEED) -> bytes:
    return body + onym.sign(seed, body)


def succession() -> dict:
    return {"old": KEY.hex(), "new": OTHER_KEY.hex(), "since": ISSUED}


def succeeded(content: dict, second_seed: bytes = OTHER_SEED) -> bytes:
    body = onym.write_succession(content)
    return body + onym.sign(SEED, body) + onym.sign(second_seed, body)


def good() -> list:
    documents = [
        (name, "statement", signed(content), content.get("expires", 0) - 1 if name == "odd" else NOW)
        for name, content in (("smallest", smallest()), ("typical", typical()), ("odd", odd()), ("full", full()))
    ]
    documents.append(("an hour ahead", "statement", signed(smallest()), ISSUED - HOUR))
    documents.append(("revocation", "revocation", completed(onym.TAGS["revocation"] + KEY), NOW))
    documents.append(("succession", "succession", succeeded(succession()), NOW))
    return [
        {
            "name": name, "kind": kind, "now": now, "document": document.hex(),
            "content": onym.read(kind, document, now),
            "block": onym.block(kind, document) if len(document) <= 1560 else None,
            "qr": onym.qr(document) if len(document) <= 1560 else None,
        }
        for name, kind, document, now in documents
    ]


def changed(**fields) -> bytes:
    return signed({**typical(), **fields})


def with_entry(field: str, at: int, **fields) -> bytes:
    content = copy.deepcopy(typical())
    content[field][at].update(fields)
    return signed(content)


def bad() -> list:
    base, body = signed(typical()), onym.write_statement(typical())
    first = typical()["endpoints"][0]
    account = {"jid": "bob@b.example", "kind": 2, "priority": 0}
    name_of = lambda text: changed(name=text)
    s_plus_l = int.from_bytes(base[-32:], "little") + curve.ORDER
    cases = [
        ("too_long", base + bytes(onym.MAX_DOCUMENT + 1 - len(base))),
        ("truncated", b""),
        ("truncated", base[:63]),
        ("tag", completed(body.replace(b"onym/1", b"onym/2", 1))),
        ("tag", completed(onym.TAGS["revocation"] + KEY)),
        ("trailing_bytes", completed(body + b"\0")),
        ("serial", changed(serial=0)),
        ("time", changed(issued=MAX_TIME + 1, expires=MAX_TIME + 2)),
        ("time", changed(expires=2**64 - 1)),
        ("lifetime", changed(expires=ISSUED)),
        ("lifetime", changed(expires=ISSUED - 1)),
        ("lifetime", changed(expires=ISSUED + MAX_LIFE + 1)),
        ("name", name_of("a" * 121)),
        ("name", name_of("Alice\n")),
        ("name", name_of("Alice \u202eelpmaxE")),
        ("name", name_of("\u2066Alice")),
        ("name", name_of("Alice\u00a0Example")),
        ("name", name_of(" Alice")),
        ("name", name_of("Alice  Example")),
        ("name", name_of("\u200dAlice")),
        ("name", name_of("\ufe0fAlice")),
        ("name", completed(body.replace(b"\x0dAlice Example", b"\x02\xc3\x28", 1))),
        ("too_many", changed(endpoints=[{**account, "jid": f"a{at:02}@b.example"} for at in range(17)], keys=[])),
        ("too_many", completed(onym.write_statement({**typical(), "keys": [], "revocations": []})[:-2] + b"\x81")),
        ("too_many", completed(onym.write_statement({**typical(), "revocations": []})[:-1] + b"\x41")),
        ("order", changed(endpoints=list(reversed(typical()["endpoints"])))),
        ("order", changed(endpoints=[account, {**account, "priority": 1}], keys=[])),
        ("order", changed(keys=list(reversed(typical()["keys"])))),
        ("order", changed(keys=[typical()["keys"][0], {**typical()["keys"][0], "fingerprint": "ff" * 32}])),
        ("order", changed(revocations=[{"jid": "b@b.example", "since": 1}, {"jid": "b@b.example", "since": 2}])),
        ("jid", changed(endpoints=[{**account, "jid": "Bob@b.example"}], keys=[])),
        ("jid", changed(endpoints=[{**account, "jid": "bob@B.example"}], keys=[])),
        ("jid", changed(endpoints=[{**account, "jid": "bob@b.example/desk"}], keys=[])),
        ("jid", changed(endpoints=[{**account, "jid": "bob@b.example."}], keys=[])),
        ("jid", changed(endpoints=[{**account, "jid": "b.example"}], keys=[])),
        ("jid", changed(endpoints=[{**account, "jid": "@b.example"}], keys=[])),
        ("jid", changed(endpoints=[{**account, "jid": "bo b@b.example"}], keys=[])),
        ("jid", changed(endpoints=[{**account, "jid": "a@b@c.example"}], keys=[])),
        ("jid", changed(endpoints=[{**account, "jid": "b" * 1024 + "@c.example"}], keys=[])),
        ("kind", changed(endpoints=[{**account, "kind": 0}], keys=[])),
        ("kind", changed(endpoints=[{**account, "kind": 3}], keys=[])),
        ("foreign_endpoint", changed(endpoints=[{**account, "kind": 1}], keys=[])),
        ("foreign_endpoint", changed(
            endpoints=[{**first, "kind": 1, "jid": f"{curve.base32(OTHER_KEY)}@{ROOTS[2]['onion_services'][0]['onion_address']}"}],
            keys=[])),
        ("unlisted_endpoint", completed(body[:body.index(b"\x08\x01\0") + 2] + b"\x07" + body[body.index(b"\x08\x01\0") + 3:])),
        ("device", with_entry("keys", 0, device=None)),
        ("device", with_entry("keys", 2, device=2**31)),
        ("device", with_entry("keys", 6, device=1)),
        ("fingerprint", with_entry("keys", 0, fingerprint="05" * 33)),
        ("fingerprint", with_entry("keys", 6, fingerprint="")),
        ("fingerprint", with_entry("keys", 7, protocol=99, fingerprint="aa" * 65)),
        ("kind", with_entry("keys", 0, protocol=0)),
        ("kind", completed(onym.write_statement({**typical(), "revocations": []})[:-1] + b"\x01\x03" + bytes(40))),
        ("revoked_later", with_entry("revocations", 0, since=ISSUED + 1)),
        ("revoked_but_listed", with_entry("revocations", 0, fingerprint=typical()["keys"][0]["fingerprint"])),
        ("revoked_but_listed", changed(revocations=[{"jid": first["jid"], "since": 1}])),
        ("signature", base[:-1] + bytes([base[-1] ^ 1])),
        ("signature", base[:-32] + s_plus_l.to_bytes(32, "little")),
        ("signature", signed(typical(), OTHER_SEED)),
        ("signature", body + onym.sign(SEED, body[1:])),
        # A commitment of small order, with which S = challenge * secret satisfies the equation.
        ("signature", body + small_order_signature(body)),
        ("signature", completed(onym.write_statement({**typical(), "serial": 8}))[:-64] + base[-64:]),
    ]
    vectors = [refused("statement", word, document) for word, document in cases]
    # Keys that nobody has, each with a signature that a careless verifier takes.
    for torsion in ("01" + "00" * 31, "00" * 32, "ec" + "ff" * 30 + "7f"):
        endpointless = {**smallest(), "identity": torsion}
        vectors.append(refused("statement", "key", onym.write_statement(endpointless) + b"\x01" + bytes(63)))
    mixed = curve.encode_point(curve.add(curve.decode_point(KEY), (0, curve.P - 1)))
    vectors.append(refused("statement", "key", signed({**smallest(), "identity": mixed.hex()})))
    vectors.append(refused("statement", "key", signed({**smallest(), "identity": "02" + "00" * 31})))
    vectors.append(refused("statement", "expired", base, now=typical()["expires"]))
    vectors.append(refused("statement", "from_the_future", base, now=ISSUED - HOUR - 1))
    vectors.append(refused("statement", "other_identity", base, identity=OTHER_KEY))
    revocation = completed(onym.TAGS["revocation"] + KEY)
    vectors.append(refused("revocation", "signature", revocation[:-64] + onym.sign(OTHER_SEED, revocation[:-64])))
    vectors.append(refused("revocation", "trailing_bytes", completed(onym.TAGS["revocation"] + KEY + b"\0")))
    vectors.append(refused("revocation", "tag", base))
    content = succession()
    vectors.append(refused("succession", "own_successor", succeeded({**content, "new": KEY.hex()})))
    vectors.append(refused("succession", "countersignature", succeeded(content, SEED)))
    vectors.append(refused("succession", "from_the_future", succeeded(content), now=ISSUED - HOUR - 1))
    vectors.append(refused("succession", "key", succeeded({**content, "new": "01" + "00" * 31})))
    return vectors


def small_order_signature(body: bytes) -> bytes:
    import hashlib
    commitment = curve.encode_point(curve.NEUTRAL)
    scalar = int.from_bytes(curve.expand(SEED)[:32], "little")
    challenge = int.from_bytes(hashlib.sha512(commitment + KEY + body).digest(), "little")
    return commitment + (challenge * scalar % curve.ORDER).to_bytes(32, "little")


def refused(kind: str, word: str, document: bytes, now: int = NOW, identity: bytes | None = None) -> dict:
    try:
        onym.read(kind, document, now, identity)
        got = "nothing"
    except Refused as refusal:
        got = str(refusal)
    assert got == word, f"refused for {got} where {word} was expected: {document.hex()[:400]}"
    asked_for = identity.hex() if identity else None
    return {"refused": word, "kind": kind, "now": now, "identity": asked_for, "document": document.hex()}


def check_signatures(vectors: list) -> str:
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        return "signatures not checked a third time (no package `cryptography`)"
    for vector in vectors:
        document, content = bytes.fromhex(vector["document"]), vector["content"]
        signers = [content[it] for it in ("identity", "old", "new") if it in content]
        signatures = document[-64 * len(signers):]
        for at, key in enumerate(signers):
            signature = signatures[64 * at : 64 * at + 64]
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(
                signature, document[: len(document) - len(signatures)])
    return f"signatures of {len(vectors)} documents agree with the package `cryptography`"


def serve() -> None:
    for line in sys.stdin:
        kind, now, document = line.split()
        try:
            print("OK", json.dumps(onym.read(kind, bytes.fromhex(document), int(now))), flush=True)
        except Refused as refusal:
            print("REFUSED", refusal, flush=True)


def main() -> None:
    if sys.argv[1:] == ["--serve"]:
        return serve()
    made = {"good": good(), "bad": bad()}
    compare(FILE, made, __doc__)
    found = json.loads(FILE.read_text())
    print(f"{len(made['good'])} documents and {len(made['bad'])} refusals agree with the second implementation")
    print(check_signatures(found["good"]))


if __name__ == "__main__":
    main()
