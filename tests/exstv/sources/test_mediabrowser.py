"""Jellyfin and Emby: what their items become, what is asked again, what is said of trouble."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from media_servers.mediabrowser import Emby, Jellyfin, MediaBrowser
from media_servers.shelf import Shelf, harbour
from media_servers.standing_in import TROUBLES, standing

from exstv.catalog.lock import seal
from exstv.catalog.model import Chapter, MediaItem, Stream
from exstv.catalog.view import open_view
from exstv.errors import ExstvError
from exstv.sources.base import FileInput, Place, ScanContext, ScanResult, UrlInput, as_media
from exstv.sources.emby import EmbySource
from exstv.sources.expected import Patience
from exstv.sources.jellyfin import JellyfinSource
from exstv.sources.mediabrowser import MediaBrowserSource
from exstv.sources.mediabrowser_library import scan as scan_library

KEY = "s3cr3t-k3y"
SERVERS = {"jellyfin": (Jellyfin, JellyfinSource), "emby": (Emby, EmbySource)}
HASTY = Patience(silent_s=0.3, whole_s=5)


class Attic:
    """A server over a shelf, and the source that asks it."""

    def __init__(self, kind: str, shelf: Shelf, root: Path, stack: ExitStack) -> None:
        stand_in, self._source = SERVERS[kind]
        self.server: MediaBrowser = stand_in(shelf, KEY)
        self.shelf = shelf
        self.root = root
        self.url = stack.enter_context(standing(self.server))

    def source(self, key: str = KEY, **definition: object) -> MediaBrowserSource:
        written = {"url": "${ATTIC}", "api_key": "${ATTIC_KEY}", **definition}
        return self._source("attic", json.dumps(written), {"ATTIC": self.url + "/", "ATTIC_KEY": key})

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


@pytest.fixture(params=list(SERVERS))
def attic(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Attic]:
    with ExitStack() as stack:
        yield Attic(request.param, harbour(tmp_path), tmp_path, stack)


def test_a_film_has_every_fact_that_the_server_knows(attic: Attic) -> None:
    film = attic.items()["Two Bridges"]

    wanted = MediaItem(
        id=f"attic:{attic.server.id(101)}",
        source="attic",
        kind="movie",
        title="Two Bridges",
        locator=film.locator,
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
        artwork=f"/Items/{attic.server.id(101)}/Images/Primary",
        chapters=(Chapter(start_ms=0, title="The ferry"), Chapter(start_ms=30_000, title="The bridge")),
        streams=film.streams,
        guids=("imdb:tt0000101",),
        library="Films",
        collections=("Noir",),
        added="2024-02-03T04:05:06Z",
        size=1234,
    )
    assert film == wanted


def test_streams_are_numbered_as_in_the_file_whatever_lies_beside_it(attic: Attic) -> None:
    items = attic.items()

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
    assert items["Two Bridges"].streams == items["The Buoy"].streams == (video, audio)


def test_an_episode_has_what_only_its_series_says(attic: Attic) -> None:
    episode = attic.items()["The Buoy"]

    assert (episode.kind, episode.show, episode.season, episode.episode) == ("episode", "Harbour Tales", 1, 2)
    assert (episode.genres, episode.tags) == (("Drama", "Sea"), ("evening",))
    assert (episode.rating, episode.network, episode.studio) == ("TV-PG", "Harbour TV", None)
    assert episode.collections == ("Friday", "Sea Stories")


def test_a_home_video_is_a_clip_and_an_episode_without_a_file_is_nothing(attic: Attic) -> None:
    items = attic.items()

    assert items["Launching the Boat"].kind == "clip"
    assert list(items) == ["Two Bridges", 'Канал & "quotes" <1984>', "The Buoy", "Launching the Boat"]


def test_a_video_that_nobody_named_has_its_files_name(attic: Attic) -> None:
    attic.shelf.videos[0].title = " "

    assert "Two Bridges (1963)" in attic.items()


def test_a_music_video_is_grouped_by_its_artist(attic: Attic) -> None:
    attic.shelf.videos[4] = replace(attic.shelf.videos[4], kind="music_video", artist="The Tides")

    item = attic.items()["Launching the Boat"]
    assert (item.kind, item.actors) == ("music_video", ("The Tides",))


def test_what_has_no_length_is_left_out_and_told(attic: Attic) -> None:
    attic.shelf.videos[1].duration_ms = 0

    result = attic.scan()
    assert [each.code for each in result.diagnostics] == ["EXS6003"]
    assert "does not know how long" in result.diagnostics[0].message
    assert len(result.items) == 3


def test_collections_and_libraries_can_be_asked_for(attic: Attic) -> None:
    where = {
        "list_contains(collections, 'Noir')": ["Two Bridges"],
        "library = 'Home'": ["Launching the Boat"],
        "added > '2024-01-01' and list_contains(genres, 'Sea')": ["The Buoy"],
    }
    with open_view(seal(attic.scan().items, {})) as view:
        for expression, titles in where.items():
            found = view.execute(f"SELECT title FROM media WHERE {expression}").fetchall()
            assert [title for (title,) in found] == titles


def test_only_the_wanted_libraries_are_asked(attic: Attic) -> None:
    assert list(attic.items(libraries=["Home"])) == ["Launching the Boat"]


def test_a_library_that_the_server_does_not_have_is_told_with_the_likely_one(attic: Attic) -> None:
    with pytest.raises(ExstvError, match="the server has no library `Flims`; did you mean `Films`"):
        attic.scan(libraries=["Flims"])
    with pytest.raises(ExstvError, match="it has `Films`, `Shows`, `Home`"):
        attic.scan(libraries=["Opera"])


def test_a_private_playlist_is_told_and_the_rest_is_scanned(attic: Attic) -> None:
    attic.shelf.private = ("Friday",)

    result = attic.scan()
    assert ["`attic:Friday` is left out" in each.message for each in result.diagnostics] == [True]
    assert len(result.items) == 4


def test_a_second_scan_fetches_nothing_in_full_and_gives_the_same(attic: Attic) -> None:
    first = attic.scan().items
    second = attic.scan(first)

    assert second.items == first
    assert attic.server.count("MediaSources") == 0


def test_a_changed_item_is_fetched_again_and_no_other(attic: Attic) -> None:
    first = attic.scan().items
    attic.shelf.videos[0] = replace(attic.shelf.videos[0], title="Three Bridges", version=2)

    second = {item.title: item for item in attic.scan(first).items}
    assert "Three Bridges" in second and len(second) == 4
    full = [each for each in attic.server.asked if "MediaSources" in each]
    assert len(full) == 1 and f"ds={attic.server.id(101)}&" in full[0]


def test_a_changed_series_changes_its_episodes(attic: Attic) -> None:
    first = attic.scan().items
    attic.shelf.shows[0].genres, attic.shelf.shows[0].version = ("Comedy",), 2

    second = {item.title: item for item in attic.scan(first).items}
    assert second["The Buoy"].genres == ("Comedy",)


def test_a_collection_that_changed_needs_no_item_again(attic: Attic) -> None:
    first = attic.scan().items
    attic.shelf.collections["Noir"] = [102]

    second = {item.title: item for item in attic.scan(first).items}
    assert second["Two Bridges"].collections == ()
    assert second['Канал & "quotes" <1984>'].collections == ("Friday", "Noir")
    assert attic.server.count("MediaSources") == 0


def test_facts_of_an_older_lock_are_not_taken_for_what_was_read(attic: Attic) -> None:
    first = attic.scan().items
    older = tuple(msgspec.structs.replace(item, title="Old Title") for item in first)

    assert {item.title for item in attic.scan(older).items} == {item.title for item in first}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_server_in_trouble_is_one_failure_without_its_address_or_key(attic: Attic, trouble: str) -> None:
    attic.server.trouble, attic.server.trouble_after = trouble, 3

    with pytest.raises(ExstvError) as failed:
        scan_library(attic.source(), attic.context(), HASTY)
    assert TROUBLES[trouble] in str(failed.value)
    assert attic.url not in str(failed.value) and KEY not in str(failed.value)


def test_a_server_that_is_down_or_takes_another_key_is_told(attic: Attic) -> None:
    attic.server.trouble = "html"
    with pytest.raises(ExstvError, match="a web page"):
        attic.scan()
    attic.server.trouble = ""
    with pytest.raises(ExstvError, match="it refuses the key: 401"):
        attic.source(key="another").scan(attic.context())
    gone = JellyfinSource("attic", '{"url":"http://127.0.0.1:9","api_key":"${K}"}', {"K": KEY})
    with pytest.raises(ExstvError, match="no connection"):
        gone.scan(attic.context())


@pytest.mark.parametrize("url", ["attic", "ftp://attic", "http://", "http://[", "http://a?b"])
def test_what_is_no_address_is_told_without_it(url: str, tmp_path: Path) -> None:
    source = JellyfinSource("attic", '{"url":"${U}","api_key":"${K}"}', {"U": url, "K": KEY})
    context = ScanContext(media_root=tmp_path, progress=lambda done, total, what: None)

    with pytest.raises(ExstvError) as failed:
        source.scan(context)
    assert "`url` is no address" in str(failed.value)


def place(root: Path) -> Place:
    return Place(media_root=root, channel_name="One", title="x", start_ms=0)


def test_a_mapped_file_plays_from_disk_and_any_other_from_the_server(attic: Attic, tmp_path: Path) -> None:
    mapped = {"path_map": {"/data": "${MOUNT:-.}", "/data/films": "films"}}
    film = attic.items(**mapped)["Two Bridges"]
    path = tmp_path / "films" / "Two Bridges (1963).mkv"
    remote = attic.source(**mapped).resolve(as_media(film), place(tmp_path))
    path.parent.mkdir()
    path.write_bytes(b"x")

    assert attic.source(**mapped).resolve(as_media(film), place(tmp_path)) == FileInput(path=str(path))
    assert isinstance(remote, UrlInput)
    assert remote.url.startswith(attic.url) and KEY not in remote.url
    assert any(KEY in value for _, value in remote.headers)
    assert str(tmp_path) not in film.locator and '"root":"/data/films"' in film.locator


@pytest.mark.parametrize("locator", ["../secret.mkv", "/etc/passwd", "a/../../secret.mkv"])
def test_no_locator_leads_out_of_a_mapped_folder(attic: Attic, tmp_path: Path, locator: str) -> None:
    (tmp_path / "secret.mkv").write_bytes(b"x")
    (tmp_path / "films" / "a").mkdir(parents=True)
    mapped = {"path_map": {"/data/films": "films"}}
    item = attic.items(**mapped)["Two Bridges"]
    other = item.locator.replace("Two Bridges (1963).mkv", locator)
    forged = as_media(msgspec.structs.replace(item, locator=other))

    assert isinstance(attic.source(**mapped).resolve(forged, place(tmp_path)), UrlInput)


def test_doctors_questions_are_answered(attic: Attic, tmp_path: Path) -> None:
    mapped = {"path_map": {"/data/films": "films", "/srv": "srv"}}
    media = [as_media(item) for item in attic.items(**mapped).values()]
    (tmp_path / "films").mkdir()
    (tmp_path / "films" / "Kanal.mkv").write_bytes(b"x")

    looks = [(look.text, bool(look.advice)) for look in attic.source(**mapped).examine(media, tmp_path)]
    assert "takes the key; libraries `Films`, `Shows`, `Home`" in looks[0][0]
    assert looks[1:] == [
        ("`path_map` /data/films: 1 of 2 files looked for are on this disk", True),
        ("`path_map` /srv: no item lies in it", True),
    ]
