"""Programme lists that external schedules name by their address: fetched at scan time, kept in the lock.

Owns what of a list is kept: keys that no compile reads are dropped, since another program may have put its
secrets there. Whether a list has the right shape is compiler/external.py's, which reads files as well.
Imported only where a list is fetched: an HTTP client takes long to load.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from urllib.parse import urlsplit

import httpx
import msgspec

from exstv import codes
from exstv.catalog.lock import list_digest, seal
from exstv.catalog.model import Catalog, FetchedList
from exstv.diagnostics import Diagnostic, Span
from exstv.errors import ExstvError

log = logging.getLogger(__name__)

MAX_BYTES = 32_000_000
TIMEOUT_S = 30.0
_PLAYOUT = frozenset(("version", "items", "start", "finish", "source", "tracks", "video"))
_SOURCE = frozenset(("source_type", "path", "in_point_ms", "out_point_ms"))
_CHANNEL = frozenset(("startTime", "programs", "duration", "isOffline", "type", "title", "showTitle"))
_KEYS = frozenset(("plexFile", "file", "key", "ratingKey", "guid", "id"))
_KEPT = _PLAYOUT | _SOURCE | _CHANNEL | _KEYS


class NotFetched(ExstvError):
    """A list did not come; the message says why, without its address."""


def fetch_lists(
    urls: Mapping[str, str], catalog: Catalog, only: set[str] | None = None
) -> tuple[Catalog, list[Diagnostic]]:
    """The catalog with the lists of these schedules, or of `only` some; others leave it.

    A list that does not come stays as it was.
    """
    lists = {name: each for name, each in catalog.lists.items() if name in urls}
    found: list[Diagnostic] = []
    for name in sorted(urls if only is None else only & urls.keys()):
        try:
            lists[name] = FetchedList(definition=list_digest(urls[name]), data=_fetch(urls[name]))
        except NotFetched as error:
            log.warning("list not fetched schedule=%s reason=%s", name, error)
            found.append(codes.LIST_NOT_FETCHED.at(Span(name), name=name, reason=error))
    return seal(catalog.items, catalog.sources, lists), found


def _fetch(url: str) -> msgspec.Raw:
    if urlsplit(url).scheme not in ("http", "https"):
        raise NotFetched("its address is neither http nor https")
    try:
        with httpx.stream("GET", url, timeout=TIMEOUT_S, follow_redirects=True) as response:
            if not response.is_success:
                raise NotFetched(f"the answer is {response.status_code} {response.reason_phrase}".rstrip())
            data = _body(response)
        return msgspec.Raw(msgspec.json.encode(_kept(msgspec.json.decode(data))))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NotFetched(_plainly(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotFetched("the answer is not JSON") from error


def _body(response: httpx.Response) -> bytes:
    data = bytearray()
    for part in response.iter_bytes():
        data += part
        if len(data) > MAX_BYTES:
            raise NotFetched(f"the answer has more than {MAX_BYTES:,} bytes")
    return bytes(data)


def _kept(value: object) -> object:
    """Without keys that are not read; an address without its query, where tokens are."""
    if isinstance(value, dict):
        kept = {key: _kept(value[key]) for key in sorted(value) if key in _KEPT}
        uri = value.get("uri")
        return {**kept, "uri": _without_secrets(uri)} if isinstance(uri, str) else kept
    if isinstance(value, list):
        return [_kept(each) for each in value]
    return value


def _without_secrets(uri: str) -> str:
    parts = urlsplit(uri)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def _plainly(error: Exception) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "no answer in time"
    return "no connection" if isinstance(error, httpx.ConnectError) else "the connection broke"
