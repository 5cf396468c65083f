"""`exstv compile [STATION]`: checks a station and puts its timeline on air.

Diagnostics go to stderr, as JSON lines to stdout with `--format json`. One line says what was made.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from rich.console import Console

from compiler.pipeline import CompileRequest, CompileResult, compile_station
from compiler.publish import previous, publish
from exstv.cli.arguments import duration, instant
from exstv.cli.catalog import current_catalog, refreshed_catalog
from exstv.cli.revision import commit_of
from exstv.cli.scan import shown_progress
from exstv.clock import SystemClock, to_iso
from exstv.diagnostics import Diagnostic, has_errors
from exstv.render.disk import read_source, wants_colour
from exstv.render.registry import FORMATS, render
from exstv.render.text import Look
from exstv.settings import Settings, load_settings
from exstv.timeline import query, store
from exstv.timeline.model import Header, Timeline

HELP = "check a station and publish its timeline"


def run(argv: Sequence[str]) -> int:
    """Compiles; exit code 1 if the station has errors, which leaves what is on air as it is."""
    args = _parser().parse_args(argv)
    settings, found = load_settings(args.station, os.environ)
    if has_errors(found):
        _report(found, args.format)
        return 1
    result, noted = _compile(args, settings)
    _report([*found, *noted, *result.diagnostics], args.format)
    if result.timeline is None or has_errors(noted):
        return 1
    # A reader of JSON lines gets nothing but diagnostics on stdout.
    words = sys.stderr if args.format == "json" else sys.stdout
    words.write(_deliver(result.timeline, args, settings) + "\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="exstv compile", description=HELP)
    parser.add_argument("station", nargs="?", default="channels", type=Path, help="the station's folder")
    parser.add_argument("--check", action="store_true", help="say what is wrong, publish nothing")
    parser.add_argument("--format", choices=FORMATS, default="text", help="how diagnostics are written")
    parser.add_argument("--now", type=instant, metavar="ISO", help="compile as if it were then")
    parser.add_argument(
        "--horizon", type=duration, metavar="D", help="how far ahead, like 7d; default: the station's"
    )
    parser.add_argument("--scan", action="store_true", help="first scan sources that were edited or are new")
    parser.add_argument("--cold", action="store_true", help="forget the progress of what is on air")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="write the timeline to a file instead, from a cold start"
    )
    return parser


def _compile(args: argparse.Namespace, settings: Settings) -> tuple[CompileResult, list[Diagnostic]]:
    clock = SystemClock()
    if args.scan:
        with shown_progress(Console(stderr=True)) as progress:
            catalog, noted = refreshed_catalog(settings, args.station, progress)
    else:
        catalog, noted = current_catalog(settings)
    old: Timeline | None = None
    if not args.cold and args.out is None:
        old, lost = previous(settings.state_dir)
        noted += lost
    request = CompileRequest(
        root=args.station,
        catalog=catalog,
        now_ms=clock.now_ms() if args.now is None else args.now,
        built_at_ms=clock.now_ms(),
        previous=old,
        horizon_ms=args.horizon,
        commit=commit_of(args.station),
    )
    return compile_station(request), noted


def _deliver(timeline: Timeline, args: argparse.Namespace, settings: Settings) -> str:
    """Brings the timeline where it is wanted, and says so."""
    if args.check:
        return f"checked: {_summary(timeline, timeline.header)}"
    if args.out is not None:
        store.write(timeline, args.out)
        return f"{args.out}: {_summary(timeline, timeline.header)}"
    reader = query.TimelineReader.open(publish(timeline, settings.state_dir))
    reader.close()
    return f"version {reader.header.version}: {_summary(timeline, reader.header)}"


def _summary(timeline: Timeline, header: Header) -> str:
    window = f"{to_iso(header.start_ms)} to {to_iso(header.finish_ms)}"
    return (
        f"{len(timeline.channels)} channels, {len(timeline.programmes)} programmes,"
        f" {len(timeline.items)} items, {window}, digest {header.digest}"
    )


def _report(found: Sequence[Diagnostic], format: str) -> None:
    stream: TextIO = sys.stdout if format == "json" else sys.stderr
    stream.write(render(found, format, read_source, Look(colour=wants_colour(stream, os.environ))))
