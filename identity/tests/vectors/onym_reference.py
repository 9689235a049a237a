"""The formats of docs/identity.md a second time, for checking the vectors in this folder.

Written from the specifications with nothing but Python's standard library: RFC 5869 (HKDF),
RFC 8032 (Ed25519), RFC 4648 (base32) and Tor's rend-spec-v3. It is slow and not constant-time;
never use it with a secret that matters.
"""

import base64
import hashlib
import hmac

ONION_VERSION = 3


def hkdf_sha256(secret: bytes, info: bytes, length: int = 32) -> bytes:
    """RFC 5869 without a salt, which means a salt of 32 zero bytes."""
    prk = hmac.digest(bytes(32), secret, "sha256")
    output, block, counter = b"", b"", 1
    while len(output) < length:
        block = hmac.digest(prk, block + info + bytes([counter]), "sha256")
        output += block
        counter += 1
    return output[:length]


def base32(data: bytes) -> str:
    return base64.b32encode(data).decode().rstrip("=").lower()


def expand(seed: bytes) -> bytes:
    """RFC 8032, section 5.1.5: the clamped scalar, then the nonce prefix."""
    digest = bytearray(hashlib.sha512(seed).digest())
    digest[0] &= 0b1111_1000
    digest[31] &= 0b0111_1111
    digest[31] |= 0b0100_0000
    return bytes(digest)


def public_key_of_seed(seed: bytes) -> bytes:
    return public_key_of_expanded(expand(seed))


def public_key_of_expanded(expanded: bytes) -> bytes:
    scalar = int.from_bytes(expanded[:32], "little")
    return encode_point(multiply(scalar, BASE))


def onion_checksum(public_key: bytes, version: int = ONION_VERSION) -> bytes:
    return hashlib.sha3_256(b".onion checksum" + public_key + bytes([version])).digest()[:2]


def onion_address(public_key: bytes, version: int = ONION_VERSION) -> str:
    data = public_key + onion_checksum(public_key, version) + bytes([version])
    return base32(data) + ".onion"


# RFC 8032, sections 5.1 and 5.1.4, in affine coordinates.

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P
NEUTRAL = (0, 1)


def add(a, b):
    (x1, y1), (x2, y2) = a, b
    product = D * x1 * x2 * y1 * y2 % P
    x = (x1 * y2 + x2 * y1) * pow(1 + product, -1, P) % P
    y = (y1 * y2 + x1 * x2) * pow(1 - product, -1, P) % P
    return (x, y)


def multiply(scalar: int, point):
    result = NEUTRAL
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


def encode_point(point) -> bytes:
    x, y = point
    return (y | (x & 1) << 255).to_bytes(32, "little")


def decode_point(data: bytes):
    """RFC 8032, section 5.1.3; None if the bytes are not a point."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    if x * x % P != square or (x == 0 and sign):
        return None
    return (P - x if x & 1 != sign else x, y)


BASE = decode_point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
ORDER = 2**252 + 27742317777372353535851937790883648493
