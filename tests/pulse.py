"""When this machine stands still: what a test of a server's pace must not blame the server for.

Two cores that compile and encode for three tests at once may let anybody wait for seconds.
"""

from __future__ import annotations

import threading
import time

BEAT_SECONDS = 0.05
MISSED_SECONDS = 0.05
"""A beat that is later than this was missed: less is how any machine runs."""


class Pulse:
    """A thread that is to wake all the time for the length of the block, and notes when it did not."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._noting = threading.Lock()
        self._stops: list[tuple[float, float]] = []
        self._due = time.monotonic() + BEAT_SECONDS
        self._thread = threading.Thread(target=self._beat)

    def __enter__(self) -> Pulse:
        self._due = time.monotonic() + BEAT_SECONDS
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def stood(self, since: float, until: float) -> float:
        """For how long between two monotonic seconds nothing went on here."""
        with self._noting:
            stops = [*self._stops, (self._due, until)]
        return sum(max(0.0, min(end, until) - max(begin, since)) for begin, end in stops)

    def _beat(self) -> None:
        while not self._over.wait(max(0.0, self._due - time.monotonic())):
            with self._noting:
                now = time.monotonic()
                if now - self._due > MISSED_SECONDS:
                    self._stops.append((self._due, now))
                self._due = now + BEAT_SECONDS
