"""Source `url`: direct links, written in YAML; what is behind each is probed over HTTP.

An address is taken from the definition whenever it plays, since the environment may hold a part of it; the
lock shows it without what could be a secret.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from exstv.catalog.model import MediaItem
from exstv.diagnostics import Diagnostic
from exstv.errors import ExstvError
from exstv.sources.addresses import is_web, without_secrets
from exstv.sources.base import Place, ScanContext, ScanResult, UrlInput, left_out
from exstv.sources.environment import expand
from exstv.sources.facts import WrittenFacts, bad_dates
from exstv.sources.probed import Answer, Failed, Probed
from exstv.sources.probing import ProbeSpec
from exstv.sources.remote_probing import probe_remote
from exstv.timeline.model import Media

LIVE = "live"


class _Item(WrittenFacts, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An item of the definition: an address, and the facts of a media item by their names."""

    url: str
    id: str | None = None
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)


class _Definition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    items: tuple[_Item, ...]


class UrlSource:
    """The links of one source."""

    def __init__(
        self, name: str, definition: str, environ: Mapping[str, str], probing: ProbeSpec | None = None
    ) -> None:
        self._name = name
        self._environ = environ
        self._probing = probing
        items = msgspec.json.decode(definition, type=_Definition).items
        self._items = {f"{name}:{item.id or without_secrets(item.url)}": item for item in items}

    def scan(self, context: ScanContext) -> ScanResult:
        """Probes each link that is no live stream; one that fails keeps what was known of it."""
        known = {item.id: item for item in context.known}
        wanted: dict[str, UrlInput] = {}
        answers: dict[str, Answer] = {}
        for id_, written in self._items.items():
            try:
                remote = self._input(id_, written)
            except ExstvError as error:
                answers[id_] = Failed(str(error))
                continue
            if written.kind != LIVE:
                wanted[id_] = remote
        counted = context.counting(len(wanted))
        answers |= probe_remote(wanted, lambda id_: counted(self._items[id_].title), self._probing)
        items: list[MediaItem] = []
        diagnostics: list[Diagnostic] = []
        for id_, written in self._items.items():
            match answers.get(id_):
                case Failed(reason=reason):
                    diagnostics.append(left_out(id_, reason))
                    items += [known[id_]] if id_ in known else []
                    continue
                case probed:
                    items.append(self._media_item(id_, written, probed))
            diagnostics += bad_dates(items[-1])
        return ScanResult(items=tuple(items), diagnostics=tuple(diagnostics), complete=True)

    def resolve(self, media: Media, place: Place) -> UrlInput:
        """Gives the address as it is written, with what the environment adds. Raises ExstvError."""
        written = self._items.get(media.id)
        if written is None:
            raise ExstvError(f"`{media.id}` is not written in its source any more")
        return self._input(media.id, written)

    def _input(self, id_: str, written: _Item) -> UrlInput:
        address = expand(written.url, self._environ)
        if not is_web(address):
            raise ExstvError(f"the address of `{id_}` does not begin with http or https")
        headers = tuple((name, expand(value, self._environ)) for name, value in written.headers.items())
        return UrlInput(url=address, headers=headers, live=written.kind == LIVE)

    def _media_item(self, id_: str, written: _Item, probed: Probed | None) -> MediaItem:
        facts = msgspec.structs.asdict(written)
        for own in ("id", "url", "headers"):
            del facts[own]
        if probed is not None:
            facts["duration_ms"] = written.duration_ms or probed.duration_ms
            facts |= {"streams": probed.streams, "chapters": probed.chapters}
        return MediaItem(id=id_, source=self._name, locator=without_secrets(written.url), **facts)
