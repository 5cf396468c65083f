"""The server's way to what is on other servers: the relay, started for the first item that comes from one.

It takes an HTTP client and certificates along, a tenth of all that a server loads, and many stations play
nothing but what is here.
"""

from __future__ import annotations

import asyncio
import importlib
from types import TracebackType
from typing import TYPE_CHECKING, Self

from exstv.errors import ExstvError
from exstv.sources.base import Opened, PlayableInput, UrlInput

if TYPE_CHECKING:
    from exstv.sources.relay import Relay


class Relaying:
    """Owner of the relay."""

    def __init__(self) -> None:
        self._starting: asyncio.Task[Relay] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._starting is not None:
            await asyncio.wait({self._starting})
            if self._starting.exception() is None:
                await self._starting.result().__aexit__(kind, error, trace)

    async def open(self, playable: PlayableInput) -> Opened:
        """Gives what ffmpeg may open in the place of an input; what is not remote it opens itself.

        Nothing is open where this is cancelled. Raises ExstvError if the relay does not start.
        """
        if not isinstance(playable, UrlInput):
            return Opened(playable, lambda: None)
        if self._starting is None or _failed(self._starting):
            self._starting = asyncio.create_task(_started())
        try:
            relay = await asyncio.shield(self._starting)
        except OSError as error:
            raise ExstvError(f"nothing can be fetched from other servers: {error}") from error
        return relay.open(playable)


def _failed(task: asyncio.Task[Relay]) -> bool:
    return task.done() and task.exception() is not None


async def _started() -> Relay:
    # In a thread: the channels that are on air could not stand still for so long.
    module = await asyncio.to_thread(importlib.import_module, "exstv.sources.relay")
    relay: Relay = module.Relay()
    return await relay.__aenter__()
