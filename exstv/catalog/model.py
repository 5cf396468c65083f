"""What is known of each media item: the facts that `scan` writes, `compile` reads and play time resolves."""

from __future__ import annotations

import msgspec


class Stream(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One elementary stream of a file; `index` is its number in the container."""

    index: int
    type: str
    """`video`, `audio` or `subtitle`."""
    codec: str
    language: str | None = None
    width: int | None = None
    height: int | None = None
    frame_rate: str | None = None
    """A fraction, `30000/1001`."""
    interlaced: bool | None = None
    transfer: str | None = None
    """Of HDR pictures, as ffmpeg names it: `smpte2084` (PQ) or `arib-std-b67` (HLG)."""
    channels: int | None = None
    sample_rate: int | None = None
    profile: str | None = None
    """Of the codec, as libavcodec names it: `High`, `Main`, `LC`."""
    level: int | None = None
    """Of the codec, as its bits say it: 31 is H.264's 3.1, 93 HEVC's 3.1."""
    shape: str | None = None
    """Width of a pixel to its height, `16:15`; None: not said, which is taken for square."""
    pixel_format: str | None = None
    colour: str | None = None
    """Range, matrix, primaries and transfer, as libavutil numbers them: `1/1/1/1` is BT.709 in TV range."""
    reorder: int | None = None
    """How many pictures may come before one that is shown earlier; 0 without B-frames."""
    frames: int | None = None
    """How many pictures there are, known only where each is shown equally long."""
    closed_gop: int | None = None
    """Pictures from one keyframe to the next, at most; known only where decoding can start at each."""
    even_gop: bool = False
    """There is a keyframe after each `closed_gop` pictures, and the file can be opened exactly there."""
    default: bool = False
    """Whether the file calls it the default of its type."""
    forced: bool = False
    """Subtitles of foreign dialogue and signs alone."""
    spare: bool = False
    """Made for some: a commentary, a description of the pictures, subtitles with sounds."""
    loudness: float | None = None
    """Of sound, in LUFS over all of it (EBU R 128); known once `scan --deep` has heard it."""
    peak: float | None = None
    """Its true peak, in dBTP."""
    combed: bool = False
    """Of pictures: interlaced, whatever their flags say, as `scan --deep` has seen."""
    file: str | None = None
    """Of subtitles in a file of their own: its path below the source's root; `index` counts in that file."""


class Chapter(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A chapter mark inside a media item."""

    start_ms: int
    title: str | None = None


class Pause(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An instant inside of a silence, where a break hurts least; `dark`: the picture is black, too."""

    at_ms: int
    dark: bool = False


class Enriched(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a database on the web added to an item: the names of the facts that are its own.

    `title` is what the source calls the item, where the title is one of them.
    """

    by: str
    """`tmdb` or `tvdb`."""
    language: str | None = None
    facts: tuple[str, ...] = ()
    title: str | None = None


class MediaItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One media item. `id` is `source:key`, stable for as long as the source's own key is.

    `locator` is what the source needs to play it, without credentials or machine paths: for `local` the path
    below the source's root, for `lavfi` a JSON object {"video": …, "audio": …} with placeholders kept.
    `duration_ms` is None for a live item. `released` is an ISO date.
    """

    id: str
    source: str
    kind: str
    title: str
    locator: str
    duration_ms: int | None = None
    show: str | None = None
    season: int | None = None
    episode: int | None = None
    year: int | None = None
    released: str | None = None
    genres: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    studio: str | None = None
    network: str | None = None
    actors: tuple[str, ...] = ()
    directors: tuple[str, ...] = ()
    rating: str | None = None
    plot: str | None = None
    artwork: str | None = None
    chapters: tuple[Chapter, ...] = ()
    pauses: tuple[Pause, ...] | None = None
    """None: `scan --deep` has not looked for any."""
    streams: tuple[Stream, ...] = ()
    guids: tuple[str, ...] = ()
    enriched: tuple[Enriched, ...] = ()
    library: str | None = None
    """Of a media server, as it calls it."""
    collections: tuple[str, ...] = ()
    """Those of a media server, playlists included, or an NFO's sets; the station's own are not known here."""
    added: str | None = None
    size: int | None = None
    mtime_ms: int | None = None
    state: str = "present"
    """`present` or `missing`."""


class ScannedSource(msgspec.Struct, frozen=True, kw_only=True):
    """What the lock's header says of one source; `definition` is the digest of what was scanned."""

    items: int
    definition: str


class FetchedList(msgspec.Struct, frozen=True, kw_only=True):
    """A programme list that a schedule names by its address; `definition` is the digest of the address."""

    definition: str
    data: msgspec.Raw
    """JSON, without what no compile reads."""


class Catalog(msgspec.Struct, frozen=True, kw_only=True):
    """Every media item known, sorted by id. `digest` is the SHA-256 of the lock's bytes."""

    items: tuple[MediaItem, ...] = ()
    sources: dict[str, ScannedSource] = {}
    lists: dict[str, FetchedList] = {}
    """By the names of the schedules."""
    digest: str = ""
