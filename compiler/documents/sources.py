"""`sources`: where media come from. `${NAME}` is allowed in every text and stays unexpanded."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from compiler.documents.scalars import Date, Document, Duration, Name, OneOrMany, Secret, Some, Text


class EnricherDocument(Document):
    """A database on the web that adds what a source does not know."""

    type: Literal["tmdb", "tvdb"] = Field(description="The Movie Database, or TheTVDB.")
    key: Secret = Field(description="The variable that holds the key which the database gave you.")
    language: Text | None = Field(
        default=None,
        description="The language of titles and plots, as the database writes it.",
        examples=["nl-NL", "nld"],
    )
    url: Text | None = Field(default=None, description="Where the database is, if not at its usual address.")


class EnrichedWords(Document):
    """What the sources have in common whose films and episodes a database may know."""

    enrich: Some[EnricherDocument] = Field(
        default=(), description="Databases that are asked for what is lacking, in this order."
    )


class LocalDocument(EnrichedWords):
    """A folder of media files."""

    type: Literal["local"] = Field(description="Where the media come from.")
    path: Text = Field(description="The folder, below `media_root` unless it is absolute.")
    kind: Literal["auto", "movie", "show", "music_video", "other"] = Field(
        default="auto", description="What the files are; `auto` goes by their names."
    )
    include: Some[Name] = Field(default=(), description="Only files that match one of these globs.")
    exclude: Some[Name] = Field(default=(), description="No files that match one of these globs.")
    follow_symlinks: bool = Field(default=False, description="Whether links to folders are followed.")


class WrittenFacts(Document):
    """What an item that is written in YAML may say of itself: any fact of a media item."""

    title: Text = Field(description="What viewers call it.")
    show: Text | None = Field(default=None, description="The show of an episode.")
    season: int | None = Field(default=None, ge=0, le=100_000, description="Number of the season.")
    episode: int | None = Field(default=None, ge=0, le=1_000_000, description="Number of the episode.")
    year: int | None = Field(default=None, ge=1800, le=3000, description="Year of release.")
    released: Date | None = Field(default=None, description="Day of release.")
    genres: Some[Text] = Field(default=(), description="Genres.")
    tags: Some[Text] = Field(default=(), description="Tags.")
    studio: Text | None = Field(default=None, description="The studio that made it.")
    network: Text | None = Field(default=None, description="The network that first aired it.")
    actors: Some[Text] = Field(default=(), description="Actors.")
    directors: Some[Text] = Field(default=(), description="Directors.")
    rating: Text | None = Field(default=None, description="Content rating.")
    plot: Text | None = Field(default=None, description="What it is about.")
    artwork: Text | None = Field(default=None, description="A picture of it.")


class LavfiItemDocument(WrittenFacts):
    """One generated item: two ffmpeg graphs, and any fact of a media item."""

    id: Text = Field(description="The item's id in this source.")
    video: Text = Field(description="The lavfi graph of the pictures.", examples=["smptehdbars=s=1280x720"])
    audio: Text | None = Field(default=None, description="The lavfi graph of the sound; none: silence.")
    duration: Annotated[Duration, Field(gt=0)] = Field(description="How long it lasts.")
    kind: Literal["movie", "episode", "music_video", "clip"] = Field(
        default="clip", description="What it is."
    )


class LavfiDocument(Document):
    """Pictures and sound that ffmpeg generates."""

    type: Literal["lavfi"] = Field(description="Where the media come from.")
    items: OneOrMany[LavfiItemDocument] = Field(description="The items.")


class ServerWords(EnrichedWords):
    """What the media servers have in common."""

    url: Text = Field(description="The server's address.", examples=["${JELLYFIN_URL}"])
    libraries: Some[Text] = Field(default=(), description="Only these libraries; none: all.")
    path_map: dict[Text, Text] = Field(
        default={},
        description="Folders as the server calls them, and where they are on this machine.",
    )


class JellyfinDocument(ServerWords):
    """The videos of a Jellyfin server."""

    type: Literal["jellyfin"] = Field(description="Where the media come from.")
    api_key: Secret = Field(description="The variable that holds the key which the server's dashboard made.")


class EmbyDocument(ServerWords):
    """The videos of an Emby server."""

    type: Literal["emby"] = Field(description="Where the media come from.")
    api_key: Secret = Field(description="The variable that holds the key which the server's dashboard made.")


class PlexDocument(ServerWords):
    """The videos of a Plex Media Server."""

    type: Literal["plex"] = Field(description="Where the media come from.")
    token: Secret = Field(description="The variable that holds a token of the server's owner.")


class UrlItemDocument(WrittenFacts):
    """One item on a server: its address, and any fact of a media item."""

    id: Text | None = Field(default=None, description="The item's id in this source; default: its address.")
    url: Text = Field(description="Its address.", examples=["https://media.example/loop.mp4"])
    headers: dict[Text, Text] = Field(default={}, description="What its server is told besides.")
    duration: Annotated[Duration, Field(gt=0)] | None = Field(
        default=None, description="How long it lasts; default: what it says itself."
    )
    kind: Literal["movie", "episode", "music_video", "clip", "live"] = Field(
        default="clip", description="What it is; `live` has no end and is not sought."
    )


class UrlDocument(Document):
    """Direct links to films and streams."""

    type: Literal["url"] = Field(description="Where the media come from.")
    items: OneOrMany[UrlItemDocument] = Field(description="The items.")


class M3uDocument(Document):
    """An M3U list of streams and films."""

    type: Literal["m3u"] = Field(description="Where the media come from.")
    url: Text | None = Field(default=None, description="The list's address.")
    path: Text | None = Field(
        default=None, description="Or its file, below `media_root` unless it is absolute."
    )


class ArchiveOrgDocument(Document):
    """Films of the Internet Archive."""

    type: Literal["archive_org"] = Field(description="Where the media come from.")
    query: Text | None = Field(
        default=None, description="What to look for.", examples=["collection:prelinger AND mediatype:movies"]
    )
    items: Some[Text] = Field(default=(), description="Or the identifiers of items.")
    limit: int = Field(default=100, ge=1, le=10_000, description="How many items a query finds at most.")
    url: Text = Field(default="https://archive.org", description="Where the archive is.")


class YoutubeDocument(Document):
    """Videos of YouTube, or of another site that yt-dlp knows."""

    type: Literal["youtube"] = Field(description="Where the media come from.")
    url: Text = Field(description="The address of a playlist, a channel or a video.")
    limit: int = Field(default=200, ge=1, le=10_000, description="How many videos are taken at most.")


SourceDocument = (
    LocalDocument
    | PlexDocument
    | JellyfinDocument
    | EmbyDocument
    | LavfiDocument
    | M3uDocument
    | UrlDocument
    | ArchiveOrgDocument
    | YoutubeDocument
)
TYPES: dict[str, type[SourceDocument]] = {
    "local": LocalDocument,
    "plex": PlexDocument,
    "jellyfin": JellyfinDocument,
    "emby": EmbyDocument,
    "lavfi": LavfiDocument,
    "m3u": M3uDocument,
    "url": UrlDocument,
    "archive_org": ArchiveOrgDocument,
    "youtube": YoutubeDocument,
}
"""The models by `type`: the branch is chosen before binding, so that errors speak of one type only."""
