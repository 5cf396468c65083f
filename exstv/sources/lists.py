"""Programme lists that external schedules name by their address: fetched at scan time, kept in the lock.

Owns what of a list is kept: keys that no compile reads are dropped, since another program may have put its
secrets there. Whether a list has the right shape is compiler/external.py's, which reads files as well.
Imported only where a list is fetched: an HTTP client takes long to load.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

import msgspec

from exstv import codes
from exstv.catalog.lock import list_digest, seal
from exstv.catalog.model import Catalog, FetchedList
from exstv.diagnostics import Diagnostic, Span
from exstv.sources.addresses import without_secrets
from exstv.sources.fetched import Limits, NotFetched
from exstv.sources.fetching import fetch

log = logging.getLogger(__name__)

LIMITS = Limits(bytes=32_000_000)
_PLAYOUT = frozenset(("version", "items", "start", "finish", "source", "tracks", "video"))
_SOURCE = frozenset(("source_type", "path", "in_point_ms", "out_point_ms"))
_CHANNEL = frozenset(("startTime", "programs", "duration", "isOffline", "type", "title", "showTitle"))
_KEYS = frozenset(("plexFile", "file", "key", "ratingKey", "guid", "id"))
_KEPT = _PLAYOUT | _SOURCE | _CHANNEL | _KEYS


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
    try:
        return msgspec.Raw(msgspec.json.encode(_kept(msgspec.json.decode(fetch(url, limits=LIMITS)))))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotFetched("the answer is not JSON") from error


def _kept(value: object) -> object:
    """Without keys that are not read; an address without its query, where tokens are."""
    if isinstance(value, dict):
        kept = {key: _kept(value[key]) for key in sorted(value) if key in _KEPT}
        uri = value.get("uri")
        return {**kept, "uri": without_secrets(uri)} if isinstance(uri, str) else kept
    if isinstance(value, list):
        return [_kept(each) for each in value]
    return value
