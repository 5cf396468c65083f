"""How the tuner is found on the network: announced by SSDP, and by HDHomeRun's own protocol where wanted.

`Discovery` owns both for as long as the server listens. What cannot be opened is told and left: a tuner that
is not found still plays for everybody who has its address.
"""

from __future__ import annotations

import contextlib
import logging
import platform
from collections.abc import Iterator
from importlib.metadata import version

from exstv.settings import Settings
from runtime.services import Services
from runtime.tuner import packets, ssdp
from runtime.tuner.device import udn
from runtime.tuner.multicast import Announcer
from runtime.tuner.native import Tuner
from runtime.tuner.native_ports import Control, Finding, open_control, open_finding
from runtime.tuner.neighbours import Patience, Reach, is_discoverable

log = logging.getLogger(__name__)

SSDP, UDP = "ssdp", "udp"
_HTTP_PORT = 80


def ways(settings: Settings, listening: str) -> Iterator[str]:
    """By which of them a server can be found that listens there: none if that is this machine alone.

    Nor where a token is needed: who is told the address would be told the token.
    """
    tuner = settings.hdhomerun
    if tuner.enabled and settings.server.token is None and is_discoverable(listening):
        if tuner.ssdp:
            yield SSDP
        if tuner.udp:
            yield UDP


class Discovery:
    """Makes the tuner known from `start` to `close`."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._stack = contextlib.AsyncExitStack()

    async def start(self, listening: str, port: int) -> None:
        """Opens what is switched on; `listening` is the address that the server is bound to."""
        reach = Reach(listening, port)
        if not is_discoverable(listening):
            log.info("not discoverable: only %s is listened on", listening)
        if self._services.settings.server.token is not None:
            log.info("not discoverable: server.token is set, and nobody is told it")
        for way in ways(self._services.settings, listening):
            try:
                async with contextlib.AsyncExitStack() as opening:
                    await (self._announce(opening, reach) if way == SSDP else self._answer(opening, reach))
                    await self._stack.enter_async_context(opening.pop_all())
            except OSError as error:
                reason = (error.strerror or str(error)).lower()
                log.warning("not discoverable by=%s reason=%s", way, reason)
            else:
                log.info("discoverable by=%s", way)

    async def close(self) -> None:
        """Says good-bye and closes everything."""
        await self._stack.aclose()

    async def _announce(self, stack: contextlib.AsyncExitStack, reach: Reach) -> None:
        system = f"{platform.system()}/{platform.release()}"
        device = ssdp.Device(udn(self._services.device_id), f"{system} UPnP/1.0 exstv/{version('exstv')}")
        await Announcer(device, reach, Patience(self._services.clock), self._services.clock).open(stack)

    async def _answer(self, stack: contextlib.AsyncExitStack, reach: Reach) -> None:
        services = self._services
        tuner = Tuner(services.device_id, services.settings.hdhomerun.tuner_count)
        # Only a socket on all addresses hears a broadcast.
        await open_finding(stack, Finding(tuner, reach, Patience(services.clock)), ("0.0.0.0", packets.PORT))
        control = Control(tuner, services.tuned, Patience(services.clock))
        one = reach.listening if ":" not in reach.listening else "0.0.0.0"
        await open_control(stack, control, (one, packets.PORT))
        if reach.port != _HTTP_PORT:
            log.warning(
                "Jellyfin looks for a tuner that it found by UDP at port 80, exstv is at %d: add it there by"
                " hand (docs/config.md, hdhomerun.udp)",
                reach.port,
            )
