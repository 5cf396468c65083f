"""Every system of DESIGN.md that exists so far, seen at work from outside.

In other software most systems pass their own tests and are called by nothing. Each test here fails when its
system is unplugged from the running station, however well that system works by itself.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import av
import httpx
import psutil
import pytest
from media_servers.mediabrowser import Emby, Jellyfin
from media_servers.plex import Plex
from media_servers.shelf import Shelf, Video
from media_servers.standing_in import standing
from pictures import PNG
from repositories import machine, repository
from stations import LONG, write_station
from watching import (
    PATIENCE_SECONDS,
    Server,
    Viewer,
    check_stream,
    most_ahead,
    stream_seconds,
    watch,
    watch_in_time,
)

from exstv.cli.main import main
from exstv.clock import SystemClock, from_iso, to_iso
from exstv.timeline import versions
from exstv.timeline.query import TimelineReader

pytestmark = pytest.mark.ffmpeg
PutOnAir = Callable[..., Server]
BROKEN = "nosuchfilter"
DAY_MS = 24 * 3600_000


@pytest.fixture
def station(tmp_path: Path) -> Path:
    return write_station(tmp_path / "wired", {"alpha": LONG, "beta": LONG})


@pytest.fixture
def busy(tmp_path: Path) -> Path:
    """A station with many junctions: thirteen thousand programmes a day."""
    return write_station(tmp_path / "wired", {"alpha": (4, 5), "beta": LONG})


def exstv(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "exstv", *args],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def compiled(station: Path, *more: str) -> None:
    """Publishes a timeline in this process, for tests of what comes after it."""
    assert main(["compile", str(station), "--scan", *more]) == 0


def test_compiler_and_store_a_published_timeline_is_what_guide_and_why_read(station: Path) -> None:
    done = exstv("compile", str(station), "--scan")
    assert done.returncode == 0, done.stderr
    assert (station / ".exstv" / "timeline" / "current").read_text().startswith("v00000001")
    assert "Alpha" in exstv("guide", "alpha", "--station", str(station)).stdout
    why = exstv("why", "beta", "--at", "now", "--station", str(station))
    assert "beta_loop" in why.stdout and "beta.yaml" in why.stdout


def test_catalog_and_sources_a_film_dropped_into_a_folder_is_on_air(
    tmp_path: Path, make_clip: Callable[..., Path], put_on_air: PutOnAir
) -> None:
    folder = write_station(tmp_path / "wired", {"alpha": (60,)})
    make_clip(folder / "media" / "Harbour Nights (1961).mp4", 30)
    (folder / "films.yaml").write_text(
        "sources:\n  films: {type: local, path: media, kind: movie}\n"
        "channels:\n  cinema: {number: 9, name: Cinema, schedule: films}\n"
        "schedules:\n  films: {kind: loop, items: [{play: films, mode: flood}]}\n"
    )
    server = put_on_air(folder)
    assert "Harbour Nights" in server.get("/iptv/xmltv.xml").text
    path = tmp_path / "cinema.ts"
    path.write_bytes(watch_in_time(server, "/iptv/channel/9.ts", seconds=3).data)
    with av.open(str(path)) as container:
        size = (container.streams.video[0].width, container.streams.video[0].height)
    # Scaled from 160x90 to the profile's frame: the film itself, through the profile, not the slate.
    assert size == (320, 180)
    server.wait_for_line("for=Cinema: Harbour Nights")


def test_rescans_a_film_that_came_since_the_last_scan_is_in_the_guide(
    tmp_path: Path, make_clip: Callable[..., Path], put_on_air: PutOnAir
) -> None:
    folder = write_station(tmp_path / "wired", {"alpha": (60,)})
    make_clip(folder / "media" / "Harbour Nights (1961).mp4", 30)
    (folder / "films.yaml").write_text(
        "sources:\n  films: {type: local, path: media, kind: movie}\n"
        "channels:\n  cinema: {number: 9, name: Cinema, schedule: films, apply: now}\n"
        "schedules:\n  films: {kind: loop, items: [{play: films, mode: flood}]}\n"
    )
    compiled(folder)
    make_clip(folder / "media" / "Harbour Days (1962).mp4", 30)
    # The lock is from yesterday: the server asks again as soon as it runs.
    yesterday = time.time() - 86_400
    os.utime(folder / ".exstv" / "catalog.lock", (yesterday, yesterday))
    server = put_on_air(folder)
    give_up = time.monotonic() + PATIENCE_SECONDS
    while "Harbour Days" not in server.get("/iptv/xmltv.xml").text:
        assert time.monotonic() < give_up, server.log
        time.sleep(0.1)
    rescan = server.get("/api/v1/sources").json()["rescan"]
    assert rescan["ok"] and "films: 2 found, 1 new" in rescan["words"]


@pytest.mark.parametrize("kind", [Jellyfin, Emby, Plex])
def test_media_servers_what_one_lists_is_in_the_guide_and_on_air(
    kind: type[Jellyfin | Emby | Plex], tmp_path: Path, make_clip: Callable[..., Path], put_on_air: PutOnAir
) -> None:
    folder = write_station(tmp_path / "wired", {"alpha": (60,)})
    film = Video(key=7, kind="movie", title="Harbour Nights", library="Films", path="/data/a.mkv")
    film.file = make_clip(tmp_path / "a.mkv", 30)
    film.duration_ms = 30_000
    secret = "token" if kind is Plex else "api_key"
    (folder / "attic.yaml").write_text(
        f"sources:\n  attic: {{type: {kind.__name__.lower()}, url: '${{ATTIC}}', {secret}: '${{KEY}}'}}\n"
        "channels:\n  cinema: {number: 9, name: Cinema, schedule: films}\n"
        "schedules:\n  films: {kind: loop, items: [{play: attic, mode: flood}]}\n"
    )
    attic = kind(Shelf([film]), "k3y")
    with standing(attic) as url:
        server = put_on_air(folder, ATTIC=url, KEY="k3y")
        assert "Harbour Nights" in server.get("/iptv/xmltv.xml").text
        capture = watch_in_time(server, "/iptv/channel/9.ts", seconds=3)
        check_stream(capture, tmp_path, frame_ms=1000 / 30)
        server.wait_for_line("for=Cinema: Harbour Nights")
        server.wait_for_line("on air channel=cinema step=item")
        assert attic.count("/Videos/") + attic.count("/library/parts/") > 0


def test_splicer_and_cueing_a_junction_is_no_event_in_the_stream(
    busy: Path, put_on_air: PutOnAir, tmp_path: Path
) -> None:
    server = put_on_air(busy)
    check_stream(watch_in_time(server, "/iptv/channel/1.ts", seconds=9), tmp_path, frame_ms=1000 / 30)
    server.wait_for_line("on air channel=alpha step=item", times=2)


def test_throttle_the_stream_comes_at_the_pace_of_time(station: Path, put_on_air: PutOnAir) -> None:
    assert most_ahead(watch(put_on_air(station), "/iptv/channel/2.ts", seconds=7)) <= 2.5


def test_fanout_viewers_share_what_one_process_makes(station: Path, put_on_air: PutOnAir) -> None:
    server = put_on_air(station)
    viewers = [Viewer(server, "/iptv/channel/2.ts") for _ in range(3)]
    for viewer in viewers:
        viewer.wait_for_seconds(3)
    # What has come to one by now has come to all, or will: each began where the others were already.
    stretch = bytes(viewers[0].capture.data[-188 * 50 :])
    for viewer in viewers:
        viewer.wait_for(lambda viewer=viewer: stretch in viewer.capture.data)
        viewer.leave()
    # Whatever is on or cued: no item has more than one process, though three watch. One that was too slow
    # to start has another one after it.
    assert 1 <= max(server.starts(f": Beta {n}") for n in range(3)) <= 1 + server.late("beta")


def test_process_pool_its_configured_limit_holds_for_the_whole_station(
    tmp_path: Path, put_on_air: PutOnAir
) -> None:
    folder = write_station(tmp_path / "wired", {"alpha": LONG, "beta": LONG})
    server = put_on_air(folder, EXSTREAMTV_FFMPEG__MAX_PROCESSES="1")
    first = Viewer(server, "/iptv/channel/1.ts")
    server.wait_for_item(1)
    second = Viewer(server, "/iptv/channel/2.ts")
    # The second channel has no process to play its item: it is on air all the same.
    second.wait_for_seconds(2)
    assert len(server.encoders()) == 1
    server.wait_for_line("process must wait limit=ffmpeg.max_processes")
    server.wait_for_line("on air channel=beta step=slate")
    # The limit is the viewers', not the editor's.
    text = (folder / "beta.yaml").read_text()
    (folder / "beta.yaml").write_text(text.replace("name: Beta", "name: Gamma"))
    server.until("/iptv/channels.m3u", ",Gamma")
    first.leave()
    second.leave()


def test_circuit_breaker_a_broken_item_is_not_tried_again_and_again(
    tmp_path: Path, put_on_air: PutOnAir
) -> None:
    folder = write_station(tmp_path / "wired", {"alpha": LONG}, video=BROKEN)
    server = put_on_air(folder)
    viewer = Viewer(server, "/iptv/channel/1.ts")
    server.wait_for_line("for=Alpha: Alpha ")
    viewer.wait_for_seconds(9)
    viewer.leave()
    assert max(server.starts(f": Alpha {n}") for n in range(3)) <= 2


def test_restart_rules_are_those_of_the_configuration(tmp_path: Path, put_on_air: PutOnAir) -> None:
    folder = write_station(tmp_path / "wired", {"alpha": LONG}, video=BROKEN)
    server = put_on_air(folder, EXSTREAMTV_RESTARTS__FAILURES="1", EXSTREAMTV_RESTARTS__OPEN_SECONDS="77")
    viewer = Viewer(server, "/iptv/channel/1.ts")
    server.until("/", "1 failure: its items are left alone for 77 s")
    viewer.leave()


def test_restart_throttle_what_is_too_much_over_all_channels_waits_on_the_fallback(
    tmp_path: Path, put_on_air: PutOnAir
) -> None:
    folder = write_station(tmp_path / "wired", {"alpha": LONG, "beta": LONG}, video=BROKEN)
    server = put_on_air(folder, EXSTREAMTV_RESTARTS__MOST="1")
    viewers = [Viewer(server, f"/iptv/channel/{number}.ts") for number in (1, 2)]
    server.wait_for_line("too many channels restart at once")
    for viewer in viewers:
        viewer.wait_for_seconds(1)
        viewer.leave()


def test_exits_and_stuck_children_a_process_that_gives_nothing_is_ended_and_told(
    tmp_path: Path, put_on_air: PutOnAir, ffmpeg: str
) -> None:
    script = tmp_path / "ffmpeg.sh"
    words = "echo '[in#0 @ 0x1] <b>waits</b> for a share' >&2; sleep 1000"
    script.write_text(f'#!/bin/sh\ncase "$*" in *text=Alpha*) {words} ;; *) exec {ffmpeg} "$@" ;; esac\n')
    script.chmod(0o755)
    folder = write_station(tmp_path / "wired", {"alpha": LONG})
    # The slate needs a process too, which a busy machine may have to wait for.
    server = put_on_air(folder, EXSTREAMTV_FFMPEG__PATH=str(script), EXSTREAMTV_FFMPEG__STUCK_SECONDS="3")
    viewer = Viewer(server, "/iptv/channel/1.ts")
    server.wait_for_line("exit=stuck for=Alpha: Alpha")
    page = server.until("/", "stuck", "&lt;b&gt;waits&lt;/b&gt; for a share")
    assert "<b>waits" not in page
    viewer.leave()


def test_the_ladder_ends_at_the_fallback_and_the_page_tells_why(tmp_path: Path, put_on_air: PutOnAir) -> None:
    server = put_on_air(write_station(tmp_path / "wired", {"alpha": LONG}, video=BROKEN))
    viewer = Viewer(server, "/iptv/channel/1.ts")
    server.wait_for_line("on air channel=alpha step=fallback")
    # Each ffmpeg says it in its own words, but all of them name it.
    server.until("/", "Fallback", BROKEN)
    viewer.leave()


def test_slate_without_any_fallback_there_are_pictures(tmp_path: Path, put_on_air: PutOnAir) -> None:
    server = put_on_air(write_station(tmp_path / "wired", {"alpha": LONG}, video=BROKEN, fallback="null"))
    capture = watch(server, "/iptv/channel/1.ts", seconds=6)
    check_stream(capture, tmp_path, frame_ms=1000 / 30)
    server.wait_for_line("on air channel=alpha step=slate")


def test_sessions_a_tuner_is_a_channel_and_not_a_connection(station: Path, put_on_air: PutOnAir) -> None:
    server = put_on_air(station, EXSTREAMTV_HDHOMERUN__TUNER_COUNT="1")
    first, again = Viewer(server, "/auto/v1"), Viewer(server, "/auto/v1")
    first.wait_for_seconds(1)
    again.wait_for_seconds(1)
    with httpx.stream("GET", server.base + "/auto/v2", timeout=PATIENCE_SECONDS) as refused:
        assert refused.status_code == 503
        assert refused.headers["x-hdhomerun-error"] == "805 All Tuners In Use"
    assert server.http.head("/auto/v1").status_code == 200
    # A player that is no tuner takes none.
    watch(server, "/iptv/channel/2.ts", seconds=1)
    first.leave()
    again.leave()


def test_tuner_addresses_name_a_tuner_or_none_and_may_end_by_themselves(
    station: Path, put_on_air: PutOnAir
) -> None:
    server = put_on_air(station, EXSTREAMTV_HDHOMERUN__TUNER_COUNT="2")
    asked = {"Range": "bytes=0-", "Icy-MetaData": "1"}
    for path in ("/tuner1/v1?duration=1", "/hdhomerun/tuner0/v1?transcode=none&duration=1"):
        # It ends: a tuner's stream would not.
        got = server.http.get(path, headers=asked)
        assert (got.status_code, got.headers["content-type"]) == (200, "video/mp2t")
        assert got.headers["x-hdhomerun-resource"] == "tuner0"
        assert got.content[0] == 0x47 and "content-length" not in got.headers
    for path in ("/auto/v9", "/auto/ch549000000", "/tuner0/v9", "/hdhomerun/auto/v9"):
        unknown = server.get(path)
        assert (unknown.status_code, unknown.headers["x-hdhomerun-error"]) == (404, "801 Unknown Channel")
    for path in ("/tuner2/v1", "/tuner/v1", "/tuner-1/v1", "/hdhomerun/tuner9/v1"):
        assert server.get(path).status_code == 404
    assert server.http.post("/tuner0/v1").status_code == 405


def test_discovery_a_server_for_this_machine_alone_is_not_announced(
    station: Path, put_on_air: PutOnAir
) -> None:
    server = put_on_air(station, EXSTREAMTV_HDHOMERUN__UDP="true")
    server.wait_for_line("not discoverable: only 127.0.0.1 is listened on")
    assert psutil.Process(server.process.pid).net_connections("udp") == []


def test_hls_a_player_is_a_session_without_a_connection(station: Path, put_on_air: PutOnAir) -> None:
    server = put_on_air(station, EXSTREAMTV_HLS__SESSION_TIMEOUT="10s")
    listed = server.get("/iptv/channel/2.m3u8")
    assert listed.status_code == 200 and listed.text.startswith("#EXTM3U")
    name = next(line for line in listed.text.splitlines() if line.endswith(".ts"))
    assert server.get(f"/iptv/channel/{name}").content[:3] == b"\x47\x40\x00"
    server.until("/", "1 viewer")
    # It never said good-bye: it asks no more.
    server.wait_for_line("hls session ended channel=beta client=127.0.0.1 answers=2 errors=0")
    assert server.get(f"/iptv/channel/{name}").status_code == 410


def test_live_timeline_and_reload_an_edit_is_published_and_swapped(
    station: Path, put_on_air: PutOnAir
) -> None:
    server = put_on_air(station)
    text = (station / "beta.yaml").read_text()
    (station / "beta.yaml").write_text(text.replace("name: Beta", "name: Gamma"))
    server.until("/iptv/channels.m3u", ",Gamma")
    server.wait_for_line("timeline swapped")


def test_reload_follows_a_timeline_that_another_command_published(
    station: Path, put_on_air: PutOnAir
) -> None:
    compiled(station)
    server = put_on_air(station, "serve")
    text = (station / "beta.yaml").read_text()
    (station / "beta.yaml").write_text(text.replace("name: Beta", "name: Gamma"))
    assert exstv("compile", str(station)).returncode == 0
    server.until("/iptv/channels.m3u", ",Gamma")


def test_horizon_rolls_forward_by_itself(station: Path, put_on_air: PutOnAir) -> None:
    yesterday = to_iso(SystemClock().now_ms() - DAY_MS)
    compiled(station, "--now", yesterday, "--horizon", "26h")
    server = put_on_air(station, "serve")
    server.wait_for_line("timeline swapped path=v00000002")
    assert server.get("/readyz").status_code == 200


def test_a_channel_that_is_always_on_plays_without_a_viewer(tmp_path: Path, put_on_air: PutOnAir) -> None:
    folder = write_station(tmp_path / "wired", {"alpha": LONG}, more=", always_on: true")
    server = put_on_air(folder)
    server.wait_for_line("on air channel=alpha")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not server.encoders():
        assert time.monotonic() < deadline, server.log
        time.sleep(0.05)


def test_every_surface_of_a_running_station_answers(station: Path, put_on_air: PutOnAir) -> None:
    server = put_on_air(station)
    assert ",Alpha" in server.get("/iptv/channels.m3u").text
    assert server.get("/iptv/xmltv.xml").text.count("<channel ") == 2
    assert server.get("/iptv/xmltv.xml.gz").content[:2] == b"\x1f\x8b"
    assert [row["GuideNumber"] for row in server.get("/lineup.json").json()] == ["1", "2"]
    assert server.get("/lineup_status.json").json()["ScanPossible"] == 1
    assert server.http.post("/lineup.post?scan=start").status_code == 200
    identity = server.get("/discover.json").json()["DeviceID"]
    assert identity in server.get("/device.xml").text
    assert server.get("/hdhomerun/discover.json").json()["DeviceID"] == identity
    assert server.get("/healthz").json()["timeline"]["version"] == 1
    assert re.search(r"<h3[^>]*>\s*Alpha \d", server.get("/").text)


def test_git_sync_and_its_hook_a_push_that_is_told_is_on_air_with_its_logo(
    tmp_path: Path, put_on_air: PutOnAir
) -> None:
    folder = write_station(tmp_path / "work", {"alpha": LONG})
    (folder / "logo.png").write_bytes(PNG)
    repo = repository(folder, tmp_path / "bare.git")
    own = machine(tmp_path / "machine", repo, ", interval: 1d, webhook_secret: '${HOOK}'")
    server = put_on_air(own, HOOK=(secret := "lights-of-the-harbour"))
    server.until("/api/v1/revision", '"state":"on_air"')
    commit = repo.edit("alpha.yaml", "name: Alpha,", "name: Gamma, logo: logo.png,")
    assert server.http.post("/hooks/git", headers={"X-Gitlab-Token": "x" * 20}).status_code == 401
    assert server.http.post("/hooks/git", headers={"X-Gitlab-Token": secret}).status_code == 202
    # Nobody looks for a day, unless it is told.
    server.until("/iptv/channels.m3u", ",Gamma")
    assert server.get("/api/v1/revision").json()["commit"] == commit
    (logo,) = re.findall('tvg-logo="([^"]+)"', server.get("/iptv/channels.m3u").text)
    assert server.get(logo.removeprefix(server.base)).content == (folder / "logo.png").read_bytes()


def test_the_guide_s_page_leads_from_what_is_on_to_the_line_that_put_it_there(
    station: Path, put_on_air: PutOnAir
) -> None:
    server = put_on_air(station)
    shown = server.get("/guide").text
    (way,) = re.findall(r'<a href="./(channels/1/why\?at=[^"]+)" class="entry now"', shown)
    assert "channel alpha" in (told := server.get(f"/{way}").text) and "alpha.yaml:" in told
    assert "Alpha" in server.get("/guide?q=alpha").text
    assert server.base + "/iptv/xmltv.xml" in server.get("/setup").text
    assert ".grid" in server.get("/static/page.css").text


def test_events_tell_a_page_that_stays_open_of_changes_until_the_server_goes(
    station: Path, put_on_air: PutOnAir
) -> None:
    server = put_on_air(station)
    with httpx.stream("GET", server.base + "/events", timeout=PATIENCE_SECONDS) as told:
        messages = (json.loads(line[6:]) for line in told.iter_lines() if line.startswith("data: "))
        first = next(messages)
        assert first["revision"] == 1 and set(first["channels"]) == {"alpha", "beta"}
        viewer = Viewer(server, "/iptv/channel/2.ts")
        seen: list[dict[str, object]] = []
        while {"state": "on_air", "viewers": 1}.items() - (seen[-1].items() if seen else set()):
            seen.append(next(messages)["channels"].get("beta", {}))
        server.process.terminate()
        # It ends by itself: what is cut off in its middle is an error of the client's.
        assert all("revision" in message for message in messages)
    viewer.leave()
    assert server.process.wait(PATIENCE_SECONDS) == 0


def test_api_tells_what_is_on_air_who_watches_and_which_line_put_it_there(
    station: Path, put_on_air: PutOnAir
) -> None:
    server = put_on_air(station)
    viewer = Viewer(server, "/iptv/channel/2.ts")
    # What is on air is told before its process has started, which then is told as well.
    server.wait_for_item(2)
    alpha, beta = server.get("/api/v1/now").json()["channels"]
    running = server.get("/api/v1/processes").json()
    (session,) = server.get("/api/v1/sessions").json()["sessions"]
    circuits = {
        each["channel"]: each["circuit"] for each in server.get("/api/v1/breakers").json()["breakers"]
    }
    viewer.leave()
    assert (alpha["on_air"]["state"], beta["on_air"]["viewers"]) == ("idle", 1)
    assert beta["on_air"]["pid"] in {each["pid"] for each in running["processes"]}
    assert running["running"] == sum(each["exit"] is None for each in running["processes"])
    assert (session["channel"], session["protocol"]) == ("beta", "MPEG-TS")
    assert circuits == {"alpha": "closed", "beta": "closed"}
    (item,) = server.get("/api/v1/channels/2/items?limit=1").json()["items"]
    assert Path(item["file"]).name == "beta.yaml" and "beta_loop" in item["rule"]
    assert "/api/v1/channels/{number}/items" in server.get("/schema").json()["paths"]


def test_api_answers_are_new_when_the_timeline_is(station: Path, put_on_air: PutOnAir) -> None:
    server = put_on_air(station)
    tag = {"If-None-Match": server.get("/api/v1/revision").headers["etag"]}
    assert server.http.get("/api/v1/revision", headers=tag).status_code == 304
    edit(station, "beta.yaml", "name: Beta", "name: Gamma")
    server.until("/api/v1/channels", "Gamma")
    changed = server.http.get("/api/v1/revision", headers=tag)
    assert changed.status_code == 200 and changed.json()["version"] == 2
    assert server.get("/api/v1/diagnostics").json()["reload"]["ok"] is True


def test_metrics_count_what_happens(busy: Path, put_on_air: PutOnAir) -> None:
    server = put_on_air(busy)
    viewer = Viewer(server, "/iptv/channel/1.ts")

    def count() -> dict[str, float]:
        lines = [line for line in server.get("/metrics").text.splitlines() if line[0] != "#"]
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}

    deadline = time.monotonic() + PATIENCE_SECONDS
    # Until an item has ended and another one is on: between the two, for a moment, nothing is late.
    while not (
        (counted := count())['exstv_as_run_entries_total{outcome="played"}'] >= 1
        and 'exstv_lateness_seconds{channel="alpha"}' in counted
    ):
        assert time.monotonic() < deadline, server.log
        time.sleep(0.1)
    viewer.leave()
    assert counted['exstv_viewers{channel="alpha"}'] == counted["exstv_channels_on_air"] == 1
    assert counted['exstv_sent_bytes_total{channel="alpha"}'] > 0
    assert counted["exstv_spawns_total"] >= 2 and counted['exstv_process_exits_total{kind="ended"}'] >= 1
    assert abs(counted['exstv_lateness_seconds{channel="alpha"}']) < PATIENCE_SECONDS
    assert counted["exstv_machine_memory_used_bytes"] > 0 and counted["exstv_open_fds"] > 0
    edit(busy, "beta.yaml", "order: listed", "order: lsted")
    server.until("/metrics", 'exstv_diagnostics{severity="error"} 1.0')
    assert "exstv_reload_failures_total 1.0" in server.get("/metrics").text


def test_doctor_looks_at_the_whole_road(station: Path) -> None:
    compiled(station)
    done = subprocess.run(
        [sys.executable, "-m", "exstv", "doctor", str(station)],
        env={**os.environ, "EXSTREAMTV_SERVER__PORT": "0"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ffmpeg" in done.stdout


def test_diagnostics_json_of_the_command_is_what_the_reload_reads(station: Path) -> None:
    (station / "beta.yaml").write_text("chanels: {}\n")
    done = exstv("compile", str(station), "--scan", "--format", "json")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert [entry["code"] for entry in found if "chanels" in entry["message"]]


def test_a_viewer_who_stops_reading_is_dropped_and_the_others_are_not(
    tmp_path: Path, put_on_air: PutOnAir
) -> None:
    folder = write_station(
        tmp_path / "wired", {"alpha": LONG}, video="testsrc2=s=320x180:r=30,noise=alls=100:allf=t"
    )
    settings = folder / "station.yaml"
    settings.write_text(settings.read_text().replace("bitrate: 400k", "bitrate: 30M"))
    server = put_on_air(folder)
    host, port = server.base.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as deaf:
        # Its own buffer and the kernel's hold little: what it does not read piles up at the server.
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.sendall(b"GET /iptv/channel/1.ts HTTP/1.0\r\n\r\n")
        reading = Viewer(server, "/iptv/channel/1.ts")
        server.wait_for_line("viewer dropped: too slow")
        server.until("/", "1 viewer")
        reading.wait_for_seconds(stream_seconds(reading.capture) + 1)
        check_stream(reading.leave(), tmp_path, frame_ms=1000 / 30)


def edit(station: Path, name: str, old: str, new: str) -> None:
    text = (station / name).read_text()
    assert old in text
    (station / name).write_text(text.replace(old, new, 1))


def on_air(station: Path) -> TimelineReader:
    path = versions.current(station / ".exstv")
    assert path is not None
    return TimelineReader.open(path)


def test_copying_a_compile_makes_only_the_edited_channel_anew(station: Path) -> None:
    compiled(station)
    before = {channel.key: channel for channel in on_air(station).channels}
    edit(station, "beta.yaml", "order: listed", "order: shuffle")
    done = subprocess.run(
        [sys.executable, "-c", ONLY_BETA, "compile", str(station)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    after = {channel.key: channel for channel in on_air(station).channels}
    assert after["alpha"] == before["alpha"] and after["beta"].recipe != before["beta"].recipe


ONLY_BETA = """
import sys
from compiler import build
from exstv.cli.main import main
def only(station, channel, *more):
    assert channel.key == "beta", "made anew: " + channel.key
    return whole(station, channel, *more)
whole, build.build_channel = build.build_channel, only
sys.exit(main(sys.argv[1:]))
"""


def test_plan_and_rollback_an_edit_is_told_before_it_is_on_air_and_taken_back_after(station: Path) -> None:
    compiled(station)
    first = on_air(station).header.digest
    edit(station, "beta.yaml", "order: listed", "order: shuffle")
    planned = exstv("plan", str(station))
    assert planned.returncode == 0 and "1 Alpha  no change" in planned.stdout, planned.stdout + planned.stderr
    assert "2 Beta  no change" not in planned.stdout
    assert on_air(station).header.digest == first
    assert exstv("compile", str(station)).returncode == 0
    assert on_air(station).header.digest != first
    assert exstv("rollback", "--station", str(station)).returncode == 0
    assert on_air(station).header.digest == first


def test_query_answers_from_what_is_on_air(station: Path) -> None:
    compiled(station)
    asked = exstv("query", "select key from channel order by key", str(station), "--format", "csv")
    assert asked.stdout.split() == ["key", "alpha", "beta"], asked.stderr


def test_policies_and_tests_fail_a_check_and_not_the_air(station: Path) -> None:
    soon = to_iso(SystemClock().now_ms() + 30 * 60_000)[:16].replace("T", " ")
    (station / "checks.yaml").write_text(
        'policies:\n  none: {severity: error, sql: "select channel, start_time from programme"}\n'
        f'tests:\n  - {{channel: alpha, at: "{soon}", expect: {{title: Nobody}}}}\n'
    )
    checked = exstv("compile", str(station), "--scan", "--check", "--format", "json")
    codes = {json.loads(line)["code"] for line in checked.stdout.splitlines()}
    assert checked.returncode == 1 and {"EXS5044", "EXS5047"} <= codes, checked.stdout
    assert exstv("compile", str(station)).returncode == 0


def test_import_a_schedule_of_another_system_is_on_air(
    tmp_path: Path, make_clip: Callable[..., Path], put_on_air: PutOnAir
) -> None:
    schedule, folder = tmp_path / "night.yml", tmp_path / "wired"
    schedule.write_text(
        "content: [{search: null, key: FILMS, query: 'type:movie', order: shuffle}]\n"
        "playout: [{all: null, content: FILMS}, {repeat: true}]\n"
    )
    done = exstv("import", "ersatztv", str(schedule), "--out", str(folder), "--number", "9")
    assert done.returncode == 0, done.stderr
    make_clip(folder / "media" / "Harbour Nights (1961).mp4", 30)
    server = put_on_air(folder)
    viewer = Viewer(server, "/iptv/channel/9.ts")
    assert "for=night: Harbour Nights" in server.wait_for_line("for=night: ")
    assert server.wait_for_item(9)["title"] == "Harbour Nights"
    viewer.leave()


def test_calendar_and_events_choose_what_is_on(station: Path) -> None:
    now = "2026-12-25T12:00Z"
    edit(
        station,
        "beta.yaml",
        "schedule: beta_loop,",
        "schedule: beta_loop, calendar: [{schedule: alpha_loop, dates: 12-25}], "
        'events: [{date: 2026-12-25, start: "13:00", play: standby}],',
    )
    done = exstv("compile", str(station), "--scan", "--now", now)
    assert done.returncode == 0, done.stderr
    items = on_air(station).items("beta", from_iso(now), from_iso("2026-12-25T13:00:05Z"))
    assert any("alpha_loop" in item.rule for item in items)
    assert items[-1].media_id == "cards:standby" and items[-1].start_ms <= from_iso("2026-12-25T13:00:02Z")


def test_state_a_compile_elsewhere_goes_on_where_the_server_is(put_on_air: PutOnAir, tmp_path: Path) -> None:
    # Eleven seconds do not divide a day: who began yesterday is elsewhere than who begins today.
    station = write_station(tmp_path / "wired", {"alpha": (4, 5, 2)})
    yesterday = to_iso(SystemClock().now_ms() - 24 * 3_600_000)
    compiled(station, "--now", yesterday)
    server = put_on_air(station)
    told = server.get("/api/v1/state").json()["channels"]
    out = tmp_path / "elsewhere.duckdb"
    done = exstv("compile", str(station), "--state", f"{server.base}/api/v1/state", "--out", str(out))
    assert done.returncode == 0, done.stderr
    elsewhere, here = TimelineReader.open(out), on_air(station)
    start = from_iso(told["alpha"]["at"])
    span = (start, start + 30 * 60_000)
    there, air = (
        [(item.start_ms, item.media_id) for item in reader.items("alpha", *span)]
        for reader in (elsewhere, here)
    )
    assert len(there) > 100 and there == air[-len(there) :]


def test_as_run_what_went_out_is_logged_and_joined_with_the_plan(busy: Path, put_on_air: PutOnAir) -> None:
    server = put_on_air(busy)
    sql = (
        "select count(*) from as_run join playout_item p using (channel, seq)"
        " where step = 'item' and as_run.media_id = p.media_id and outcome = 'played'"
    )

    def played() -> int:
        # The server has the log and the timeline open all the while.
        return int(exstv("query", sql, str(busy), "--format", "csv").stdout.split()[1])

    viewer, deadline = Viewer(server, "/iptv/channel/1.ts"), time.monotonic() + PATIENCE_SECONDS
    try:
        # A machine that is busy begins late, and then it is not the first items that are played whole.
        while played() < 2 or server.get("/channels/1").text.count("as planned</span>") < 2:
            assert time.monotonic() < deadline, server.log
    finally:
        viewer.leave()
    assert re.search("Aired as planned in|Off plan for .* of", server.get("/").text)
    told = server.get("/api/v1/channels/1/as-run").json()["entries"]
    assert {entry["channel"] for entry in told} == {"alpha"} and len(told) >= 2


def test_catch_up_what_was_on_an_hour_ago_is_played_from_the_timeline(
    busy: Path, put_on_air: PutOnAir
) -> None:
    yesterday = to_iso(SystemClock().now_ms() - DAY_MS)
    compiled(busy, "--now", yesterday)
    server = put_on_air(busy)
    offered = re.search(r'catchup-source="([^"]*/1\.ts[^"]*)"', server.get("/iptv/channels.m3u").text)
    assert offered, server.log
    at = SystemClock().now_ms() // 1000 - 3600
    viewer = Viewer(server, offered[1].removeprefix(server.base).replace("{utc}", str(at)))
    viewer.wait_for_seconds(2)
    server.until("/", 'id="catch-up"', "Alpha, catch-up: ")
    # A machine that is busy may begin with the slate.
    assert f"plan={to_iso(at * 1000)} " in server.wait_for_line("catch-up sent channel=alpha ")
    sent = server.wait_for_match(r"catch-up sent channel=alpha media=(\w+:\w+) plan=(\S+) frames=(\d+)")
    viewer.leave()
    middle_ms = from_iso(sent[2]) + int(sent[3]) * 1000 // 60
    assert on_air(busy).items("alpha", middle_ms, middle_ms + 1)[0].media_id == sent[1]


def test_hosts_a_server_answers_to_its_own_names_alone(station: Path, put_on_air: PutOnAir) -> None:
    server = put_on_air(station, EXSTREAMTV_SERVER__ALLOWED_HOSTS="tv.example")
    for path in ("/", "/iptv/channels.m3u", "/discover.json", "/iptv/channel/1.ts", "/api/v1/now"):
        assert server.http.get(path, headers={"Host": "evil.example"}).status_code == 421
    told = server.http.get("/iptv/channels.m3u", headers={"Host": "tv.example:8411"}).text
    assert "http://tv.example:8411/iptv/channel/1.ts" in told
    server.wait_for_line("host refused host=evil.example")
    headers = server.get("/api/v1/now").headers
    assert headers["X-Content-Type-Options"] == "nosniff" and "server" not in headers


def test_proxies_one_that_is_trusted_says_who_watches_and_where(station: Path, put_on_air: PutOnAir) -> None:
    server = put_on_air(
        station, EXSTREAMTV_SERVER__TRUSTED_PROXIES="127.0.0.1", EXSTREAMTV_SERVER__MAX_VIEWERS_PER_CLIENT="1"
    )
    headers = {"X-Forwarded-For": "10.0.0.7", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "tv.lan"}
    assert "https://tv.lan/iptv/channel/1.ts" in server.http.get("/iptv/channels.m3u", headers=headers).text
    with server.http.stream("GET", "/auto/v1", headers=headers) as watching:
        portions = watching.iter_raw()
        next(portions)
        told = server.get("/api/v1/sessions").json()["sessions"]
        assert [each["client"] for each in told] == ["10.0.0.7"]
        assert server.get("/status.json").json()[0]["TargetIP"] == "10.0.0.7"
        refused = server.http.get("/iptv/channel/2.ts", headers=headers)
        assert refused.status_code == 503 and "server.max_viewers_per_client" in refused.text
        other = {**headers, "X-Forwarded-For": "10.0.0.8"}
        assert server.http.head("/iptv/channel/2.ts", headers=other).status_code == 200


def test_connections_and_viewers_one_too_many_is_told_so(station: Path, put_on_air: PutOnAir) -> None:
    server = put_on_air(station, EXSTREAMTV_SERVER__MAX_CONNECTIONS="16", EXSTREAMTV_SERVER__MAX_VIEWERS="1")
    viewer = Viewer(server, "/iptv/channel/1.ts")
    viewer.wait_for_seconds(1)
    refused = server.get("/auto/v2")
    assert refused.status_code == 503 and "server.max_viewers" in refused.text
    assert refused.headers["X-HDHomeRun-Error"] == "809 Playback Connection Limit"
    place = ("127.0.0.1", int(server.base.rpartition(":")[2]))
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_connection(place)) for _ in range(16)]
        told = next(data for each in reversed(sockets) if (data := each.recv(1000)))
        assert told.startswith(b"HTTP/1.1 503 ") and b"server.max_connections" in told
    viewer.wait_for_seconds(2)
    viewer.leave()


def test_token_everything_is_below_it_and_no_log_holds_it(station: Path, put_on_air: PutOnAir) -> None:
    token = "k3y-of-the-harbour"
    server = put_on_air(station, EXSTREAMTV_SERVER__TOKEN=token)
    root = server.base.removesuffix("/t/…")
    with httpx.Client(base_url=root, timeout=PATIENCE_SECONDS) as outside:
        for path in ("/", "/iptv/channels.m3u", "/iptv/xmltv.xml", "/iptv/channel/1.ts", "/lineup.json"):
            assert outside.get(path).status_code == 404
        assert outside.get("/healthz").status_code == 200
        server.base = f"{root}/t/{token}"
        listed = outside.get(f"/t/{token}/iptv/channels.m3u").text
        assert re.findall("^http.*", listed, re.MULTILINE)[0] == f"{server.base}/iptv/channel/1.ts"
        assert outside.get(f"/t/{token}/lineup.json").json()[0]["URL"] == f"{server.base}/auto/v1"
        assert outside.get(f"/t/{token}/iptv/channel/7.ts").status_code == 404
        assert outside.get(f"/t/{token}").headers["location"] == f"{token}/"
        assert f"{server.base}/iptv/channels.m3u" in outside.get(f"/t/{token}/setup").text
        playlist = f"/t/{token}/iptv/channel/2.m3u8"
        segment = next(line for line in outside.get(playlist).text.splitlines() if line.endswith(".ts"))
        assert outside.get(httpx.URL(root + playlist).join(segment)).status_code == 200
        watch(server, "/iptv/channel/1.ts", seconds=2)
        for path in ("sessions", "processes", "now", "diagnostics"):
            assert token not in outside.get(f"/t/{token}/api/v1/{path}").text
    server.stop()
    assert "on air channel=alpha" in server.log and token not in server.log
    assert "not discoverable: server.token" in server.log
    assert token not in "".join(each.read_text() for each in (station / ".exstv").rglob("*.jsonl"))
