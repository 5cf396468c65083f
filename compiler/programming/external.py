"""`kind: external` to programmes: which media the keys of another program's list mean.

A programme whose media is not in the catalog is a warning, and its time is left to the fillers. The list
itself is read by compiler/external.py; where it comes from is compiler/load.py's and the lock's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING

from compiler.documents.external import ExternalDocument
from compiler.programming.desk import Desk, Written
from compiler.programming.looks import dressed
from compiler.station import ExternalProgramme, ExternalSchedule
from exstv import codes
from exstv.catalog.lock import list_digest
from exstv.codes import did_you_mean
from exstv.nodes import Node, at

if TYPE_CHECKING:
    from compiler.external import Listed, ProgrammeList

MAX_TOLD = 20
"""More mistakes of one list are only counted."""


def external_schedule(written: Written[ExternalDocument], desk: Desk) -> ExternalSchedule | None:
    """The programmes of a list; None where it could not be read, which was reported."""
    where = at(written.node, "url" if written.document.url else "path")
    raw = _raw(written, where, desk)
    if raw is None:
        return None
    programmes = _read(raw, where, desk)
    if programmes is None:
        return None
    return ExternalSchedule(
        name=written.name,
        programmes=tuple(_matched(_in_turn(programmes.programmes, where, desk), where, desk)),
        origin=written.origin,
        look=dressed(written.around, None),
        period_ms=programmes.period_ms,
    )


def _raw(written: Written[ExternalDocument], where: Node, desk: Desk) -> bytes | None:
    document = written.document
    if document.path:
        # Without its bytes: loading it said why.
        return desk.files.get(document.path)
    fetched = desk.library.catalog.lists.get(written.name)
    if fetched is None:
        help = "run `exstv scan`"
        desk.findings.add(codes.LIST_NEVER_FETCHED.at(where, name=written.name, help=help))
        return None
    if fetched.definition != list_digest(document.url or ""):
        help = "run `exstv scan`; until then what it found counts"
        desk.findings.add(codes.LIST_OUTDATED.at(where, name=written.name, help=help))
    return bytes(fetched.data)


def _read(raw: bytes, where: Node, desk: Desk) -> ProgrammeList | None:
    # See there why it is not imported above.
    found: tuple[ProgrammeList | None, list[str]] = import_module("compiler.external").read_list(raw)
    programmes, reasons = found
    more = len(reasons) - MAX_TOLD
    for index, reason in enumerate(reasons[:MAX_TOLD], start=1):
        note = f"{more} more like it" if index == MAX_TOLD and more > 0 else ""
        desk.findings.add(codes.LIST_DAMAGED.at(where, reason=reason, note=note))
    return programmes


def _in_turn(programmes: Iterable[Listed], where: Node, desk: Desk) -> Iterator[Listed]:
    """Those that begin when the one before has ended."""
    free_ms: int | None = None
    for each in programmes:
        if each.finish_ms <= each.start_ms or (free_ms is not None and each.start_ms < free_ms):
            reason = "ends before it begins" if each.finish_ms <= each.start_ms else "overlaps the one before"
            desk.findings.add(codes.LISTED_OUT_OF_TURN.at(where, place=each.place, reason=reason))
            continue
        free_ms = each.finish_ms
        yield each


def _matched(programmes: Iterable[Listed], where: Node, desk: Desk) -> Iterator[ExternalProgramme]:
    """Each programme with its media; those whose media is unknown are left out, and reported once."""
    unknown: dict[tuple[str, ...], Listed] = {}
    for each in programmes:
        item = None if each.off_air else desk.media.find(each.keys)
        if item is None and not each.off_air:
            unknown.setdefault(each.keys, each)
        elif item is None or item.id not in desk.library.withdrawn:
            yield ExternalProgramme(each.start_ms, each.finish_ms, item, each.in_point_ms, each.title)
    more = len(unknown) - MAX_TOLD
    for index, (keys, each) in enumerate(list(unknown.items())[:MAX_TOLD], start=1):
        note = f"{more} more like it" if index == MAX_TOLD and more > 0 else ""
        key = keys[0] if keys else "no key"
        help = did_you_mean(desk.media.near(keys))
        desk.findings.add(
            codes.LISTED_MEDIA_UNKNOWN.at(where, place=each.place, key=key, help=help, note=note)
        )
