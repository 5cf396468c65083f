"""The compiler, stage by stage: read this file first.

    load → parse → validate → resolve → lower → schedule → guide → verify → publish

Every stage is `value -> (value, diagnostics)`. Only load and publish touch the disk, and none asks a clock:
`now`, the catalog and the timeline that is on air are arguments. The stages from lower to verify know one
channel and are in channels.py, which build.py does for all of them; their rows go to a sink, the file in the
making; assemble.py says what else the timeline holds; publish.py is the back edge. Policies
and tests are resolved here, and run on the file by checks/run.py.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import msgspec

from compiler.assemble import Build, assemble
from compiler.build import Begin, Brief, Memory, build_channels
from compiler.cache import ParseCache
from compiler.carrying import Carrying, carrying
from compiler.checks.model import NOTHING_TO_CHECK, Checks
from compiler.fingerprint import fingerprint
from compiler.listed import external_paths
from compiler.load import SourceSet, load, look_at_pictures, read_lists
from compiler.onair import OnAir
from compiler.parse import parse
from compiler.pictured import named_pictures
from compiler.resolve import resolve
from compiler.schedule.horizon import Times
from compiler.station import Station
from compiler.validate import validate
from exstv.catalog.model import Catalog
from exstv.catalog.view import open_view
from exstv.diagnostics import Diagnostic, has_errors, sort_key
from exstv.timeline.carried import CarriedState
from exstv.timeline.model import Head, Timeline

_ASKS = (b"where", b"order_by")
"""What asks the catalog by SQL: where a file has one of these words, its table is made at once."""


@dataclass(frozen=True)
class CompileRequest:
    """What a compile is given. `previous` is the timeline whose progress is carried on; None: cold."""

    root: Path
    catalog: Catalog
    now_ms: int
    built_at_ms: int
    previous: OnAir | None = None
    horizon_ms: int | None = None
    """Overrides the station's."""
    commit: str | None = None
    """Where in git the station stands; noted in the timeline, decides nothing."""
    cache: ParseCache | None = None
    """What earlier compiles parsed; saves time, decides nothing."""
    state: CarriedState | None = None
    """Progress that counts instead of that of `previous`."""
    facts: tuple[str, ...] = ()
    """What else decides: the program and how it was called; with none nothing is found unchanged later."""


@dataclass(frozen=True)
class CompileResult:
    """A timeline with version 0, or None if any diagnostic is an error; diagnostics are in order of place."""

    timeline: Timeline | None
    diagnostics: tuple[Diagnostic, ...]
    checks: Checks = NOTHING_TO_CHECK
    """What compiler/checks/run.py is to hold the written timeline to."""


@dataclass(frozen=True)
class Compiled:
    """What a timeline is besides the rows that went to the sink; None as in CompileResult."""

    head: Head | None
    diagnostics: tuple[Diagnostic, ...]
    checks: Checks = NOTHING_TO_CHECK


def compile_station(request: CompileRequest) -> CompileResult:
    """Compiles a station in memory; every independent mistake is reported."""
    rows = Memory(request.previous)
    compiled = compile_into(request, rows.begin)
    timeline = rows.timeline(compiled.head) if compiled.head else None
    return CompileResult(timeline, compiled.diagnostics, compiled.checks)


def compile_into(request: CompileRequest, begin: Begin) -> Compiled:
    """Compiles a station; rows go to the sink, worth something only if there is a head in the end.

    `begin` makes the sink, with the rows that some channels of `previous` have already in it.
    """
    station, read, found = _read(request)
    if station is None or has_errors(found):
        return Compiled(None, _once(found))
    carried = carrying(station, _times(station, request), request.previous, request.state, request.facts)
    found += carried.found
    if has_errors(found):
        return Compiled(None, _once(found))
    sink = begin(carried.copied)
    built, scheduled = build_channels(_brief(carried, request), sink)
    found += scheduled
    found += [finding for one in carried.copied.values() for finding in one.findings]
    if has_errors(found):
        return Compiled(None, _once(found))
    build = Build(
        station=station,
        catalog=request.catalog,
        sources_digest=read.digest,
        now_ms=request.now_ms,
        built_at_ms=request.built_at_ms,
        old=request.previous,
        diagnostics=_once(found),
        commit=request.commit,
        fingerprint=read.fingerprint,
        away=carried.away,
    )
    by_channel = {**carried.copied, **{one.key: one for one in built}}
    built = [by_channel[channel.key] for channel in station.channels]
    return Compiled(assemble(build, built, sink.used_media()), _once(found), read.checks)


@dataclass(frozen=True)
class _Read:
    """What was read, as digests, and what is to be checked in the end."""

    digest: str
    fingerprint: str
    checks: Checks


def _read(request: CompileRequest) -> tuple[Station | None, _Read, list[Diagnostic]]:
    """The stages that know the whole station; nothing of the YAML is left in memory after them."""
    sources, loaded = load(request.root)
    # DuckDB needs no Python while it loads the catalog, and all have ended before anything is forked.
    with ThreadPoolExecutor(1) as beside:
        asked = any(word in file.raw for file in sources.files for word in _ASKS)
        view = beside.submit(open_view, request.catalog).result if asked else None
        trees, parsed = parse(sources, request.cache)
        documents, validated = validate(trees)
        sources, listed = read_lists(sources, external_paths(documents))
        pictured = look_at_pictures(sources, named_pictures(documents))
        station, resolved = resolve(documents, request.catalog, request.now_ms, sources.lists, view)
    checks = station.checks if station else NOTHING_TO_CHECK
    # They hold trees of YAML, and no stage from here on asks for them.
    station = msgspec.structs.replace(station, checks=NOTHING_TO_CHECK) if station else None
    read = _Read(_digest(sources), fingerprint(sources, request.facts), checks)
    return station, read, [*loaded, *parsed, *validated, *listed, *pictured, *resolved]


def _times(station: Station, request: CompileRequest) -> Times:
    return Times(
        now_ms=request.now_ms,
        horizon_ms=request.horizon_ms or station.horizon_ms,
        history_ms=station.history_ms,
        freeze_ms=station.freeze_ms,
    )


def _brief(carried: Carrying, request: CompileRequest) -> Brief:
    old = request.previous
    durations = {media.id: media.duration_ms for media in (old.media if old else ())}
    durations |= {item.id: item.duration_ms for item in request.catalog.items}
    return Brief(carried.station, carried.times, carried.to_build(), carried.carry, durations)


def _digest(sources: SourceSet) -> str:
    digest = sha256()
    # The path below the station: where the station stands on this machine is no input.
    files = {Path(file.path).relative_to(sources.root).as_posix(): file.raw for file in sources.files}
    for path, raw in (*files.items(), *sources.lists.items()):
        for part in (path.encode(), raw):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return digest.hexdigest()


def _once(found: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    """In order of place; what several channels of one schedule say is said once."""
    return tuple(sorted(dict.fromkeys(found), key=sort_key))
