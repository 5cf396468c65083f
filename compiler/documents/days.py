"""Which days: the words that slots, templates, calendars and events share, as values.

Owns how a list of them becomes one value; the words themselves and their parsing are exstv/days.py's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, GetCoreSchemaHandler, WithJsonSchema
from pydantic_core import CoreSchema, core_schema

from compiler.documents.scalars import Document, OneOrMany, reader, scalar
from exstv import codes, days
from exstv.binding import mistake
from exstv.days import Day

DATE_HELP = "write it like `2026-12-25`, `12-25` or `12-24..01-02`"


class Joined:
    """One or many values that are read as one: `join` makes it of the tuple of them."""

    def __init__(self, many: Any, join: Callable[[tuple[Any, ...]], object]) -> None:
        self._many = many
        self._join = join

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        listed = handler.generate_schema(self._many)
        return core_schema.no_info_after_validator_function(self._join, listed)


def _weekdays(words: tuple[str, ...]) -> frozenset[int]:
    return frozenset().union(*(days.WEEKDAY_SETS[word] for word in words))


def _months(words: tuple[str, ...]) -> frozenset[int]:
    return frozenset(days.MONTHS.index(word) + 1 for word in words)


def _day_of_month(value: object) -> object:
    if not isinstance(value, int) or isinstance(value, bool):
        raise mistake(codes.WRONG_TYPE, expected="a whole number")
    if value != -1 and not 1 <= value <= 31:
        raise mistake(codes.OUT_OF_RANGE, rule="1 to 31, or -1 for the last")
    return value


Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun", "weekdays", "weekends", "daily"]
Month = Literal["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DayOfMonth = Annotated[
    int,
    BeforeValidator(_day_of_month),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 1, "maximum": 31}, {"const": -1}]}),
]
_Range = Annotated[
    tuple[Day, Day],
    BeforeValidator(reader(days.parse_days, codes.BAD_DATE, DATE_HELP)),
    scalar(days.DAYS_PATTERN, "2026-12-25", "12-25", "12-24..01-02"),
]
_Nth = Annotated[
    tuple[int, int],
    BeforeValidator(reader(days.parse_nth, codes.BAD_NTH, "write it like `last fri` or `2nd mon`")),
    scalar(days.NTH_PATTERN, "last fri", "2nd mon"),
]

Weekdays = Annotated[frozenset[int], Joined(OneOrMany[Weekday], _weekdays)]
"""Numbers, Monday 0."""

Months = Annotated[frozenset[int], Joined(OneOrMany[Month], _months)]
"""1 to 12."""

DaysOfMonth = Annotated[frozenset[int], Joined(OneOrMany[_DayOfMonth], frozenset)]
"""1 to 31; -1 is the last."""

Dates = OneOrMany[_Range]
"""(first, last), both included, each (year, month, day); year 0: every year."""

Nths = OneOrMany[_Nth]
"""(which, weekday): (-1, 4) is the last Friday of a month."""

Easter = Annotated[
    tuple[int, int],
    BeforeValidator(reader(days.parse_easter, codes.BAD_EASTER, "write it like `0` or `-2..1`")),
    scalar(days.EASTER_PATTERN, "-2..1", "0", numbers={"type": "integer", "minimum": -999, "maximum": 999}),
]
"""Days relative to Easter Sunday, both included."""

CalendarDay = Annotated[
    Day,
    BeforeValidator(reader(days.parse_day, codes.BAD_DATE, "write it like `2026-12-25` or `12-25`")),
    scalar(days.DAY_PATTERN, "2026-12-25", "12-25"),
]
"""(year, month, day); year 0: every year."""

Priority = Annotated[int, Field(ge=-1000, le=1000)]


class DayRuleDocument(Document):
    """Which broadcast days: all that is given must hold."""

    days: Weekdays | None = Field(default=None, description="Days of the week.", examples=["weekends"])
    dates: Dates | None = Field(default=None, description="Dates, or ranges of them, both ends included.")
    months: Months | None = Field(default=None, description="Months.", examples=[["jun", "jul"]])
    days_of_month: DaysOfMonth | None = Field(
        default=None, description="Days of the month; -1 is the last.", examples=[[1, 15]]
    )
    nth: Nths | None = Field(default=None, description="Weekdays of a month, like `last fri`.")
    weeks: Literal["odd", "even"] | None = Field(default=None, description="Odd or even weeks of the year.")
    easter: Easter | None = Field(default=None, description="Days relative to Easter Sunday.")
    priority: Priority = Field(default=0, description="The higher one wins where several hold equally.")
