"""`channels`: what a viewer tunes to."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from compiler.documents.filler import FillerSlots, FillerUse
from compiler.documents.scalars import ChannelId, ChannelNumber, Document, Name, Text, Timezone


class ChannelDocument(Document):
    """One channel."""

    number: ChannelNumber = Field(description="What a viewer types: 42 or 42.1.")
    name: Text = Field(description="What a viewer reads.", examples=["Retro TV"])
    id: ChannelId | None = Field(
        default=None, description="XMLTV id; default: the channel's key and the station."
    )
    group: Text | None = Field(default=None, description="The group that players list it under.")
    logo: Text | None = Field(default=None, description="A picture in the station's folder, or its address.")
    schedule: Name = Field(description="The schedule that fills it.")
    streaming_mode: Literal["iptv", "hdhomerun", "both"] = Field(
        default="both", description="Which of the two line-ups lists it."
    )
    profile: Name | None = Field(default=None, description="How it is encoded; default: the station's.")
    fallback: FillerUse = Field(default=None, description="What plays where nothing else does.")
    filler: FillerSlots | None = Field(default=None, description="Fillers of everything on the channel.")
    timezone: Timezone | None = Field(default=None, description="IANA time zone; default: the station's.")
    always_on: bool = Field(default=False, description="Whether it plays with no viewer.")
    enabled: bool = Field(default=True, description="Whether it exists at all.")
