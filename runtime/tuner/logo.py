"""Where a channel's logo is fetched from: its own URL, or ours where it is a file of the station. Pure.

Route for the files: runtime/routes/logo.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from msgspec.structs import replace

from exstv.pictures import is_address
from exstv.timeline.model import Channel


def is_file(logo: str | None) -> bool:
    """Tells whether a logo is a path below the station, not a URL."""
    return bool(logo) and not is_address(str(logo))


def file_name(channel: Channel) -> str:
    """The name under which a channel's logo file is served: `retro.harbour.png`.

    By its id: a number may be another channel's tomorrow, and players keep logos for long.
    """
    return channel.xmltv_id + PurePosixPath(channel.logo or "").suffix.lower()


def with_logo_urls(channels: Iterable[Channel], base_url: str) -> list[Channel]:
    """The channels with logos that a client can fetch; `base_url` may be empty for relative ones."""
    below = f"{base_url}/iptv/logo" if base_url else "iptv/logo"
    return [
        replace(each, logo=f"{below}/{file_name(each)}") if is_file(each.logo) else each for each in channels
    ]
