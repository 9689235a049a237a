#!/usr/bin/env python3
"""Checks derivation.json with a second implementation (onym_reference.py).

    check_derivation.py            compares every value in the file
    check_derivation.py --write    makes the file anew, for a change of the format

The phrases are those of the official BIP-39 vectors. If the package `mnemonic` (the BIP-39
reference) is installed they are checked too, and with the package `cryptography` the public keys
are checked a third time.
"""

import json
import pathlib
import sys

import onym_reference as reference

FILE = pathlib.Path(__file__).with_name("derivation.json")

# The 24-word entropies and phrases of the official BIP-39 vectors for English.
ROOTS = {
    "0000000000000000000000000000000000000000000000000000000000000000":
        "abandon " * 23 + "art",
    "7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f":
        "legal winner thank year wave sausage worth useful legal winner thank year "
        "wave sausage worth useful legal winner thank year wave sausage worth title",
    "8080808080808080808080808080808080808080808080808080808080808080":
        "letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd "
        "amount doctor acoustic avoid letter advice cage absurd amount doctor acoustic bless",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff":
        "zoo " * 23 + "vote",
    "68a79eaca2324873eacc50cb9c6eca8cc68ea5d936f98787c60c7ebc74e6ce7c":
        "hamster diagram private dutch cause delay private meat slide toddler razor book "
        "happy fancy gospel tennis maple dilemma loan word shrug inflict delay length",
    "9f6a2878b2520799a44ef18bc7df394e7061a224d2c33cd015b157d746869863":
        "panda eyebrow bullet gorilla call smoke muffin taste mesh discover soft ostrich "
        "alcohol speed nation flash devote level hobby quick inner drive ghost inside",
    "066dca1a2bb7e8a1db2832148ce9933eea0f3ac9548d793112d9a95c9407efad":
        "all hour make first leader extend hole alien behind guard gospel lava path output "
        "census museum junior mass reopen famous sing advance salt reform",
    "f585c11aec520db57dd353c69554b21a89b20fb0650966fa0a9d6f74fd989d8f":
        "void come effort suffer camp survey warrior heavy shoot primary clutch crush open "
        "amazing screen patrol group space point ten exist slush involve unfold",
}

# The first two services, and the last index that there can be.
INDICES = [0, 1, 2**32 - 1]


def derive(root_secret: str, phrase: str) -> dict:
    root = bytes.fromhex(root_secret)
    identity_seed = reference.hkdf_sha256(root, b"onym/1 identity")
    identity_key = reference.public_key_of_seed(identity_seed)
    services = [onion_service(root, index) for index in INDICES]
    local_part = reference.base32(identity_key)
    return {
        "root_secret": root_secret,
        "recovery_phrase": phrase,
        "identity_seed": identity_seed.hex(),
        "identity_key": identity_key.hex(),
        "local_part": local_part,
        "onion_services": services,
        "at_rest_recovery_key": reference.hkdf_sha256(root, b"onym/1 at-rest-recovery").hex(),
        "jid": f"{local_part}@{services[0]['onion_address']}",
    }


def onion_service(root: bytes, index: int) -> dict:
    seed = reference.hkdf_sha256(root, f"onym/1 onion-service/{index}".encode())
    public_key = reference.public_key_of_seed(seed)
    return {
        "index": index,
        "seed": seed.hex(),
        "expanded_secret_key": reference.expand(seed).hex(),
        "public_key": public_key.hex(),
        "onion_address": reference.onion_address(public_key),
    }


def check_phrases(vectors: list) -> str:
    try:
        from mnemonic import Mnemonic
    except ImportError:
        return "phrases not checked (no package `mnemonic`)"
    english = Mnemonic("english")
    for vector in vectors:
        assert english.to_mnemonic(bytes.fromhex(vector["root_secret"])) == vector["recovery_phrase"]
    return f"{len(vectors)} phrases agree with the package `mnemonic`"


def check_public_keys(vectors: list) -> str:
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    except ImportError:
        return "public keys not checked a third time (no package `cryptography`)"
    pairs = [(v["identity_seed"], v["identity_key"]) for v in vectors]
    pairs += [(s["seed"], s["public_key"]) for v in vectors for s in v["onion_services"]]
    for seed, public_key in pairs:
        key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed)).public_key()
        assert key.public_bytes_raw().hex() == public_key
    return f"{len(pairs)} public keys agree with the package `cryptography`"


def main() -> None:
    derived = [derive(root, phrase) for root, phrase in ROOTS.items()]
    if sys.argv[1:] == ["--write"]:
        FILE.write_text(json.dumps({"vectors": derived}, indent=2) + "\n")
    elif sys.argv[1:]:
        sys.exit(__doc__)
    vectors = json.loads(FILE.read_text())["vectors"]
    assert vectors == derived, "derivation.json does not hold what the specification derives"
    print(f"{len(vectors)} vectors agree with the second implementation")
    print(check_phrases(vectors))
    print(check_public_keys(vectors))


if __name__ == "__main__":
    main()
