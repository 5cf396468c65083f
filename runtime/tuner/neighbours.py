"""Who may find this server on the network, by which address each reaches it, and how often it is told.

Discovery answers to small questions with larger answers: reachable from the internet it would be an
amplifier, so only neighbours are heard (protocols.md §1.1). Asks the system for addresses; sends nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from collections import OrderedDict
from dataclasses import dataclass

import psutil

from exstv.clock import Clock
from runtime.process.lead import Bucket

_NEAR = tuple(
    ipaddress.IPv4Network(network)
    for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16")
)
_ALL_ADDRESSES = ("0.0.0.0", "::")
_MOST_SOURCES = 1024
_AT_ONCE, _A_SECOND = 20, 5.0


def is_near(address: str) -> bool:
    """Tells whether an address is one of a private, link-local or this machine's own network."""
    try:
        found = ipaddress.IPv4Address(address)
    except ValueError:
        return False
    return any(found in network for network in _NEAR)


def is_discoverable(listening: str) -> bool:
    """Tells whether a server that listens there can be found by others, over IPv4."""
    if listening in _ALL_ADDRESSES:
        return True
    found = ipaddress.ip_address(listening)
    return found.version == 4 and not found.is_loopback


@dataclass(frozen=True)
class Reach:
    """Where a server listens: on one address, or on all that the machine has."""

    listening: str
    port: int

    def base_url(self, peer: str) -> str | None:
        """The root of our addresses as a neighbour reaches it; None for a stranger, and where none reaches.

        Never a host name, nor the public URL, which do not fit into HDHomeRun's answer (protocols.md §1.3).
        """
        mine = _facing(peer) if is_near(peer) else None
        if mine is None or not self._listens_on(mine):
            return None
        return f"http://{mine}:{self.port}"

    def own_addresses(self) -> list[str]:
        """The addresses of this machine on whose networks it can be announced."""
        up = {name for name, link in psutil.net_if_stats().items() if link.isup}
        found = (
            each.address
            for name, addresses in psutil.net_if_addrs().items()
            for each in addresses
            if name in up and each.family == socket.AF_INET
        )
        return [each for each in found if is_near(each) and self._listens_on(each) and is_discoverable(each)]

    def _listens_on(self, address: str) -> bool:
        return self.listening in (*_ALL_ADDRESSES, address)


def _facing(peer: str) -> str | None:
    """The address of ours that faces another: connecting a datagram socket asks for it and sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((peer, 9))
        except OSError:
            return None
        return str(probe.getsockname()[0])


class Patience:
    """Owner of how often each source was answered: 20 at once, then 5 a second; the rest is dropped."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        # In the order in which they were heard last: a flood of forged sources must not fill the memory.
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def __len__(self) -> int:
        """How many sources are remembered."""
        return len(self._buckets)

    def take(self, source: str) -> bool:
        """Tells whether a source is answered now, and counts it if so."""
        now = self._clock.monotonic()
        bucket = self._buckets.setdefault(source, Bucket(_AT_ONCE, _A_SECOND, now))
        self._buckets.move_to_end(source)
        if len(self._buckets) > _MOST_SOURCES:
            self._buckets.popitem(last=False)
        if bucket.wait_seconds(now) > 0:
            return False
        bucket.take()
        return True
