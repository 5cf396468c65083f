"""The schema and the models agree: what an editor marks is what the compiler reports, on structure."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.documents.schema import station_schema
from compiler.load import SourceFile, SourceSet
from compiler.parse import parse
from compiler.validate import validate

SCHEMA = station_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

BEYOND_STRUCTURE = {
    "EXS2005": "a name in another place",
    "EXS2012": "the names of time zones",
    "EXS2016": "keys that depend on each other",
    "EXS2017": "keys that depend on each other",
    "EXS2018": "another file may declare the station",
    "EXS2021": "what text contains",
    "EXS2022": "an id in another item",
    "EXS2028": "a name in another place",
    "EXS2029": "what other declarations extend",
    "EXS2030": "the kind of another schedule",
    "EXS2031": "which of two values is less",
    "EXS2032": "the days of the calendar",
    "EXS2038": "keys that depend on each other",
}
"""What only the compiler knows."""

PLAYING: dict[str, Any] = {
    "play": "noir",
    "name": "n",
    "order": "rotation",
    "group_by": "director",
    "batch": 2,
    "start_at": {"season": 2, "episode": 3},
    "seek": {"season": 3, "episode": 5, "id": "2026-11"},
    "keep_multi_part": False,
    "cursor": "c",
    "no_repeat": "2h",
    "guide": {"title": "Late", "show": "block"},
    "filler": {"tail": "slate", "mid_roll": None},
    "watermark": {
        "image": "a.png",
        "position": "top_left",
        "width": 160,
        "opacity": 1,
        "during_filler": True,
    },
    "audio": {"languages": ["nl", "en"]},
    "subtitles": {"mode": "forced", "languages": "nl", "render": "burn"},
}
"""Every word that holds wherever content is played."""

CALENDAR: dict[str, Any] = {
    "days": ["fri", "weekends"],
    "dates": ["12-24..01-02", "2026-12-25"],
    "months": ["jun", "jul"],
    "days_of_month": [1, -1],
    "nth": "last fri",
    "weeks": "odd",
    "easter": "-2..1",
    "priority": 10,
}
"""Every word for days."""

GOOD: dict[str, Any] = {
    "station": {
        "name": "Harbour TV",
        "timezone": "Europe/Amsterdam",
        "broadcast_day": "06:00",
        "horizon": "7d",
        "history": "3d",
        "freeze": "0s",
        "seed": 42,
        "defaults": {"profile": "hd", "fallback": "slate", "filler": {"tail": "slate", "pre_roll": None}},
    },
    "withdraw": ["films:Recalled (1999).mkv", "cards:bars"],
    "sources": {
        "films": {
            "type": "local",
            "path": "media",
            "kind": "movie",
            "include": "*.mkv",
            "exclude": ["a", "b"],
            "follow_symlinks": True,
            "enrich": [
                {"type": "tmdb", "key": "${TMDB_KEY}", "language": "nl-NL", "url": "https://tmdb.example/3"},
                {"type": "tvdb", "key": "${TVDB_KEY}"},
            ],
        },
        "jelly": {
            "type": "jellyfin",
            "url": "${URL}",
            "api_key": "${KEY}",
            "libraries": "Films",
            "path_map": {"/data": "media"},
        },
        "home": {"type": "plex", "url": "${URL}", "token": "${KEY}", "libraries": ["Films", 1984]},
        "cards": {
            "type": "lavfi",
            "items": {
                "id": "bars",
                "title": 1984,
                "video": "smptehdbars",
                "audio": "sine",
                "duration": "30s",
                "season": 1,
                "genres": ["a", "b"],
                "released": "1927-01-10",
            },
        },
        "cams": {"type": "m3u", "url": "https://tv.example/list.m3u"},
        "direct": {
            "type": "url",
            "items": {
                "title": "Cam",
                "url": "https://tv.example/cam.m3u8",
                "kind": "live",
                "headers": {"X-Key": "${KEY}"},
            },
        },
        "tube": {"type": "youtube", "url": "https://tube.example/playlist"},
        "attic": {"type": "archive_org", "query": "collection:prelinger", "limit": 20},
    },
    "collections": {
        "noir": {"from": ["films", "cards"], "where": "year < 1960", "order_by": "released", "limit": 5},
        "picks": {"items": "cards:bars"},
        "mixed": {"of": ["noir", "picks"], "except": "cards"},
        "night": {
            "playlist": [
                {"play": "noir", "count": 2, "order": "episode", "cursor": "x"},
                {"play": "picks", "all": True},
            ]
        },
    },
    "channels": {
        "retro": {
            "number": 42.1,
            "name": "Retro",
            "id": "retro.harbour",
            "group": "Old",
            "logo": "a.png",
            "schedule": "day",
            "calendar": [{"schedule": "week", **CALENDAR}],
            "events": {
                "play": "noir",
                "date": "12-25",
                "start": "20:00",
                "mode": "duration",
                "duration": "2h",
                "tail": "none",
                "overrun": "finish",
                "max_late": "5m",
            },
            "streaming_mode": "both",
            "profile": "hd",
            "fallback": {"play": "cards", "mode": "loop"},
            "filler": {"post_roll": "slate", "mid_roll": {"extends": "ads", "every": "10m"}},
            "watermark": PLAYING["watermark"],
            "audio": PLAYING["audio"],
            "subtitles": None,
            "timezone": "UTC",
            "throttle": "burst",
            "always_on": False,
            "enabled": True,
            "apply": "now",
        },
        "again": {"extends": "retro", "number": 43},
    },
    "schedules": {
        "day": {
            "kind": "loop",
            "filler": {"tail": None},
            "shuffle_items": False,
            "random_start_point": True,
            "restart": "daily",
            "items": [
                {**PLAYING, "mode": "multiple", "count": 3},
                {"play": "noir", "mode": "duration", "duration": "2h", "tail": "none", "start": "20:00"},
                {"play": "noir", "mode": "flood", "overrun": "finish", "max_late": "5m"},
                {"play": "noir", "start": "22:00", "start_behaviour": "flexible", "start_at": "random"},
                {"play": "noir", "pad_to": "30m", "overrun": "finish", "max_late": "5m"},
                {"play": "noir", "pad_until": "23:00", "tomorrow": True, "overrun": "trim"},
                {"wait_until": "23:30", "tomorrow": False, "name": "w", "filler": {"fallback": "slate"}},
                {"sequence": "other", "repeat": 2, "name": "s"},
            ],
        },
        "other": {"extends": "day", "items": {"play": "noir"}},
        "week": {
            "kind": "slots",
            "watermark": PLAYING["watermark"],
            "slots": [
                {
                    **PLAYING,
                    "days": "weekdays",
                    "start": "06:00",
                    "duration": "2h",
                    "mode": "multiple",
                    "count": "all",
                    "padding": "loop",
                    "flex": "extend",
                    "max_late": "15m",
                    "priority": 2,
                },
                {"schedule": "mix", "start": "20:00"},
            ],
        },
        "mix": {
            "kind": "balance",
            "sources": [
                {"play": "noir", "weight": 40.5, "cooldown": "60m", "max_consecutive": 2},
                {"play": "x", "weight": 1},
            ],
            "by": "items",
            "enforce_cooldown": False,
            "enforce_max_consecutive": False,
        },
        "classic": {
            "kind": "blocks",
            "blocks": {
                "toons": {
                    "duration": "2h",
                    "stop": "after_end",
                    "max_late": "5m",
                    "guide": {"show": "hidden"},
                    "items": [{"play": "noir", "mode": "duration", "duration": "1h", "tail": "filler"}],
                },
                "films": {"duration": "3h", "items": {"play": "noir", "mode": "multiple", "count": 2}},
            },
            "templates": {
                "saturday": [{"at": "08:00", "block": "toons"}],
                "rest": {"at": "8:00", "block": "films"},
            },
            "days": [{"template": "saturday", **CALENDAR}, {"template": "rest"}],
        },
        "list": {"kind": "external", "url": "https://tv.example/list.json"},
        "file": {"kind": "external", "path": "list.json"},
    },
    "filler": {
        "slate": {"play": "cards", "order": "listed", "cursor": "x", "mode": "count", "count": 2},
        "half": {"play": "cards", "mode": "pad", "to": "30m", "fit": "greedy"},
        "ads": {
            "play": "cards",
            "order": "shuffle_in_order",
            "group_by": "show",
            "batch": "all",
            "mode": "duration",
            "duration": "2m",
            "at": "every",
            "every": "12m",
            "max_breaks": 4,
            "cooldown": "30m",
        },
        "fewer": {"extends": "ads", "max_breaks": 2},
    },
    "profiles": {
        "hd": {
            "resolution": "1280x720",
            "scaling": "pad",
            "frame_rate": "30000/1001",
            "video": {"codec": "h264", "bitrate": "3M", "preset": "fast", "gop": "2s"},
            "audio": {
                "codec": "aac",
                "bitrate": 160000,
                "channels": 2,
                "sample_rate": 48000,
                "loudness": -23,
            },
            "hardware": "vaapi",
            "deinterlace": "off",
            "copy_when_conformant": True,
        },
        "sd": {"extends": "hd", "resolution": "720x576"},
    },
    "policies": {
        "no_dead_air": {"max": "10s", "severity": "error"},
        "watershed": {"sql": "select 1", "severity": "warning"},
        "fresh": {"min_repeat": "7d", "collection": "noir"},
        "ad_load": {"max_filler_per_hour": "12m"},
    },
    "tests": [
        {
            "channel": "retro",
            "at": "2026-12-25 20:30",
            "expect": {
                "collection": "noir",
                "block": "toons",
                "schedule": "day",
                "kind": "episode",
                "title": "Late",
                "show": "Tales",
                "media": "cards:bars",
                "filler": False,
            },
        },
        {"channel": "retro", "at": "sat 8:10", "expect": {"filler": "tail"}},
    ],
}

UNFIT: tuple[Any, ...] = (None, True, 0, 2.5, "", "x y!", [], {"x": 1}, 999_999_999_999)


def spots(data: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    if isinstance(data, dict):
        for key in data:
            yield from spots(data[key], (*path, key))
    if isinstance(data, list):
        for index, each in enumerate(data):
            yield from spots(each, (*path, index))


SPOTS = [path for path in spots(GOOD) if path]


def changed(path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    data = copy.deepcopy(GOOD)
    holder: Any = data
    for part in path[:-1]:
        holder = holder[part]
    holder[path[-1]] = value
    return data


def without(path: tuple[str | int, ...]) -> dict[str, Any]:
    data = copy.deepcopy(GOOD)
    holder: Any = data
    for part in path[:-1]:
        holder = holder[part]
    del holder[path[-1]]
    return data


def narrowed(data: dict[str, Any], path: tuple[str | int, ...]) -> dict[str, Any]:
    """Only the declaration that was changed and what it extends: the others cost time and say nothing new."""
    kind, name = (*path, None)[:2]
    below = data.get(str(kind))
    if not isinstance(below, dict) or kind == "station" or name is None:
        return {str(kind): below} if str(kind) in data else {}
    base = below[name].get("extends") if isinstance(below.get(name), dict) else None
    return {str(kind): {each: value for each, value in below.items() if each in (name, base)}}


def structural(data: Any) -> list[str]:
    """The compiler's findings on structure."""
    raw = json.dumps(data).encode()
    trees, parsed = parse(SourceSet(Path(), (SourceFile("a.yaml", raw),)))
    _, found = validate(trees)
    assert parsed == []
    return [f"{each.code} {each.message}" for each in found if each.code not in BEYOND_STRUCTURE]


def agree(data: Any) -> None:
    accepted = VALIDATOR.is_valid(data)
    found = structural(data)
    assert accepted == (not found), (accepted, found)


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_a_full_document_is_accepted_by_both() -> None:
    VALIDATOR.validate(GOOD)
    assert structural(GOOD) == []


def test_every_key_of_the_schema_is_in_the_full_document() -> None:
    written = {part for path in spots(GOOD) for part in path if isinstance(part, str)}
    facts = {"kind", "show", "episode", "year", "tags", "studio", "network", "actors", "directors", "rating"}
    known = {key for each in SCHEMA["$defs"].values() for key in each["properties"]}
    assert known - written <= facts | {"plot", "artwork"}


@pytest.mark.parametrize("path", SPOTS, ids=lambda path: ".".join(map(str, path)))
def test_both_agree_on_unfit_values_and_missing_keys(path: tuple[str | int, ...]) -> None:
    for data in (without(path), *(changed(path, value) for value in UNFIT)):
        agree(narrowed(data, path))


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(SPOTS),
    st.sampled_from(["x", "playy", "items", "from", "mode", "type"]),
    st.sampled_from(UNFIT),
)
def test_both_agree_on_keys_that_are_added(path: tuple[str | int, ...], key: str, value: Any) -> None:
    data = copy.deepcopy(GOOD)
    holder: Any = data
    for part in path:
        holder = holder[part]
    if isinstance(holder, dict):
        holder.setdefault(key, value)
        agree(data)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("station", "horizon"), "00:30:00.500"),
        (("station", "horizon"), "30"),
        (("station", "horizon"), "1h30"),
        (("station", "broadcast_day"), "24:00"),
        (("station", "broadcast_day"), "6:00"),
        (("channels", "retro", "number"), "42.10"),
        (("channels", "retro", "number"), "042"),
        (("channels", "retro", "id"), "1.2"),
        (("channels", "retro", "id"), "Retro.nl"),
        (("profiles", "hd", "resolution"), "1280x719"),
        (("profiles", "hd", "frame_rate"), "29.97"),
        (("profiles", "hd", "frame_rate"), "fast"),
        (("profiles", "hd", "video", "bitrate"), "3.5M"),
        (("profiles", "hd", "video", "bitrate"), "3 M"),
        (("sources", "cards", "items", "released"), "10.1.1927"),
        (("schedules", "day", "items", 0, "count"), "all"),
        (("schedules", "day", "items", 0, "count"), "alle"),
        (("schedules", "day", "items", 0, "start_at"), "first"),
        (("schedules", "day", "items", 0, "start_at"), "last"),
        (("schedules", "day", "items", 0, "watermark", "width"), "8%"),
        (("schedules", "day", "items", 0, "watermark", "width"), "8 px"),
        (("schedules", "day", "items", 0, "audio", "languages"), "pt-BR"),
        (("schedules", "day", "items", 0, "audio", "languages"), "Dutch"),
        (("schedules", "week", "slots", 0, "days"), "daily"),
        (("schedules", "week", "slots", 0, "days"), "friday"),
        (("schedules", "classic", "days", 0, "dates"), "02-29"),
        (("schedules", "classic", "days", 0, "dates"), "2026-02-29"),
        (("schedules", "classic", "days", 0, "dates"), "2026-12-24..01-02"),
        (("schedules", "classic", "days", 0, "dates"), "2026-12-24..2026-12-01"),
        (("schedules", "classic", "days", 0, "months"), "dec"),
        (("schedules", "classic", "days", 0, "months"), "december"),
        (("schedules", "classic", "days", 0, "nth"), "2nd mon"),
        (("schedules", "classic", "days", 0, "nth"), "6th mon"),
        (("schedules", "classic", "days", 0, "easter"), "0"),
        (("schedules", "classic", "days", 0, "easter"), "1..-2"),
        (("schedules", "classic", "days", 0, "easter"), "good friday"),
        (("channels", "retro", "events", "date"), "2026-12-25"),
        (("channels", "retro", "events", "date"), "12-24..12-26"),
        (("tests", 0, "at"), "2026-12-25T20:30Z"),
        (("tests", 0, "at"), "2026-12-25T20:30+25:00"),
        (("tests", 0, "at"), "2026-12-32 20:30"),
        (("tests", 0, "at"), "tomorrow"),
    ],
)
def test_both_agree_on_the_languages_of_scalars(path: tuple[str | int, ...], text: str) -> None:
    agree(changed(path, text))


@pytest.mark.parametrize("name", ["a b", "a:b", "", "-a", "電視", "a.b-c_d", "80s"])
def test_both_agree_on_names(name: str) -> None:
    agree({"station": GOOD["station"], "filler": {name: GOOD["filler"]["slate"]}})
    agree(changed(("schedules", "classic", "blocks", name), GOOD["schedules"]["classic"]["blocks"]["films"]))


def test_defaults_are_shown_as_they_are_written() -> None:
    station = SCHEMA["$defs"]["StationDocument"]["properties"]
    assert (station["horizon"]["default"], station["broadcast_day"]["default"]) == ("7d", "06:00")
    assert SCHEMA["$defs"]["ProfileDocument"]["properties"]["resolution"]["default"] == "1280x720"
    assert SCHEMA["$defs"]["VideoDocument"]["properties"]["bitrate"]["default"] == "3M"


def test_every_key_is_described() -> None:
    bare = [
        f"{name}.{key}"
        for name, each in SCHEMA["$defs"].items()
        for key, value in each["properties"].items()
        if "description" not in value and "$ref" not in value
    ]
    assert bare == []
