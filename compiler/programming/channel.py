"""What one channel plays: its schedule, its calendar and its events, with all that holds around them."""

from __future__ import annotations

from dataclasses import dataclass

from compiler.documents.channels import ChannelDocument, EventDocument
from compiler.programming.contents import content_key
from compiler.programming.cursors import Cursors
from compiler.programming.days import day_rule
from compiler.programming.desk import Desk
from compiler.programming.entries import playing_entry
from compiler.programming.identities import Listing, Place, places
from compiler.programming.looks import Around
from compiler.programming.schedules import Schedules
from compiler.station import CalendarRule, Event, Mode, Origin, Schedule
from exstv.nodes import Node, at


@dataclass(frozen=True, eq=False)
class Programming:
    """All that a channel plays."""

    schedule: Schedule
    calendar: tuple[CalendarRule, ...]
    events: tuple[Event, ...]


@dataclass(frozen=True, eq=False)
class Programmer:
    """Makes the programming of channels."""

    desk: Desk
    schedules: Schedules
    cursors: Cursors

    def programming(self, document: ChannelDocument, node: Node, around: Around) -> Programming | None:
        """What a channel plays; None where its schedule is wrong, which was reported."""
        schedule = self.schedules.schedule(document.schedule, at(node, "schedule"), around)
        calendar = self._calendar(document, node, around)
        events = self._events(document, node, around)
        if schedule is None:
            return None
        playing = (schedule, *(rule.schedule for rule in calendar))
        self.cursors.check(playing, [event.entry for event in events], around.filler)
        return Programming(schedule, calendar, events)

    def _calendar(self, document: ChannelDocument, node: Node, around: Around) -> tuple[CalendarRule, ...]:
        found: list[CalendarRule] = []
        for index, each in enumerate(document.calendar):
            where = at(node, "calendar", index, "schedule")
            schedule = self.schedules.schedule(each.schedule, where, around)
            if schedule is not None:
                origin = Origin(where.span, each.schedule)
                found.append(CalendarRule(day_rule(each), schedule, each.priority, origin))
        return tuple(found)

    def _events(self, document: ChannelDocument, node: Node, around: Around) -> tuple[Event, ...]:
        listing = Listing(node, "events", "event", around)
        listed = places(document.events, listing, content_key, self.desk.findings)
        events = [self._event(event, place) for event, place in listed]
        return tuple(event for event in events if event is not None)

    def _event(self, document: EventDocument, place: Place) -> Event | None:
        content = self.desk.contents.content(document, document.play, place.node)
        if document.mode != "duration":
            self.desk.contents.check_ends(content)
        if content is None or not content.items:
            return None
        mode = Mode(document.mode)
        entry = playing_entry(document, place, content, self.desk, mode=mode, start_ms=document.start)
        return Event(document.date, entry)
