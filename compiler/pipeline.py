"""The compiler, stage by stage: read this file first.

    load → parse → validate → resolve → lower → schedule → guide → verify → publish

Every stage is `value -> (value, diagnostics)`. Only load and publish touch the disk, and none asks a clock:
`now`, the catalog and the timeline that is on air are arguments. The stages from lower to verify know one
channel and are in channels.py; assemble.py puts the channels together; publish.py is the back edge.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from compiler.assemble import Build, BuiltChannel, assemble
from compiler.cache import ParseCache
from compiler.channels import build_channel
from compiler.fingerprint import fingerprint
from compiler.listed import external_paths
from compiler.load import SourceSet, load, read_lists
from compiler.parse import parse
from compiler.resolve import resolve
from compiler.schedule.horizon import Times, rows_by_channel
from compiler.station import Station
from compiler.validate import validate
from exstv.catalog.model import Catalog
from exstv.diagnostics import Diagnostic, has_errors, sort_key
from exstv.timeline.model import Timeline


@dataclass(frozen=True)
class CompileRequest:
    """What a compile is given. `previous` is the timeline whose progress is carried on; None: cold."""

    root: Path
    catalog: Catalog
    now_ms: int
    built_at_ms: int
    previous: Timeline | None = None
    horizon_ms: int | None = None
    """Overrides the station's."""
    commit: str | None = None
    """Where in git the station stands; noted in the timeline, decides nothing."""
    cache: ParseCache | None = None
    """What earlier compiles parsed; saves time, decides nothing."""
    facts: tuple[str, ...] = ()
    """What else decides: the program and how it was called; with none nothing is found unchanged later."""


@dataclass(frozen=True)
class CompileResult:
    """A timeline with version 0, or None if any diagnostic is an error; diagnostics are in order of place."""

    timeline: Timeline | None
    diagnostics: tuple[Diagnostic, ...]


def compile_station(request: CompileRequest) -> CompileResult:
    """Compiles a station; every independent mistake is reported."""
    sources, loaded = load(request.root)
    trees, parsed = parse(sources, request.cache)
    documents, validated = validate(trees)
    sources, listed = read_lists(sources, external_paths(documents))
    station, resolved = resolve(documents, request.catalog, request.now_ms, sources.lists)
    found = [*loaded, *parsed, *validated, *listed, *resolved]
    if station is None or has_errors(found):
        return _result(None, found)
    built, scheduled = _channels(station, request)
    found += scheduled
    if has_errors(found):
        return _result(None, found)
    build = Build(
        station=station,
        catalog=request.catalog,
        sources_digest=_digest(sources),
        now_ms=request.now_ms,
        built_at_ms=request.built_at_ms,
        old=request.previous,
        diagnostics=_once(found),
        commit=request.commit,
        fingerprint=fingerprint(sources, request.facts),
    )
    return _result(assemble(build, built), found)


def _channels(station: Station, request: CompileRequest) -> tuple[list[BuiltChannel], list[Diagnostic]]:
    times = Times(
        now_ms=request.now_ms,
        horizon_ms=request.horizon_ms or station.horizon_ms,
        history_ms=station.history_ms,
        freeze_ms=station.freeze_ms,
    )
    old = rows_by_channel(request.previous)
    kept_media = request.previous.media if request.previous else ()
    durations = {media.id: media.duration_ms or 0 for media in kept_media}
    durations |= {item.id: item.duration_ms or 0 for item in request.catalog.items}
    built: list[BuiltChannel] = []
    found: list[Diagnostic] = []
    for channel in station.channels:
        one, diagnostics = build_channel(station, channel, old.get(channel.key), times, durations)
        found += diagnostics
        if one is not None:
            built.append(one)
    return built, found


def _digest(sources: SourceSet) -> str:
    digest = sha256()
    # The path below the station: where the station stands on this machine is no input.
    files = {Path(file.path).relative_to(sources.root).as_posix(): file.raw for file in sources.files}
    for path, raw in (*files.items(), *sources.lists.items()):
        for part in (path.encode(), raw):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return digest.hexdigest()


def _result(timeline: Timeline | None, found: list[Diagnostic]) -> CompileResult:
    return CompileResult(timeline, _once(found))


def _once(found: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    """In order of place; what several channels of one schedule say is said once."""
    return tuple(sorted(dict.fromkeys(found), key=sort_key))
