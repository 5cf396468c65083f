"""examples/deploy: every command, option and variable that it names is there, and systemd takes the unit."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from exstv.cli.main import COMMANDS, main
from exstv.settings import variables

REPOSITORY = Path(__file__).parents[1]
DEPLOY = REPOSITORY / "examples" / "deploy"
FILES = sorted(path for path in DEPLOY.iterdir() if path.is_file())
SYSTEMD = shutil.which("systemd-analyze")
MOST_EXPOSED = 3.0
"""On systemd's scale from 0 to 10; a service without any hardening has 9.6."""


def documents(name: str) -> list[Any]:
    return list(YAML(typ="safe").load_all((DEPLOY / name).read_text(encoding="utf-8")))


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions with what follows each, its lines joined."""
    lines = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.startswith("#")).replace("\\\n", " ")
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in text.splitlines() if line.strip()]


def containers() -> Iterator[dict[str, Any]]:
    for document in documents("kubernetes.yaml"):
        pod = document["spec"].get("template", {}).get("spec", {})
        yield from (*pod.get("initContainers", ()), *pod.get("containers", ()))


def commands() -> list[list[str]]:
    """Every call of exstv: of the image, the compose file, the cluster, the unit and the text."""
    of_image = [json.loads(rest) for word, rest in instructions() if word == "CMD"]
    of_cluster = [each["args"] for each in containers()]
    of_compose = [each["command"] for each in documents("compose.yaml")[0]["services"].values()]
    unit = (DEPLOY / "exstv.service").read_text(encoding="utf-8")
    of_unit = [line.split()[1:] for line in unit.splitlines() if line.startswith("ExecStart=")]
    text = (DEPLOY / "README.md").read_text(encoding="utf-8")
    of_text = [
        words.split() for words in re.findall(r"(?:^|[`\s])exstv ([a-z][^`\n]*)", text) if "`" not in words
    ]
    said = [words for words in of_text if words[0] in COMMANDS]
    assert said and of_unit and of_image
    return [*of_image, *of_cluster, *of_compose, *of_unit, *said]


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_a_command_exists_with_its_options(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert command[0] in COMMANDS
    with pytest.raises(SystemExit, match="0"):
        main([command[0], "--help"])
    known = capsys.readouterr().out
    assert [word for word in command if word.startswith("--") and word not in known] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_variable_is_a_setting(path: Path) -> None:
    names = set(re.findall(r"EXSTREAMTV_[A-Z_]+", path.read_text(encoding="utf-8")))
    assert names <= set(variables())


def test_the_image_copies_what_is_there_and_does_not_run_as_root() -> None:
    copied = [
        source
        for word, rest in instructions()
        if word == "COPY" and not rest.startswith("--from")
        for source in rest.split()[:-1]
    ]
    assert {"exstv", "compiler", "runtime", "requirements.lock"} <= set(copied)
    assert [source for source in copied if not (REPOSITORY / source).exists()] == []
    assert [rest for word, rest in instructions() if word == "USER"] == ["1000"]
    words = [word for word, _ in instructions()]
    assert words[0] == "FROM" and words[-2:] == ["ENTRYPOINT", "CMD"]


def test_compose_files_lay_over_one_service() -> None:
    names = ("compose.yaml", "compose.vaapi.yaml", "compose.nvenc.yaml")
    base, vaapi, nvenc = (documents(name)[0]["services"] for name in names)
    assert [*base] == [*vaapi] == [*nvenc] == ["exstv"]
    assert base["exstv"]["network_mode"] == "host"
    assert vaapi["exstv"]["devices"] == ["/dev/dri:/dev/dri"]
    reserved = nvenc["exstv"]["deploy"]["resources"]["reservations"]["devices"]
    assert reserved == [{"driver": "nvidia", "count": 1, "capabilities": ["gpu", "video"]}]
    build = base["exstv"]["build"]
    assert (DEPLOY / build["context"] / build["dockerfile"]).resolve() == DEPLOY / "Dockerfile"


def test_a_cluster_has_one_writer_and_readers_with_a_state_of_their_own() -> None:
    found = {document["metadata"]["name"]: document for document in documents("kubernetes.yaml")[2:]}
    writer, readers = found["exstv-writer"]["spec"], found["exstv"]["spec"]
    assert writer["replicas"] == 1 and readers["replicas"] > 1
    assert [volume for volume in readers["template"]["spec"]["volumes"] if volume["name"] == "state"] == [
        {"name": "state", "emptyDir": {}}
    ]
    assert {each["image"] for each in containers()} == {"my-station"}


@pytest.mark.skipif(SYSTEMD is None, reason="no systemd-analyze")
def test_systemd_takes_the_unit_and_finds_it_hardened(tmp_path: Path) -> None:
    assert SYSTEMD is not None
    unit = tmp_path / "exstv.service"
    text = (DEPLOY / "exstv.service").read_text(encoding="utf-8")
    unit.write_text(text.replace("/opt/exstv/bin/exstv", str(Path(sys.executable).with_name("exstv"))))
    verified = subprocess.run(
        [SYSTEMD, "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False
    )
    assert (verified.returncode, verified.stderr) == (0, "")
    security = subprocess.run(
        [SYSTEMD, "security", "--offline=yes", "--no-pager", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    exposed = re.search(r"exposure level for \S+: ([\d.]+)", security.stdout)
    assert exposed and float(exposed[1]) <= MOST_EXPOSED, security.stdout
