"""`exstv compile [STATION]`: checks a station and puts its timeline on air.

Diagnostics go to stderr, to stdout in a format for programs. One line says what was made. Where
nothing changed since the last time that is told at once (standing.py); building.py compiles.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TextIO

from exstv.cli.arguments import STATE_HELP, duration, instant
from exstv.cli.standing import Machine, deciding_facts, machine_of, standing
from exstv.cli.text import Text, the_text
from exstv.clock import SystemClock
from exstv.diagnostics import Diagnostic, has_errors
from exstv.files import IMPORTED_STATE, PARSE_CACHE
from exstv.render.disk import read_source, wants_colour
from exstv.render.registry import FOR_PROGRAMS, FORMATS, default_format, render
from exstv.render.text import Look

HELP = "check a station and publish its timeline"


def run(argv: Sequence[str]) -> int:
    """Compiles; exit code 1 if the station has errors, which leaves what is on air as it is."""
    args = parsed(argv)
    if args.when_told:
        more = importlib.import_module("exstv.cli.ready").told()
        if more is None:
            return 0
        # Anew, as the instant is that of the order.
        args = parsed([*argv, *more])
    machine = machine_of(args.station, os.environ)
    if has_errors(machine.diagnostics):
        report(machine.diagnostics, args.format)
        return 1
    publishes = not (args.check or args.out or args.cold or args.state)
    if publishes and (imported := machine.state_dir / IMPORTED_STATE).is_file():
        args.state = str(imported)
    with the_text(args, machine.state_dir) as (text, noted):
        if text is None:
            report(noted, args.format)
            return int(has_errors(noted))
        return _compile(args, text, machine, noted)


def parsed(argv: Sequence[str]) -> argparse.Namespace:
    """The arguments of a compile, and when it happens."""
    parser = _parser()
    args = parser.parse_args(argv)
    _refuse(parser, args)
    args.built_at = SystemClock().now_ms()
    if args.now is None:
        args.now = args.built_at
    return args


def _compile(args: argparse.Namespace, text: Text, machine: Machine, noted: Sequence[Diagnostic]) -> int:
    changes_pin = text.held.becomes != text.held.found
    if not (args.check or args.cold or args.out or args.state or changes_pin):
        found = standing(args, text, machine, args.now)
        if found is not None:
            report([*noted, *found.diagnostics], args.format)
            say(found.words, args.format)
            return 0
    return build(args, text, machine, noted)


def build(args: argparse.Namespace, text: Text, machine: Machine, noted: Sequence[Diagnostic] = ()) -> int:
    """Compiles what may have changed."""
    # A compile makes millions of values and few cycles: looking for them would take a third of its time.
    gc.disable()
    try:
        ahead = importlib.import_module("compiler.ahead")
        order = ahead.Order(
            root=text.root,
            lock=text.lock_path(machine.state_dir, machine.mode),
            now_ms=args.now,
            facts=partial(deciding_facts, args.horizon),
            cache=machine.state_dir / PARSE_CACHE,
        )
        with ahead.read_ahead(order) as read:
            # Loading it takes as long as reading the station does.
            building = importlib.import_module("exstv.cli.building")
            return int(building.build(building.Site(args, text, machine, read), noted))
    finally:
        gc.enable()


def report(found: Sequence[Diagnostic], format: str) -> None:
    """Writes diagnostics where their format belongs."""
    stream: TextIO = sys.stdout if format in FOR_PROGRAMS else sys.stderr
    stream.write(render(found, format, read_source, Look(colour=wants_colour(stream, os.environ))))


def say(words: str, format: str) -> None:
    """Writes the one line for people: a program gets nothing but diagnostics on stdout."""
    (sys.stderr if format in FOR_PROGRAMS else sys.stdout).write(f"{words}\n")


def _refuse(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    """Arguments that cannot be meant are usage errors, with exit code 2."""
    if args.station.is_file():
        parser.error(f"{args.station} is a file; STATION is the folder that holds the station's files")
    if args.out is not None and args.out.is_dir():
        parser.error(f"{args.out} is a folder; --out takes the name of a file")
    if args.out is not None and not args.out.absolute().parent.is_dir():
        parser.error(f"there is no folder {args.out.absolute().parent} for --out")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="exstv compile", description=HELP)
    parser.add_argument("station", nargs="?", default="channels", type=Path, help="the station's folder")
    parser.add_argument("--check", action="store_true", help="say what is wrong, publish nothing")
    parser.add_argument(
        "--format",
        choices=FORMATS,
        default=default_format(os.environ),
        help="how diagnostics are written; default: text, in a GitHub workflow github",
    )
    parser.add_argument("--now", type=instant, metavar="ISO", help="compile as if it were then")
    parser.add_argument(
        "--horizon", type=duration, metavar="D", help="how far ahead, like 7d; default: the station's"
    )
    parser.add_argument(
        "--at-commit", metavar="ID", help="compile the station as it was at a commit that was fetched here"
    )
    parser.add_argument("--scan", action="store_true", help="first scan sources that were edited or are new")
    parser.add_argument(
        "--when-told",
        action="store_true",
        help="load what is needed and wait: for a line on standard input, a JSON list of further arguments",
    )
    progress = parser.add_mutually_exclusive_group()
    progress.add_argument("--cold", action="store_true", help="forget the progress of what is on air")
    progress.add_argument("--state", metavar="FILE|URL", help=STATE_HELP)
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="write the timeline to a file instead; cold without --state"
    )
    return parser
