"""What every file of this package works with: the station's declarations and what is made of them once.

Owns nothing but the bundle. Contents, presets and sets of fillers do not depend on the channel that plays
them, so that all channels share them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from compiler.documents.declared import Documents
from compiler.findings import Findings
from compiler.library import Library
from compiler.programming.contents import Contents
from compiler.programming.fillers import Fillers
from compiler.programming.looks import Around
from compiler.programming.media import Media
from compiler.station import LoopSchedule, Origin, Schedule
from exstv.nodes import Node

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, eq=False)
class Desk:
    """The tools of one resolve."""

    documents: Documents
    library: Library
    findings: Findings
    contents: Contents
    fillers: Fillers
    media: Media
    files: Mapping[str, bytes]
    """What external schedules name by `path`, as far as it could be read."""


def open_desk(documents: Documents, library: Library, findings: Findings, files: Mapping[str, bytes]) -> Desk:
    """A desk for one resolve."""
    contents = Contents(library, findings)
    fillers = Fillers(documents, library.names, contents, findings)
    return Desk(documents, library, findings, contents, fillers, Media(library), files)


@dataclass(frozen=True, eq=False)
class Written(Generic[T_co]):
    """A schedule as it is written, and what holds inside of it."""

    document: T_co
    node: Node
    origin: Origin
    around: Around

    @property
    def name(self) -> str:
        """The schedule's name."""
        return self.origin.name


class Finder(Protocol):
    """Finds the schedules that others play; schedules.py is the only one."""

    def schedule(self, name: str, where: Node, around: Around) -> Schedule | None:
        """The schedule that `where` names, inside of what holds there; None where it was reported."""
        ...

    def loop(self, name: str, where: Node, around: Around) -> LoopSchedule | None:
        """The loop that `where` names, to be inlined there; None where it was reported."""
        ...
