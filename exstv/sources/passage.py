"""What one input may fetch, and under which names ffmpeg knows it. Pure but for the secret of its own.

ffmpeg is given an address of relay.py in place of the server's, since what is on a command line every user of
the machine can read, and what ffmpeg complains about ends in logs and on the status page. The lists of an HLS
stream are rewritten on their way, so that all that they name comes the same way.
"""

from __future__ import annotations

import re
import secrets
from collections import OrderedDict

from exstv.sources.addresses import headers_for, is_web, joined, split
from exstv.sources.base import UrlInput

PLAYLIST_START = b"#EXTM3U"
MOST_ADDRESSES = 50_000
"""Addresses that are kept of an input: a day of a live stream in pieces of two seconds."""

_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}$")
_URI = re.compile(r'(\bURI=")([^"]*)(")')


class Passage:
    """Owner of the names of what one input fetches, from its cue to the end of its process."""

    def __init__(self, remote: UrlInput) -> None:
        self.key = secrets.token_urlsafe(16)
        self._headers = remote.headers
        self._own = remote.url
        self._numbers: OrderedDict[str, int] = OrderedDict()
        self._addresses: dict[int, str] = {}
        self._next = 0
        self.name = self.name_of(remote.url)
        """The name of the input itself."""

    def name_of(self, address: str) -> str:
        """The path under which ffmpeg fetches an address, with its suffix, which ffmpeg goes by."""
        if address not in self._numbers:
            self._numbers[address] = self._next
            self._addresses[self._next] = address
            self._next += 1
            if len(self._numbers) > MOST_ADDRESSES:
                oldest = next(iter(self._numbers))
                del self._addresses[self._numbers.pop(oldest)]
        self._numbers.move_to_end(address)
        suffix = _SUFFIX.search(split(address).path)
        return f"/{self.key}/{self._numbers[address]}/media{suffix[0] if suffix else ''}"

    def address_of(self, name: str) -> str | None:
        """The address behind a path; None for what this input has no business with."""
        key, _, rest = name.removeprefix("/").partition("/")
        number = rest.partition("/")[0]
        if not secrets.compare_digest(key.encode(), self.key.encode()) or not number.isdecimal():
            return None
        address = self._addresses.get(int(number))
        if address is not None:
            self._numbers.move_to_end(address)
        return address

    def headers_for(self, address: str) -> dict[str, str]:
        """What a server is told: keys go to the input's own server only, wherever that sends us."""
        return headers_for(address, self._own, self._headers)

    def rewritten(self, playlist: str, base: str) -> str:
        """An HLS list whose addresses are ours; what is no web address stays, and ffmpeg may not open it."""
        return "\n".join(self._line(line.strip(), base) for line in playlist.splitlines()) + "\n"

    def _line(self, line: str, base: str) -> str:
        if line.startswith("#"):
            return _URI.sub(lambda uri: f"{uri[1]}{self._named(uri[2], base)}{uri[3]}", line)
        return self._named(line, base) if line else ""

    def _named(self, reference: str, base: str) -> str:
        address = joined(base, reference)
        return self.name_of(address) if is_web(address) else reference
