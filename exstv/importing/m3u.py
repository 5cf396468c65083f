"""An M3U list as a station: a channel for each live stream, and one that plays what has an end.

The list itself stays where it is, as a source: it may hold addresses that belong into no repository.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from exstv import codes
from exstv.catalog.model import MediaItem
from exstv.diagnostics import Span
from exstv.errors import ExstvError
from exstv.importing.model import Imported, Names, Outcome, Report, Wishes
from exstv.importing.stations import channel_number, channel_of, station_of
from exstv.importing.writing import flow, mapping, plain, put, quoted
from exstv.sources.addresses import is_web
from exstv.sources.base import ScanContext
from exstv.sources.m3u import M3uSource, read_text
from exstv.sources.playlist import Entry, read

_ID = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


def import_m3u(path: Path, wishes: Wishes) -> Outcome:
    """What a list becomes, or why it is none."""
    report, names = Report(), Names(wishes.taken)
    source = names.new(path.stem)
    try:
        entries = [*_entries(source, path, report)]
    except ExstvError as error:
        return None, [codes.IMPORT_SHAPE.at(Span(str(path)), reason=str(error))]
    maker = _Maker(names, wishes)
    lost = report.comment()
    for item, entry in entries:
        if item.duration_ms is None:
            maker.live(item, entry)
    films = [item for item, _ in entries if item.duration_ms is not None]
    if films:
        maker.films(source, films)
    home = Path() if wishes.out is None else wishes.out
    where = Path(os.path.relpath(path, home)).as_posix()
    sources = CommentedMap()
    put(sources, source, flow(type="m3u", path=where), lost, depth=1)
    rest = mapping(
        {"channels": maker.channels, "schedules": maker.schedules, "collections": maker.collections}
    )
    return Imported(source, station_of(path.stem, wishes), sources, rest), report.diagnostics


def _entries(source: str, path: Path, report: Report) -> Iterator[tuple[MediaItem, Entry]]:
    """Each entry with what a scan makes of it. Raises ExstvError for what is no list."""
    definition = msgspec.json.encode({"path": str(path.absolute())}).decode()
    context = ScanContext(media_root=Path(), progress=lambda done, total, what: None)
    items = iter(M3uSource(source, definition, {}).scan(context).items)
    for entry in read(read_text(path)):
        if is_web(entry.address):
            yield next(items), entry
        else:
            line = Span(str(path), entry.line, 1, entry.line, len(entry.address) + 1)
            report.lose(line, f"`{entry.title}`, whose address does not begin with http or https")


class _Maker:
    """Makes channels; owns their documents, and which numbers are taken."""

    def __init__(self, names: Names, wishes: Wishes) -> None:
        """Begins without any."""
        self.channels, self.schedules, self.collections = CommentedMap(), CommentedMap(), CommentedMap()
        self._names = names
        self._wishes = wishes
        self._taken: set[str] = set()
        self._ids: set[str] = set()

    def live(self, item: MediaItem, entry: Entry) -> None:
        """A channel that is one live stream, day after day."""
        key = self._names.new(item.title.lower())
        self.collections[key] = _items([item])
        slots = CommentedSeq([flow(start=quoted("00:00"), play=key)])
        self.schedules[key] = mapping({"kind": "slots", "slots": slots})
        tvg_id = entry.attributes.get("tvg-id", "")
        self._add(
            key,
            entry.attributes.get("tvg-chno", ""),
            name=item.title,
            id=self._id(tvg_id),
            group=plain(item.tags[0]) or None if item.tags else None,
            logo=item.artwork,
        )

    def films(self, source: str, items: list[MediaItem]) -> None:
        """A channel that plays what has an end, in the order of the list."""
        key = self._names.new(f"{source}-films")
        self.collections[key] = _items(items)
        loop = CommentedSeq([flow(play=key, order="listed", mode="flood")])
        self.schedules[key] = mapping({"kind": "loop", "items": loop})
        self._add(key, "", name=source)

    def _add(self, key: str, number: str, **words: Any) -> None:
        known = channel_number(number)
        number = self._free() if known is None or known in self._taken else known
        self._taken.add(number)
        wishes = replace(self._wishes, number=None)
        self.channels.update(channel_of(key, wishes, number=number, schedule=key, **words))

    def _id(self, tvg_id: str) -> str | None:
        """What players know the channel by, if it may be an id here, and no other has it."""
        if not _ID.fullmatch(tvg_id) or tvg_id.lower() in self._ids:
            return None
        self._ids.add(tvg_id.lower())
        return tvg_id

    def _free(self) -> str:
        first = int((self._wishes.number or "1").partition(".")[0])
        return next(str(number) for number in count(first) if str(number) not in self._taken)


def _items(items: Iterable[MediaItem]) -> CommentedMap:
    return mapping({"items": CommentedSeq(quoted(item.id) for item in items)})
