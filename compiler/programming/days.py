"""Days as rules: the words that calendars and templates share."""

from __future__ import annotations

from compiler.documents.days import DayRuleDocument
from compiler.station import DateRange, DayRule


def day_rule(document: DayRuleDocument) -> DayRule:
    """The rule; what is not said holds for every day."""
    return DayRule(
        days=document.days or frozenset(),
        dates=tuple(DateRange(first, last) for first, last in document.dates or ()),
        months=document.months or frozenset(),
        days_of_month=document.days_of_month or frozenset(),
        nth=document.nth or (),
        weeks=document.weeks,
        easter=document.easter,
    )
