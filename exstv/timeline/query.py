"""Reads a published timeline. Every method queries DuckDB: never call one on an event loop."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from exstv import duckdb
from exstv.clock import to_utc
from exstv.diagnostics import Diagnostic
from exstv.errors import TimelineUnusable
from exstv.timeline.model import (
    FORMAT_VERSION,
    Anchor,
    Channel,
    Header,
    Media,
    Picture,
    PlayoutItem,
    Presentation,
    Profile,
    Programme,
    ProgrammeKind,
    Source,
    StoredRows,
    Timeline,
)
from exstv.timeline.tables import (
    ANCHOR,
    CHANNEL,
    COUNTS,
    FALLBACK,
    MEDIA,
    PLAYOUT_ITEM,
    PRESENTATION,
    PROFILE,
    PROGRAMME,
    SOURCE,
    TIMELINE,
    Table,
)

Spanning = TypeVar("Spanning", PlayoutItem, Programme)

_ROWS_AT_ONCE = 500
"""Rows of a stream that are made Python's at once, while no other thread runs: some hundred microseconds."""


class TimelineReader:
    """One timeline file opened read-only; safe to use from several threads."""

    header: Header
    channels: tuple[Channel, ...]
    profiles: dict[str, Profile]
    sources: dict[str, Source]
    embedded: dict[str, tuple[Presentation, ...]]
    """By channel, those of its presentations that send subtitles beside the pictures."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path) -> None:
        """Reads what is small once; `open` is the way to make one."""
        self.path = path
        self._connection = connection
        self.header = self._all(TIMELINE)[0]
        self.channels = tuple(self._all(CHANNEL, "ORDER BY position"))
        self.profiles = {profile.name: profile for profile in self._all(PROFILE, "ORDER BY name")}
        self.embedded = self._embedded()
        self.sources = {source.name: source for source in self._all(SOURCE, "ORDER BY name")}

    @classmethod
    def open(cls, path: Path) -> TimelineReader:
        """Opens a timeline. Raises TimelineUnusable for a missing, damaged or foreign file."""
        if not path.is_file():
            raise TimelineUnusable(f"no timeline at {path}; `exstv compile` makes one")
        try:
            # The queries are small and several threads ask: workers of DuckDB's own would only wait.
            connection = duckdb.connect(str(path), read_only=True, config={"threads": "1"})
        except duckdb.Error as error:
            raise TimelineUnusable(f"{path} is no timeline: {_first_line(error)}") from error
        try:
            _check_format(connection, path)
            return cls(connection, path)
        except (duckdb.Error, msgspec.ValidationError) as error:
            connection.close()
            raise TimelineUnusable(f"{path} is damaged: {_first_line(error)}") from error
        except TimelineUnusable:
            connection.close()
            raise

    def items(self, channel: str, start_ms: int, finish_ms: int) -> tuple[PlayoutItem, ...]:
        """Items of a channel that overlap [start_ms, finish_ms), in order."""
        where = "WHERE channel = ? AND start_time < ? AND finish_time > ? ORDER BY seq"
        return tuple(self._all(PLAYOUT_ITEM, where, [channel, _utc(finish_ms), _utc(start_ms)]))

    def items_at(self, at_ms: int) -> dict[str, PlayoutItem]:
        """The item of each channel at an instant, by channel; none where it has none."""
        found = self._all(PLAYOUT_ITEM, "WHERE start_time <= ? AND finish_time > ?", [_utc(at_ms)] * 2)
        return {item.channel: item for item in found}

    def programmes_after(self, at_ms: int) -> dict[str, Programme]:
        """The programme of each channel that begins as the one at an instant ends, by channel."""
        current = "SELECT channel, finish_time FROM programme WHERE start_time <= ? AND finish_time > ?"
        found = self._all(PROGRAMME, f"WHERE (channel, start_time) IN ({current})", [_utc(at_ms)] * 2)
        return {programme.channel: programme for programme in found}

    def programmes(self, start_ms: int, finish_ms: int, channel: str | None = None) -> tuple[Programme, ...]:
        """Programmes that overlap [start_ms, finish_ms), by channel in line-up order, then start."""
        where = "WHERE start_time < ? AND finish_time > ?"
        values: list[Any] = [_utc(finish_ms), _utc(start_ms)]
        if channel is not None:
            where += " AND channel = ?"
            values.append(channel)
        order = " ORDER BY (SELECT position FROM channel WHERE key = programme.channel), start_time"
        return tuple(self._all(PROGRAMME, where + order, values))

    def stream(self, query: str, values: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
        """What a query gives, row by row while DuckDB still works on it: for what is much text."""
        with self._connection.cursor() as cursor:
            cursor.execute(query, dict(values))
            while rows := cursor.fetchmany(_ROWS_AT_ONCE):
                yield from rows

    def items_page(
        self, channel: str, span: tuple[int, int], after: int, most: int
    ) -> tuple[PlayoutItem, ...]:
        """The first so many items of a channel that overlap a span, of those behind a `seq`."""
        where = "WHERE channel = ? AND start_time < ? AND finish_time > ? AND seq > ? ORDER BY seq LIMIT ?"
        values = [channel, _utc(span[1]), _utc(span[0]), after, most]
        return tuple(self._all(PLAYOUT_ITEM, where, values))

    def guide_page(
        self, span: tuple[int, int], channel: str | None, after: tuple[str, int] | None, most: int
    ) -> tuple[Programme, ...]:
        """The first so many of `programmes`, of those behind a channel and the instant of a start on it."""
        place = "(SELECT position FROM channel WHERE key = {})"
        own = place.format("programme.channel")
        where = "WHERE start_time < ? AND finish_time > ? AND (? IS NULL OR channel = ?)"
        values: list[Any] = [_utc(span[1]), _utc(span[0]), channel, channel]
        if after is not None:
            where += f" AND ({own}, start_time) > ({place.format('?')}, ?::TIMESTAMP)"
            values += [after[0], _utc(after[1])]
        return tuple(self._all(PROGRAMME, f"{where} ORDER BY {own}, start_time LIMIT ?", [*values, most]))

    def search(self, words: str, from_ms: int, most: int) -> tuple[Programme, ...]:
        """The first so many programmes from an instant on whose title or sub-title holds some words.

        Case and accents do not count; filler and off air are left out.
        """
        plain = "contains(strip_accents(lower({})), strip_accents(lower(?)))"
        where = (
            f"WHERE finish_time > ? AND kind = ? AND ({plain.format('title')} OR {plain.format('sub_title')})"
            " ORDER BY start_time, (SELECT position FROM channel WHERE key = programme.channel) LIMIT ?"
        )
        values = [_utc(from_ms), ProgrammeKind.PROGRAMME.value, words, words, most]
        return tuple(self._all(PROGRAMME, where, values))

    def media(self, ids: Iterable[str]) -> dict[str, Media]:
        """Media by id."""
        wanted = sorted(set(ids))
        if not wanted:
            return {}
        return {media.id: media for media in self._all(MEDIA, "WHERE id IN (SELECT unnest(?))", [wanted])}

    def pictures(self, ids: Iterable[str]) -> dict[str, Picture]:
        """The pictures of media, by id; none of those without one."""
        with self._connection.cursor() as cursor:
            rows = cursor.execute(
                "SELECT id, source, artwork FROM media"
                " WHERE artwork <> '' AND id IN (SELECT unnest(?::VARCHAR[]))",
                [sorted(set(ids))],
            ).fetchall()
        return {id_: Picture(source, at) for id_, source, at in rows}

    def pictures_of_sources(self) -> list[Picture]:
        """The pictures that their sources alone can give, each once."""
        with self._connection.cursor() as cursor:
            rows = cursor.execute(
                "SELECT DISTINCT source, artwork FROM media"
                " WHERE artwork <> '' AND NOT contains(artwork, '://')"
            ).fetchall()
        return [Picture(source, at) for source, at in rows]

    def fallbacks(self, channel: str) -> tuple[str, ...]:
        """Ids of the media that may play when an item cannot, in ladder order."""
        rows = self._all(FALLBACK, "WHERE channel = ? ORDER BY position", [channel])
        return tuple(row.media_id for row in rows)

    def anchors(self, channel: str) -> tuple[Anchor, ...]:
        """The scheduling state of a channel at the start of each broadcast day, in order."""
        return tuple(self._all(ANCHOR, "WHERE channel = ? ORDER BY at_time", [channel]))

    def anchor_times(self) -> dict[str, list[int]]:
        """When each channel has its anchors, in order; also of channels that are away."""
        with self._connection.cursor() as cursor:
            rows = cursor.execute(
                "SELECT channel, list(epoch_ms(at_time) ORDER BY at_time) FROM anchor GROUP BY channel"
            ).fetchall()
        return dict(rows)

    def starts(self) -> dict[str, int]:
        """When the first item of each channel starts."""
        with self._connection.cursor() as cursor:
            rows = cursor.execute(
                "SELECT channel, epoch_ms(min(start_time)) FROM playout_item GROUP BY channel"
            ).fetchall()
        return dict(rows)

    def away(self) -> tuple[Anchor, ...]:
        """The progress of channels that are not in the line-up."""
        return tuple(self._all(ANCHOR, "WHERE channel NOT IN (SELECT key FROM channel) ORDER BY channel"))

    def all_media(self) -> tuple[Media, ...]:
        """Every media item that the timeline uses."""
        return tuple(self._all(MEDIA, "ORDER BY id"))

    def showing(self, media: Iterable[str], from_ms: int) -> set[str]:
        """The channels that have any of some media on air at an instant or later."""
        with self._connection.cursor() as cursor:
            rows = cursor.execute(
                "SELECT DISTINCT channel FROM playout_item"
                " WHERE finish_time > ? AND media_id IN (SELECT unnest(?::VARCHAR[]))",
                [_utc(from_ms), sorted(media)],
            ).fetchall()
        return {row[0] for row in rows}

    def presentations(self, channel: str) -> dict[int, Presentation]:
        """How a channel and some of its items are dressed, by id; 0 is the channel's own."""
        rows = self._all(PRESENTATION, "WHERE channel = ? ORDER BY id", [channel])
        return {row.id: row.plain for row in rows}

    def streams_with(self, channel: str, codecs: Iterable[str]) -> list[tuple[str, int]]:
        """Streams of a channel's media that name any of some codecs, each with an item's presentation."""
        query = (
            "SELECT DISTINCT media.streams, coalesce(presentation, 0) AS worn"
            " FROM playout_item JOIN media ON media.id = media_id"
            " WHERE channel = ? AND regexp_matches(media.streams, ?) ORDER BY ALL"
        )
        with self._connection.cursor() as cursor:
            return cursor.execute(query, [channel, "|".join(sorted(codecs))]).fetchall()

    def _embedded(self) -> dict[str, tuple[Presentation, ...]]:
        where = "WHERE subtitle_render = 'embed' AND subtitle_mode <> 'none' ORDER BY channel, id"
        by_channel = groupby(self._all(PRESENTATION, where), key=lambda row: str(row.channel))
        return {channel: tuple(row.plain for row in rows) for channel, rows in by_channel}

    def rows(self, channel: str) -> StoredRows:
        """Everything of one channel, in order."""
        of_channel = "WHERE channel = ? ORDER BY {0}"
        return StoredRows(
            items=tuple(self._all(PLAYOUT_ITEM, of_channel.format("seq"), [channel])),
            programmes=tuple(self._all(PROGRAMME, of_channel.format("start_time"), [channel])),
            anchors=self.anchors(channel),
            presentations=self.presentations(channel),
        )

    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Warnings and notes of the compile, in order of report."""
        return tuple(msgspec.json.decode(body, type=Diagnostic) for body in self._diagnostic_bodies())

    def counts(self) -> tuple[int, int]:
        """How many programmes and how many playout items there are."""
        with self._connection.cursor() as cursor:
            found = cursor.execute(COUNTS).fetchall()
        return found[0][0], found[0][1]

    def timeline(self) -> Timeline:
        """Everything, in memory."""
        keys = {channel.key for channel in self.channels}
        by_channel = "ORDER BY (SELECT position FROM channel WHERE key = {0}.channel), {1}"
        anchors = self._all(ANCHOR, by_channel.format("anchor", "at_time"))
        return Timeline(
            header=self.header,
            channels=self.channels,
            profiles=tuple(self.profiles.values()),
            sources=tuple(self.sources.values()),
            media=self.all_media(),
            items=tuple(self._all(PLAYOUT_ITEM, by_channel.format("playout_item", "seq"))),
            programmes=tuple(self._all(PROGRAMME, by_channel.format("programme", "start_time"))),
            fallbacks=tuple(self._all(FALLBACK, by_channel.format("fallback", "position"))),
            anchors=tuple(anchor for anchor in anchors if anchor.channel in keys),
            away=tuple(anchor for anchor in anchors if anchor.channel not in keys),
            presentations=tuple(self._all(PRESENTATION, by_channel.format("presentation", "id"))),
            diagnostics=self._diagnostic_bodies(),
        )

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()

    def _diagnostic_bodies(self) -> tuple[str, ...]:
        with self._connection.cursor() as cursor:
            rows = cursor.execute("SELECT body FROM diagnostic ORDER BY position").fetchall()
        return tuple(row[0] for row in rows)

    def _all(self, table: Table, rest: str = "", values: list[Any] | None = None) -> list[Any]:
        # A cursor is a connection of its own on the same database: one a call makes calls independent.
        with self._connection.cursor() as cursor:
            tuples = cursor.execute(
                f"SELECT {table.select} FROM {table.name} {rest}", values or []
            ).fetchall()
        return table.rows(tuples)


def load(path: Path) -> Timeline:
    """Reads a whole timeline. Raises TimelineUnusable."""
    reader = TimelineReader.open(path)
    try:
        return reader.timeline()
    finally:
        reader.close()


def item_at(items: Sequence[PlayoutItem], at_ms: int) -> PlayoutItem | None:
    """The item of one channel that is on air at an instant; `items` are in order."""
    return _at(items, at_ms)


def programme_at(programmes: Sequence[Programme], at_ms: int) -> Programme | None:
    """What the guide lists on one channel at an instant; `programmes` are in order.

    Everything that says what is on asks here, so that the guide, the page and the command never disagree.
    """
    return _at(programmes, at_ms)


def title_of(
    item: PlayoutItem, programmes: Mapping[str, Programme], media: Mapping[str, Media]
) -> str | None:
    """What a viewer calls an item: its programme's title, or filler's own; None for the built-in slate."""
    programme = programmes.get(item.programme_id or "")
    if item.filler_kind is None and programme is not None:
        return programme.title
    shown = media.get(item.media_id or "")
    return None if shown is None else shown.title


def _at(rows: Sequence[Spanning], at_ms: int) -> Spanning | None:
    place = bisect_right(rows, at_ms, key=lambda row: row.start_ms)
    if place == 0 or rows[place - 1].finish_ms <= at_ms:
        return None
    return rows[place - 1]


def _check_format(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    found = connection.execute("SELECT format_version FROM timeline").fetchall()
    if len(found) != 1:
        raise TimelineUnusable(f"{path} is damaged: {len(found)} rows in `timeline`")
    if found[0][0] != FORMAT_VERSION:
        raise TimelineUnusable(
            f"{path} has format version {found[0][0]}, this exstv reads {FORMAT_VERSION}; compile it again"
        )


def _utc(instant_ms: int) -> Any:
    # A naive value: DuckDB would move an aware one into the session's zone.
    return to_utc(instant_ms).replace(tzinfo=None)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
