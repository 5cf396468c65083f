"""A folder of files: what is in it, what is wrong with it, and what is read again."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from exstv.catalog.model import MediaItem
from exstv.errors import ExstvError
from exstv.sources.base import FileInput, Place, ScanContext, ScanResult
from exstv.sources.local import LocalSource
from exstv.sources.probing import ProbeSpec
from exstv.sources.seen import FOLDER
from exstv.timeline.model import Media

MakeClip = Callable[..., Path]
NO_WORKER = ProbeSpec(command=("/nowhere/at/all",))


def source(probing: ProbeSpec | None = None, **definition: object) -> LocalSource:
    probing = probing or ProbeSpec(workers=1)
    return LocalSource("films", json.dumps({"path": "media", **definition}), {}, probing)


def scan(
    root: Path, known: tuple[MediaItem, ...] = (), probing: ProbeSpec | None = None, **definition: object
) -> ScanResult:
    context = ScanContext(
        media_root=root, state_dir=root / "state", known=known, progress=lambda done, total, what: None
    )
    return source(probing, **definition).scan(context)


def place(root: Path) -> Place:
    return Place(media_root=root, channel_name="One", title="x", start_ms=0)


def media(locator: str) -> Media:
    return Media(
        id=f"films:{locator}", source="films", kind="clip", title="x", duration_ms=1, locator=locator
    )


@pytest.fixture(scope="module")
def clip(make_clip: MakeClip, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clip")
    return make_clip(folder / "clip.mkv", 1, metadata={"title": "The Tag"})


def put(clip: Path, root: Path, *names: str) -> None:
    for name in names:
        (root / "media" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "media" / name).write_bytes(clip.read_bytes())


@pytest.mark.ffmpeg
def test_facts_come_from_the_path_and_from_the_file(clip: Path, tmp_path: Path) -> None:
    put(clip, tmp_path, "Tides/Season 01/Tides - S01E02 - The Ebb.mkv", "Metropolis (1927).mkv", "00001.mkv")

    items = {item.locator: item for item in scan(tmp_path).items}

    episode = items["Tides/Season 01/Tides - S01E02 - The Ebb.mkv"]
    assert (episode.kind, episode.show, episode.season, episode.episode) == ("episode", "Tides", 1, 2)
    assert (episode.title, episode.id) == ("The Ebb", f"films:{episode.locator}")
    assert episode.duration_ms in range(1000, 1100)
    video, audio = episode.streams
    assert (video.codec, video.width, video.height, video.frame_rate) == ("h264", 160, 90, "25")
    assert (video.interlaced, audio.codec, audio.channels, audio.sample_rate) == (False, "aac", 1, 48000)
    assert items["Metropolis (1927).mkv"].title == "Metropolis"
    assert items["00001.mkv"].title == "The Tag"
    assert all(item.mtime_ms is None and item.size == clip.stat().st_size for item in items.values())


@pytest.mark.ffmpeg
def test_a_broken_file_costs_one_diagnostic_and_the_others_go_on(clip: Path, tmp_path: Path) -> None:
    put(clip, tmp_path, "good.mkv")
    folder = tmp_path / "media"
    (folder / "empty.mkv").touch()
    (folder / "noise.mp4").write_bytes(os.urandom(4096))
    (folder / "list.ts").write_text("#EXTM3U\n#EXTINF:10,\nhttp://127.0.0.1:1/x.ts\n")
    (folder / "head.mkv").write_bytes(clip.read_bytes()[:400])
    os.mkfifo(folder / "pipe.mkv")

    result = scan(tmp_path)

    assert [item.locator for item in result.items] == ["good.mkv"]
    assert [found.span.file for found in result.diagnostics] == [
        f"films:{name}" for name in ("empty.mkv", "head.mkv", "list.ts", "noise.mp4", "pipe.mkv")
    ]
    assert {found.code for found in result.diagnostics} == {"EXS6003"}


@pytest.mark.ffmpeg
def test_only_what_changed_is_probed_again(clip: Path, tmp_path: Path) -> None:
    put(clip, tmp_path, "a.mkv", "b.mkv")
    first = scan(tmp_path)

    again = scan(tmp_path, first.items, NO_WORKER)
    assert again == first

    os.utime(tmp_path / "media" / "b.mkv", ns=(1, 1))
    seen: list[str] = []
    context = ScanContext(
        media_root=tmp_path,
        state_dir=tmp_path / "state",
        known=first.items,
        progress=lambda done, total, what: seen.append(f"{done}/{total} {what}"),
    )
    assert source().scan(context).items == first.items
    assert seen == ["1/2 ", "2/2 b.mkv"]


@pytest.mark.ffmpeg
def test_another_machine_with_the_same_files_gets_the_same_items(clip: Path, tmp_path: Path) -> None:
    put(clip, tmp_path / "one", "a.mkv", "sub/b.mkv")
    put(clip, tmp_path / "two", "sub/b.mkv", "a.mkv")

    one, two = (sorted(scan(tmp_path / name).items, key=lambda item: item.id) for name in ("one", "two"))

    assert msgspec.json.encode(one) == msgspec.json.encode(two)
    assert str(tmp_path).encode() not in msgspec.json.encode(one)


@pytest.mark.ffmpeg
def test_a_film_that_came_back_is_present(clip: Path, tmp_path: Path) -> None:
    put(clip, tmp_path, "a.mkv")
    (item,) = scan(tmp_path).items

    (again,) = scan(tmp_path, (msgspec.structs.replace(item, state="missing"),)).items

    assert again.state == "present"


def test_a_damaged_scan_state_only_costs_time(tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()
    (tmp_path / "state" / FOLDER).mkdir(parents=True)
    (tmp_path / "state" / FOLDER / "films.json").write_text("[oops")

    assert scan(tmp_path) == ScanResult(items=())


def test_a_folder_that_is_not_there_is_an_error_with_the_path_as_written(tmp_path: Path) -> None:
    definition = json.dumps({"path": "${SECRET}/films"})

    with pytest.raises(
        ExstvError, match=r"the folder `\$\{SECRET\}/films` cannot be read: no such"
    ) as caught:
        LocalSource("films", definition, {"SECRET": "hush"}).scan(
            ScanContext(media_root=tmp_path, progress=lambda done, total, what: None)
        )
    assert "hush" not in str(caught.value)


def test_resolve_gives_the_absolute_path(tmp_path: Path) -> None:
    (tmp_path / "media" / "a b").mkdir(parents=True)
    (tmp_path / "media" / "a b" / "c.mkv").touch()

    playable = source().resolve(media("a b/c.mkv"), place(tmp_path))

    assert playable == FileInput(path=str(tmp_path / "media" / "a b" / "c.mkv"))


def test_resolve_says_when_a_file_is_gone(tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()

    with pytest.raises(ExstvError, match=r"`films:c\.mkv` is gone: run `exstv scan`"):
        source().resolve(media("c.mkv"), place(tmp_path))


@pytest.mark.parametrize("locator", ["../secret.mkv", "link.mkv", "sub/../../secret.mkv"])
def test_resolve_stays_inside_the_folder(locator: str, tmp_path: Path) -> None:
    (tmp_path / "media" / "sub").mkdir(parents=True)
    (tmp_path / "secret.mkv").touch()
    (tmp_path / "media" / "link.mkv").symlink_to(tmp_path / "secret.mkv")

    with pytest.raises(ExstvError, match="lies outside"):
        source().resolve(media(locator), place(tmp_path))
    with pytest.raises(ExstvError, match="lies outside"):
        source().resolve(media(str(tmp_path / "secret.mkv")), place(tmp_path))


def test_links_lead_out_only_on_request(tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()
    (tmp_path / "other.mkv").touch()
    (tmp_path / "media" / "link.mkv").symlink_to(tmp_path / "other.mkv")

    playable = source(follow_symlinks=True).resolve(media("link.mkv"), place(tmp_path))

    assert playable == FileInput(path=str(tmp_path / "media" / "link.mkv"))
    with pytest.raises(ExstvError, match="lies outside"):
        source(follow_symlinks=True).resolve(media("../other.mkv"), place(tmp_path))
