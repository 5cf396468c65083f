"""What an import makes: the documents of a station, files beside them, and what could not be carried over.

Owns how a loss is told: once as a diagnostic at its place in the input, and once as a comment at its place in
the YAML. Each system has a module beside this one, and exstv/cli/import_.py writes what they make.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ruamel.yaml.comments import CommentedMap

from exstv import codes
from exstv.codes import Where
from exstv.diagnostics import Diagnostic


@dataclass(frozen=True)
class Wishes:
    """What the user decides and no input tells."""

    timezone: str | None = None
    number: str | None = None
    out: Path | None = None
    """The folder that the station will be in; None: it is only shown."""
    taken: frozenset[str] = frozenset()
    """Names that the folder declares already, of whatever kind."""


@dataclass(frozen=True)
class Imported:
    """A part of a station. `sources` stand in files of their own, so that a second import may share them."""

    name: str
    station: CommentedMap
    sources: CommentedMap
    rest: CommentedMap
    """All other kinds."""
    files: dict[str, bytes] = field(default_factory=dict)
    """Beside the YAML, by their paths below the station's folder."""


Outcome = tuple[Imported | None, list[Diagnostic]]
"""Nothing where the input cannot be used; the diagnostics say why, or what is missing."""


class Report:
    """Collects what is lost; owns the diagnostics of one import, and the words for the next comment."""

    def __init__(self) -> None:
        """Begins with nothing lost."""
        self.diagnostics: list[Diagnostic] = []
        self._words: list[str] = []

    def lose(self, where: Where, what: str) -> None:
        """Something has no counterpart: it is told, and waits for the comment of what comes next."""
        self.diagnostics.append(codes.NOT_CARRIED_OVER.at(where, what=what))
        self._words.append(f"not carried over: {what}")

    def explain(self, words: str) -> None:
        """Says in the YAML alone how something was carried over."""
        self._words.append(words)

    def comment(self) -> str:
        """What waits for a comment, once."""
        words, self._words = self._words, []
        return "\n".join(words)


class Names:
    """Gives names that a station may declare, each once."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        """Knows the names that are taken already."""
        self._taken = set(taken)

    def new(self, wanted: str) -> str:
        """The wanted name as far as it may be one; with a number if another has it."""
        base = re.sub(r"[^\w.-]+", "-", wanted).strip("-.") or "unnamed"
        name, number = base, 2
        while name in self._taken:
            name, number = f"{base}-{number}", number + 1
        self._taken.add(name)
        return name
