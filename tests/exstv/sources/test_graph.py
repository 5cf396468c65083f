"""Placeholders: a title appears in the picture as it is written, wherever the author put it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exstv.sources.graph import fill, unknown_placeholders
from exstv.sources.lavfi import FONT

TITLE = """100% It's: [a;b], c\\d "e" %{n} {x} {title} 'q' \\: $A"""
START_MS = 1_700_000_000_123
CANVAS = "color=black:s=1280x64:r=25,drawtext=fontfile={font}:fontcolor=white:fontsize=40:x=10:y=10:"


def values(title: str = TITLE) -> dict[str, str]:
    return {"font": str(FONT), "title": title, "channel": "One", "start_ms": str(START_MS)}


def draw(ffmpeg: str, graph: str, frames: int = 1) -> bytes:
    """The grey pixels of the graph's last frame; ffmpeg must have nothing to say."""
    done = subprocess.run(
        [
            *(ffmpeg, "-hide_banner", "-loglevel", "warning", "-nostdin"),
            *("-f", "lavfi", "-i", graph, "-frames:v", str(frames)),
            *("-pix_fmt", "gray", "-f", "rawvideo", "pipe:1"),
        ],
        check=True,
        capture_output=True,
    )
    assert done.stderr == b""
    return done.stdout[-1280 * 64 :]


def draw_file(ffmpeg: str, text: str, folder: Path) -> bytes:
    """The same picture with the text read from a file, where nothing is escaped and nothing expanded."""
    (folder / "text").write_text(text)
    graph = fill(CANVAS, values()) + f"textfile={folder / 'text'}:expansion=none"
    return draw(ffmpeg, graph)


@pytest.mark.ffmpeg
@pytest.mark.parametrize(
    "option",
    ["text='{title}'", "text={title}", r"text=\'{title}\'", "text='{title}':alpha=1", "text='{title}',null"],
)
def test_a_title_appears_literally_in_the_picture(option: str, ffmpeg: str, tmp_path: Path) -> None:
    expected = draw_file(ffmpeg, TITLE, tmp_path)

    assert draw(ffmpeg, fill(CANVAS + option, values())) == expected
    assert any(expected)


@pytest.mark.ffmpeg
@pytest.mark.parametrize("title", ["'", "\\", "%", ":", "a\\", "''", "\\'", "%%", "a;b,c[d]", "it's 5' \\% "])
def test_a_hard_title_between_other_text_appears_literally(title: str, ffmpeg: str, tmp_path: Path) -> None:
    expected = draw_file(ffmpeg, f"<{' '.join(title.split())}>", tmp_path)

    assert draw(ffmpeg, fill(CANVAS + "text='<{title}>'", values(title))) == expected


@pytest.mark.ffmpeg
def test_a_clock_shows_the_items_own_time(ffmpeg: str, tmp_path: Path) -> None:
    clock = fill(CANVAS + r"text='%{pts\:gmtime\:{start_ms}ms\:%T}'", values())

    # 22:13:20.123 and 22 frames of 40 ms are 22:13:21.003.
    assert draw(ffmpeg, clock, frames=22) == draw_file(ffmpeg, "22:13:20", tmp_path)
    assert draw(ffmpeg, clock, frames=23) == draw_file(ffmpeg, "22:13:21", tmp_path)


@pytest.mark.ffmpeg
def test_a_font_in_a_folder_with_a_hard_name_is_found(ffmpeg: str, tmp_path: Path) -> None:
    font = tmp_path / "It's: [my], fonts; 100%" / "Lato.ttf"
    font.parent.mkdir()
    font.write_bytes(FONT.read_bytes())

    graph = fill(CANVAS + "text=x", {**values(), "font": str(font)})

    assert draw(ffmpeg, graph) == draw(ffmpeg, fill(CANVAS + "text=x", values()))


def test_line_breaks_in_a_title_become_one_blank() -> None:
    assert fill("text='{title}'", values("two\r\n\tlines ")) == r"text='two\ lines'"


@pytest.mark.parametrize(
    "graph",
    ["drawtext=text='%{pts}'", "drawtext=text='%{n} ${NAME} {} { } {1} {Title} {a b}'", "aevalsrc=sin(t)"],
)
def test_other_braces_survive(graph: str) -> None:
    assert unknown_placeholders(graph) == []
    assert fill(graph, {}) == graph


def test_an_unknown_placeholder_comes_with_the_one_that_was_meant() -> None:
    assert unknown_placeholders("text='{titel} {whatever} {title}'") == [
        ("titel", "title"),
        ("whatever", None),
    ]


@given(st.text(st.sampled_from("'\\:[],;%{} ab")), st.sampled_from(["text={title}", "text='{title}'"]))
def test_a_filled_placeholder_leaves_the_readers_where_they_were(title: str, graph: str) -> None:
    filled = fill(graph + ",next={title}", values(title))

    assert filled.endswith(",next=" + fill("next={title}", values(title)).removeprefix("next="))
