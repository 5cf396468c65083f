"""`${NAME}` and `${NAME:-default}`: how config.yaml and sources take values from the environment."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")


def substitute(text: str, environ: Mapping[str, str], unset: Callable[[str], str]) -> str:
    """Replaces each variable; `unset` gives what stands for one without a value, by its name.

    As in a shell, `:-` also replaces an empty value.
    """

    def value(match: re.Match[str]) -> str:
        found = environ.get(match[1]) or match[2]
        return unset(match[1]) if found is None else found

    return _VARIABLE.sub(value, text)


def variables_in(text: str) -> list[str]:
    """The names of the variables in a text."""
    return [match[1] for match in _VARIABLE.finditer(text)]


def is_variable(text: str) -> bool:
    """Tells whether a text is one variable without a default, and nothing else."""
    return re.fullmatch(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}", text) is not None
