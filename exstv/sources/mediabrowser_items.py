"""What Jellyfin and Emby say of an item, and what of it becomes a fact of the catalog. Pure.

The shapes hold only what is read of the servers' `BaseItemDto`; a tick is 100 ns.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

import msgspec

from exstv.catalog.model import Chapter, MediaItem, Stream
from exstv.catalog.streams import is_forced_title, is_spare_title, written_rate
from exstv.sources.mediabrowser import Locator
from exstv.sources.servers import MOST_ACTORS, MappedFile, PathMap, Unusable, stem

KINDS = {"Movie": "movie", "Episode": "episode", "MusicVideo": "music_video", "Video": "clip"}
"""The types of items that are asked for."""
LISTED_FIELDS = ("Etag",)
SERIES_FIELDS = ("Etag", "Genres", "Studios", "Tags")
FIELDS = (
    *("Etag", "Path", "Overview", "Genres", "Tags", "Studios", "SeriesStudio", "People", "ProviderIds"),
    *("DateCreated", "Chapters", "MediaSources"),
)
_TICKS_A_MS = 10_000
_STREAMS = {"Video": "video", "Audio": "audio", "Subtitle": "subtitle"}
_CODECS = {
    "pgssub": "hdmv_pgs_subtitle",
    "pgs": "hdmv_pgs_subtitle",
    "dvdsub": "dvd_subtitle",
    "dvbsub": "dvb_subtitle",
    "srt": "subrip",
}
"""Where a server's name of a codec is not libavcodec's."""
_HDR = ("smpte2084", "arib-std-b67")
_DISCS = ("Iso", "Dvd", "BluRay")
_GUIDS = ("imdb", "tmdb", "tvdb")


class _Shape(msgspec.Struct, frozen=True, rename="pascal"):
    """Part of an answer; what is not read of it is skipped."""


class Named(_Shape, frozen=True):
    """A studio or a library's folder, as far as its name goes."""

    name: str | None = None


class Person(_Shape, frozen=True):
    """Somebody who took part."""

    name: str | None = None
    type: str | None = None


class FileStream(_Shape, frozen=True):
    """An elementary stream; `index` counts files beside the video as well."""

    type: str
    index: int
    codec: str | None = None
    language: str | None = None
    title: str | None = None
    width: int | None = None
    height: int | None = None
    real_frame_rate: float | None = None
    average_frame_rate: float | None = None
    is_interlaced: bool = False
    color_transfer: str | None = None
    pixel_format: str | None = None
    profile: str | None = None
    level: float | None = None
    channels: int | None = None
    sample_rate: int | None = None
    is_default: bool = False
    is_forced: bool = False
    is_external: bool = False
    is_hearing_impaired: bool | None = None


class FileSource(_Shape, frozen=True):
    """One version of an item: a file."""

    id: str | None = None
    path: str | None = None
    container: str | None = None
    size: int | None = None
    run_time_ticks: int | None = None
    media_streams: tuple[FileStream, ...] | None = None


class Mark(_Shape, frozen=True):
    """A chapter."""

    start_position_ticks: int
    name: str | None = None


class Item(_Shape, frozen=True):
    """A video, a series, a collection or a playlist."""

    id: str
    name: str | None = None
    type: str | None = None
    etag: str | None = None
    location_type: str | None = None
    series_id: str | None = None
    season_id: str | None = None
    series_name: str | None = None
    series_studio: str | None = None
    parent_index_number: int | None = None
    index_number: int | None = None
    production_year: int | None = None
    premiere_date: str | None = None
    date_created: str | None = None
    overview: str | None = None
    official_rating: str | None = None
    path: str | None = None
    run_time_ticks: int | None = None
    video_type: str | None = None
    genres: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None
    tag_items: tuple[Named, ...] | None = None
    """Emby's newer way to tell tags."""
    artists: tuple[str, ...] | None = None
    studios: tuple[Named, ...] | None = None
    people: tuple[Person, ...] | None = None
    provider_ids: dict[str, str | None] | None = None
    image_tags: dict[str, str] | None = None
    chapters: tuple[Mark, ...] | None = None
    media_sources: tuple[FileSource, ...] | None = None


class Page(_Shape, frozen=True):
    """A part of a list."""

    items: tuple[Item, ...] = ()
    total_record_count: int = 0


def media_item(source: str, item: Item, series: Item | None, paths: PathMap) -> MediaItem:
    """The facts of one video; what an episode lacks is its series'. Raises Unusable."""
    file = item.media_sources[0] if item.media_sources else FileSource()
    if item.video_type in _DISCS:
        raise Unusable("it is a disc, and no file that can be played from any place")
    duration_ms = (file.run_time_ticks or item.run_time_ticks or 0) // _TICKS_A_MS
    if duration_ms <= 0:
        raise Unusable("the server does not know how long it is")
    path = file.path or item.path or ""
    title = (item.name or "").strip() or stem(path)
    if not title:
        raise Unusable("it has no title")
    own = series or Item(id="")
    made_by = _first(item.studios)
    return MediaItem(
        id=f"{source}:{item.id}",
        source=source,
        kind=KINDS.get(item.type or "", "clip"),
        title=title,
        locator=_locator(item, file, paths.locate(path)),
        duration_ms=duration_ms,
        show=item.series_name or None,
        season=item.parent_index_number if item.type == "Episode" else None,
        episode=item.index_number if item.type == "Episode" else None,
        year=item.production_year or _year(item.premiere_date),
        released=_day(item.premiere_date),
        genres=item.genres or own.genres or (),
        tags=tuple(dict.fromkeys((*_tags(item), *_tags(own)))),
        studio=None if item.type == "Episode" else made_by,
        network=(item.series_studio or _first(own.studios)) if item.type == "Episode" else None,
        actors=_actors(item),
        directors=_people(item, "Director"),
        rating=item.official_rating or own.official_rating or None,
        plot=(item.overview or "").strip() or None,
        artwork=f"/Items/{item.id}/Images/Primary" if "Primary" in (item.image_tags or {}) else None,
        chapters=_chapters(item, duration_ms),
        streams=streams(file.media_streams or ()),
        guids=_guids(item),
        added=_instant(item.date_created),
        size=file.size,
    )


def streams(found: tuple[FileStream, ...]) -> tuple[Stream, ...]:
    """The streams of the file itself, numbered as in the file.

    Subtitles beside it are numbered too: Jellyfin's since 10.8 before the file's own streams, Emby's after.
    """
    own = sorted((each for each in found if not each.is_external), key=lambda each: each.index)
    before = sum(each.is_external and each.index < own[0].index for each in found) if own else 0
    return tuple(_stream(each, each.index - before) for each in own if each.type in _STREAMS)


def _stream(stream: FileStream, index: int) -> Stream:
    codec = (stream.codec or "unknown").lower()
    common = Stream(
        index=index,
        type=_STREAMS[stream.type],
        codec=_CODECS.get(codec, codec),
        language=stream.language if stream.language not in ("", "und") else None,
        default=stream.is_default,
        forced=stream.is_forced or (stream.type == "Subtitle" and is_forced_title(stream.title or "")),
        spare=bool(stream.is_hearing_impaired) or is_spare_title(stream.title or ""),
    )
    if common.type == "video":
        rate = stream.real_frame_rate or stream.average_frame_rate
        return msgspec.structs.replace(
            common,
            width=stream.width,
            height=stream.height,
            frame_rate=written_rate(rate) if rate else None,
            interlaced=stream.is_interlaced,
            profile=stream.profile,
            level=int(stream.level) if stream.level and stream.level > 0 else None,
            pixel_format=stream.pixel_format,
            transfer=stream.color_transfer if stream.color_transfer in _HDR else None,
        )
    if common.type == "audio":
        return msgspec.structs.replace(
            common, channels=stream.channels, sample_rate=stream.sample_rate, profile=stream.profile
        )
    return common


def _locator(item: Item, file: FileSource, mapped: MappedFile | None) -> str:
    locator = Locator(item=item.id, file=file.id, container=file.container, mapped=mapped)
    return msgspec.json.encode(locator).decode()


def _chapters(item: Item, duration_ms: int) -> tuple[Chapter, ...]:
    marks = ((mark.start_position_ticks // _TICKS_A_MS, mark.name or None) for mark in item.chapters or ())
    found = [
        Chapter(start_ms=start_ms, title=title) for start_ms, title in marks if 0 <= start_ms < duration_ms
    ]
    return tuple(sorted(found, key=lambda chapter: chapter.start_ms))


def _actors(item: Item) -> tuple[str, ...]:
    """Of a music video the artists come first: they are what it is grouped by."""
    artists = item.artists or () if item.type == "MusicVideo" else ()
    return tuple(dict.fromkeys((*artists, *_people(item, "Actor", "GuestStar"))))[:MOST_ACTORS]


def _people(item: Item, *types: str) -> tuple[str, ...]:
    return tuple(person.name for person in item.people or () if person.type in types and person.name)


def _tags(item: Item) -> tuple[str, ...]:
    newer = (tag.name for tag in item.tag_items or () if tag.name)
    return (*(item.tags or ()), *newer)


def _first(studios: tuple[Named, ...] | None) -> str | None:
    return next((studio.name for studio in studios or () if studio.name), None)


def _guids(item: Item) -> tuple[str, ...]:
    ids = {name.lower(): value for name, value in (item.provider_ids or {}).items() if value}
    return tuple(f"{name}:{ids[name]}" for name in _GUIDS if name in ids)


def _year(text: str | None) -> int | None:
    day = _day(text)
    return int(day[:4]) if day else None


def _day(text: str | None) -> str | None:
    """The date of an instant; the year 1 stands for none."""
    try:
        day = date.fromisoformat((text or "")[:10])
    except ValueError:
        return None
    return day.isoformat() if day.year > 1 else None


def _instant(text: str | None) -> str | None:
    """An instant in UTC to the second; servers write seven digits behind it."""
    try:
        moment = datetime.fromisoformat((text or "")[:19]).replace(tzinfo=UTC)
    except ValueError:
        return None
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment.year > 1 else None
