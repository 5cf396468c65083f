"""`exstv rollback [VERSION]`: puts an older version of the timeline on air again.

Only the pointer changes, under the publish lock: a running server goes over as after any compile. The next
compile goes on from it, and publishes the station's files as they are then.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from exstv import codes
from exstv.cli.arguments import instant
from exstv.cli.line_up import add_station
from exstv.cli.report import print_diagnostics
from exstv.cli.standing import summary
from exstv.clock import to_iso
from exstv.diagnostics import Diagnostic, Span, has_errors
from exstv.errors import TimelineUnusable
from exstv.settings import load_settings
from exstv.timeline import versions
from exstv.timeline.lock import publish_lock
from exstv.timeline.query import TimelineReader

HELP = "put an older version on air again"


def run(argv: Sequence[str]) -> int:
    """Goes back; exit code 1 if that version cannot go on air, which leaves the current one."""
    parser = argparse.ArgumentParser(prog="exstv rollback", description=HELP)
    help = "its number; default: the newest one before what is on air"
    parser.add_argument("version", nargs="?", type=_version, metavar="VERSION", help=help)
    add_station(parser)
    parser.add_argument("--now", type=instant, default="now", metavar="ISO", help="as if it were then")
    args = parser.parse_args(argv)
    settings, found = load_settings(args.station, os.environ)
    words = ""
    if not has_errors(found):
        if versions.current(settings.state_dir) is None:
            raise TimelineUnusable(f"{args.station} has no timeline yet; `exstv compile` makes one")
        with publish_lock(settings.state_dir):
            words, refused = _roll_back(settings.state_dir, args.version, args.now)
        found = [*found, *refused]
    print_diagnostics(found, sys.stderr)
    if has_errors(found):
        return 1
    sys.stdout.write(f"{words}\n")
    return 0


def _version(text: str) -> int:
    """`12`, or `v12` and `v00000012.duckdb` as files are called."""
    digits = text.removeprefix("v").removesuffix(".duckdb")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 18:
        raise argparse.ArgumentTypeError(f"`{text}` is not the number of a version")
    return int(digits)


def _roll_back(state_dir: Path, wanted: int | None, now_ms: int) -> tuple[str, list[Diagnostic]]:
    kept, on_air = versions.versions(state_dir), versions.current(state_dir)
    where = Span(str(versions.timeline_dir(state_dir) / versions.POINTER))
    number = next((each for each, path in kept.items() if path == on_air), 0)
    if wanted is None:
        wanted = max((each for each in kept if each < number), default=None)
        if wanted is None:
            return "", [codes.NO_OLDER_VERSION.at(where, version=number)]
    if wanted not in kept:
        return "", [codes.NO_SUCH_VERSION.at(where, help=_listed(kept, on_air), version=wanted)]
    try:
        reader = TimelineReader.open(kept[wanted])
    except TimelineUnusable as error:
        return "", [codes.VERSION_UNUSABLE.at(where, help=_listed(kept, on_air), reason=str(error))]
    try:
        if reader.header.finish_ms <= now_ms:
            end = to_iso(reader.header.finish_ms)
            return "", [codes.VERSION_OVER.at(where, help=_listed(kept, on_air), version=wanted, end=end)]
        words = summary(reader.header, len(reader.channels), reader.counts())
    finally:
        reader.close()
    versions.point_at(kept[wanted])
    return f"version {wanted} is on air, built {to_iso(reader.header.built_at_ms)}: {words}", []


def _listed(kept: Mapping[int, Path], on_air: Path | None) -> str:
    numbers = [f"{number} (on air)" if path == on_air else str(number) for number, path in kept.items()]
    return f"kept are {', '.join(numbers)}"
