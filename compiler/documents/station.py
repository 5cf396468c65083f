"""`station`: what holds for every channel."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from compiler.documents.filler import FillerSlots, FillerUse
from compiler.documents.scalars import Document, Duration, Name, Text, TimeOfDay, Timezone
from exstv.units import DAY_MS, HOUR_MS, MAX_WINDOW_MS


class Defaults(Document):
    """What a channel has unless it says otherwise."""

    profile: Name | None = Field(default=None, description="The profile of channels that name none.")
    fallback: FillerUse = Field(default=None, description="What plays where nothing else does.")
    filler: FillerSlots | None = Field(default=None, description="Fillers of channels that declare none.")


class StationDocument(Document):
    """The station itself."""

    name: Text = Field(description="What viewers call the station.", examples=["Harbour TV"])
    timezone: Timezone = Field(description="IANA time zone of all times in these files.")
    broadcast_day: TimeOfDay = Field(
        default=6 * HOUR_MS, description="Local time at which a day's schedule begins."
    )
    horizon: Annotated[Duration, Field(gt=0, le=MAX_WINDOW_MS)] = Field(
        default=7 * DAY_MS, description="How far ahead the timeline is built."
    )
    history: Annotated[Duration, Field(le=MAX_WINDOW_MS)] = Field(
        default=3 * DAY_MS, description="How much of the past stays in the timeline."
    )
    freeze: Annotated[Duration, Field(le=MAX_WINDOW_MS)] = Field(
        default=0, description="How long from now a recompile leaves everything as it was."
    )
    seed: Text = Field(default="exstv", description="Any text; another one deals every shuffle anew.")
    defaults: Defaults = Field(default=Defaults(), description="What a channel has unless it says otherwise.")
