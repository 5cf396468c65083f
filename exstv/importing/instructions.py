"""Instructions of ErsatzTV's sequential schedules as entries of a loop.

ErsatzTV runs its instructions from the top, and some change what holds for all after them (`pre_roll`,
`epg_group`); here each entry says for itself what holds for it. A sequence that is used while something else
holds becomes a schedule of its own for that. Owns what holds where; content is contents.py's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ruamel.yaml.comments import CommentedMap

from exstv.importing import sequential_documents as etv
from exstv.importing.contents import Content
from exstv.importing.model import Names, Report
from exstv.importing.writing import NULL, flow, listing, plain, put, quoted
from exstv.nodes import Node
from exstv.units import format_duration, format_time_of_day

_SPACING = re.compile(r"last_mid_filler\s*>=?\s*(\d{1,5})")
_ALWAYS = re.compile(r"\s*(true|1\s*=\s*1)\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Instruction:
    """One instruction, and where it is written."""

    document: etv.Part
    node: Node


@dataclass(frozen=True)
class _Holding:
    """What holds for an entry because of instructions before it."""

    pre_roll: str | None = None
    mid_roll: str | None = None
    post_roll: str | None = None
    group: str = ""
    """`open`: the next entry begins one entry of the guide, `inside`: it belongs to that."""


@dataclass(frozen=True)
class Given:
    """All that a schedule refers to."""

    contents: Mapping[str, Content]
    sequences: Mapping[str, tuple[Instruction, ...]]
    start_at: Mapping[str, dict[str, int]]
    """By the keys of contents: what `reset` skips to."""


@dataclass
class _List:
    """The entries of one loop as they are made, each with its comment."""

    entries: list[tuple[str, CommentedMap]] = field(default_factory=list)


class Translator:
    """Makes schedules and fillers out of instructions; owns their documents."""

    def __init__(self, given: Given, report: Report, names: Names) -> None:
        """Begins without any."""
        self.schedules = CommentedMap()
        self.filler = CommentedMap()
        self._given = given
        self._report = report
        self._names = names
        self._made: dict[tuple[str, _Holding], tuple[str, _Holding]] = {}
        self._presets: dict[tuple[str, str, str], str | None] = {}
        self._fallbacks: dict[str, str] = {}

    def playout(self, name: str, instructions: Iterable[Instruction]) -> None:
        """The schedule of a channel."""
        instructions = tuple(instructions)
        ends = [index for index, each in enumerate(instructions) if _repeats(each)]
        if not ends:
            self._report.explain("ErsatzTV plays this list once and stops; a loop begins again")
        elif rest := instructions[ends[0] + 1 :]:
            self._report.lose(rest[0].node, "what stands behind `repeat`, which never comes")
        lead = self._report.comment()
        holding = self._loop(name, instructions[: ends[0]] if ends else instructions, _Holding(), lead)
        if ends and holding != _Holding():
            self._report.lose(
                instructions[ends[0]].node, "what is still on at `repeat` is off when the list begins again"
            )
            put(self.schedules, name, self.schedules[name], self._report.comment(), depth=1)

    def _loop(
        self, name: str, instructions: Iterable[Instruction], holding: _Holding, lead: str = ""
    ) -> _Holding:
        made = _List()
        for each in instructions:
            holding = self._take(each, holding, made)
        after = self._report.comment()
        if not made.entries:
            # A loop needs an entry; this one lasts no time.
            made.entries.append(("", flow(wait_until=quoted("00:00"))))
        schedule = CommentedMap(kind="loop")
        words = "\n".join(
            each for each in (lead, f"at the end of the list: {after}" if after else "") if each
        )
        put(schedule, "items", listing(made.entries, 3), words, depth=2)
        self.schedules[name] = schedule
        return holding

    def _take(self, each: Instruction, holding: _Holding, made: _List) -> _Holding:
        document = each.document
        if isinstance(document, etv.Playing):
            return self._play(each, document, holding, made)
        if isinstance(document, etv.SequenceUse):
            return self._sequence(each, document, holding, made)
        if isinstance(document, etv.WaitUntil):
            until, tomorrow = quoted(format_time_of_day(document.wait_until)), document.tomorrow or None
            self._add(made, flow(wait_until=until, tomorrow=tomorrow))
            return holding
        if isinstance(document, etv.EpgGroup):
            group = ("open" if document.advance else "inside") if document.epg_group else ""
            return replace(holding, group=group)
        if isinstance(document, etv.PreRoll | etv.MidRoll | etv.PostRoll):
            return self._roll(each, document, holding)
        self._lose(each)
        return holding

    def _add(self, made: _List, entry: CommentedMap) -> None:
        made.entries.append((self._report.comment(), entry))

    def _play(self, each: Instruction, document: etv.Playing, holding: _Holding, made: _List) -> _Holding:
        content = self._content(document.content)
        words = content.words(self._given.start_at.get(document.content.lower()))
        words |= self._amount(each, document)
        filler = {"pre_roll": holding.pre_roll, "mid_roll": None, "post_roll": holding.post_roll}
        if isinstance(document, etv.All | etv.Count):
            # ErsatzTV breaks no other content.
            filler["mid_roll"] = holding.mid_roll
        filler |= words.pop("filler", {})
        words["filler"] = flow(**filler) if any(filler.values()) else None
        words["guide"] = self._guide(document, holding)
        words["watermark"] = NULL if document.disable_watermarks else None
        pad = words.pop("pad", {})
        self._add(made, flow(**pad, **words))
        return replace(holding, group="inside" if holding.group else "")

    def _guide(self, document: etv.Playing, holding: _Holding) -> CommentedMap | None:
        show = {"open": "block", "inside": "hidden"}.get(holding.group)
        if document.filler_kind != "none":
            show = "hidden"
        title = plain(document.custom_title) if document.custom_title else None
        if show == "hidden":
            # Its title would be nobody's: it is a part of the entry before.
            title = None
        return flow(title=title or None, show=show) if title or show else None

    def _amount(self, each: Instruction, document: etv.Playing) -> dict[str, Any]:
        """How much plays, as the words of an entry; `pad` holds those that come first."""
        match document:
            case etv.All():
                return {"mode": "multiple", "count": "all"}
            case etv.Count():
                count = self._count(each, document.count)
                return {} if count == 1 else {"mode": "multiple", "count": count}
            case etv.Duration():
                return {
                    "mode": "duration",
                    "duration": format_duration(document.duration),
                    **self._filling(each, document),
                }
            case etv.PadToNext():
                if 60 % document.pad_to_next:
                    self._report.lose(
                        each.node, "marks that begin anew each hour: here they count from midnight"
                    )
                pad = {"pad_to": format_duration(document.pad_to_next * 60_000)}
                return {"pad": pad, **self._filling(each, document)}
            case etv.PadUntil():
                pad_until: dict[str, Any] = {"pad_until": quoted(format_time_of_day(document.pad_until))}
                if self._tomorrow(each, document.tomorrow):
                    pad_until["tomorrow"] = True
                return {"pad": pad_until, **self._filling(each, document)}
        raise AssertionError(document)

    def _count(self, each: Instruction, count: int | str) -> int | str:
        text = str(count).strip()
        if text == "count":
            return "all"
        if text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= 100_000:
            return int(text)
        self._report.lose(each.node, f"the expression `{text}`: one item plays")
        return 1

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
            words["filler"] = {"tail": NULL, "fallback": self._fallback(document.fallback)}
            return words
        is_pad = not isinstance(document, etv.Duration)
        dark = document.offline_tail
        if dark is None:
            dark = isinstance(document, etv.PadToNext)
        if is_pad and not dark and not document.trim:
            self._report.explain("where this falls short ErsatzTV goes on at once; here the filler fills it")
        if not is_pad:
            words["tail"] = "offline" if dark else "none"
        return words

    def _fallback(self, key: str) -> str:
        if key not in self._fallbacks:
            name = self._names_of_filler(f"{key}-fallback")
            self.filler[name] = flow(**self._content(key).words(), mode="loop")
            self._fallbacks[key] = name
        return self._fallbacks[key]

    def _content(self, key: str) -> Content:
        return self._given.contents[key.lower()]

    def _names_of_filler(self, wanted: str) -> str:
        return Names(self.filler).new(wanted)

    def _sequence(
        self, each: Instruction, document: etv.SequenceUse, holding: _Holding, made: _List
    ) -> _Holding:
        uses: list[list[Any]] = []
        for _ in range(document.repeat):
            name, holding = self._variant(document.sequence, holding)
            if uses and uses[-1][0] == name:
                uses[-1][1] += 1
            else:
                uses.append([name, 1])
        for name, times in uses:
            self._add(made, flow(sequence=name, repeat=times if times > 1 else None))
        return holding

    def _variant(self, key: str, holding: _Holding) -> tuple[str, _Holding]:
        """The schedule of a sequence where this holds, and what holds after it."""
        found = self._made.get((key.lower(), holding))
        if found is None:
            name = self._names.new(key)
            # What waits for a comment belongs to the entry that uses the sequence.
            waiting = self._report.comment()
            after = self._loop(name, self._given.sequences[key.lower()], holding)
            if waiting:
                self._report.explain(waiting)
            found = self._made[key.lower(), holding] = (name, after)
        return found

    def _roll(
        self, each: Instruction, document: etv.PreRoll | etv.MidRoll | etv.PostRoll, holding: _Holding
    ) -> _Holding:
        which = next(word for word in ("pre_roll", "mid_roll", "post_roll") if hasattr(document, word))
        preset = None
        if getattr(document, which):
            if document.sequence is None:
                self._report.lose(each.node, f"`{which}` without a sequence")
            else:
                expression = document.expression if isinstance(document, etv.MidRoll) else "true"
                preset = self._preset(each, which, document.sequence, expression)
        if which == "pre_roll":
            return replace(holding, pre_roll=preset)
        return (
            replace(holding, mid_roll=preset) if which == "mid_roll" else replace(holding, post_roll=preset)
        )

    def _preset(self, each: Instruction, which: str, key: str, expression: str) -> str | None:
        known = (which if which == "mid_roll" else "", key.lower(), expression)
        if known not in self._presets:
            # What waits for a comment belongs to the next entry.
            waiting = self._report.comment()
            words = self._preset_words(each, key)
            if words is not None and which == "mid_roll":
                words |= self._breaks(each, expression)
            self._presets[known] = None
            if words is not None:
                name = self._names_of_filler(key)
                put(self.filler, name, flow(**words), self._report.comment(), depth=1)
                self._presets[known] = name
            if waiting:
                self._report.explain(waiting)
        return self._presets[known]

    def _preset_words(self, each: Instruction, key: str) -> dict[str, Any] | None:
        """A sequence that plays one content as a filler; None where there is nothing to play."""
        playing = [one for one in self._given.sequences[key.lower()] if isinstance(one.document, etv.Playing)]
        if len(self._given.sequences[key.lower()]) > 1:
            self._report.lose(each.node, f"all of the sequence `{key}` but the first thing that it plays")
        if not playing:
            self._report.lose(each.node, f"the sequence `{key}`, which plays nothing by itself")
            return None
        document = playing[0].document
        assert isinstance(document, etv.Playing)
        words = self._content(document.content).words(self._given.start_at.get(document.content.lower()))
        if isinstance(document, etv.Duration):
            return {**words, "mode": "duration", "duration": format_duration(document.duration)}
        count: int | str = 1
        if isinstance(document, etv.Count):
            count = self._count(playing[0], document.count)
        if not isinstance(document, etv.Count) or not isinstance(count, int) or count > 1000:
            self._report.lose(playing[0].node, "how much of it a filler plays: it plays one")
            count = 1
        return {**words, "mode": "count", "count": count}

    def _breaks(self, each: Instruction, expression: str) -> dict[str, Any]:
        """Where a mid-roll breaks an item: at chapters, of which ErsatzTV's expression chooses some."""
        words: dict[str, Any] = {"at": "chapters"}
        for part in re.split(r"\s+and\s+|\s*&&\s*", expression, flags=re.IGNORECASE):
            if spacing := _SPACING.fullmatch(part.strip()):
                words["every"] = format_duration(max(1, int(spacing[1])) * 1000)
            elif not _ALWAYS.fullmatch(part):
                self._report.lose(each.node, f"`{part.strip()}`, which chooses chapters for breaks")
        return words

    def _lose(self, each: Instruction) -> None:
        """Tells of an instruction without a counterpart."""
        match each.document:
            case etv.SkipItems(skip_items=amount) if str(amount).strip() in ("0", "count"):
                # Once round is where it was.
                return
            case etv.SkipItems():
                what = f"`skip_items: {each.document.skip_items}` of `{each.document.content}`"
            case etv.SkipToItem():
                what = (
                    f"`skip_to_item` of `{each.document.content}`: `seek` moves progress once, not each time"
                )
            case etv.ShuffleSequence():
                what = f"`shuffle_sequence: {each.document.shuffle_sequence}`: its entries keep their order"
            case etv.WatermarkSwitch(watermark=False) | etv.GraphicsOff() | etv.Repeat():
                # Nothing was on; and what repeats ends the list.
                return
            case etv.WatermarkSwitch():
                what = f"the watermark `{each.document.name}`, whose picture ErsatzTV's database holds"
            case etv.GraphicsOn():
                what = f"the graphics `{each.document.graphics_on}`"
            case _:
                what = "this instruction"
        self._report.lose(each.node, what)


def _repeats(each: Instruction) -> bool:
    return isinstance(each.document, etv.Repeat) and each.document.repeat
