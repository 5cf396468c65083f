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
}
"""What only the compiler knows."""

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
    "sources": {
        "films": {
            "type": "local",
            "path": "media",
            "kind": "movie",
            "include": "*.mkv",
            "exclude": ["a", "b"],
            "follow_symlinks": True,
        },
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
    },
    "collections": {
        "noir": {"from": ["films", "cards"], "where": "year < 1960", "order_by": "released", "limit": 5},
        "picks": {"items": "cards:bars"},
    },
    "channels": {
        "retro": {
            "number": 42.1,
            "name": "Retro",
            "id": "retro.harbour",
            "group": "Old",
            "logo": "a.png",
            "schedule": "day",
            "streaming_mode": "both",
            "profile": "hd",
            "fallback": {"play": "cards", "mode": "loop"},
            "filler": {"post_roll": "slate"},
            "timezone": "UTC",
            "always_on": False,
            "enabled": True,
        }
    },
    "schedules": {
        "day": {
            "kind": "loop",
            "filler": {"tail": None},
            "items": [
                {
                    "play": "noir",
                    "order": "shuffle",
                    "cursor": "c",
                    "name": "n",
                    "mode": "multiple",
                    "count": 3,
                },
                {"play": "noir", "mode": "duration", "duration": "2h", "tail": "none", "start": "20:00"},
                {"play": "noir", "mode": "flood", "guide": {"title": "Late"}, "filler": {"tail": "slate"}},
            ],
        }
    },
    "filler": {
        "slate": {"play": "cards", "order": "listed", "cursor": "x", "mode": "count", "count": 2},
        "half": {"play": "cards", "mode": "pad", "to": "30m"},
    },
    "profiles": {
        "hd": {
            "resolution": "1280x720",
            "scaling": "pad",
            "frame_rate": "30000/1001",
            "video": {"codec": "h264", "bitrate": "3M", "preset": "fast", "gop": "2s"},
            "audio": {"codec": "aac", "bitrate": 160000, "channels": 2, "sample_rate": 48000},
            "deinterlace": "off",
        }
    },
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
        # Only the kind that was changed: the others cost time and say nothing new.
        agree({kind: data[kind] for kind in path[:1] if kind in data})


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
    ],
)
def test_both_agree_on_the_languages_of_scalars(path: tuple[str | int, ...], text: str) -> None:
    agree(changed(path, text))


@pytest.mark.parametrize("name", ["a b", "a:b", "", "-a", "電視", "a.b-c_d", "80s"])
def test_both_agree_on_names(name: str) -> None:
    agree({**GOOD, "filler": {name: GOOD["filler"]["slate"]}})


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
