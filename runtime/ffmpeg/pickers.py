"""Which streams of a media item play: presentation + streams -> picks. Pure.

What is known of the streams comes from the last scan; an item without such facts plays its first ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from exstv.catalog.model import Stream
from exstv.timeline.model import Presentation
from runtime.ffmpeg.languages import nearness
from runtime.ffmpeg.subtitles import is_picture

_STRANGE = frozenset({"dvb_teletext", "arib_caption", "hdmv_text_subtitle", "ttml"})
"""What most builds of ffmpeg cannot read."""


@dataclass(frozen=True)
class Picks:
    """The streams that play; None: the item has none of that kind, or none that is wanted."""

    video: Stream | None
    audio: Stream | None
    subtitle: Stream | None


def pick(streams: Sequence[Stream], wanted: Presentation) -> Picks:
    """Chooses one stream of each kind."""
    return Picks(
        video=next((stream for stream in streams if stream.type == "video"), None),
        audio=pick_audio(streams, wanted.audio_languages),
        subtitle=pick_subtitle(streams, wanted),
    )


def pick_audio(streams: Iterable[Stream], languages: Sequence[str]) -> Stream | None:
    """The sound in the first language that there is, else the item's default or first.

    Of several the default one, then the one with most channels. A commentary plays only if all are.
    """
    sounds = [stream for stream in streams if stream.type == "audio"]
    best = _in_best_language([each for each in sounds if not each.spare], languages)
    if best:
        return min(best, key=lambda each: (not each.default, -(each.channels or 0), each.index))
    return min(sounds, key=lambda each: (each.spare, not each.default, each.index), default=None)


def pick_subtitle(streams: Sequence[Stream], wanted: Presentation) -> Stream | None:
    """The subtitles in the first wanted language, of those that the mode allows; no languages: any.

    Forced ones then in the language that is heard, if there are any: they are what that sound leaves out.
    """
    texts = [stream for stream in streams if stream.type == "subtitle" and _allowed(stream, wanted)]
    if wanted.subtitle_languages:
        texts = _in_best_language(texts, wanted.subtitle_languages)
    elif wanted.subtitle_mode == "forced":
        heard = pick_audio(streams, wanted.audio_languages)
        spoken = [heard.language] if heard is not None and heard.language else []
        texts = _in_best_language(texts, spoken) or texts
    return min(texts, key=_rank, default=None)


def _rank(text: Stream) -> tuple[object, ...]:
    """Of subtitles in one language: the lowest is read."""
    # Forced ones leave most of the dialogue out: where whole ones are allowed, these come first. Text is as
    # sharp as the screen. Files of their own somebody laid beside the film because its own would not do.
    strange = text.codec in _STRANGE
    return (
        *(strange, text.forced, text.spare, is_picture(text), not text.default, text.file is None),
        text.index,
    )


def _allowed(stream: Stream, wanted: Presentation) -> bool:
    match wanted.subtitle_mode:
        case "forced":
            return stream.forced
        case "default":
            return stream.default
        case "any":
            return True
        case _:
            return False


def _in_best_language(streams: Sequence[Stream], languages: Iterable[str]) -> list[Stream]:
    """The streams that fit the earliest language that any fits, as near as any does."""
    for language in languages:
        near = [(nearness(language, each.language), each) for each in streams]
        best = max((fit for fit, _ in near), default=0)
        if best > 0:
            return [each for fit, each in near if fit == best]
    return []
