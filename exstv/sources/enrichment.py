"""What a database on the web may add to an item, and how that is told apart from what the source says. Pure.

The source's facts always come first. What was added stays in the lock with the item, under the names of its
facts (`Enriched`): so a scan sees what the source itself says, and nothing is asked a second time.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple, Protocol

import msgspec

from exstv.catalog.model import Enriched, MediaItem


class Enricher(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A database, as a source's definition names it; `key` and `url` with their variables."""

    type: str
    key: str
    language: str | None = None
    url: str | None = None


class Added(msgspec.Struct, frozen=True, kw_only=True):
    """All that a database says of an item, by the names that a media item has for it."""

    title: str | None = None
    year: int | None = None
    released: str | None = None
    genres: tuple[str, ...] = ()
    studio: str | None = None
    network: str | None = None
    actors: tuple[str, ...] = ()
    directors: tuple[str, ...] = ()
    rating: str | None = None
    plot: str | None = None
    artwork: str | None = None
    guids: tuple[str, ...] = ()


_FACTS = tuple(field.name for field in msgspec.structs.fields(Added) if field.name != "title")
_WANTED = ("released", "genres", "plot", "artwork")
"""What a database is asked for; the rest comes along."""
_NUMBERED = re.compile(r"\bS\d{1,4} ?E\d{1,4}|\b\d{1,2}x\d{2,3}\b", re.IGNORECASE)
_NO_TITLE = frozenset(("", "tba", "tbd", "untitled", "unknown"))
_YEAR = re.compile(r"(.*\S)\s*\((\d{4})\)")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_BETWEEN = re.compile(r"[\W_]+")


class Enrichment(msgspec.Struct, frozen=True):
    """The part of a definition that says which databases are asked, in their order."""

    enrich: tuple[Enricher, ...] = ()


def enrichers_in(definition: str) -> tuple[Enricher, ...]:
    """The databases that a source's definition names."""
    return msgspec.json.decode(definition, type=Enrichment).enrich


def without_enrichers(definition: str) -> str:
    """The definition as the source itself reads it: it knows nothing of databases."""
    if '"enrich"' not in definition:
        return definition
    facts = msgspec.json.decode(definition)
    facts.pop("enrich", None)
    return msgspec.json.encode(facts).decode()


def own(item: MediaItem) -> MediaItem:
    """The item as its source tells it, without what was added."""
    if not item.enriched:
        return item
    blank: dict[str, Any] = dict.fromkeys((name for note in item.enriched for name in note.facts), None)
    for name in blank:
        blank[name] = getattr(_NOTHING, name)
    titles = (note.title for note in item.enriched if note.title is not None)
    blank["title"] = next(titles, item.title)
    return msgspec.structs.replace(item, enriched=(), **blank)


def lacks(item: MediaItem) -> frozenset[str]:
    """What a database is asked for that is not known of an item."""
    if item.kind not in ("movie", "episode"):
        return frozenset()
    found = {name for name in _WANTED if not getattr(item, name)}
    return frozenset(found | ({"title"} if is_untitled(item) else set()))


def identity(item: MediaItem) -> tuple[object, ...]:
    """What a database knows an item by: with another one it is asked anew."""
    title = item.title if item.kind == "movie" else None
    return item.kind, title, item.year, item.show, item.season, item.episode, item.guids


def filled(item: MediaItem, added: Added, enricher: Enricher) -> MediaItem:
    """The item with what it lacked."""
    gained = {name: value for name in _FACTS if (value := getattr(added, name)) and not getattr(item, name)}
    named = added.title is not None and is_untitled(item)
    if named:
        gained["title"] = added.title
    note = Enriched(
        by=enricher.type,
        language=enricher.language,
        facts=tuple(sorted(gained)),
        title=item.title if named else None,
    )
    return msgspec.structs.replace(item, enriched=(*item.enriched, note), **gained)


def recalled(item: MediaItem, before: MediaItem | None, enricher: Enricher) -> MediaItem | None:
    """The item with what the database said of it when it was last asked; None if it has to be asked."""
    if before is None:
        return None
    asked = own(before)
    notes = (note for note in before.enriched if (note.by, note.language) == _named(enricher))
    note = next(notes, None)
    if note is None or identity(asked) != identity(own(item)) or lacks(item) - lacks(asked):
        return None
    return filled(item, Added(**{name: getattr(before, name) for name in note.facts}), enricher)


def is_untitled(item: MediaItem) -> bool:
    """Tells whether an episode is called by its number or its show alone, for want of a title."""
    if item.kind != "episode":
        return False
    same = item.show is not None and alike(item.title) == alike(item.show)
    return same or bool(_NUMBERED.search(item.title)) or not is_title(item.title, item.episode)


def is_title(text: str | None, episode: int | None) -> bool:
    """Tells whether a database's name of an episode is one: many say `TBA`, or `Episode 7`."""
    plain = " ".join((text or "").casefold().split())
    if plain in _NO_TITLE:
        return False
    counted = rf"(?:[^\W\d_]+\.? ?#?|第 ?)?0*{episode}(?: ?[集話话회화])?"
    return episode is None or not re.fullmatch(counted, plain)


def alike(text: str) -> str:
    """A title for comparing: without case, accents, punctuation, and the ways to write `and`."""
    plain = unicodedata.normalize("NFKD", text.replace("&", " and ")).casefold()
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    return _BETWEEN.sub(" ", plain.replace("'", "").replace("’", "")).strip()


def with_year(show: str) -> tuple[str, int | None]:
    """A show's name, and the year that tells it from another of the name: `Tides (2005)`."""
    found = _YEAR.fullmatch(show)
    return (found[1], int(found[2])) if found else (show, None)


class Show(NamedTuple):
    """Episodes of one show, and what it may be found by.

    `guids` are those that all of its episodes have, so that they are the show's; one alone says nothing.
    """

    title: str
    year: int | None
    guids: tuple[str, ...]
    episodes: tuple[MediaItem, ...]

    @property
    def imdb(self) -> str | None:
        """An identity of the show or of an episode: IMDb counts all of them together."""
        return next((id_ for each in self.episodes if (id_ := guid(each.guids, "imdb"))), None)


class Asked(Protocol):
    """A database that can be asked: what it knows, None or nothing where it is not sure. Raises NoAnswer."""

    def movie(self, item: MediaItem) -> Added | None:
        """What it knows of a film."""
        ...

    def show(self, show: Show) -> dict[str, Added]:
        """What it knows of a show's episodes, by the items' ids."""
        ...


def shows_of(items: Iterable[MediaItem]) -> list[Show]:
    """The shows that some numbered episodes are of."""
    groups: dict[str, list[MediaItem]] = defaultdict(list)
    for item in items:
        if item.kind == "episode" and item.show and item.season is not None and item.episode is not None:
            groups[item.show].append(item)
    shows = []
    for name, episodes in groups.items():
        title, year = with_year(name)
        common = set.intersection(*(set(each.guids) for each in episodes)) if len(episodes) > 1 else set()
        shows.append(Show(title, year, tuple(sorted(common)), tuple(episodes)))
    return shows


def guid(guids: Iterable[str], site: str) -> str | None:
    """The identity at a site."""
    return next((each.partition(":")[2] for each in guids if each.startswith(f"{site}:")), None)


def only(found: Iterable[str]) -> str | None:
    """The one that was found; none if there are several: a wrong answer is worse than no answer."""
    distinct = set(found)
    return distinct.pop() if len(distinct) == 1 else None


def day(text: str | None) -> str | None:
    """A date as an item has it; databases write an empty one where they know none."""
    return text if text and _DAY.fullmatch(text) else None


def _named(enricher: Enricher) -> tuple[str, str | None]:
    return enricher.type, enricher.language


_NOTHING = Added()
