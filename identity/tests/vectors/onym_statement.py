"""docs/identity-statement.md a second time, written from that page alone.

A document is read into a dictionary, or refused with one of the words of the page. It uses the field
arithmetic of onym_reference.py for what libraries leave open, and nothing of the Rust crate. It is slow;
never sign with a secret that matters.
"""

import hashlib
import stringprep
import unicodedata

import onym_reference as curve

MAX_DOCUMENT = 16384
HOUR = 3_600_000
MAX_LIFE = 400 * 24 * HOUR
MAX_TIME = 253402300799999
TAGS = {
    "statement": b"\x10onym/1 statement",
    "revocation": b"\x11onym/1 revocation",
    "succession": b"\x11onym/1 succession",
}
FINGERPRINT_BYTES = {1: 32, 2: 32, 3: 20, 4: 20, 5: 32, 6: 32}
HAS_DEVICES = (1, 2)
REFUSED_IN_NAMES = [
    (0x00, 0x1F), (0x7F, 0xA0), (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160),
    (0x1680, 0x1680), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x2000, 0x200B), (0x200E, 0x200F),
    (0x2028, 0x202F), (0x205F, 0x206F), (0x2800, 0x2800), (0x3000, 0x3000), (0x3164, 0x3164),
    (0xE000, 0xF8FF), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFF), (0xE0000, 0xE00FF),
    (0xF0000, 0x10FFFF),
]


class Refused(Exception):
    """With the word of the page for it."""


def need(holds: bool, word: str) -> None:
    if not holds:
        raise Refused(word)


class Reader:
    def __init__(self, data: bytes):
        self.data, self.at = data, 0

    def bytes(self, count: int) -> bytes:
        need(self.at + count <= len(self.data), "truncated")
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, count: int) -> int:
        return int.from_bytes(self.bytes(count), "big")

    def time(self) -> int:
        time = self.number(8)
        need(time <= MAX_TIME, "time")
        return time


# Reading.

def read(kind: str, document: bytes, now: int, asked_for: bytes | None = None) -> dict:
    """Everything that section 1 asks for."""
    need(len(document) <= MAX_DOCUMENT, "too_long")
    signatures = 128 if kind == "succession" else 64
    need(len(document) >= signatures, "truncated")
    signed, signature = document[:-signatures], document[-signatures:]
    reader = Reader(signed)
    need(signed.startswith(TAGS[kind]), "tag")
    reader.bytes(len(TAGS[kind]))
    content = FIELDS[kind](reader)
    need(reader.at == len(signed), "trailing_bytes")

    identity = bytes.fromhex(content["old" if kind == "succession" else "identity"])
    need(asked_for is None or asked_for == identity, "other_identity")
    need(is_key(identity), "key")
    need(verifies(identity, signed, signature[:64]), "signature")
    if kind == "succession":
        new = bytes.fromhex(content["new"])
        need(is_key(new), "key")
        need(verifies(new, signed, signature[64:]), "countersignature")
        need(content["since"] <= now + HOUR, "from_the_future")
    if kind == "statement":
        need(content["issued"] <= now + HOUR, "from_the_future")
        need(now < content["expires"], "expired")
        content["hash"] = hashlib.sha256(signed).hexdigest()
    return content


def statement(reader: Reader) -> dict:
    identity = reader.bytes(32)
    serial = reader.number(8)
    need(serial != 0, "serial")
    issued, expires = reader.time(), reader.time()
    need(0 < expires - issued <= MAX_LIFE, "lifetime")
    name = read_name(reader.bytes(reader.number(1)))
    own = curve.base32(identity)
    endpoints = read_list(reader, 16, lambda: endpoint(reader, own), lambda entry: entry[:-2])
    keys = read_list(reader, 128, lambda: key(reader, endpoints), subject_of_key)
    revocations = read_list(reader, 64, lambda: revocation(reader), lambda entry: entry[:-8])
    for it in revocations:
        need(it["since"] <= issued, "revoked_later")
        if "jid" in it:
            listed = it["jid"] in [endpoint["jid"] for endpoint in endpoints]
        else:
            wanted = (it["protocol"], it["fingerprint"])
            listed = wanted in [(key["protocol"], key["fingerprint"]) for key in keys]
        need(not listed, "revoked_but_listed")
    return {
        "identity": identity.hex(), "serial": serial, "issued": issued, "expires": expires,
        "name": name, "endpoints": endpoints, "keys": keys, "revocations": revocations,
    }


def identity_revocation(reader: Reader) -> dict:
    return {"identity": reader.bytes(32).hex()}


def succession(reader: Reader) -> dict:
    old, new = reader.bytes(32), reader.bytes(32)
    since = reader.time()
    need(old != new, "own_successor")
    return {"old": old.hex(), "new": new.hex(), "since": since}


FIELDS = {"statement": statement, "revocation": identity_revocation, "succession": succession}


def read_list(reader: Reader, most: int, entry, subject) -> list:
    count = reader.number(1)
    need(count <= most, "too_many")
    entries, previous = [], None
    for _ in range(count):
        start = reader.at
        entries.append(entry())
        this = subject(reader.data[start : reader.at])
        need(previous is None or previous < this, "order")
        previous = this
    return entries


def endpoint(reader: Reader, own: str) -> dict:
    jid, kind, priority = read_jid(reader), reader.number(1), reader.number(1)
    need(kind in (1, 2), "kind")
    if kind == 1:
        local, domain = jid.split("@")
        address = domain.removesuffix(".onion")
        base32 = all(letter in "abcdefghijklmnopqrstuvwxyz234567" for letter in address)
        fits = local == own and len(address) == 56 and len(domain) == 62 and base32
        need(fits, "foreign_endpoint")
    return {"jid": jid, "kind": kind, "priority": priority}


def key(reader: Reader, endpoints: list) -> dict:
    protocol, place, device = reader.number(1), reader.number(1), None
    need(place < len(endpoints), "unlisted_endpoint")
    number = reader.number(4)
    if protocol in HAS_DEVICES:
        need(1 <= number <= 2**31 - 1, "device")
    elif protocol in FINGERPRINT_BYTES:
        need(number == 0, "device")
    device = number or None
    fingerprint = read_fingerprint(reader, protocol)
    jid = endpoints[place]["jid"]
    return {"protocol": protocol, "jid": jid, "device": device, "fingerprint": fingerprint}


def subject_of_key(entry: bytes) -> bytes:
    return entry[:6] if entry[0] in HAS_DEVICES else entry


def read_fingerprint(reader: Reader, protocol: int) -> str:
    fingerprint = reader.bytes(reader.number(1))
    need(protocol != 0, "kind")
    length = FINGERPRINT_BYTES.get(protocol)
    fits = len(fingerprint) == length if length else 1 <= len(fingerprint) <= 64
    need(fits, "fingerprint")
    return fingerprint.hex()


def revocation(reader: Reader) -> dict:
    what = reader.number(1)
    need(what in (1, 2), "kind")
    if what == 2:
        return {"jid": read_jid(reader), "since": reader.time()}
    protocol = reader.number(1)
    fingerprint = read_fingerprint(reader, protocol)
    return {"protocol": protocol, "fingerprint": fingerprint, "since": reader.time()}


def read_name(data: bytes) -> str | None:
    if not data:
        return None
    try:
        name = data.decode()
    except UnicodeDecodeError:
        raise Refused("name") from None
    need(len(data) <= 120, "name")
    for character in name:
        point = ord(character)
        need(not any(low <= point <= high for low, high in REFUSED_IN_NAMES), "name")
    need(name == name.strip(" ") and "  " not in name, "name")
    need(name[0] not in "\u200c\u200d" and name[-1] not in "\u200c\u200d", "name")
    first = ord(name[0])
    need(not (0xFE00 <= first <= 0xFE0F or 0xE0100 <= first <= 0xE01EF), "name")
    return name


def read_jid(reader: Reader) -> str:
    try:
        jid = reader.bytes(reader.number(2)).decode()
        local, domain = jid.split("@")
        prepared = f"{nodeprep(local)}@{prep(domain)}"
    except (UnicodeError, ValueError):
        raise Refused("jid") from None
    need(prepared == jid, "jid")
    need(1 <= len(local.encode()) <= 1023 and 1 <= len(domain.encode()) <= 1023, "jid")
    for label in domain.split("."):
        need(1 <= len(label) <= 63, "jid")
        need(label[0] != "-" and label[-1] != "-", "jid")
        need(not any(letter <= " " or letter in "\x7f%#/:<>?@[\\]^|" for letter in label), "jid")
    return jid


def nodeprep(text: str) -> str:
    """RFC 6122, appendix A: what nameprep does, and more that is refused."""
    prepared = prep(text)
    for it in prepared:
        if it in "\"&'/:<>@" or stringprep.in_table_c11(it) or stringprep.in_table_c21(it):
            raise ValueError(it)
    return prepared


def prep(text: str) -> str:
    """RFC 3491 with the tables of RFC 3454, for stored strings."""
    mapped = "".join(
        stringprep.map_table_b2(it) for it in text if not stringprep.in_table_b1(it)
    )
    prepared = unicodedata.ucd_3_2_0.normalize("NFKC", mapped)
    for it in prepared:
        refused = (
            stringprep.in_table_a1(it) or stringprep.in_table_c12(it)
            or stringprep.in_table_c22(it) or stringprep.in_table_c3(it)
            or stringprep.in_table_c4(it) or stringprep.in_table_c5(it)
            or stringprep.in_table_c6(it) or stringprep.in_table_c7(it)
            or stringprep.in_table_c8(it) or stringprep.in_table_c9(it)
        )
        if refused:
            raise ValueError(it)
    right_to_left = [stringprep.in_table_d1(it) for it in prepared]
    if any(right_to_left):
        mixed = any(stringprep.in_table_d2(it) for it in prepared)
        if mixed or not (right_to_left[0] and right_to_left[-1]):
            raise ValueError(prepared)
    return prepared


# Keys and signatures, from RFC 8032 and section 6 of identity.md.

def is_key(data: bytes) -> bool:
    point = curve.decode_point(data)
    if point is None or point == curve.NEUTRAL:
        return False
    return curve.multiply(curve.ORDER, point) == curve.NEUTRAL


def verifies(key: bytes, message: bytes, signature: bytes) -> bool:
    encoded, scalar = signature[:32], int.from_bytes(signature[32:], "little")
    point, commitment = curve.decode_point(key), curve.decode_point(encoded)
    if point is None or commitment is None or scalar >= curve.ORDER:
        return False
    if curve.multiply(8, commitment) == curve.NEUTRAL:
        return False
    digest = hashlib.sha512(encoded + key + message).digest()
    challenge = int.from_bytes(digest, "little") % curve.ORDER
    left = curve.multiply(scalar, curve.BASE)
    return left == curve.add(commitment, curve.multiply(challenge, point))


def sign(seed: bytes, message: bytes) -> bytes:
    """RFC 8032, section 5.1.6."""
    expanded = curve.expand(seed)
    scalar, prefix = int.from_bytes(expanded[:32], "little"), expanded[32:]
    key = curve.public_key_of_seed(seed)
    nonce = int.from_bytes(hashlib.sha512(prefix + message).digest(), "little") % curve.ORDER
    encoded = curve.encode_point(curve.multiply(nonce, curve.BASE))
    digest = hashlib.sha512(encoded + key + message).digest()
    challenge = int.from_bytes(digest, "little") % curve.ORDER
    return encoded + ((nonce + challenge * scalar) % curve.ORDER).to_bytes(32, "little")


# Writing.

def number(value: int, count: int) -> bytes:
    return value.to_bytes(count, "big")


def short(data: bytes) -> bytes:
    return number(len(data), 1) + data


def long(data: bytes) -> bytes:
    return number(len(data), 2) + data


def listed(entries: list) -> bytes:
    return number(len(entries), 1) + b"".join(entries)


def write_endpoint(it: dict) -> bytes:
    return long(it["jid"].encode()) + number(it["kind"], 1) + number(it["priority"], 1)


def write_key(it: dict, endpoints: list) -> bytes:
    place = [endpoint["jid"] for endpoint in endpoints].index(it["jid"])
    head = number(it["protocol"], 1) + number(place, 1) + number(it["device"] or 0, 4)
    return head + short(bytes.fromhex(it["fingerprint"]))


def write_revocation(it: dict) -> bytes:
    if "jid" in it:
        return b"\x02" + long(it["jid"].encode()) + number(it["since"], 8)
    subject = b"\x01" + number(it["protocol"], 1) + short(bytes.fromhex(it["fingerprint"]))
    return subject + number(it["since"], 8)


def write_statement(it: dict) -> bytes:
    """What is signed, with the lists in the order in which they are given."""
    return (
        TAGS["statement"] + bytes.fromhex(it["identity"]) + number(it["serial"], 8)
        + number(it["issued"], 8) + number(it["expires"], 8) + short((it["name"] or "").encode())
        + listed([write_endpoint(entry) for entry in it["endpoints"]])
        + listed([write_key(entry, it["endpoints"]) for entry in it["keys"]])
        + listed([write_revocation(entry) for entry in it["revocations"]])
    )


def write_succession(it: dict) -> bytes:
    old, new = bytes.fromhex(it["old"]), bytes.fromhex(it["new"])
    return TAGS["succession"] + old + new + number(it["since"], 8)


# Text.

def block(kind: str, document: bytes) -> str:
    text = curve.base32(document)
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    label = kind.upper()
    return "\n".join([f"-----BEGIN ONYM {label}-----", *lines, f"-----END ONYM {label}-----", ""])


def qr(document: bytes) -> str:
    return "ONYM:" + curve.base32(document).upper()
