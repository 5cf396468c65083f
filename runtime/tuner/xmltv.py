"""The XMLTV guide: the timeline's programmes as text, one by one, without a document tree.

Pure. Child elements follow the order of the XMLTV DTD. What the guide says is what the timeline says: nothing
is merged, moved or invented here. What belongs to a media item wherever it airs: details.py. Route:
runtime/routes/iptv.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache, lru_cache
from itertools import groupby
from operator import attrgetter

from exstv.timeline.guide_rows import GuideRow
from exstv.timeline.model import Channel, Media, Programme
from runtime.tuner.details import NOTHING, Details, details_of
from runtime.tuner.markup import escape

Listed = Programme | GuideRow
"""One entry of the guide, however it was read."""

TAIL = "</tv>\n"
"""What stands behind the programmes."""

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<tv generator-info-name="exstv">\n'
_DAY_S = 86_400


def render(
    channels: Iterable[Channel], programmes: Iterable[Listed], media: Mapping[str, Media]
) -> Iterator[str]:
    """The guide in pieces; programmes come by channel, then by start, and keep that order.

    Of media that are not given no more is said than the programmes say.
    """
    known = {channel.key: channel for channel in channels}
    yield head(known.values())
    details = Lore(media)
    for key, rows in groupby(programmes, attrgetter("channel")):
        yield listing(known[key], rows, details)
    yield TAIL


def head(channels: Iterable[Channel]) -> str:
    """What stands before the programmes."""
    return f"{_HEAD}{''.join(map(_channel, channels))}"


class Lore(dict[str, Details]):
    """The details of media by id, made when they are first asked for."""

    def __init__(self, media: Mapping[str, Media]) -> None:
        self._media = media

    def __missing__(self, media_id: str) -> Details:
        found = self[media_id] = details_of(self._media.get(media_id))
        return found


def listing(channel: Channel, programmes: Iterable[Listed], lore: Lore) -> str:
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
        start, item, airing = _stamp(start_s), NOTHING, ""
        if aired is None:
            aired = _Aired(start[:8])
        if programme.media_id is not None:
            item = lore[programme.media_id]
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

    def mark(self, programme: Listed, media_id: str, start: str) -> str:
        """Says whether a programme is a repeat, or new, or nothing: an old film may have been on last year.

        New is what was released on the timeline's first day or later: it cannot have been on before that.
        """
        last = self._last.get(media_id)
        self._last[media_id] = start
        if last is not None:
            return f'<previously-shown start="{last}"/>'
        released = _day_of(programme)
        return "<new/>" if released and released >= self._first_day else ""


def _channel(channel: Channel) -> str:
    number, name = escape(channel.number), escape(channel.name)
    icon = f'<icon src="{escape(channel.logo)}"/>' if channel.logo else ""
    # Jellyfin takes the name that is a number for the number; Plex shows the first one.
    names = "".join(f"<display-name>{text}</display-name>" for text in (f"{number} {name}", number, name))
    return f'<channel id="{escape(channel.xmltv_id)}">{names}{icon}</channel>\n'


def _rest(programme: Listed, item: Details, airing: str) -> str:
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


def _date(programme: Listed) -> str:
    """`YYYYMMDD` if the day is known, else the year; Kodi reads eight digits or four and nothing else."""
    day = _day_of(programme)
    return day or (f"{programme.year:04d}" if programme.year and 0 < programme.year < 10_000 else "")


def _day_of(programme: Listed) -> str:
    """The day of release as `YYYYMMDD`, empty if it is not known."""
    digits = (programme.released or "")[:10].replace("-", "")
    return digits if len(digits) == 8 and digits.isdecimal() and digits.isascii() else ""


@lru_cache(maxsize=4096)
def _categories(names: tuple[str, ...]) -> str:
    return "".join(f"<category>{escape(name)}</category>" for name in names)


@lru_cache(maxsize=4096)
def _episode(season: int | None, episode: int | None) -> str:
    """`S.E.` counts from zero and leaves the part empty, which Kodi 22 would take for the episode."""
    counted = f"{_from_zero(season)}.{_from_zero(episode)}."
    shown = ("" if season is None else f"S{season:02d}") + ("" if episode is None else f"E{episode:02d}")
    exact = "" if counted == ".." else f'<episode-num system="xmltv_ns">{counted}</episode-num>'
    return f'{exact}<episode-num system="onscreen">{shown}</episode-num>'


def _from_zero(number: int | None) -> str:
    """Season 0 (specials) has no number in `xmltv_ns`."""
    return str(number - 1) if number is not None and number > 0 else ""


@lru_cache(maxsize=32_768)
def _stamp(second: int) -> str:
    """The same on every channel of a grid."""
    return f"{_day(second // _DAY_S)}{_time(second % _DAY_S)}"


@lru_cache(maxsize=1024)
def _day(day: int) -> str:
    return datetime.fromtimestamp(day * _DAY_S, UTC).strftime("%Y%m%d")


@cache
def _time(second: int) -> str:
    return f"{second // 3600:02d}{second // 60 % 60:02d}{second % 60:02d} +0000"
