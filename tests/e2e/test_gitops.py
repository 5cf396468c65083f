"""A machine that follows a real repository, watched by viewers: issue 7's "It must show"."""

from __future__ import annotations

import logging
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil
import pytest
from repositories import Repository, machine, repository
from stations import LONG, write_station
from watching import PATIENCE_SECONDS, Server, Viewer, check_stream

from exstv.clock import SystemClock, to_iso
from exstv.units import MINUTE_MS

log = logging.getLogger(__name__)
# A long run tells how far it is, not each of its thousands of requests.
logging.getLogger("httpx").setLevel(logging.WARNING)
pytestmark = pytest.mark.ffmpeg
PutOnAir = Callable[..., Server]
AT_LENGTH = bool(os.environ.get("GITOPS_LONG"))
"""Whether storms last as long as issue 7 says: 100 pushes in a minute, 50 kills (`make gitops`)."""
MOST_SECONDS = 10.0
"""From the last push of a storm to the air."""
LATE = "\ncollections: {late: {items: ['alpha:p1']}}\n"


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    folder = write_station(tmp_path / "work", {"alpha": (4, 5, 6), "beta": LONG})
    # Each push compiles what is left of the broadcast day: three hours of programmes of seconds are enough.
    path, ends = folder / "station.yaml", datetime.now(UTC) + timedelta(hours=3)
    path.write_text(path.read_text().replace('"06:00"', f'"{ends:%H:%M}"'))
    path = folder / "alpha.yaml"
    path.write_text(path.read_text() + LATE)
    return repository(folder, tmp_path / "bare.git")


@pytest.fixture
def station(tmp_path: Path, repo: Repository) -> Path:
    return machine(tmp_path / "machine", repo)


def revision(server: Server) -> dict[str, Any]:
    found: dict[str, Any] = server.get("/api/v1/revision").json()
    return found


def until(server: Server, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Asks for the revision until something holds of it."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds(found := revision(server)):
        assert time.monotonic() < deadline, f"{found}\n{server.log}"
        time.sleep(0.05)
    return found


def until_on_air(server: Server, commit: str) -> dict[str, Any]:
    return until(server, lambda found: found["commit"] == commit and found["git"]["state"] == "on_air")


def rollback(station: Path, *words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "exstv", "rollback", *words, "--station", str(station)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@dataclass(frozen=True)
class Programme:
    """What alpha plays from an instant on, and whether the pushed schedule put it there."""

    start: str
    media: str
    is_late: bool


def played(server: Server) -> list[Programme]:
    """Alpha's programmes of the last twenty minutes, longer than any test lasts, and of the next one."""
    now_ms = SystemClock().now_ms()
    span = f"from={to_iso(now_ms - 20 * MINUTE_MS)}&to={to_iso(now_ms + MINUTE_MS)}"
    page = server.get(f"/api/v1/channels/1/items?{span}&limit=1000").json()
    items = page["items"]
    assert page["next"] is None
    starts: dict[str, str] = {}
    for each in items:
        # It begins with its ident.
        starts.setdefault(each["programme_id"], each["start_time"])
    return [
        Programme(starts[each["programme_id"]], each["media_id"], "late" in each["rule"])
        for each in items
        if each["kind"] == "content"
    ]


def assert_turns_at_next_junction(server: Server, found: dict[str, Any], *, to_late: bool) -> None:
    """What was on when a version was made played to its end, and then came the version's schedule."""
    programmes = played(server)
    behind = next(n for n, each in enumerate(programmes) if each.start > found["built_at"])
    assert programmes[behind].is_late is to_late, (programmes, found)
    assert programmes[behind - 1].is_late is not to_late, (programmes, found)


def assert_goes_on(server: Server) -> None:
    """No episode of alpha's own schedule is skipped, none repeated, whatever was on in between."""
    number = {f"alpha:p{n}": n for n in range(3)}
    cycle = [number[each.media] for each in played(server) if not each.is_late]
    assert {(after - before) % 3 for before, after in pairwise(cycle)} == {1}, cycle


def assert_unnoticed(viewer: Viewer, folder: Path) -> None:
    """A viewer's connection stayed open, and its stream is one without an event."""
    assert not viewer.capture.ended
    check_stream(viewer.leave(), folder, frame_ms=1000 / 30)


def test_push_break_fix_revert_and_roll_back_while_two_watch(
    repo: Repository, station: Path, put_on_air: PutOnAir, tmp_path: Path
) -> None:
    server = put_on_air(station)
    viewers = [Viewer(server, f"/iptv/channel/{number}.ts") for number in (1, 2)]
    for viewer in viewers:
        viewer.wait_for_seconds(2)
    first = until(server, lambda found: found["git"]["state"] == "on_air")
    pushed = repo.edit("alpha.yaml", "play: alpha", "play: late")
    after = until_on_air(server, pushed)
    assert after["version"] > first["version"]
    assert_turns_at_next_junction(server, after, to_late=True)
    server.until("/api/v1/now", '"rule":"alpha › alpha_loop › late')

    # The line is that of the commit, wherever that lies.
    why = server.get("/channels/1/why").text
    assert "play: late" in why and "alpha.yaml:" in why and "checkouts" not in why

    (repo.work / "broken.yaml").write_text("channels:\n  x: {number: 3, name: [}\n")
    broken = repo.commit()
    repo.push()
    page = server.until("/", "broken.yaml:2:25")
    assert "The last reload failed" in page and "x: {number: 3, name: [}" in page
    now = until(server, lambda found: found["git"]["state"] == "broken")
    assert (now["commit"], now["digest"], now["git"]["commit"]) == (pushed, after["digest"], broken)
    assert 'exstv_git_commit_state{state="broken"} 1.0' in server.get("/metrics").text

    (repo.work / "broken.yaml").unlink()
    fixed = repo.commit("fix")
    repo.push()
    until_on_air(server, fixed)
    assert "The last reload failed" not in server.get("/").text

    repo.git("revert", "--no-edit", pushed)
    reverted = repo.git("rev-parse", "HEAD")
    repo.push()
    assert_turns_at_next_junction(server, until_on_air(server, reverted), to_late=False)
    server.until("/api/v1/now", '"rule":"alpha › alpha_loop › alpha')
    assert_goes_on(server)

    rollback(station, str(after["version"]))
    pinned = until(server, lambda found: found["commit"] == pushed and found["pin"] is not None)
    assert pinned["pin"]["version"] == after["version"] and pinned["git"]["commit"] == reverted
    assert f"Version {after['version']} is pinned" in server.get("/").text
    assert_turns_at_next_junction(server, pinned, to_late=True)
    fetched = pinned["git"]["fetched_at"]
    for _ in range(2):
        fetched = until(server, lambda found, seen=fetched: found["git"]["fetched_at"] > seen)["git"][
            "fetched_at"
        ]
    assert revision(server)["commit"] == pushed
    rollback(station, "--unpin")
    until_on_air(server, reverted)
    assert_goes_on(server)

    for viewer in viewers:
        assert_unnoticed(viewer, tmp_path)


def test_edits_in_place_wait_for_a_pin_and_are_on_air_without_it(
    tmp_path: Path, put_on_air: PutOnAir
) -> None:
    folder = write_station(tmp_path / "station", {"alpha": LONG})
    repo = repository(folder, tmp_path / "bare.git")
    server = put_on_air(folder)
    repo.edit("alpha.yaml", "name: Alpha", "name: Beta")
    server.until("/iptv/channels.m3u", ",Beta")
    rollback(folder)
    server.until("/iptv/channels.m3u", ",Alpha")
    pinned = until(server, lambda found: found["pin"] is not None)
    repo.edit("alpha.yaml", "name: Beta", "name: Gamma")
    # The page says why the edit is not seen.
    server.until("/api/v1/diagnostics", "EXS7011")
    assert ",Alpha" in server.get("/iptv/channels.m3u").text
    assert revision(server)["commit"] == pinned["pin"]["commit"]
    rollback(folder, "--unpin")
    server.until("/iptv/channels.m3u", ",Gamma")
    assert revision(server)["pin"] is None


def waiting(server: Server, number: int) -> int:
    """The pid of the so-many-th compiler that waits for an edit, once it does."""
    started = re.compile(r"process started pid=(\d+) for=the next compile")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(found := started.findall(server.log)) < number:
        assert time.monotonic() < deadline, server.log
        time.sleep(0.05)
    return int(found[number - 1])


def test_the_compiler_that_waits_takes_the_next_edit_and_may_be_killed(
    tmp_path: Path, put_on_air: PutOnAir
) -> None:
    folder = write_station(tmp_path / "station", {"alpha": LONG})
    server, path = put_on_air(folder), folder / "alpha.yaml"
    text = path.read_text()

    def save(name: str) -> None:
        path.write_text(text.replace("name: Alpha", f"name: {name}"))
        server.until("/iptv/channels.m3u", f",{name}")

    save("Beta")
    first = waiting(server, 1)
    save("Gamma")
    server.wait_for_line(f"process begins pid={first} for=compile")
    os.kill(waiting(server, 2), signal.SIGKILL)
    save("Delta")
    assert "the station does not compile" not in server.log and "Traceback" not in server.log


def pushes(repo: Repository, number: int, seconds: float) -> str:
    """So many pushes in so long, a third of them broken; gives the last commit, which is good."""
    begun = time.monotonic()
    commit = ""
    for n in range(number):
        bad = repo.work / "bad.yaml"
        if n % 3 == 1:
            bad.write_text("channels: {x: [\n")
        else:
            bad.unlink(missing_ok=True)
        path = repo.work / "alpha.yaml"
        path.write_text(re.sub(r"name: Alpha\S*,", f"name: Alpha{n},", path.read_text()))
        commit = repo.commit(f"push {n}")
        repo.push()
        # Slower than was meant is what a busy machine may be.
        time.sleep(max(0.0, begun + (n + 1) * seconds / number - time.monotonic()))
    return commit


@pytest.mark.timeout(900 if AT_LENGTH else 600)
def test_a_storm_of_pushes_ends_with_the_last_good_one_and_nobody_sees_it(
    repo: Repository, station: Path, put_on_air: PutOnAir, tmp_path: Path
) -> None:
    number, seconds = (100, 60.0) if AT_LENGTH else (16, 6.0)
    server = put_on_air(station)
    viewers = [Viewer(server, f"/iptv/channel/{number}.ts") for number in (1, 2)]
    for viewer in viewers:
        viewer.wait_for_seconds(2)
    until(server, lambda found: found["git"]["state"] == "on_air")
    before = psutil.Process(server.process.pid).memory_info().rss
    last = pushes(repo, number, seconds)
    pushed = time.monotonic()
    until_on_air(server, last)
    took = time.monotonic() - pushed
    log.info("%s pushes: the last on air after %.1f s", number, took)
    # Only the long run has the machine to itself.
    assert not AT_LENGTH or took < MOST_SECONDS
    grown = psutil.Process(server.process.pid).memory_info().rss - before
    kept = list((station / ".exstv" / "checkouts").iterdir())
    # Of five versions, of the commit before and of the one that is tried.
    assert len(kept) <= 7, kept
    log.info("memory grew by %.1f MB", grown / 1e6)
    assert grown < 60_000_000, grown
    for viewer in viewers:
        assert_unnoticed(viewer, tmp_path)


@pytest.mark.timeout(1800 if AT_LENGTH else 600)
def test_whenever_the_server_is_killed_it_starts_with_the_last_good_version(
    repo: Repository, station: Path, put_on_air: PutOnAir
) -> None:
    """Killed at any moment of a sync or a publish; the chances are the same in every run."""
    chance = random.Random(7)
    good = repo.git("rev-parse", "HEAD")
    known = {good}
    server = put_on_air(station)
    for n in range(50 if AT_LENGTH else 4):
        on_air = revision(server)
        assert on_air["commit"] in known, "each start plays what was good, with no manual step"
        with server.http.stream("GET", "/iptv/channel/1.ts") as answer:
            assert len(next(answer.iter_raw())) > 0
        path = repo.work / "alpha.yaml"
        path.write_text(re.sub(r"name: Alpha\S*,", f"name: Alpha{n},", path.read_text()))
        known.add(repo.commit(f"push {n}"))
        repo.push()
        time.sleep(chance.uniform(0.0, 4.0))
        server.process.send_signal(signal.SIGKILL)
        server.process.wait(PATIENCE_SECONDS)
        server.close()
        server = put_on_air(station, **({"command": "serve"} if n % 2 else {}))
    last = until_on_air(server, repo.git("rev-parse", "HEAD"))
    assert last["git"]["trouble"] == ""
    assert_goes_on(server)
