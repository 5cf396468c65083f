"""`exstv schema`: the JSON schema of a station file, for editors.

A first line of `# yaml-language-server: $schema=PATH` in a station file makes editors use it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from compiler.documents.schema import schema_text

HELP = "print the JSON schema of a station file, or write it for editors"
DEFAULT_PATH = Path("schema/station.schema.json")


def run(argv: Sequence[str]) -> int:
    """Prints, writes or checks the schema; exit code 1 where a committed file differs."""
    parser = argparse.ArgumentParser(prog="exstv schema", description=HELP)
    what = parser.add_mutually_exclusive_group()
    options: dict[str, Any] = {"nargs": "?", "const": DEFAULT_PATH, "type": Path, "metavar": "FILE"}
    what.add_argument("--write", help=f"write it to FILE (default: {DEFAULT_PATH})", **options)
    what.add_argument("--check", help="exit with 1 if FILE is not what --write would write", **options)
    arguments = parser.parse_args(argv)
    if arguments.write:
        return _write(arguments.write)
    if arguments.check:
        return _check(arguments.check)
    sys.stdout.write(schema_text())
    return 0


def _write(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(schema_text(), encoding="utf-8")
    except OSError as error:
        sys.stderr.write(f"exstv schema: {path} cannot be written: {error.strerror}\n")
        return 1
    return 0


def _check(path: Path) -> int:
    try:
        committed = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"exstv schema: {path} cannot be read: {error}\n")
        return 1
    if committed == schema_text():
        return 0
    sys.stderr.write(f"exstv schema: {path} is out of date; run `exstv schema --write`\n")
    return 1
