"""`exstv new`: what it writes is a station; and the examples for CI do with one what they say."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from exstv.cli.compile import run as compile_command
from exstv.cli.new import run
from exstv.errors import ExstvError

REPOSITORY = Path(__file__).parents[3]
CI = REPOSITORY / "examples" / "ci"
FILES = """\
.github/workflows/station.yml
.gitignore
.vscode/extensions.json
.vscode/settings.json
README.md
catalog.lock
channels/one.yaml
config.yaml
schema/station.schema.json
sources/cards.yaml
station.yaml
"""
STEPS = ("check", "plan", "comment")
REPLACED = ("install exstv",)
"""Steps that are not run here: what they install is the program under test."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("new") / "Harbour TV"
    assert run([str(folder), "--timezone", "Europe/Amsterdam"]) == 0
    return folder


@pytest.fixture
def station(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / made.name))


def test_a_new_station_holds_these_files_and_is_sound(
    station: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = sorted(path.relative_to(station).as_posix() for path in station.rglob("*") if path.is_file())
    assert "".join(f"{name}\n" for name in found) == FILES
    capsys.readouterr()
    assert compile_command([str(station), "--check"]) == 0
    shown = capsys.readouterr()
    assert shown.out.startswith("checked: 1 channels, ") and shown.err == ""
    assert 'name: "Harbour TV"' in (station / "station.yaml").read_text(encoding="utf-8")
    assert "{{" not in "".join(
        path.read_text("utf-8") for path in station.rglob("*") if path.suffix in (".yaml", ".md")
    )


def test_an_editor_finds_the_schema_of_a_new_station(station: Path) -> None:
    settings = json.loads((station / ".vscode/settings.json").read_text(encoding="utf-8"))
    (schema,) = settings["yaml.schemas"]
    assert (station / schema).read_bytes() == (REPOSITORY / schema).read_bytes()
    for file in (station / "station.yaml", *station.glob("*/*.yaml")):
        modeline = file.read_text(encoding="utf-8").splitlines()[0]
        assert (file.parent / modeline.partition("$schema=")[2]).is_file(), file


def test_the_workflow_of_a_new_station_is_that_of_the_examples(station: Path) -> None:
    written = (station / ".github/workflows/station.yml").read_bytes()
    assert written == (CI / "github" / "station.yml").read_bytes()


@pytest.mark.parametrize("name", ["notes.txt", ".hidden"])
def test_a_folder_with_something_in_it_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(ExstvError, match=f"is not empty: `{name}`"):
        run([str(tmp_path)])
    assert [path.name for path in tmp_path.iterdir()] == [name]
    with pytest.raises(ExstvError, match="is a file"):
        run([str(tmp_path / name)])


def test_a_repository_that_was_just_made_is_taken(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    assert run([str(tmp_path), "--name", 'Mu"sic: TV']) == 0
    assert compile_command([str(tmp_path), "--check"]) == 0


def git(folder: Path, *args: str) -> str:
    who = ("-c", "user.name=Test", "-c", "user.email=test@localhost", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *who, *args], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def change(station: Path) -> Path:
    """A station on `main`, and one commit on a branch of its own that plays another order."""
    git(station, "init", "--quiet", "--initial-branch", "main")
    git(station, "add", "--all")
    git(station, "commit", "--quiet", "--message", "Begin")
    git(station, "update-ref", "refs/remotes/origin/main", "HEAD")
    git(station, "checkout", "--quiet", "-b", "listed")
    edit(station, "order: shuffle", "order: listed")
    git(station, "commit", "--quiet", "--all", "--message", "Play in order")
    return station


def edit(station: Path, old: str, new: str) -> None:
    file = station / "channels" / "one.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def shell(script: str, folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Runs a step as a runner does: bash, that stops at the first failure, with our `exstv` first in PATH."""
    path = os.pathsep.join((str(folder.parent / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB", "CI"))}
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script],
        cwd=folder,
        env={**kept, "PATH": path, **environ},
        capture_output=True,
        text=True,
        check=False,
    )


def parsed(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


def run_github(station: Path, *names: str) -> dict[str, subprocess.CompletedProcess[str]]:
    """Runs these steps of the workflow, as for a pull request into main."""
    (station.parent / "bin").mkdir()
    gh = station.parent / "bin" / "gh"
    gh.write_text('#!/bin/sh\necho "$@"; cat "$5"\n')
    gh.chmod(0o755)
    values = {"github.token": "t", "github.event.pull_request.number": "12", "vars.EXSTV_STATE": ""}
    done = {}
    for step in parsed(CI / "github" / "station.yml")["jobs"]["check"]["steps"]:
        if "run" in step:
            assert step["name"] in (*STEPS, *REPLACED)
        if step.get("name") in names:
            given = {
                name: values[value.removeprefix("${{ ").removesuffix(" }}")]
                for name, value in step.get("env", {}).items()
            }
            environ = {"GITHUB_ACTIONS": "true", "GITHUB_BASE_REF": "main", **given}
            done[step["name"]] = shell(step["run"], station, **environ)
    return done


def test_the_workflow_for_github_checks_and_comments(change: Path) -> None:
    done = run_github(change, *STEPS)
    assert {name: each.returncode for name, each in done.items()} == dict.fromkeys(STEPS, 0), done
    words, _, body = done["comment"].stdout.partition("\n")
    assert words == "pr comment 12 --body-file plan.md --edit-last --create-if-none"
    assert "Harbour TV: origin/main → working tree" in body and "One" in body


def test_the_workflow_for_github_annotates_a_mistake_at_its_line(change: Path) -> None:
    edit(change, "play: programmes", "play: programs")
    check = run_github(change, "check")["check"]
    assert check.returncode == 1
    assert "::error" in check.stdout and "file=channels/one.yaml,line=14" in check.stdout, check.stdout


class Notes(BaseHTTPRequestHandler):
    """Stands in for GitLab's API: keeps what is posted."""

    got: list[tuple[str, str, str]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.got.append((self.path, self.headers["PRIVATE-TOKEN"], body))
        self.send_response(201)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def notes() -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    handler = type("Kept", (Notes,), {"got": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/api/v4", handler.got
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_pipeline_for_gitlab_checks_and_comments(
    change: Path, notes: tuple[str, list[tuple[str, str, str]]]
) -> None:
    url, got = notes
    pipeline = parsed(CI / "gitlab" / ".gitlab-ci.yml")
    assert pipeline[".exstv"]["before_script"] == ['pip install "$EXSTV"']
    environ = {
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": git(change, "rev-parse", "main"),
        "CI_API_V4_URL": url,
        "CI_PROJECT_ID": "3",
        "CI_MERGE_REQUEST_IID": "5",
        "COMMENT_TOKEN": "t0ken",
    }
    for job in ("check", "plan"):
        assert pipeline[job]["extends"] == ".exstv"
        done = shell("\n".join(pipeline[job]["script"]), change, **environ)
        assert done.returncode == 0, done.stderr
    ((path, token, body),) = got
    assert (path, token) == ("/api/v4/projects/3/merge_requests/5/notes", "t0ken")
    assert "→ working tree" in body


def test_the_hook_refuses_a_commit_that_does_not_compile(change: Path) -> None:
    hook = change / ".git" / "hooks" / "pre-commit"
    hook.write_bytes((CI / "pre-commit" / "pre-commit").read_bytes())
    hook.chmod(0o755)
    commit = "git -c user.name=T -c user.email=t@localhost commit --quiet --all --message Edit"
    edit(change, "play: programmes", "play: programs")
    refused = shell(commit, change)
    assert refused.returncode != 0 and "EXS3001" in refused.stdout + refused.stderr
    edit(change, "play: programs", "play: programmes")
    edit(change, "order: listed", "order: random")
    done = shell(commit, change)
    assert done.returncode == 0, done.stderr


def test_the_hook_of_pre_commit_runs_the_same_check(change: Path) -> None:
    ((hook,),) = [each["hooks"] for each in parsed(CI / "pre-commit" / ".pre-commit-config.yaml")["repos"]]
    assert shell(hook["entry"], change).returncode == 0
    edit(change, "play: programmes", "play: programs")
    refused = shell(hook["entry"], change)
    assert refused.returncode == 1 and "one.yaml:14:" in refused.stderr
