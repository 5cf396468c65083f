"""What stands on air: told without compiling where a compile would change nothing.

Imports nothing heavy: no YAML parser, no stage of the compiler but the one that reads files, and pydantic
only where this machine has settings. exstv/cli/building.py does the rest.
"""

from __future__ import annotations

import argparse
import importlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from operator import attrgetter
from pathlib import Path

import tzdata

import compiler
import exstv
from compiler.fingerprint import fingerprint
from compiler.load import load
from exstv import duckdb
from exstv.catalog.lock import definition_digest, scanned_definitions
from exstv.cli.text import Text
from exstv.clock import to_iso
from exstv.diagnostics import Diagnostic
from exstv.errors import TimelineUnusable
from exstv.files import CONFIG_NAME, STATE_DIR
from exstv.nodes import plain_value
from exstv.timeline import versions
from exstv.timeline.model import FORMAT_VERSION, Header
from exstv.timeline.query import TimelineReader

_PREFIX = "EXSTREAMTV_"
_STATE_DIR_VARIABLE = "EXSTREAMTV_STATE_DIR"


@dataclass(frozen=True)
class Standing:
    """What is on air, as the compile that made it put it."""

    diagnostics: tuple[Diagnostic, ...]
    words: str


@dataclass(frozen=True)
class Machine:
    """What a compile needs of this machine's settings."""

    state_dir: Path
    mode: str
    diagnostics: tuple[Diagnostic, ...] = ()


def standing(args: argparse.Namespace, text: Text, machine: Machine, now_ms: int) -> Standing | None:
    """What a compile at `now` would put on air, if that is on air already; None: only a compile tells."""
    try:
        path = versions.current(machine.state_dir)
        reader = TimelineReader.open(path) if path else None
    except TimelineUnusable:
        return None
    if reader is None:
        return None
    try:
        if not _holds(reader, args, text, machine, now_ms):
            return None
        words = summary(reader.header, len(reader.channels), reader.counts())
        found = (*machine.diagnostics, *reader.diagnostics())
        return Standing(found, f"version {reader.header.version}: {words}")
    finally:
        reader.close()


def summary(header: Header, channels: int, counts: tuple[int, int]) -> str:
    """One line that says how much was made, for when; `counts` are programmes and playout items."""
    window = f"{to_iso(header.start_ms)} to {to_iso(header.finish_ms)}"
    return f"{channels} channels, {counts[0]} programmes, {counts[1]} items, {window}, digest {header.digest}"


def deciding_facts(horizon_ms: int | None) -> tuple[str, ...]:
    """What decides a timeline besides files, lock and time: this program, and how it was called."""
    return (
        exstv.__version__,
        str(FORMAT_VERSION),
        tzdata.IANA_VERSION,
        duckdb.__version__,
        program_digest(),
        str(horizon_ms),
    )


@cache
def program_digest() -> str:
    """What tells this program from another one, as it lay on the disk when a process first asked."""
    program = sha256()
    # An edit of exstv itself, too, may change what a compile gives.
    for package in (exstv, compiler):
        for file in sorted(_own_files(str(Path(str(package.__file__)).parent)), key=attrgetter("path")):
            stat = file.stat()
            program.update(f"{file.path}\0{stat.st_mtime_ns}\0{stat.st_size}\n".encode())
    return program.hexdigest()


def _own_files(folder: str) -> Iterator[os.DirEntry[str]]:
    # Some hundred files are looked at whenever nothing has changed: Path.rglob would take most of that time.
    for entry in os.scandir(folder):
        if entry.name.endswith(".py"):
            yield entry
        elif entry.name != "__pycache__" and entry.is_dir():
            yield from _own_files(entry.path)


def _holds(
    reader: TimelineReader, args: argparse.Namespace, text: Text, machine: Machine, now_ms: int
) -> bool:
    header = reader.header
    if text.commit is not None and text.commit != header.commit:
        return False
    if not header.fingerprint or not header.fresh_from_ms <= now_ms < header.fresh_until_ms:
        return False
    try:
        lock = text.lock_path(machine.state_dir, machine.mode).read_bytes()
    except OSError:
        return False
    if sha256(lock).hexdigest() != header.lock_digest:
        return False
    if args.scan and text.lock is None and machine.mode != "locked" and _has_stale(reader, lock):
        return False
    sources, found = load(text.root)
    return not found and fingerprint(sources, deciding_facts(args.horizon)) == header.fingerprint


def _has_stale(reader: TimelineReader, lock: bytes) -> bool:
    scanned = scanned_definitions(lock)
    return any(scanned.get(source.name) != definition_digest(source) for source in reader.sources.values())


def machine_of(station: Path, environ: Mapping[str, str]) -> Machine:
    """This machine's settings as far as they matter; with errors they count for nothing."""
    named = {name: value for name, value in environ.items() if name.startswith(_PREFIX)}
    folder = named.pop(_STATE_DIR_VARIABLE, STATE_DIR)
    is_text = isinstance(plain_value(folder), str) and folder != ""
    if not named and is_text and not (station / CONFIG_NAME).exists():
        return Machine(station.absolute() / folder, "live")
    settings, found = importlib.import_module("exstv.settings").load_settings(station, environ)
    return Machine(settings.state_dir, settings.catalog.mode, tuple(found))
