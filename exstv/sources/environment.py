"""`${NAME}` and `${NAME:-default}` in a source's definition: where machines and secrets come in.

Called when a source is scanned or played, never by a compile: what is expanded stays out of the lock and the
timeline, and no message repeats it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from exstv.errors import ExstvError

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")


def expand(text: str, environ: Mapping[str, str]) -> str:
    """Replaces each variable; an empty one counts as not set. Raises ExstvError for one without a value."""

    def value(match: re.Match[str]) -> str:
        found = environ.get(match[1]) or match[2]
        if found is None:
            raise ExstvError(f"the environment variable `{match[1]}` is not set")
        return found

    return _VARIABLE.sub(value, text)
