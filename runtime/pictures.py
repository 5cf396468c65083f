"""Pictures of media that their sources alone can give: found by name, fetched, and kept for a while.

A key goes from here to the source's own server and nowhere else: clients have the picture's name, the
timeline its path there. Sources are asked in threads that hold up nothing else, and one that gave no answer
is left alone for a while: a guide full of pictures does not wait for each. Route: runtime/routes/artwork.py.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple
from weakref import WeakValueDictionary

from exstv.clock import SystemClock
from exstv.errors import ExstvError
from exstv.pictures import LARGEST_ARTWORK_BYTES, NoPicture, artwork_type, read_artwork
from exstv.sources.base import FileInput, Pictured
from exstv.sources.fetching import Limits, NoAnswer, NotFetched, fetch
from exstv.sources.registry import SourceRack
from exstv.timeline.model import Picture, Source
from exstv.timeline.query import TimelineReader
from runtime import asking
from runtime.live import Lease, LiveTimeline
from runtime.tuner.artwork import name_of

log = logging.getLogger(__name__)

MOST_A_SOURCE = 4
"""Pictures that one source is asked for at once."""
PATIENCE_SECONDS = 20.0
"""How long a client waits for its turn and for its picture."""
LIMITS = Limits(bytes=LARGEST_ARTWORK_BYTES, seconds=8.0, silent_seconds=5.0, redirects=0)
FRESH_SECONDS = 600.0
"""How long a picture is given without asking its server again."""
ALONE_SECONDS = 30.0
"""How long a server that gave no answer is not asked again, nor any for a picture that it does not have."""
MOST_KEPT_BYTES = 16 * 1024 * 1024
_GONE = (404, 410)
_REFUSES_THE_KEY = (401, 403)
_CLOCK = SystemClock()


class NoSuchPicture(ExstvError):
    """There is no picture of this name, or its source has none that can be shown."""


class NotGiven(ExstvError):
    """A picture's source does not give it now."""


class Shown(NamedTuple):
    """A picture as it is sent."""

    body: bytes
    media_type: str


class _Kept(NamedTuple):
    shown: Shown
    fresh_until: float


class _Refused(NamedTuple):
    kind: type[NoSuchPicture | NotGiven]
    until: float


class PictureRack:
    """Owner of the pictures that were fetched last, and of what is known of those that could not be."""

    def __init__(
        self, environ: Mapping[str, str] | None = None, fresh_seconds: float = FRESH_SECONDS
    ) -> None:
        self._environ = environ or {}
        self._fresh_seconds = fresh_seconds
        self._asker = asking.Asker(MOST_A_SOURCE)
        self._sources = SourceRack()
        self._timeline: Path | None = None
        self._declared: Mapping[str, Source] = {}
        self._named: Mapping[str, Picture] = {}
        # In the order in which they were asked for last.
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._refused: dict[str, _Refused] = {}
        # By source: until when it is left alone.
        self._silent: dict[str, float] = {}
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def get(self, live: LiveTimeline, lease: Lease, name: str, media_root: Path) -> Shown:
        """Gives a picture of a timeline. Raises NoSuchPicture and NotGiven."""
        picture = (await self._names(live, lease)).get(name)
        if picture is None:
            raise NoSuchPicture(name)
        # Who asks for the same one meanwhile waits for it, and does not ask its server once more.
        turn = self._turns.setdefault(name, asyncio.Lock())
        async with turn:
            kept = self._kept.get(name)
            if kept is not None and _CLOCK.monotonic() < kept.fresh_until:
                self._kept.move_to_end(name)
                return kept.shown
            try:
                return await self._ask(lease.reader, name, picture, media_root)
            except NotGiven:
                if kept is None:
                    raise
                return kept.shown

    async def _names(self, live: LiveTimeline, lease: Lease) -> Mapping[str, Picture]:
        """The pictures of a timeline by their names, listed once: there may be very many."""
        if self._timeline == lease.path:
            return self._named
        named = await live.ask(lease, partial(_named, lease.reader))
        # Several may have asked for the first picture at once.
        if self._timeline != lease.path:
            self._timeline, self._named, self._refused = lease.path, named, {}
            if self._declared != lease.reader.sources:
                # An edited source may be another server, and the same path another picture.
                self._declared = lease.reader.sources
                self._kept.clear()
                self._silent.clear()
        return named

    async def _ask(self, reader: TimelineReader, name: str, picture: Picture, media_root: Path) -> Shown:
        refused = self._refused.get(name)
        if refused is not None and _CLOCK.monotonic() < refused.until:
            raise refused.kind(name)
        until = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        try:
            question = partial(self._given, self._source(reader, picture), picture, media_root)
            shown, is_file = await self._asker.ask(picture.source, question, until)
        except (NotGiven, asking.NoAnswer):
            # Its turn did not come, or only after the server had failed.
            raise NotGiven(name) from None
        except ExstvError as error:
            raise self._noted(name, picture, error) from None
        if not is_file:
            self._keep(name, shown)
        return shown

    def _source(self, reader: TimelineReader, picture: Picture) -> Pictured:
        declared = reader.sources.get(picture.source)
        source: object = self._sources.open(declared, self._environ) if declared else None
        if not isinstance(source, Pictured):
            raise NoPicture(f"no source `{picture.source}` has pictures")
        return source

    def _given(self, source: Pictured, picture: Picture, media_root: Path) -> tuple[Shown, bool]:
        """A picture, and whether it is a file of this machine. Blocking. Raises NotGiven and ExstvError."""
        if _CLOCK.monotonic() < self._silent.get(picture.source, 0.0):
            raise NotGiven(picture.source)
        found = source.picture(picture.at, media_root)
        if isinstance(found, FileInput):
            body = read_artwork(Path(found.path))
        else:
            body = fetch(found.url, found.headers, LIMITS)
        return Shown(body, artwork_type(body)), isinstance(found, FileInput)

    def _noted(self, name: str, picture: Picture, error: ExstvError) -> NoSuchPicture | NotGiven:
        """What a client is told of an error; whoever asks soon is told the same, and nobody is asked."""
        until = _CLOCK.monotonic() + ALONE_SECONDS
        status = error.status if isinstance(error, NotFetched) else None
        answered = isinstance(error, NoPicture | NotFetched) and not isinstance(error, NoAnswer)
        if not answered or status in _REFUSES_THE_KEY:
            log.warning("no pictures source=%s reason=%s", picture.source, error)
            self._silent[picture.source] = until
            return NotGiven(name)
        log.info("no picture source=%s path=%s reason=%s", picture.source, picture.at, error)
        kind = NoSuchPicture if isinstance(error, NoPicture) or status in _GONE else NotGiven
        self._refused[name] = _Refused(kind, until)
        return kind(name)

    def _keep(self, name: str, shown: Shown) -> None:
        """Keeps a picture, and drops those that nobody has asked for the longest."""
        self._kept[name] = _Kept(shown, _CLOCK.monotonic() + self._fresh_seconds)
        self._kept.move_to_end(name)
        while sum(len(each.shown.body) for each in self._kept.values()) > MOST_KEPT_BYTES:
            self._kept.popitem(last=False)


def _named(reader: TimelineReader) -> dict[str, Picture]:
    """Queries DuckDB."""
    return {name_of(picture): picture for picture in reader.pictures_of_sources()}
