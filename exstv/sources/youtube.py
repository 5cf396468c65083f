"""Source `youtube`: the videos of a playlist, a channel or a page, of YouTube or any site that yt-dlp knows.

A scan takes what the list itself tells, and looks closer only where it tells no length. When an item plays
its page is asked for addresses of the video, which are kept until they expire; formats.py chooses among them.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec

from exstv.catalog.model import Chapter, MediaItem
from exstv.clock import Clock, SystemClock
from exstv.diagnostics import Diagnostic
from exstv.errors import ExstvError
from exstv.sources.addresses import is_web, without_secrets
from exstv.sources.base import Place, ScanContext, ScanResult, UrlInput, left_out
from exstv.sources.environment import expand, hidden
from exstv.sources.fetching import answers
from exstv.sources.formats import Direct, directs
from exstv.sources.probed import Failed, Probed
from exstv.sources.probing import ProbeSpec
from exstv.sources.remote_probing import probe_remote
from exstv.sources.video_pages import described, listed
from exstv.timeline.model import Media

log = logging.getLogger(__name__)

MARGIN_MS = 600_000
"""How much longer than its item an address must be good: an item is cued ahead of its time."""
_CLOSED = ("private", "premium_only", "subscriber_only", "needs_auth")


class _Definition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    url: str
    limit: int


class YoutubeSource:
    """The videos behind one address. Owns the addresses that they were last played from."""

    def __init__(
        self,
        name: str,
        definition: str,
        environ: Mapping[str, str],
        probing: ProbeSpec | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._name = name
        self._environ = environ
        self._probing = probing
        self._clock = clock or SystemClock()
        self._definition = msgspec.json.decode(definition, type=_Definition)
        self._lock = threading.Lock()
        self._known: dict[str, list[Direct]] = {}

    def scan(self, context: ScanContext) -> ScanResult:
        """Asks for the list. Raises ExstvError if there is none."""
        with self._discreet():
            entries = listed(expand(self._definition.url, self._environ), self._definition.limit)
        known = {item.id: item for item in context.known if item.duration_ms is not None}
        items: dict[str, MediaItem] = {}
        wanted: dict[str, UrlInput] = {}
        diagnostics: list[Diagnostic] = []
        for number, entry in enumerate(entries, start=1):
            item = self._media_item(entry)
            context.progress(number, len(entries), item.title)
            try:
                items[item.id] = item = self._with_length(item, entry, known.get(item.id))
                if item.duration_ms is None and item.kind != "live":
                    wanted[item.id] = self._fresh(item.locator)
            except ExstvError as error:
                diagnostics.append(left_out(item.id, str(error)))
                items.pop(item.id, None)
        for id_, answer in probe_remote(wanted, lambda id_: None, self._probing).items():
            match answer:
                case Probed() as probed:
                    # Where the sound comes from elsewhere these are the pictures alone: that says too little.
                    streams = probed.streams if wanted[id_].sound is None else ()
                    items[id_] = msgspec.structs.replace(
                        items[id_], duration_ms=probed.duration_ms, streams=streams
                    )
                case Failed(reason=reason):
                    diagnostics.append(left_out(id_, reason))
                    del items[id_]
        return ScanResult(items=tuple(items.values()), diagnostics=tuple(diagnostics))

    def resolve(self, media: Media, place: Place) -> UrlInput:
        """Gives an address of the video that answers, for as long as it plays. Raises ExstvError."""
        live = media.duration_ms is None
        good_until_ms = self._clock.now_ms() + (media.duration_ms or 0) + MARGIN_MS
        with self._lock:
            kept = [each for each in self._known.get(media.id, ()) if each.good_until_ms >= good_until_ms]
        found = _first_that_answers(kept, live=live)
        if found is None:
            fresh = self._ask(media.locator)
            with self._lock:
                self._known[media.id] = fresh
            found = _first_that_answers(fresh, live=live)
        if found is None:
            raise ExstvError(f"no address of `{media.id}` answers")
        return found

    def _fresh(self, locator: str) -> UrlInput:
        found = _first_that_answers(self._ask(locator), live=False)
        if found is None:
            raise ExstvError("no address of the video answers")
        return found

    def _ask(self, locator: str) -> list[Direct]:
        with self._discreet():
            found = directs(described(expand(locator, self._environ)), self._clock.now_ms())
        if not found:
            raise ExstvError("the video has no format that can be played")
        return found

    @contextmanager
    def _discreet(self) -> Iterator[None]:
        """Lets no word out that the environment gave."""
        try:
            yield
        except ExstvError as error:
            raise ExstvError(hidden(str(error), self._definition.url, self._environ)) from None

    def _with_length(self, item: MediaItem, entry: Mapping[str, Any], known: MediaItem | None) -> MediaItem:
        """The item with what is known of its length. Raises ExstvError if it cannot be played at all."""
        if entry.get("availability") in _CLOSED:
            raise ExstvError("it is not open to everybody")
        if entry.get("live_status") == "is_upcoming":
            raise ExstvError("it has not begun yet")
        if item.kind == "live" or item.duration_ms is not None or known is None:
            return item
        return msgspec.structs.replace(item, duration_ms=known.duration_ms, streams=known.streams)

    def _media_item(self, entry: Mapping[str, Any]) -> MediaItem:
        key = str(entry.get("id") or entry.get("url"))
        page = str(entry.get("webpage_url") or entry.get("url"))
        live = entry.get("live_status") == "is_live" or bool(entry.get("is_live"))
        seconds, picture = entry.get("duration"), str(entry.get("thumbnail") or "")
        released = _day(entry)
        site = str(entry.get("ie_key") or entry.get("extractor_key") or "").lower()
        return MediaItem(
            id=f"{self._name}:{hidden(key, self._definition.url, self._environ)}",
            source=self._name,
            kind="live" if live else "clip",
            title=str(entry.get("title") or key),
            locator=hidden(page, self._definition.url, self._environ),
            duration_ms=round(seconds * 1000) if seconds and not live else None,
            year=int(released[:4]) if released else None,
            released=released,
            genres=tuple(entry.get("categories") or ()),
            tags=tuple(entry.get("tags") or ()),
            studio=entry.get("channel") or entry.get("uploader"),
            plot=entry.get("description") or None,
            artwork=picture if is_web(picture) and picture == without_secrets(picture) else None,
            chapters=_chapters(entry),
            guids=(f"{site}:{key}",) if site == "youtube" else (),
        )


def _first_that_answers(found: list[Direct], *, live: bool) -> UrlInput | None:
    """The best one that a server gives: of formats that are listed, some may not be there."""
    for each in found:
        sound = each.sound
        if not answers(each.url, each.headers) or (sound and not answers(sound.url, sound.headers)):
            continue
        heard = UrlInput(url=sound.url, headers=sound.headers, live=live) if sound else None
        return UrlInput(url=each.url, headers=each.headers, live=live, sound=heard)
    return None


def _day(entry: Mapping[str, Any]) -> str | None:
    """The day of release: `20260306`, or an instant in seconds."""
    written = str(entry.get("release_date") or entry.get("upload_date") or "")
    if len(written) == 8 and written.isdecimal():
        return f"{written[:4]}-{written[4:6]}-{written[6:]}"
    at = entry.get("timestamp")
    return datetime.fromtimestamp(at, UTC).date().isoformat() if isinstance(at, (int, float)) else None


def _chapters(entry: Mapping[str, Any]) -> tuple[Chapter, ...]:
    found = entry.get("chapters") or ()
    return tuple(
        Chapter(start_ms=round(each["start_time"] * 1000), title=each.get("title") or None) for each in found
    )
