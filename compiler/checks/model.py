"""Policies and station tests as values: resolve.py makes them, run.py holds a timeline to them."""

from __future__ import annotations

import msgspec

from exstv.days import Moment
from exstv.diagnostics import Severity, Span
from exstv.nodes import Node


class DeadAir(msgspec.Struct, frozen=True):
    """No fallback or slate for longer than `max_ms` unless the station declares it.

    `declared` are runs of names in an item's rule, of places that leave time to the fallback.
    """

    max_ms: int
    declared: frozenset[tuple[str, ...]]


class Query(msgspec.Struct, frozen=True):
    """No row that `sql` finds."""

    sql: str


class Repeat(msgspec.Struct, frozen=True):
    """No item of `members` again on a channel within `least_ms`, start to start."""

    least_ms: int
    members: frozenset[str]


class FillerLoad(msgspec.Struct, frozen=True):
    """No more filler than `most_ms` in an hour of the channel's clock."""

    most_ms: int


class Policy(msgspec.Struct, frozen=True):
    """One policy. `span` is its name's, `where` that of the limit or the query."""

    name: str
    severity: Severity
    span: Span
    where: Span
    rule: DeadAir | Query | Repeat | FillerLoad


class Expected(msgspec.Struct, frozen=True):
    """One thing that a test expects. `members` are the ids of the collection where `key` names one."""

    key: str
    wanted: str | bool
    span: Span
    members: frozenset[str] = frozenset()


class StationTest(msgspec.Struct, frozen=True):
    """What is to be on the air of a channel at a time by its clock."""

    channel: str
    at: Moment
    span: Span
    expected: tuple[Expected, ...]


class Checks(msgspec.Struct, frozen=True):
    """Everything that must hold. `nodes` is what was written, so that what stands on a line can be shown."""

    policies: tuple[Policy, ...] = ()
    tests: tuple[StationTest, ...] = ()
    nodes: tuple[Node, ...] = ()
    shows: tuple[tuple[str, str], ...] = ()
    """Media and their shows, which a timeline does not hold; those that a test asks for."""

    def __bool__(self) -> bool:
        """Tells whether there is anything to check."""
        return bool(self.policies or self.tests)


NOTHING_TO_CHECK = Checks()
