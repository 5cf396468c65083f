"""What there is to claim: keys, enumerated values and defaults of the schemas, and where a YAML has them.

A key belongs to the place that it stands in (`slot.order`). A value or a default that many places share is
claimed once, at any of them: it belongs to the model that declares it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from compiler.documents import schema
from compiler.documents.scalars import Document
from exstv.settings import Config

FILE = "file"
"""The place of the keys at the top of a file."""
_PLACES = {
    "StationDocument": "station",
    "LocalDocument": "local",
    "EnricherDocument": "enricher",
    "PlexDocument": "plex",
    "JellyfinDocument": "jellyfin",
    "EmbyDocument": "emby",
    "LavfiDocument": "lavfi",
    "LavfiItemDocument": "lavfi_item",
    "M3uDocument": "m3u",
    "UrlDocument": "url",
    "UrlItemDocument": "url_item",
    "ArchiveOrgDocument": "archive_org",
    "YoutubeDocument": "youtube",
    "ProfileDocument": "profile",
    "VideoDocument": "profile_video",
    "AudioDocument": "profile_audio",
    "Defaults": "defaults",
    "CollectionDocument": "collection",
    "PlaylistItemDocument": "playlist",
    "ChannelDocument": "channel",
    "CalendarRuleDocument": "calendar",
    "EventDocument": "event",
    "LoopDocument": "loop",
    "LoopItemDocument": "entry",
    "PadToDocument": "pad_to",
    "PadUntilDocument": "pad_until",
    "WaitUntilDocument": "wait_until",
    "SequenceDocument": "sequence",
    "SlotsDocument": "slots",
    "SlotDocument": "slot",
    "BalanceDocument": "balance",
    "BalanceSourceDocument": "balance_source",
    "BlocksDocument": "blocks",
    "BlockDocument": "block",
    "BlockItemDocument": "block_item",
    "PlacementDocument": "placement",
    "TemplateDayDocument": "template_day",
    "ExternalDocument": "external",
    "FillerDocument": "filler",
    "FillerSlots": "fillers",
    "GuideDocument": "guide",
    "WatermarkDocument": "watermark",
    "AudioChoiceDocument": "audio",
    "SubtitlesDocument": "subtitles",
    "SeekDocument": "seek",
    "StartAtDocument": "start_at",
    "DeadAirPolicyDocument": "no_dead_air",
    "SqlPolicyDocument": "sql_policy",
    "RepeatPolicyDocument": "repeat_policy",
    "FillerPolicyDocument": "ad_load",
    "TestDocument": "test",
    "ExpectDocument": "expect",
    "Config": "config",
    "ServerSettings": "server",
    "FfmpegSettings": "ffmpeg",
    "RestartSettings": "restarts",
    "HdhomerunSettings": "hdhomerun",
    "HlsSettings": "hls",
    "GitSettings": "git",
    "CatalogSettings": "catalog",
    "AsRunSettings": "as_run",
    # Words that several places share.
    "OrderWords": "playing",
    "CursorWords": "playing",
    "PlayingWords": "playing",
    "AmountWords": "amount",
    "OverrunWords": "overrun",
    "DayRuleDocument": "day_rule",
    "PolicyWords": "policy",
}

ELSEWHERE = {
    "plex": "test_plex.py",
    "jellyfin": "test_mediabrowser.py",
    "emby": "test_mediabrowser.py",
    "m3u": "test_m3u.py",
    "url": "test_url.py",
    "url_item": "test_url.py",
    "archive_org": "test_archive_org.py",
    "youtube": "test_youtube.py",
    "enricher": "test_enriching.py",
}
"""Places whose words only a server can show: no case claims them; the tests named here use each."""

KEYS_ELSEWHERE = {"enrich": "test_enriching.py"}
"""Keys of several places that only a server can show, with the test that uses each at all of them."""

_WORD = re.compile(r"(?<![^|])\^([a-z_]+)\$(?![^|])")
"""A word among the patterns of a text: `off` of a loudness."""

MACHINE = "Config"
"""The model of `config.yaml`; the settings' own models are below it."""

Path = tuple[str | int, ...]
DEFAULT = "(default)"
"""The value of a claim that says what holds where a key is missing; `default` is a word of the language."""
KINDS = ("loop", "slots", "balance", "blocks", "external")


@dataclass(frozen=True, order=True)
class Word:
    """One thing to claim. `value` is None for a key itself, DEFAULT for what holds without it."""

    place: str
    key: str
    value: str | None = None

    @property
    def text(self) -> str:
        """The word as a claim says it."""
        if self.value == DEFAULT:
            return f"{self.place}.{self.key} default"
        return f"{self.place}.{self.key}" + (f"={self.value}" if self.value is not None else "")


class Found(NamedTuple):
    """A mapping of a place in a YAML."""

    model: str
    path: Path
    value: dict[str, Any]


@cache
def station_schema() -> dict[str, Any]:
    return schema.station_schema()


@cache
def machine_models() -> dict[str, dict[str, Any]]:
    """The schemas of `config.yaml`. Its defaults are no words: docs/config.md is held to each of them."""
    schema = Config.model_json_schema()
    return {MACHINE: schema, **schema["$defs"]}


@cache
def models() -> dict[str, dict[str, Any]]:
    """The schemas by the models' names; a station's file is one, and `config.yaml` another."""
    return {FILE: station_schema(), **station_schema()["$defs"], **machine_models()}


def place_of(model: str) -> str:
    return FILE if model == FILE else _PLACES[model]


def model_of(place: str) -> str:
    return next(model for model in models() if place_of(model) == place)


@cache
def all_words() -> tuple[Word, ...]:
    """Everything there is to claim, in order."""
    found: set[Word] = set()
    for model, each in models().items():
        for key, property_ in each["properties"].items():
            found.add(Word(place_of(model), key))
            home = home_of(model, key)
            found |= {Word(home, key, shown(value)) for value in values_of(property_)}
            if "default" in property_ and model not in machine_models():
                found.add(Word(home, key, DEFAULT))
    return tuple(sorted(found, key=lambda word: (word.place, word.key, word.value or "")))


def claimable() -> tuple[Word, ...]:
    """Everything that the cases are to claim."""
    return tuple(
        word for word in all_words() if word.place not in ELSEWHERE and word.key not in KEYS_ELSEWHERE
    )


def home_of(model: str, key: str) -> str:
    """The place under which a shared value is claimed: that of the model which declares the key."""
    declared = next((each for each in _documents() if each.__name__ == model), None)
    for base in declared.__mro__ if declared else ():
        fields = getattr(base, "model_fields", {})
        written = {field.alias or name: name for name, field in fields.items()}
        if key in written and written[key] in vars(base).get("__annotations__", {}):
            return _PLACES[base.__name__] if base.__name__ in _PLACES else place_of(model)
    return place_of(model)


def _documents(of: type[Document] = Document) -> Iterator[type[Document]]:
    for each in of.__subclasses__():
        yield each
        yield from _documents(each)


def shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def values_of(property_: dict[str, Any]) -> tuple[object, ...]:
    """The values that a property enumerates, by itself or in a list; its models are claimed themselves."""
    found: list[object] = list(property_.get("enum", ()))
    found += [property_["const"]] if "const" in property_ else []
    found += _WORD.findall(property_.get("pattern", ""))
    for part in (*property_.get("anyOf", ()), *property_.get("oneOf", ())):
        found += values_of(part)
    if "items" in property_:
        found += values_of(property_["items"])
    return tuple(dict.fromkeys(found))


def places_in(data: dict[str, Any], root: str = FILE) -> Iterator[Found]:
    """Every mapping of a station, or of `config.yaml` (MACHINE), with the model that it is written as."""
    yield Found(root, (), data)
    for key, value in data.items():
        yield from _walk(models()[root]["properties"].get(key, {}), value, (key,))


def _walk(part: dict[str, Any], value: object, path: Path) -> Iterator[Found]:
    if isinstance(value, list):
        for number, each in enumerate(value):
            yield from _walk(part, each, (*path, number))
    elif isinstance(value, dict):
        model = _model(part, value)
        if model is not None:
            yield Found(model, path, value)
            properties = models()[model]["properties"]
            for key, each in value.items():
                yield from _walk(properties.get(key, {}), each, (*path, key))
            return
        for named in _named(part):
            for key, each in value.items():
                yield from _walk(named, each, (*path, key))


def _model(part: dict[str, Any], value: dict[str, Any]) -> str | None:
    """The first model of a property that a mapping fits."""
    for name in _refs(part):
        properties = models().get(name, {}).get("properties", {})
        if set(value) <= set(properties) and all(
            each.get("const", value.get(key)) == value.get(key) for key, each in properties.items()
        ):
            return name
    return None


def _refs(part: dict[str, Any]) -> Iterator[str]:
    if "$ref" in part:
        yield part["$ref"].rpartition("/")[2]
    for each in (*part.get("anyOf", ()), *part.get("oneOf", ())):
        yield from _refs(each)
    if "items" in part:
        yield from _refs(part["items"])


def _named(part: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What stands under the names of a mapping that has names of its own."""
    named = part.get("additionalProperties")
    if isinstance(named, dict):
        yield named
    for each in part.get("anyOf", ()):
        yield from _named(each)
