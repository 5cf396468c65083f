"""What a Plex server says of an item, as plexapi reads it, and what of it becomes a fact. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from exstv.catalog.model import Chapter, MediaItem, Stream
from exstv.catalog.streams import is_forced_title, is_spare_title, written_rate
from exstv.sources.plex import Locator
from exstv.sources.servers import MOST_ACTORS, PathMap, Unusable, stem

VIDEO, AUDIO, SUBTITLE = 1, 2, 3
_TYPES = {VIDEO: "video", AUDIO: "audio", SUBTITLE: "subtitle"}
_CODECS = {
    "dca": "dts",
    "dca-ma": "dts",
    "srt": "subrip",
    "pgs": "hdmv_pgs_subtitle",
    "vobsub": "dvd_subtitle",
    "dvb_subtitles": "dvb_subtitle",
}
"""Where Plex's name of a codec is not libavcodec's."""
_PIXELS = {("4:2:0", 8): "yuv420p", ("4:2:0", 10): "yuv420p10le"}
_HDR = ("smpte2084", "arib-std-b67")
_GUIDS = ("imdb", "tmdb", "tvdb")


@dataclass(frozen=True)
class Part:
    """One file of an item; `number` counts from 1 where an item lies in several."""

    key: str
    file: Any
    number: int
    of: int


def parts(item: Any) -> list[Part]:
    """The files of an item's first version, leaving out what the server made to be played elsewhere."""
    versions = [version for version in item.media if not version.isOptimizedVersion]
    files = versions[0].parts if versions else []
    return [
        Part(
            key=str(item.ratingKey) if number == 1 else f"{item.ratingKey}.{number}",
            file=file,
            number=number,
            of=len(files),
        )
        for number, file in enumerate(files, start=1)
    ]


def media_item(source: str, kind: str, item: Any, part: Part, show: Any | None, paths: PathMap) -> MediaItem:
    """The facts of one file of an item; what an episode lacks is its show's. Raises Unusable."""
    duration_ms = part.file.duration or (item.duration if part.of == 1 else 0) or 0
    if duration_ms <= 0:
        raise Unusable("the server does not know how long it is")
    title = (item.title or "").strip() or stem(part.file.file or "")
    if not title:
        raise Unusable("it has no title")
    is_episode = kind == "episode"
    mapped = paths.locate(part.file.file or "")
    return MediaItem(
        id=f"{source}:{part.key}",
        source=source,
        kind=kind,
        # Parts that are called so stay together and in order (LANGUAGE.md, keep_multi_part).
        title=title if part.of == 1 else f"{title} ({part.number})",
        locator=msgspec.json.encode(Locator(part=part.file.key, mapped=mapped)).decode(),
        duration_ms=duration_ms,
        show=(item.grandparentTitle or None) if is_episode else None,
        season=item.parentIndex if is_episode else None,
        episode=item.index if is_episode else None,
        year=item.year or (item.originallyAvailableAt.year if item.originallyAvailableAt else None),
        released=item.originallyAvailableAt.date().isoformat() if item.originallyAvailableAt else None,
        genres=_tags(() if is_episode else item.genres) or _tags(show.genres if show else ()),
        tags=tuple(dict.fromkeys((*_tags(item.labels), *_tags(show.labels if show else ())))),
        studio=None if is_episode else item.studio or None,
        network=(show.network or show.studio or None) if show else None,
        actors=_tags(item.roles)[:MOST_ACTORS],
        directors=_tags(item.directors),
        rating=item.contentRating or (show.contentRating if show else None) or None,
        plot=(item.summary or "").strip() or None,
        artwork=item.thumb or None,
        chapters=_chapters(item, duration_ms) if part.of == 1 else (),
        streams=tuple(_streams(part.file.streams)),
        guids=_guids(item.guids),
        added=_instant(item.addedAt),
        size=part.file.size,
    )


def _tags(found: Iterable[Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.tag for each in found if each.tag))


def _chapters(item: Any, duration_ms: int) -> tuple[Chapter, ...]:
    marks = ((mark.start or 0, mark.title or None) for mark in item.chapters)
    found = [Chapter(start_ms=start, title=title) for start, title in marks if 0 <= start < duration_ms]
    return tuple(sorted(found, key=lambda chapter: chapter.start_ms))


def _guids(found: Iterable[Any]) -> tuple[str, ...]:
    ids = dict(each.id.split("://", 1) for each in found if each.id and "://" in each.id)
    return tuple(f"{name}:{ids[name]}" for name in _GUIDS if name in ids)


def _instant(moment: datetime | None) -> str | None:
    # plexapi gives it in this machine's time zone.
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def _streams(found: Iterable[Any]) -> Iterator[Stream]:
    """The streams of the file itself: what lies beside it has an address of its own and no number."""
    own = (stream for stream in found if stream.streamType in _TYPES and not stream.key and stream.index >= 0)
    for stream in sorted(own, key=lambda each: each.index):
        codec = (stream.codec or "unknown").lower()
        common = Stream(
            index=stream.index,
            type=_TYPES[stream.streamType],
            codec=_CODECS.get(codec, codec),
            language=stream.languageCode if stream.languageCode not in ("", "und") else None,
            default=bool(stream.default),
            forced=_is_forced(stream),
            spare=_is_spare(stream),
        )
        match stream.streamType:
            case 1:
                yield _picture(common, stream)
            case 2:
                yield msgspec.structs.replace(
                    common,
                    channels=stream.channels,
                    sample_rate=stream.samplingRate,
                    # `lc` and `he-aac` here, `LC` and `HE-AAC` in libavcodec.
                    profile=stream.profile.upper() if stream.profile else None,
                )
            case _:
                yield common


def _picture(common: Stream, stream: Any) -> Stream:
    rate = stream.frameRate
    return msgspec.structs.replace(
        common,
        width=stream.width,
        height=stream.height,
        frame_rate=written_rate(rate) if rate else None,
        interlaced=stream.scanType == "interlaced" if stream.scanType else None,
        transfer=stream.colorTrc if stream.colorTrc in _HDR else None,
        # `high 10` here, `High 10` in libavcodec.
        profile=stream.profile.title() if stream.profile else None,
        level=stream.level,
        shape=stream.pixelAspectRatio,
        pixel_format=_PIXELS.get((stream.chromaSubsampling, stream.bitDepth)),
    )


def _is_forced(stream: Any) -> bool:
    return stream.streamType == SUBTITLE and (bool(stream.forced) or is_forced_title(stream.title or ""))


def _is_spare(stream: Any) -> bool:
    impaired = {AUDIO: "visualImpaired", SUBTITLE: "hearingImpaired"}.get(stream.streamType, "")
    return bool(getattr(stream, impaired, False)) or is_spare_title(stream.title or "")
