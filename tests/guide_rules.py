"""An own judge of XMLTV: says which rules of protocols.md §2.2 and §2.4 a guide breaks.

`tv_validate_file` knows the DTD; that programmes neither overlap nor leave a gap, have an end after their
start and a zone that every reader knows, it does not look at. Knows nothing of what made the guide.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

# xmltv.dtd: the children of `programme` in order, and those that may be there only once.
ORDER = (
    *("title", "sub-title", "desc", "credits", "date", "category", "keyword", "language", "orig-language"),
    *("length", "icon", "url", "country", "episode-num", "video", "audio", "previously-shown", "premiere"),
    *("last-chance", "new", "subtitles", "rating", "star-rating", "review", "image"),
)
ONCE = {"credits", "date", "language", "orig-language", "length", "video", "audio", "previously-shown", "new"}
_PLACES = {tag: place for place, tag in enumerate(ORDER)}
_CREDITS = ("director", "actor")
_STAMP = re.compile(r"[0-9]{14} [+-][0-9]{4}")
_ID = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_COUNTED = re.compile(r"[0-9]*\.[0-9]*\.")
_DATE = re.compile(r"[0-9]{4}([0-9]{4})?")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def broken_rules(text: str) -> list[str]:
    """Every rule that a guide breaks, by its name and where."""
    if not text.startswith("<?xml "):
        return ["declaration: Kodi reads no document that begins otherwise"]
    if found := _CONTROL.search(text):
        return [f"control character: {found.group()!r}"]
    try:
        root = ElementTree.fromstring(text.encode())
    except ElementTree.ParseError as error:
        return [f"well-formed: {error}"]
    return [*_document(root), *_channels(root), *_programmes(root), *_times(root)]


def _document(root: Element) -> Iterator[str]:
    tags = [child.tag for child in root]
    if root.tag != "tv" or set(tags) - {"channel", "programme"} or tags != sorted(tags):
        yield "document: tv(channel*, programme*)"


def _channels(root: Element) -> Iterator[str]:
    ids = [channel.get("id", "") for channel in root.findall("channel")]
    listed = {programme.get("channel") for programme in root.findall("programme")}
    for channel in root.findall("channel"):
        names = [name.text or "" for name in channel.findall("display-name")]
        if [child.tag for child in channel] not in (["display-name"] * 3, ["display-name"] * 3 + ["icon"]):
            yield f"channel: {channel.get('id')} is not three names and an icon at most"
        elif not re.fullmatch(r"[0-9]+(\.[0-9]+)?", names[1]):
            yield f"number: no name of {channel.get('id')} is its number alone"
    for channel_id in ids:
        if not _ID.fullmatch(channel_id):
            yield f"id: {channel_id} is no RFC 2838 name"
        if channel_id not in listed:
            yield f"empty: {channel_id} has no programme"
    lower = sorted(each.lower() for each in ids)
    yield from (f"prefix: {a} begins {b}" for a, b in pairwise(lower) if b.startswith(a))
    yield from (f"unknown: {each} is no channel" for each in sorted(map(str, listed)) if each not in ids)


def _programmes(root: Element) -> Iterator[str]:
    for programme in root.findall("programme"):
        where = f"{programme.get('channel')} {programme.get('start')}"
        tags = [child.tag for child in programme]
        places = [_PLACES.get(tag, -1) for tag in tags]
        if places != sorted(places) or -1 in places or not tags or tags[0] != "title":
            yield f"order: {where} has {tags}"
        yield from (f"once: {where} {tag}" for tag, n in Counter(tags).items() if tag in ONCE and n > 1)
        if not (programme.findtext("title") or "").strip():
            yield f"title: {where} has none"
        if (date := programme.findtext("date")) is not None and not _DATE.fullmatch(date):
            yield f"date: {where} {date}"
        for number in programme.findall("episode-num"):
            if number.get("system") == "xmltv_ns" and not _COUNTED.fullmatch(number.text or ""):
                yield f"xmltv_ns: {where} {number.text}"
        if {"new", "previously-shown"} <= set(tags):
            yield f"new: {where} is a repeat as well"
        parts = [_CREDITS.index(each.tag) for each in programme.find("credits") or ()]
        if parts != sorted(parts):
            yield f"credits: {where} are out of order"


def _times(root: Element) -> Iterator[str]:
    """What no validator looks at: ends, zones, overlaps and gaps."""
    by_channel: dict[str | None, list[Element]] = {}
    for programme in root.findall("programme"):
        by_channel.setdefault(programme.get("channel"), []).append(programme)
        start, stop = programme.get("start", ""), programme.get("stop")
        if stop is None:
            yield f"stop: {programme.get('channel')} {start} has none, and Kodi drops it"
        elif not (_STAMP.fullmatch(start) and _STAMP.fullmatch(stop)):
            yield f"zone: {start} to {stop} is not as every reader knows it"
        elif stop <= start:
            yield f"backwards: {start} to {stop}"
    for listed in by_channel.values():
        for before, after in pairwise(listed):
            stop, start = before.get("stop", ""), after.get("start", "")
            if stop > start:
                yield f"overlap: {stop} after {start}"
            elif stop and stop < start:
                yield f"gap: {stop} to {start}"
