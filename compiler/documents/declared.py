"""What a station declares: each document under its kind and name, with the tree it was written as."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from compiler.documents.channels import ChannelDocument
from compiler.documents.collections import CollectionDocument
from compiler.documents.filler import FillerDocument
from compiler.documents.policies import PolicyDocument
from compiler.documents.profiles import ProfileDocument
from compiler.documents.schedules import ScheduleDocument
from compiler.documents.sources import SourceDocument
from compiler.documents.station import StationDocument
from compiler.documents.station_tests import TestDocument
from compiler.parse import RARE
from exstv.diagnostics import Span
from exstv.nodes import Node, Scalar

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class Declared(Generic[T_co]):
    """One declaration. `document` is None where it was wrong: the name exists, nothing else is known of it.

    `span` is the name's own; `node` is what stands under it, None where its file is not YAML.
    """

    kind: str
    name: str
    span: Span
    node: Node | None
    document: T_co | None


@dataclass(frozen=True)
class Documents:
    """Everything that the files declare, in the order of files and lines."""

    station: Declared[StationDocument] | None = None
    sources: dict[str, Declared[SourceDocument]] = field(default_factory=dict)
    collections: dict[str, Declared[CollectionDocument]] = field(default_factory=dict)
    channels: dict[str, Declared[ChannelDocument]] = field(default_factory=dict)
    schedules: dict[str, Declared[ScheduleDocument]] = field(default_factory=dict)
    filler: dict[str, Declared[FillerDocument]] = field(default_factory=dict)
    profiles: dict[str, Declared[ProfileDocument]] = field(default_factory=dict)
    policies: dict[str, Declared[PolicyDocument]] = field(default_factory=dict)
    tests: tuple[Declared[TestDocument], ...] = ()
    """Without names; `span` is where one begins."""
    withdraw: tuple[Scalar, ...] = ()
    """The ids of media that are off the air at once."""
    broken: frozenset[str] = frozenset()
    """Kinds of which some section could not be read: a name that is missing there is no further mistake."""
    rare: frozenset[str] = frozenset(RARE)
    """Those of the rare words that may be written anywhere."""
