"""`schedules`: when what plays. One file a kind; this one knows them all."""

from __future__ import annotations

from compiler.documents.balance import BalanceDocument
from compiler.documents.blocks import BlocksDocument
from compiler.documents.external import ExternalDocument
from compiler.documents.loop import LoopDocument, LoopItemDocument
from compiler.documents.slots import SlotsDocument

__all__ = ["KINDS", "LoopDocument", "LoopItemDocument", "ScheduleDocument"]

ScheduleDocument = LoopDocument | SlotsDocument | BalanceDocument | BlocksDocument | ExternalDocument
KINDS: dict[str, type[ScheduleDocument]] = {
    "loop": LoopDocument,
    "slots": SlotsDocument,
    "balance": BalanceDocument,
    "blocks": BlocksDocument,
    "external": ExternalDocument,
}
"""The models by `kind`: the branch is chosen before binding, so that errors speak of one kind only."""
