"""Who asks, and under which name: what the connection says, or a reverse proxy that is trusted. Pure.

`X-Forwarded-For`, `-Proto` and `-Host` are read from the right: what stands there our own proxy wrote, what
stands left of it anybody may have. Where no proxy is trusted they are nobody's word.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from runtime.gate.hosts import host_of

Headers = Sequence[tuple[bytes, bytes]]
_SCHEMES = ("http", "https")


@dataclass(frozen=True)
class Asked:
    """How a request came: from which address, by which scheme, for which Host; empty where none was said."""

    client: str
    scheme: str
    host: str


class Proxies:
    """The reverse proxies whose word counts."""

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks = [ipaddress.ip_network(each) for each in networks]

    def trust(self, address: str) -> bool:
        """Tells whether an address is a trusted proxy's."""
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return False
        mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
        return any((mapped or found) in network for network in self._networks)

    def heard(self, asked: Asked, headers: Headers) -> Asked:
        """What is to be believed of a request."""
        if not self._networks or not self.trust(asked.client):
            return asked
        (scheme,) = _said(headers, b"x-forwarded-proto")[-1:] or ("",)
        (host,) = _said(headers, b"x-forwarded-host")[-1:] or ("",)
        return replace(
            asked,
            client=self._client(asked.client, _said(headers, b"x-forwarded-for")),
            scheme=scheme if scheme in _SCHEMES else asked.scheme,
            host=host if host_of(host) else asked.host,
        )

    def _client(self, peer: str, forwarded: Iterable[str]) -> str:
        """The last address that is not a proxy of ours; each proxy writes down whom it was asked by."""
        client = peer
        for address in reversed(list(forwarded)):
            if not _is_address(address):
                break
            client = address
            if not self.trust(address):
                break
        return client


def _said(headers: Headers, wanted: bytes) -> list[str]:
    """A header's entries, of all its lines."""
    lines = (value.decode("latin-1") for name, value in headers if name == wanted)
    return [entry.strip() for line in lines for entry in line.split(",")]


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
