"""The XMLTV guide: the timeline's programmes as text, one by one, without a document tree.

Pure. Child elements follow the order of the XMLTV DTD. What the guide says is what the timeline says: nothing
is merged, moved or invented here. Route: runtime/routes/iptv.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import cache, lru_cache

from exstv.timeline.model import Channel, Programme
from runtime.tuner.markup import escape

_DAY_S = 86_400


def render(channels: Iterable[Channel], programmes: Iterable[Programme]) -> Iterator[str]:
    """The guide in pieces; programmes come by channel, then by start, and keep that order.

    Times are whole seconds, both ends rounded down: neighbours still meet, and what lasts no second vanishes.
    """
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<tv generator-info-name="exstv">\n'
    known: dict[str, Channel] = {}
    for channel in channels:
        known[channel.key] = channel
        yield _channel(channel)
    opening = {key: f'" channel="{escape(channel.xmltv_id)}"><title>' for key, channel in known.items()}
    for programme in programmes:
        start_s, stop_s = programme.start_ms // 1000, programme.finish_ms // 1000
        if stop_s > start_s:
            # An element without a title is no guide entry to any client: the channel's name stands in.
            title = escape(programme.title) or escape(known[programme.channel].name) or "-"
            yield (
                f'<programme start="{_stamp(start_s)}" stop="{_stamp(stop_s)}{opening[programme.channel]}'
                f"{title}</title>{_details(programme)}</programme>\n"
            )
    yield "</tv>\n"


def _channel(channel: Channel) -> str:
    number, name = escape(channel.number), escape(channel.name)
    icon = f'<icon src="{escape(channel.logo)}"/>' if channel.logo else ""
    # Jellyfin takes the name that is a number for the number; Plex shows the first one.
    names = "".join(f"<display-name>{text}</display-name>" for text in (f"{number} {name}", number, name))
    return f'<channel id="{escape(channel.xmltv_id)}">{names}{icon}</channel>\n'


def _details(programme: Programme) -> str:
    """Everything after the title, in the order of the DTD."""
    text = ""
    if programme.sub_title:
        text += f"<sub-title>{escape(programme.sub_title)}</sub-title>"
    if programme.description:
        text += f"<desc>{escape(programme.description)}</desc>"
    if date := _date(programme):
        text += f"<date>{date}</date>"
    for category in programme.categories:
        text += f"<category>{escape(category)}</category>"
    if programme.season is not None or programme.episode is not None:
        text += _episode(programme.season, programme.episode)
    if programme.rating:
        text += f"<rating><value>{escape(programme.rating)}</value></rating>"
    return text


def _date(programme: Programme) -> str:
    """`YYYYMMDD` if the day is known, else the year; Kodi reads eight digits or four and nothing else."""
    digits = (programme.released or "")[:10].replace("-", "")
    if len(digits) == 8 and digits.isdecimal() and digits.isascii():
        return digits
    return f"{programme.year:04d}" if programme.year and 0 < programme.year < 10_000 else ""


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


def _stamp(second: int) -> str:
    return f"{_day(second // _DAY_S)}{_time(second % _DAY_S)}"


@lru_cache(maxsize=1024)
def _day(day: int) -> str:
    return datetime.fromtimestamp(day * _DAY_S, UTC).strftime("%Y%m%d")


@cache
def _time(second: int) -> str:
    return f"{second // 3600:02d}{second // 60 % 60:02d}{second % 60:02d} +0000"
