"""`--state FILE|URL`: carried state from a file or from a running server, for `compile` and `plan`.

Imported only where it is asked for: an HTTP client takes long to load.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import httpx

from exstv import codes
from exstv.diagnostics import Diagnostic, Span
from exstv.errors import ExstvError
from exstv.timeline.carried import CarriedState, decode_state
from runtime.gate.token import with_token_hidden

TIMEOUT_S = 20.0
MAX_BYTES = 256_000_000


class _Unread(ExstvError):
    """No bytes came; the message says why."""


def read_state(where: str) -> tuple[CarriedState | None, list[Diagnostic]]:
    """The state at a path or an http(s) address; one that cannot be read or is none is told."""
    try:
        data = _fetched(where) if _is_url(where) else _read(Path(where))
        return decode_state(data, _shown(where)), []
    except (_Unread, ValueError) as error:
        return None, [codes.NO_STATE.at(Span(_shown(where)), reason=error)]


def _is_url(where: str) -> bool:
    return urlsplit(where).scheme in ("http", "https")


def _shown(where: str) -> str:
    # An address may hold a password, a token of ours or, in its query, another one: none is shown.
    parts = urlsplit(where)
    shown = parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()
    return with_token_hidden(shown) if _is_url(where) else where


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _Unread((error.strerror or "it is no file").lower()) from error


def _fetched(url: str) -> bytes:
    data = bytearray()
    try:
        with httpx.stream("GET", url, timeout=TIMEOUT_S, follow_redirects=True) as response:
            if not response.is_success:
                raise _Unread(f"the answer is {response.status_code} {response.reason_phrase}".rstrip())
            for part in response.iter_bytes():
                data += part
                if len(data) > MAX_BYTES:
                    raise _Unread(f"the answer has more than {MAX_BYTES:,} bytes")
    except httpx.TimeoutException as error:
        raise _Unread(f"no answer within {TIMEOUT_S:.0f} seconds") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise _Unread("no connection, or it broke") from error
    return bytes(data)
