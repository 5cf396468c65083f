"""`server` of config.yaml: where to listen, by which names clients may ask, and how many may do so.

What each setting does to a request is decided in runtime/gate and runtime/sessions.py.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from exstv import codes
from exstv.binding import mistake
from exstv.nodes import written
from exstv.units import format_duration, parse_duration

FEWEST_CHARACTERS, MOST_CHARACTERS = 16, 128
"""Of a token: 16 at random are 90 bits, which nobody guesses."""
_TOKEN = re.compile(r"[A-Za-z0-9._~-]*")
_URL = re.compile(r"https?://[^\s/?#]+(/[^\s?#]*)?")
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST_NAME = re.compile(rf"(?:\*\.)?{_LABEL}(?:\.{_LABEL})*")

# The environment has no quotes: `EXSTREAMTV_STATE_DIR=2026` is a folder.
Text = Annotated[str, Field(min_length=1), BeforeValidator(written)]


class Part(BaseModel):
    """One key of config.yaml and what stands below it."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def duration(least_ms: int, most_ms: int, *, like: str = "`30s` or `2m`") -> BeforeValidator:
    """A duration as the language writes it, in ms, between two bounds; `like` shows how one is written."""

    def convert(value: object) -> object:
        text = written(value)
        if not isinstance(text, str):
            return value
        try:
            duration_ms = parse_duration(text)
        except ValueError as error:
            raise mistake(codes.BAD_DURATION, value=text, help=f"write it like {like}") from error
        if not least_ms <= duration_ms <= most_ms:
            rule = f"from {format_duration(least_ms)} to {format_duration(most_ms)}"
            raise mistake(codes.OUT_OF_RANGE, value=text, rule=rule)
        return duration_ms

    return BeforeValidator(convert)


def _url(value: object) -> object:
    if isinstance(value, str) and not _URL.fullmatch(value):
        raise mistake(codes.BAD_URL, help="write it like `http://tv.example:8411`")
    return value.rstrip("/") if isinstance(value, str) else value


def _listed(value: object) -> object:
    """A list of one may be written as the value; the environment writes several with commas."""
    text = written(value)
    if text is None or text == "":
        return ()
    return tuple(part.strip() for part in text.split(",")) if isinstance(text, str) else value


def _host_name(value: object) -> object:
    if not isinstance(value, str):
        return value
    name = value.lower()
    if len(name) > 253 or not _HOST_NAME.fullmatch(name):
        raise mistake(
            codes.BAD_HOST_NAME, value=value, help="write it like `tv.example`, or `*.example` for all below"
        )
    return name


def _network(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return str(ipaddress.ip_network(value, strict=False))
    except ValueError:
        help = "write it like `192.168.1.5` or `172.16.0.0/12`"
        raise mistake(codes.BAD_NETWORK, value=value, help=help) from None


def _token(value: object) -> object:
    """Says what is wrong with a token and never the token itself."""
    text = written(value)
    if not isinstance(text, str):
        return value
    if not _TOKEN.fullmatch(text):
        reason = "it has other characters than letters, digits, `-`, `_`, `.` and `~`"
    elif not FEWEST_CHARACTERS <= len(text) <= MOST_CHARACTERS:
        reason = f"it has {len(text)} characters, and {FEWEST_CHARACTERS} to {MOST_CHARACTERS} are wanted"
    else:
        # As text, because bind() is strict; what it becomes shows itself to nobody.
        return SecretStr(text)
    raise mistake(codes.BAD_TOKEN, reason=reason, help="make one with `openssl rand -hex 16`")


HostName = Annotated[str, BeforeValidator(_host_name)]
Network = Annotated[str, BeforeValidator(_network)]


class ServerSettings(Part):
    """Where the server listens; port 0 takes any free one. `public_url` is what players are told to open.

    `allowed_hosts` are names besides those that a home has anyway, `trusted_proxies` whose `X-Forwarded-*`
    is believed, `token` what every address begins with. The rest are limits: `max_catchup` bounds how many
    watch another time than now.
    """

    host: Text = "0.0.0.0"
    port: Annotated[int, Field(ge=0, le=65535)] = 8411
    public_url: Annotated[str, BeforeValidator(_url)] | None = None
    allowed_hosts: Annotated[tuple[HostName, ...], BeforeValidator(_listed)] = ()
    trusted_proxies: Annotated[tuple[Network, ...], BeforeValidator(_listed)] = ()
    token: Annotated[SecretStr, BeforeValidator(_token)] | None = None
    max_catchup: Annotated[int, Field(ge=0, le=1000)] = 4
    max_viewers: Annotated[int, Field(ge=1, le=100_000)] = 1000
    max_viewers_per_client: Annotated[int, Field(ge=1, le=100_000)] = 250
    max_connections: Annotated[int, Field(ge=16, le=100_000)] = 2000
