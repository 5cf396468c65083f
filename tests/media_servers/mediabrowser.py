"""Jellyfin and Emby, as far as a source asks them: they answer with the same words in nearly one shape."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from media_servers.documents import document
from media_servers.shelf import Shelf, Show, Video
from media_servers.standing_in import Answer, StandIn

TYPES = {"movie": "Movie", "episode": "Episode", "music_video": "MusicVideo", "clip": "Video"}
COLLECTION_TYPES = {"Films": "movies", "Shows": "tvshows", "Home": "homevideos", "Music": "musicvideos"}
TICKS_A_MS = 10_000
DATE = "2024-02-03T04:05:06.7890000Z"


def hexadecimal(key: int) -> str:
    """An id as Jellyfin writes it."""
    return f"{key:032x}"


class MediaBrowser(StandIn):
    """One server over a shelf."""

    emby: bool

    def __init__(self, shelf: Shelf, key: str, *, checked: bool = True) -> None:
        name = "emby-openapi.json" if self.emby else "jellyfin-openapi.json"
        super().__init__(key, document(name, closed=self.emby) if checked else None)
        self.shelf = shelf
        self._folders = {name: self.id(7_000_000 + n) for n, name in enumerate(shelf.libraries)}
        self._boxes = {name: self.id(8_000_000 + n) for n, name in enumerate(shelf.collections)}
        self._lists = {name: self.id(9_000_000 + n) for n, name in enumerate(shelf.playlists)}

    def id(self, key: int) -> str:
        return str(key) if self.emby else hexadecimal(key)

    def answer(self, path: str, query: dict[str, str], headers: Mapping[str, str]) -> Answer:
        if self.emby:
            assert path.startswith("/emby/"), "the document's paths lie below /emby"
            path = path.removeprefix("/emby")
        status, answer = self._answer(path, query, headers)
        if isinstance(answer, Video):
            self.checked(path, query, status, None)
            return Answer(status, b"", "", answer.file)
        if isinstance(answer, bytes):
            self.checked(path, query, status, None)
            return Answer(status, answer, "image/png")
        self.checked(path, query, status, answer)
        return Answer(status, json.dumps(answer).encode(), "application/json; charset=utf-8")

    def _answer(self, path: str, query: dict[str, str], headers: Mapping[str, str]) -> tuple[int, Any]:
        shown = headers.get("X-Emby-Token") if self.emby else headers.get("Authorization")
        if shown != (self.key if self.emby else f'MediaBrowser Token="{self.key}"'):
            return 401, None
        words = {name[0].lower() + name[1:]: value for name, value in query.items()}
        if path == "/System/Info":
            return 200, {"Version": "10.11.0", "ServerName": "Attic", "Id": "server"}
        if path.startswith("/Library/VirtualFolders"):
            folders = [self._folder(name) for name in self._folders]
            return 200, {"Items": folders, "TotalRecordCount": len(folders)} if self.emby else folders
        if path == "/Items":
            return 200, self._page(self._chosen(words), words)
        if found := re.fullmatch(r"/Playlists/(\w+)/Items", path):
            name = next(name for name, id_ in self._lists.items() if id_ == found[1])
            if name in self.shelf.private:
                return 403, None
            return 200, self._page(self._held(self.shelf.playlists[name]), words)
        if found := re.fullmatch(r"/Videos/(\w+)/stream", path):
            assert words.get("static") == "true", "the file as it is was not asked for"
            return 200, self._known(found[1])
        if found := re.fullmatch(r"/Items/(\w+)/Images/Primary", path):
            return 200, self._known(found[1]).picture
        raise AssertionError(f"nothing is at {path}")

    def _known(self, id_: str) -> Video:
        return next(video for video in self.shelf.videos if self.id(video.key) == id_)

    def _folder(self, name: str) -> dict[str, Any]:
        kind = COLLECTION_TYPES[name]
        return {"Name": name, "ItemId": self._folders[name], "CollectionType": kind, "Locations": ["/data"]}

    def _chosen(self, words: dict[str, str]) -> list[Any]:
        if "ids" in words:
            ids = words["ids"].split(",")
            return [video for video in self.shelf.videos if self.id(video.key) in ids]
        parent, types = words.get("parentId"), words.get("includeItemTypes", "").split(",")
        for name, id_ in self._boxes.items():
            if parent == id_:
                return self._held(self.shelf.collections[name])
        if types == ["BoxSet"]:
            return list(self._boxes.items())
        if types == ["Playlist"]:
            return list(self._lists.items())
        assert words.get("recursive") == "true", "the items of a library lie deeper"
        library = next(name for name, id_ in self._folders.items() if id_ == parent)
        if types == ["Series"]:
            return [show for show in self.shelf.shows if show.library == library]
        inside = [video for video in self.shelf.videos if video.library == library]
        return [video for video in inside if TYPES[video.kind] in types]

    def _held(self, keys: list[int]) -> list[Any]:
        everything = self.shelf.by_key()
        return [everything[key] for key in keys]

    def _page(self, found: list[Any], words: dict[str, str]) -> dict[str, Any]:
        start, limit = int(words.get("startIndex", 0)), int(words.get("limit", 100_000))
        fields = set(words.get("fields", "").split(","))
        items = [self._item(each, fields) for each in found[start : start + limit]]
        counted = {"Items": items, "TotalRecordCount": len(found)}
        return counted if self.emby else {**counted, "StartIndex": start}

    def _item(self, each: Any, fields: set[str]) -> dict[str, Any]:
        match each:
            case Video():
                whole = self._video(each, wanted=fields)
            case Show():
                whole = self._show(each)
            case (name, id_):
                kind = "BoxSet" if name in self._boxes else "Playlist"
                whole = {"Id": id_, "Name": name, "Type": kind, "Etag": "1"}
        optional = {
            *(
                "Etag",
                "Path",
                "Overview",
                "Genres",
                "Tags",
                "Studios",
                "SeriesStudio",
                "People",
                "ProviderIds",
            ),
            *("DateCreated", "Chapters", "MediaSources", "TagItems"),
        }
        given = fields | ({"TagItems"} if "Tags" in fields else set())
        return {
            name: value for name, value in whole.items() if value is not None and name not in optional - given
        }

    def _show(self, show: Show) -> dict[str, Any]:
        return {
            "Id": self.id(show.key),
            "Name": show.title,
            "Type": "Series",
            "Etag": f"show{show.version}",
            "Genres": list(show.genres),
            **self._tags(show.tags),
            "Studios": [self._named(show.network)] if show.network else [],
            "OfficialRating": show.rating,
        }

    def _video(self, video: Video, wanted: set[str]) -> dict[str, Any]:
        show = video.show
        brief = {
            "Id": self.id(video.key),
            "Name": video.title,
            "Type": TYPES[video.kind],
            "Etag": f"etag{video.version}",
            "LocationType": "FileSystem" if video.there else "Virtual",
            "RunTimeTicks": video.duration_ms * TICKS_A_MS if video.there else None,
            "SeriesId": self.id(show.key) if show else None,
            "SeasonId": self.id(show.key * 100 + (video.season or 0)) if show else None,
            "SeriesName": show.title if show else None,
            "ParentIndexNumber": video.season,
            "IndexNumber": video.episode,
            "ProductionYear": video.year,
            "PremiereDate": f"{video.released}T00:00:00.0000000Z" if video.released else None,
            "OfficialRating": video.rating,
            "ImageTags": {"Primary": "a1"},
        }
        if "MediaSources" not in wanted:
            return brief
        people = [
            *(("Actor", name) for name in video.actors),
            *(("Director", name) for name in video.directors),
        ]
        return {
            **brief,
            "Path": video.path,
            "DateCreated": DATE,
            "Overview": video.plot,
            "Genres": list(video.genres),
            **self._tags(video.tags),
            "Studios": [self._named(video.studio)] if video.studio else [],
            "SeriesStudio": show.network if show else None,
            "People": [{"Name": name, "Id": self.id(5), "Type": kind} for kind, name in people],
            "ProviderIds": {"Imdb": video.imdb} if video.imdb else {},
            "Artists": [video.artist] if video.artist else None,
            "Chapters": [self._chapter(n, at, name) for n, (at, name) in enumerate(video.chapters)],
            "MediaSources": [self._file(video)] if video.there else [],
        }

    def _tags(self, tags: tuple[str, ...]) -> dict[str, Any]:
        return {"TagItems": [{"Name": tag, "Id": 1} for tag in tags]} if self.emby else {"Tags": list(tags)}

    def _named(self, name: str) -> dict[str, Any]:
        return {"Name": name, "Id": 1 if self.emby else hexadecimal(1)}

    def _chapter(self, number: int, start_ms: int, name: str) -> dict[str, Any]:
        mark = {"StartPositionTicks": start_ms * TICKS_A_MS, "Name": name}
        return {**mark, "ChapterIndex": number, "MarkerType": "Chapter"} if self.emby else mark

    def _file(self, video: Video) -> dict[str, Any]:
        return {
            "Id": self.id(video.key),
            "Path": video.path,
            "Protocol": "File",
            "Type": "Default",
            "Container": "mkv",
            "Size": 1234,
            "RunTimeTicks": video.duration_ms * TICKS_A_MS,
            "MediaStreams": self._streams(video),
        }

    def _streams(self, video: Video) -> list[dict[str, Any]]:
        """As each numbers what lies beside the file: Jellyfin before its streams, Emby behind them."""
        beside = [{"Type": "Subtitle", "Codec": "srt", "Language": "eng"}] if video.beside else []
        picture = {"Type": "Video", "Codec": "h264", "Width": 160, "Height": 90, "RealFrameRate": 23.976025}
        sound = {"Type": "Audio", "Codec": "aac", "Language": "nld", "Channels": 1, "SampleRate": 48000}
        own = [
            {**picture, "PixelFormat": "yuv420p", "Profile": "High", "Level": 11, "IsDefault": True},
            {**sound, "Profile": "LC", "IsDefault": True},
        ]
        listed = [*own, *beside] if self.emby else [*beside, *own]
        common = {"IsDefault": False, "IsForced": False, "IsInterlaced": False}
        return [
            {**common, **each, "Index": index, "IsExternal": each in beside}
            for index, each in enumerate(listed)
        ]


class Jellyfin(MediaBrowser):
    """A Jellyfin server."""

    emby = False


class Emby(MediaBrowser):
    """An Emby server."""

    emby = True
