"""What is followed from the first moment on, and not only once the watch stands."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from studio import Studio, card, timeline_of

from exstv.timeline import store, versions
from runtime.reload import Reloader, ReloadPlan

pytestmark = pytest.mark.ffmpeg
PATIENCE_SECONDS = 60.0
"""Only ends a hang."""


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
        await follow(studio, plan, compiled.exists)


async def test_what_was_published_before_anybody_watched_goes_on_air(tmp_path: Path) -> None:
    studio, published = Studio(tmp_path), versions.path_of(tmp_path / "state", 2)
    published.parent.mkdir(parents=True)
    timeline = timeline_of(studio.clock.now_ms(), [card("a")], 60_000)
    store.write(timeline, published)
    async with studio.on_air(timeline):
        versions.point_at(published)
        plan = ReloadPlan(tmp_path / "station", tmp_path / "state", (), watch=False)
        await follow(studio, plan, lambda: studio.live.path == published)


async def follow(studio: Studio, plan: ReloadPlan, until: Callable[[], bool]) -> None:
    """Lets changes be followed until something has come of it."""
    reloader = Reloader(plan, studio.live, studio.pool, studio.clock, lambda: None)
    following = asyncio.create_task(reloader.run())
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not until():
            await asyncio.sleep(0.05)
    following.cancel()
    await asyncio.wait({following})
