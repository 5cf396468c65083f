"""Web addresses: their parts, what in them is secret, and who may be told which header. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import SplitResult, parse_qsl, urljoin, urlsplit

from exstv.sources.environment import SHORTEST_SECRET
from exstv.variables import variables_in

Headers = tuple[tuple[str, str], ...]

PORTS = {"http": 80, "https": 443}
"""What is fetched by, and the usual ports."""
AGENT = "exstv"
"""Who asks, where nobody said otherwise."""
LEFT_OUT = "…"
"""What stands in an address for a secret that was in it."""

_TO_ANYONE = frozenset(("user-agent", "referer", "origin", "accept", "accept-language"))
"""Headers that say who asks. All others may be keys, and only the server that they are for gets them."""


def split(address: str) -> SplitResult:
    """The parts of an address; none of what is no address at all."""
    try:
        parts = urlsplit(address)
        # Only asking for it tells whether it is a number.
        _ = parts.port
    except ValueError:
        return urlsplit("")
    return parts


def joined(base: str, reference: str) -> str:
    """The address that a reference means where it was found; empty if it means none."""
    try:
        return urljoin(base, reference)
    except ValueError:
        return ""


def is_web(address: str) -> bool:
    """Tells whether something can be fetched from there."""
    parts = split(address)
    return parts.scheme in PORTS and bool(parts.hostname)


def headers_for(address: str, own: str, headers: Headers) -> dict[str, str]:
    """What a server is told, by lower-case names: keys go to the own server only, wherever that sends us."""
    known = _origin(address) == _origin(own)
    named = ((name.lower(), value) for name, value in headers)
    return {name: value for name, value in named if known or name in _TO_ANYONE}


def secrets_of(written: str, environ: Mapping[str, str], address: str) -> frozenset[str]:
    """What must not be told of an address: what the environment gave, credentials and values of the query."""
    parts = split(address)
    given = [environ.get(name, "") for name in variables_in(written)]
    asked = [value for _, value in parse_qsl(parts.query)]
    found = (*given, *asked, parts.username or "", parts.password or "")
    return frozenset(value for value in found if len(value) >= SHORTEST_SECRET)


def without_secrets(address: str, secrets: Iterable[str] = ()) -> str:
    """An address that may be told: without credentials, query and fragment, and without these secrets."""
    parts = split(address)
    shown = parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()
    for secret in sorted(secrets, key=len, reverse=True):
        shown = shown.replace(secret, LEFT_OUT)
    return shown


def _origin(address: str) -> tuple[str, str | None, int | None]:
    parts = split(address)
    return parts.scheme, parts.hostname, parts.port or PORTS.get(parts.scheme)
