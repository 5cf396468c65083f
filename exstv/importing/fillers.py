"""What ErsatzTV's sequential schedules put around items, and into holes, as fillers. Owns their document."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from ruamel.yaml.comments import CommentedMap

from exstv.importing import sequential_documents as etv
from exstv.importing.instruction import Given, Instruction
from exstv.importing.model import Names, Report
from exstv.importing.writing import flow, put
from exstv.units import DAY_MS, format_duration

MOST_CLIPS = 1000
"""Of a filler, for each use."""
Roll = etv.PreRoll | etv.MidRoll | etv.PostRoll
_SPACING = re.compile(r"last_mid_filler\s*>=?\s*([0-9]{1,5})")
_ALWAYS = re.compile(r"\s*(true|1\s*=\s*1)\s*", re.IGNORECASE)
_AND = re.compile(r"\s+and\s+|\s*&&\s*", re.IGNORECASE)


class Fillers:
    """Makes presets, each once."""

    def __init__(self, given: Given, report: Report, taken: Iterable[str]) -> None:
        """Begins without any, and knows the names that others have."""
        self.document = CommentedMap()
        self._names = Names(taken)
        self._given = given
        self._report = report
        self._rolls: dict[tuple[str, str | None], str | None] = {}
        self._fallbacks: dict[str, str] = {}

    def fallback(self, key: str) -> str:
        """The filler that puts a content into holes."""
        if key.lower() not in self._fallbacks:
            name = self._names.new(f"{key}-fallback")
            self.document[name] = flow(**self._given.words(key), mode="loop")
            self._fallbacks[key.lower()] = name
        return self._fallbacks[key.lower()]

    def roll(self, each: Instruction, roll: Roll) -> str | None:
        """The filler that an instruction switches on; None where it is off, or nothing is played."""
        if not roll.is_on:
            return None
        if roll.sequence is None:
            self._report.lose(each.node, "a filler without a sequence")
            return None
        expression = roll.expression if isinstance(roll, etv.MidRoll) else None
        known = (roll.sequence.lower(), expression)
        if known not in self._rolls:
            # What waits for a comment belongs to the next entry.
            waiting = self._report.comment()
            words = self._words(each, roll.sequence)
            if words is not None and expression is not None:
                words |= self._breaks(each, expression)
            self._rolls[known] = self._declared(roll.sequence, words)
            if waiting:
                self._report.explain(waiting)
        return self._rolls[known]

    def _declared(self, key: str, words: dict[str, Any] | None) -> str | None:
        if words is None:
            return None
        name = self._names.new(key)
        put(self.document, name, flow(**words), self._report.comment(), depth=1)
        return name

    def _words(self, each: Instruction, key: str) -> dict[str, Any] | None:
        """A sequence that plays one content; None where there is nothing to play."""
        sequence = self._given.sequence(key)
        playing = [one for one in sequence if isinstance(one.document, etv.Playing)]
        if len(sequence) > 1:
            self._report.lose(each.node, f"all of the sequence `{key}` but the first thing that it plays")
        if not playing:
            self._report.lose(each.node, f"the sequence `{key}`, which plays nothing by itself")
            return None
        document = playing[0].document
        assert isinstance(document, etv.Playing)
        words = self._given.words(document.content)
        if isinstance(document, etv.Duration):
            return {**words, "mode": "duration", "duration": format_duration(min(document.duration, DAY_MS))}
        count = str(document.count).strip() if isinstance(document, etv.Count) else ""
        if count.isascii() and count.isdigit() and len(count) <= 4 and 1 <= int(count) <= MOST_CLIPS:
            return {**words, "mode": "count", "count": int(count)}
        self._report.lose(playing[0].node, "how much of it a filler plays: it plays one")
        return {**words, "mode": "count", "count": 1}

    def _breaks(self, each: Instruction, expression: str) -> dict[str, Any]:
        """Where a mid-roll breaks an item: at chapters, of which ErsatzTV's expression chooses some."""
        words: dict[str, Any] = {"at": "chapters"}
        for part in _AND.split(expression):
            if spacing := _SPACING.fullmatch(part.strip()):
                words["every"] = format_duration(min(max(1, int(spacing[1])) * 1000, DAY_MS))
            elif not _ALWAYS.fullmatch(part):
                self._report.lose(each.node, f"`{part.strip()}`, which chooses chapters for breaks")
        return words
