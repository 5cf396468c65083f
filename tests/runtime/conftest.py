"""A small station's timeline, and the application over it: what tests of the tuner and the routes share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec
import pytest
from litestar import Litestar
from litestar.testing import TestClient
from stations import HD

from exstv.asrun.entry import AsRunEntry
from exstv.clock import from_iso
from exstv.settings import Settings
from exstv.timeline import store
from exstv.timeline.model import (
    Channel,
    FillerKind,
    Header,
    ItemKind,
    Media,
    PlayoutItem,
    Programme,
    ProgrammeKind,
    Timeline,
)
from runtime.events import Events
from runtime.live import LiveTimeline
from runtime.routes import HANDLERS, events
from runtime.routes.openapi import OPENAPI
from runtime.services import Services
from runtime.status import RuntimeStatus

START_MS = from_iso("2026-11-20T05:00Z")
DAY_MS = 24 * 3600 * 1000
NOW_MS = START_MS + DAY_MS + 10 * 60 * 1000
PROGRAMME_MS = 30 * 60 * 1000
PRE_ROLL_MS = 20 * 1000
DAYS = 4
DEVICE_ID = "E5E17005"
INJECTION = "<script>alert(1)</script>"

PROFILE = HD


def channel(key: str, number: str, name: str, **more: object) -> Channel:
    given = {"xmltv_id": f"{key}.harbour", "timezone": "Europe/Amsterdam", "profile": "hd", **more}
    return Channel(key=key, number=number, name=name, **given)  # type: ignore[arg-type]


CHANNELS = (
    channel("retro", "2.5", "Beta, the Second", group="Nostalgia", logo="https://img.example/beta.png"),
    channel("evil", "7", INJECTION, streaming_mode="iptv"),
    channel("tuner", "42", "Tuner only", streaming_mode="hdhomerun", timezone="Asia/Tokyo"),
)


def programmes_of(channel: Channel) -> list[Programme]:
    """Half-hour programmes over the whole window, episodes and films in turn."""
    rows = []
    for n in range(DAYS * DAY_MS // PROGRAMME_MS):
        start_ms = START_MS + n * PROGRAMME_MS
        episode = n % 2 == 0
        rows.append(
            Programme(
                channel=channel.key,
                id=f"{channel.key}-{n}",
                kind=ProgrammeKind.PROGRAMME,
                start_ms=start_ms,
                finish_ms=start_ms + PROGRAMME_MS,
                title=f"Tom & <Jerry> {n}",
                sub_title=f'The "{n}" one' if episode else None,
                description="A cat.\nA mouse." if episode else None,
                season=n // 20 if episode else None,
                episode=n % 20 + 1 if episode else None,
                year=1960 + n % 40,
                released="1975-03-09" if episode else None,
                rating="TV-Y" if episode else None,
                categories=("Series", "Animation") if episode else ("Movie",),
            )
        )
    return rows


def items_of(channel: Channel, programmes: list[Programme]) -> list[PlayoutItem]:
    """A pre-roll and the programme itself, each time."""
    rows: list[PlayoutItem] = []
    for programme in programmes:
        junction_ms = programme.start_ms + PRE_ROLL_MS
        ident = PlayoutItem(
            channel=channel.key,
            seq=len(rows),
            start_ms=programme.start_ms,
            finish_ms=junction_ms,
            in_point_ms=0,
            out_point_ms=PRE_ROLL_MS,
            media_id="cards:ident",
            kind=ItemKind.FILLER,
            filler_kind=FillerKind.PRE_ROLL,
            programme_id=programme.id,
            rule=f"{channel.key} › day › cartoons › ident",
            file="filler.yaml",
            line=3,
        )
        content = PlayoutItem(
            channel=channel.key,
            seq=len(rows) + 1,
            start_ms=junction_ms,
            finish_ms=programme.finish_ms,
            in_point_ms=0,
            out_point_ms=PROGRAMME_MS - PRE_ROLL_MS,
            media_id="cards:cartoon",
            kind=ItemKind.CONTENT,
            programme_id=programme.id,
            rule=f"{channel.key} › day › cartoons",
            file="channels.yaml",
            line=12,
        )
        rows += [ident, content]
    return rows


def media(media_id: str, title: str, duration_ms: int) -> Media:
    return Media(id=media_id, source="cards", kind="clip", title=title, duration_ms=duration_ms, locator="{}")


def make_timeline(channels: tuple[Channel, ...] = CHANNELS, version: int = 3) -> Timeline:
    """Four days of the given channels, made the day before `NOW_MS`."""
    by_channel = [(each, programmes_of(each)) for each in channels]
    header = Header(
        version=version,
        digest="d1" * 32,
        inputs="1f" * 32,
        commit=None,
        lock_digest="",
        station="Harbour TV",
        timezone="Europe/Amsterdam",
        start_ms=START_MS,
        finish_ms=START_MS + DAYS * DAY_MS,
        built_at_ms=START_MS + 500,
        compiled_for_ms=START_MS,
    )
    return Timeline(
        header=header,
        channels=channels,
        profiles=(PROFILE,),
        sources=(),
        media=(media("cards:cartoon", "Cartoon", PROGRAMME_MS), media("cards:ident", "Ident", PRE_ROLL_MS)),
        items=tuple(item for each, programmes in by_channel for item in items_of(each, programmes)),
        programmes=tuple(row for _, programmes in by_channel for row in programmes),
        fallbacks=(),
        anchors=(),
    )


@dataclass
class FakeClock:
    """A clock that stands where the test puts it."""

    ms: int = NOW_MS

    def now_ms(self) -> int:
        return self.ms

    def monotonic(self) -> float:
        return self.ms / 1000


@dataclass
class Station:
    """The application over a timeline file, with what a test may turn: the clock and the players' words."""

    folder: Path
    timeline: Timeline
    services: Services
    client: TestClient[Litestar]
    clock: FakeClock
    status: list[RuntimeStatus] = field(default_factory=list)
    aired: dict[str, tuple[AsRunEntry, ...]] = field(default_factory=dict)

    def says(self, **parts: object) -> None:
        """Replaces the runtime's snapshot."""
        self.status[0] = msgspec.structs.replace(self.status[0], **parts)

    def set(self, **parts: object) -> None:
        """Replaces settings."""
        settings = self.services.settings.model_copy(update=parts)
        self.services = replace(self.services, settings=settings)
        self.client.app.state.services = self.services


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets a channel start as slowly as a busy machine likes: no slate stands in for its first item."""
    monkeypatch.setattr("runtime.outlet.START_PATIENCE_SECONDS", 60.0)
    monkeypatch.setattr("runtime.hls.FIRST_SEGMENT_SECONDS", 60.0)


@pytest.fixture(scope="session")
def timeline() -> Timeline:
    """Three channels, four days."""
    return make_timeline()


@pytest.fixture(scope="session")
def timeline_file(timeline: Timeline, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as a file, which no test writes to."""
    path = tmp_path_factory.mktemp("timeline") / "timeline.duckdb"
    store.write(timeline, path)
    return path


@pytest.fixture
def make_station(
    timeline: Timeline, timeline_file: Path, tmp_path: Path
) -> Iterator[Callable[[Timeline], Station]]:
    """Gives a function that puts a timeline on the routes."""
    opened: list[Station] = []

    def make(shown: Timeline) -> Station:
        path = timeline_file
        if shown is not timeline:
            path = tmp_path / "timeline.duckdb"
            store.write(shown, path)
        clock, status = FakeClock(), [RuntimeStatus(channels={}, started_ms=NOW_MS - 90_000)]
        settings = Settings(station=tmp_path, media_root=tmp_path, state_dir=tmp_path / ".exstv")
        aired: dict[str, tuple[AsRunEntry, ...]] = {}
        services = Services(
            settings,
            clock,
            LiveTimeline(path),
            lambda: status[0],
            aired=lambda channel: aired.get(channel, ()),
            device_id=DEVICE_ID,
        )
        app = Litestar(
            [*HANDLERS, *events.HANDLERS],
            openapi_config=OPENAPI,
            logging_config=None,
        )
        app.state.services = services
        app.state.events = Events(clock, services.status, services.live.revision)
        client = TestClient(app, base_url="http://tv.example:8411")
        client.__enter__()
        opened.append(Station(tmp_path, shown, services, client, clock, status, aired))
        return opened[-1]

    yield make
    for station in opened:
        station.client.__exit__(None, None, None)
        station.services.live.close()


@pytest.fixture
def station(make_station: Callable[[Timeline], Station], timeline: Timeline) -> Station:
    """The routes over the three channels."""
    return make_station(timeline)
