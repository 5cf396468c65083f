"""`exstv import SYSTEM PATH`: a station's YAML out of what another system plays.

What could not be carried over is in the YAML, as comments, and told as warnings. Nothing that is there
already is written over.
"""

from __future__ import annotations

import argparse
import copy
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml.comments import CommentedMap

from compiler.documents.scalars import NUMBER_PATTERN
from compiler.load import load
from compiler.parse import parse
from exstv.cli.compile import report, say
from exstv.cli.zones import time_zone
from exstv.diagnostics import has_errors
from exstv.errors import ExstvError
from exstv.files import replace_file
from exstv.importing.model import Imported, Wishes
from exstv.importing.systems import SYSTEMS
from exstv.importing.writing import dump
from exstv.nodes import Mapping
from exstv.render.disk import read_source, wants_colour
from exstv.render.registry import FORMATS, default_format, render
from exstv.render.text import Look

HELP = "make YAML of what another system plays"


@dataclass(frozen=True)
class _Declared:
    """What a folder declares already: whether a station, which sources, and names of all kinds."""

    station: bool = False
    sources: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()


def run(argv: Sequence[str]) -> int:
    """Imports; exit code 1 where the input cannot be used, or where its files are there already."""
    args = _parser().parse_args(argv)
    there = _declared(args.out) if args.out is not None else _Declared()
    wishes = Wishes(timezone=args.timezone, number=args.number, out=args.out, taken=there.names)
    imported, found = SYSTEMS[args.system](args.path, wishes)
    start = f"Made by `exstv import {args.system} {args.path.name}`."
    if args.out is None:
        # The YAML is on stdout, so that what is to be told is not.
        sys.stderr.write(render(found, args.format, read_source, Look(wants_colour(sys.stderr, os.environ))))
        if imported is None or has_errors(found):
            return 1
        if imported.files:
            raise ExstvError("what is imported has a list beside its YAML: `--out DIR` writes both")
        sys.stdout.write(dump(_together(imported), start))
        return 0
    report(found, args.format)
    if imported is None or has_errors(found):
        return 1
    written = _write(imported, args.out, there, start)
    say(f"written: {', '.join(str(path) for path in written)}", args.format)
    if there.station:
        day, zone = imported.station["broadcast_day"], imported.station["timezone"]
        say(f"kept: the station there; alone, this would have broadcast_day {day} in {zone}", args.format)
    for name in sorted(there.sources & {*imported.sources}):
        say(f"kept: the source `{name}`", args.format)
    return 0


def _together(imported: Imported) -> CommentedMap:
    """All of it as one document."""
    whole = CommentedMap(station=imported.station, sources=imported.sources)
    for key, value in imported.rest.items():
        whole[key] = value
    return whole


def _write(imported: Imported, out: Path, there: _Declared, start: str) -> list[Path]:
    """Writes what is not there yet; a station and sources that the folder declares are kept."""
    # Two names mean something in a station's folder.
    name = f"{imported.name}-imported" if imported.name in ("station", "config") else imported.name
    files = {f"{name}.yaml": dump(imported.rest, start).encode(), **imported.files}
    if not there.station:
        files["station.yaml"] = dump(CommentedMap(station=imported.station), start).encode()
    # A copy: comments belong to the mapping that they stand in.
    sources = copy.deepcopy(imported.sources)
    for known in there.sources & {*sources}:
        del sources[known]
    if sources:
        files[f"sources/{next(iter(sources))}.yaml"] = dump(CommentedMap(sources=sources), start).encode()
    for name in files:
        if (out / name).exists():
            raise ExstvError(f"{out / name} is there already, and nothing is written over")
    try:
        for name, data in files.items():
            replace_file(out / name, data)
    except OSError as error:
        raise ExstvError(f"{error.filename} cannot be written: {error.strerror}") from error
    return [out / name for name in files]


def _declared(folder: Path) -> _Declared:
    """What the YAML of a folder declares."""
    if not folder.exists():
        return _Declared()
    trees, _ = parse(load(folder)[0])
    kinds = [(kind.text, each) for tree in trees.files if tree.root for kind, each in tree.root.entries]
    named = [(kind, key.text) for kind, each in kinds if isinstance(each, Mapping) for key, _ in each.entries]
    return _Declared(
        station=any(kind == "station" for kind, _ in kinds),
        sources=frozenset(name for kind, name in named if kind == "sources"),
        names=frozenset(name for _, name in named),
    )


def _number(text: str) -> str:
    if not re.fullmatch(NUMBER_PATTERN, text):
        raise argparse.ArgumentTypeError(f"`{text}` is not a channel number; write it like `42` or `42.1`")
    return text


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="exstv import", description=HELP)
    parser.add_argument("system", choices=SYSTEMS, help="what plays it now")
    parser.add_argument("path", type=Path, help="what that system exported: see docs/import.md")
    parser.add_argument("--out", type=Path, metavar="DIR", help="the station's folder; default: only shown")
    parser.add_argument(
        "--timezone", type=time_zone, metavar="ZONE", help="of the other system; default: UTC"
    )
    parser.add_argument("--number", type=_number, metavar="N", help="of the channel, where no input tells it")
    parser.add_argument(
        "--format",
        choices=FORMATS,
        default=default_format(os.environ),
        help="how what is missing is told; default: text, in a GitHub workflow github",
    )
    return parser
