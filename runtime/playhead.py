"""Timeline × instant → what plays, from which offset, until when. Pure.

A window is a frozen stretch of one channel's rows, read in a worker thread (`read_window`), so that no query
runs on the event loop.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from exstv.timeline.model import Media, PlayoutItem, Presentation, Profile, Programme, Source
from exstv.timeline.query import TimelineReader, item_at, title_of
from runtime.throttle import Throttle


@dataclass(frozen=True)
class Window:
    """A channel's rows over [start_ms, finish_ms), with all that is needed to play them."""

    channel: str
    channel_name: str
    start_ms: int
    finish_ms: int
    profile: Profile
    items: tuple[PlayoutItem, ...]
    media: dict[str, Media]
    sources: dict[str, Source]
    programmes: dict[str, Programme]
    fallbacks: tuple[str, ...]
    throttle: Throttle = Throttle.REALTIME
    presentations: dict[int, Presentation] = field(default_factory=dict)
    carried: str | None = None
    """The language of the subtitle pictures that the stream carries beside its own; None: it carries none."""

    def item_at(self, at_ms: int) -> PlayoutItem | None:
        """The item on air at an instant, None outside the timeline."""
        return item_at(self.items, at_ms)

    def covers(self, at_ms: int) -> bool:
        """Tells whether the window was read for this instant."""
        return self.start_ms <= at_ms < self.finish_ms

    def worn_by(self, item: PlayoutItem | None) -> Presentation:
        """The presentation that holds for an item: its own, else the channel's."""
        own = self.presentations.get(0, Presentation())
        return own if item is None else self.presentations.get(item.presentation or 0, own)

    def title_of(self, item: PlayoutItem) -> str:
        """What a viewer calls what is on; the slate is the channel's."""
        title = title_of(item, self.programmes, self.media)
        return self.channel_name if title is None else title


def read_window(reader: TimelineReader, channel: str, start_ms: int, finish_ms: int) -> Window | None:
    """Reads a window; None if the timeline has no such channel. Queries DuckDB: for a worker thread."""
    found = next((entry for entry in reader.channels if entry.key == channel), None)
    if found is None:
        return None
    items = reader.items(channel, start_ms, finish_ms)
    fallbacks = reader.fallbacks(channel)
    used = {item.media_id for item in items if item.media_id is not None} | set(fallbacks)
    programmes = reader.programmes(start_ms, finish_ms, channel)
    return Window(
        channel=channel,
        channel_name=found.name,
        start_ms=start_ms,
        finish_ms=finish_ms,
        profile=reader.profiles[found.profile],
        items=items,
        media=reader.media(sorted(used)),
        sources=reader.sources,
        programmes={programme.id: programme for programme in programmes},
        fallbacks=fallbacks,
        throttle=Throttle(found.throttle),
        presentations=reader.presentations(channel),
    )
