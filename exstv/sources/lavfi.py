"""Source `lavfi`: pictures and sound that ffmpeg generates; its items are written in YAML.

The lock keeps the graphs as they were written; graph.py fills in the placeholders when an item plays.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import font_lato
import msgspec

from exstv import codes
from exstv.catalog.model import MediaItem
from exstv.diagnostics import Diagnostic, Span
from exstv.errors import ExstvError
from exstv.sources.base import GraphInput, Place, ScanContext, ScanResult
from exstv.sources.environment import expand
from exstv.sources.facts import WrittenFacts, bad_dates
from exstv.sources.graph import fill, unknown_placeholders
from exstv.timeline.model import Media

FONT = Path(font_lato.font_directory) / "Lato-Bold.ttf"
"""What `{font}` stands for: a machine may have no fonts of its own."""


class _Item(WrittenFacts, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An item of the definition: two graphs, and the facts of a media item by their names."""

    id: str
    video: str
    audio: str | None = None


class _Definition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    items: tuple[_Item, ...]


class _Locator(msgspec.Struct, frozen=True):
    video: str
    audio: str | None = None


class LavfiSource:
    """Generated items of one source."""

    def __init__(self, name: str, definition: str, environ: Mapping[str, str]) -> None:
        self._name = name
        self._environ = environ
        self._items = msgspec.json.decode(definition, type=_Definition).items

    def scan(self, context: ScanContext) -> ScanResult:
        """Gives the items as they were written; a graph that could never play is left out."""
        items: list[MediaItem] = []
        diagnostics: list[Diagnostic] = []
        for number, written in enumerate(self._items, start=1):
            item = self._media_item(written)
            found = [*_check_graphs(written, item.id), *bad_dates(item)]
            diagnostics += found
            if not any(diagnostic.code == codes.UNKNOWN_PLACEHOLDER.id for diagnostic in found):
                items.append(item)
            context.progress(number, len(self._items), item.title)
        return ScanResult(items=tuple(items), diagnostics=tuple(diagnostics), complete=True)

    def resolve(self, media: Media, place: Place) -> GraphInput:
        """Fills in the placeholders for where the item is about to play."""
        locator = msgspec.json.decode(media.locator, type=_Locator)
        values = {
            "font": str(FONT),
            "title": place.title,
            "channel": place.channel_name,
            "start_ms": str(place.start_ms),
        }
        try:
            video, audio = (
                graph and fill(expand(graph, self._environ), values)
                for graph in (locator.video, locator.audio)
            )
        except KeyError as error:
            raise ExstvError(f"`{media.id}` asks for the unknown placeholder {error}") from None
        return GraphInput(video=video or "", audio=audio)

    def _media_item(self, written: _Item) -> MediaItem:
        facts = msgspec.structs.asdict(written)
        locator = _Locator(facts.pop("video"), facts.pop("audio"))
        facts["id"] = f"{self._name}:{written.id}"
        return MediaItem(source=self._name, locator=msgspec.json.encode(locator).decode(), **facts)


def _check_graphs(written: _Item, id_: str) -> list[Diagnostic]:
    return [
        codes.UNKNOWN_PLACEHOLDER.at(Span(id_), name=name, help=codes.did_you_mean(near))
        for graph in (written.video, written.audio or "")
        for name, near in unknown_placeholders(graph)
    ]
