"""Instructions of ErsatzTV's sequential schedules as entries of a loop.

ErsatzTV runs its instructions from the top, and some change what holds for all after them (`pre_roll`,
`epg_group`); here each entry says for itself what holds for it. A sequence that is used while something else
holds becomes a schedule of its own for that. Owns what holds where; the words of an entry are made by
contents.py, amounts.py and fillers.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from ruamel.yaml.comments import CommentedMap

from exstv.importing import sequential_documents as etv
from exstv.importing.amounts import Amounts
from exstv.importing.fillers import Fillers, Roll
from exstv.importing.instruction import Given, Instruction
from exstv.importing.model import Names, Report
from exstv.importing.writing import NULL, flow, listing, plain, put, quoted
from exstv.units import format_time_of_day

MOST_WAITS = 1000
"""Entries of a list up to which a sequence that only waits is written out in it."""

Entries = list[tuple[str, Any]]
"""The entries of one loop as they are made, each with its comment."""


@dataclass(frozen=True)
class _Holding:
    """What holds for an entry because of instructions before it."""

    pre_roll: str | None = None
    mid_roll: str | None = None
    post_roll: str | None = None
    group: str = ""
    """`open`: the next entry begins one entry of the guide, `inside`: it belongs to that."""


@dataclass(frozen=True)
class _Use:
    """A sequence where something holds: its schedule, or the entries themselves if all they do is wait."""

    name: str | None
    entries: Entries
    after: _Holding


class Translator:
    """Makes schedules out of instructions; owns their document."""

    def __init__(self, given: Given, report: Report, names: Names, fillers: Fillers) -> None:
        """Begins without any."""
        self.schedules = CommentedMap()
        self.fillers = fillers
        self._amounts = Amounts(fillers, report)
        self._given = given
        self._report = report
        self._names = names
        self._made: dict[tuple[str, _Holding], _Use] = {}

    def playout(self, wanted: str, instructions: tuple[Instruction, ...]) -> str | None:
        """Makes a schedule of its own, and gives its name; None: it would play nothing."""
        name = self._names.new(wanted)
        end = next((index for index, each in enumerate(instructions) if _repeats(each)), None)
        if end is None:
            self._report.explain("ErsatzTV plays this list once and stops; a loop begins again")
        elif rest := instructions[end + 1 :]:
            self._report.lose(rest[0].node, "what stands behind `repeat`, which never comes")
        lead = self._report.comment()
        entries, after, holding = self._entries(instructions[:end], _Holding())
        if not _plays(entries):
            return None
        self._declare(name, entries, "\n".join(words for words in (lead, after) if words))
        if end is not None and holding != _Holding():
            what = "what is still on at `repeat` is off when the list begins again"
            self._report.lose(instructions[end].node, what)
            put(self.schedules, name, self.schedules[name], self._report.comment(), depth=1)
        return name

    def _entries(
        self, instructions: Iterable[Instruction], holding: _Holding
    ) -> tuple[Entries, str, _Holding]:
        """The entries of a list, what is to be said behind them, and what holds after them."""
        entries: Entries = []
        for each in instructions:
            holding = self._take(each, holding, entries)
        after = self._report.comment()
        return entries, f"at the end of the list:\n{after}" if after and entries else after, holding

    def _declare(self, name: str, entries: Entries, lead: str) -> None:
        schedule = CommentedMap(kind="loop")
        put(schedule, "items", listing(entries, 3), lead, depth=2)
        self.schedules[name] = schedule

    def _take(self, each: Instruction, holding: _Holding, entries: Entries) -> _Holding:
        document = each.document
        if isinstance(document, etv.Playing):
            return self._play(each, document, holding, entries)
        if isinstance(document, etv.SequenceUse):
            return self._sequence(each, document, holding, entries)
        if isinstance(document, etv.WaitUntil):
            until, tomorrow = quoted(format_time_of_day(document.wait_until)), document.tomorrow or None
            self._add(entries, flow(wait_until=until, tomorrow=tomorrow))
            return holding
        if isinstance(document, etv.EpgGroup):
            group = ("open" if document.advance else "inside") if document.epg_group else ""
            return replace(holding, group=group)
        if isinstance(document, etv.PreRoll | etv.MidRoll | etv.PostRoll):
            return self._roll(each, document, holding)
        self._lose(each)
        return holding

    def _add(self, entries: Entries, entry: CommentedMap) -> None:
        entries.append((self._report.comment(), entry))

    def _play(
        self, each: Instruction, document: etv.Playing, holding: _Holding, entries: Entries
    ) -> _Holding:
        kind, amount = self._amounts.of(each)
        filler = {"pre_roll": holding.pre_roll, "mid_roll": None, "post_roll": holding.post_roll}
        if isinstance(document, etv.All | etv.Count):
            # ErsatzTV breaks no other content.
            filler["mid_roll"] = holding.mid_roll
        filler |= amount.pop("filler", {})
        words = {
            **kind,
            **self._given.words(document.content),
            **amount,
            "filler": flow(**filler) if any(filler.values()) else None,
            "guide": _guide(document, holding),
            "watermark": NULL if document.disable_watermarks else None,
        }
        self._add(entries, flow(**words))
        return replace(holding, group="inside" if holding.group else "")

    def _sequence(
        self, each: Instruction, document: etv.SequenceUse, holding: _Holding, entries: Entries
    ) -> _Holding:
        for _ in range(document.repeat):
            use = self._use(document.sequence, holding)
            holding = use.after
            if use.name is None:
                room = MOST_WAITS - len(entries)
                entries += use.entries[: max(0, room)]
                if len(use.entries) > room:
                    self._report.lose(each.node, f"more than {MOST_WAITS} waits in a row")
                    break
                continue
            last = entries[-1][1] if entries else {}
            comment = self._report.comment()
            if not comment and last.get("sequence") == use.name:
                last["repeat"] = last.get("repeat", 1) + 1
            else:
                entries.append((comment, flow(sequence=use.name)))
        return holding

    def _use(self, key: str, holding: _Holding) -> _Use:
        """What a sequence is where this holds."""
        found = self._made.get((key.lower(), holding))
        if found is None:
            # What waits for a comment belongs to the entry that uses the sequence.
            waiting = self._report.comment()
            entries, lead, after = self._entries(self._given.sequence(key), holding)
            name = self._names.new(key) if _plays(entries) else None
            if name is not None:
                self._declare(name, entries, lead)
            # What stands nowhere is said where the next entry is.
            for words in (waiting, lead if name is None else ""):
                if words:
                    self._report.explain(words)
            found = self._made[key.lower(), holding] = _Use(name, entries, after)
        return found

    def _roll(self, each: Instruction, roll: Roll, holding: _Holding) -> _Holding:
        preset = self.fillers.roll(each, roll)
        match roll:
            case etv.PreRoll():
                return replace(holding, pre_roll=preset)
            case etv.MidRoll():
                return replace(holding, mid_roll=preset)
            case _:
                return replace(holding, post_roll=preset)

    def _lose(self, each: Instruction) -> None:
        """Tells of an instruction without a counterpart."""
        match each.document:
            case etv.SkipItems(skip_items=amount) if str(amount).strip() in ("0", "count"):
                # Once round is where it was.
                return
            case etv.WatermarkSwitch(watermark=False) | etv.GraphicsOff() | etv.Repeat():
                # Nothing was on; and what repeats ends the list.
                return
            case etv.SkipItems(skip_items=amount, content=content):
                what = f"`skip_items: {amount}` of `{content}`"
            case etv.SkipToItem(content=content):
                what = f"`skip_to_item` of `{content}`: `seek` moves progress once, not each time"
            case etv.ShuffleSequence(shuffle_sequence=key):
                what = f"`shuffle_sequence: {key}`: its entries keep their order"
            case etv.WatermarkSwitch(name=name):
                what = f"the watermark `{name}`, whose picture ErsatzTV's database holds"
            case etv.GraphicsOn(graphics_on=path):
                what = f"the graphics `{path}`"
            case _:
                what = "this instruction, which belongs into `reset`"
        self._report.lose(each.node, what)


def _guide(document: etv.Playing, holding: _Holding) -> CommentedMap | None:
    """How the guide lists an entry; a part of the entry before has no title of its own."""
    show = {"open": "block", "inside": "hidden"}.get(holding.group)
    if document.filler_kind != "none":
        show = "hidden"
    title = plain(document.custom_title or "") if show != "hidden" else ""
    return flow(title=title or None, show=show) if title or show else None


def _plays(entries: Entries) -> bool:
    """Tells whether a list does more than wait, which no schedule may do alone."""
    return any("play" in entry or "sequence" in entry for _, entry in entries)


def _repeats(each: Instruction) -> bool:
    return isinstance(each.document, etv.Repeat) and each.document.repeat
