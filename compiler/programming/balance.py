"""`kind: balance` to a weighted mix: limits that are not enforced are taken out here."""

from __future__ import annotations

from compiler.documents.balance import BalanceDocument, BalanceSourceDocument
from compiler.programming.contents import content_key
from compiler.programming.desk import Desk, Written
from compiler.programming.identities import Listing, Place, places
from compiler.programming.looks import dressed, within
from compiler.station import BalanceSchedule, BalanceSource, Origin


def balance_schedule(written: Written[BalanceDocument], desk: Desk) -> BalanceSchedule:
    """The mix; a source with nothing to play is left out, and its share is the others'."""
    document = written.document
    listing = Listing(written.node, "sources", "source", written.around)
    sources = [
        _source(source, place, document, desk)
        for source, place in places(document.sources, listing, content_key, desk.findings)
    ]
    return BalanceSchedule(
        name=written.name,
        sources=tuple(source for source in sources if source is not None),
        origin=written.origin,
        filler=written.around.filler,
        by_items=document.by == "items",
    )


def _source(
    source: BalanceSourceDocument, place: Place, document: BalanceDocument, desk: Desk
) -> BalanceSource | None:
    content = desk.contents.content(source, source.play, place.node)
    desk.contents.check_ends(content)
    if content is None or not content.items:
        return None
    around = within(place.around, source, source.filler, place.node, desk.fillers)
    return BalanceSource(
        identity=place.identity,
        content=content,
        weight=source.weight,
        look=dressed(around, source.guide),
        origin=Origin(content.origin.span, source.name or source.play),
        cooldown_ms=(source.cooldown or 0) if document.enforce_cooldown else 0,
        max_consecutive=source.max_consecutive if document.enforce_max_consecutive else None,
    )
