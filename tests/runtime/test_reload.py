"""What is followed from the first moment on, and not only once the watch stands."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from studio import Studio, card, timeline_of

from exstv.timeline import versions
from runtime.reload import Reloader, ReloadPlan

pytestmark = pytest.mark.ffmpeg


async def test_what_was_saved_before_anybody_watched_is_compiled(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    station, compiled = tmp_path / "station", tmp_path / "compiled"
    station.mkdir()
    versions.timeline_dir(tmp_path / "state").mkdir(parents=True)
    file = station / "station.yaml"
    file.write_text("station: {name: Harbour}\n")
    async with studio.on_air(timeline_of(studio.clock.now_ms(), [card("a")], 60_000)):
        later = studio.clock.now_ms() / 1000 + 60
        os.utime(file, (later, later))
        plan = ReloadPlan(station, tmp_path / "state", ("touch", str(compiled)), watch=True)
        following = asyncio.create_task(
            Reloader(plan, studio.live, studio.pool, studio.clock, lambda: None).run()
        )
        async with asyncio.timeout(30):
            while not compiled.exists():
                await asyncio.sleep(0.05)
        following.cancel()
        await asyncio.wait({following})
