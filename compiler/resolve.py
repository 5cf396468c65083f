"""Documents and catalog to the station: every name becomes what it stands for, every default is filled in.

Owns what holds between declarations: names that exist, numbers and ids used once. Asks no clock: `today` is
the broadcast day that holds the given `now`. The next stage is compiler/lower.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from compiler.documents.channels import ChannelDocument
from compiler.documents.declared import Declared, Documents
from compiler.documents.filler import FillerSlots
from compiler.documents.profiles import ProfileDocument
from compiler.documents.station import StationDocument
from compiler.findings import Findings
from compiler.library import Library
from compiler.programming import Place, Programming
from compiler.references import References
from compiler.station import Origin, Station, StationChannel
from compiler.validate import declared_sources
from exstv import codes
from exstv.catalog.model import Catalog
from exstv.clock import to_utc
from exstv.diagnostics import Diagnostic
from exstv.nodes import Node, Scalar, at
from exstv.timeline.model import Profile

DEFAULT_PROFILE = "hd"
"""Built in, unless the station declares one of this name."""


def resolve(documents: Documents, catalog: Catalog, now_ms: int) -> tuple[Station | None, list[Diagnostic]]:
    """The station as far as it can be resolved; None without a sound `station`."""
    findings = Findings()
    declared = documents.station
    station = declared.document if declared else None
    sources = declared_sources(documents)
    library = Library(documents, catalog, _today(station, now_ms), findings)
    library.read(sources)
    _Unused(documents, library, findings).check()
    profiles = {
        name: _profile(name, each.document) for name, each in documents.profiles.items() if each.document
    }
    profiles.setdefault(DEFAULT_PROFILE, _profile(DEFAULT_PROFILE, ProfileDocument()))
    References(documents, library, findings, frozenset((*profiles, *documents.profiles))).check()
    channels = _Channels(documents, library, findings, frozenset(profiles))
    resolved = channels.resolve()
    if station is None:
        return None, findings.all()
    return (
        Station(
            name=station.name,
            timezone=station.timezone,
            broadcast_day_ms=station.broadcast_day,
            horizon_ms=station.horizon,
            history_ms=station.history,
            freeze_ms=station.freeze,
            seed=station.seed,
            channels=resolved,
            profiles=profiles,
            sources=sources,
        ),
        findings.all(),
    )


def default_id(key: str, station: str) -> str:
    """The XMLTV id of a channel that declares none: `retro` on Harbour TV is `retro.harbour-tv`."""
    dotted = f"{_slug(key)}.{_slug(station)}"
    # Only digits would be taken for a number.
    return dotted if re.search("[a-z]", dotted) else f"channel-{dotted}"


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = "-".join(re.findall("[a-z0-9]+", plain))
    # A name in another script still needs an id that stays the same.
    return words or "x" + hashlib.sha256(text.encode()).hexdigest()[:8]


def _today(station: StationDocument | None, now_ms: int) -> date:
    if station is None:
        return to_utc(now_ms).date()
    local = to_utc(now_ms).astimezone(ZoneInfo(station.timezone)).replace(tzinfo=None)
    return (local - timedelta(milliseconds=station.broadcast_day)).date()


def _profile(name: str, document: ProfileDocument) -> Profile:
    width, height = document.resolution
    return Profile(
        name=name,
        width=width,
        height=height,
        scaling=document.scaling,
        frame_rate_num=document.frame_rate.numerator,
        frame_rate_den=document.frame_rate.denominator,
        video_codec=document.video.codec,
        video_bitrate=document.video.bitrate,
        preset=document.video.preset,
        gop_ms=document.video.gop,
        audio_codec=document.audio.codec,
        audio_bitrate=document.audio.bitrate,
        audio_channels=document.audio.channels,
        sample_rate=document.audio.sample_rate,
        deinterlace=document.deinterlace,
    )


class _Unused:
    """Looks at schedules and fillers that no channel uses, as if each were a channel's only one."""

    def __init__(self, documents: Documents, library: Library, findings: Findings) -> None:
        self._documents = documents
        self._library = library
        self._findings = findings

    def check(self) -> None:
        """Finds their mistakes."""
        for schedule in self._documents.schedules.values():
            Programming(self._documents, self._library, self._findings).schedule(schedule, ())
        for filler in self._documents.filler.values():
            if filler.document is not None and filler.node is not None:
                self._library.get(filler.document.play, at(filler.node, "play"))


class _Channels:
    """All channels of a station; owns which numbers and ids are taken."""

    def __init__(
        self, documents: Documents, library: Library, findings: Findings, profiles: frozenset[str]
    ) -> None:
        self._documents = documents
        self._library = library
        self._findings = findings
        self._profiles = profiles
        self._station = documents.station.document if documents.station else None
        self._numbers: dict[str, Node] = {}
        self._ids: dict[str, Node] = {}

    def resolve(self) -> tuple[StationChannel, ...]:
        """The enabled channels in order of their numbers."""
        self._check_defaults()
        channels = [self._channel(each) for each in self._documents.channels.values()]
        found = [channel for channel in channels if channel is not None]
        return tuple(sorted(found, key=lambda channel: _number_key(channel.number)))

    def _check_defaults(self) -> None:
        if self._documents.station and self._station and self._station.defaults.profile:
            node = self._documents.station.node
            if node is not None:
                self._check_profile(self._station.defaults.profile, at(node, "defaults", "profile"))
        places = self._station_places()
        Programming(self._documents, self._library, self._findings).fillers(places)

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
        profile = document.profile or (self._station and self._station.defaults.profile) or DEFAULT_PROFILE
        if document.profile:
            self._check_profile(document.profile, at(node, "profile"))
        schedule = self._documents.schedules.get(document.schedule)
        if schedule is None:
            kinds = (self._documents.schedules,)
            self._findings.unknown(codes.UNKNOWN_SCHEDULE, document.schedule, at(node, "schedule"), kinds)
            return None
        programming = Programming(self._documents, self._library, self._findings)
        places = (*_channel_places(document, node), *self._station_places())
        filler = programming.fillers(places)
        playing = programming.schedule(schedule, places)
        if playing is None or self._station is None:
            return None
        return StationChannel(
            key=declared.name,
            number=document.number,
            name=document.name,
            xmltv_id=xmltv_id,
            timezone=document.timezone or self._station.timezone,
            schedule=playing,
            filler=filler,
            profile=profile,
            origin=Origin(declared.span, declared.name),
            group=document.group,
            logo=document.logo,
            streaming_mode=document.streaming_mode,
            always_on=document.always_on,
        )

    def _claim(
        self, declared: Declared[ChannelDocument], document: ChannelDocument, node: Node, xmltv_id: str
    ) -> None:
        number = at(node, "number")
        self._claim_number(document.number, number)
        where = at(node, "id") if document.id else number
        if xmltv_id in self._ids:
            also = [(self._ids[xmltv_id], "first used by this channel")]
            help = "" if document.id else f"`{declared.name}` makes this id; give it another with `id:`"
            self._findings.add(codes.DUPLICATE_ID.at(where, also=also, id=xmltv_id, help=help))
        self._ids.setdefault(xmltv_id, where)

    def _claim_number(self, number: str, where: Node) -> None:
        if number in self._numbers:
            also = [(self._numbers[number], "first used here")]
            self._findings.add(codes.DUPLICATE_NUMBER.at(where, also=also, number=number))
        self._numbers.setdefault(number, where)

    def _check_profile(self, name: str, where: Node) -> None:
        if name not in self._profiles and name not in self._documents.profiles:
            kinds = (self._documents.profiles,)
            self._findings.unknown(codes.UNKNOWN_PROFILE, name, where, kinds, (DEFAULT_PROFILE,))

    def _station_places(self) -> tuple[Place, ...]:
        declared = self._documents.station
        if declared is None or declared.document is None or declared.node is None:
            return ()
        defaults, node = declared.document.defaults, at(declared.node, "defaults")
        return _places(defaults.filler, defaults.model_fields_set, defaults.fallback, node)


def _channel_places(document: ChannelDocument, node: Node) -> tuple[Place, ...]:
    return _places(document.filler, document.model_fields_set, document.fallback, node)


def _places(filler: FillerSlots | None, keys: set[str], fallback: object, node: Node) -> tuple[Place, ...]:
    """The outer `fallback`, then the slots of `filler`."""
    found: tuple[Place, ...] = ()
    if "fallback" in keys:
        # The same word one level further out: a set of slots that has this one only.
        slots = FillerSlots.model_construct({"fallback"}, fallback=fallback)
        found = (Place(node, (), slots),)
    return (*found, Place(node, ("filler",), filler)) if filler is not None else found


def _number_key(number: str) -> tuple[int, int]:
    major, _, minor = number.partition(".")
    return int(major), int(minor or 0)
