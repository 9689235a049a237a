"""What the checks of vector files have in common."""

import json
import pathlib
import sys


def compare(file: pathlib.Path, made: dict, usage: str | None) -> None:
    """Compares a file with what was made anew, after writing it with --write."""
    if sys.argv[1:] == ["--write"]:
        file.write_text(json.dumps(made, indent=1) + "\n")
    elif sys.argv[1:]:
        sys.exit(usage)
    assert json.loads(file.read_text()) == made, f"{file.name} does not hold what the specification gives"
