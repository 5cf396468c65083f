"""Plex Media Server, as far as a source asks it through plexapi.

The published document knows the answers as JSON; plexapi asks for XML. The stand-in makes the JSON, holds it
against the document, and writes it as the server does: an attribute for a value, an element for an object.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from media_servers.documents import document
from media_servers.shelf import Shelf, Show, Video
from media_servers.standing_in import Answer, StandIn

UPDATED = 1_700_000_000
ADDED = 1_706_933_106
SECTION_TYPES = {"Films": "movie", "Shows": "show", "Home": "movie", "Music": "artist"}
AGENTS = {"Home": "com.plexapp.agents.none"}
MOVIE, SHOW, EPISODE = "1", "2", "4"
PLEXAPIS_OWN = {"includeChapters", "includeGuids"}
"""What plexapi adds to a question, and the document does not name."""
ELEMENTS = {"movie": "Video", "episode": "Video", "playlist": "Playlist"}
"""What the server calls an item of a list, by its type; `Directory` all others."""


class Plex(StandIn):
    """One server over a shelf."""

    def __init__(self, shelf: Shelf, key: str, *, checked: bool = True) -> None:
        super().__init__(key, document("plex-openapi.yaml") if checked else None)
        self.shelf = shelf
        self.several: dict[int, int] = {}
        """Videos that lie in so many files, by their keys."""
        self._sections = {name: str(n) for n, name in enumerate(shelf.libraries, start=1)}
        self._boxes = {name: 8_000 + n for n, name in enumerate(shelf.collections)}
        self._lists = {name: 9_000 + n for n, name in enumerate(shelf.playlists)}

    def answer(self, path: str, query: dict[str, str], headers: Mapping[str, str]) -> Answer:
        if headers.get("X-Plex-Token") != self.key:
            return Answer(401, b"<html>Unauthorized</html>", "text/html")
        documented = {name: value for name, value in query.items() if name not in PLEXAPIS_OWN}
        if found := re.fullmatch(r"/library/parts/(\d+)/\d+/file\.mkv", path):
            self.checked(path, documented, 200, None)
            return Answer(200, b"", "", self._known(int(found[1]) // 10).file)
        if found := re.fullmatch(r"/library/metadata/(\d+)/thumb/\d+", path):
            self.checked(path, documented, 200, None)
            return Answer(200, self._known(int(found[1])).picture, "image/jpeg")
        container = self._answer(path, query)
        start = int(headers.get("X-Plex-Container-Start", 0))
        size = int(headers.get("X-Plex-Container-Size", 100))
        page = _page(container, start, size)
        self.checked(path, documented, 200, {"MediaContainer": page})
        return Answer(200, _xml("MediaContainer", page), "text/xml;charset=utf-8")

    def _answer(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        if path == "/":
            return {"version": "1.41.0", "friendlyName": "Attic", "machineIdentifier": "m", "Directory": []}
        if path == "/library/sections/all":
            return {"Directory": [self._section(name) for name in self._sections]}
        if found := re.fullmatch(r"/library/sections/(\d+)/all", path):
            library = next(name for name, key in self._sections.items() if key == found[1])
            return {"Metadata": [self._brief(each) for each in self._inside(library, query["type"])]}
        if found := re.fullmatch(r"/library/metadata/([\d,]+)", path):
            everything = self.shelf.by_key()
            wanted = [everything[int(key)] for key in found[1].split(",")]
            return {"Metadata": [self._whole(each, query) for each in wanted]}
        if found := re.fullmatch(r"/library/sections/(\d+)/collections", path):
            first = next(iter(self._sections.values()))
            boxes = self._boxes.items() if found[1] == first else ()
            return {"Metadata": [_list("collection", name, key) for name, key in boxes]}
        if path == "/playlists":
            lists = [_list("playlist", name, key) for name, key in self._lists.items()]
            return {"Metadata": [{**each, "playlistType": "video"} for each in lists]}
        if found := re.fullmatch(r"/(?:library/collections|playlists)/(\d+)/items", path):
            named = {**self._boxes, **self._lists}
            name = next(name for name, key in named.items() if key == int(found[1]))
            held = {**self.shelf.collections, **self.shelf.playlists}[name]
            everything = self.shelf.by_key()
            return {"Metadata": [self._brief(everything[key]) for key in held]}
        raise AssertionError(f"nothing is at {path}")

    def _section(self, name: str) -> dict[str, Any]:
        return {
            "key": self._sections[name],
            "title": name,
            "type": SECTION_TYPES[name],
            "agent": AGENTS.get(name, "tv.plex.agents.movie"),
            "language": "en",
            "uuid": f"uuid-{name}",
        }

    def _inside(self, library: str, type_: str) -> list[Any]:
        if type_ == SHOW:
            return [show for show in self.shelf.shows if show.library == library]
        return [video for video in self.shelf.videos if video.library == library and video.there]

    def _known(self, key: int) -> Video:
        found = self.shelf.by_key()[key]
        assert isinstance(found, Video)
        return found

    def _brief(self, each: Any) -> dict[str, Any]:
        """As in a list: no streams, no chapters, no labels."""
        common = {
            "ratingKey": str(each.key),
            "key": f"/library/metadata/{each.key}",
            "title": each.title,
            "addedAt": ADDED,
            "updatedAt": UPDATED + each.version,
        }
        if isinstance(each, Show):
            return {**common, "type": "show", "key": f"/library/metadata/{each.key}/children"}
        show = each.show
        found = {
            **common,
            "type": "episode" if show else "movie",
            "summary": each.plot,
            "year": each.year,
            "originallyAvailableAt": each.released,
            "contentRating": each.rating,
            "studio": each.studio,
            "duration": each.duration_ms or None,
            "thumb": f"/library/metadata/{each.key}/thumb/1",
            "index": each.episode,
            "parentIndex": each.season,
            "parentRatingKey": str(show.key * 100 + (each.season or 0)) if show else None,
            "grandparentTitle": show.title if show else None,
            "grandparentRatingKey": str(show.key) if show else None,
            "Media": [self._media(each, with_streams=False)],
        }
        return _said(found)

    def _whole(self, each: Any, query: dict[str, str]) -> dict[str, Any]:
        found = self._brief(each)
        found |= {"Genre": _tags(each.genres), "Label": _tags(each.tags)}
        if isinstance(each, Show):
            return _said({**found, "contentRating": each.rating, "network": each.network})
        found |= {"Role": _tags(each.actors), "Director": _tags(each.directors)}
        found["Media"] = [self._media(each, with_streams=True)]
        if query.get("includeGuids") == "1" and each.imdb:
            found["Guid"] = [{"id": f"imdb://{each.imdb}"}]
        if query.get("includeChapters") == "1":
            found["Chapter"] = [
                {"id": n, "index": n, "startTimeOffset": at, "endTimeOffset": at + 1000, "tag": name}
                for n, (at, name) in enumerate(each.chapters, start=1)
            ]
        return found

    def _media(self, video: Video, *, with_streams: bool) -> dict[str, Any]:
        count = self.several.get(video.key, 1)
        parts = [self._part(video, number, count, with_streams) for number in range(count)]
        return {"id": video.key, "container": "mkv", "videoCodec": "h264", "Part": parts}

    def _part(self, video: Video, number: int, of: int, with_streams: bool) -> dict[str, Any]:
        id_ = video.key * 10 + number
        part = {
            "id": id_,
            "key": f"/library/parts/{id_}/{UPDATED}/file.mkv",
            "file": video.path,
            "size": 1234,
            "container": "mkv",
            "duration": video.duration_ms // of or None,
        }
        return _said({**part, "Stream": _streams(video)} if with_streams else part)


def _streams(video: Video) -> list[dict[str, Any]]:
    """Subtitles beside a file have an address, and no number in it."""
    picture = {"streamType": 1, "index": 0, "codec": "h264", "width": 160, "height": 90, "frameRate": 23.976}
    looks = {"profile": "high", "level": 11, "scanType": "progressive"}
    pixels = {"chromaSubsampling": "4:2:0", "bitDepth": 8, "default": True}
    sound = {"streamType": 2, "index": 1, "codec": "aac", "channels": 1, "samplingRate": 48000}
    spoken = {"profile": "lc", "languageCode": "nld", "default": True}
    beside = {"streamType": 3, "codec": "srt", "languageCode": "eng", "key": "/library/streams/3"}
    inside = [{**each, "key": ""} for each in ({**picture, **looks, **pixels}, {**sound, **spoken})]
    found = [beside, *inside] if video.beside else inside
    return [{**each, "id": n, "displayTitle": each["codec"]} for n, each in enumerate(found, start=1)]


def _list(type_: str, title: str, key: int) -> dict[str, Any]:
    path = f"/playlists/{key}/items" if type_ == "playlist" else f"/library/collections/{key}/children"
    return {"ratingKey": str(key), "key": path, "title": title, "type": type_, "addedAt": ADDED}


def _tags(names: tuple[str, ...]) -> list[dict[str, Any]]:
    return [{"tag": name} for name in names]


def _said(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if value is not None}


def _page(container: dict[str, Any], start: int, size: int) -> dict[str, Any]:
    """A part of the list that a container holds, and how long the list is."""
    name = next(name for name, value in container.items() if isinstance(value, list))
    whole = container[name]
    part = whole[start : start + size]
    return {**container, name: part, "size": len(part), "totalSize": len(whole), "offset": start}


def _xml(name: str, found: dict[str, Any]) -> bytes:
    return ElementTree.tostring(_element(name, found), encoding="utf-8")


def _element(name: str, found: dict[str, Any]) -> ElementTree.Element:
    element = ElementTree.Element(name)
    for key, value in found.items():
        if isinstance(value, list):
            element.extend(_element(_called(key, each), each) for each in value)
        # What is empty is left out, and what holds is 1.
        elif value is not False and value != "":
            element.set(key, "1" if value is True else str(value))
    return element


def _called(key: str, found: dict[str, Any]) -> str:
    return ELEMENTS.get(found["type"], "Directory") if key == "Metadata" else key
