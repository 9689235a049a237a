"""Section 1 of docs/invites.md a second time, written from that page alone."""

import base64
import re

import onym_reference as curve
import onym_statement as statement
from onym_statement import Reader, Refused, long, need, number, short

VERSION = "1."


def write(host: str, invite: dict) -> str:
    flags, fields = 0, b""
    local, domain = invite["jid"].split("@")
    if onym_keys(local, domain):
        flags |= 1
        fields += b"".join(onym_keys(local, domain))
    else:
        fields += short(invite["jid"].encode())
    if invite["name"]:
        flags |= 2
        fields += short(invite["name"].encode())
    if invite["token"]:
        flags |= 4
        fields += short(invite["token"].encode())
    if invite["identity"]:
        flags |= 8
        fields += bytes.fromhex(invite["identity"])
    if invite["serial"] is not None:
        flags |= 16
        fields += number(invite["serial"], 8)
    if invite["keys"]:
        flags |= 32
        fields += number(len(invite["keys"]), 1) + b"".join(map(write_key, invite["keys"]))
    flags |= 64 if invite["is_move"] else 0
    return link(host, number(flags, 1) + fields)


def link(host: str, payload: bytes) -> str:
    text = base64.urlsafe_b64encode(payload).decode().rstrip("=")
    return f"https://{host}/i/#{VERSION}{text}"


def write_key(key: dict) -> bytes:
    fingerprint = bytes.fromhex(key["fingerprint"])
    return number(key["protocol"], 1) + number(key["device"] or 0, 4) + short(fingerprint)


def onym_keys(local: str, domain: str):
    """The two keys that an Onym JID is made of."""
    if len(local) != 52 or len(domain) != 62 or not domain.endswith(".onion"):
        return None
    pad = lambda text: base64.b32decode(text.upper() + "=" * (-len(text) % 8))
    identity, service = pad(local), pad(domain.removesuffix(".onion"))[:32]
    is_one = statement.is_key(identity) and statement.is_key(service)
    return (identity, service) if is_one and curve.onion_address(service) == domain else None


def read(text: str) -> dict:
    _, payload = text.split("/i/#" + VERSION)
    need(re.fullmatch("[A-Za-z0-9_-]*", payload) is not None and len(payload) % 4 != 1, "damaged")
    data = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    need(base64.urlsafe_b64encode(data).decode().rstrip("=") == payload, "damaged")
    try:
        return fields(Reader(data))
    except Refused as refusal:
        # What identity-statement.md has its own words for is damage to a link.
        word = str(refusal)
        raise Refused(word if word in ("version", "onion_address", "key") else "damaged") from None


def fields(reader: Reader) -> dict:
    flags = reader.number(1)
    need(flags & 128 == 0, "version")
    invite = {"name": None, "token": None, "identity": None, "serial": None, "keys": []}
    if flags & 1:
        identity, service = reader.bytes(32), reader.bytes(32)
        need(statement.is_key(identity) and statement.is_key(service), "damaged")
        invite["jid"] = f"{curve.base32(identity)}@{curve.onion_address(service)}"
    else:
        jid = reader.bytes(reader.number(1))
        invite["jid"] = statement.read_jid(Reader(long(jid)))
        local, domain = invite["jid"].split("@")
        need("." in domain and not onym_keys(local, domain), "damaged")
    if flags & 2:
        invite["name"] = statement.read_name(reader.bytes(reader.number(1)))
        need(invite["name"] is not None, "damaged")
    if flags & 4:
        invite["token"] = reader.bytes(reader.number(1)).decode("latin-1")
        need(re.fullmatch("[A-Za-z0-9._~-]{1,64}", invite["token"]) is not None, "damaged")
    if flags & 8:
        identity = reader.bytes(32)
        need(statement.is_key(identity) and not names_key(invite["jid"]), "damaged")
        invite["identity"] = identity.hex()
    if flags & 16:
        invite["serial"] = reader.number(8)
    if flags & 32:
        count = reader.number(1)
        need(count > 0, "damaged")
        for _ in range(count):
            protocol, device = reader.number(1), reader.number(4) or None
            need(protocol in statement.FINGERPRINT_BYTES, "damaged")
            fingerprint = statement.read_fingerprint(reader, protocol)
            key = {"protocol": protocol, "device": device, "fingerprint": fingerprint}
            need(key not in invite["keys"], "damaged")
            invite["keys"].append(key)
    invite["is_move"] = bool(flags & 64)
    need(reader.at == len(reader.data), "damaged")
    return invite


def names_key(jid: str) -> bool:
    local = jid.split("@")[0]
    if not re.fullmatch("[a-z2-7]{51}[aq]", local):
        return False
    return statement.is_key(base64.b32decode(local.upper() + "===="))
