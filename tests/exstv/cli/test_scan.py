"""`exstv scan` as a user runs it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from serving import served

from exstv.catalog.lock import definition_digest, read_lock, seal
from exstv.catalog.model import MediaItem, ScannedSource
from exstv.cli.catalog import keep_own
from exstv.cli.main import main
from exstv.cli.rescan import refreshed_catalog
from exstv.cli.scan import describe, read_sources
from exstv.settings import load_settings
from exstv.sources.scan import MISSING, SourceSummary

STATION = """
station: {name: Test, timezone: UTC}
sources:
  cards: {type: lavfi, items: [{id: a, title: A, video: color, duration: 10s}]}
  films: {type: local, path: films}
"""


@pytest.fixture
def station(tmp_path: Path) -> Path:
    (tmp_path / "station.yaml").write_text(STATION)
    (tmp_path / "films").mkdir()
    return tmp_path


def scan(capsys: pytest.CaptureFixture[str], *args: str | Path) -> tuple[int, str, str]:
    code = main(["scan", *map(str, args)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_the_lock_is_written_and_each_source_summed_up(
    station: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = scan(capsys, station)

    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "cards: 1 found, 1 new",
        "films: 0 found",
        f"{station / 'catalog.lock'}: 1 in all",
    ]
    assert [item.id for item in read_lock(station / "catalog.lock")[0].items] == ["cards:a"]


def test_a_second_scan_leaves_the_lock_alone(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scan(capsys, station)
    before = (station / "catalog.lock").stat().st_ino

    _, out, _ = scan(capsys, station)

    assert out.endswith("1 in all, unchanged\n")
    assert (station / "catalog.lock").stat().st_ino == before


def test_a_source_that_fails_is_a_warning_and_the_others_are_written(
    station: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (station / "films").rmdir()

    code, out, err = scan(capsys, station)

    assert code == 0
    assert "warning[EXS6002]: the source `films` was not scanned" in err
    assert "cards: 1 found" in out


def test_nothing_scanned_at_all_is_a_failure(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (station / "films").rmdir()

    code, _, _ = scan(capsys, station, "films")

    assert code == 1


def test_only_the_named_sources_are_scanned(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = scan(capsys, station, "cards")

    assert "films" not in out
    assert set(read_lock(station / "catalog.lock")[0].sources) == {"cards"}


def test_an_unknown_source_is_a_mistake_of_usage(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = scan(capsys, station, "card")

    assert (code, err) == (2, "exstv scan: no source named `card`; did you mean `cards`?\n")
    assert not (station / "catalog.lock").exists()


def test_a_mistake_in_the_station_is_shown_and_nothing_is_written(
    station: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (station / "more.yaml").write_text("sources:\n  more: {type: local, pth: x}\n")

    code, _, err = scan(capsys, station)

    assert code == 1
    assert "error[EXS2001]" in err
    assert not (station / "catalog.lock").exists()


@pytest.mark.ffmpeg
def test_missing_files_are_kept_until_they_are_pruned(
    station: Path, capsys: pytest.CaptureFixture[str], make_clip: object
) -> None:
    assert callable(make_clip)
    clip: Path = make_clip(station / "films" / "Film (1950).mkv", 1)
    scan(capsys, station)
    clip.unlink()

    _, out, _ = scan(capsys, station)
    assert "films: 0 found, 1 missing" in out

    _, out, _ = scan(capsys, station, "--prune")
    assert "1 in all" in out
    assert [item.id for item in read_lock(station / "catalog.lock")[0].items] == ["cards:a"]


@pytest.mark.ffmpeg
def test_a_broken_file_is_named_and_the_exit_code_stays_zero(
    station: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (station / "films" / "broken.mkv").write_bytes(b"no film")

    code, out, err = scan(capsys, station)

    assert code == 0
    assert "warning[EXS6003]: `films:broken.mkv` is left out" in err
    assert "films: 0 found, 1 failed" in out


@pytest.mark.ffmpeg
def test_a_deep_scan_measures_the_files_and_says_where_it_does_not(
    station: Path, capsys: pytest.CaptureFixture[str], make_clip: object
) -> None:
    assert callable(make_clip)
    make_clip(station / "films" / "Film (1950).mkv", 4)

    code, out, err = scan(capsys, station, "cards", "films", "--deep")

    assert (code, err) == (0, "")
    assert "cards: not looked into, since `--deep` is for sources of the type `local`" in out.splitlines()
    (film,) = (item for item in read_lock(station / "catalog.lock")[0].items if item.source == "films")
    assert film.pauses == ()
    assert [stream.loudness is not None for stream in film.streams if stream.type == "audio"] == [True]
    before = (station / "catalog.lock").read_bytes()
    scan(capsys, station)
    assert (station / "catalog.lock").read_bytes() == before


def test_a_damaged_lock_is_repaired(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (station / "catalog.lock").write_text("<<<<<<< HEAD\n")

    code, _, _ = scan(capsys, station)

    assert code == 0
    assert read_lock(station / "catalog.lock")[1] == []


def test_a_summary_leaves_out_what_is_nothing() -> None:
    assert describe(SourceSummary(name="films", found=3, changed=1)) == "films: 3 found, 1 changed"
    assert describe(SourceSummary(name="films", error="gone")) == "films: not scanned: gone"


LIST = b'{"startTime": "2026-03-06T06:00:00Z", "programs": [{"duration": 60000, "id": "cards:a"}]}'


def test_the_lists_of_external_schedules_are_fetched_as_well(
    station: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with served({"/day": LIST}) as address:
        (station / "day.yaml").write_text(f"schedules: {{day: {{kind: external, url: '{address}/day'}}}}")
        assert scan(capsys, station)[0] == 0
        assert list(read_lock(station / "catalog.lock")[0].lists) == ["day"]

        (station / "day.yaml").unlink()
        scan(capsys, station)
    assert read_lock(station / "catalog.lock")[0].lists == {}


def test_a_scan_of_one_source_keeps_the_lists(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with served({"/day": LIST}) as address:
        (station / "day.yaml").write_text(f"schedules: {{day: {{kind: external, url: '{address}/day'}}}}")
        scan(capsys, station)
    scan(capsys, station, "films", "--prune")
    assert list(read_lock(station / "catalog.lock")[0].lists) == ["day"]


def test_a_list_that_is_new_is_fetched_before_a_compile(station: Path) -> None:
    settings, _ = load_settings(station, {})
    refreshed_catalog(settings, station)
    with served({"/day": LIST}) as address:
        (station / "day.yaml").write_text(f"schedules: {{day: {{kind: external, url: '{address}/day'}}}}")
        catalog, found = refreshed_catalog(settings, station)
    assert (list(catalog.lists), found) == (["day"], [])
    assert refreshed_catalog(settings, station)[0] == catalog


def git(folder: Path, *words: str) -> str:
    argv = ["git", "-c", "user.name=T", "-c", "user.email=t@t.test", "-C", str(folder), *words]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(station: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The station in git, with a remote that it pushes to."""
    remote = tmp_path_factory.mktemp("remote")
    git(remote, "init", "--quiet", "--bare", "--initial-branch=main")
    git(station, "init", "--quiet", "--initial-branch=main")
    git(station, "config", "user.name", "T")
    git(station, "config", "user.email", "t@t.test")
    git(station, "remote", "add", "origin", str(remote))
    git(station, "add", "station.yaml")
    git(station, "commit", "--quiet", "--message", "A station")
    git(station, "push", "--quiet", "--set-upstream", "origin", "main")
    return remote


def test_the_lock_is_committed_alone_and_pushed(
    station: Path, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (station / "draft.yaml").write_text("# not yet\n")
    git(station, "add", "draft.yaml")

    code, out, err = scan(capsys, station, "--commit", "--push")

    assert (code, err) == (0, "")
    assert out.splitlines()[-1] == "pushed"
    assert git(repository, "log", "-1", "--format=%s", "main") == "Scan the sources: 1 new or changed"
    assert git(repository, "ls-tree", "--name-only", "main").split() == ["catalog.lock", "station.yaml"]
    # What else was staged still is.
    assert git(station, "status", "--porcelain", "draft.yaml") == "A  draft.yaml"


def test_a_lock_that_git_has_is_not_committed_again(
    station: Path, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scan(capsys, station, "--commit")
    before = git(station, "rev-parse", "HEAD")

    code, out, _ = scan(capsys, station, "--commit")

    assert code == 0 and "git has this catalog.lock already" in out
    assert git(station, "rev-parse", "HEAD") == before


def test_a_push_that_is_refused_says_what_git_says(
    station: Path, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(repository)

    code, _, err = scan(capsys, station, "--commit", "--push")

    assert code == 1 and "git push" in err and str(repository) in err
    # What was scanned is kept, and committed.
    assert git(station, "status", "--porcelain", "catalog.lock") == ""


def test_outside_of_git_a_commit_is_refused_with_gits_words(
    station: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = scan(capsys, station, "--commit")

    assert code == 1 and "not a git repository" in err
    assert (station / "catalog.lock").is_file()


def test_the_machines_own_lock_goes_on_and_the_committed_one_stays(
    station: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = scan(capsys, station, "--own")

    assert code == 0 and out.splitlines()[-1] == f"{station / '.exstv' / 'catalog.lock'}: 1 in all"
    assert not (station / "catalog.lock").exists()


def test_what_the_server_found_goes_on_in_the_lock_that_is_committed(
    station: Path, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sources, _ = read_sources(station)
    scanned = {each.name: ScannedSource(items=0, definition=definition_digest(each)) for each in sources}
    film = MediaItem(id="films:a.mkv", source="films", kind="movie", title="A", locator="a.mkv")
    settings, _ = load_settings(station, {})
    keep_own(settings, seal([film], scanned))

    scan(capsys, station, "--commit")

    # Only this machine had ever seen it: what is gone is kept as missing.
    states = {item.id: item.state for item in read_lock(station / "catalog.lock")[0].items}
    assert states == {"cards:a": film.state, "films:a.mkv": MISSING}


def test_a_locked_station_has_no_lock_of_this_machines_own(
    station: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (station / "config.yaml").write_text("catalog: {mode: locked}\n")

    code, _, err = scan(capsys, station, "--own")

    assert code == 1 and "mode: locked" in err
    assert not (station / ".exstv").exists()


def test_a_push_without_a_commit_is_a_usage_error(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["scan", str(station), "--push"])
    assert stopped.value.code == 2 and "--push goes with --commit" in capsys.readouterr().err


def test_the_files_may_stand_elsewhere_than_this_machines_settings(
    station: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    checkout = tmp_path_factory.mktemp("checkout")
    (checkout / "station.yaml").write_text(STATION.replace("id: a,", "id: b,"))

    code, _, _ = scan(capsys, station, "--own", "--files", checkout)

    assert code == 0
    items = read_lock(station / ".exstv" / "catalog.lock")[0].items
    assert [item.id for item in items] == ["cards:b"]
    assert list(checkout.iterdir()) == [checkout / "station.yaml"]
