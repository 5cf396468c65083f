"""The guide written plainly, one programme after another: what runtime/tuner/xmltv.sql is to write.

Knows nothing of the query; only the head, and how a text is escaped, are the server's own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from exstv.timeline.model import Channel, Media, Programme
from exstv.units import MINUTE_MS
from runtime.tuner.markup import escape
from runtime.tuner.xmltv import TAIL, head

CAST = 12
"""How many actors are named: a media server knows of every extra, and a guide of a week is read by a TV."""
BASE = "http://tv.example:8411"
"""Whom a guide is for knows us by this address."""

_CATEGORIES = {"movie": "<category>Movie</category>", "episode": "<category>Series</category>"}
"""The words by which Plex, Jellyfin and Kodi tell films from series."""


def render(
    channels: Iterable[Channel], programmes: Iterable[Programme], media: Mapping[str, Media], base: str = BASE
) -> Iterator[str]:
    """The guide in pieces; programmes come by channel, then by start, and keep that order.

    Of media that are not given no more is said than the programmes say.
    """
    known = {channel.key: channel for channel in channels}
    yield head(known.values())
    details = {media_id: _details_of(each, base) for media_id, each in media.items()}
    for key, rows in groupby(programmes, attrgetter("channel")):
        yield _listing(known[key], rows, details)
    yield TAIL


def _listing(channel: Channel, programmes: Iterable[Programme], details: Mapping[str, _Details]) -> str:
    """All programmes of one channel, by start.

    Times are whole seconds, both ends rounded down: neighbours still meet, and what lasts no second vanishes.
    """
    opening = f'" channel="{escape(channel.xmltv_id)}"><title>'
    # An element without a title is no guide entry to any client: the channel's name stands in.
    untitled = escape(channel.name) or "-"
    aired: _Aired | None = None
    lines: list[str] = []
    for programme in programmes:
        start_s, stop_s = programme.start_ms // 1000, programme.finish_ms // 1000
        if stop_s <= start_s:
            continue
        start, item, airing = _stamp(start_s), _NOTHING, ""
        if aired is None:
            aired = _Aired(start[:8])
        if programme.media_id is not None:
            item = details.get(programme.media_id, _NOTHING)
            airing = aired.mark(programme, programme.media_id, start)
        lines.append(
            f'<programme start="{start}" stop="{_stamp(stop_s)}{opening}'
            f"{escape(programme.title) or untitled}</title>{_rest(programme, item, airing)}</programme>\n"
        )
    return "".join(lines)


class _Aired:
    """What was on before on one channel, as far back as its timeline goes: to `first_day`, as `YYYYMMDD`."""

    def __init__(self, first_day: str) -> None:
        self._first_day = first_day
        self._last: dict[str, str] = {}
        """When each media item was last on."""

    def mark(self, programme: Programme, media_id: str, start: str) -> str:
        """Says whether a programme is a repeat, or new, or nothing: an old film may have been on last year.

        New is what was released on the timeline's first day or later: it cannot have been on before that.
        """
        last = self._last.get(media_id)
        self._last[media_id] = start
        if last is not None:
            return f'<previously-shown start="{last}"/>'
        released = _day_of(programme)
        return "<new/>" if released and released >= self._first_day else ""


def _rest(programme: Programme, item: _Details, airing: str) -> str:
    """Everything after the title, in the order of the DTD."""
    text = ""
    if programme.sub_title:
        text += f"<sub-title>{escape(programme.sub_title)}</sub-title>"
    if programme.description:
        text += f"<desc>{escape(programme.description)}</desc>"
    text += item.credits
    if date := _date(programme):
        text += f"<date>{date}</date>"
    text += item.category
    text += _categories(programme.categories)
    text += item.length_and_icon
    if programme.season is not None or programme.episode is not None:
        text += _episode(programme.season, programme.episode)
    text += airing
    if programme.rating:
        text += f"<rating><value>{escape(programme.rating)}</value></rating>"
    return text


def _date(programme: Programme) -> str:
    """`YYYYMMDD` if the day is known, else the year; Kodi reads eight digits or four and nothing else."""
    day = _day_of(programme)
    return day or (f"{programme.year:04d}" if programme.year and 0 < programme.year < 10_000 else "")


def _day_of(programme: Programme) -> str:
    """The day of release as `YYYYMMDD`, empty if it is not known."""
    digits = (programme.released or "")[:10].replace("-", "")
    return digits if len(digits) == 8 and digits.isdecimal() and digits.isascii() else ""


def _categories(names: tuple[str, ...]) -> str:
    return "".join(f"<category>{escape(name)}</category>" for name in names)


def _episode(season: int | None, episode: int | None) -> str:
    """`S.E.` counts from zero and leaves the part empty, which Kodi 22 would take for the episode."""
    counted = f"{_from_zero(season)}.{_from_zero(episode)}."
    shown = ("" if season is None else f"S{season:02d}") + ("" if episode is None else f"E{episode:02d}")
    exact = "" if counted == ".." else f'<episode-num system="xmltv_ns">{counted}</episode-num>'
    return f'{exact}<episode-num system="onscreen">{shown}</episode-num>'


def _from_zero(number: int | None) -> str:
    """Season 0 (specials) has no number in `xmltv_ns`."""
    return str(number - 1) if number is not None and number > 0 else ""


def _stamp(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y%m%d%H%M%S +0000")


class _Details(NamedTuple):
    """Elements of a programme, each at its place in the DTD."""

    credits: str = ""
    category: str = ""
    length_and_icon: str = ""


_NOTHING = _Details()


def _details_of(media: Media, base: str) -> _Details:
    return _Details(_credits(media), _CATEGORIES.get(media.kind, ""), _length(media) + _icon(media, base))


def _credits(media: Media) -> str:
    named = [f"<director>{escape(name)}</director>" for name in media.directors]
    named += [f"<actor>{escape(name)}</actor>" for name in media.actors[:CAST]]
    return f"<credits>{''.join(named)}</credits>" if named else ""


def _length(media: Media) -> str:
    """Its own length, without breaks, in whole minutes; nothing for a live item, and for a moment."""
    minutes = round((media.duration_ms or 0) / MINUTE_MS)
    return f'<length units="minutes">{minutes}</length>' if minutes else ""


def _icon(media: Media, base: str) -> str:
    """Its picture, at its own address or, by the digest of where its source has it, at ours."""
    if not media.artwork:
        return ""
    address = media.artwork
    if "://" not in address:
        name = hashlib.sha256(f"{media.source}:{media.artwork}".encode()).hexdigest()[:32]
        address = f"{base}/iptv/artwork/{name}"
    return f'<icon src="{escape(address)}"/>'
