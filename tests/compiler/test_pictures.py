"""Logos and watermarks that cannot be shown are told at compile time, where they are named."""

from __future__ import annotations

from pathlib import Path

import pytest
from pictures import PNG

from compiler.fingerprint import fingerprint
from compiler.load import Named, load, look_at_pictures
from compiler.parse import parse
from compiler.pictured import named_pictures
from compiler.pipeline import CompileRequest, compile_station
from compiler.validate import validate
from exstv.catalog.model import Catalog
from exstv.clock import from_iso
from exstv.diagnostics import Span
from exstv.pictures import LARGEST_BYTES

STATION = """station: {name: Harbour, timezone: UTC}
channels:
  one:
    number: 1
    name: One
    logo: lighthouse.png
    schedule: day
    watermark: {image: logos/bug.png}
  two:
    number: 2
    name: Two
    logo: https://img.example/two.png
    schedule: day
    watermark: null
schedules:
  day:
    kind: loop
    items:
      - {play: cards, watermark: {image: logos/bugg.png}}
      - {play: cards, watermark: {image: "https://img.example/bug.png"}}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "station").mkdir()
    (tmp_path / "station" / "station.yaml").write_text(STATION)
    (tmp_path / "station" / "logos").mkdir()
    (tmp_path / "station" / "logos" / "bug.png").write_bytes(PNG)
    return tmp_path / "station"


def told(root: Path) -> list[tuple[str, int, int, str]]:
    sources, _ = load(root)
    documents, _ = validate(parse(sources)[0])
    found = look_at_pictures(sources, named_pictures(documents))
    return [(each.message, each.span.line, each.span.column, each.help or "") for each in found]


def test_a_picture_that_cannot_be_shown_is_told_where_it_is_named(root: Path) -> None:
    assert told(root) == [
        ("the picture `lighthouse.png` cannot be shown: there is no such file", 6, 11, ""),
        (
            "the picture `logos/bugg.png` cannot be shown: there is no such file",
            19,
            42,
            "did you mean `logos/bug.png`?",
        ),
    ]
    (root / "lighthouse.png").write_text("a lighthouse, please")
    (root / "logos" / "bugg.png").write_bytes(b"GIF89a")
    ((message, line, column, _),) = told(root)
    assert message.endswith("cannot be shown: it is no picture: PNG, JPEG, WebP, GIF, BMP or SVG")
    assert (line, column) == (6, 11)


def test_a_compile_tells_of_it_and_goes_on(root: Path) -> None:
    now_ms = from_iso("2026-03-06T12:00Z")
    found = compile_station(CompileRequest(root, Catalog(), now_ms, now_ms)).diagnostics
    pictures = [each for each in found if each.code == "EXS3033"]
    assert [(each.span.line, each.severity.value) for each in pictures] == [(6, "warning"), (19, "warning")]


@pytest.mark.parametrize(
    ("path", "logo", "reason"),
    [
        ("../secret.png", True, "it lies outside of the station"),
        ("link.png", False, "it lies outside of the station"),
        ("loop.png", False, "it cannot be"),
        ("logos", False, "it is not a file"),
        ("large.png", False, "it is larger than 4 MB"),
        ("nul\0.png", False, "it cannot be a path"),
        ("bug.bmp", True, "a logo's name ends with one of .png, .jpg, .jpeg, .webp, .gif, .svg"),
        ("bug.bmp", False, None),
    ],
)
def test_a_picture_is_a_file_of_the_station(root: Path, path: str, logo: bool, reason: str | None) -> None:
    (root.parent / "secret.png").write_bytes(PNG)
    (root / "link.png").symlink_to("../secret.png")
    (root / "loop.png").symlink_to("loop.png")
    (root / "bug.bmp").write_bytes(b"BM")
    with (root / "large.png").open("wb") as file:
        file.truncate(LARGEST_BYTES + 1)
    found = look_at_pictures(load(root)[0], [Named(path, Span("a.yaml", 5, 32), logo)])
    assert [each.span for each in found] == ([Span("a.yaml", 5, 32)] if reason else [])
    assert all(f"cannot be shown: {reason}" in each.message for each in found)


def test_a_picture_that_comes_or_goes_is_compiled_anew(root: Path) -> None:
    def seen() -> str:
        return fingerprint(load(root)[0], ["facts"])

    before = seen()
    assert seen() == before
    (root / "lighthouse.png").write_bytes(PNG)
    with_logo = seen()
    (root / "lighthouse.png").unlink()
    assert with_logo != before == seen()


def test_a_picture_is_found_however_its_key_is_written(root: Path) -> None:
    before = [message for message, *_ in told(root)]
    text = STATION.replace("watermark:", r'"\u0077atermark":').replace("logo:", r'"l\x6Fgo":')
    assert "watermark" not in text and "logo:" not in text
    (root / "station.yaml").write_text(text)
    assert [message for message, *_ in told(root)] == before != []
