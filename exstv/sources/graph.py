"""Placeholders of a lavfi graph: `{title}` `{channel}` `{font}` `{start_ms}`, filled in for ffmpeg to show.

ffmpeg reads a graph in three layers, each with quotes and escapes of its own: the graph (`[ ] , ;`), a
filter's options (`:`), and drawtext's text (`%` and `\\`). A value is escaped for the layers it stands in,
whether the author put quotes around the placeholder or not. `{title}` and `{channel}` belong into drawtext's
`text` with its default `expansion`. Pure; lavfi.py supplies the values.

A clock is `text='%{pts\\:gmtime\\:{start_ms}ms\\:%T}'`: the item's own time added to the UTC instant of its
first frame, which stays right however far ahead of the air ffmpeg runs. `%T` saves escaping colons again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum

from exstv.diagnostics import suggest

PLACEHOLDERS = ("font", "title", "channel", "start_ms")
"""What a graph may ask for."""

DRAWN = frozenset({"title", "channel"})
"""Values that stand in drawtext's `text`, where `%` and `\\` mean something even when unquoted."""

# `%{pts}` is drawtext's own, `${NAME}` the environment's; braces around anything but a word are the author's.
_PLACEHOLDER = re.compile(r"(?<![%$])\{([a-z][a-z0-9_]*)\}")
_GRAPH_SPECIAL = "\\'[],;"
_OPTION_SPECIAL = "\\':"
_BLANK = " \t\n\r"


class _Quote(Enum):
    """Where a layer's reader is: outside of quotes, behind a backslash there, or between quotes."""

    PLAIN = "plain"
    ESCAPED = "escaped"
    QUOTED = "quoted"


def unknown_placeholders(graph: str) -> list[tuple[str, str | None]]:
    """The placeholders that nothing fills in, each with the one that was probably meant."""
    names = dict.fromkeys(match[1] for match in _PLACEHOLDER.finditer(graph))
    return [(name, suggest(name, PLACEHOLDERS)) for name in names if name not in PLACEHOLDERS]


def fill(graph: str, values: Mapping[str, str]) -> str:
    """Puts the values in the place of the placeholders, escaped for where each of them stands."""
    reader = _Reader()
    parts: list[str] = []
    end = 0
    for match in _PLACEHOLDER.finditer(graph):
        literal = graph[end : match.start()]
        reader.read(literal)
        parts += [literal, reader.escape(_text(match[1], values[match[1]]))]
        end = match.end()
    return "".join([*parts, graph[end:]])


def escaped(value: str) -> str:
    """A value, such as a path, to stand outside of quotes as an option of a filter in a graph."""
    return _Reader().escape(value)


def _text(name: str, value: str) -> str:
    """A value as drawtext must receive it: one line, and nothing in it expanded."""
    if name not in DRAWN:
        return value
    return re.sub(r"([\\%])", r"\\\1", " ".join(value.split()))


class _Reader:
    """Follows a graph as ffmpeg's two tokenizers do; owns the state of both."""

    def __init__(self) -> None:
        self._graph = _Quote.PLAIN
        self._option = _Quote.PLAIN

    def read(self, text: str) -> None:
        """Moves on behind `text`."""
        for character in text:
            before = self._graph
            self._graph, passed_on = _step(before, character)
            # An unescaped `,` or `;` ends the filter, and with it whatever its options left open.
            if before is _Quote.PLAIN and character in ",;[]":
                self._option = _Quote.PLAIN
            elif passed_on:
                self._option, _ = _step(self._option, character)

    def escape(self, value: str) -> str:
        """The characters that make both tokenizers read exactly `value` here."""
        option = _escape(value, self._option, _OPTION_SPECIAL)
        return _escape(option, self._graph, _GRAPH_SPECIAL)


def _step(state: _Quote, character: str) -> tuple[_Quote, bool]:
    """The state behind a character, and whether the layer below gets to see it."""
    match state, character:
        case _Quote.QUOTED, "'":
            return _Quote.PLAIN, False
        case _Quote.PLAIN, "'":
            return _Quote.QUOTED, False
        case _Quote.PLAIN, "\\":
            return _Quote.ESCAPED, False
        case _Quote.ESCAPED, _:
            return _Quote.PLAIN, True
    return state, True


def _escape(value: str, state: _Quote, special: str) -> str:
    if state is _Quote.QUOTED:
        # Between quotes nothing can be escaped but by leaving them for a moment.
        return value.replace("'", "'\\''")
    # Blanks at the ends of a token are dropped unless they are escaped.
    return "".join(f"\\{character}" if character in special + _BLANK else character for character in value)
