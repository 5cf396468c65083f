"""Where a media item's picture is fetched from: its own address, or ours where only its source has it. Pure.

Ours has the picture's name, made of its source and its path there and telling neither. Pictures of one path
are one, as all episodes of a show may have it. Route: runtime/routes/artwork.py.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from exstv.pictures import is_of_source
from exstv.timeline.model import Picture

GAP = "\x1a"
"""What stands in the guide for our address, which not all clients know us by: no text of it can hold this."""
_NAME_LENGTH = 32


def name_of(picture: Picture) -> str:
    """The name under which we serve a picture; xmltv.sql makes the same."""
    return hashlib.sha256(f"{picture.source}:{picture.at}".encode()).hexdigest()[:_NAME_LENGTH]


def addresses(pictures: Mapping[str, Picture], base_url: str) -> dict[str, str]:
    """Where a client fetches each of some pictures; `base_url` may be empty for relative addresses."""
    below = f"{base_url}/iptv/artwork" if base_url else "iptv/artwork"
    return {
        key: f"{below}/{name_of(picture)}" if is_of_source(picture.at) else picture.at
        for key, picture in pictures.items()
    }
