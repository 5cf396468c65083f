"""`channels`: what a viewer tunes to."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from compiler.documents.days import CalendarDay, DayRuleDocument
from compiler.documents.filler import FillerSlots, FillerUse
from compiler.documents.playing import AmountWords, OverrunWords, PlayingWords
from compiler.documents.presentation import PresentationWords
from compiler.documents.scalars import (
    ChannelId,
    ChannelNumber,
    Extends,
    Name,
    Some,
    Text,
    TimeOfDay,
    Timezone,
)


class CalendarRuleDocument(DayRuleDocument):
    """A schedule for some days."""

    schedule: Name = Field(description="The schedule of these days.")


class EventDocument(OverrunWords, AmountWords, PlayingWords):
    """A one-off appointment."""

    date: CalendarDay = Field(description="Its broadcast day; without a year, every year.")
    start: TimeOfDay = Field(description="When it begins, to the second.")
    mode: Literal["one", "multiple", "duration"] = Field(default="one", description="How much plays.")


class ChannelDocument(PresentationWords):
    """One channel."""

    number: ChannelNumber = Field(description="What a viewer types: 42 or 42.1.")
    name: Text = Field(description="What a viewer reads.", examples=["Retro TV"])
    id: ChannelId | None = Field(
        default=None, description="XMLTV id; default: the channel's key and the station."
    )
    group: Text | None = Field(default=None, description="The group that players list it under.")
    logo: Text | None = Field(default=None, description="A picture in the station's folder, or its address.")
    schedule: Name = Field(description="The schedule that fills it.")
    calendar: Some[CalendarRuleDocument] = Field(
        default=(), description="Other schedules for some days; the most specific that matches counts."
    )
    events: Some[EventDocument] = Field(default=(), description="One-off appointments.")
    streaming_mode: Literal["iptv", "hdhomerun", "both"] = Field(
        default="both", description="Which of the two line-ups lists it."
    )
    profile: Name | None = Field(default=None, description="How it is encoded; default: the station's.")
    fallback: FillerUse = Field(default=None, description="What plays where nothing else does.")
    filler: FillerSlots | None = Field(default=None, description="Fillers of everything on the channel.")
    timezone: Timezone | None = Field(default=None, description="IANA time zone; default: the station's.")
    throttle: Literal["realtime", "burst", "adaptive", "disabled"] = Field(
        default="realtime", description="How fast it is sent."
    )
    always_on: bool = Field(default=False, description="Whether it plays with no viewer.")
    enabled: bool = Field(default=True, description="Whether it exists at all.")
    apply: Literal["junction", "now"] = Field(
        default="junction", description="When a recompile may change what is on air."
    )
    extends: Extends = None
