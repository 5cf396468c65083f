"""What every kind of schedule may say."""

from __future__ import annotations

from pydantic import Field

from compiler.documents.filler import FillerSlots
from compiler.documents.presentation import PresentationWords
from compiler.documents.scalars import Extends


class ScheduleWords(PresentationWords):
    """The words of all kinds."""

    filler: FillerSlots | None = Field(default=None, description="Fillers of all that it plays.")
    extends: Extends = None
