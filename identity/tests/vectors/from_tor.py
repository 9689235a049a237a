#!/usr/bin/env python3
"""Checks onion_address.json with the installed `tor`.

    from_tor.py            gives tor every secret key in the file and compares the addresses
    from_tor.py --write    makes the file anew: keys of derivation.json and keys that tor makes

tor runs without a network (DisableNetwork 1) in a folder of its own; it writes the address of each
service into the file `hostname`. The part `derived` is the same in every run; the keys in
`generated_by_tor` are new after each `--write`.
"""

import contextlib
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import onym_reference as reference

HERE = pathlib.Path(__file__).parent
FILE = HERE / "onion_address.json"
SECRET_HEADER = b"== ed25519v1-secret: type0 ==".ljust(32, b"\0")
PUBLIC_HEADER = b"== ed25519v1-public: type0 ==".ljust(32, b"\0")
GENERATED = 4
# tor needs well under a second; this is for a machine that is busy with something else.
PATIENCE_SECONDS = 120


def run_tor(secret_keys: list) -> list:
    """The services that tor runs with these expanded secret keys; None lets tor make a key."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        torrc = [f"DataDirectory {folder}/data", "DisableNetwork 1", "SocksPort 0"]
        services = []
        for number, secret_key in enumerate(secret_keys):
            service = folder / f"service-{number}"
            service.mkdir(mode=0o700)
            if secret_key is not None:
                (service / "hs_ed25519_secret_key").write_bytes(SECRET_HEADER + secret_key)
            torrc += [f"HiddenServiceDir {service}", "HiddenServicePort 5269 127.0.0.1:9"]
            services.append(service)
        (folder / "torrc").write_text("\n".join(torrc) + "\n")
        with running(folder):
            return [read_service(service) for service in services]


@contextlib.contextmanager
def running(folder: pathlib.Path):
    """tor, from the moment that it has written every address."""
    (folder / "defaults").touch()
    log = (folder / "log").open("wb")
    arguments = ["-f", folder / "torrc", "--defaults-torrc", folder / "defaults"]
    tor = subprocess.Popen(["tor", *arguments], stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not all(is_complete(s / "hostname") for s in folder.glob("service-*")):
            if tor.poll() is not None or time.monotonic() > deadline:
                sys.exit((folder / "log").read_text())
            time.sleep(0.02)
        yield
    finally:
        tor.terminate()
        tor.wait()
        log.close()


def is_complete(hostname: pathlib.Path) -> bool:
    return hostname.exists() and hostname.read_text().endswith(".onion\n")


def read_service(service: pathlib.Path) -> dict:
    secret = (service / "hs_ed25519_secret_key").read_bytes()
    public = (service / "hs_ed25519_public_key").read_bytes()
    assert secret.startswith(SECRET_HEADER) and public.startswith(PUBLIC_HEADER)
    return {
        "expanded_secret_key": secret[32:].hex(),
        "public_key": public[32:].hex(),
        "onion_address": (service / "hostname").read_text().strip(),
    }


def derived_keys() -> list:
    vectors = json.loads((HERE / "derivation.json").read_text())["vectors"]
    return [s["expanded_secret_key"] for v in vectors for s in v["onion_services"]]


def refused(good: dict) -> list:
    """Texts that are no onion address, with the reason; `good` is one that is."""
    address, key = good["onion_address"], bytes.fromhex(good["public_key"])
    label = address.removesuffix(".onion")
    order_4 = reference.decode_point(bytes(32))
    mixed = reference.add(order_4, reference.decode_point(key))
    off_curve = next(
        data for y in range(2, 99)
        if reference.decode_point(data := y.to_bytes(32, "little")) is None
    )
    mistyped = ("b" if label[0] == "a" else "a") + label[1:]
    return [
        {"text": text, "reason": reason}
        for text, reason in [
            ("", "no_suffix"),
            (label, "no_suffix"),
            (address + ".", "no_suffix"),
            ("www." + address, "subdomain"),
            ("expyuzz4wqqyqhjn.onion", "version_2"),
            (label[1:] + ".onion", "length"),
            (label + "a.onion", "length"),
            ("1" + label[1:] + ".onion", "character"),
            (" " + label[1:] + ".onion", "character"),
            (reference.onion_address(key, version=2), "version"),
            (reference.onion_address(key, version=4), "version"),
            (mistyped + ".onion", "checksum"),
            (reference.onion_address(off_curve), "not_on_curve"),
            (reference.onion_address((reference.P).to_bytes(32, "little")), "not_canonical"),
            (reference.onion_address((reference.P + 1).to_bytes(32, "little")), "not_canonical"),
            (reference.onion_address((1 | 1 << 255).to_bytes(32, "little")), "not_canonical"),
            (reference.onion_address((1).to_bytes(32, "little")), "neutral"),
            (reference.onion_address(bytes(32)), "torsion"),
            (reference.onion_address(reference.encode_point(mixed)), "torsion"),
        ]
    ]


def check(services: list) -> None:
    for service in services:
        key = bytes.fromhex(service["public_key"])
        assert reference.public_key_of_expanded(bytes.fromhex(service["expanded_secret_key"])) == key
        assert reference.onion_address(key) == service["onion_address"]


def main() -> None:
    if sys.argv[1:] == ["--write"]:
        keys = [bytes.fromhex(key) for key in derived_keys()]
        services = run_tor(keys + [None] * GENERATED)
        version = subprocess.run(["tor", "--version"], capture_output=True, text=True, check=True)
        content = {
            "made_by": version.stdout.splitlines()[0].rstrip("."),
            "derived": services[: len(keys)],
            "generated_by_tor": services[len(keys) :],
            "refused": refused(services[-1]),
        }
        FILE.write_text(json.dumps(content, indent=2) + "\n")
    elif sys.argv[1:]:
        sys.exit(__doc__)
    content = json.loads(FILE.read_text())
    services = content["derived"] + content["generated_by_tor"]
    assert [s["expanded_secret_key"] for s in content["derived"]] == derived_keys()
    assert run_tor([bytes.fromhex(s["expanded_secret_key"]) for s in services]) == services
    check(services)
    print(f"{len(services)} addresses agree with tor and with the second implementation")


if __name__ == "__main__":
    main()
