"""`kind: blocks` to blocks at their times: templates and their days."""

from __future__ import annotations

from dataclasses import dataclass

from compiler.documents.blocks import BlockDocument, BlockItemDocument, BlocksDocument
from compiler.programming.contents import content_key
from compiler.programming.days import day_rule
from compiler.programming.desk import Desk, Written
from compiler.programming.entries import playing_entry
from compiler.programming.identities import Listing, Place, places
from compiler.programming.looks import dressed, within
from compiler.station import BlocksSchedule, DayBlock, Entry, Mode, Origin, Placement, Stop, TemplateDays
from exstv import codes
from exstv.diagnostics import Span
from exstv.nodes import at, key_span

Template = tuple[Placement, ...]


def blocks_schedule(written: Written[BlocksDocument], desk: Desk) -> BlocksSchedule:
    """The blocks where the templates place them. A block with nothing to play keeps its time."""
    maker = _Maker(written, desk)
    blocks = {name: maker.block(name, block) for name, block in written.document.blocks.items()}
    templates = {name: maker.template(name, blocks) for name in written.document.templates}
    return BlocksSchedule(written.name, maker.days(templates), written.origin, written.around.filler)


@dataclass(frozen=True, eq=False)
class _Maker:
    """Makes the parts of one schedule."""

    written: Written[BlocksDocument]
    desk: Desk

    def block(self, name: str, document: BlockDocument) -> DayBlock:
        """One block with its entries."""
        node = at(self.written.node, "blocks", name)
        around = within(self.written.around, document, document.filler, node, self.desk.fillers)
        listed = places(
            document.items, Listing(node, "items", "entry", around), content_key, self.desk.findings
        )
        alone = len(listed) == 1
        entries = [self._entry(item, place, alone=alone) for item, place in listed]
        return DayBlock(
            name=name,
            duration_ms=document.duration,
            entries=tuple(entry for entry in entries if entry is not None),
            look=dressed(around, document.guide),
            origin=Origin(key_span(self.written.node, "blocks", name), name),
            stop=Stop(document.stop),
            max_late_ms=document.max_late,
        )

    def template(self, name: str, blocks: dict[str, DayBlock]) -> Template:
        """The blocks of one template with their times."""
        found: list[Placement] = []
        spans = {block.name: block.origin.span for block in blocks.values()}
        for index, each in enumerate(self.written.document.templates[name]):
            where = at(self.written.node, "templates", name, index, "block")
            if self.desk.library.names.local(codes.UNKNOWN_BLOCK, each.block, where, spans):
                found.append(Placement(each.at, blocks[each.block], Origin(where.span, each.block)))
        return tuple(found)

    def days(self, templates: dict[str, Template]) -> tuple[TemplateDays, ...]:
        """Which template holds when."""
        found: list[TemplateDays] = []
        spans: dict[str, Span] = {name: key_span(self.written.node, "templates", name) for name in templates}
        for index, each in enumerate(self.written.document.days):
            where = at(self.written.node, "days", index, "template")
            if self.desk.library.names.local(codes.UNKNOWN_TEMPLATE, each.template, where, spans):
                origin = Origin(where.span, each.template)
                rule = day_rule(each)
                found.append(TemplateDays(rule, templates[each.template], each.priority, origin))
        return tuple(found)

    def _entry(self, item: BlockItemDocument, place: Place, *, alone: bool) -> Entry | None:
        content = self.desk.contents.content(item, item.play, place.node)
        if not alone and item.mode != "duration":
            self.desk.contents.check_ends(content)
        if content is None or not content.items:
            return None
        mode = Mode(item.mode) if item.mode else Mode.FIT
        return playing_entry(item, place, content, self.desk, mode=mode)
