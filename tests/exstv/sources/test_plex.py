"""Plex through the real plexapi: what its items become, what is asked again, and what is said of trouble."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from media_servers.plex import Plex
from media_servers.shelf import Shelf, harbour
from media_servers.standing_in import TROUBLES, standing

from exstv.catalog.model import Chapter, MediaItem, Stream
from exstv.errors import ExstvError
from exstv.sources.base import FileInput, Place, ScanContext, ScanResult, UrlInput, as_media
from exstv.sources.expected import Patience
from exstv.sources.plex import PlexSource
from exstv.sources.plex_library import scan as scan_library

KEY = "s3cr3t-t0k3n"
HASTY = Patience(silent_s=0.3, whole_s=5)
XML_TROUBLES = {**TROUBLES, "truncated": "no XML", "shape": "no XML"}


class Attic:
    """A server over a shelf, and the source that asks it."""

    def __init__(self, server: Plex, url: str, root: Path) -> None:
        self.server = server
        self.shelf: Shelf = server.shelf
        self.url = url
        self.root = root

    def source(self, token: str = KEY, **definition: object) -> PlexSource:
        written = {"url": "${ATTIC}", "token": "${ATTIC_TOKEN}", **definition}
        return PlexSource("attic", json.dumps(written), {"ATTIC": self.url, "ATTIC_TOKEN": token})

    def scan(self, known: tuple[MediaItem, ...] = (), **definition: object) -> ScanResult:
        self.server.asked.clear()
        return self.source(**definition).scan(self.context(known))

    def context(self, known: tuple[MediaItem, ...] = ()) -> ScanContext:
        return ScanContext(
            media_root=self.root,
            state_dir=self.root / "state",
            known=known,
            progress=lambda done, total, what: None,
        )

    def items(self, **definition: object) -> dict[str, MediaItem]:
        return {item.title: item for item in self.scan(**definition).items}


@pytest.fixture
def attic(tmp_path: Path) -> Iterator[Attic]:
    server = Plex(harbour(tmp_path), KEY)
    with standing(server) as url:
        yield Attic(server, url, tmp_path)


def test_a_film_has_every_fact_that_the_server_knows(attic: Attic) -> None:
    film = attic.items()["Two Bridges"]

    assert film == MediaItem(
        id="attic:101",
        source="attic",
        kind="movie",
        title="Two Bridges",
        locator='{"part":"/library/parts/1010/1700000000/file.mkv"}',
        duration_ms=60_000,
        year=1963,
        released="1963-05-17",
        genres=("Drama",),
        tags=("black and white",),
        studio="Quay Pictures",
        actors=("Ann Vos", "Piet Haas"),
        directors=("Ida Berg",),
        rating="PG",
        plot="A ferryman and the two bridges that will end his trade.",
        artwork="/library/metadata/101/thumb/1",
        chapters=(Chapter(start_ms=0, title="The ferry"), Chapter(start_ms=30_000, title="The bridge")),
        streams=film.streams,
        guids=("imdb:tt0000101",),
        library="Films",
        collections=("Noir",),
        added="2024-02-03T04:05:06Z",
        size=1234,
    )


def test_streams_are_those_of_the_file_in_libavcodecs_words(attic: Attic) -> None:
    video = Stream(
        index=0,
        type="video",
        codec="h264",
        width=160,
        height=90,
        frame_rate="24000/1001",
        interlaced=False,
        profile="High",
        level=11,
        pixel_format="yuv420p",
        default=True,
    )
    audio = Stream(
        index=1,
        type="audio",
        codec="aac",
        language="nld",
        channels=1,
        sample_rate=48_000,
        profile="LC",
        default=True,
    )
    assert attic.items()["Two Bridges"].streams == (video, audio)


def test_an_episode_has_what_only_its_show_says(attic: Attic) -> None:
    episode = attic.items()["The Buoy"]

    assert (episode.kind, episode.show, episode.season, episode.episode) == ("episode", "Harbour Tales", 1, 2)
    assert (episode.genres, episode.tags) == (("Drama", "Sea"), ("evening",))
    assert (episode.rating, episode.network, episode.studio) == ("TV-PG", "Harbour TV", None)
    assert episode.collections == ("Friday", "Sea Stories")


def test_other_videos_are_clips_and_names_are_kept_as_they_are(attic: Attic) -> None:
    items = attic.items()

    assert items["Launching the Boat"].kind == "clip"
    assert list(items) == ["Two Bridges", 'Канал & "quotes" <1984>', "Launching the Boat", "The Buoy"]


def test_a_film_in_several_files_is_an_item_a_part(attic: Attic) -> None:
    attic.server.several[101] = 2

    first = attic.scan().items
    parts = {item.id: item for item in first if item.title.startswith("Two")}
    assert [(id_, item.title, item.duration_ms) for id_, item in parts.items()] == [
        ("attic:101", "Two Bridges (1)", 30_000),
        ("attic:101.2", "Two Bridges (2)", 30_000),
    ]
    assert all(item.collections == ("Noir",) for item in parts.values())
    assert attic.scan(first).items == first


def test_what_has_no_length_is_left_out_and_told(attic: Attic) -> None:
    attic.shelf.videos[1].duration_ms = 0

    result = attic.scan()
    assert ["does not know how long" in each.message for each in result.diagnostics] == [True]
    assert len(result.items) == 3


def test_only_the_wanted_libraries_are_asked(attic: Attic) -> None:
    assert list(attic.items(libraries=["Home"])) == ["Launching the Boat"]
    with pytest.raises(ExstvError, match="the server has no library `Flims`; did you mean `Films`"):
        attic.scan(libraries=["Flims"])


def test_a_second_scan_fetches_no_video_in_full_and_gives_the_same(attic: Attic) -> None:
    first = attic.scan().items
    second = attic.scan(first)

    assert second.items == first
    assert [each for each in attic.server.asked if "/metadata/" in each] == [
        "/library/metadata/900?includeChapters=1&includeGuids=1"
    ]


def test_only_what_changed_is_fetched_again(attic: Attic) -> None:
    first = attic.scan().items
    attic.shelf.videos[0] = replace(attic.shelf.videos[0], title="Three Bridges", version=2)
    attic.shelf.shows[0].genres, attic.shelf.shows[0].version = ("Comedy",), 2
    attic.shelf.collections["Noir"] = [102]

    second = {item.title: item for item in attic.scan(first).items}
    assert second["The Buoy"].genres == ("Comedy",)
    assert second["Three Bridges"].collections == ()
    assert second['Канал & "quotes" <1984>'].collections == ("Friday", "Noir")
    whole = [each.partition("?")[0] for each in attic.server.asked if "/metadata/" in each]
    assert whole == ["/library/metadata/101", "/library/metadata/900", "/library/metadata/201"]


@pytest.mark.parametrize("trouble", XML_TROUBLES)
def test_a_server_in_trouble_is_one_failure_without_its_address_or_token(attic: Attic, trouble: str) -> None:
    attic.server.trouble, attic.server.trouble_after = trouble, 3

    with pytest.raises(ExstvError) as failed:
        scan_library(attic.source(), attic.context(), HASTY)
    assert XML_TROUBLES[trouble] in str(failed.value)
    assert attic.url not in str(failed.value) and KEY not in str(failed.value)


def test_a_server_that_is_down_or_takes_another_token_is_told(attic: Attic) -> None:
    with pytest.raises(ExstvError, match="it refuses the key: 401"):
        attic.source(token="another").scan(attic.context())
    gone = PlexSource("attic", '{"url":"http://127.0.0.1:9","token":"${T}"}', {"T": KEY})
    with pytest.raises(ExstvError, match="no connection"):
        gone.scan(attic.context())


def test_a_mapped_file_plays_from_disk_and_any_other_from_the_server(attic: Attic, tmp_path: Path) -> None:
    mapped = {"path_map": {"/data/films": "films"}}
    film = attic.items(**mapped)["Two Bridges"]
    place = Place(media_root=tmp_path, channel_name="One", title="x", start_ms=0)
    path = tmp_path / "films" / "Two Bridges (1963).mkv"
    remote = attic.source(**mapped).resolve(as_media(film), place)
    path.parent.mkdir()
    path.write_bytes(b"x")

    assert attic.source(**mapped).resolve(as_media(film), place) == FileInput(path=str(path))
    assert remote == UrlInput(
        url=f"{attic.url}/library/parts/1010/1700000000/file.mkv", headers=(("X-Plex-Token", KEY),)
    )


def test_a_forged_locator_tells_the_token_to_nobody(attic: Attic, tmp_path: Path) -> None:
    film = attic.items()["Two Bridges"]
    forged = msgspec.structs.replace(film, locator='{"part":"@elsewhere.example/file.mkv"}')
    place = Place(media_root=tmp_path, channel_name="One", title="x", start_ms=0)

    with pytest.raises(ExstvError, match="is no file of a Plex server"):
        attic.source().resolve(as_media(forged), place)


def test_doctors_questions_are_answered(attic: Attic, tmp_path: Path) -> None:
    looks = list(attic.source(path_map={"/nowhere": "x"}).examine([], tmp_path))

    assert looks[0].text == "Plex 1.41.0 takes the token; libraries `Films`, `Home`, `Shows`"
    assert [look.text for look in looks[1:]] == ["`path_map` /nowhere: no item lies in it"]
