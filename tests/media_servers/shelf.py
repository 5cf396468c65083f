"""What a media server holds: libraries of real files or of made-up ones, collections and playlists."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from pictures import PNG


@dataclass
class Show:
    """A series; episodes say less than it does."""

    key: int
    title: str
    library: str = "Shows"
    genres: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    rating: str | None = None
    network: str | None = None
    version: int = 1


@dataclass
class Video:
    """A video; `file` is where it really is, `path` what the server calls it."""

    key: int
    kind: str
    """`movie`, `episode`, `music_video` or `clip`."""
    title: str
    library: str
    path: str
    duration_ms: int = 60_000
    file: Path | None = None
    show: Show | None = None
    season: int | None = None
    episode: int | None = None
    year: int | None = None
    released: str | None = None
    plot: str | None = None
    rating: str | None = None
    genres: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    studio: str | None = None
    actors: tuple[str, ...] = ()
    directors: tuple[str, ...] = ()
    chapters: tuple[tuple[int, str], ...] = ()
    imdb: str | None = None
    artist: str | None = None
    beside: bool = False
    """Whether a subtitle file lies beside it."""
    picture: bytes = PNG
    """What the server shows of it."""
    there: bool = True
    """Whether there is a file at all: servers list episodes that they only know of."""
    version: int = 1
    """Rises with every change."""


@dataclass
class Shelf:
    """All that one server holds."""

    videos: list[Video]
    shows: list[Show] = field(default_factory=list)
    collections: dict[str, list[int]] = field(default_factory=dict)
    """Keys of videos and shows by the collection's name."""
    playlists: dict[str, list[int]] = field(default_factory=dict)
    private: tuple[str, ...] = ()
    """Playlists that the key does not open."""

    @property
    def libraries(self) -> list[str]:
        named = [*(video.library for video in self.videos), *(show.library for show in self.shows)]
        return list(dict.fromkeys(named))

    def by_key(self) -> dict[int, Video | Show]:
        """Everything, as it is now."""
        return {each.key: each for each in (*self.videos, *self.shows)}


def harbour(folder: Path | None = None) -> Shelf:
    """A small library with everything in it; `folder` is where the server's `/data` really is."""

    def file(path: str) -> Path | None:
        return folder / path.removeprefix("/data/") if folder else None

    tales = Show(
        key=900,
        title="Harbour Tales",
        genres=("Drama", "Sea"),
        tags=("evening",),
        rating="TV-PG",
        network="Harbour TV",
    )
    videos = [
        Video(
            key=101,
            kind="movie",
            title="Two Bridges",
            library="Films",
            path="/data/films/Two Bridges (1963).mkv",
            year=1963,
            released="1963-05-17",
            plot="A ferryman and the two bridges that will end his trade.",
            rating="PG",
            genres=("Drama",),
            tags=("black and white",),
            studio="Quay Pictures",
            actors=("Ann Vos", "Piet Haas"),
            directors=("Ida Berg",),
            chapters=((0, "The ferry"), (30_000, "The bridge")),
            imdb="tt0000101",
            beside=True,
        ),
        Video(
            key=102,
            kind="movie",
            title='Канал & "quotes" <1984>',
            library="Films",
            path="/data/films/Kanal.mkv",
            year=1984,
        ),
        Video(
            key=201,
            kind="episode",
            title="The Buoy",
            library="Shows",
            path="/data/shows/Harbour Tales/Season 01/S01E02.mkv",
            show=tales,
            season=1,
            episode=2,
            year=1999,
            released="1999-01-08",
        ),
        Video(
            key=202,
            kind="episode",
            title="Never Recorded",
            library="Shows",
            path="",
            show=tales,
            season=1,
            episode=3,
            there=False,
        ),
        Video(
            key=301,
            kind="clip",
            title="Launching the Boat",
            library="Home",
            path="/data/home/boat.mkv",
        ),
    ]
    for video in videos:
        video.file = file(video.path) if video.there else None
    return Shelf(
        videos=videos,
        shows=[tales],
        collections={"Noir": [101], "Sea Stories": [900]},
        playlists={"Friday": [102, 201]},
    )


def many(count: int) -> Shelf:
    """A large library without files: a fifth of it films, the rest episodes of shows of a hundred."""
    shows = [
        Show(key=900_000 + n, title=f"Show {n}", genres=("Drama",), network="Harbour TV")
        for n in range(count * 4 // 500 + 1)
    ]
    actors = tuple(f"Actor {n}" for n in range(12))
    videos = []
    for n in range(count):
        show = shows[n // 125] if n % 5 else None
        videos.append(
            Video(
                key=1_000_000 + n,
                kind="episode" if show else "movie",
                title=f"Title of number {n}",
                library="Shows" if show else "Films",
                path=f"/data/{'shows' if show else 'films'}/{n // 100}/Title of number {n}.mkv",
                show=show,
                season=1 + n % 10 if show else None,
                episode=n if show else None,
                year=1950 + n % 70,
                released=f"{1950 + n % 70}-03-04",
                plot=f"What happens in number {n}, told in a sentence or two for the guide. " * 3,
                rating="PG",
                genres=("Drama", "Comedy"),
                studio="Quay Pictures",
                actors=actors,
                directors=("Ida Berg",),
                chapters=tuple((each * 10_000, f"Chapter {each}") for each in range(6)),
                imdb=f"tt{n:07}",
            )
        )
    return Shelf(videos=videos, shows=shows)
