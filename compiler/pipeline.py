"""The compiler, stage by stage: read this file first.

    load → parse → validate → resolve → lower → schedule → guide → verify → publish

Every stage is `value -> (value, diagnostics)`. Only load and publish touch the disk, and none asks a clock:
`now`, the catalog and the timeline that is on air are arguments. The stages from load to resolve know the
whole station and are in front.py, which ahead.py may have done already. Those from lower to verify know one
channel and are in channels.py, which build.py does for all of them; their rows go to a sink, the file in the
making; assemble.py says what else the timeline holds; publish.py is the back edge. Policies
and tests are resolved here, and run on the file by checks/run.py.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path

from compiler.ahead import ReadWith, not_read
from compiler.assemble import Build, assemble
from compiler.build import Begin, Brief, Memory, build_channels
from compiler.cache import ParseCache
from compiler.carrying import Carrying, carrying
from compiler.checks.model import NOTHING_TO_CHECK, Checks
from compiler.onair import OnAir
from compiler.schedule.horizon import Times
from compiler.station import Station
from compiler.station.read import StationRead
from exstv.catalog.model import Catalog
from exstv.diagnostics import Diagnostic, has_errors, sort_key
from exstv.timeline.carried import CarriedState
from exstv.timeline.model import Head, Timeline


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
    ahead: ReadWith = not_read
    """Gives the station where another process reads it."""


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
    read = request.ahead(request.catalog) or _read(request)
    station, found = read.station, list(read.diagnostics)
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


def _read(request: CompileRequest) -> StationRead:
    """The stages that know the whole station, where no other process did them."""
    front = importlib.import_module("compiler.front")
    read: StationRead = front.read_station(
        request.root, request.catalog, request.now_ms, request.facts, request.cache
    )
    return read


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


def _once(found: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    """In order of place; what several channels of one schedule say is said once."""
    return tuple(sorted(dict.fromkeys(found), key=sort_key))
