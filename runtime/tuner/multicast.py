"""The sockets of SSDP: announces the tuner on each of the machine's networks, and answers searches there.

Owns the sockets and the membership in the group. Texts: ssdp.py; which networks: neighbours.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import socket
from collections.abc import Iterable

from exstv.clock import Clock
from runtime.tuner import ssdp
from runtime.tuner.neighbours import Patience, Reach

log = logging.getLogger(__name__)

_HOPS = 2
_GROUP = (ssdp.GROUP, ssdp.PORT)


class Announcer(asyncio.DatagramProtocol):
    """One device, announced from `open` to `close`. Networks may come and go in between."""

    def __init__(self, device: ssdp.Device, reach: Reach, patience: Patience, clock: Clock) -> None:
        self._device, self._reach, self._patience, self._clock = device, reach, patience, clock
        self._joined: set[str] = set()
        self._mouth = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._ears = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    async def open(self, stack: contextlib.AsyncExitStack) -> None:
        """Listens and announces until the stack ends it, and says good-bye then. Raises OSError."""
        stack.callback(self._mouth.close)
        stack.callback(self._ears.close)
        self._mouth.setblocking(False)
        self._mouth.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, _HOPS)
        # Media servers on this machine listen to the group too, some with one of these and some with both.
        for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):
            self._ears.setsockopt(socket.SOL_SOCKET, option, 1)
        self._ears.setblocking(False)
        # The group's address and not all: what is sent to another program on this machine stays its own.
        self._ears.bind(_GROUP)
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: self, sock=self._ears)
        stack.callback(transport.close)
        announcing = asyncio.create_task(self._announce())
        stack.callback(self._say_goodbye)
        stack.callback(announcing.cancel)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        search = ssdp.parse_search(data)
        base_url = self._reach.base_url(addr[0]) if search else None
        if search is None or base_url is None:
            return
        answers = ssdp.answers(search, self._device, base_url, self._clock.now_ms())
        if answers and self._patience.take(addr[0]):
            # Spread over the time that the searcher gives, so that a house's devices do not answer as one.
            wait = random.uniform(0, search.within_seconds)
            asyncio.get_running_loop().call_later(wait, self._send, answers, addr)

    async def _announce(self) -> None:
        while True:
            self._follow_networks(set(self._reach.own_addresses()))
            for address in self._joined:
                self._tell(address, ssdp.alive(self._device, f"http://{address}:{self._reach.port}"))
            await asyncio.sleep(ssdp.ANNOUNCE_SECONDS)

    def _follow_networks(self, addresses: set[str]) -> None:
        """Joins the group where an address is new; where one is gone the system has left it by itself."""
        for address in addresses - self._joined:
            member = socket.inet_aton(ssdp.GROUP) + socket.inet_aton(address)
            try:
                self._ears.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
            except OSError as error:
                # It came back, and the system kept the membership; or it cannot, and is only announced on.
                log.debug("ssdp not joined address=%s reason=%s", address, error.strerror)
            log.info("ssdp announces address=%s", address)
        self._joined = addresses

    def _tell(self, address: str, messages: Iterable[bytes]) -> None:
        """Tells everybody on one network."""
        with contextlib.suppress(OSError):  # The network has just gone: the next round knows.
            self._mouth.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address))
        self._send(messages, _GROUP)

    def _send(self, messages: Iterable[bytes], to: tuple[str, int]) -> None:
        if self._mouth.fileno() < 0:
            return  # Closed while a searcher's time ran.
        for message in messages:
            # SSDP promises nothing: what does not get through comes again.
            with contextlib.suppress(OSError):
                self._mouth.sendto(message, to)

    def _say_goodbye(self) -> None:
        for address in self._joined:
            self._tell(address, ssdp.byebye(self._device))
