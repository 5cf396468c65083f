"""One channel's rows as columns: numbers in NumPy, and each text once, named by its place in a list.

What the compiler makes and writer.py writes: a struct a row would cost more than all the scheduling. Owns the
layout, what two equal channels have in common (`digest`); structs.py knows the way from
and to the structs of model.py.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import count
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
import numpy as np

from exstv.timeline.model import (
    Anchor,
    ChannelPresentation,
    FillerKind,
    ItemKind,
    Presentation,
    ProgrammeKind,
)

Column = np.ndarray[Any, Any]

ITEM_KINDS = tuple(ItemKind)
FILLER_KINDS = tuple(FillerKind)
NONE = -1
"""The code of what is not there."""

_SEPARATOR = "\x1e"
_Word = TypeVar("_Word", bound=Hashable)


class Words(Generic[_Word]):
    """Gives each distinct word a code, counting up in order of first use."""

    def __init__(self, known: Iterable[_Word] = ()) -> None:
        """`known` have the first codes."""
        self._codes: defaultdict[_Word, int] = defaultdict(count().__next__)
        # Asked for nearly every row: the dict's own, without a call between.
        self.code: Callable[[_Word], int] = self._codes.__getitem__
        """The code of a word, a new one at its first use."""
        for word in known:
            self.code(word)

    def all(self) -> tuple[_Word, ...]:
        """Every word, each at the place of its code."""
        return tuple(self._codes)


class Rule(NamedTuple):
    """Where items come from: the chain of names, and the line of the station that ends it."""

    rule: str
    file: str
    line: int


class Listing(msgspec.Struct, frozen=True):
    """What the guide says of a programme, whenever it starts; its fields are those of `Programme`."""

    kind: ProgrammeKind
    title: str
    media_id: str | None = None
    sub_title: str | None = None
    description: str | None = None
    season: int | None = None
    episode: int | None = None
    year: int | None = None
    released: str | None = None
    rating: str | None = None
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class ItemColumns:
    """Playout items in order. Codes are places in the lists of ChannelRows; NONE: nothing there."""

    seq: Column
    start_ms: Column
    finish_ms: Column
    in_point_ms: Column
    out_point_ms: Column
    media: Column
    kind: Column
    """Place in ITEM_KINDS."""
    filler: Column
    """Place in FILLER_KINDS."""
    programme: Column
    """Which of the channel's programmes lists it."""
    presentation: Column
    """0: the channel's own."""
    rule: Column
    advance: Column
    """Texts."""

    def __len__(self) -> int:
        return len(self.seq)


@dataclass(frozen=True, eq=False, slots=True)
class ProgrammeColumns:
    """Programmes in order."""

    id: Column
    """Texts."""
    start_ms: Column
    finish_ms: Column
    local_hour: Column
    listing: Column

    def __len__(self) -> int:
        return len(self.start_ms)


@dataclass(frozen=True, eq=False, slots=True)
class ChannelRows:
    """All rows of one channel."""

    channel: str
    items: ItemColumns
    programmes: ProgrammeColumns
    anchors: tuple[Anchor, ...]
    media: tuple[str, ...]
    """Ids."""
    listings: tuple[Listing, ...]
    presentations: tuple[Presentation, ...]
    """The first is the channel's own."""
    rules: tuple[Rule, ...]

    def used_media(self) -> Iterator[str]:
        """Ids of the media that are played or listed."""
        yield from self.media
        yield from (listing.media_id for listing in self.listings if listing.media_id is not None)

    def channel_presentations(self) -> Iterator[ChannelPresentation]:
        """The rows of the table of presentations."""
        for number, presentation in enumerate(self.presentations):
            facts = msgspec.structs.asdict(presentation)
            yield ChannelPresentation(channel=self.channel, id=number, **facts)

    def digest(self) -> str:
        """SHA-256 over all that a viewer or a later compile can notice: everything but the rules.

        Codes count in the order of first use, so that it does not matter how the lists came about.
        """
        items, programmes = self.items, self.programmes
        media, media_codes = _in_order_of_use(self.media, items.media)
        listings, listing_codes = _in_order_of_use(self.listings, programmes.listing)
        dressings, dressing_codes = _in_order_of_use(self.presentations[1:], items.presentation - 1)
        anchors = [(anchor.at_ms, anchor.state) for anchor in self.anchors]
        words = (media, listings, self.presentations[:1], dressings, programmes.id.tolist(), anchors)
        digest = sha256(msgspec.json.encode((len(items), len(programmes), *words)))
        for numbers in (items.seq, items.start_ms, items.finish_ms, items.in_point_ms, items.out_point_ms):
            digest.update(numbers.astype("<i8").tobytes())
        for codes in (media_codes, items.kind, items.filler, items.programme, dressing_codes, listing_codes):
            digest.update(codes.astype("<i4").tobytes())
        for numbers in (programmes.start_ms, programmes.finish_ms):
            digest.update(numbers.astype("<i8").tobytes())
        digest.update(_SEPARATOR.join(items.advance.tolist()).encode())
        return digest.hexdigest()


def _in_order_of_use(words: Sequence[_Word], codes: Column) -> tuple[list[_Word], Column]:
    """The words that are used, by first use, and the codes in terms of them."""
    first = np.full(len(words) + 1, len(codes), dtype=np.int64)
    # The last write counts: of places written from the end that is the first use. NONE is the last cell.
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    order = np.argsort(first[:-1], kind="stable")
    order = order[first[order] < len(codes)]
    renamed = np.full(len(words) + 1, NONE, dtype=np.int32)
    renamed[order] = np.arange(len(order))
    return [words[place] for place in order.tolist()], renamed[codes]


def texts(values: Sequence[str | None]) -> Column:
    """Texts as a column that DuckDB reads at once."""
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column
