"""The channels of a station, in order of their numbers: who they are and what they play.

Owns which numbers and ids are taken, and what holds around all that a channel plays. What it plays is
compiler/programming's.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

from compiler.documents.channels import ChannelDocument
from compiler.documents.declared import Declared
from compiler.documents.filler import FillerSlots, FillerUse
from compiler.names import DEFAULT_PROFILE
from compiler.programming.channel import Programmer
from compiler.programming.cursors import Cursors
from compiler.programming.desk import Desk
from compiler.programming.looks import UNADORNED, Around, presented
from compiler.programming.schedules import Schedules
from compiler.shown import Identified, changed_names, ids_that_begin_others
from compiler.station import NO_FILLER, Apply, FillerSet, Origin, StationChannel
from exstv import codes
from exstv.nodes import Node, Scalar, at


def default_id(key: str, station: str) -> str:
    """The XMLTV id of a channel that declares none: `retro` on Harbour TV is `retro.harbour-tv`."""
    dotted = f"{_slug(key)}.{_slug(station)}"
    # Only digits would be taken for a number.
    return dotted if re.search("[a-z]", dotted) else f"channel-{dotted}"


class Lineup:
    """All channels of a station."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._schedules = Schedules(desk)
        self._programmer = Programmer(desk, self._schedules, Cursors(desk.contents, desk.findings))
        self._declared = desk.documents.station
        self._station = self._declared.document if self._declared else None
        self._numbers: dict[str, Node] = {}
        self._ids: dict[str, Identified] = {}
        self._defaults = self._station_fillers()

    @property
    def absent(self) -> frozenset[str]:
        """The keys of channels that are declared and disabled."""
        channels = self._desk.documents.channels
        return frozenset(key for key, each in channels.items() if each.document and not each.document.enabled)

    def channels(self) -> tuple[StationChannel, ...]:
        """The enabled channels in order of their numbers."""
        channels = [self._channel(each) for each in self._desk.documents.channels.values()]
        self._desk.findings.add(*ids_that_begin_others(self._ids.values()))
        found = [channel for channel in channels if channel is not None]
        return tuple(sorted(found, key=lambda channel: _number_key(channel.number)))

    def check_rest(self) -> None:
        """Finds the mistakes of schedules and fillers that no channel uses."""
        for schedule in self._schedules.rest():
            self._programmer.cursors.check([schedule], (), NO_FILLER)
        self._desk.fillers.check()

    def _station_fillers(self) -> FillerSet:
        declared = self._declared
        if declared is None or declared.document is None or declared.node is None:
            return NO_FILLER
        defaults, node = declared.document.defaults, at(declared.node, "defaults")
        if defaults.profile:
            self._desk.library.names.profile(defaults.profile, at(node, "profile"))
        keys = defaults.model_fields_set
        return self._fillers(NO_FILLER, defaults.filler, keys, defaults.fallback, node)

    def _fillers(
        self, outer: FillerSet, filler: FillerSlots | None, keys: set[str], fallback: FillerUse, node: Node
    ) -> FillerSet:
        inner = self._desk.fillers.nearest(outer, filler, at(node, "filler"))
        if "fallback" not in keys:
            return inner
        return self._desk.fillers.with_fallback(inner, fallback, at(node, "fallback"))

    def _channel(self, declared: Declared[ChannelDocument]) -> StationChannel | None:
        document, node = declared.document, declared.node
        if document is None and node is not None:
            number = at(node, "number")
            if isinstance(number, Scalar) and number is not node:
                self._claim_number(number.text, number)
        if document is None or node is None or not document.enabled:
            return None
        xmltv_id = document.id or default_id(declared.name, self._station.name if self._station else "")
        self._claim(declared, document, node, xmltv_id)
        if document.profile:
            self._desk.library.names.profile(document.profile, at(node, "profile"))
        around = self._around(document, node)
        playing = self._programmer.programming(document, node, around)
        station = self._station
        if playing is None or station is None:
            return None
        return StationChannel(
            key=declared.name,
            number=document.number,
            name=document.name,
            xmltv_id=xmltv_id,
            timezone=document.timezone or station.timezone,
            schedule=playing.schedule,
            filler=around.filler,
            profile=document.profile or station.defaults.profile or DEFAULT_PROFILE,
            origin=Origin(declared.span, declared.name),
            group=document.group,
            logo=document.logo,
            streaming_mode=document.streaming_mode,
            always_on=document.always_on,
            calendar=playing.calendar,
            events=playing.events,
            presentation=None if around.channel == UNADORNED else around.channel,
            throttle=document.throttle,
            apply=Apply(document.apply),
        )

    def _around(self, document: ChannelDocument, node: Node) -> Around:
        keys = document.model_fields_set
        filler = self._fillers(self._defaults, document.filler, keys, document.fallback, node)
        presentation = presented(UNADORNED, document)
        return Around(filler, presentation, presentation)

    def _claim(
        self, declared: Declared[ChannelDocument], document: ChannelDocument, node: Node, xmltv_id: str
    ) -> None:
        number = at(node, "number")
        self._claim_number(document.number, number)
        where = at(node, "id") if document.id else number
        # Kodi takes ids that differ in case for the same one.
        taken = self._ids.get(xmltv_id.lower())
        if taken is not None:
            also = [(taken.where, "first used by this channel")]
            help = "" if document.id else f"`{declared.name}` makes this id; give it another with `id:`"
            self._desk.findings.add(codes.DUPLICATE_ID.at(where, also=also, id=xmltv_id, help=help))
        self._ids.setdefault(xmltv_id.lower(), Identified(xmltv_id, where))
        self._desk.findings.add(*changed_names(document.name, document.group, node))

    def _claim_number(self, number: str, where: Node) -> None:
        if number in self._numbers:
            also = [(self._numbers[number], "first used here")]
            self._desk.findings.add(codes.DUPLICATE_NUMBER.at(where, also=also, number=number))
        self._numbers.setdefault(number, where)


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = "-".join(re.findall("[a-z0-9]+", plain))
    # A name in another script still needs an id that stays the same.
    return words or "x" + hashlib.sha256(text.encode()).hexdigest()[:8]


def _number_key(number: str) -> tuple[int, int]:
    major, _, minor = number.partition(".")
    return int(major), int(minor or 0)
