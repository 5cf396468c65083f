"""`play` and the words beside it to contents: which media, in which order, with which progress.

Owns each content that is written, made once: whoever plays it gets the same object. Whether one cursor means
the same everywhere on a channel is cursors.py's.
"""

from __future__ import annotations

from msgspec.structs import replace

from compiler.documents.collections import CollectionDocument, PlaylistItemDocument
from compiler.documents.cursors import CursorWords, OrderWords, StartAtDocument
from compiler.findings import Findings
from compiler.library import Library
from compiler.station import (
    AT_FIRST,
    Content,
    GroupBy,
    Order,
    Origin,
    PlaylistEntry,
    Seek,
    StartAt,
)
from exstv import codes
from exstv.diagnostics import Span
from exstv.nodes import Mapping, Node, at, key_span

AT_RANDOM = StartAt(random=True)
_OF_ENTRIES = ("order", "group_by", "batch", "start_at", "seek", "keep_multi_part")
"""Words that a playlist's entries say, not whoever plays it."""


class Contents:
    """Every content of a station; owns where each was written."""

    def __init__(self, library: Library, findings: Findings) -> None:
        self._library = library
        self._findings = findings
        self._known: dict[tuple[int, bool], Content | None] = {}
        self._cursors: dict[Span, Span] = {}

    def content(self, words: OrderWords, play: str, node: Node, *, at_random: bool = False) -> Content | None:
        """What `node` plays, None if that was reported; `at_random` starts new cursors anywhere."""
        # Nodes live as long as the documents do, so that their ids are theirs alone.
        key = (id(node), at_random)
        if key not in self._known:
            self._known[key] = self._make(words, play, node, at_random=at_random)
        return self._known[key]

    def cursor_span(self, content: Content) -> Span:
        """Where a content's cursor is named, or what it plays where no name is written."""
        return self._cursors.get(content.origin.span, content.origin.span)

    def check_ends(self, content: Content | None) -> None:
        """Reports live items: called for each place that does not say how long one would last."""
        live = self._library.live(content.collection) if content else ()
        if content is None or not live:
            return
        more = f"{len(live) - 1} more like it in `{content.collection}`" if len(live) > 1 else ""
        help = "give it a place that ends: `mode: duration`, a slot, a block, or a flood before a fixed start"
        self._findings.add(codes.NO_DURATION.at(content.origin, id=live[0].id, note=more, help=help))

    def _make(self, words: OrderWords, play: str, node: Node, *, at_random: bool) -> Content | None:
        where = at(node, "play")
        items = self._library.get(play, where)
        if items is None:
            return None
        if words.cursor:
            self._cursors[where.span] = at(node, "cursor").span
        playlist = self._library.playlist(play)
        if playlist is not None and playlist.document is not None and playlist.node is not None:
            self._check_playlist(play, node)
            cursor = words.cursor or f"{play}/{Order.LISTED}"
            content = Content(play, items, Order.LISTED, cursor, Origin(where.span, play))
            content = replace(content, no_repeat_ms=words.no_repeat or 0)
            return replace(content, playlist=self._playlist(content, playlist.document, playlist.node))
        order = Order(words.order)
        start_at = AT_RANDOM if at_random and "start_at" not in words.model_fields_set else _start(words)
        return Content(
            collection=play,
            items=items if order is Order.LISTED else self._library.by_id(play),
            order=order,
            cursor=words.cursor or _default_cursor(words, play, start_at),
            origin=Origin(where.span, play),
            group_by=GroupBy(words.group_by),
            batch=None if words.batch == "all" else words.batch,
            start_at=start_at,
            seek=_seek(words),
            keep_multi_part=words.keep_multi_part,
            no_repeat_ms=words.no_repeat or 0,
        )

    def _check_playlist(self, play: str, node: Node) -> None:
        for key in _OF_ENTRIES:
            if isinstance(node, Mapping) and node.key(key) is not None:
                where = f"on `{play}`, a playlist: its entries say how they are played"
                self._findings.add(codes.KEY_WITHOUT_EFFECT.at(key_span(node, key), key=key, where=where))

    def _playlist(
        self, outer: Content, document: CollectionDocument, node: Node
    ) -> tuple[PlaylistEntry, ...]:
        entries: list[PlaylistEntry] = []
        seen: dict[str, int] = {}
        for index, item in enumerate(document.playlist or ()):
            key = f"{item.play}/{item.order}"
            seen[key] = seen.get(key, 0) + 1
            # Progress of its own: the same collection in another playlist goes its own way.
            cursor = item.cursor or f"{outer.cursor}>{key}#{seen[key]}"
            content = self._entry(item, at(node, "playlist", index), cursor, outer.no_repeat_ms)
            if content is not None and content.items:
                entries.append(PlaylistEntry(content, None if item.all else item.count))
        return tuple(entries)

    def _entry(
        self, item: PlaylistItemDocument, node: Node, cursor: str, no_repeat_ms: int
    ) -> Content | None:
        where = at(node, "play")
        items = self._library.get(item.play, where)
        if items is None:
            return None
        if item.cursor:
            self._cursors[where.span] = at(node, "cursor").span
        order = Order(item.order)
        inner = self._library.playlist(item.play)
        content = Content(
            collection=item.play,
            items=items if inner or order is Order.LISTED else self._library.by_id(item.play),
            order=Order.LISTED if inner else order,
            cursor=cursor,
            origin=Origin(where.span, item.play),
            no_repeat_ms=no_repeat_ms,
        )
        if inner is None or inner.document is None or inner.node is None:
            return content
        return replace(content, playlist=self._playlist(content, inner.document, inner.node))


def identity_of(words: OrderWords, play: str) -> str:
    """What tells one use of content from another where no name does."""
    return words.cursor or f"{play}/{words.order}"


def content_key(words: CursorWords) -> str:
    """The same, of something that plays content and nothing else."""
    return identity_of(words, words.play)


def _default_cursor(words: OrderWords, play: str, start_at: StartAt) -> str:
    """The collection and the options that a progress depends on; options at their defaults are left out."""
    parts = [play, words.order]
    if words.group_by != "show":
        parts.append(f"by {words.group_by}")
    if words.batch != 1:
        parts.append(f"batch {words.batch}")
    if not words.keep_multi_part:
        parts.append("parts apart")
    if start_at.random:
        parts.append("from anywhere")
    elif start_at != AT_FIRST:
        parts.append(f"from {_number(start_at.season)}x{_number(start_at.episode)}")
    return "/".join(parts)


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _start(words: OrderWords) -> StartAt:
    place = words.start_at
    if isinstance(place, StartAtDocument):
        return StartAt(season=place.season, episode=place.episode)
    return AT_RANDOM if place == "random" else AT_FIRST


def _seek(words: OrderWords) -> Seek | None:
    seek = words.seek
    return Seek(seek.id, seek.season, seek.episode) if seek else None
