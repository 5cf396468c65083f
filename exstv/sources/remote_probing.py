"""Probes what is on other servers: the same workers as for files, which fetch through the relay.

So a worker opens nothing but what it was sent to, and keys go to their own server only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from exstv.sources.base import UrlInput
from exstv.sources.probed import Answer
from exstv.sources.probing import ProbeSpec, probe_files
from exstv.sources.relay import Relay


def probe_remote(
    inputs: Mapping[str, UrlInput], progress: Callable[[str], None], spec: ProbeSpec | None = None
) -> dict[str, Answer]:
    """Probes every input, by ids; `progress` is called in another thread as each one ends."""
    return asyncio.run(_probe(inputs, progress, spec)) if inputs else {}


async def _probe(
    inputs: Mapping[str, UrlInput], progress: Callable[[str], None], spec: ProbeSpec | None
) -> dict[str, Answer]:
    async with Relay() as relay:
        ids = {relay.address_of(remote): id_ for id_, remote in inputs.items()}
        answers = await asyncio.to_thread(
            probe_files, list(ids), lambda address: progress(ids[address]), spec
        )
    return {ids[address]: answer for address, answer in answers.items()}
