"""What the API's addresses take: the parameters as the OpenAPI document tells them, and what is refused.

Litestar checks types and bounds by these; what it cannot know, instants and cursors, is parsed here.
"""

from __future__ import annotations

from typing import Annotated, Any

from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.exceptions import ClientException, NotFoundException
from litestar.handlers import BaseRouteHandler
from litestar.openapi.spec import Example
from litestar.params import PathParameter, QueryParameter

from exstv.clock import from_iso
from exstv.diagnostics import suggest
from exstv.timeline.model import Channel
from exstv.timeline.query import TimelineReader
from exstv.units import DAY_MS

MOST_ROWS = 1000
"""Rows of one page."""
USUAL_ROWS = 200
_FIRST_MS, _LAST_MS = from_iso("1970-01-02T00:00Z"), from_iso("9999-12-30T00:00Z")

Number = Annotated[str, PathParameter(description="The channel's number.", examples=[Example(value="42.1")])]
From = Annotated[
    str | None,
    QueryParameter(
        name="from",
        description="The first instant, ISO 8601; no zone means UTC.",
        examples=[Example(value="2026-12-25T20:00Z")],
    ),
]
To = Annotated[
    str | None,
    QueryParameter(
        description="The instant after the last, ISO 8601; no zone means UTC.",
        examples=[Example(value="2026-12-26T02:00+01:00")],
    ),
]
Limit = Annotated[int, QueryParameter(ge=1, le=MOST_ROWS, description="Rows of the page at most.")]
Cursor = Annotated[
    str | None, QueryParameter(description="`next` of the page before, with the same `from` and `to`.")
]


def refuse_unknown(connection: ASGIConnection[Any, Any, Any, State], handler: BaseRouteHandler) -> None:
    """Refuses a parameter that nobody would read: a guard of every route of the API."""
    taken = {
        definition.kwarg_definition.name or name
        for name, definition in handler.parsed_fn_signature.parameters.items()
        if isinstance(definition.kwarg_definition, QueryParameter)
    }
    for name in connection.query_params:
        if name not in taken:
            near = suggest(name, taken)
            known = ", ".join(f"`{each}`" for each in sorted(taken)) or "none"
            hint = f"did you mean `{near}`?" if near else f"this address takes {known}"
            raise ClientException(f"no parameter named `{name}`: {hint}")


def instant(name: str, text: str | None, default_ms: int) -> int:
    """An instant of the query. In a query a `+` that was not escaped arrives as a space."""
    if text is None:
        return default_ms
    try:
        found = from_iso(text.strip().replace(" ", "+"))
    except (ValueError, OverflowError):
        raise ClientException(f"`{name}` is no instant: write it like 2026-12-25T20:00Z") from None
    if not _FIRST_MS <= found <= _LAST_MS:
        raise ClientException(f"`{name}` is out of all bounds: it is before 1970 or after 9999")
    return found


def coming(from_: str | None, to: str | None, now_ms: int) -> tuple[int, int]:
    """The span of what is to come: a day from now on, or from or up to the one instant that is said."""
    if from_ is None and to is not None:
        to_ms = instant("to", to, now_ms)
        return to_ms - DAY_MS, to_ms
    from_ms = instant("from", from_, now_ms)
    return _ordered(from_ms, instant("to", to, from_ms + DAY_MS))


def past(from_: str | None, to: str | None, now_ms: int) -> tuple[int, int]:
    """The span of what has been: up to now and a day long, unless something else is said."""
    to_ms = instant("to", to, now_ms)
    return _ordered(instant("from", from_, to_ms - DAY_MS), to_ms)


def _ordered(from_ms: int, to_ms: int) -> tuple[int, int]:
    if from_ms >= to_ms:
        raise ClientException("`to` must be later than `from`")
    return from_ms, to_ms


def channel_of(reader: TimelineReader, number: str) -> Channel:
    """The channel of a number. Raises NotFoundException."""
    found = next((each for each in reader.channels if each.number == number), None)
    if found is None:
        raise NotFoundException(f"no channel has the number {number}")
    return found


def item_cursor(text: str | None) -> int:
    """The `seq` of the last item of the page before; -1 for the first page."""
    if text is None:
        return -1
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise _bad_cursor()
    return int(text)


def guide_cursor(text: str | None, reader: TimelineReader) -> tuple[str, int] | None:
    """The channel and the start of the last programme of the page before."""
    if text is None:
        return None
    start, _, key = text.partition("@")
    if not (start.isascii() and start.isdigit() and int(start[:16]) <= _LAST_MS and len(start) < 16):
        raise _bad_cursor()
    if key not in {each.key for each in reader.channels}:
        raise ClientException("`cursor` is of a channel that is not in the line-up any more: begin anew")
    return key, int(start)


def _bad_cursor() -> ClientException:
    return ClientException("`cursor` is no `next` of a page of this address")
