"""This machine's settings: `config.yaml` of the station, overridden by the environment.

Owns their names, types and defaults. Reads one file and a given environment, once; nothing of the station's
own YAML. `EXSTREAMTV_SERVER__PORT=9000` overrides `server: {port: …}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from pydantic import BaseModel, BeforeValidator, Field

from exstv import codes, device_id, nodes
from exstv.binding import bind, mistake
from exstv.codes import did_you_mean
from exstv.diagnostics import Diagnostic, Span, suggest
from exstv.files import CONFIG_NAME, STATE_DIR
from exstv.git_settings import GitSettings, resolved
from exstv.nodes import Node, Scalar, written
from exstv.server_settings import Part, ServerSettings, Text, duration
from exstv.units import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from exstv.variables import is_variable, substitute
from exstv.yaml_text import decode, read_yaml

PREFIX = "EXSTREAMTV_"
ENVIRONMENT = "environment"
"""What stands in a span for the file name where a value comes from the environment."""

SECRETS = (("server", "token"), ("git", "webhook_secret"))
"""Keys whose values stand in the environment, and are told to nobody."""


def _device_id(value: object) -> object:
    text = written(value)
    if isinstance(text, str) and not re.fullmatch("[0-9A-Fa-f]{8}", text):
        raise mistake(codes.BAD_DEVICE_ID, help="write 8 hexadecimal digits, or leave it out")
    return text.upper() if isinstance(text, str) else text


class FfmpegSettings(Part):
    """Which ffmpeg, and how many of them. `memory_guard_threshold` is a share of the machine's memory."""

    path: Text | None = None
    max_processes: Annotated[int, Field(ge=1, le=10_000)] = 150
    spawns_per_second: Annotated[float, Field(gt=0, le=1000)] = 5
    spawn_bucket: Annotated[int, Field(ge=1, le=1000)] = 20
    stuck_seconds: Annotated[float, Field(gt=0, le=3600)] = 10
    memory_guard_threshold: Annotated[float, Field(gt=0, le=1)] = 0.85
    fd_guard_reserve: Annotated[int, Field(ge=0, le=1_000_000)] = 100


class RestartSettings(Part):
    """How often what failed is tried again: one channel's waits and circuit, and the limit over all."""

    again_seconds: Annotated[float, Field(ge=0, le=3600)] = 30
    failures: Annotated[int, Field(ge=1, le=1000)] = 5
    failure_seconds: Annotated[float, Field(gt=0, le=86_400)] = 300
    open_seconds: Annotated[float, Field(gt=0, le=86_400)] = 120
    most: Annotated[int, Field(ge=1, le=10_000)] = 10
    most_seconds: Annotated[float, Field(gt=0, le=3600)] = 60


class HdhomerunSettings(Part):
    """The emulated tuner; without `device_id` a valid one is derived once and kept.

    `ssdp` and `udp` are the ways in which it can be found.
    """

    enabled: bool = True
    device_id: Annotated[str, BeforeValidator(_device_id)] | None = None
    tuner_count: Annotated[int, Field(ge=1, le=32)] = 4
    ssdp: bool = True
    udp: bool = False


class HlsSettings(Part):
    """HLS. A player that has asked for nothing in `session_timeout` (ms) has gone."""

    session_timeout: Annotated[int, duration(10 * SECOND_MS, HOUR_MS)] = 30 * SECOND_MS


class CatalogSettings(Part):
    """`live`: this machine scans by itself, again after `every` (ms; None: only what was edited).

    `locked`: only the committed lock counts.
    """

    mode: Literal["live", "locked"] = "live"
    every: Annotated[int, duration(MINUTE_MS, 30 * DAY_MS)] | None = 6 * HOUR_MS


class AsRunSettings(Part):
    """For how many days what aired is kept."""

    keep_days: Annotated[int, Field(ge=1, le=36_500)] = 400


class Config(Part):
    """`config.yaml` as it is written."""

    server: ServerSettings = ServerSettings()
    ffmpeg: FfmpegSettings = FfmpegSettings()
    restarts: RestartSettings = RestartSettings()
    hdhomerun: HdhomerunSettings = HdhomerunSettings()
    hls: HlsSettings = HlsSettings()
    git: GitSettings = GitSettings()
    catalog: CatalogSettings = CatalogSettings()
    as_run: AsRunSettings = AsRunSettings()
    state_dir: Text = STATE_DIR
    media_root: Text | None = None


class Settings(Part):
    """All settings with absolute paths. `station` is the folder that they were read from."""

    server: ServerSettings = ServerSettings()
    ffmpeg: FfmpegSettings = FfmpegSettings()
    restarts: RestartSettings = RestartSettings()
    hdhomerun: HdhomerunSettings = HdhomerunSettings()
    hls: HlsSettings = HlsSettings()
    git: GitSettings = GitSettings()
    catalog: CatalogSettings = CatalogSettings()
    as_run: AsRunSettings = AsRunSettings()
    station: Path
    media_root: Path
    state_dir: Path


def load_settings(station: Path, environ: Mapping[str, str]) -> tuple[Settings, list[Diagnostic]]:
    """The settings of a station on this machine; where anything is wrong, the defaults stand in."""
    tree, diagnostics = _read(station / CONFIG_NAME)
    if tree is not None:
        diagnostics += _written_secrets(tree)
        tree, unset = _expand(tree, environ)
        diagnostics += unset
    merged, unknown = _override(tree, environ)
    diagnostics += [*unknown, *_empty_secrets(environ)]
    config: Config | None = None
    if merged is not None and not nodes.is_broken(merged):
        config, found = bind(Config, merged)
        diagnostics += [_named(diagnostic) for diagnostic in found]
    config = config or Config()
    if merged is not None and (warning := _checksum(config, merged)):
        diagnostics.append(warning)
    return _resolve(config, station), diagnostics


def variables() -> dict[str, tuple[str, ...]]:
    """Every environment variable that overrides a setting, with the path of its keys."""
    return {PREFIX + "__".join(path).upper(): path for path in _paths(Config)}


def _paths(model: type[BaseModel]) -> Iterator[tuple[str, ...]]:
    for name, field in model.model_fields.items():
        below = field.annotation
        if isinstance(below, type) and issubclass(below, BaseModel):
            yield from ((name, *path) for path in _paths(below))
        else:
            yield (name,)


def _resolve(config: Config, station: Path) -> Settings:
    station = station.absolute()
    media_root = station / config.media_root if config.media_root else station
    return Settings(
        server=config.server,
        ffmpeg=config.ffmpeg,
        restarts=config.restarts,
        hdhomerun=config.hdhomerun,
        hls=config.hls,
        git=resolved(config.git, station),
        catalog=config.catalog,
        as_run=config.as_run,
        station=station,
        media_root=media_root,
        state_dir=media_root / config.state_dir,
    )


def _read(path: Path) -> tuple[Node | None, list[Diagnostic]]:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return None, []
    except OSError as error:
        return None, [codes.UNREADABLE_FILE.at(Span(str(path)), reason=(error.strerror or "").lower())]
    text, diagnostics = decode(raw, str(path))
    if text is None:
        return None, diagnostics
    return read_yaml(text, str(path))


def _written_secrets(tree: Node) -> list[Diagnostic]:
    """Keys whose value is to stand in the environment, and stands in the file, which git keeps for ever."""
    help = "set a variable, and write its name: `${NAME}`"
    return [
        codes.SECRET_WRITTEN.at(found, help=help)
        for path in SECRETS
        if isinstance(found := _below(tree, path), Scalar)
        and found.value is not None
        and not is_variable(found.text)
    ]


def _below(tree: Node, path: tuple[str, ...]) -> Node | None:
    """What stands at a path, None where nothing does."""
    found: Node | None = tree
    for key in path:
        found = found.get(key) if isinstance(found, nodes.Mapping) else None
    return found


def _empty_secrets(environ: Mapping[str, str]) -> list[Diagnostic]:
    """Variables for a secret that hold nothing: whoever sets one means to be protected by it."""
    names = (name for name, path in variables().items() if path in SECRETS and environ.get(name) == "")
    spans = (Span(f"{ENVIRONMENT}:{name}") for name in names)
    help = "give it a value, or none at all: unset it"
    return [_named(codes.BAD_TOKEN.at(span, reason="it is empty", help=help)) for span in spans]


def _expand(tree: Node, environ: Mapping[str, str]) -> tuple[Node, list[Diagnostic]]:
    unset: list[Diagnostic] = []

    def expand(scalar: Scalar) -> Node:
        before = len(unset)

        def report(name: str) -> str:
            help = f"set it, or write `${{{name}:-default}}`"
            unset.append(codes.VARIABLE_NOT_SET.at(scalar.span, name=name, help=help))
            return ""

        text = substitute(scalar.text, environ, report)
        if len(unset) > before:
            return nodes.Broken(scalar.span, scalar.head)
        if text == scalar.text:
            return scalar
        return Scalar(scalar.span, scalar.head, text, nodes.plain_value(text))

    return nodes.map_scalars(tree, expand), unset


def _override(tree: Node | None, environ: Mapping[str, str]) -> tuple[Node | None, list[Diagnostic]]:
    known = variables()
    unknown: list[Diagnostic] = []
    for name in sorted(name for name in environ if name.startswith(PREFIX)):
        # The name is the place: there is no file to show.
        span = Span(f"{ENVIRONMENT}:{name}")
        if name in known:
            value = Scalar(span, span, environ[name], nodes.plain_value(environ[name]))
            tree = _put(tree, known[name], value)
        else:
            help = did_you_mean(suggest(name, known))
            unknown.append(codes.UNKNOWN_VARIABLE.at(Span(ENVIRONMENT), name=name, help=help))
    return tree, unknown


def _put(tree: Node | None, path: tuple[str, ...], value: Scalar) -> Node:
    if not path:
        return value
    if tree is not None and not isinstance(tree, nodes.Mapping):
        if not (isinstance(tree, Scalar) and tree.value is None):
            # What stands there is a mistake of its own, reported when it is bound.
            return tree
        tree = None
    old = tree.entries if tree else ()
    span, head = (tree.span, tree.head) if tree else (value.span, value.head)
    below = tree.get(path[0]) if tree else None
    key = Scalar(value.span, value.head, path[0], path[0])
    kept = tuple(entry for entry in old if entry[0].text != path[0])
    return nodes.Mapping(span, head, (*kept, (key, _put(below, path[1:], value))))


def _named(diagnostic: Diagnostic) -> Diagnostic:
    """Says which variable is meant where a value came from the environment."""
    file, _, name = diagnostic.span.file.partition(":")
    if file != ENVIRONMENT or not name:
        return diagnostic
    labels = tuple(msgspec.structs.replace(label, span=Span(ENVIRONMENT)) for label in diagnostic.labels)
    message = f"{diagnostic.message}, in the environment variable `{name}`"
    return msgspec.structs.replace(diagnostic, labels=labels, message=message)


def _checksum(config: Config, tree: Node) -> Diagnostic | None:
    wanted = config.hdhomerun.device_id
    if wanted is None or device_id.is_valid(wanted):
        return None
    right = device_id.suggestion(wanted)
    help = f"write `{right}`" if right else "leave it out, and one is derived"
    span = nodes.at(tree, "hdhomerun", "device_id").span
    return _named(codes.DEVICE_ID_CHECKSUM.at(span, value=wanted, help=help))
