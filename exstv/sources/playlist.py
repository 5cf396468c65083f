"""Reads an M3U list: which streams it names, and what it says of them. Pure.

`#EXTINF:SECONDS key="value" …,Title` comes before each address; `#EXTGRP` and `#EXTVLCOPT` may stand between.
Kodi's `address|User-Agent=…&Referer=…` is understood, too.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from exstv.sources.addresses import Headers

_INFO = re.compile(r"#EXTINF:\s*(?P<seconds>-?[\d.]+)?(?P<rest>.*)", re.IGNORECASE)
_ATTRIBUTE = re.compile(r'([A-Za-z][\w-]*)=("[^"]*"|[^\s",]+)')
_QUOTED_OR_COMMA = re.compile(r'"[^"]*"|,')
_GROUP = "#EXTGRP:"
_OPTION = re.compile(r"#EXTVLCOPT:\s*http-(user-agent|referrer|referer)=(.*)", re.IGNORECASE)
_STREAM = re.compile(r"^#EXT-X-(TARGETDURATION|STREAM-INF)\b", re.MULTILINE)
_HEADER_NAMES = {"user-agent": "User-Agent", "referrer": "Referer", "referer": "Referer"}


@dataclass(frozen=True)
class Entry:
    """One entry, on a line of the list; without a `duration_ms` it is a live stream."""

    address: str
    line: int
    title: str = ""
    duration_ms: int | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    headers: Headers = ()


def is_stream(text: str) -> bool:
    """Tells whether it is the list of one HLS stream's pieces, which looks alike."""
    return _STREAM.search(text) is not None


def read(text: str) -> list[Entry]:
    """Every entry, in the order of the list."""
    entries = []
    about: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        if line.startswith("#"):
            about.append(line)
        elif line:
            entries.append(_entry(line, number, about))
            about = []
    return entries


def _entry(line: str, number: int, about: list[str]) -> Entry:
    address, _, options = line.partition("|")
    title, duration_ms, attributes = "", None, dict[str, str]()
    groups: list[str] = []
    headers = {
        _HEADER_NAMES[name.lower()]: value
        for name, value in parse_qsl(options)
        if name.lower() in _HEADER_NAMES
    }
    for said in about:
        if info := _INFO.match(said):
            attributes = _attributes(info["rest"])
            title, duration_ms = _title(info["rest"]), _duration_ms(info["seconds"])
        elif said.upper().startswith(_GROUP):
            groups.append(said[len(_GROUP) :])
        elif option := _OPTION.match(said):
            headers[_HEADER_NAMES[option[1].lower()]] = option[2].strip()
    groups += attributes.get("group-title", "").split(";")
    return Entry(
        address=address.strip(),
        line=number,
        title=title or attributes.get("tvg-name", ""),
        duration_ms=duration_ms,
        attributes=attributes,
        groups=tuple(dict.fromkeys(group.strip() for group in groups if group.strip())),
        headers=tuple(headers.items()),
    )


def _attributes(rest: str) -> dict[str, str]:
    """The attributes in front of the title; of a name in any case."""
    found = _ATTRIBUTE.finditer(rest[: _title_at(rest)])
    return {match[1].lower(): match[2].strip('"').strip() for match in found}


def _title(rest: str) -> str:
    return " ".join(rest[_title_at(rest) + 1 :].split())


def _title_at(rest: str) -> int:
    """Where the comma before the title is: the first one outside of quotes."""
    commas = (match.start() for match in _QUOTED_OR_COMMA.finditer(rest) if match[0] == ",")
    return next(commas, len(rest))


def _duration_ms(seconds: str | None) -> int | None:
    """Nothing, zero and less mean a stream without end."""
    try:
        value = float(seconds or 0)
    except ValueError:
        return None
    return round(value * 1000) if math.isfinite(value) and value > 0 else None
