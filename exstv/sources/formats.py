"""Which of a video's formats plays, and until when its address is good. Pure.

A format is what yt-dlp tells of it. Sites give their best pictures without sound: those play with the best
sound that comes alone. Not of a live video, whose two streams would have to be brought together in time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

import msgspec

from exstv.sources.addresses import Headers, is_web, split

MOST_LINES = 1080
USUAL_MS = 3600_000
"""How long an address is taken to be good that does not say it."""
_PROTOCOLS = ("https", "http", "m3u8_native", "m3u8")
"""In the order in which they are preferred: a file can be sought, and fetched from where it broke off."""
_EXPIRY = ("expire", "expires", "Expires", "exp")
_HEADERS = ("user-agent", "referer", "origin", "cookie", "authorization")
"""Those that a server may insist on; what else yt-dlp says is about how it reads itself."""


class Direct(msgspec.Struct, frozen=True):
    """An address that brings a video, good until an instant in UTC ms; `sound`: what brings its sound."""

    url: str
    headers: Headers
    good_until_ms: int
    sound: Direct | None = None


def directs(info: Mapping[str, Any], now_ms: int) -> list[Direct]:
    """The formats of a video that can be played, the best one first."""
    formats = info.get("formats") or ([info] if info.get("url") else [])
    able = [each for each in formats if _is_able(each)]
    sounds = [] if info.get("is_live") else [each for each in able if not _has(each, "vcodec")]
    sound = _direct(max(sounds, key=_worth_of_sound), info, now_ms) if sounds else None
    found = []
    for each in sorted(able, key=_worth, reverse=True):
        if not _has(each, "vcodec"):
            continue
        direct = _direct(each, info, now_ms)
        if _has(each, "acodec"):
            found.append(direct)
        elif sound is not None:
            good_until_ms = min(direct.good_until_ms, sound.good_until_ms)
            found.append(msgspec.structs.replace(direct, sound=sound, good_until_ms=good_until_ms))
    return found


def _is_able(format_: Mapping[str, Any]) -> bool:
    holds = _has(format_, "vcodec") or _has(format_, "acodec")
    fetched = format_.get("protocol", "https") in _PROTOCOLS and is_web(format_.get("url") or "")
    return holds and fetched and not format_.get("has_drm")


def _has(format_: Mapping[str, Any], codec: str) -> bool:
    """Tells whether a format holds pictures or sound; one that does not say it is taken for whole."""
    return format_.get(codec) != "none"


def _worth(format_: Mapping[str, Any]) -> tuple[object, ...]:
    lines = format_.get("height") or 0
    fits = lines <= MOST_LINES
    return fits, lines if fits else -lines, _ease(format_), _has(format_, "acodec"), format_.get("tbr") or 0


def _worth_of_sound(format_: Mapping[str, Any]) -> tuple[object, ...]:
    # Below 0 are languages that the video was dubbed into.
    language = format_.get("language_preference") or 0
    return language, _ease(format_), format_.get("abr") or format_.get("tbr") or 0


def _ease(format_: Mapping[str, Any]) -> int:
    return -_PROTOCOLS.index(format_.get("protocol", "https"))


def _direct(format_: Mapping[str, Any], info: Mapping[str, Any], now_ms: int) -> Direct:
    told = format_.get("http_headers") or info.get("http_headers") or {}
    headers = tuple((name, str(value)) for name, value in told.items() if name.lower() in _HEADERS)
    url = str(format_["url"])
    return Direct(url, headers, _good_until_ms(url, now_ms))


def _good_until_ms(url: str, now_ms: int) -> int:
    asked = parse_qs(split(url).query)
    for name in _EXPIRY:
        value = asked.get(name, [""])[0]
        # Seconds since 1970, of this century: anything else is a number of another kind.
        if value.isdecimal() and len(value) == 10:
            return int(value) * 1000
    return now_ms + USUAL_MS
