"""`exstv state export|import FILE`: takes positions, pin and as-run log to another machine (moving.py)."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from exstv.cli.arguments import instant
from exstv.cli.line_up import add_station, published_path
from exstv.cli.moving import export, take_in
from exstv.cli.report import print_diagnostics
from exstv.diagnostics import has_errors
from exstv.settings import load_settings
from exstv.timeline.lock import server_lock
from exstv.timeline.query import TimelineReader

HELP = "take positions, the pin and the as-run log to another machine"


def run(argv: Sequence[str]) -> int:
    """Writes the file, also beside a running server; or reads it, where none runs."""
    args = _parser().parse_args(argv)
    settings, found = load_settings(args.station, os.environ)
    print_diagnostics(found, sys.stderr)
    if has_errors(found):
        return 1
    if args.what == "import":
        # A server writes the log, and knows what is pinned: it must not find either changed under it.
        with server_lock(settings.state_dir):
            words = list(take_in(args.file, settings.state_dir))
    else:
        reader = TimelineReader.open(published_path(args.station, settings.state_dir))
        try:
            words = list(export(reader, settings.state_dir, args.now, args.file))
        finally:
            reader.close()
    sys.stdout.writelines(f"{line}\n" for line in words)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="exstv state", description=HELP)
    parser.add_argument("what", choices=("export", "import"))
    parser.add_argument("file", type=Path, metavar="FILE", help="the archive, like harbour.tar.gz")
    add_station(parser)
    parser.add_argument("--now", type=instant, default="now", metavar="ISO", help="as if it were then")
    return parser
