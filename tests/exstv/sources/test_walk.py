"""Which files are media."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from exstv.sources.walk import Found, LeftOut, Selection, matches, walk


def make(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(b"x")


def paths(root: Path, selection: Selection | None = None) -> list[str]:
    return [entry.path for entry in walk(root, selection or Selection()) if isinstance(entry, Found)]


def test_media_files_are_found_at_any_depth_in_order(tmp_path: Path) -> None:
    make(
        tmp_path,
        "b/z.mkv",
        "b/a/c.MP4",
        "a.webm",
        "B.avi",
        "note.txt",
        "cover.jpg",
        "b/.hidden.mkv",
        ".x/y.mkv",
    )

    assert paths(tmp_path) == ["B.avi", "a.webm", "b/a/c.MP4", "b/z.mkv"]


def test_globs_choose(tmp_path: Path) -> None:
    make(tmp_path, "a.mkv", "a.mp4", "extras/b.mkv", "show/extras/c.mkv", "show/d.mkv")

    assert paths(tmp_path, Selection(include=("*.mkv",), exclude=("extras",))) == ["a.mkv", "show/d.mkv"]
    assert paths(tmp_path, Selection(include=("show/**",))) == ["show/d.mkv", "show/extras/c.mkv"]
    assert paths(tmp_path, Selection(exclude=("show/extras", "a.*"))) == ["extras/b.mkv", "show/d.mkv"]


@pytest.mark.parametrize(
    ("path", "glob", "expected"),
    [
        ("a/b.mkv", "*.mkv", True),
        ("a/b.mkv", "a/*", True),
        ("a/c/b.mkv", "a/*", False),
        ("a/c/b.mkv", "a/**", True),
        ("a/c/b.mkv", "a/**/b.mkv", True),
        ("a/b.mkv", "a/**/b.mkv", True),
        ("b1.mkv", "b[0-9].mkv", True),
        ("bx.mkv", "b[!0-9].mkv", True),
        ("b1.mkv", "b?.mkv", True),
        ("b1.mkv", "b[9-0].mkv", False),
        ("b[.mkv", "b[.mkv", True),
        ("b[1].mkv", "b[[]1].mkv", True),
        ("a+b.mkv", "a+b.mkv", True),
        ("aab.mkv", "a+b.mkv", False),
    ],
)
def test_a_glob(path: str, glob: str, expected: bool) -> None:
    assert matches(path, glob) is expected


def test_links_to_folders_are_followed_only_on_request(tmp_path: Path) -> None:
    root, other = tmp_path / "root", tmp_path / "other"
    make(other, "x.mkv")
    make(root, "a.mkv")
    (root / "linked").symlink_to(other)
    (root / "loop").symlink_to(root)
    (root / "out.mkv").symlink_to(other / "x.mkv")
    (root / "in.mkv").symlink_to(root / "a.mkv")
    (root / "dead.mkv").symlink_to(root / "nothing.mkv")

    entries = walk(root, Selection())
    assert [entry.path for entry in entries if isinstance(entry, Found)] == ["a.mkv", "in.mkv"]
    assert [(entry.path, entry.reason) for entry in entries if isinstance(entry, LeftOut)] == [
        ("dead.mkv", "no such file or directory"),
        ("linked", "it is a link to a folder, and `follow_symlinks` is off"),
        ("loop", "it is a link to a folder, and `follow_symlinks` is off"),
        ("out.mkv", "it is a link that leads out of the source's folder"),
    ]
    assert paths(root, Selection(follow_symlinks=True)) == ["a.mkv", "in.mkv", "linked/x.mkv", "out.mkv"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_name_that_is_not_utf_8_is_left_out(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.mkv")).write_bytes(b"x")

    assert walk(tmp_path, Selection()) == [LeftOut(path="caf?.mkv", reason="its name is not UTF-8")]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_closed_folder_is_left_out(tmp_path: Path) -> None:
    make(tmp_path, "a.mkv", "closed/b.mkv")
    (tmp_path / "closed").chmod(0)
    try:
        entries = walk(tmp_path, Selection())
    finally:
        (tmp_path / "closed").chmod(0o755)

    assert entries[1] == LeftOut(path="closed", reason="permission denied", folder=True)


def test_folders_without_end_are_left_out(tmp_path: Path) -> None:
    make(tmp_path, "a.mkv", "/".join(["d"] * 150) + "/b.mkv")

    found, left = walk(tmp_path, Selection())

    assert isinstance(found, Found) and isinstance(left, LeftOut)
    assert (left.path, left.reason) == ("/".join(["d"] * 101), "it lies more than 100 folders deep")


def test_a_root_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        walk(tmp_path / "none", Selection())
