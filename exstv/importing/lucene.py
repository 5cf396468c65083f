"""A search of ErsatzTV, which is Lucene's query language, as the SQL of a collection's `where`.

Owns which field is which column. luqum parses; what has no column raises Untranslatable, since a condition
left out would choose other media without a word. ErsatzTV compares words in any case, so `ilike` does.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from luqum.exceptions import ParseError
from luqum.parser import parser
from luqum.tree import (
    AndOperation,
    FieldGroup,
    Group,
    Item,
    Not,
    OrOperation,
    Phrase,
    Plus,
    Prohibit,
    Range,
    SearchField,
    UnknownOperation,
    Word,
)

LONGEST = 10_000
"""Of a query, in characters."""

_KINDS = {
    "movie": "kind = 'movie'",
    "show": "kind = 'episode'",
    "season": "kind = 'episode'",
    "episode": "kind = 'episode'",
    "music_video": "kind = 'music_video'",
    "other_video": "kind = 'clip'",
    "remote_stream": "kind = 'live'",
}
_TEXTS = {
    "title": "title",
    "show_title": "show",
    "plot": "plot",
    "studio": "studio",
    "network": "network",
    "show_network": "network",
    "library_name": "library",
    "content_rating": "rating",
    "show_content_rating": "rating",
}
_LISTS = {
    "genre": "genres",
    "show_genre": "genres",
    "tag": "tags",
    "tag_full": "tags",
    "show_tag": "tags",
    "actor": "actors",
    "director": "directors",
    "collection": "collections",
}
# ErsatzTV rounds both up.
_NUMBERS = {
    "minutes": "ceil(duration_ms / 60000)",
    "seconds": "ceil(duration_ms / 1000)",
    "season_number": "season",
    "episode_number": "episode",
    "chapters": "len(chapters)",
}
_DATES = {"release_date": "released", "added_date": "cast(added as date)"}
_SINCE = {"released": "released", "added": "cast(added as date)"}
_GUIDS = ("imdb", "tmdb", "tvdb")
_AGO = re.compile(r"(\d{1,5}) (day|week|month|year)s?")
_DATE = re.compile(r"(\d{4})(\d\d)?(\d\d)?\**")


class Untranslatable(ValueError):
    """A query that no `where` says; its text tells what in it."""


def where(query: str) -> str:
    """The condition that chooses what a query finds. Raises Untranslatable."""
    if len(query) > LONGEST:
        raise Untranslatable(f"a query of more than {LONGEST} characters")
    try:
        return _said(parser.parse(query), "title")
    except ParseError as error:
        raise Untranslatable(f"the query, which is no Lucene: {str(error).partition(' : ')[2]}") from None
    except RecursionError:
        raise Untranslatable("a query that is nested too deep") from None


def guid_is(source: str, value: object) -> str:
    """The condition that an item has an id of another database."""
    return f"list_contains(guids, {_text(f'{source}:{value}')})"


def _said(item: Item, field: str) -> str:
    if isinstance(item, SearchField):
        return _said(item.expr, str(item.name))
    if isinstance(item, Group | FieldGroup):
        return f"({_said(item.expr, field)})"
    if isinstance(item, AndOperation):
        return " and ".join(_operand(each, field) for each in item.children)
    if isinstance(item, OrOperation):
        return " or ".join(_operand(each, field) for each in item.children)
    if isinstance(item, UnknownOperation):
        return _clauses(item, field)
    if isinstance(item, Not | Prohibit):
        # What an item does not say of itself is not so: NULL would leave it out of both.
        return f"not coalesce({_said(item.a, field)}, false)"
    if isinstance(item, Plus):
        return _said(item.a, field)
    return _condition(field, item)


def _operand(item: Item, field: str) -> str:
    said = _said(item, field)
    return f"({said})" if isinstance(item, AndOperation | OrOperation | UnknownOperation) else said


def _clauses(item: UnknownOperation, field: str) -> str:
    """Clauses side by side: any of them, but all with a plus and none with a minus."""
    must = [each for each in item.children if isinstance(each, Plus | Prohibit | Not)]
    may = [each for each in item.children if each not in must]
    needed = [_operand(each, field) for each in must]
    if may and not any(isinstance(each, Plus) for each in must):
        anyone = " or ".join(_operand(each, field) for each in may)
        needed.append(f"({anyone})" if len(may) > 1 and needed else anyone)
    return " and ".join(needed)


def _condition(field: str, item: Item) -> str:
    if isinstance(item, Range):
        return _range(field, item)
    if not isinstance(item, Word | Phrase):
        raise Untranslatable(f"`{item}`")
    value = str(item.value).strip('"').replace("\\", "")
    if field == "type":
        if value.lower() not in _KINDS:
            raise Untranslatable(f"`type:{value}`")
        return _KINDS[value.lower()]
    for known, say in _SAYINGS:
        if field in known:
            return say(field, value)
    if field in _GUIDS:
        return guid_is(field, value)
    name, _, how = field.partition("_")
    if name in _SINCE and how in ("inthelast", "notinthelast") and (ago := _AGO.fullmatch(value)):
        since = f"{_SINCE[name]} >= today - interval {ago[1]} {ago[2]}"
        return since if how == "inthelast" else f"not coalesce({since}, false)"
    raise Untranslatable(f"`{field}:{value}`")


def _text_is(field: str, value: str) -> str:
    if field.endswith("content_rating") and not set(value) & set("*?"):
        return f"{_TEXTS[field]} = {_text(value)}"
    return f"{_TEXTS[field]} ilike {_pattern(value)}"


def _list_has(field: str, value: str) -> str:
    if field == "tag_full" and "*" not in value:
        return f"list_contains(tags, {_text(value)})"
    return f"array_to_string({_LISTS[field]}, ', ') ilike {_pattern(value)}"


def _number_is(field: str, value: str) -> str:
    return f"{_NUMBERS[field]} = {_number(value)}"


def _date_is(field: str, value: str) -> str:
    """`1979`, `197*` and `19790525`: all that begins so."""
    digits = value.rstrip("*")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 8:
        raise Untranslatable(f"`{field}:{value}`")
    return f"strftime({_DATES[field]}, '%Y%m%d') like '{digits}%'"


_SAYINGS: tuple[tuple[dict[str, str], Callable[[str, str], str]], ...] = (
    (_TEXTS, _text_is),
    (_LISTS, _list_has),
    (_NUMBERS, _number_is),
    (_DATES, _date_is),
)


def _range(field: str, item: Range) -> str:
    if field in _NUMBERS:
        column, read = _NUMBERS[field], _number
    elif field in _DATES:
        column, read = _DATES[field], _day
    else:
        raise Untranslatable(f"`{field}:{item}`")
    low, high = str(item.low.value), str(item.high.value)
    said = []
    if low != "*":
        said.append(f"{column} {'>=' if item.include_low else '>'} {read(low)}")
    if high != "*":
        said.append(f"{column} {'<=' if item.include_high else '<'} {read(high)}")
    if not said:
        return f"{column} is not null"
    return said[0] if len(said) == 1 else f"({' and '.join(said)})"


def _number(value: str) -> str:
    if not re.fullmatch(r"\d{1,9}", value):
        raise Untranslatable(f"`{value}`, which is no number")
    return str(int(value))


def _day(value: str) -> str:
    found = _DATE.fullmatch(value)
    if found is None:
        raise Untranslatable(f"`{value}`, which is no date")
    year, month, day = found.groups()
    return f"date '{year}-{month or '01'}-{day or '01'}'"


def _pattern(value: str) -> str:
    """A pattern of `like` for words with `*` and `?`: a field holds them anywhere."""
    inner = value.replace("%", "").replace("_", " ").replace("*", "%").replace("?", "_")
    return _text(f"%{inner}%".replace("%%", "%"))


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
