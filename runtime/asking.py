"""Asks what may never answer: who opens a file of a server that is gone hangs, and no thread can be ended.

Each question has a thread of its own, some at once for each source, and who asks waits only as long as it can
spare. Nothing else runs in these threads: what hangs holds up neither another source, nor what the server's
own threads do, nor its end.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar, cast

from exstv.errors import ExstvError

T = TypeVar("T")

MOST_A_SOURCE = 16
"""Threads that ask one source: with as many hanging it is asked nothing more until one comes back."""


class NoAnswer(ExstvError):
    """A source has not answered in time; the message says which."""


class Asker:
    """Owner of the threads that ask sources, and of each source's places for them."""

    def __init__(self, most_a_source: int = MOST_A_SOURCE) -> None:
        self._most = most_a_source
        self._places: dict[str, asyncio.Semaphore] = {}

    async def ask(self, source: str, question: Callable[[], T], until: float) -> T:
        """Gives the answer, or raises what asking raised. Raises NoAnswer at a loop time."""
        places = self._places.setdefault(source, asyncio.Semaphore(self._most))
        try:
            async with asyncio.timeout_at(until):
                await places.acquire()
                return await _answer(source, question, places)
        except TimeoutError:
            raise NoAnswer(f"the source `{source}` does not answer") from None


def _answer(source: str, question: Callable[[], T], places: asyncio.Semaphore) -> asyncio.Future[T]:
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def settle(found: T | None, error: Exception | None) -> None:
        places.release()
        if answer.done():
            # Who asked has gone.
            return
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(cast(T, found))

    def work() -> None:
        found, wrong = None, None
        try:
            found = question()
        except Exception as error:
            # The thread's root: what went wrong is for who asked.
            wrong = error
        # The server may have gone meanwhile.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, found, wrong)

    threading.Thread(target=work, name=f"asks {source}", daemon=True).start()
    return answer
