"""Subtitle pictures beside a channel's pictures, with real ffmpeg: what its stream says of them, and when."""

from __future__ import annotations

import itertools
from pathlib import Path

import msgspec
import pytest
from decoding import bitmap_subtitles, ffmpeg, probed
from studio import GOOD, Studio, assert_unbroken, capture, card, of_films, timeline_of

from exstv.catalog.model import Stream
from exstv.timeline import store
from exstv.timeline.model import Media, Timeline
from exstv.timeline.query import TimelineReader
from runtime.carried import carried_language
from runtime.mpegts.demux import Demuxer
from runtime.mpegts.display import read_display
from runtime.mpegts.packet import CLOCK, PACKET
from runtime.mpegts.tables import PMT_PID, read_pmt, read_section

PGS = Stream(index=1, type="subtitle", codec="hdmv_pgs_subtitle", language="dut")
TEXT = Stream(index=2, type="subtitle", codec="subrip", language="dut")
ITEM_MS = 3_000


def film(folder: Path, name: str) -> Media:
    """Twenty seconds with a picture that stands from the second second on."""
    box, path = folder / f"{name}.sup", folder / f"{name}.mkv"
    box.write_bytes(bitmap_subtitles((1920, 1080), (480, 810, 960, 120), (2_000, 20_000)))
    ffmpeg(
        "-copyts",
        *("-f", "lavfi", "-i", f"{GOOD}:d=20", "-i", box, "-map", 0, "-map", 1),
        *("-c:v", "libx264", "-preset", "ultrafast", "-c:s", "copy", "-metadata:s:s:0", "language=dut"),
        f"file:{path}",
    )
    streams = msgspec.json.encode(probed(path).streams).decode()
    return msgspec.structs.replace(
        card(name), source="films", locator=path.name, streams=streams, duration_ms=20_000
    )


def standing(data: bytes) -> list[tuple[int, bool]]:
    """Each page that is sent: its time, and whether something is on it."""
    demuxer = Demuxer((), {0x06})
    units = [*demuxer.feed(data), *demuxer.flush()]
    pages = [(unit.pts, read_display(unit.elementary())) for unit in units]
    return [(pts, bool(page.regions)) for pts, page in pages if page.size is not None]


def spans_in(data: bytes) -> list[float]:
    """For how many seconds pictures stood, of all that were taken off again."""
    changes = [next(group) for _, group in itertools.groupby(standing(data), key=lambda page: page[1])]
    return [(b[0] - a[0]) / CLOCK for a, b in itertools.pairwise(changes) if a[1]]


def maps(data: bytes) -> set[tuple[tuple[int, int], ...]]:
    found = set()
    for at in range(0, len(data) - PACKET + 1, PACKET):
        packet = data[at : at + PACKET]
        if (packet[1] & 31) << 8 | packet[2] == PMT_PID and (section := read_section(packet)):
            found.add(tuple(read_pmt(section).items()))
    return found


@pytest.mark.ffmpeg
@pytest.mark.usefixtures("patient")
async def test_pictures_stand_in_their_items_and_the_stream_has_them_from_first_to_last(
    tmp_path: Path,
) -> None:
    studio = Studio(tmp_path)
    media = [film(tmp_path, "ebb"), card("card")]
    timeline = of_films(timeline_of(studio.clock.now_ms(), media, ITEM_MS), tmp_path)
    async with studio.on_air(timeline) as player:
        viewer, data = player.join(), b""
        while not spans_in(data):
            data += await capture(viewer, 50)
        player.leave(viewer)
    assert_unbroken(data, tmp_path)
    assert maps(data) == {((0x100, 0x1B), (0x101, 0x0F), (0x102, 0x06))}
    # The film's last second, or what is left of that where its process was late.
    assert all(0 < span <= 1.04 for span in spans_in(data))


@pytest.mark.ffmpeg
@pytest.mark.usefixtures("patient")
async def test_a_stream_that_began_without_pictures_has_the_same_tables_when_they_come(
    tmp_path: Path,
) -> None:
    studio = Studio(tmp_path)
    now_ms = studio.clock.now_ms()
    before, after = (
        of_films(timeline_of(now_ms, media, 2_000), tmp_path)
        for media in ([card("other")], [card("card"), film(tmp_path, "ebb")])
    )
    async with studio.on_air(before) as player:
        viewer = player.join()
        data = await capture(viewer, 25)
        await studio.live.swap(studio.write(after))
        player.retune(always_on=False)
        while (item := player.status().item) is None or item.media_id != "ebb":
            data += await capture(viewer, 5)
        data += await capture(viewer, 25)
        player.leave(viewer)
    assert maps(data) == {((0x100, 0x1B), (0x101, 0x0F))}


def timeline_in(folder: Path, *media: Media, render: str = "embed") -> Timeline:
    timeline = of_films(timeline_of(0, list(media), 60_000), folder)
    worn = tuple(msgspec.structs.replace(each, subtitle_render=render) for each in timeline.presentations)
    return msgspec.structs.replace(timeline, presentations=worn)


@pytest.mark.parametrize(
    ("streams", "render", "language"),
    [
        ((PGS,), "embed", "nld"),
        # Text is picked first, then nothing is carried, as where all is drawn.
        ((PGS, TEXT), "embed", None),
        ((TEXT,), "embed", None),
        ((PGS,), "burn", None),
    ],
)
def test_what_a_stream_carries_is_settled_by_what_is_picked_of_all_media(
    streams: tuple[Stream, ...], render: str, language: str | None, tmp_path: Path
) -> None:
    listed = msgspec.json.encode(streams).decode()
    media = [card("plain"), msgspec.structs.replace(card("film"), streams=listed)]
    path = tmp_path / "t.duckdb"
    store.write(timeline_in(tmp_path, *media, render=render), path)
    reader = TimelineReader.open(path)
    try:
        assert carried_language(reader, "one") == language
    finally:
        reader.close()
