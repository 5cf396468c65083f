from __future__ import annotations

import os
from pathlib import Path

import pytest

from compiler.load import load


def write(root: Path, *files: str, text: str = "channels: {}\n") -> None:
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text(text, encoding="utf-8")


def paths(root: Path) -> list[str]:
    sources, diagnostics = load(root)
    assert diagnostics == []
    return [str(Path(file.path).relative_to(root)) for file in sources.files]


def test_every_yaml_file_below_the_root_is_read_in_order(tmp_path: Path) -> None:
    write(tmp_path, "b.yml", "a.yaml", "z/deep/c.yaml", "notes.txt", "d.json")
    assert paths(tmp_path) == ["a.yaml", "b.yml", "z/deep/c.yaml"]


def test_the_settings_at_the_root_and_hidden_files_are_not_read(tmp_path: Path) -> None:
    write(tmp_path, "config.yaml", "below/config.yaml", ".hidden.yaml", ".git/x.yaml")
    assert paths(tmp_path) == ["below/config.yaml"]


def test_what_exstvignore_matches_is_not_read(tmp_path: Path) -> None:
    write(
        tmp_path,
        "a.yaml",
        "draft-b.yaml",
        "old/c.yaml",
        "x/draft-d.yaml",
        "x/e.yaml",
        "x/y/f.yaml",
        "old.yaml",
    )
    write(tmp_path, ".exstvignore", text="# drafts\ndraft-*\n\nold*/\nx/e.yaml\n/x/y\n")
    assert paths(tmp_path) == ["a.yaml", "old.yaml"]


def test_paths_begin_with_the_root_as_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "channels/retro.yaml")
    monkeypatch.chdir(tmp_path)
    sources, _ = load(Path("channels"))
    assert [file.path for file in sources.files] == ["channels/retro.yaml"]


def test_a_link_loop_is_one_diagnostic(tmp_path: Path) -> None:
    write(tmp_path, "a/b.yaml")
    (tmp_path / "a" / "up").symlink_to(tmp_path, target_is_directory=True)
    sources, (diagnostic,) = load(tmp_path)
    assert (diagnostic.code, diagnostic.span.file) == ("EXS1014", str(tmp_path / "a" / "up"))
    assert len(sources.files) == 1


def test_a_link_to_a_folder_elsewhere_is_followed(tmp_path: Path) -> None:
    write(tmp_path, "shared/x.yaml", "station/a.yaml")
    (tmp_path / "station" / "more").symlink_to(tmp_path / "shared", target_is_directory=True)
    assert paths(tmp_path / "station") == ["a.yaml", "more/x.yaml"]


def test_a_link_to_itself_or_to_nothing_is_one_diagnostic_each(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml")
    (tmp_path / "self.yaml").symlink_to(tmp_path / "self.yaml")
    (tmp_path / "gone.yaml").symlink_to(tmp_path / "nowhere")
    sources, diagnostics = load(tmp_path)
    assert [each.code for each in diagnostics] == ["EXS1001", "EXS1001"]
    assert not sources.complete


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_one_diagnostic(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml")
    (tmp_path / "a.yaml").chmod(0)
    _, (diagnostic,) = load(tmp_path)
    assert diagnostic.code == "EXS1001"


def test_an_unreadable_file_is_one_diagnostic(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml")
    os.mkfifo(tmp_path / "pipe.yaml")
    sources, (diagnostic,) = load(tmp_path)
    assert (diagnostic.code, diagnostic.span.file) == ("EXS1001", str(tmp_path / "pipe.yaml"))
    assert [Path(file.path).name for file in sources.files] == ["a.yaml"]


@pytest.mark.parametrize("there", [True, False])
def test_a_folder_without_files_is_one_diagnostic(tmp_path: Path, there: bool) -> None:
    _, (diagnostic,) = load(tmp_path if there else tmp_path / "nowhere")
    assert diagnostic.code == "EXS1015"


def test_a_file_is_no_station(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml")
    _, (diagnostic,) = load(tmp_path / "a.yaml")
    assert diagnostic.message == "no station: this is not a folder"
