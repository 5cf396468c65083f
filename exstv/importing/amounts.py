"""How much an instruction of ErsatzTV's plays, as the words of a loop's entry."""

from __future__ import annotations

from typing import Any

from exstv.importing import sequential_documents as etv
from exstv.importing.fillers import Fillers
from exstv.importing.instruction import Instruction
from exstv.importing.model import Report
from exstv.importing.writing import NULL, quoted
from exstv.units import MINUTE_MS, format_duration, format_time_of_day

MOST = 100_000
"""Items that an entry plays at most."""


def count_of(each: Instruction, count: int | str, report: Report) -> int | str:
    """How many items a `count` means; an expression that depends on chance means one, which is told."""
    text = str(count).strip()
    if text == "count":
        return "all"
    if text.isascii() and text.isdigit() and len(text) <= 6 and 1 <= int(text) <= MOST:
        return int(text)
    report.lose(each.node, f"the expression `{text}`: one item plays")
    return 1


class Amounts:
    """Says how much is played; owns nothing."""

    def __init__(self, fillers: Fillers, report: Report) -> None:
        """Takes where fallbacks are made, and where losses are told."""
        self._fillers = fillers
        self._report = report

    def of(self, each: Instruction) -> tuple[dict[str, Any], dict[str, Any]]:
        """The words that come first in an entry, which tell its kind, and the others."""
        match each.document:
            case etv.Count(count=count):
                found = count_of(each, count, self._report)
                return {}, ({} if found == 1 else {"mode": "multiple", "count": found})
            case etv.Duration(duration=length):
                return {}, {
                    "mode": "duration",
                    "duration": format_duration(length),
                    **self._filling(each, each.document),
                }
            case etv.PadToNext(pad_to_next=minutes):
                if 60 % minutes:
                    self._report.lose(
                        each.node, "marks that begin anew each hour: here they count from midnight"
                    )
                pad_to = format_duration(minutes * MINUTE_MS)
                return {"pad_to": pad_to}, self._filling(each, each.document)
            case etv.PadUntil(pad_until=until, tomorrow=tomorrow):
                words: dict[str, Any] = {"pad_until": quoted(format_time_of_day(until))}
                if self._tomorrow(each, tomorrow):
                    words["tomorrow"] = True
                return words, self._filling(each, each.document)
        return {}, {"mode": "multiple", "count": "all"}

    def _tomorrow(self, each: Instruction, tomorrow: bool | str) -> bool:
        text = str(tomorrow).strip().lower()
        if text not in ("true", "false"):
            self._report.lose(each.node, f"`tomorrow: {text}`: a time that has passed is passed")
        return text == "true"

    def _filling(self, each: Instruction, document: etv.Filling) -> dict[str, Any]:
        """What happens at the end of a time that is filled."""
        if document.discard_attempts:
            self._report.lose(each.node, "`discard_attempts`: an item that does not fit comes next")
        words: dict[str, Any] = {}
        if document.trim:
            words["overrun"] = "trim"
        elif not document.stop_before_end:
            words["overrun"] = "finish"
        if document.fallback is not None:
            words["filler"] = {"tail": NULL, "fallback": self._fillers.fallback(document.fallback)}
            return words
        dark = document.offline_tail
        if dark is None:
            dark = isinstance(document, etv.PadToNext)
        if isinstance(document, etv.Duration):
            words["tail"] = "offline" if dark else "none"
        elif not dark and not document.trim:
            self._report.explain("where this falls short ErsatzTV goes on at once; here the filler fills it")
        return words
