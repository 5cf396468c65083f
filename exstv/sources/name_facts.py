"""What a path can say of a media file: what names.py and episodes.py read and guesses.py adds to. Pure."""

from __future__ import annotations

import msgspec


class NameFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Facts from a path. `title` is None where the name has none worth showing; `stem` is always there.

    `part` numbers the files of one film; `housed` says that the show is a folder's name, `sure` that there is
    nothing in the name left to guess.
    """

    kind: str
    stem: str
    title: str | None = None
    show: str | None = None
    season: int | None = None
    episode: int | None = None
    year: int | None = None
    released: str | None = None
    part: int | None = None
    artists: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    guids: tuple[str, ...] = ()
    housed: bool = False
    sure: bool = True
