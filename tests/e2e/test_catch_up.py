"""Catch-up as players meet it, over HTTP: the right pictures from any instant on, and nobody disturbed."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import numpy as np
import pytest
from decoding import ffmpeg, pictures, tone
from hls_rules import Judge
from stations import LONG, write_station
from watching import PATIENCE_SECONDS, Server, Viewer, check_stream, poll_hls, watch, watch_in_time

from exstv.clock import to_iso
from exstv.timeline import versions
from exstv.timeline.model import PlayoutItem
from exstv.timeline.query import TimelineReader

pytestmark = pytest.mark.ffmpeg
PutOnAir = Callable[..., Server]
VIDEO = "testsrc2=s=320x180:r=30"
FRAME_MS = 1000 / 30
TONES = {"alpha:p0": 300, "alpha:p1": 340, "cards:ident": 800}


@pytest.fixture
def station(tmp_path: Path) -> Path:
    """A channel of short items and one of long ones, whose day began three hours ago: no junction is near."""
    folder = write_station(tmp_path / "past", {"alpha": (4, 5), "beta": LONG}, video=VIDEO)
    began = datetime.now(UTC) - timedelta(hours=3)
    path = folder / "station.yaml"
    path.write_text(path.read_text().replace('"06:00"', f'"{began:%H:%M}"'))
    return folder


@pytest.fixture
def cinema(station: Path) -> Path:
    """A channel of two films of 6 s more, the second in negative colours."""
    (station / "media").mkdir()
    for name, source in (("First (1961)", VIDEO), ("Second (1962)", f"{VIDEO},negate")):
        path = station / "media" / f"{name}.mkv"
        ffmpeg("-f", "lavfi", "-i", source, "-t", 6, "-c:v", "libx264", "-preset", "ultrafast", path)
    (station / "films.yaml").write_text(
        "sources:\n  films: {type: local, path: media, kind: movie}\n"
        "channels:\n  cinema: {number: 9, name: Cinema, schedule: films}\n"
        "schedules:\n  films: {kind: loop, items: [{play: films, order: listed, mode: flood}]}\n"
    )
    return station


def rows(station: Path, channel: str) -> tuple[int, tuple[PlayoutItem, ...]]:
    """The start of the history, and the rows of its first minutes."""
    path = versions.current(station / ".exstv")
    assert path is not None
    reader = TimelineReader.open(path)
    start_ms = reader.header.start_ms
    found = reader.items(channel, start_ms, start_ms + 600_000)
    reader.close()
    return start_ms, found


def nearest(picture: np.ndarray, film: Path) -> int:
    """The frame of a film that a picture shows."""
    raw = ffmpeg("-i", film, "-f", "rawvideo", "-pix_fmt", "rgb24", "-")
    frames = np.frombuffer(raw, np.uint8).reshape(-1, 180, 320, 3)
    apart = [float(np.abs(picture - frame.astype(int)).mean()) for frame in frames]
    assert min(apart) < 6, min(apart)
    return int(np.argmin(apart))


def no_encoders(server: Server) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while server.encoders():
        assert time.monotonic() < deadline, server.log
        time.sleep(0.1)


def test_it_begins_at_the_instant_to_the_frame_and_goes_on_over_junctions(
    cinema: Path, put_on_air: PutOnAir, tmp_path: Path
) -> None:
    server = put_on_air(cinema)
    first, second = sorted((cinema / "media").iterdir())
    _, items = rows(cinema, "cinema")
    item = next(each for each in items[5:] if each.media_id and "First" in each.media_id)
    at_ms = item.start_ms + 1_500
    capture = watch_in_time(server, f"/iptv/channel/9.ts?at={at_ms // 1000}.{at_ms % 1000:03}", seconds=6.5)
    check_stream(capture, tmp_path, FRAME_MS)
    shown = pictures(bytes(capture.data))
    assert nearest(shown[0], first) == 45 and nearest(shown[134], first) == 179
    assert nearest(shown[135], second) == 0 and nearest(shown[175], second) == 40
    sent = server.wait_for_line(f"plan={to_iso(at_ms)} frames=135 outcome=played")
    assert "catch-up sent channel=cinema " in sent
    no_encoders(server)
    assert "Traceback" not in server.log
    # It is not what the channel aired.
    assert server.get("/api/v1/channels/9/as-run").json()["entries"] == []


def test_the_sound_is_the_item_s(station: Path, put_on_air: PutOnAir) -> None:
    server = put_on_air(station)
    _, items = rows(station, "alpha")
    for media_id, hertz in TONES.items():
        item = next(each for each in items[3:] if each.media_id == media_id)
        # The zone's `+` arrives as a space.
        at = to_iso(item.start_ms + 1000).replace("Z", "+00:00")
        capture = watch_in_time(server, f"/iptv/channel/1.ts?at={at}", seconds=0.5)
        assert tone(bytes(capture.data)) == pytest.approx(hertz, abs=5)


def test_no_more_than_allowed_and_the_live_viewers_notice_nothing(
    station: Path, put_on_air: PutOnAir, tmp_path: Path
) -> None:
    server = put_on_air(station, EXSTREAMTV_SERVER__MAX_CATCHUP="1")
    start_ms, _ = rows(station, "beta")
    past = f"/iptv/channel/2.ts?at={start_ms // 1000 + 60}"
    live = Viewer(server, "/iptv/channel/2.ts")
    server.wait_for_item(2)
    live.wait_for_seconds(2)
    shown = server.log.count("on air channel=beta ")
    first = Viewer(server, past)
    first.wait_for_seconds(1)
    refused = [server.get(past), server.get(past.replace(".ts", ".m3u8")), server.http.head(past)]
    assert [each.status_code for each in refused] == [503] * 3
    assert all(int(each.headers["retry-after"]) > 0 for each in refused)
    server.until("/", 'id="catch-up"', "Beta, catch-up: Beta 0", "1 viewer<")
    first.wait_for_seconds(4)
    first.leave()
    server.wait_for_line("catch-up ended channel=beta")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(server.encoders()) > 1:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert 'id="catch-up"' not in server.get("/").text
    live.wait_for_seconds(8)
    capture = live.leave()
    check_stream(capture, tmp_path, FRAME_MS)
    assert server.log.count("on air channel=beta ") == shown
    # The place is free again, and the tuners were not touched.
    assert len(watch(server, past, seconds=1).data) > 0
    assert all(set(tuner) == {"Resource"} for tuner in server.get("/status.json").json())


def test_hls_is_one_session_a_player_whose_dates_are_the_plan_s(station: Path, put_on_air: PutOnAir) -> None:
    server = put_on_air(station, EXSTREAMTV_HLS__SESSION_TIMEOUT="10s")
    start_ms, _ = rows(station, "alpha")
    at_ms = start_ms + 61_000
    # The same instant in two spellings: the first with its `+` as it was written.
    path = f"/iptv/channel/1.m3u8?at={to_iso(at_ms)[:-1]}+00:00"
    judge = Judge(slack=1.2)
    segments = poll_hls(server, path, judge, 9)
    assert judge.broken == []
    entries = sorted(judge.seen.values(), key=lambda entry: entry.sequence)
    assert entries[0].at == pytest.approx(at_ms / 1000, abs=0.001) and len(entries) > 5
    assert server.get(f"/iptv/channel/1.m3u8?at={at_ms // 1000}").status_code == 200
    # Another player has its own.
    other = httpx.get(server.base + path, headers={"user-agent": "another"}, timeout=PATIENCE_SECONDS)
    assert other.status_code == 200
    first = next(iter(segments))
    server.wait_for_line("catch-up ended", times=2)
    assert server.log.count("catch-up begins") == 2
    no_encoders(server)
    assert server.get(f"/iptv/channel/{first}").status_code == 404
    assert "Traceback" not in server.log


def test_what_cannot_be_played_is_refused_in_words(station: Path, put_on_air: PutOnAir) -> None:
    server = put_on_air(station)
    start_ms, _ = rows(station, "alpha")
    now = int(time.time())
    cases = {
        "": (400, "no instant"),
        "-5": (400, "no instant"),
        "yesterday": (400, "no instant"),
        f"{now * 1000}": (400, "milliseconds"),
        f"{start_ms // 1000 - 1}": (404, "not in the history"),
        "1969-01-01T00:00Z": (400, "no instant"),
        f"{now + 3600}": (404, "still to come"),
        "%FF%00": (400, "no instant"),
    }
    for at, (status, words) in cases.items():
        for kind in ("ts", "m3u8"):
            path = f"/iptv/channel/1.{kind}?at={at}"
            for answer in (server.get(path), server.http.head(path)):
                assert answer.status_code == status, path
            assert words in server.get(path).text, path
    assert server.get(f"/iptv/channel/9.ts?at={now - 60}").status_code == 404
    assert server.http.head(f"/iptv/channel/1.ts?at={now - 60}").status_code == 200
    assert server.http.head(f"/iptv/channel/1.m3u8?at={now - 60}").status_code == 200
    assert server.encoders() == [] and "catch-up begins" not in server.log


def test_start_is_the_beginning_of_what_is_on_and_a_new_timeline_changes_nothing(
    station: Path, put_on_air: PutOnAir, tmp_path: Path
) -> None:
    server = put_on_air(station)
    viewer = Viewer(server, "/iptv/channel/2.ts?at=start")
    viewer.wait_for_seconds(1)
    path = versions.current(station / ".exstv")
    assert path is not None
    reader = TimelineReader.open(path)
    now_ms = int(time.time() * 1000)
    programme = reader.programmes(now_ms, now_ms + 1, "beta")[0]
    reader.close()
    assert f"session=beta@{to_iso(programme.start_ms)}/" in server.wait_for_line("catch-up begins")
    text = (station / "alpha.yaml").read_text()
    (station / "alpha.yaml").write_text(text.replace("name: Alpha", "name: Gamma"))
    server.until("/iptv/channels.m3u", ",Gamma")
    viewer.wait_for_seconds(5)
    check_stream(viewer.leave(), tmp_path, FRAME_MS)
    assert server.log.count("catch-up begins") == 1 and "Traceback" not in server.log


def test_the_playlist_offers_it_and_its_template_works(station: Path, put_on_air: PutOnAir) -> None:
    server = put_on_air(station)
    start_ms, _ = rows(station, "beta")
    text = server.get("/iptv/channels.m3u").text
    template = f"{server.base}/iptv/channel/2.ts?at={{utc}}"
    assert f'catchup="default" catchup-source="{template}" catchup-days="1"' in text
    address = template.replace("{utc}", str(start_ms // 1000 + 5)).removeprefix(server.base)
    assert len(watch(server, address, seconds=1).data) > 0
    hls = server.get("/iptv/channels.m3u?type=m3u8").text
    assert f'catchup-source="{server.base}/iptv/channel/2.m3u8?at={{utc}}"' in hls
    assert "catchup" not in server.get("/lineup.m3u").text
