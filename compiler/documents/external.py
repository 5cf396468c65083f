"""`kind: external`: programme times that another program made."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from compiler.documents.scalars import Text
from compiler.documents.schedule import ScheduleWords


class ExternalDocument(ScheduleWords):
    """A JSON list of programmes."""

    kind: Literal["external"] = Field(description="How the schedule is written.")
    url: Text | None = Field(default=None, description="The list's address.")
    path: Text | None = Field(default=None, description="The list's path in the station's folder.")
