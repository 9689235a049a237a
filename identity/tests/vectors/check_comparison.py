#!/usr/bin/env python3
"""Checks comparison.json with a second implementation (onym_comparison.py).

    check_comparison.py            compares every value in the file
    check_comparison.py --write    makes the file anew, for a change of the format
"""

import itertools
import json
import pathlib

import onym_comparison as onym
from vector_file import compare

FILE = pathlib.Path(__file__).with_name("comparison.json")
DERIVATION = pathlib.Path(__file__).with_name("derivation.json")


def made() -> dict:
    roots = json.loads(DERIVATION.read_text())["vectors"]
    keys = [bytes.fromhex(root["identity_key"]) for root in roots]
    vectors = []
    for ours, theirs in itertools.permutations(keys[:4], 2):
        here, there = onym.phrase(ours, theirs), onym.phrase(theirs, ours)
        assert here["we_read"] == there["they_read"] and here["they_read"] == there["we_read"]
        vectors.append({"ours": ours.hex(), "theirs": theirs.hex(), **here})
    return {"vectors": vectors}


def main() -> None:
    expected = made()
    compare(FILE, expected, __doc__)
    print(f"{len(expected['vectors'])} phrases agree")


if __name__ == "__main__":
    main()
