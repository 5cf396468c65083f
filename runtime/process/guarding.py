"""Keeps the guardian running, which ends our children should this process be killed. See guardian.py."""

from __future__ import annotations

import asyncio
import logging
import sys

from exstv.clock import Clock
from runtime.process import guardian
from runtime.process.pool import ProcessPool, SpawnSpec

log = logging.getLogger(__name__)

RETRY_SECONDS = 1.0


class Guarding:
    """Owner of the guardian's process; `run` is its task."""

    def __init__(self, pool: ProcessPool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def run(self) -> None:
        """Starts a guardian, and another one whenever it ended, until cancelled."""
        argv = [sys.executable, "-P", guardian.__file__, self._pool.mark]
        while True:
            spec = SpawnSpec(argv, "guardian", self._clock.monotonic(), limited=False, held=True)
            try:
                async with self._pool.lease(spec) as child:
                    kind = await child.wait()
                    log.error("guardian gone exit=%s why=%s", kind, child.words)
            except OSError as error:
                log.error("guardian does not start why=%s", error)
            await asyncio.sleep(RETRY_SECONDS)
