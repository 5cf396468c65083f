"""A station with one source of every type, their servers on this machine, and the secrets they are told.

`Onlooker` sees what another user of the machine could: command lines, and files that are there for a moment.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import psutil
from databases import Database, Tmdb, asked
from media_servers.mediabrowser import Emby, Jellyfin
from media_servers.plex import Plex
from media_servers.shelf import Shelf as Library
from media_servers.shelf import Video
from media_servers.standing_in import StandIn, standing
from pictures import PNG
from serving import Shelf, Silent, listening, shelved
from stations import ITEM, VIDEO, write_station
from watching import PATIENCE_SECONDS

MakeClip = Callable[..., Path]

SECONDS = 3
KINDS = {"jelly": Jellyfin, "emby": Emby, "plex": Plex}
SECRETS = {name: f"s3cret-of-{name}" for name in ("iptv", "direct", "attic", "tube", *KINDS)}
PLAYED = ("disk", "drawn", "films", "direct", "attic", "tube", "jelly", "emby", "plex", "cams")
"""One collection of every source, and the live streams of one; each is an item long."""
STATION = """
sources:
  disk:
    type: local
    path: media
    kind: movie
    enrich: {{type: tmdb, key: "${{TMDB_KEY}}", url: "${{TMDB_URL}}"}}
  drawn: {{type: lavfi, items: [{drawn}]}}
  iptv: {{type: m3u, url: "{iptv}/list.m3u?k=${{IPTV_KEY}}"}}
  direct:
    type: url
    items:
      id: talk
      title: Talk
      url: "{direct}/talk.mp4?k=${{DIRECT_KEY}}"
      headers: {{X-Key: "${{DIRECT_KEY}}"}}
  attic: {{type: archive_org, url: "{attic}/${{ATTIC_KEY}}", items: duck}}
  tube: {{type: youtube, url: "{tube}/watch?k=${{TUBE_KEY}}"}}
  jelly: {{type: jellyfin, url: "${{JELLY_URL}}", api_key: "${{JELLY_KEY}}"}}
  emby: {{type: emby, url: "${{EMBY_URL}}", api_key: "${{EMBY_KEY}}", path_map: {{/data: mounted}}}}
  plex: {{type: plex, url: "${{PLEX_URL}}", token: "${{PLEX_KEY}}"}}
collections:
  films: {{from: iptv, where: "list_contains(tags, 'Films')"}}
  cams: {{from: iptv, where: "kind = 'live'"}}
schedules:
  mixed:
    kind: loop
    items:
{items}
channels:
  mixed: {{number: 8, name: Mixed, schedule: mixed}}
"""
LIST = """#EXTM3U
#EXTINF:3 tvg-id="film" group-title="Films",Film
{iptv}/film.mkv?k={key}
#EXTINF:-1 tvg-id="cam" group-title="Cams",Harbour Cam
{live}/{key}/cam.m3u8
"""
ARCHIVED = b"""{
  "metadata": {"title": "Duck", "mediatype": "movies"},
  "files": [{"name": "duck.mp4", "source": "original", "format": "h.264", "size": "100000", "length": "3"}]
}"""
PAGE = '<html><title>Swan</title><video src="/swan.mp4?k={key}"></video></html>'
SEGMENTS_LISTED = 6


@dataclass
class House:
    """The station, its servers by the names of their sources, and what its environment holds."""

    station: Path
    temporary: Path
    shelves: dict[str, Shelf] = field(default_factory=dict)
    servers: dict[str, StandIn] = field(default_factory=dict)
    database: Database | None = None
    environ: dict[str, str] = field(default_factory=dict)
    running: dict[str, ExitStack] = field(default_factory=dict)

    @property
    def own_lock(self) -> Path:
        """The lock that this machine keeps for itself."""
        return self.station / ".exstv" / "catalog.lock"

    @property
    def secrets(self) -> list[str]:
        """The keys, and the addresses that are given like them, without what every address has."""
        return [value.removeprefix("http://") for value in (*SECRETS.values(), *self.environ.values())]

    def run(self, *args: str) -> subprocess.CompletedProcess[str]:
        """A command of exstv over the station."""
        return subprocess.run(
            [sys.executable, "-m", "exstv", args[0], str(self.station), *args[1:]],
            env={**os.environ, **self.environ},
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )

    def stop(self, name: str) -> None:
        """Takes a source's server away."""
        self.running.pop(name).close()

    def told_in(self, texts: list[str]) -> list[str]:
        """Where a secret is: in these texts, or in any file below the station or of those for a while."""
        files = [
            path for root in (self.station, self.temporary) for path in root.rglob("*") if path.is_file()
        ]
        found = [str(path) for path in files for each in self.secrets if each.encode() in path.read_bytes()]
        # A database may have packed its texts.
        rows = [text for path in files if path.suffix == ".duckdb" for text in rows_of(path)]
        return found + [text for text in (*texts, *rows) for each in self.secrets if each in text]


def rows_of(path: Path) -> Iterator[str]:
    """All that the tables of a database say."""
    with duckdb.connect(str(path), read_only=True) as database:
        for (table,) in database.execute("SELECT table_name FROM duckdb_tables()").fetchall():
            yield str(database.execute(f'SELECT * FROM "{table}"').fetchall())


@contextmanager
def house_of_all_sources(folder: Path, make_clip: MakeClip, segments: list[bytes]) -> Iterator[House]:
    """The station below a folder, with all of its servers; `segments` are those of its live stream."""
    station = write_station(folder / "house", {"alpha": (60,)})
    # A station starts at the start of its day: hours of items as short as these would take long to plan.
    _replace(
        station / "station.yaml", 'broadcast_day: "06:00"', f'broadcast_day: "{datetime.now(UTC):%H:00}"'
    )
    house = House(station, folder / "temporary")
    house.temporary.mkdir()
    make_clip(station / "media" / "Short (1961).mp4", SECONDS)
    (station / "media" / "Short (1961)-poster.png").write_bytes(picture_of("disk"))
    clip = make_clip(folder / "clip.mp4", SECONDS)
    with ExitStack() as stack:
        for name in SECRETS:
            house.running[name] = stack.enter_context(ExitStack())
        for name, shelf in _shelves(clip.read_bytes()).items():
            house.shelves[name] = house.running[name].enter_context(shelved(shelf))
        for name, kind in KINDS.items():
            path = make_clip(station / "mounted" / f"{name}.mkv", SECONDS)
            house.servers[name] = kind(Library([_video(name, path)]), SECRETS[name])
            url = house.running[name].enter_context(standing(house.servers[name]))
            house.environ[f"{name.upper()}_URL"] = url
        house.database = stack.enter_context(asked(Tmdb("s3cret-of-tmdb")))
        house.environ |= {"TMDB_KEY": house.database.key, "TMDB_URL": house.database.address}
        live = stack.enter_context(live_stream(segments, SECRETS["iptv"]))
        addresses = {name: shelf.address for name, shelf in house.shelves.items()}
        list_ = LIST.format(iptv=addresses["iptv"], live=live, key=SECRETS["iptv"])
        house.shelves["iptv"].bodies["/list.m3u"] = list_.encode()
        house.environ |= {f"{name.upper()}_KEY": secret for name, secret in SECRETS.items()}
        house.environ["TMPDIR"] = str(house.temporary)
        items = [f"      - {{play: {name}, mode: one}}\n" for name in PLAYED[:-1]]
        items.append(f"      - {{play: cams, mode: duration, duration: {SECONDS}s}}\n")
        drawn = ITEM.format(id="d", title="Drawn", video=VIDEO, tone=500, seconds=SECONDS)
        text = STATION.format(drawn=drawn, items="".join(items), **addresses)
        (station / "house.yaml").write_text(text)
        yield house


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def _shelves(clip: bytes) -> dict[str, Shelf]:
    """What plain web servers hold; each gives it to those who know its secret."""
    key, page = SECRETS["attic"], PAGE.format(key=SECRETS["tube"])
    archived = {f"/{key}/metadata/duck": ARCHIVED, f"/{key}/download/duck/duck.mp4": clip}
    return {
        "iptv": Shelf({"/film.mkv": clip}, query=f"k={SECRETS['iptv']}"),
        "direct": Shelf(
            {"/talk.mp4": clip}, query=f"k={SECRETS['direct']}", required={"X-Key": SECRETS["direct"]}
        ),
        "attic": Shelf(archived),
        "tube": Shelf({"/watch": page.encode(), "/swan.mp4": clip}, query=f"k={SECRETS['tube']}"),
    }


def picture_of(name: str) -> bytes:
    """What is shown of a source's item."""
    return PNG + name.encode()


def _video(name: str, path: Path) -> Video:
    return Video(
        key=100,
        kind="movie",
        title=f"{name.title()} Film",
        library="Films",
        path=f"/data/{name}.mkv",
        duration_ms=SECONDS * 1000,
        file=path,
        picture=picture_of(name),
    )


@contextmanager
def live_stream(segments: list[bytes], key: str) -> Iterator[str]:
    """An HLS stream that gets another piece of a second each second, and knows the key in its path."""
    begun = time.monotonic()

    class Handler(Silent):
        def do_GET(self) -> None:
            number = self.path.removeprefix(f"/{key}/").removesuffix(".ts")
            last = int(time.monotonic() - begun) + SEGMENTS_LISTED
            body = b""
            if self.path == f"/{key}/cam.m3u8":
                first = last - SEGMENTS_LISTED
                head = f"#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:{first}\n"
                listed = "".join(f"#EXTINF:1,\n/{key}/{n}.ts\n" for n in range(first, last))
                body = (head + listed).encode()
            elif number.isdecimal() and int(number) < last:
                body = segments[int(number) % len(segments)]
            self.send_response(200 if body else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(ConnectionError):
                self.wfile.write(body)

    with listening(Handler) as address:
        yield address


class Onlooker:
    """Reads the command lines of all processes below this one, and files in a folder, again and again."""

    def __init__(self, temporary: Path) -> None:
        self.commands: set[str] = set()
        self.files: set[str] = set()
        self._temporary = temporary
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Onlooker:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._left.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._left.wait(0.25):
            for process in psutil.Process().children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    self.commands.add(" ".join(process.cmdline()))
            for path in self._temporary.rglob("*"):
                # It may have gone, or be a folder or a pipe.
                with suppress(OSError):
                    if path.is_file():
                        self.files.add(path.read_bytes().decode("latin-1"))
