"""A channel player over a hand-made timeline, with real ffmpeg: what tests of the playout share."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from decoding import FFMPEG
from stations import HD

from exstv.asrun.entry import AsRunEntry
from exstv.clock import SystemClock
from exstv.timeline import store
from exstv.timeline.model import (
    Channel,
    ChannelPresentation,
    Fallback,
    Header,
    ItemKind,
    Media,
    PlayoutItem,
    Programme,
    ProgrammeKind,
    Source,
    Timeline,
)
from runtime.asking import Asker
from runtime.channel import ChannelPlayer
from runtime.cue import Kit
from runtime.fanout import Viewer
from runtime.hardware import HardwareRack, this_machine
from runtime.live import LiveTimeline
from runtime.mpegts.demux import Demuxer
from runtime.process.guards import PoolLimits, Resources, machine_resources
from runtime.process.pool import ProcessPool
from runtime.relaying import Relaying
from runtime.slate import SlateRack
from runtime.status import ChannelStatus, Step
from runtime.wardrobe import Wardrobe

TSCHECK = Path(__file__).parents[2] / "shared" / "tools" / "tscheck.py"
PROFILE = msgspec.structs.replace(
    HD,
    name="small",
    width=160,
    height=90,
    frame_rate_num=25,
    video_bitrate=200_000,
    preset="ultrafast",
    gop_ms=1000,
    audio_bitrate=64_000,
    deinterlace="off",
)
SCRIPT = """#!/bin/sh
# Plays badly what is called "bad", by the tone of its sound.
case "$*" in
*sine=f=13:*) {bad} ;;
*) exec {ffmpeg} "$@" ;;
esac
"""
GOOD, BROKEN = "testsrc2=s=160x90:r=25", "nosuchfilter=s=160x90"


class ShiftedClock(SystemClock):
    """The machine's clock, whose wall time can be stepped."""

    shift_ms = 0

    def now_ms(self) -> int:
        return super().now_ms() + self.shift_ms


def card(name: str, video: str = GOOD) -> Media:
    locator = json.dumps({"video": video, "audio": "sine=f=440:r=48000"})
    return Media(id=name, source="cards", kind="clip", title=name, duration_ms=60_000, locator=locator)


def bad(name: str = "bad") -> Media:
    """An item that a script in ffmpeg's place knows."""
    return msgspec.structs.replace(card(name), locator=card(name).locator.replace("f=440", "f=13"))


def play_badly(studio: Studio, command: str) -> None:
    """Lets a script stand in for ffmpeg."""
    path = studio.folder / "ffmpeg.sh"
    path.write_text(SCRIPT.format(bad=command.replace("FFMPEG", studio.ffmpeg), ffmpeg=studio.ffmpeg))
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    studio.ffmpeg = str(path)


def timeline_of(
    start_ms: int,
    media: list[Media],
    item_ms: int,
    fallbacks: tuple[str, ...] = (),
    *,
    length_ms: int = 600_000,
) -> Timeline:
    """Ten minutes or more of the media in turn, each as long as the others."""
    shown = [each for each in media if each.id not in fallbacks]
    items, programmes = [], []
    for seq in range(length_ms // item_ms):
        first_ms = start_ms + seq * item_ms
        each = shown[seq % len(shown)]
        items.append(
            PlayoutItem(
                channel="one",
                seq=seq,
                start_ms=first_ms,
                finish_ms=first_ms + item_ms,
                in_point_ms=0,
                out_point_ms=item_ms,
                media_id=each.id,
                kind=ItemKind.CONTENT,
                programme_id=f"p{seq}",
                rule=f"one › {each.id}",
                file="one.yaml",
                line=1,
            )
        )
        programmes.append(
            Programme(
                channel="one",
                id=f"p{seq}",
                kind=ProgrammeKind.PROGRAMME,
                start_ms=first_ms,
                finish_ms=first_ms + item_ms,
                title=each.title,
            )
        )
    header = Header(
        version=1,
        digest="",
        inputs="",
        commit=None,
        lock_digest="",
        station="test",
        timezone="UTC",
        start_ms=start_ms,
        finish_ms=items[-1].finish_ms,
        built_at_ms=start_ms,
        compiled_for_ms=start_ms,
    )
    return Timeline(
        header=header,
        channels=(
            Channel(key="one", number="1", name="One", xmltv_id="one.test", timezone="UTC", profile="small"),
        ),
        profiles=(PROFILE,),
        sources=(Source(name="cards", type="lavfi", definition='{"items":[]}'),),
        media=tuple(media),
        items=tuple(items),
        programmes=tuple(programmes),
        fallbacks=tuple(
            Fallback(channel="one", position=n, media_id=name) for n, name in enumerate(fallbacks)
        ),
        anchors=(),
    )


def of_films(timeline: Timeline, folder: Path) -> Timeline:
    """A timeline of films in a folder, whose subtitles are sent beside the pictures."""
    definition = json.dumps(
        {"exclude": [], "follow_symlinks": False, "include": [], "kind": "auto", "path": str(folder)}
    )
    worn = ChannelPresentation(channel="one", id=0, subtitle_mode="any", subtitle_render="embed")
    films = Source(name="films", type="local", definition=definition)
    return msgspec.structs.replace(timeline, sources=(*timeline.sources, films), presentations=(worn,))


@dataclass
class Studio:
    """A channel player with all it needs, over timelines that a test writes."""

    folder: Path
    clock: ShiftedClock = field(default_factory=ShiftedClock)
    limits: PoolLimits = field(default_factory=PoolLimits)
    resources: Callable[[], Resources] = machine_resources
    ffmpeg: str = FFMPEG
    """The embedded one: it starts in a sixth of the time, as it has no libraries to find."""
    written: int = 0
    aired: list[AsRunEntry] = field(default_factory=list)
    kit: Kit = field(init=False)

    @contextlib.asynccontextmanager
    async def on_air(self, timeline: Timeline) -> AsyncIterator[ChannelPlayer]:
        self.relay = await Relaying().__aenter__()
        self.pool = ProcessPool(self.limits, self.clock, self.resources)
        self.live = LiveTimeline(self.write(timeline))
        slates = SlateRack(self.pool, self.ffmpeg, self.clock)
        await slates.get(PROFILE)
        wardrobe = Wardrobe(self.pool, self.ffmpeg, self.clock, lambda: self.folder, self.folder / "state")
        await wardrobe.filters()
        hardware = HardwareRack(self.pool, self.clock, this_machine(self.ffmpeg), self.folder / "state")
        self.kit = Kit(
            self.live,
            self.pool,
            slates,
            self.clock,
            self.ffmpeg,
            self.folder,
            os.environ,
            wardrobe,
            hardware,
            self.relay,
            Asker(),
            self.aired.append,
        )
        player = ChannelPlayer(self.kit, "one")
        task = asyncio.create_task(player.run())
        try:
            yield player
        finally:
            task.cancel()
            await asyncio.wait({task})
            await wardrobe.close()
            await hardware.close()
            await self.pool.close()
            await self.relay.__aexit__(None, None, None)
            self.live.close()

    def write(self, timeline: Timeline) -> Path:
        self.written += 1
        path = self.folder / f"t{self.written}.duckdb"
        store.write(timeline, path)
        return path

    def running(self) -> list[int]:
        return [entry.pid for entry in self.pool.status() if entry.exit is None]


async def capture(viewer: Viewer, frames: int) -> bytes:
    """Receives until so many video frames have come."""
    data, demuxer, seen = bytearray(), Demuxer({0x1B}, {0x0F}), 0
    while seen < frames:
        more = await viewer.read()
        assert more, "the stream ended"
        data += more
        seen += sum(1 for pes in demuxer.feed(more) if pes.video)
    return bytes(data)


def frames_of(data: bytes) -> int:
    """How many pictures a capture holds."""
    demuxer = Demuxer({0x1B}, {0x0F})
    return sum(1 for pes in [*demuxer.feed(data), *demuxer.flush()] if pes.video)


def assert_unbroken(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "capture.ts"
    path.write_bytes(data)
    done = subprocess.run([sys.executable, TSCHECK, "--json", path], capture_output=True, check=False)
    found = json.loads(done.stdout)
    assert done.returncode == 0 and found["events"] == {}, found
    assert found["pid_0x100"]["max_dts_step"] == found["pid_0x100"]["min_dts_step"] == 0.04


async def playing(player: ChannelPlayer, frames: int = 1) -> AsRunEntry:
    """Waits until so many pictures of a planned item have gone out, and gives its entry so far.

    A machine that is busy may begin with the slate.
    """
    while (entry := player.so_far()) is None or entry.step != Step.ITEM or entry.frames < frames:
        await asyncio.sleep(0.02)
    return entry


async def until(player: ChannelPlayer, wanted: Step, item: str | None = None) -> ChannelStatus:
    while True:
        status = player.status()
        if status.step is wanted and (item is None or (status.item and status.item.media_id == item)):
            return status
        await asyncio.sleep(0.02)
