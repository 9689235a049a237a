"""A device that speaks through python-omemo, behind standard input and output.

README.md has the lines that it reads and writes. It uses the backends of python-omemo directly;
there is one other device, and one session with it.
"""

import asyncio
import sys

import doubleratchet
import x3dh
import xeddsa
from oldmemo import oldmemo
from omemo.session import Initiation
from omemo.storage import Just, Nothing, Storage
from twomemo import twomemo

JID, DEVICE = "peer@example.org", 1


class Memory(Storage):
    def __init__(self):
        super().__init__(True)
        self.values = {}

    async def _load(self, key):
        return Just(self.values[key]) if key in self.values else Nothing()

    async def _store(self, key, value):
        self.values[key] = value

    async def _delete(self, key):
        self.values.pop(key, None)


class Party:
    """What both versions share."""

    def __init__(self, module, backend):
        self.module = module
        self.backend = backend(Memory())
        self.session = None
        self.bundle = None

    async def new(self, pre_keys):
        await self.backend.generate_pre_keys(pre_keys)
        bundle = await self.backend.get_bundle("us@example.org", 2)
        keys = ",".join(
            f"{bundle.pre_key_ids[key]}:{self.write_key(key).hex()}"
            for key in bundle.bundle.pre_keys
        )
        identity, signature = self.write_identity(bundle.bundle)
        signed = self.write_key(bundle.bundle.signed_pre_key)
        return (
            f"{identity.hex()} {bundle.signed_pre_key_id} {signed.hex()} {signature.hex()} {keys}"
        )

    def initiate(self, identity, signed_id, signed_pre_key, signature, pre_key_id, pre_key):
        identity, signature = self.read_identity(identity, signature)
        pre_key = self.read_key(pre_key)
        signed_pre_key = self.read_key(signed_pre_key)
        bundle = x3dh.Bundle(identity, signed_pre_key, signature, frozenset({pre_key}))
        self.bundle = self.module.BundleImpl(
            JID, DEVICE, bundle, signed_id, {pre_key: pre_key_id}
        )

    async def encrypt(self, plaintext):
        material = self.read_material(plaintext)
        if self.bundle is not None:
            # The backend wants the first plaintext together with the bundle.
            built = await self.backend.build_session_active(JID, DEVICE, self.bundle, material)
            self.session, message = built
            self.bundle = None
        else:
            message = await self.backend.encrypt_key_material(self.session, material)
        message = message.serialize()
        if self.session.initiation is Initiation.ACTIVE and not self.session.confirmed:
            return f"KEX {self.write_exchange(self.session.key_exchange, message).hex()}"
        return f"MSG {message.hex()}"

    async def decrypt(self, is_key_exchange, message):
        exchange = None
        if is_key_exchange:
            exchange, message = self.read_exchange(message)
        message = self.module.EncryptedKeyMaterialImpl.parse(message, JID, DEVICE)
        is_new = exchange is not None and not (
            self.session is not None
            and self.session.key_exchange.builds_same_session(exchange)
        )
        if is_new:
            built = await self.backend.build_session_passive(JID, DEVICE, exchange, message)
            self.session, material = built
            await self.backend.hide_pre_key(self.session)
            await self.backend.delete_hidden_pre_keys()
        else:
            material = await self.backend.decrypt_key_material(self.session, message)
            self.session.confirm()
        return (material.key + material.auth_tag).hex()

    async def seal(self, content):
        content, material = await self.backend.encrypt_plaintext(content)
        iv = getattr(content, "initialization_vector", b"").hex() or "-"
        return f"{(material.key + material.auth_tag).hex()} {iv} {content.ciphertext.hex()}"

    async def open(self, key, iv, ciphertext):
        content = self.content(ciphertext, iv)
        plaintext = await self.backend.decrypt_plaintext(content, self.read_material(key))
        return plaintext.hex()

    def read_material(self, key):
        length = self.module.PlainKeyMaterialImpl.KEY_LENGTH
        return self.module.PlainKeyMaterialImpl(key[:length], key[length:])


class Old(Party):
    """OMEMO 0.3, whose bundle hides the sign of the identity key in the signature."""

    def __init__(self):
        super().__init__(oldmemo, oldmemo.Oldmemo)

    write_key = staticmethod(oldmemo.StateImpl.serialize_public_key)
    read_key = staticmethod(oldmemo.StateImpl.parse_public_key)

    def write_identity(self, bundle):
        identity = xeddsa.ed25519_pub_to_curve25519_pub(bundle.identity_key)
        signature = bytearray(bundle.signed_pre_key_sig)
        signature[63] |= bundle.identity_key[31] & 0x80
        return self.write_key(identity), bytes(signature)

    def read_identity(self, identity, signature):
        sign = bool(signature[63] >> 7)
        identity = xeddsa.curve25519_pub_to_ed25519_pub(self.read_key(identity), sign)
        return identity, signature[:63] + bytes([signature[63] & 0x7F])

    def write_exchange(self, exchange, message):
        return exchange.serialize(message)[0]

    def read_exchange(self, message):
        return oldmemo.KeyExchangeImpl.parse(message, False)

    def content(self, ciphertext, iv):
        return oldmemo.ContentImpl(ciphertext, bytes.fromhex(iv))


class Two(Party):
    """OMEMO 2."""

    def __init__(self):
        super().__init__(twomemo, twomemo.Twomemo)

    def write_key(self, key):
        return key

    read_key = write_key

    def write_identity(self, bundle):
        return bundle.identity_key, bundle.signed_pre_key_sig

    def read_identity(self, identity, signature):
        return identity, signature

    def write_exchange(self, exchange, message):
        return exchange.serialize(message)

    def read_exchange(self, message):
        return twomemo.KeyExchangeImpl.parse(message)

    def content(self, ciphertext, _iv):
        return twomemo.ContentImpl(ciphertext)


async def answer(party, words):
    raw = bytes.fromhex
    match words:
        case ["initiate", identity, signed_id, signed, signature, pre_key_id, pre_key]:
            party.initiate(
                raw(identity), int(signed_id), raw(signed), raw(signature), int(pre_key_id),
                raw(pre_key),
            )
            return "OK"
        case ["encrypt", plaintext]:
            return f"OK {await party.encrypt(raw(plaintext))}"
        case ["decrypt", kind, message]:
            return f"OK {await party.decrypt(kind == 'KEX', raw(message))}"
        case ["seal", content]:
            return f"OK {await party.seal(raw(content))}"
        case ["open", key, iv, ciphertext]:
            return f"OK {await party.open(raw(key), iv, raw(ciphertext))}"
    return "ERR unknown line"


async def main():
    party = None
    for line in sys.stdin:
        words = line.split()
        try:
            if words[0] == "new":
                party = Two() if words[1] == "2" else Old()
                result = f"OK {await party.new(int(words[2]))}"
            else:
                result = await answer(party, words)
        except Exception as error:
            cause = error.__cause__
            if isinstance(cause, doubleratchet.DuplicateMessageException):
                result = "DUPLICATE"
            else:
                result = f"ERR {error!r} from {cause!r}"
        print(result, flush=True)


asyncio.run(main())
