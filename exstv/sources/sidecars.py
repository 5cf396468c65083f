"""Which of the files in a folder belong to a media file: NFO, subtitles, pictures, chapters. Pure.

The names are those that Kodi, Plex and Jellyfin look for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

import msgspec

from exstv.catalog.model import Stream
from exstv.sources.folders import PICTURES, SUBTITLE_CODECS, Companion, Folder, extension
from exstv.sources.name_facts import NameFacts
from exstv.sources.names import stack_of

_CODE = re.compile(r"[a-z]{2,3}(?:[-_](?:[a-z]{2}|[a-z]{4}|\d{3}))?", re.IGNORECASE)
_FORCED = frozenset({"forced", "foreign"})
_SPARE = frozenset({"sdh", "cc", "hi", "commentary"})
_DEFAULT = "default"
_LANGUAGES = {
    "english": "en", "german": "de", "deutsch": "de", "french": "fr", "français": "fr", "spanish": "es",
    "español": "es", "italian": "it", "italiano": "it", "dutch": "nl", "nederlands": "nl", "portuguese": "pt",
    "português": "pt", "russian": "ru", "русский": "ru", "polish": "pl", "polski": "pl", "swedish": "sv",
    "svenska": "sv", "norwegian": "no", "norsk": "no", "danish": "da", "dansk": "da", "finnish": "fi",
    "suomi": "fi", "czech": "cs", "greek": "el", "turkish": "tr", "arabic": "ar", "hebrew": "he",
    "hungarian": "hu", "romanian": "ro", "ukrainian": "uk", "hindi": "hi", "thai": "th", "vietnamese": "vi",
    "japanese": "ja", "日本語": "ja", "chinese": "zh", "中文": "zh", "korean": "ko", "한국어": "ko",
}  # fmt: skip


class Sidecars(msgspec.Struct, frozen=True, kw_only=True):
    """What belongs to one media file; `artwork` is a path below the source's root."""

    nfo: Companion | None = None
    show_nfo: Companion | None = None
    chapters: Companion | None = None
    subtitles: tuple[Stream, ...] = ()
    artwork: str | None = None

    def read(self) -> Iterator[Companion]:
        """Those that a scan reads."""
        yield from (each for each in (self.nfo, self.show_nfo, self.chapters) if each is not None)


class Shelf:
    """A folder as its media files see it; made once a folder, however many there are."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        # What is called after the folder is of its only film, be it in several parts.
        self._alone = len({stack_of(stem) for stem in folder.stems}) == 1
        self._subtitles = _subtitles(folder)

    def beside(self, path: PurePosixPath, name: NameFacts) -> Sidecars:
        """Chooses among the files of a media file's folder, and of those around it."""
        stem, alone = path.stem, self._alone and name.kind != "episode"
        nfo = self._folder.first(f"{stem}.nfo", *(("movie.nfo", "musicvideo.nfo") if alone else ()))
        shows = (each.first("tvshow.nfo") for each in self._folder.upwards())
        return Sidecars(
            nfo=nfo,
            show_nfo=next((each for each in shows if each), None) if name.kind == "episode" else None,
            chapters=self._folder.first(f"{stem}.chapters.xml", f"{stem}_chapters.xml"),
            subtitles=tuple(self._subtitles.get(stem.lower(), ())),
            artwork=_artwork(stem, self._folder, name, alone=alone),
        )


def _subtitles(folder: Folder) -> dict[str, list[Stream]]:
    """The subtitle files of each media file, by its stem in lower case."""
    stems = {stem.lower() for stem in folder.stems}
    only = next(iter(stems)) if len(stems) == 1 else None
    found: dict[str, list[Stream]] = {}
    for name, file in sorted(folder.files.items()):
        codec = SUBTITLE_CODECS.get(extension(name))
        if codec is None:
            continue
        path = PurePosixPath(name)
        owner, tags = _owner(path.stem, stems)
        if owner is None and path.parent.name:
            # `Subs/Film/2_English.srt`, and `Subs/English.srt` where there is one film only.
            owner = path.parent.name if path.parent.name in stems else only
            tags = re.split(r"[._ ]", path.stem)
        if owner is not None:
            found.setdefault(owner, []).append(_subtitle(file.path, codec, tags))
    return found


def _owner(name: str, stems: set[str]) -> tuple[str | None, list[str]]:
    """The longest stem that a name begins with, and what follows it: `film.part 2` before `film`."""
    tags: list[str] = []
    while name not in stems:
        name, dot, tag = name.rpartition(".")
        if not dot:
            return None, []
        tags.insert(0, tag)
    return name, tags


def _subtitle(path: str, codec: str, tags: list[str]) -> Stream:
    language: str | None = None
    flags: set[str] = set()
    for tag in tags:
        if tag in _FORCED or tag == _DEFAULT or (tag in _SPARE and (tag != "hi" or language)):
            flags.add(tag)
        elif tag in _LANGUAGES:
            language = _LANGUAGES[tag]
        elif _CODE.fullmatch(tag):
            language = tag.replace("_", "-")
    return Stream(
        index=0,
        type="subtitle",
        codec=codec,
        language=language,
        default=_DEFAULT in flags,
        forced=not flags.isdisjoint(_FORCED),
        spare=not flags.isdisjoint(_SPARE),
        file=path,
    )


def _artwork(stem: str, folder: Folder, name: NameFacts, *, alone: bool) -> str | None:
    own = [f"{stem}-poster", f"{stem}-thumb", stem, f"{stem}-fanart"]
    found = _picture(folder, *own, *(("poster", "folder", "cover", "movie", "fanart") if alone else ()))
    if found is not None or name.kind != "episode":
        return found
    for each in folder.upwards():
        if found := _picture(each, *_of_season(name.season), "poster", "folder", "cover", "fanart"):
            return found
    return None


def _of_season(season: int | None) -> tuple[str, ...]:
    if season is None:
        return ()
    return (
        ("season-specials-poster",)
        if season == 0
        else (f"season{season:02}-poster", f"season{season}-poster")
    )


def _picture(folder: Folder, *stems: str) -> str | None:
    found = folder.first(*(f"{stem}.{ending}" for stem in stems for ending in PICTURES))
    return found.path if found else None
