"""The XMLTV guide: what stands before and after its programmes, and the query that writes these.

Pure. The query is xmltv.sql; runtime/guide.py asks it and keeps the texts; route: runtime/routes/iptv.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files

from exstv.timeline.model import Channel
from runtime.tuner.markup import escape

LISTED: str = files("runtime.tuner").joinpath("xmltv.sql").read_text(encoding="utf-8")
"""Gives the programmes of `$channels` as lines."""
TAIL = "</tv>\n"
"""What stands behind the programmes."""

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<tv generator-info-name="exstv">\n'


def head(channels: Iterable[Channel]) -> str:
    """What stands before the programmes."""
    return f"{_HEAD}{''.join(map(_channel, channels))}"


def _channel(channel: Channel) -> str:
    number, name = escape(channel.number), escape(channel.name)
    icon = f'<icon src="{escape(channel.logo)}"/>' if channel.logo else ""
    # Jellyfin takes the name that is a number for the number; Plex shows the first one.
    names = "".join(f"<display-name>{text}</display-name>" for text in (f"{number} {name}", number, name))
    return f'<channel id="{escape(channel.xmltv_id)}">{names}{icon}</channel>\n'
