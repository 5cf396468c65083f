"""`exstv rollback [VERSION]`: puts what an older version was made from on air again, and pins it.

Its commit is compiled anew, with its lock and today's progress: rules come back, positions do not. Where its
text is not at hand the version's file itself goes on air, by the pointer alone. A running server goes over as
after any compile; what is pushed, edited or scanned later waits (exstv/timeline/pins.py).
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from exstv import codes
from exstv.checkouts import NotCheckedOut, check_out, is_commit, mirror_dir, newest_fetched
from exstv.cli import compile as compile_command
from exstv.cli.arguments import instant
from exstv.cli.kept import lock_of
from exstv.cli.line_up import add_station
from exstv.cli.report import print_diagnostics
from exstv.cli.standing import Machine, summary
from exstv.cli.text import Text, inside
from exstv.clock import to_iso
from exstv.diagnostics import Diagnostic, Span, has_errors
from exstv.errors import TimelineUnusable
from exstv.settings import Settings, load_settings
from exstv.timeline import versions
from exstv.timeline.lock import publish_lock
from exstv.timeline.model import Header
from exstv.timeline.pins import Held, Pin, read_pin, write_pin
from exstv.timeline.query import TimelineReader

HELP = "put an older version on air again"


@dataclass(frozen=True)
class _Wanted:
    """The version to go back to, its file, and what to say of it."""

    version: int
    path: Path
    header: Header
    words: str


def run(argv: Sequence[str]) -> int:
    """Goes back; exit code 1 if that version cannot go on air, which leaves the current one."""
    parser = argparse.ArgumentParser(prog="exstv rollback", description=HELP)
    help = "its number; default: the newest one before what is on air, or before what is pinned"
    parser.add_argument("version", nargs="?", type=_version, metavar="VERSION", help=help)
    add_station(parser)
    parser.add_argument("--unpin", action="store_true", help="let edits, pushes and scans on air again")
    parser.add_argument("--now", type=instant, default="now", metavar="ISO", help="as if it were then")
    args = parser.parse_args(argv)
    if args.unpin and args.version is not None:
        parser.error("--unpin takes no VERSION: what is pushed or edited last goes on air")
    settings, found = load_settings(args.station, os.environ)
    if not has_errors(found):
        if versions.current(settings.state_dir) is None:
            raise TimelineUnusable(f"{args.station} has no timeline yet; `exstv compile` makes one")
        if args.unpin:
            return _unpin(settings)
        wanted, refused = _wanted(settings.state_dir, args.version)
        found = [*found, *refused]
    print_diagnostics(found, sys.stderr)
    if has_errors(found):
        return 1
    return _go_back(args, settings, wanted)


def _version(text: str) -> int:
    """`12`, or `v12` and `v00000012.duckdb` as files are called."""
    digits = text.removeprefix("v").removesuffix(".duckdb")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 18:
        raise argparse.ArgumentTypeError(f"`{text}` is not the number of a version")
    return int(digits)


def _unpin(settings: Settings) -> int:
    with publish_lock(settings.state_dir):
        write_pin(settings.state_dir, None)
    then = "the next look at the repository" if settings.git.remote else "the next compile"
    sys.stdout.write(f"nothing is pinned: {then} publishes again\n")
    return 0


def _wanted(state_dir: Path, number: int | None) -> tuple[_Wanted | None, list[Diagnostic]]:
    kept, on_air, pin = versions.versions(state_dir), versions.current(state_dir), read_pin(state_dir)
    where = Span(str(versions.timeline_dir(state_dir) / versions.POINTER))
    now_number = next((each for each, path in kept.items() if path == on_air), 0)
    # What a pinned version was compiled to is a later version: one step back is one from the pin.
    before = pin.version if pin else now_number
    if number is None:
        number = max((each for each in kept if each < before), default=None)
        if number is None:
            return None, [codes.NO_OLDER_VERSION.at(where, version=before)]
    if number not in kept:
        return None, [codes.NO_SUCH_VERSION.at(where, help=_listed(kept, on_air), version=number)]
    try:
        reader = TimelineReader.open(kept[number])
    except TimelineUnusable as error:
        return None, [codes.VERSION_UNUSABLE.at(where, help=_listed(kept, on_air), reason=str(error))]
    try:
        words = summary(reader.header, len(reader.channels), reader.counts())
        return _Wanted(number, kept[number], reader.header, words), []
    finally:
        reader.close()


def _go_back(args: argparse.Namespace, settings: Settings, wanted: _Wanted | None) -> int:
    assert wanted is not None, "what is not found is an error"
    head = newest_fetched(settings.state_dir, settings.git.branch) if settings.git.remote else None
    pin = Pin(version=wanted.version, at_ms=args.now, followed=head)
    why = _at_hand(args.station, settings, wanted.header)
    if why:
        sys.stderr.write(f"exstv rollback: {why}: the version's own file goes on air\n")
        return _point(settings.state_dir, wanted, pin)
    return _compile_anew(args, settings, wanted, pin)


def _at_hand(station: Path, settings: Settings, header: Header) -> str:
    """Why a version cannot be compiled anew; empty where its commit is checked out and its lock is here."""
    if header.commit is None or not is_commit(header.commit):
        return (
            "it was made from files that no commit holds" if header.commit else "it is in no git repository"
        )
    if not lock_of(settings.state_dir, header.lock_digest).is_file():
        return "its catalog lock is not kept"
    mirror = mirror_dir(settings.state_dir)
    where = (f"--git-dir={mirror}",) if settings.git.remote else ("-C", str(station.absolute()))
    try:
        check_out(settings.state_dir, header.commit, where)
    except NotCheckedOut as error:
        return f"its commit cannot be checked out, {error}"
    return ""


def _compile_anew(args: argparse.Namespace, settings: Settings, wanted: _Wanted, pin: Pin) -> int:
    state_dir, header = settings.state_dir, wanted.header
    assert header.commit is not None, "it is at hand"
    before = read_pin(state_dir)
    pin = msgspec.structs.replace(pin, commit=header.commit, lock_digest=header.lock_digest)
    text = Text(Path(), header.commit, lock_of(state_dir, header.lock_digest), Held(before, pin))
    compiling = compile_command.parsed([str(args.station), "--now", to_iso(args.now)])
    with inside(compiling, state_dir, header.commit, text) as (given, noted):
        if given is None:
            print_diagnostics(noted, sys.stderr)
            return 1
        code = compile_command.build(compiling, given, Machine(state_dir, settings.catalog.mode))
    if code == 0:
        sys.stdout.write(f"version {wanted.version} is pinned, at commit {header.commit}\n")
    return code


def _point(state_dir: Path, wanted: _Wanted, pin: Pin) -> int:
    """Pins the file itself, which nothing rolls forward."""
    with publish_lock(state_dir):
        on_air, kept = versions.current(state_dir), versions.versions(state_dir)
        if wanted.header.finish_ms <= pin.at_ms:
            where = Span(str(versions.timeline_dir(state_dir) / versions.POINTER))
            end = to_iso(wanted.header.finish_ms)
            help = _listed(kept, on_air)
            over = codes.VERSION_OVER.at(where, help=help, version=wanted.version, end=end)
            print_diagnostics([over], sys.stderr)
            return 1
        write_pin(state_dir, pin)
        versions.point_at(wanted.path)
    built = to_iso(wanted.header.built_at_ms)
    sys.stdout.write(f"version {wanted.version} is on air, built {built}: {wanted.words}\n")
    return 0


def _listed(kept: Mapping[int, Path], on_air: Path | None) -> str:
    numbers = [f"{number} (on air)" if path == on_air else str(number) for number, path in kept.items()]
    return f"kept are {', '.join(numbers)}"
