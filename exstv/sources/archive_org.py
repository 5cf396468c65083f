"""Source `archive_org`: films of the Internet Archive, found by a query or by their identifiers.

archive_films.py says which films an item holds and which of its files plays. What is new is probed where it
is; of the rest the catalog already knows the streams.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from exstv.catalog.model import MediaItem
from exstv.diagnostics import Diagnostic
from exstv.errors import ExstvError
from exstv.sources.archive_films import Item, films, first, media_item
from exstv.sources.base import Place, ScanContext, ScanResult, UrlInput, left_out
from exstv.sources.environment import expand
from exstv.sources.facts import bad_dates
from exstv.sources.fetched import NotFetched
from exstv.sources.fetching import fetch
from exstv.sources.probed import Failed, Probed
from exstv.sources.probing import ProbeSpec
from exstv.sources.remote_probing import probe_remote
from exstv.timeline.model import Media

log = logging.getLogger(__name__)

PAGE = 1000
AT_A_TIME = 4
"""Questions asked at a time: the service asks for restraint."""
_ITEM = msgspec.json.Decoder(Item, strict=False)


class _Definition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    url: str
    limit: int
    query: str | None = None
    items: tuple[str, ...] = ()


class _Page(msgspec.Struct, frozen=True):
    docs: list[dict[str, Any]]


class _Found(msgspec.Struct, frozen=True):
    response: _Page


class ArchiveOrgSource:
    """The films of one query, or of some items."""

    def __init__(
        self, name: str, definition: str, environ: Mapping[str, str], probing: ProbeSpec | None = None
    ) -> None:
        self._name = name
        self._environ = environ
        self._probing = probing
        self._definition = msgspec.json.decode(definition, type=_Definition)

    def scan(self, context: ScanContext) -> ScanResult:
        """Finds the items and probes what is new in them. Raises ExstvError if they cannot be found."""
        identifiers = self._definition.items or self._search()
        found: dict[str, MediaItem] = {}
        diagnostics: list[Diagnostic] = []
        counted = context.counting(len(identifiers))
        with ThreadPoolExecutor(AT_A_TIME, self._name) as threads:
            for identifier, answer in zip(identifiers, threads.map(self._ask, identifiers), strict=True):
                counted(identifier)
                if isinstance(answer, str):
                    diagnostics.append(left_out(f"{self._name}:{identifier}", answer))
                    found |= self._known_of(identifier, context.known)
                else:
                    found |= {item.id: item for item in answer}
        items, failed = self._probed(found, context)
        diagnostics += failed
        diagnostics += [finding for item in items for finding in bad_dates(item)]
        return ScanResult(items=tuple(items), diagnostics=tuple(diagnostics))

    def resolve(self, media: Media, place: Place) -> UrlInput:
        """Gives the file's address, which leads on to where it lies at the moment."""
        return self._remote(media.locator)

    def _remote(self, locator: str) -> UrlInput:
        return UrlInput(url=f"{self._base()}/download/{quote(locator)}")

    def _base(self) -> str:
        return expand(self._definition.url, self._environ).rstrip("/")

    def _search(self) -> tuple[str, ...]:
        """The identifiers that the query finds, in their own order: so a new one moves no other."""
        asked = {
            "q": self._definition.query,
            "fl[]": "identifier",
            "sort[]": "identifier asc",
            "output": "json",
        }
        found: list[str] = []
        for page in range(1, self._definition.limit // PAGE + 2):
            rows = min(PAGE, self._definition.limit)
            query = urlencode({**asked, "rows": rows, "page": page})
            data = fetch(f"{self._base()}/advancedsearch.php?{query}")
            try:
                docs = msgspec.json.decode(data, type=_Found).response.docs
            except (msgspec.DecodeError, UnicodeDecodeError):
                raise ExstvError("the query is answered with something else than a list of items") from None
            found += [identifier for doc in docs if (identifier := first(doc.get("identifier")))]
            if len(docs) < rows or len(found) >= self._definition.limit:
                break
        return tuple(dict.fromkeys(found))[: self._definition.limit]

    def _ask(self, identifier: str) -> list[MediaItem] | str:
        """The films of an item, or why there are none."""
        try:
            item = _ITEM.decode(fetch(f"{self._base()}/metadata/{quote(identifier, safe='')}"))
        except NotFetched as error:
            return str(error)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return "it is described by something else than an item"
        if not item.metadata:
            return "there is no such item"
        if item.is_dark or first(item.metadata.get("access-restricted-item")).lower() == "true":
            return "it is not open to everybody"
        held = films(item)
        if not held:
            return "it holds no film that can be played"
        item.metadata["identifier"] = identifier
        return [media_item(self._name, item, film, alone=len(held) == 1) for film in held]

    def _known_of(self, identifier: str, known: Iterable[MediaItem]) -> dict[str, MediaItem]:
        prefix = f"{self._name}:{identifier}/"
        return {item.id: item for item in known if item.id.startswith(prefix)}

    def _probed(
        self, found: Mapping[str, MediaItem], context: ScanContext
    ) -> tuple[list[MediaItem], list[Diagnostic]]:
        """The items with their streams, as they are known or found by looking."""
        known = {item.id: item for item in context.known if item.streams}
        same = {id_ for id_, item in found.items() if id_ in known and _file(known[id_]) == _file(item)}
        wanted = {id_: self._remote(item.locator) for id_, item in found.items() if id_ not in same}
        answers = probe_remote(wanted, context.counting(len(wanted)), self._probing)
        items: list[MediaItem] = []
        diagnostics: list[Diagnostic] = []
        for id_, item in found.items():
            match answers.get(id_):
                case None:
                    items.append(_with(item, known[id_]))
                case Probed() as probed:
                    items.append(_with(item, probed))
                case Failed(reason=reason):
                    diagnostics.append(left_out(id_, reason))
                    items += [known[id_]] if id_ in known else []
        return items, diagnostics


def _file(item: MediaItem) -> tuple[str, int | None]:
    return item.locator, item.size


def _with(item: MediaItem, probed: MediaItem | Probed) -> MediaItem:
    return msgspec.structs.replace(
        item, duration_ms=probed.duration_ms, streams=probed.streams, chapters=probed.chapters
    )
