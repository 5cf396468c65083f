"""A station on which much goes on at once, for tests of what tells of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from as_run import aired

from exstv.asrun.entry import line_of
from exstv.asrun.files import as_run_dir, day_of, open_file
from exstv.diagnostics import Diagnostic, Label, Severity, Span
from exstv.followed import Followed
from exstv.timeline.pins import Pin
from runtime.process.breaker import Circuit
from runtime.process.guards import Resources
from runtime.status import (
    AsRunStatus,
    BreakerStatus,
    CatchUpStatus,
    ChannelStatus,
    PlayerState,
    PoolStatus,
    ProcessStatus,
    ReloadStatus,
    RescanStatus,
    SessionStatus,
    Step,
    SyncStatus,
)

if TYPE_CHECKING:
    from tests.runtime.conftest import Station

PLENTY = Resources(memory_total=8 << 30, memory_used=1 << 30, fds_open=60, fd_limit=1024)


def busy(station: Station) -> Station:
    """A station of which there is something to tell everywhere."""
    now_ms = station.clock.ms
    item = next(each for each in station.timeline.items if each.finish_ms > now_ms)
    playing = ChannelStatus(
        channel="retro",
        state=PlayerState.ON_AIR,
        viewers=2,
        item=item,
        step=Step.ITEM,
        since_ms=now_ms,
        pid=7,
        late_ms=250,
        sent_bytes=9000,
    )
    warning = Diagnostic("EXS3001", Severity.WARNING, "no source", (Label(Span("a.yaml")),))
    station.says(
        channels={"retro": playing},
        processes=(ProcessStatus(pid=7, purpose="Beta: Tom", state="running", started_ms=now_ms),),
        reload=ReloadStatus(ok=True, at_ms=now_ms, diagnostics=(warning,)),
        rescan=RescanStatus(ok=True, at_ms=now_ms, words=("films: 2 found, 1 new",)),
        sessions=(
            SessionStatus(channel="retro", protocol="HLS", client="192.0.2.7", since_ms=now_ms - 60_000),
        ),
        breakers=(
            BreakerStatus(channel="retro", circuit=Circuit.OPEN, failures=5, failed=9, retry_in_ms=3000),
        ),
        pool=PoolStatus(
            running=1, waiting=2, bound_by="memory guard", spawned=4, exits={"killed": 1}, resources=PLENTY
        ),
        sync=SyncStatus(
            remote="https://git.example/harbour.git",
            branch="main",
            state=Followed.BROKEN,
            commit="c" * 40,
            words="a.yaml:1:2: no source",
            fetched_ms=now_ms - 2000,
            fetches=3,
            failures=1,
        ),
        pin=Pin(version=2, at_ms=now_ms - 5000, commit="b" * 40, followed="c" * 40),
        restarts=6,
        reload_failures=1,
        tuners=("retro", None),
        as_run=AsRunStatus(waiting=2, outcomes={"played": 8}),
        catch_ups=(
            CatchUpStatus(
                channel="retro",
                at_ms=now_ms - 9000,
                playing_ms=now_ms - 8000,
                since_ms=now_ms - 1000,
                client="192.0.2.9",
                protocol="HLS",
                playback=playing,
            ),
        ),
    )
    folder = as_run_dir(station.services.settings.state_dir)
    folder.mkdir(parents=True)
    entry = aired(0, 30, channel="retro")
    open_file(folder, day_of(entry.finish_ms)).write_bytes(line_of(entry))
    (station.folder / "catalog.lock").write_text('{"format": 1}\n')
    return station
