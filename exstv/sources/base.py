"""What every source can do: `scan` gives facts for the catalog, `resolve` gives something to play.

One file a source beside this one; registry.py knows them by `type`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import Protocol, runtime_checkable

import msgspec

from exstv import codes
from exstv.catalog.model import MediaItem
from exstv.diagnostics import Diagnostic, Span
from exstv.pictures import is_of_source
from exstv.sources.addresses import is_web, without_secrets
from exstv.timeline.model import Media

DEMUXERS = (
    "matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,mpegts,mpeg,mpegvideo,"
    "avi,asf,flv,ogg,m4v,h264,hevc,mp3,aac,flac,wav"
)
"""What a library file may be: a playlist in a film's clothes could make the demuxer open anything."""
REMOTE_DEMUXERS, RELAY_PROTOCOLS = "hls,webvtt", "http,tcp,crypto"
"""What a server may give besides: all that it names comes through the relay, too."""
PICTURED = frozenset(("emby", "jellyfin", "local", "plex"))
"""The types of sources that are Pictured."""


def as_media(item: MediaItem, *, pictured: bool = False) -> Media:
    """What of a catalog's item is enough to play it, to name it and to tell of it in the guide.

    `pictured`: its source is of a type that gives pictures which nobody else has (PICTURED).
    """
    artwork = item.artwork or ""
    shown = _is_for_anyone(artwork) or (pictured and is_of_source(artwork))
    return Media(
        id=item.id,
        source=item.source,
        kind=item.kind,
        title=item.title,
        duration_ms=item.duration_ms,
        locator=item.locator,
        streams=msgspec.json.encode(item.streams).decode(),
        directors=item.directors,
        actors=item.actors,
        artwork=artwork if shown else None,
    )


def _is_for_anyone(picture: str) -> bool:
    """Tells whether a player may fetch a picture: a media server's needs a key, and a query may hold one."""
    return is_web(picture) and "${" not in picture and picture == without_secrets(picture)


class ScanContext(msgspec.Struct, frozen=True, kw_only=True):
    """What a scan is given: `known` are the items of the last one, `progress(done, total, what)`.

    `state_dir` is where a source may keep what belongs to this machine and not into the lock. `deep`: files
    are decoded from beginning to end, for what their headers do not tell.
    """

    media_root: Path
    state_dir: Path | None = None
    known: tuple[MediaItem, ...] = ()
    deep: bool = False
    progress: Callable[[int, int, str], None]

    def counting(self, total: int, done: int = 0) -> Callable[[str], None]:
        """Something to call with the name of each of `total` that is done; `done` of them are already."""
        numbers = count(done + 1)
        return lambda what: self.progress(next(numbers), total, what)


class ScanResult(msgspec.Struct, frozen=True, kw_only=True):
    """Facts of all items found, and a diagnostic for each that was left out.

    `complete` says that an item not listed is gone for good; else it is missing until it comes back.
    """

    items: tuple[MediaItem, ...]
    diagnostics: tuple[Diagnostic, ...] = ()
    complete: bool = False


def left_out(id_: str, reason: object) -> Diagnostic:
    """Tells of an item that cannot be taken into the catalog."""
    return codes.MEDIA_LEFT_OUT.at(Span(id_), id=id_, reason=reason)


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where an item is about to play: `start_ms` is the UTC instant of the first frame that will be shown."""

    media_root: Path
    channel_name: str
    title: str
    """What a viewer calls what is on: the programme's title, or the item's own for filler without one."""
    start_ms: int


class FileInput(msgspec.Struct, frozen=True, kw_only=True, tag="file"):
    """A local file, absolute; it can be sought.

    `beside` are the paths of those files of its own that streams lie in, by their `Stream.file`.
    """

    path: str
    beside: tuple[tuple[str, str], ...] = ()


class GraphInput(msgspec.Struct, frozen=True, kw_only=True, tag="graph"):
    """Generated pictures and sound: complete lavfi graphs, placeholders filled in; they begin at zero."""

    video: str
    audio: str | None


class UrlInput(msgspec.Struct, frozen=True, kw_only=True, tag="url"):
    """A file or a stream on an HTTP server; a live one cannot be sought.

    Address and headers may hold secrets: the relay keeps them from ffmpeg's command line, from logs and from
    other servers. Only what says who asks, as `User-Agent` and `Referer`, goes wherever we are sent.
    `sound` is where the sound comes from, if not from the same address.
    """

    url: str
    headers: tuple[tuple[str, str], ...] = ()
    live: bool = False
    sound: UrlInput | None = None


PlayableInput = FileInput | GraphInput | UrlInput


class Look(msgspec.Struct, frozen=True):
    """What `exstv doctor` learns of a source; `advice` says what to do about it, empty if all is well."""

    text: str
    advice: str = ""


class RelayedInput(msgspec.Struct, frozen=True, kw_only=True):
    """A file or stream of another server, by the name that relay.py knows it under; `sound`: its sound's."""

    address: str
    live: bool = False
    sound: str | None = None


Openable = FileInput | GraphInput | RelayedInput
"""What ffmpeg may be given to open: an address that could hold a secret is none of them."""


class Source(Protocol):
    """One place that media come from."""

    def scan(self, context: ScanContext) -> ScanResult:
        """Asks the source what it holds. Blocking: called from a scan process, never from the event loop."""
        ...

    def resolve(self, media: Media, place: Place) -> PlayableInput:
        """Gives the input that plays `media` now. Raises exstv.errors.ExstvError if it cannot."""
        ...


@runtime_checkable
class Examinable(Protocol):
    """A source that can tell more of itself than whether an item plays."""

    def examine(self, media: Iterable[Media], media_root: Path) -> Iterator[Look]:
        """Looks at where the source's items come from; those of the last scan are `media`.

        Blocking, as `scan` is. Raises ExstvError if the source cannot be reached.
        """
        ...


@runtime_checkable
class Pictured(Protocol):
    """A source with pictures of its items that it alone can give: files beside them, or behind a key."""

    def picture(self, artwork: str, media_root: Path) -> FileInput | UrlInput:
        """Gives where a picture is; `artwork` is the path that the scan found it by.

        Blocking, as `scan` is. Raises NoPicture for what is none of the source's, and ExstvError.
        """
        ...
