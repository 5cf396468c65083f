from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from exstv.diagnostics import Diagnostic, Severity
from exstv.git_settings import shown_remote
from exstv.settings import Settings, load_settings, variables

TOKEN = "0123456789abcdef"


def load(folder: Path, config: str = "", **environ: str) -> tuple[Settings, list[Diagnostic]]:
    (folder / "config.yaml").write_text(config, encoding="utf-8")
    return load_settings(folder, environ)


def test_without_a_config_file_the_defaults_hold(tmp_path: Path) -> None:
    settings, diagnostics = load_settings(tmp_path, {})
    assert diagnostics == []
    assert (settings.server.host, settings.server.port) == ("0.0.0.0", 8411)
    assert settings.ffmpeg.max_processes == 150
    assert settings.catalog.mode == "live"
    assert settings.state_dir == tmp_path / ".exstv"
    assert settings.media_root == tmp_path


def test_every_key_of_the_file_is_read(tmp_path: Path) -> None:
    config = """
server:
  {host: 127.0.0.1, port: 9000, public_url: "http://tv.example:9000/", max_catchup: 2, token: "${KEY}",
  allowed_hosts: [TV.example, "*.media.example"], trusted_proxies: 172.18.0.9/16,
  max_viewers: 9, max_viewers_per_client: 3, max_connections: 30}
ffmpeg:
  {path: /opt/ffmpeg, max_processes: 4, spawns_per_second: 2.5,
  memory_guard_threshold: 0.5, fd_guard_reserve: 9, spawn_bucket: 3, stuck_seconds: 1.5}
restarts: {again_seconds: 1, failures: 2, failure_seconds: 3, open_seconds: 4, most: 5, most_seconds: 6}
hdhomerun: {enabled: false, device_id: 10507a00, tuner_count: 2, ssdp: false, udp: true}
hls: {session_timeout: 2m}
catalog: {mode: locked}
state_dir: state
media_root: media
"""
    settings, diagnostics = load(tmp_path, config, KEY=TOKEN)
    assert [diagnostic.code for diagnostic in diagnostics] == ["EXS8004"]
    assert settings.server.model_dump() == {
        "host": "127.0.0.1",
        "port": 9000,
        "public_url": "http://tv.example:9000",
        "allowed_hosts": ("tv.example", "*.media.example"),
        "trusted_proxies": ("172.18.0.0/16",),
        "token": SecretStr(TOKEN),
        "max_catchup": 2,
        "max_viewers": 9,
        "max_viewers_per_client": 3,
        "max_connections": 30,
    }
    assert settings.ffmpeg.model_dump() == {
        "path": "/opt/ffmpeg",
        "max_processes": 4,
        "spawns_per_second": 2.5,
        "memory_guard_threshold": 0.5,
        "fd_guard_reserve": 9,
        "spawn_bucket": 3,
        "stuck_seconds": 1.5,
    }
    assert settings.restarts.model_dump() == {
        "again_seconds": 1,
        "failures": 2,
        "failure_seconds": 3,
        "open_seconds": 4,
        "most": 5,
        "most_seconds": 6,
    }
    assert settings.hdhomerun.model_dump() == {
        "enabled": False,
        "device_id": "10507A00",
        "tuner_count": 2,
        "ssdp": False,
        "udp": True,
    }
    assert settings.hls.session_timeout == 120_000
    assert settings.catalog.mode == "locked"
    assert settings.media_root == tmp_path / "media"
    assert settings.state_dir == tmp_path / "media" / "state"


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    settings, diagnostics = load(
        tmp_path,
        "server: {port: 9000, host: 127.0.0.1}",
        EXSTREAMTV_SERVER__PORT="9001",
        EXSTREAMTV_STATE_DIR="2026",
        EXSTREAMTV_HDHOMERUN__DEVICE_ID="",
    )
    assert diagnostics == []
    assert (settings.server.port, settings.server.host) == (9001, "127.0.0.1")
    assert settings.state_dir == tmp_path / "2026"
    assert settings.hdhomerun.device_id is None


@pytest.mark.parametrize("name", sorted(variables()))
def test_every_setting_has_a_variable_that_is_heard(tmp_path: Path, name: str) -> None:
    unfit = "no such thing" if not name.endswith(("HOST", "FFMPEG__PATH", "DIR", "ROOT")) else ""
    unfit = {"REMOTE": "ext::x", "COMMAND": "'"}.get(name.rpartition("_")[2], unfit)
    _, diagnostics = load(tmp_path, **{name: unfit})
    if name.endswith(("FFMPEG__PATH", "MEDIA_ROOT")):
        settings, _ = load(tmp_path, **{name: "/else"})
        assert settings != load(tmp_path)[0]
        return
    assert [diagnostic.span.file for diagnostic in diagnostics] == ["environment"]
    assert f"`{name}`" in diagnostics[0].message


@pytest.mark.parametrize(
    ("value", "code"), [("30", "EXS2006"), ("soon", "EXS2006"), ("1s", "EXS2011"), ("[]", "EXS2003")]
)
def test_a_session_timeout_is_a_duration_of_a_useful_length(tmp_path: Path, value: str, code: str) -> None:
    settings, (diagnostic,) = load(tmp_path, f"hls: {{session_timeout: {value}}}")
    assert (diagnostic.code, diagnostic.span.column) == (code, 24)
    assert settings.hls.session_timeout == 30_000


def test_several_names_may_stand_in_a_variable(tmp_path: Path) -> None:
    settings, diagnostics = load(
        tmp_path,
        EXSTREAMTV_SERVER__ALLOWED_HOSTS="tv.example, *.media.example",
        EXSTREAMTV_SERVER__TRUSTED_PROXIES="172.18.0.2,fd00::/8",
        EXSTREAMTV_SERVER__TOKEN=TOKEN,
    )
    assert diagnostics == []
    assert settings.server.allowed_hosts == ("tv.example", "*.media.example")
    assert settings.server.trusted_proxies == ("172.18.0.2/32", "fd00::/8")
    assert load(tmp_path, EXSTREAMTV_SERVER__ALLOWED_HOSTS="")[0].server.allowed_hosts == ()
    # All digits, it would be a number elsewhere.
    assert settings.server.token == SecretStr(TOKEN)


@pytest.mark.parametrize(
    ("config", "code", "column"),
    [
        ("allowed_hosts: [tv.example, 'http://tv.example']", "EXS8020", 38),
        ("allowed_hosts: tv.example:8411", "EXS8020", 25),
        ("allowed_hosts: ['*']", "EXS8020", 26),
        ("trusted_proxies: [proxy.example]", "EXS8021", 28),
        ("trusted_proxies: 10.0.0.0/40", "EXS8021", 27),
        ("token: 0123456789abcdef", "EXS2070", 17),
        ('token: "${KEY:-0123456789abcdef}"', "EXS2070", 17),
        ('token: "${SHORT}"', "EXS8022", 17),
        ('token: "${SLASH}"', "EXS8022", 17),
    ],
)
def test_what_cannot_be_a_name_a_network_or_a_token_is_told(
    tmp_path: Path, config: str, code: str, column: int
) -> None:
    environ = {"KEY": TOKEN, "SHORT": "s3cretsecret", "SLASH": "s3cret/s3cret/s3cret"}
    _, (diagnostic,) = load(tmp_path, f"server: {{{config}}}", **environ)
    assert (diagnostic.code, diagnostic.span.line, diagnostic.span.column) == (code, 1, column)
    told = f"{diagnostic.message} {diagnostic.help} {diagnostic.note}"
    assert not any(secret in told for secret in environ.values())


def test_a_token_s_variable_that_holds_nothing_is_no_open_door(tmp_path: Path) -> None:
    _, (diagnostic,) = load(tmp_path, EXSTREAMTV_SERVER__TOKEN="")
    assert (diagnostic.code, diagnostic.severity) == ("EXS8022", Severity.ERROR)
    assert "EXSTREAMTV_SERVER__TOKEN" in diagnostic.message
    _, (diagnostic,) = load(tmp_path, 'server: {token: "${KEY}"}', KEY="")
    assert diagnostic.code == "EXS8002"


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("remote: 'ext::sh -c date'", "EXS8010", "`ext::sh -c date` is not the address of a git repository"),
        ("remote: '-u /bin/sh'", "EXS8010", "`-u /bin/sh` is not the address of a git repository"),
        (
            "remote: 'x://u:s3cret@h/r'",
            "EXS8010",
            "`x://u@h/r` is not the address of a git repository",
        ),
        ("branch: '-f'", "EXS8011", "`-f` is not the name of a branch"),
        ("branch: 'a..b'", "EXS8011", "`a..b` is not the name of a branch"),
        ("interval: 10ms", "EXS2006", "`10ms` is not a duration"),
        ("interval: 2d", "EXS2011", "`2d` is out of range: from 1s to 1d"),
        ("webhook_secret: 0123456789abcdef", "EXS2070", "a secret does not stand in a station's files"),
        ("webhook_secret: '${SHORT}'", "EXS8022", "this token cannot be used: it has 5 characters, and at"),
        ("status_command: []", "EXS2024", "this list needs at least one entry"),
        ('status_command: "mark \'it"', "EXS2026", "this value does not fit: a quotation mark is not closed"),
    ],
)
def test_what_is_no_repository_is_told(tmp_path: Path, line: str, code: str, message: str) -> None:
    _, found = load(tmp_path, f"git:\n  {line}\n", SHORT="abcde")
    assert [(each.code, each.span.line) for each in found] == [(code, 2)]
    assert found[0].message.startswith(message)


def test_a_repository_s_folder_is_found_from_the_machine_s(tmp_path: Path) -> None:
    for remote, expected in {
        "../r.git": str(tmp_path / ".." / "r.git"),
        "/srv/r.git": "/srv/r.git",
        "git@h.example:r.git": "git@h.example:r.git",
        "https://h.example/r.git": "https://h.example/r.git",
    }.items():
        settings, found = load(tmp_path, f"git: {{remote: '{remote}', status_command: mark it}}")
        assert (settings.git.remote, found) == (expected, [])
        assert settings.git.status_command == ("mark", "it")


@pytest.mark.parametrize(
    "words",
    ["https://tv:s3cret@h.example/r.git", "fatal: unable to access 'https://s3cret@h.example/r.git/': no"],
)
def test_what_opens_a_repository_is_not_shown(words: str) -> None:
    assert "s3cret" not in shown_remote(words) and "https://h.example/r.git" in shown_remote(words)


def test_a_token_shows_itself_to_nobody(tmp_path: Path) -> None:
    settings, _ = load(tmp_path, EXSTREAMTV_SERVER__TOKEN=TOKEN)
    assert TOKEN not in f"{settings!r} {settings} {settings.model_dump_json()}"


def test_an_unknown_variable_is_named_with_a_suggestion(tmp_path: Path) -> None:
    _, (diagnostic,) = load(tmp_path, EXSTREAMTV_SERVER__PROT="1")
    assert diagnostic.code == "EXS8001"
    assert diagnostic.span.file == "environment"
    assert diagnostic.help == "did you mean `EXSTREAMTV_SERVER__PORT`?"


def test_other_programs_variables_are_no_concern(tmp_path: Path) -> None:
    assert load(tmp_path, PATH="/bin", EXSTREAM="x")[1] == []


def test_variables_are_expanded_in_values(tmp_path: Path) -> None:
    config = 'server: {port: "${PORT}", host: "${HOST:-127.0.0.1}"}'
    settings, diagnostics = load(tmp_path, config, PORT="9100", HOST="")
    assert diagnostics == []
    assert (settings.server.port, settings.server.host) == (9100, "127.0.0.1")


def test_a_variable_that_is_not_set_is_one_diagnostic(tmp_path: Path) -> None:
    _, (diagnostic,) = load(tmp_path, "server: {port: 1}\nstate_dir: ${MISSING}\n")
    assert (diagnostic.code, diagnostic.span.line, diagnostic.span.column) == ("EXS8002", 2, 12)


def test_mistakes_in_the_file_are_at_their_places(tmp_path: Path) -> None:
    config = "server: {prot: 1, port: 99999}\nffmpeg:\n  max_processes: many\nhdhomerun: 3\n"
    settings, diagnostics = load(tmp_path, config)
    assert [(found.code, found.span.line, found.span.column) for found in diagnostics] == [
        ("EXS2011", 1, 25),
        ("EXS2001", 1, 10),
        ("EXS2003", 3, 18),
        ("EXS2003", 4, 12),
    ]
    assert settings.server.port == 8411


def test_a_device_id_that_fails_the_checksum_is_a_warning_that_names_the_right_one(tmp_path: Path) -> None:
    settings, (diagnostic,) = load(tmp_path, "hdhomerun: {device_id: E5E17001}")
    assert (diagnostic.code, diagnostic.severity) == ("EXS8004", Severity.WARNING)
    assert diagnostic.help == "write `E5E17005`"
    assert diagnostic.span.column == 24
    assert settings.hdhomerun.device_id == "E5E17001"


@pytest.mark.parametrize("device_id", ["10512345", "105e1234", "00112233"])
def test_a_device_id_that_looks_like_a_number_stays_text(tmp_path: Path, device_id: str) -> None:
    settings, _ = load(tmp_path, f"hdhomerun: {{device_id: {device_id}}}")
    assert settings.hdhomerun.device_id == device_id.upper()


def test_a_config_that_is_not_yaml_is_one_diagnostic(tmp_path: Path) -> None:
    _, (diagnostic,) = load(tmp_path, "server: {port: 1\n")
    assert diagnostic.code == "EXS1003"


def test_a_config_that_cannot_be_read_is_one_diagnostic(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").mkdir()
    _, (diagnostic,) = load_settings(tmp_path, {})
    assert diagnostic.code == "EXS1001"
