"""`${NAME}` and `${NAME:-default}` in a source's definition: where machines and secrets come in.

Called when a source is scanned or played, never by a compile: what is expanded stays out of the lock and the
timeline, and no message repeats it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

from exstv.errors import ExstvError
from exstv.variables import substitute


def expand(text: str, environ: Mapping[str, str]) -> str:
    """Replaces each variable; an empty one counts as not set. Raises ExstvError for one without a value."""

    def refuse(name: str) -> NoReturn:
        raise ExstvError(f"the environment variable `{name}` is not set")

    return substitute(text, environ, refuse)
