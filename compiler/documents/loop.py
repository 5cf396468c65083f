"""`kind: loop`: an ordered list, repeated for ever."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Discriminator, Field, Tag

from compiler.documents.filler import FillerSlots
from compiler.documents.playing import AmountWords, NamedWords, OverrunWords, PlayingWords
from compiler.documents.scalars import Duration, Name, OneOrMany, TimeOfDay
from compiler.documents.schedule import ScheduleWords
from exstv.units import DAY_MS


class LoopItemDocument(OverrunWords, AmountWords, PlayingWords):
    """An entry of a loop that plays content."""

    mode: Literal["one", "multiple", "duration", "flood"] = Field(
        default="one", description="How much plays."
    )
    start: TimeOfDay | None = Field(default=None, description="A fixed start; without one the entry follows.")
    start_behaviour: Literal["strict", "flexible"] = Field(
        default="strict", description="Whether the start is kept, or may be late on its day."
    )


class PadToDocument(OverrunWords, PlayingWords):
    """An entry that plays up to the next mark on the clock."""

    pad_to: Annotated[Duration, Field(gt=0, le=DAY_MS)] = Field(
        description="Plays up to the next multiple of this on the local clock, counted from midnight."
    )


class PadUntilDocument(OverrunWords, PlayingWords):
    """An entry that plays up to a time of day."""

    pad_until: TimeOfDay = Field(description="Plays up to this time.")
    tomorrow: bool = Field(default=False, description="Whether a time that has passed means tomorrow's.")


class WaitUntilDocument(NamedWords):
    """An entry that leaves the time to the fallback."""

    wait_until: TimeOfDay = Field(description="Lasts up to this time; the fallback plays meanwhile.")
    tomorrow: bool = Field(default=False, description="Whether a time that has passed means tomorrow's.")
    filler: FillerSlots | None = Field(default=None, description="Fillers of this place alone.")


class SequenceDocument(NamedWords):
    """Another loop's entries, as if they stood here."""

    sequence: Name = Field(description="A schedule of `kind: loop`.")
    repeat: int = Field(default=1, ge=1, le=1000, description="How many times they play.")


ENTRIES: dict[str, type[BaseModel]] = {
    "sequence": SequenceDocument,
    "pad_to": PadToDocument,
    "pad_until": PadUntilDocument,
    "wait_until": WaitUntilDocument,
}
"""The entries that a key of their own tells from those that play."""


def entry_key(written: object) -> str:
    """The key that decides what an entry is; `play` where none of the others is there."""
    if isinstance(written, dict):
        return next((key for key in ENTRIES if key in written), "play")
    return next((key for key, model in ENTRIES.items() if isinstance(written, model)), "play")


# Tags are no keys: pydantic puts them into the path of an error, where a key would be looked for.
LoopEntry = Annotated[
    Annotated[LoopItemDocument, Tag("an entry with `play`")]
    | Annotated[PadToDocument, Tag("an entry with `pad_to`")]
    | Annotated[PadUntilDocument, Tag("an entry with `pad_until`")]
    | Annotated[WaitUntilDocument, Tag("an entry with `wait_until`")]
    | Annotated[SequenceDocument, Tag("an entry with `sequence`")],
    Discriminator(lambda written: f"an entry with `{entry_key(written)}`"),
]


class LoopDocument(ScheduleWords):
    """An ordered list, repeated for ever."""

    kind: Literal["loop"] = Field(description="How the schedule is written.")
    items: OneOrMany[LoopEntry] = Field(description="The entries in order.")
    shuffle_items: bool = Field(
        default=False, description="Whether the list itself is played as a reshuffled deck."
    )
    random_start_point: bool = Field(default=False, description="Whether new cursors start at a random item.")
    restart: Literal["never", "daily"] = Field(
        default="never", description="Whether each broadcast day begins with the first entry."
    )
