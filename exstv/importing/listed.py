"""Channels that are fixed lists and loop for ever: Tunarr's and dizqueTV's.

Both begin at an instant and repeat by the wall clock, so each becomes a schedule of `kind: external` with the
list beside it, in dizqueTV's shape: every programme keeps its millisecond. Owns what of a channel is kept;
nothing that could hold a secret is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec
from ruamel.yaml.comments import CommentedMap

from exstv import codes
from exstv.clock import from_iso
from exstv.importing.json_text import JsonFile
from exstv.importing.model import Imported, Names, Outcome, Report, Wishes
from exstv.importing.stations import channel_number, channel_of, station_of
from exstv.importing.writing import flow, mapping, plain, put
from exstv.sources.addresses import is_web, without_secrets
from exstv.units import MAX_WINDOW_MS

LISTS = "lists"
"""The folder of the station where lists are."""
_SERVERS = {
    "plex": {"type": "plex", "url": "${PLEX_URL}", "token": "${PLEX_TOKEN}"},
    "jellyfin": {"type": "jellyfin", "url": "${JELLYFIN_URL}", "api_key": "${JELLYFIN_KEY}"},
    "emby": {"type": "emby", "url": "${EMBY_URL}", "api_key": "${EMBY_KEY}"},
    "local": {"type": "local", "path": "media"},
}
_MOST_TOLD = 20
"""Redirections and programmes that are each told; of more the number is."""


_Length = Annotated[float, msgspec.Meta(ge=1, le=10 * MAX_WINDOW_MS)]
_Instant = Annotated[int, msgspec.Meta(ge=0, le=from_iso("2200-01-01T00:00Z"))]


class _DizqueProgram(msgspec.Struct, frozen=True, rename="camel"):
    duration: _Length
    is_offline: bool = False
    type: str | None = None
    title: str | None = None
    show_title: str | None = None
    plex_file: str | None = None
    file: str | None = None
    key: str | None = None
    rating_key: str | int | None = None
    channel: int | str | None = None


class _DizqueChannel(msgspec.Struct, frozen=True, rename="camel"):
    start_time: str | _Instant
    programs: tuple[_DizqueProgram, ...]
    name: str | None = None
    number: int | str | None = None
    group_title: str | None = None
    icon: str | None = None
    stealth: bool = False
    watermark: Any = None
    filler_collections: tuple[Any, ...] = ()
    fallback: tuple[Any, ...] = ()
    on_demand: Any = None
    schedule_backup: Any = None


class _TunarrProgram(msgspec.Struct, frozen=True, rename="camel"):
    title: str | None = None
    subtype: str | None = None
    external_source_type: str | None = None
    external_source_name: str | None = None
    external_key: str | None = None


class _TunarrEntry(msgspec.Struct, frozen=True, rename="camel"):
    type: str
    duration: _Length
    id: str | None = None
    channel_number: int | None = None


class _TunarrChannel(msgspec.Struct, frozen=True, rename="camel"):
    programs: dict[str, _TunarrProgram]
    lineup: tuple[_TunarrEntry, ...]
    start_time: _Instant | None = None
    name: str | None = None
    number: int | None = None
    group_title: str | None = None
    stealth: bool = False
    schedule: Any = None
    filler_collections: tuple[Any, ...] = ()
    watermark: Any = None
    on_demand: Any = None


@dataclass
class _Channel:
    """A channel of either, as far as it is carried over."""

    name: str
    number: str | None
    group: str | None
    start: str | int
    programs: list[dict[str, Any]]
    sources: dict[str, dict[str, str]]
    logo: str | None = None


def import_dizquetv(path: Path, wishes: Wishes) -> Outcome:
    """What a channel's JSON becomes, or why it cannot be read."""
    file = JsonFile(path)
    given = file.read(_DizqueChannel, "a channel of dizqueTV")
    if given is None or not _is_start(file, given.start_time):
        return None, file.diagnostics
    report = Report()
    programs = [*_dizque_programs(given.programs, file, report)]
    _tell_rest(given, file, report)
    channel = _Channel(
        name=given.name or path.stem,
        number=channel_number(given.number),
        group=given.group_title,
        start=given.start_time,
        programs=programs,
        sources={"plex": _SERVERS["plex"]},
        logo=_logo(given.icon),
    )
    return _imported(channel, given.stealth, report, wishes), report.diagnostics


def import_tunarr(path: Path, wishes: Wishes) -> Outcome:
    """What a channel's programming becomes, or why it cannot be read."""
    file = JsonFile(path)
    given = file.read(_TunarrChannel, "a channel's programming of Tunarr")
    if given is None:
        return None, file.diagnostics
    report = Report()
    if given.start_time is None:
        report.lose(
            file.span("$"), "`startTime`, which Tunarr tells with the channel: it begins at 1970-01-01"
        )
    programs = [*_tunarr_programs(given, file, report)]
    _tell_rest(given, file, report)
    channel = _Channel(
        name=given.name or path.stem,
        number=channel_number(given.number),
        group=given.group_title,
        start=given.start_time or 0,
        programs=programs,
        sources=_tunarr_sources(given.programs.values()),
    )
    return _imported(channel, given.stealth, report, wishes), report.diagnostics


def _imported(channel: _Channel, stealth: bool, report: Report, wishes: Wishes) -> Imported:
    key = Names([*channel.sources, *wishes.taken]).new(channel.name.lower())
    path = f"{LISTS}/{key}.json"
    words = report.comment()
    schedules = CommentedMap()
    put(schedules, key, mapping({"kind": "external", "path": path}), words, depth=1)
    channels = channel_of(
        key,
        wishes,
        name=channel.name,
        number=channel.number,
        group=plain(channel.group) if channel.group else None,
        logo=channel.logo,
        schedule=key,
        enabled=False if stealth else None,
    )
    sources = CommentedMap({name: flow(**source) for name, source in sorted(channel.sources.items())})
    rest = mapping({"channels": channels, "schedules": schedules})
    listed = {"startTime": channel.start, "programs": channel.programs}
    files = {path: msgspec.json.format(msgspec.json.encode(listed), indent=1) + b"\n"}
    return Imported(key, station_of(channel.name, wishes), sources, rest, files)


def _dizque_programs(
    programs: Iterable[_DizqueProgram], file: JsonFile, report: Report
) -> Iterator[dict[str, Any]]:
    redirected = 0
    for index, each in enumerate(programs):
        if each.type == "redirect":
            redirected += 1
            _tell(
                file, f"$.programs[{index}]", redirected, f"a redirection to channel {each.channel}", report
            )
        if each.is_offline or each.type == "redirect":
            yield {"isOffline": True, "duration": int(each.duration)}
            continue
        yield _filled(
            {
                "type": each.type,
                "title": each.title,
                "showTitle": each.show_title,
                "duration": int(each.duration),
                "plexFile": each.plex_file,
                "file": each.file,
                "key": each.key,
                "ratingKey": each.rating_key,
            }
        )
    _tell_many(redirected, "redirections", file, report)


def _tunarr_programs(given: _TunarrChannel, file: JsonFile, report: Report) -> Iterator[dict[str, Any]]:
    lost = 0
    for index, each in enumerate(given.lineup):
        program = given.programs.get(each.id or "")
        place = f"$.lineup[{index}]"
        if each.type == "redirect":
            lost += 1
            _tell(file, place, lost, f"a redirection to channel {each.channel_number}", report)
        elif each.type != "flex" and (program is None or not program.external_key):
            lost += 1
            _tell(file, place, lost, f"a programme that the file does not describe: `{each.id}`", report)
        if program is None or not program.external_key:
            yield {"isOffline": True, "duration": int(each.duration)}
            continue
        source = _source_name(program)
        yield _filled(
            {
                "type": program.subtype,
                "title": None if program.subtype == "episode" else program.title,
                "showTitle": program.title if program.subtype == "episode" else None,
                "duration": int(each.duration),
                "id": f"{source}:{program.external_key}",
                "file": program.external_key,
            }
        )
    _tell_many(lost, "entries", file, report)


def _source_name(program: _TunarrProgram) -> str:
    return Names().new(program.external_source_name or program.external_source_type or "media")


def _tunarr_sources(programs: Iterable[_TunarrProgram]) -> dict[str, dict[str, str]]:
    return {
        _source_name(each): _SERVERS.get(each.external_source_type or "local", _SERVERS["local"])
        for each in programs
    } or {"media": _SERVERS["local"]}


def _tell(file: JsonFile, place: str, number: int, what: str, report: Report) -> None:
    if number <= _MOST_TOLD:
        report.lose(file.span(place), f"{what}, whose time the filler gets")


def _tell_many(number: int, what: str, file: JsonFile, report: Report) -> None:
    if number > _MOST_TOLD:
        report.lose(file.span("$"), f"{number - _MOST_TOLD} more {what}, whose time the filler gets")


def _tell_rest(given: _DizqueChannel | _TunarrChannel, file: JsonFile, report: Report) -> None:
    """What of a channel is lost beside its list."""
    watermark = given.watermark
    if isinstance(watermark, Mapping) and watermark.get("enabled", True):
        report.lose(file.span("$.watermark"), "the watermark")
    if given.stealth:
        report.lose(file.span("$.stealth"), "`stealth`: a channel that no line-up lists is off the air here")
    if given.filler_collections:
        report.lose(file.span("$.fillerCollections"), "the filler lists, which are not in this file")
    if isinstance(given, _DizqueChannel) and given.fallback:
        report.lose(file.span("$.fallback"), "the fallback clip: `fallback` of the channel names one")
    if isinstance(given.on_demand, Mapping) and given.on_demand.get("isOnDemand"):
        report.lose(file.span("$.onDemand"), "the clock that stands still while nobody watches")
    rule, name = (
        (given.schedule, "schedule")
        if isinstance(given, _TunarrChannel)
        else (given.schedule_backup, "scheduleBackup")
    )
    if rule:
        report.lose(file.span(f"$.{name}"), "the rules that this list was made by: a list is a list")


def _is_start(file: JsonFile, start: str | int) -> bool:
    """Tells whether it is an instant; if not, says so."""
    try:
        return isinstance(start, int) or bool(from_iso(start))
    except ValueError:
        reason = f"`{start}` is not an instant, like `2026-03-06T04:00:00.000Z`"
        file.diagnostics.append(codes.IMPORT_SHAPE.at(file.span("$.startTime"), reason=reason))
        return False


def _logo(icon: str | None) -> str | None:
    """A picture that anybody may fetch; any other could hold a key in its address."""
    return icon if icon and is_web(icon) and icon == without_secrets(icon) else None


def _filled(program: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in program.items() if value is not None}
