"""`exstv status`: what is on air here, and what keeps another from it.

Reads the state folder alone: it tells the same beside a running server and without one. What the server knows
of the repository that is followed it keeps there (runtime/gitsync.py).
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence

from exstv.cli.arguments import instant
from exstv.cli.line_up import add_station, published_path
from exstv.cli.report import print_diagnostics
from exstv.cli.standing import summary
from exstv.clock import to_iso
from exstv.diagnostics import has_errors
from exstv.followed import Followed, read_followed
from exstv.settings import Settings, load_settings
from exstv.timeline.pins import read_pin
from exstv.timeline.query import TimelineReader
from exstv.units import SECOND_MS, format_duration

HELP = "say what is on air here and what keeps another from it"
TROUBLE = 1


def run(argv: Sequence[str]) -> int:
    """Says it; exit code 1 where the newest commit is not on air though nothing is pinned."""
    parser = argparse.ArgumentParser(prog="exstv status", description=HELP)
    add_station(parser)
    parser.add_argument("--now", type=instant, default="now", metavar="ISO", help="as if it were then")
    args = parser.parse_args(argv)
    settings, found = load_settings(args.station, os.environ)
    print_diagnostics(found, sys.stderr)
    if has_errors(found):
        return 1
    reader = TimelineReader.open(published_path(args.station, settings.state_dir))
    try:
        lines = list(_on_air(reader, args.now))
    finally:
        reader.close()
    followed, is_well = _followed(settings, args.now)
    lines += [*_kept(settings), *followed]
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return 0 if is_well else TROUBLE


def _on_air(reader: TimelineReader, now_ms: int) -> Iterator[str]:
    header = reader.header
    yield f"version {header.version}: {summary(header, len(reader.channels), reader.counts())}"
    yield f"  commit {header.commit or 'none'}, built {_ago(header.built_at_ms, now_ms)}"


def _kept(settings: Settings) -> Iterator[str]:
    pin = read_pin(settings.state_dir)
    if pin is not None:
        what = f"commit {pin.commit}" if pin.commit else "its own file"
        yield f"version {pin.version} is pinned since {to_iso(pin.at_ms)}, by {what}"


def _followed(settings: Settings, now_ms: int) -> tuple[list[str], bool]:
    if settings.git.remote is None:
        return [], True
    known = read_followed(settings.state_dir)
    if known is None:
        return ["the repository was not asked yet"], False
    lines = [f"follows {known.branch} of {known.remote}, {_state(known.state, known.words)}"]
    if known.commit is not None:
        lines.append(f"  newest commit {known.commit}, since {_ago(known.at_ms, now_ms)}")
    if known.trouble:
        lines.append(f"  {known.trouble}")
    return lines, not known.trouble and known.state in (Followed.ON_AIR, Followed.PINNED)


def _state(state: Followed, words: str) -> str:
    return f"{state.value.replace('_', ' ')}{f': {words}' if words else ''}"


def _ago(at_ms: int, now_ms: int) -> str:
    passed_ms = max(0, now_ms - at_ms) // SECOND_MS * SECOND_MS
    return f"{format_duration(passed_ms)} ago"
