"""`exstv export next`: playouts in ErsatzTV Next's shape, equal to the timeline item by item."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from stations import write_station

from compiler.external import read_list
from exstv.catalog.lock import definition_digest, encode, seal
from exstv.catalog.model import MediaItem, ScannedSource
from exstv.cli import compile as compile_command
from exstv.cli.export import run
from exstv.cli.scan import read_sources
from exstv.clock import from_iso, to_utc
from exstv.sources.base import ScanContext
from exstv.sources.registry import open_source
from exstv.timeline import query, versions

NOW = "2026-03-06T22:30:00Z"
INSTANT = {"type": "string", "format": "date-time", "pattern": r"\d\d:\d\d\.\d{3}[+-]\d\d:\d\d$"}
CUT = {"in_point_ms": {"type": "integer", "minimum": 0}, "out_point_ms": {"type": "integer", "minimum": 0}}


def source(kind: str, key: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["source_type", key],
        "properties": {"source_type": {"const": kind}, key: {"type": "string", "minLength": 1}, **more},
        "additionalProperties": False,
    }


SOURCES = {
    "oneOf": [
        source("local", "path", **CUT),
        source("lavfi", "params"),
        source("http", "uri", is_live={"type": "boolean"}, **CUT),
    ]
}
TRACK = {"type": "object", "required": ["source"], "properties": {"source": SOURCES}}
SCHEMA = {
    "type": "object",
    "required": ["version", "items"],
    "additionalProperties": False,
    "properties": {
        "version": {"const": "https://ersatztv.org/playout/version/0.0.1"},
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "start", "finish"],
                "oneOf": [{"required": ["source"]}, {"required": ["tracks"]}],
                "additionalProperties": False,
                "properties": {
                    "id": {"type": "string"},
                    "start": INSTANT,
                    "finish": INSTANT,
                    "source": SOURCES,
                    "tracks": {
                        "type": "object",
                        "required": ["video", "audio"],
                        "properties": {"video": TRACK, "audio": TRACK},
                    },
                },
            },
        },
    },
}
"""What of ErsatzTV Next's schema an export may use (its schema/playout.json, in words of ours)."""


LINKS = (
    "[{id: open, title: Open, url: 'https://tv.example/open.mp4', duration: 50m},"
    " {id: shut, title: Shut, url: 'https://tv.example/shut.mp4?key=s3cret', duration: 40m}]"
)
OTHERS = (
    MediaItem(
        id="films:film.mkv",
        source="films",
        kind="movie",
        title="Film",
        locator="film.mkv",
        duration_ms=3_600_000,
    ),
    MediaItem(
        id="links:open",
        source="links",
        kind="clip",
        title="Open",
        locator="https://tv.example/open.mp4",
        duration_ms=3_000_000,
    ),
    MediaItem(
        id="links:shut",
        source="links",
        kind="clip",
        title="Shut",
        locator="https://tv.example/shut.mp4",
        duration_ms=2_400_000,
    ),
)


@pytest.fixture
def station(tmp_path: Path) -> Path:
    """A generated channel, and one of a file, an open address and one with a key."""
    folder = write_station(tmp_path / "station", {"alpha": (3600, 3700)})
    (folder / "media").mkdir()
    (folder / "media" / "film.mkv").write_bytes(b"film")
    (folder / "more.yaml").write_text(
        f"sources:\n  films: {{type: local, path: media}}\n  links: {{type: url, items: {LINKS}}}\n"
        "collections:\n  all: {of: [films, links]}\n"
        "channels:\n  beta: {number: 2.1, name: Beta, schedule: beta}\n"
        "schedules:\n  beta: {kind: loop, items: [{play: all, order: listed, mode: flood}]}\n"
    )
    sources, _ = read_sources(folder)
    context = ScanContext(media_root=folder, progress=lambda done, total, what: None)
    items = [
        item
        for source in sources
        if source.type == "lavfi"
        for item in open_source(source, {}).scan(context).items
    ]
    known = {each.name: ScannedSource(items=0, definition=definition_digest(each)) for each in sources}
    (folder / "catalog.lock").write_bytes(encode(seal([*items, *OTHERS], known)))
    assert compile_command.run([str(folder), "--now", NOW]) == 0
    return folder


def exported(folder: Path) -> list[dict[str, Any]]:
    """The files of a channel's current version, in order of their names."""
    return [json.loads(path.read_text("utf-8")) for path in sorted((folder / "current").iterdir())]


def test_an_export_is_the_timeline_item_by_item(station: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run(["next", "--station", str(station), "--out", str(out), "--from", NOW]) == 0
    path = versions.current(station / ".exstv")
    assert path is not None
    timeline = query.load(path)
    for channel in timeline.channels:
        files = exported(out / channel.number)
        # The window of two hours passes midnight.
        assert len(files) == 2
        for file in files:
            jsonschema.validate(file, SCHEMA, format_checker=jsonschema.FormatChecker())
        planned = [
            (item.start_ms, item.finish_ms)
            for item in timeline.items
            if item.channel == channel.key and item.finish_ms > from_iso(NOW)
        ]
        items = [item for file in files for item in file["items"]]
        assert [(from_iso(item["start"]), from_iso(item["finish"])) for item in items] == planned
        assert len({item["id"] for item in items}) == len(items)


def test_files_are_named_by_their_window_and_read_by_our_own_reader(station: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run(["next", "beta", "--station", str(station), "--out", str(out), "--from", NOW]) == 0
    assert [path.name for path in out.iterdir()] == ["2.1"]
    for path in (out / "2.1" / "current").iterdir():
        programmes, reasons = read_list(path.read_bytes())
        assert programmes is not None and reasons == []
        first, last = programmes.programmes[0], programmes.programmes[-1]
        form = "%Y%m%dT%H%M%S.000000000+0000"
        assert path.name == f"{to_utc(first.start_ms):{form}}_{to_utc(last.finish_ms):{form}}.json"


def test_no_secret_is_written_and_what_is_black_is_told(
    station: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run(["next", "2.1", "--station", str(station), "--out", str(out), "--from", NOW]) == 0
    told = capsys.readouterr().err
    assert told.count("EXS6020") == 1
    assert "`links:shut`, which is black: its address may hold a secret" in told
    items = [item for file in exported(out / "2.1") for item in file["items"]]
    assert "s3cret" not in json.dumps(items) + told
    sources = [item["source"] for item in items if "source" in item]
    assert {source["path"] for source in sources if source["source_type"] == "local"} == {
        str(station / "media" / "film.mkv")
    }
    assert {source["uri"] for source in sources if source["source_type"] == "http"} == {
        "https://tv.example/open.mp4"
    }


def test_another_version_takes_the_place_of_the_one_before(station: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for number in (1, 2, 3):
        (station / "more.yaml").write_text((station / "more.yaml").read_text() + f"# {number}\n")
        edited = (station / "more.yaml").read_text().replace("name: Beta", f"name: Beta{number}", 1)
        (station / "more.yaml").write_text(edited)
        assert compile_command.run([str(station), "--now", NOW]) == 0
        assert run(["next", "2.1", "--station", str(station), "--out", str(out), "--from", NOW]) == 0
    names = sorted(path.name for path in (out / "2.1").iterdir())
    assert names == ["current", "v00000003", "v00000004"]
    assert (out / "2.1" / "current").readlink() == Path("v00000004")


def test_a_channel_that_is_not_there_is_a_usage_error(
    station: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["next", "bta", "--station", str(station), "--out", str(tmp_path / "out")]) == 2
    assert "did you mean `beta`?" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
