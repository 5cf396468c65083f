"""Subtitles beside the pictures, seen at work from outside: what a player of HLS reads, and when."""

from __future__ import annotations

import io
import os
import re
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import av
import browsing
import pytest
from decoding import bitmap_subtitles, ffmpeg
from hls_rules import Judge
from stations import write_station
from watching import POLL_SECONDS, Server, Viewer, check_stream, poll_hls, watch
from web_vtt import Cue, read_cues

from runtime.mpegts.subtitle_track import AGAIN

pytestmark = pytest.mark.ffmpeg
PutOnAir = Callable[..., Server]
CINEMA = """
sources:
  films: {type: local, path: media, kind: movie}
channels:
  cinema: {number: 9, name: Cinema, schedule: films, subtitles: {mode: any, languages: nl, render: embed}}
schedules:
  films: {kind: loop, items: [{play: films, mode: flood}]}
"""
FRAME_TICKS = 3000
FILM_SECONDS = 10


def make_film(folder: Path) -> None:
    """A black film that is white in every second second, and then its subtitles say which one that is."""
    text = folder / "film.srt"
    text.write_text(
        "".join(
            f"{n}\n00:00:{second:02},000 --> 00:00:{second + 1:02},000\n<i>{second}</i> & <b\n\n"
            for n, second in enumerate(range(0, FILM_SECONDS - 1, 2), start=1)
        )
    )
    ffmpeg(
        *("-f", "lavfi", "-i", f"color=black:s=160x90:r=30:d={FILM_SECONDS}", "-i", text),
        *("-map", 0, "-map", 1, "-vf", "drawbox=c=white:t=fill:enable='lt(mod(t,2),1)'"),
        *("-c:v", "libx264", "-g", 30, "-preset", "ultrafast", "-metadata:s:s:0", "language=dut"),
        f"file:{folder}/media/Harbour Nights (1961).mkv",
    )


def lights(stream: bytes) -> list[tuple[int, bool]]:
    """Each picture's place on the clock, and whether it is white."""
    with av.open(io.BytesIO(stream), format="mpegts") as container:
        return [
            (int(frame.pts or 0), bool(frame.to_ndarray(format="gray").mean() > 128))
            for frame in container.decode(video=0)
        ]


def attributes(line: str) -> dict[str, str]:
    return {key: value.strip('"') for key, value in re.findall(r'([A-Z-]+)=("[^"]*"|[^,]*)', line)}


def near_an_edge(pts: int, cues: list[Cue]) -> bool:
    return any(
        abs((pts - edge + (1 << 32)) % (1 << 33) - (1 << 32)) <= FRAME_TICKS
        for cue in cues
        for edge in (cue.start, cue.finish)
    )


@pytest.fixture
def server(tmp_path: Path, put_on_air: PutOnAir) -> Server:
    folder = write_station(tmp_path / "wired", {"alpha": (60,)})
    (folder / "media").mkdir()
    make_film(folder)
    (folder / "films.yaml").write_text(CINEMA)
    return put_on_air(folder)


def test_embedded_text_goes_out_in_hls_at_its_time(server: Server) -> None:
    assert f"{server.base}/iptv/channel/9.m3u8" in server.get("/iptv/channels.m3u").text
    listed = server.get("/iptv/channel/9.m3u8")
    lines = listed.text.splitlines()
    shown = attributes(next(line for line in lines if line.startswith("#EXT-X-MEDIA")))
    stream = attributes(next(line for line in lines if line.startswith("#EXT-X-STREAM-INF")))
    assert (shown["TYPE"], shown["LANGUAGE"], shown["DEFAULT"]) == ("SUBTITLES", "nl", "YES")
    assert stream["SUBTITLES"] == shown["GROUP-ID"]
    assert re.fullmatch(r"avc1\.42C0[0-9A-F]{2},mp4a\.40\.2", stream["CODECS"])
    pictures, texts = Judge(slack=POLL_SECONDS + 1.0), Judge(slack=POLL_SECONDS + 1.0, text=True)
    video = poll_hls(server, f"/iptv/channel/{lines[-1]}", pictures, 6)
    said = poll_hls(server, f"/iptv/channel/{shown['URI']}", texts, 1)
    assert pictures.broken == texts.broken == []
    both = pictures.seen.keys() & texts.seen.keys()
    assert len(both) >= 3
    for number in both:
        one, two = pictures.seen[number], texts.seen[number]
        assert (one.seconds, one.at, one.period) == (two.seconds, two.at, two.period)
        assert one.uri.replace(".ts", ".vtt") == two.uri
    cues = {cue.name: cue for data in said.values() for cue in read_cues(data)}
    found = lights(b"".join(video[pictures.seen[number].uri] for number in sorted(both)))
    wrong = [
        pts
        for pts, white in found
        if white != any(cue.shows(pts) for cue in cues.values()) and not near_an_edge(pts, [*cues.values()])
    ]
    assert len(found) > 80 and wrong == []
    seconds = [int(cue.text.partition("</i>")[0].removeprefix("<i>")) for cue in cues.values()]
    assert {cue.text.partition("</i>")[2] for cue in cues.values()} == {" &amp; &lt;b"}
    assert len(seconds) >= 2 and {(two - one) % FILM_SECONDS for one, two in pairwise(seconds)} == {2}
    # Whoever polls both playlists is one player.
    (session,) = server.get("/api/v1/sessions").json()["sessions"]
    assert session["protocol"] == "HLS"
    # ffmpeg reads them all as well: of live subtitles, those that are listed as it comes.
    address = f"{server.base}/iptv/channel/9.m3u8"
    assert b"</i> & <b" in ffmpeg(
        "-live_start_index", -6, "-i", address, "-map", "0:s", "-f", "srt", "pipe:1"
    )


@pytest.mark.skipif(bool(browsing.missing()) and "CI" not in os.environ, reason=browsing.missing())
def test_embedded_text_is_shown_by_hls_js_on_its_pictures(server: Server, tmp_path: Path) -> None:
    assert not browsing.missing()
    report = browsing.play(f"{server.base}/iptv/channel/9.m3u8", 5, tmp_path / "profile", look=True)
    assert [each for each in report["errors"] if each["fatal"]] == []
    cues = report["cues"]
    assert len(cues) >= 3 and len({(text, start) for start, _, text in cues}) == len(cues)
    frame = FRAME_TICKS / 90_000
    wrong = [
        (time, light)
        for time, light in report["shown"]
        if (light > 128) != any(start <= time < finish for start, finish, _ in cues)
        and all(abs(time - edge) > 1.5 * frame for start, finish, _ in cues for edge in (start, finish))
    ]
    assert len(report["shown"]) > 20 and wrong == [], cues


def test_who_watches_from_the_start_has_the_text_of_then(server: Server) -> None:
    listed = server.get("/iptv/channel/9.m3u8?at=start").text
    assert 'URI="9/subtitles.m3u8?at=start"' in listed and listed.endswith("\n9/video.m3u8?at=start\n")
    judge = Judge(slack=POLL_SECONDS + 1.0, text=True)
    segments = list(poll_hls(server, "/iptv/channel/9/subtitles.m3u8?at=start", judge, 1).values())
    assert judge.broken == [] and all(entry.uri.count("/") == 1 for entry in judge.seen.values())
    assert read_cues(segments[0])[0].text == "<i>0</i> &amp; &lt;b"


PICTURES = """
sources:
  discs: {type: local, path: media, kind: movie}
  copies: {type: local, path: copies, kind: movie}
channels:
  cinema: {number: 9, name: Cinema, schedule: films, subtitles: {mode: any, languages: nl, render: embed}}
  copied: {number: 8, name: Copied, schedule: kept, profile: own, subtitles: {mode: any, render: embed}}
schedules:
  films: {kind: loop, items: [{play: discs, mode: flood}]}
  kept: {kind: loop, items: [{play: copies, mode: flood}]}
profiles:
  own: {video: {codec: copy}}
"""
SCREEN = (1280, 720)
DISC_SECONDS = 4
BEHIND_SECONDS = 3
"""How far back what a new viewer is sent at once reaches at most."""


def make_disc(folder: Path, *, beside: bool) -> None:
    """A film whose left half is white in every second second, and then its subtitles are its right half.

    Beside the film its last ones have no end: nothing but the item's takes them off.
    """
    folder.mkdir()
    path = folder / "Harbour Days (1962).mkv"
    spans = [(1_000, 2_000), (3_000, 60_000 if beside else 4_000)]
    pictures = path.with_suffix(".nl.sup") if beside else folder / "inside.sup"
    pictures.write_bytes(bitmap_subtitles(SCREEN, (640, 0, 640, 720), *spans))
    inside = [] if beside else ["-i", pictures, "-map", 0, "-map", 1, "-map", 2, "-c:s", "copy"]
    ffmpeg(
        # Else the first picture would begin the film. It may be cut at any of its pictures.
        *("-copyts", "-f", "lavfi", "-i", f"color=black:s=160x90:r=30:d={DISC_SECONDS}"),
        *("-f", "lavfi", "-i", f"sine=f=300:r=48000:d={DISC_SECONDS - 0.1}", *inside),
        *("-vf", "drawbox=w=80:c=white:t=fill:enable='gte(mod(t,2),1)',format=yuv420p", "-ac", 2),
        *("-c:v", "libx264", "-bf", 0, "-g", 1, "-preset", "ultrafast", "-c:a", "flac"),
        *("-metadata:s:s:0", "language=dut", f"file:{path}"),
    )
    if not beside:
        pictures.unlink()


def halves(path: Path) -> list[tuple[bool, bool]]:
    """Of each picture, whether its left half is white and whether its right one is, subtitles laid over."""
    size = "[0:s:0]scale=160:90[s];[0:v]scale=160:90[v];[v][s]overlay,scale=16:2:flags=area"
    canvas = f"{SCREEN[0]}x{SCREEN[1]}"
    shown = ffmpeg(
        *("-canvas_size", canvas, "-i", path, "-filter_complex", size, "-fps_mode", "passthrough"),
        *("-f", "rawvideo", "-pix_fmt", "gray", "pipe:1"),
    )
    return [(shown[at + 4] > 128, shown[at + 12] > 128) for at in range(0, len(shown), 32)]


def wrong(shown: list[tuple[bool, bool]], first: int = 2) -> list[int]:
    """The pictures from the first on whose halves differ, but for those beside a change and the last two."""
    edges = [n for n in range(1, len(shown)) if shown[n][0] != shown[n - 1][0]]
    return [
        n
        for n, (film, subtitle) in enumerate(shown)
        # Over the first that it reads ffmpeg lays nothing, and the film may change behind the last.
        if first <= n < len(shown) - 2 and film != subtitle and all(abs(n - edge) > 1 for edge in edges)
    ]


def wait_for_sets(folder: Path, many: int) -> None:
    """Waits until so many films' pictures were read out of their files."""
    end = time.monotonic() + 60
    while len(list(folder.glob("*.ts"))) < many:
        assert time.monotonic() < end
        time.sleep(0.1)


def test_embedded_pictures_stand_on_screen_exactly_as_long_as_they_should(
    tmp_path: Path, put_on_air: PutOnAir
) -> None:
    folder = write_station(tmp_path / "wired", {"alpha": (60,)})
    make_disc(folder / "media", beside=True)
    make_disc(folder / "copies", beside=False)
    (folder / "films.yaml").write_text(PICTURES)
    server = put_on_air(folder)
    paths = [f"/iptv/channel/{number}.ts" for number in (9, 8)]
    viewers = [Viewer(server, path) for path in paths]
    try:
        wait_for_sets(folder / ".exstv" / "wardrobe", len(viewers))
        # What is on and what is cued may lack them; and who comes later is sent what was on.
        watch(server, paths[0], seconds=2 * DISC_SECONDS + 2 * BEHIND_SECONDS)
        viewers += [Viewer(server, path) for path in paths]
        for viewer in viewers:
            viewer.wait_for_seconds(DISC_SECONDS + BEHIND_SECONDS)
        judge = Judge(slack=POLL_SECONDS + 1.0)
        segments = poll_hls(server, "/iptv/channel/9/video.m3u8", judge, 1)
    finally:
        captures = [viewer.leave() for viewer in viewers]
    for capture in captures[-2:]:
        assert check_stream(capture, tmp_path, 1000 / 30)["streams"]["0x102"] == "0x6"
        shown = halves(tmp_path / "trimmed.ts")
        # Who joins between two keyframes with pictures has none until the later one.
        assert len(shown) > 30 * DISC_SECONDS and wrong(shown, 2 + AGAIN // FRAME_TICKS) == []
        assert {film for film, _ in shown} == {True, False}
    # In HLS, each segment begins with what stands on screen.
    assert judge.broken == []
    segment = tmp_path / "segment.ts"
    for data in [*segments.values()][-3:]:
        segment.write_bytes(data)
        assert wrong(halves(segment)) == []
