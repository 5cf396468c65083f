"""`exstv new DIR`: a station's repository to begin with, whose one channel plays at once."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from compiler.documents.schema import schema_text
from exstv.cli import scan
from exstv.cli.zones import time_zone
from exstv.errors import ExstvError
from exstv.files import replace_file

HELP = "begin a station: its files, its checks and what an editor needs"

STARTER = "starter"
"""The folder of exstv that holds the files."""
PLACES = {
    "README.md": "README.md",
    "station.yaml": "station.yaml",
    "channel.yaml": "channels/one.yaml",
    "cards.yaml": "sources/cards.yaml",
    "config.yaml": "config.yaml",
    "gitignore": ".gitignore",
    "github.yml": ".github/workflows/station.yml",
    "settings.json": ".vscode/settings.json",
    "extensions.json": ".vscode/extensions.json",
}
"""Each file of that folder, and where it goes in a station."""
SCHEMA = "schema/station.schema.json"


def run(argv: Sequence[str]) -> int:
    """Writes the files and scans what they declare; exit code 1 if there is something in the folder."""
    args = _parser().parse_args(argv)
    folder: Path = args.folder
    name = args.name or folder.absolute().name or "My TV"
    _refuse(folder)
    try:
        for place, text in _files(name, args.timezone):
            replace_file(folder / place, text.encode())
    except OSError as error:
        raise ExstvError(f"{error.filename} cannot be written: {error.strerror}") from error
    code = scan.run([str(folder)])
    sys.stdout.write(f"{folder} is a station: `exstv up {folder}` puts it on air, its README.md goes on\n")
    return code


def _files(name: str, timezone: str) -> list[tuple[str, str]]:
    words = {"{{name}}": json.dumps(name, ensure_ascii=False), "{{title}}": name, "{{timezone}}": timezone}
    found = []
    for file, place in PLACES.items():
        text = files("exstv").joinpath(STARTER, file).read_text(encoding="utf-8")
        for mark, word in words.items():
            text = text.replace(mark, word)
        found.append((place, text))
    return [*found, (SCHEMA, schema_text())]


def _refuse(folder: Path) -> None:
    """A folder may be there if nothing is in it but what git keeps there."""
    if folder.exists() and not folder.is_dir():
        raise ExstvError(f"{folder} is a file; DIR is the folder of a new station")
    there = sorted(each.name for each in folder.iterdir() if each.name != ".git") if folder.exists() else []
    if there:
        raise ExstvError(f"{folder} is not empty: `{there[0]}` is there; name a folder that is new")


def _name(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise argparse.ArgumentTypeError("a station's name is words on one line")
    return text.strip()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="exstv new", description=HELP)
    parser.add_argument("folder", metavar="DIR", type=Path, help="the new station's folder")
    parser.add_argument("--name", type=_name, help="what viewers call it; default: the folder's name")
    parser.add_argument(
        "--timezone", type=time_zone, default="UTC", metavar="ZONE", help="of its times; default: UTC"
    )
    return parser
