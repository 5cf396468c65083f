"""What a viewer sees of a timeline, as lines of text. Owns no compile."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from conformance.encode import PARTS, encoders, encoding
from exstv.clock import to_utc
from exstv.diagnostics import Diagnostic
from exstv.timeline.model import Channel, PlayoutItem, Presentation, Profile, Timeline
from exstv.units import DAY_MS
from runtime.dressing import needs_reading
from runtime.multivariant import Rendition

_CHANNEL = (
    "number", "name", "xmltv_id", "group", "logo", "streaming_mode", "timezone", "profile", "throttle",
    "always_on",
)  # fmt: skip
_PROGRAMME = (
    "media_id", "title", "sub_title", "description", "season", "episode", "year", "released", "rating",
    "categories",
)  # fmt: skip


class Window(NamedTuple):
    """A channel of a timeline, and the time of it that is shown."""

    timeline: Timeline
    channel: Channel
    from_ms: int
    until_ms: int
    media_root: Path

    def clock(self, at_ms: int) -> str:
        """A time by the channel's clock, with the day where more than one is shown."""
        at = to_utc(at_ms).astimezone(ZoneInfo(self.channel.timezone))
        text = at.strftime("%a %H:%M" if self.until_ms - self.from_ms > DAY_MS else "%H:%M")
        text += at.strftime(":%S") if at_ms % 60_000 else ""
        return text + (f".{at_ms % 1000:03}" if at_ms % 1000 else "")

    @property
    def profile(self) -> Profile:
        """How the channel is encoded."""
        return next(each for each in self.timeline.profiles if each.name == self.channel.profile)

    @property
    def all_items(self) -> list[PlayoutItem]:
        """All that the channel plays."""
        return [item for item in self.timeline.items if item.channel == self.channel.key]

    @property
    def items(self) -> list[PlayoutItem]:
        """What is on the air in it."""
        return [
            each for each in self.all_items if each.start_ms < self.until_ms and each.finish_ms > self.from_ms
        ]

    def runs(self, what: Callable[[PlayoutItem], str]) -> Iterator[tuple[str, list[PlayoutItem]]]:
        """Items that follow each other and are the same to the eye."""
        return ((text, list(run)) for text, run in groupby(self.items, what))


def see(timeline: Timeline, view: str, from_ms: int, until_ms: int, media_root: Path) -> Iterator[str]:
    """The lines of one view; each says its channel where there are several."""
    for channel in timeline.channels:
        key = f"{channel.key}: " if len(timeline.channels) > 1 else ""
        for line in VIEWS[view](Window(timeline, channel, from_ms, until_ms, media_root)):
            yield key + line


def _items(window: Window) -> Iterator[str]:
    """What plays; the fallback is one line, however often it begins anew."""
    lengths = {media.id: media.duration_ms for media in window.timeline.media}
    for what, run in window.runs(lambda item: _what(item, lengths)):
        is_one = "(fallback)" in what or what.startswith(("slate", "off air"))
        for item in run[:1] if is_one else run:
            yield f"{window.clock(item.start_ms)} {what}"


def _rules(window: Window) -> Iterator[str]:
    """By which rule it plays."""
    for rule, (first, *_) in window.runs(lambda item: item.rule):
        yield f"{window.clock(first.start_ms)} {rule}"


def _guide(window: Window) -> Iterator[str]:
    for each in window.timeline.programmes:
        inside = each.start_ms < window.until_ms and each.finish_ms > window.from_ms
        if each.channel == window.channel.key and inside:
            words = f"{each.title}: {each.sub_title}" if each.sub_title else each.title
            kind = "" if each.kind == "programme" else f" ({each.kind.value})"
            yield f"{window.clock(each.start_ms)} {words}{kind}"


def _media(window: Window) -> Iterator[str]:
    """What is known of each media item that plays, as `where` and the tests of a station ask it."""
    known = {media.id: media for media in window.timeline.media}
    for id_ in dict.fromkeys(item.media_id for item in window.items if item.media_id):
        yield f"{id_}: {known[id_].kind} {known[id_].title}"


def _programme(window: Window) -> Iterator[str]:
    """All that the guide says of each programme."""
    for each in window.timeline.programmes:
        inside = each.start_ms < window.until_ms and each.finish_ms > window.from_ms
        if each.channel == window.channel.key and inside:
            facts = ((name, getattr(each, name)) for name in _PROGRAMME)
            yield ", ".join(f"{name} {_words(value)}" for name, value in facts if value not in (None, ()))


def _words(value: object) -> str:
    return "/".join(value) if isinstance(value, tuple) else str(value)


def _channel(window: Window) -> Iterator[str]:
    """What the line-up says of the channel."""
    for name in _CHANNEL:
        value = getattr(window.channel, name)
        if value is not None:
            yield f"{name} {value}"


def _presentation(window: Window) -> Iterator[str]:
    """What is heard and seen with each item."""
    known = {
        each.id: each.plain for each in window.timeline.presentations if each.channel == window.channel.key
    }
    for words, (first, *_) in window.runs(lambda item: _dress(known[item.presentation or 0])):
        yield f"{window.clock(first.start_ms)} {words}"


def _dress(look: Presentation) -> str:
    audio = ",".join(look.audio_languages) or "any"
    words = f"audio {audio}, subtitles {look.subtitle_mode} {','.join(look.subtitle_languages) or 'any'}"
    words += f" {look.subtitle_render}, "
    if look.watermark_image is None:
        return words + "no watermark"
    during = " during filler" if look.watermark_during_filler else ""
    where = f"{look.watermark_position} {look.watermark_width} {look.watermark_opacity}"
    return words + f"watermark {look.watermark_image} {where}{during}"


def _subtitles(window: Window) -> Iterator[str]:
    """What players of HLS may turn on and off, and how the subtitles of each item reach a viewer."""
    known = {each.id: each for each in window.timeline.presentations if each.channel == window.channel.key}
    media = {each.id: each for each in window.timeline.media}
    rendition = Rendition.of(known.values())
    yield f"HLS lists {f'subtitles in {rendition.language}' if rendition else 'no subtitles'}"
    for item in window.items:
        worn = known[item.presentation or 0].plain
        reading = needs_reading(worn, media[item.media_id], carried=True) if item.media_id else None
        if reading is not None:
            stream, form = reading.stream, reading.form.name.lower()
            yield f"{window.clock(item.start_ms)} {stream.codec} in {stream.language} is {form}"


def _window(window: Window) -> Iterator[str]:
    """From when to when the timeline is."""
    header, items = window.timeline.header, window.all_items
    first, last = (
        to_utc(at).isoformat(timespec="minutes") for at in (items[0].start_ms, items[-1].finish_ms)
    )
    yield f"{header.station}, {header.timezone}: {first} to {last}"


def _days(window: Window) -> Iterator[str]:
    """What is on at the time of day at which the window begins, where it is not what the day before had."""
    before = ""
    items = iter(window.all_items)
    item = next(items)
    for at in range(window.from_ms, window.until_ms, DAY_MS):
        while item.finish_ms <= at:
            item = next(items)
        if item.media_id != before:
            day = to_utc(at).astimezone(ZoneInfo(window.channel.timezone))
            yield f"{day.strftime('%a %Y-%m-%d')} {item.media_id or 'slate'}"
        before = item.media_id or ""


def _part(part: str) -> Callable[[Window], Iterator[str]]:
    """A part of the command that encodes what plays first."""

    def show(window: Window) -> Iterator[str]:
        yield encoding(window.timeline, window.channel, window.items[0], window.media_root)[part]

    return show


VIEWS: dict[str, Callable[[Window], Iterable[str]]] = {
    "items": _items,
    "rules": _rules,
    "guide": _guide,
    "programme": _programme,
    "media": _media,
    "channel": _channel,
    "hardware": lambda window: encoders(window.profile),
    **{part: _part(part) for part in PARTS},
    "presentation": _presentation,
    "subtitles": _subtitles,
    "window": _window,
    "days": _days,
    "checks": lambda window: (),
}
"""By the word after `text`. `checks` shows what policies and tests find, with the other diagnostics."""


def diagnostic_lines(found: Iterable[Diagnostic]) -> Iterator[str]:
    """What is reported; without places, which a rewritten YAML would move."""
    for each in found:
        yield f"{each.severity.value} {each.code}: {each.message}"


def _what(item: PlayoutItem, lengths: dict[str, int | None]) -> str:
    name = item.media_id or ("off air" if item.kind == "off_air" else "slate")
    kind = f" ({item.filler_kind.value})" if item.filler_kind and item.media_id else ""
    part = ""
    is_whole = item.in_point_ms == 0 and item.out_point_ms == lengths.get(item.media_id or "")
    if item.media_id and not is_whole and item.filler_kind != "fallback":
        part = f" from {_minutes(item.in_point_ms)} to {_minutes(item.out_point_ms)}"
    return f"{name}{kind}{part}"


def _minutes(length_ms: int) -> str:
    minutes, rest = divmod(length_ms, 60_000)
    return f"{minutes}:{rest // 1000:02}" + (f".{rest % 1000:03}" if rest % 1000 else "")
