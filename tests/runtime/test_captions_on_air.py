"""The captions of a channel that plays, with real ffmpeg: as items follow each other, and where one fails."""

from __future__ import annotations

import asyncio
import os
import signal
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from decoding import ffmpeg, probed
from studio import GOOD, Studio, of_films, timeline_of, until
from web_vtt import Cue, read_cues

from exstv.timeline.model import Media
from runtime.channel import ChannelPlayer
from runtime.hls import TEXT
from runtime.status import Step

pytestmark = [pytest.mark.ffmpeg, pytest.mark.usefixtures("patient")]
ITEM_MS = 3_000
FILM_SECONDS = 60


def film(folder: Path, name: str) -> Media:
    """A minute with one text that stands all along."""
    text, path = folder / f"{name}.srt", folder / f"{name}.mkv"
    text.write_text(f"1\n00:00:00,000 --> 00:01:00,000\n{name}\n")
    ffmpeg(
        *("-f", "lavfi", "-i", f"{GOOD}:d={FILM_SECONDS}", "-i", text, "-map", 0, "-map", 1),
        *("-c:v", "libx264", "-preset", "ultrafast", f"file:{path}"),
    )
    return Media(
        id=name,
        source="films",
        kind="movie",
        title=name,
        duration_ms=FILM_SECONDS * 1000,
        locator=path.name,
        streams=msgspec.json.encode(probed(path).streams).decode(),
    )


async def cues_of(player: ChannelPlayer, many: int) -> list[Cue]:
    """The first so many cues that a player of HLS is told of, with what is said of each at last."""
    known: dict[str, Cue] = {}
    while len(known) < many:
        for line in (await player.hls.playlist("", TEXT)).decode().splitlines():
            if line.endswith(TEXT):
                known |= {cue.name: cue for cue in read_cues(player.hls.segment(line))}
        await asyncio.sleep(0.1)
    return [*known.values()][:many]


async def test_each_item_has_its_own_text_and_no_other(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    films = [film(tmp_path, name) for name in ("ebb", "flow")]
    timeline = timeline_of(studio.clock.now_ms(), films, ITEM_MS)
    async with studio.on_air(of_films(timeline, tmp_path)) as player:
        player.follow()
        cues = await cues_of(player, 3)
    for one, two in pairwise(cues):
        assert one.text != two.text and one.finish == two.start
    assert cues[1].finish - cues[1].start == 90 * ITEM_MS


async def test_the_text_of_an_item_that_fails_ends_with_its_pictures(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    timeline = timeline_of(studio.clock.now_ms(), [film(tmp_path, "ebb")], FILM_SECONDS * 1000)
    async with studio.on_air(of_films(timeline, tmp_path)) as player:
        player.follow()
        await cues_of(player, 1)
        pid = (await until(player, Step.ITEM)).pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        first, second = await cues_of(player, 2)
    assert first.text == second.text == "ebb" and first.finish <= second.start
