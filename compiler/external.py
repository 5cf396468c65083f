"""Programme lists that other programs made: JSON to programmes with times and keys.

Two shapes are read: a channel as dizqueTV exports it, which repeats for ever from its start, and a playout of
ErsatzTV Next, with an instant for each item. Owns both shapes and how times follow from them; which media the
keys mean is compiler/programming/external.py's. Imported only by stations that have such a list, as
jsonschema takes longer to load than most stations to compile.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import jsonschema

from exstv.clock import from_iso

_KEYS = ("plexFile", "file", "key", "ratingKey", "guid", "id")
_INSTANT = r"^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$"
_TEXT = {"type": ["string", "null"]}
_POINT = {"type": ["integer", "null"], "minimum": 0}
_SOURCE = {
    "type": ["object", "null"],
    "properties": {
        "source_type": {"type": "string"},
        "path": _TEXT,
        "uri": _TEXT,
        "in_point_ms": _POINT,
        "out_point_ms": _POINT,
    },
}
_PLAYOUT = {
    "type": "object",
    "required": ["version", "items"],
    "properties": {
        "version": {"type": "string", "pattern": r"^https://ersatztv\.org/playout/version/0\."},
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "start", "finish"],
                "properties": {
                    "id": {"type": "string"},
                    "start": {"type": "string", "pattern": _INSTANT, "format": "instant"},
                    "finish": {"type": "string", "pattern": _INSTANT, "format": "instant"},
                    "source": _SOURCE,
                },
            },
        },
    },
}
_CHANNEL = {
    "type": "object",
    "required": ["startTime", "programs"],
    "properties": {
        "startTime": {
            "anyOf": [
                {"type": "string", "pattern": _INSTANT, "format": "instant"},
                {"type": "integer", "minimum": 0},
            ]
        },
        "programs": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["duration"],
                "properties": {
                    "duration": {"type": "number", "minimum": 1},
                    "isOffline": {"type": ["boolean", "null"]},
                    "type": _TEXT,
                    "title": _TEXT,
                    "showTitle": _TEXT,
                    **{key: {"type": ["string", "integer", "null"]} for key in _KEYS},
                },
            },
        },
    },
}
_FORMATS = jsonschema.FormatChecker(formats=())
_FORMATS.checks("instant", raises=ValueError)(lambda text: not isinstance(text, str) or bool(from_iso(text)))


@dataclass(frozen=True)
class Listed:
    """One programme of a list: [start, finish) in UTC ms, and what may tell which media it is, best first."""

    place: str
    start_ms: int
    finish_ms: int
    keys: tuple[str, ...]
    in_point_ms: int = 0
    title: str | None = None
    off_air: bool = False


@dataclass(frozen=True)
class ProgrammeList:
    """A list; with a period it repeats for ever, before and after."""

    programmes: tuple[Listed, ...]
    period_ms: int = 0


def read_list(raw: bytes) -> tuple[ProgrammeList | None, list[str]]:
    """A list as programmes in order of their starts, or what is wrong with it."""
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError) as error:
        return None, [f"this is not JSON: {str(error)[:1].lower()}{str(error)[1:]}"]
    is_channel = isinstance(data, dict) and "programs" in data
    if not is_channel and not (isinstance(data, dict) and "items" in data):
        return None, ["neither `programs` (dizqueTV) nor `items` (ErsatzTV Next) is here"]
    validator = jsonschema.Draft202012Validator(_CHANNEL if is_channel else _PLAYOUT, format_checker=_FORMATS)
    reasons = [_reason(error) for error in validator.iter_errors(data)]
    if reasons:
        return None, reasons
    return (_channel(data) if is_channel else _playout(data)), []


def _reason(error: jsonschema.ValidationError) -> str:
    place = error.json_path.removeprefix("$.").removeprefix("$")
    if error.validator in ("pattern", "format"):
        what = "a version that is read" if place == "version" else "an instant with a zone"
        return f"`{place}` is not {what}"
    if error.validator == "anyOf":
        return f"`{place}` is not an instant with a zone"
    return f"`{place}`: {error.message}" if place else error.message


def _channel(data: dict[str, Any]) -> ProgrammeList:
    start = data["startTime"]
    at_ms = from_iso(start) if isinstance(start, str) else int(start)
    first_ms = at_ms
    found: list[Listed] = []
    for index, program in enumerate(data["programs"]):
        finish_ms = at_ms + int(program["duration"])
        # Time off line is what the other program fills by itself: ours does the same.
        if not program.get("isOffline"):
            title = program.get("title") if not program.get("showTitle") else None
            keys = tuple(str(program[key]) for key in _KEYS if program.get(key))
            found.append(Listed(f"programs[{index}]", at_ms, finish_ms, keys, title=title))
        at_ms = finish_ms
    return ProgrammeList(tuple(found), at_ms - first_ms)


def _playout(data: dict[str, Any]) -> ProgrammeList:
    found = [_item(f"items[{index}]", item) for index, item in enumerate(data["items"])]
    return ProgrammeList(tuple(sorted(found, key=lambda each: (each.start_ms, each.place))))


def _item(place: str, item: dict[str, Any]) -> Listed:
    source = item.get("source") or _picture(item)
    start_ms, finish_ms = from_iso(item["start"]), from_iso(item["finish"])
    in_point_ms, out_point_ms = source.get("in_point_ms") or 0, source.get("out_point_ms")
    if out_point_ms is not None:
        finish_ms = min(finish_ms, start_ms + max(0, out_point_ms - in_point_ms))
    keys = tuple(_texts(source.get("path"), _plain(source.get("uri")), item["id"]))
    return Listed(place, start_ms, finish_ms, keys, in_point_ms, off_air=not source)


def _picture(item: dict[str, Any]) -> dict[str, Any]:
    """The source of the pictures, where pictures and sound have one each."""
    tracks = item.get("tracks")
    video = tracks.get("video") if isinstance(tracks, dict) else None
    source = video.get("source") if isinstance(video, dict) else None
    return source if isinstance(source, dict) else {}


def _plain(uri: str | None) -> str | None:
    """An address without what may be a secret: it is shown where no media has it."""
    if not uri:
        return None
    parts = urlsplit(uri)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def _texts(*values: object) -> Iterator[str]:
    return (value for value in values if isinstance(value, str) and value)
