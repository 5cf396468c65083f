"""By which names clients may ask for this server. Pure.

A page of the internet can make a browser ask us under the page's own name (DNS rebinding), and read the
answer; it cannot do so under an address, nor under a name that only a home's network knows. Those are ours
without being listed. What is built from a Host, playlists first of all, is built from an allowed one.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from urllib.parse import urlsplit

from exstv.server_settings import ServerSettings

HOME_ENDINGS = (".local", ".localhost", ".lan", ".home", ".home.arpa", ".internal")
"""Endings that no public registry gives out."""

# RFC 3986's host and port, without user info or percent signs: nothing that could end an attribute or a line.
_AUTHORITY = re.compile(
    r"(?P<host>[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?"
)


def host_of(authority: str) -> str | None:
    """The host of a Host header, in lower case and without its port; None where it is none."""
    found = _AUTHORITY.fullmatch(authority)
    return found["host"].lower().strip("[]").removesuffix(".") if found else None


class AllowedHosts:
    """The names and addresses that are ours."""

    def __init__(self, server: ServerSettings, machine: str = "") -> None:
        """`machine` is the name that this machine has for itself."""
        public = urlsplit(server.public_url).hostname if server.public_url else None
        self._names = {name for name in (public, machine.lower(), *server.allowed_hosts) if name}
        self._endings = (*HOME_ENDINGS, *(name[1:] for name in server.allowed_hosts if name.startswith("*.")))

    def allow(self, host: str) -> bool:
        """Tells whether a client may ask for us under this host, as `host_of` gives it."""
        # No public name is without a dot.
        if "." not in host or host in self._names or host.endswith(self._endings):
            return True
        try:
            ipaddress.ip_address(host)
        except ValueError:
            return False
        return True


def machine_name() -> str:
    """What this machine calls itself; asks no network."""
    return socket.gethostname()
