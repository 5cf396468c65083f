"""Jellyfin, Emby and Plex in trouble, and as `exstv doctor` sees them; no key is anywhere.

What they give when all is well plays in test_remote.py, among all other sources.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from every_source import rows_of
from media_servers.mediabrowser import Emby, Jellyfin
from media_servers.plex import Plex
from media_servers.shelf import Shelf, Video
from media_servers.standing_in import StandIn, standing
from stations import STATION
from watching import PATIENCE_SECONDS, Server, Viewer

pytestmark = pytest.mark.ffmpeg
PutOnAir = Callable[..., Server]
MakeClip = Callable[..., Path]
SECONDS = 3
KINDS = {"jelly": Jellyfin, "emby": Emby, "plex": Plex}
SOURCES = """
sources:
  disk: {type: local, path: disk}
  jelly: {type: jellyfin, url: "${JELLY_URL}", api_key: "${JELLY_KEY}"}
  emby: {type: emby, url: "${EMBY_URL}", api_key: "${EMBY_KEY}", path_map: {/data: mounted}}
  plex: {type: plex, url: "${PLEX_URL}", token: "${PLEX_KEY}"}
  cards: {type: lavfi, items: [{id: slate, title: Stand by, video: "color=s=320x180:r=30", duration: 10s}]}
collections:
  mixed: {of: [disk, jelly, emby, plex]}
  standby: {items: "cards:slate"}
schedules:
  all: {kind: loop, items: [{play: mixed, order: listed, mode: flood}]}
channels:
  one: {number: 1, name: One, schedule: all}
"""


@dataclass
class Attic:
    """A station over three servers, and the secrets that its environment holds."""

    station: Path
    servers: dict[str, StandIn]
    environ: dict[str, str]

    @property
    def secrets(self) -> list[str]:
        """The keys, and the addresses without what every address has."""
        return [value.removeprefix("http://") for value in self.environ.values()]

    def run(self, *args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "exstv", *args],
            env={**os.environ, **self.environ, "EXSTREAMTV_SERVER__PORT": "0"},
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )


@pytest.fixture
def attic(tmp_path: Path, make_clip: MakeClip) -> Iterator[Attic]:
    station = tmp_path / "attic"
    make_clip(station / "disk" / "Local Film (1950).mkv", SECONDS, size="320x180", rate=30)
    (station / "station.yaml").write_text(
        STATION.partition("filler:")[0] + "filler:\n  slate: {play: standby, mode: loop}\n"
    )
    (station / "sources.yaml").write_text(SOURCES)
    servers: dict[str, StandIn] = {}
    environ: dict[str, str] = {}
    with ExitStack() as stack:
        for name, kind in KINDS.items():
            path = make_clip(station / "mounted" / f"{name}.mkv", SECONDS, size="160x90", rate=25)
            video = Video(
                key=100,
                kind="movie",
                title=f"{name.title()} Film",
                library="Films",
                path=f"/data/{name}.mkv",
                duration_ms=SECONDS * 1000,
                file=path,
            )
            key = f"k3y-0f-{name}"
            servers[name] = kind(Shelf([video]), key)
            environ |= {
                f"{name.upper()}_URL": stack.enter_context(standing(servers[name])),
                f"{name.upper()}_KEY": key,
            }
        yield Attic(station, servers, environ)


def secrets_in(attic: Attic, texts: list[str]) -> list[str]:
    """Where a key or an address is: in these texts, or in any file below the station."""
    files = [path for path in attic.station.rglob("*") if path.is_file()]
    found = [str(path) for path in files for secret in attic.secrets if secret.encode() in path.read_bytes()]
    # A database may have packed its texts.
    rows = [text for path in files if path.suffix == ".duckdb" for text in rows_of(path)]
    return found + [text for text in (*texts, *rows) for secret in attic.secrets if secret in text]


def test_a_server_that_fails_at_any_time_keeps_its_films_and_tells_no_key(
    attic: Attic, put_on_air: PutOnAir, tmp_path: Path
) -> None:
    attic.run("scan", str(attic.station))
    lock = (attic.station / "catalog.lock").read_bytes()
    for trouble, server in zip(("html", "truncated", "key"), attic.servers.values(), strict=True):
        server.trouble = trouble
    done = attic.run("scan", str(attic.station))

    assert done.returncode == 0
    assert (attic.station / "catalog.lock").read_bytes() == lock
    assert done.stderr.count("EXS6002") == 3
    on_air = put_on_air(attic.station, **attic.environ)
    viewer = Viewer(on_air, "/iptv/channel/1.ts")
    # Where the servers' films would be there is the fallback; the local one and Emby's are on this disk.
    on_air.wait_for_line("step=fallback")
    viewer.wait_for_seconds(2)
    viewer.leave()
    page = on_air.get("/").text
    on_air.stop()
    doctor = attic.run("doctor", str(attic.station))
    assert doctor.returncode == 1 and "it refuses the key" in doctor.stdout
    assert secrets_in(attic, [page, on_air.log, done.stderr, done.stdout, doctor.stdout, doctor.stderr]) == []


def test_doctor_finds_servers_that_answer_files_that_are_here_and_items_that_play(attic: Attic) -> None:
    attic.run("scan", str(attic.station))
    doctor = attic.run("doctor", str(attic.station))

    assert doctor.returncode == 0, doctor.stdout + doctor.stderr
    assert "Jellyfin 10.11.0 takes the key; libraries `Films`" in doctor.stdout
    assert "`path_map` /data: 1 of 1 files looked for are on this disk" in doctor.stdout
    assert doctor.stdout.count("a second of") == 5
    assert secrets_in(attic, [doctor.stdout, doctor.stderr]) == []
