"""Which files of a machine can be a station's picture: those below its folder, however a path is written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from exstv.pictures import NoPicture, artwork_type, read_artwork, read_picture
from exstv.sources.local import LocalSource

INSIDE, OUTSIDE = b"inside", b"outside"
PARTS = st.sampled_from(
    [
        *(
            "..",
            ".",
            "",
            "/",
            "~",
            "logos",
            "deep",
            "a.png",
            "out.png",
            "outer",
            "within",
            "loop",
            "none.png",
        ),
        *("station", "secret.png", "\x00", "..\\", "%2e%2e", "..;", "a.png\n", "…", "\ud800", "x" * 300),
    ]
)


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A station between secrets, with links to them, to a picture of its own, and to nowhere."""
    above = tmp_path_factory.mktemp("machine")
    folder = above / "station"
    (folder / "logos" / "deep").mkdir(parents=True)
    for path in (folder / "logos" / "a.png", folder / "logos" / "deep" / "a.png"):
        path.write_bytes(INSIDE)
    for path in (above / "secret.png", above / "a.png"):
        path.write_bytes(OUTSIDE)
    (folder / "logos" / "out.png").symlink_to(above / "secret.png")
    (folder / "outer").symlink_to(above)
    (folder / "logos" / "within").symlink_to(folder / "logos" / "deep")
    (folder / "loop").symlink_to(folder / "loop")
    yield folder


@given(parts=st.lists(PARTS, max_size=7), absolute=st.booleans())
@example(parts=["logos", "out.png"], absolute=False)
@example(parts=["outer", "secret.png"], absolute=False)
@example(parts=["..", "station", "..", "secret.png"], absolute=False)
@example(parts=["..", "secret.png"], absolute=True)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_path_leads_outside(station: Path, parts: list[str], absolute: bool) -> None:
    image = "/".join(parts)
    image = f"{station}/{image}" if absolute else image
    try:
        found = read_picture(station, image)
    except NoPicture:
        return
    assert found == INSIDE


@pytest.mark.parametrize(
    "image", ["logos/a.png", "./logos/../logos/a.png", "../station/logos/a.png", "logos/within/a.png"]
)
def test_a_path_that_stays_within_is_read(station: Path, image: str) -> None:
    assert read_picture(station, image) == INSIDE


@given(parts=st.lists(PARTS, max_size=7), absolute=st.booleans())
@example(parts=["logos", "out.png"], absolute=False)
@example(parts=["outer", "a.png"], absolute=False)
@example(parts=["logos", "..", "..", "a.png"], absolute=False)
@example(parts=["a\x00.png"], absolute=False)
@example(parts=["logos", "a.png"], absolute=False)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_picture_of_a_source_lies_outside_of_its_folder(
    station: Path, parts: list[str], absolute: bool
) -> None:
    artwork = "/".join(parts)
    artwork = f"{station}/{artwork}" if absolute else artwork
    try:
        found = LocalSource("films", '{"path": "station"}', {}).picture(artwork, station.parent)
        body = read_artwork(Path(found.path))
    except NoPicture:
        assert artwork != "logos/a.png"
        return
    assert body == INSIDE


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\x04\x00\x00\x00WEBP", "image/webp"),
        *((body, None) for body in (b"<svg/>", b"BM", b"<html>", b"RIFF\x04\x00\x00\x00AVI ", b"")),
    ],
)
def test_a_picture_is_told_by_its_bytes_and_carries_no_script(body: bytes, media_type: str | None) -> None:
    if media_type is None:
        with pytest.raises(NoPicture):
            artwork_type(body)
    else:
        assert artwork_type(body) == media_type
