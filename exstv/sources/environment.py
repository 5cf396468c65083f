"""`${NAME}` and `${NAME:-default}` in a source's definition: where machines and secrets come in.

Called when a source is scanned or played, never by a compile: what is expanded stays out of the lock and the
timeline, and no message repeats it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

from exstv.errors import ExstvError
from exstv.variables import substitute, variables_in

SHORTEST_SECRET = 3
"""Characters: what is shorter is a page number or the like, and stands in every address."""


def expand(text: str, environ: Mapping[str, str]) -> str:
    """Replaces each variable; an empty one counts as not set. Raises ExstvError for one without a value."""

    def refuse(name: str) -> NoReturn:
        raise ExstvError(f"the environment variable `{name}` is not set")

    return substitute(text, environ, refuse)


def hidden(text: str, written: str, environ: Mapping[str, str]) -> str:
    """A text with the variables of a definition in the places of their values; `expand` undoes it."""
    for name in dict.fromkeys(variables_in(written)):
        value = environ.get(name, "")
        text = text.replace(value, f"${{{name}}}") if len(value) >= SHORTEST_SECRET else text
    return text
