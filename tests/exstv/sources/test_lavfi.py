"""Generated items: facts from the YAML, placeholders kept until an item plays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from exstv.errors import ExstvError
from exstv.sources.base import GraphInput, Place, ScanContext, ScanResult
from exstv.sources.registry import open_source
from exstv.timeline.model import Media, Source

PLACE = Place(media_root=Path("/"), channel_name="News 24", title="It's late", start_ms=1_700_000_000_123)


def source_of(*items: dict[str, Any], type: str = "lavfi") -> Source:
    return Source(name="cards", type=type, definition=json.dumps({"items": items}))


def scan(*items: dict[str, Any]) -> ScanResult:
    context = ScanContext(media_root=Path("/"), progress=lambda done, total, what: None)
    return open_source(source_of(*items), {}).scan(context)


def media(locator: dict[str, str | None]) -> Media:
    text = json.dumps(locator)
    return Media(id="cards:a", source="cards", kind="clip", title="a", duration_ms=1000, locator=text)


def test_facts_come_from_the_definition_and_placeholders_are_kept() -> None:
    graph = "color=red,drawtext=text='{title} ${SECRET}'"
    written = {
        "id": "e1",
        "title": "Pilot",
        "video": graph,
        "audio": "sine",
        "duration_ms": 5000,
        "kind": "episode",
        "show": "Tides",
        "season": 1,
        "episode": 2,
        "released": "2026-01-02",
        "genres": ["Nature"],
    }

    (item,) = scan(written).items

    assert (item.id, item.source, item.kind, item.title) == ("cards:e1", "cards", "episode", "Pilot")
    assert (item.show, item.season, item.episode, item.released) == ("Tides", 1, 2, "2026-01-02")
    assert (item.genres, item.duration_ms) == (("Nature",), 5000)
    assert json.loads(item.locator) == {"video": graph, "audio": "sine"}


def test_an_item_is_a_clip_unless_it_says_otherwise() -> None:
    (item,) = scan({"id": "a", "title": "A", "video": "color"}).items

    assert (item.kind, json.loads(item.locator)["audio"]) == ("clip", None)


def test_an_unknown_placeholder_is_a_diagnostic_and_its_item_is_left_out() -> None:
    result = scan(
        {"id": "good", "title": "Good", "video": "color"},
        {"id": "bad", "title": "Bad", "video": "drawtext=text='{titel}'", "audio": "sine"},
    )

    assert [item.id for item in result.items] == ["cards:good"]
    assert [(found.code, found.span.file) for found in result.diagnostics] == [("EXS6005", "cards:bad")]
    assert result.diagnostics[0].help == "did you mean `title`?"


def test_a_date_that_is_none_is_reported() -> None:
    result = scan({"id": "a", "title": "A", "video": "color", "released": "1927"})

    assert [found.code for found in result.diagnostics] == ["EXS6006"]
    assert len(result.items) == 1


def test_resolve_fills_in_where_the_item_plays_and_what_the_environment_says() -> None:
    source = open_source(source_of(), {"SIZE": "hd720"})
    locator = {"video": "color=s=${SIZE},drawtext=text='{channel} {title} {start_ms}'", "audio": "sine"}

    playable = source.resolve(media(locator), PLACE)

    text = r"News\ 24 It'\''s\ late 1700000000123".replace(r"It'\''s", r"It\'\''s")
    assert playable == GraphInput(video=f"color=s=hd720,drawtext=text='{text}'", audio="sine")


def test_an_item_without_sound_has_none() -> None:
    playable = open_source(source_of(), {}).resolve(media({"video": "color", "audio": None}), PLACE)

    assert playable == GraphInput(video="color", audio=None)


def test_a_graph_of_an_old_lock_with_an_unknown_placeholder_does_not_play() -> None:
    with pytest.raises(ExstvError, match="unknown placeholder 'nope'"):
        open_source(source_of(), {}).resolve(media({"video": "{nope}", "audio": None}), PLACE)


def test_a_type_that_nothing_stands_behind_is_named() -> None:
    with pytest.raises(ExstvError, match="`cards` has the unknown type `tape`"):
        open_source(source_of(type="tape"), {})


def test_a_definition_that_cannot_be_read_is_named_without_its_contents() -> None:
    with pytest.raises(ExstvError, match="definition of the source `cards`"):
        open_source(Source(name="cards", type="lavfi", definition='{"items":[{"id":1}]}'), {})
