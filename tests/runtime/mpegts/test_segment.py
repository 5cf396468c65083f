"""The segmenter against every rule of HLS, over streams of any junctions, polled at any times."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate

import pytest
from hls_rules import Judge
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.mpegts.packet import CLOCK
from runtime.mpegts.segment import WINDOW_TARGETS, Facts, Segmenter
from runtime.mpegts.stream import Unit

FRAME = CLOCK // 25
EPOCH_MS = 1_795_000_000_000
GROUPS = st.sampled_from([12, 25, 30, 50, 75, 100, 250])


def dated(tick: int) -> int:
    return EPOCH_MS + round(tick / 90)


FACTS = Facts(dated, lambda first, last: b"")


def frames(lengths: list[int], group: int, first: int = 0) -> Iterator[Unit]:
    """The stream of items of so many frames: a keyframe at each one's begin, and each `group` frames on."""
    for begin, length in zip(accumulate(lengths, initial=first), lengths, strict=False):
        for n in range(length):
            key = n % group == 0
            yield Unit(b"K" if key else b"p", (begin + n) * FRAME, key, True)


def cut(segmenter: Segmenter, units: list[Unit]) -> list[bytes]:
    """Every segment that the units make."""
    made: dict[int, bytes] = {}
    for unit in units:
        segmenter.publish([unit], FACTS)
        newest = segmenter.segment(segmenter.next_sequence - 1)
        if newest is not None:
            made[newest.sequence] = newest.data
    return list(made.values())


@given(
    group=GROUPS,
    lengths=st.lists(st.integers(1, 400), min_size=8, max_size=40),
    polls=st.lists(st.floats(0.02, 1.4), min_size=1, max_size=20),
)
@settings(deadline=None, max_examples=150)
def test_no_rule_is_broken_whatever_the_junctions_and_whenever_one_asks(
    group: int, lengths: list[int], polls: list[float]
) -> None:
    segmenter, judge = Segmenter(group * FRAME, 100, 7), Judge(slack=1.4 + 0.05)
    number, next_poll = 0, 0.0
    for unit in frames(lengths, group):
        # The stream runs 2 s ahead: that much is there at once.
        now = max(0.0, unit.tick / CLOCK - 2)
        while next_poll < now:
            if segmenter.ready:
                judge.poll(segmenter.playlist("1/run-").encode(), next_poll)
                for uri in judge.owed(next_poll):
                    assert segmenter.segment(int(uri.rsplit("-", 1)[1].removesuffix(".ts"))) is not None
            next_poll += polls[number % len(polls)]
            number += 1
        segmenter.publish([unit], FACTS)
    assert judge.broken == []


@given(group=GROUPS, lengths=st.lists(st.integers(1, 400), min_size=8, max_size=40))
@settings(deadline=None, max_examples=60)
def test_the_playlist_changes_at_the_pace_that_players_expect(group: int, lengths: list[int]) -> None:
    segmenter, judge = Segmenter(group * FRAME, 100, 7), Judge(slack=0.001)
    for unit in frames(lengths, group):
        before = segmenter.next_sequence
        segmenter.publish([unit], FACTS)
        if segmenter.next_sequence > before and segmenter.ready:
            judge.poll(segmenter.playlist("1/run-").encode(), max(0.0, unit.tick / CLOCK - 2))
    assert judge.broken == []


@given(group=GROUPS, lengths=st.lists(st.integers(1, 400), min_size=4, max_size=20))
@settings(deadline=None, max_examples=60)
def test_the_segments_together_are_the_stream_and_each_begins_with_a_keyframe(
    group: int, lengths: list[int]
) -> None:
    units = list(frames(lengths, group))
    segments = cut(Segmenter(group * FRAME, 0, 0), units)
    whole = b"".join(unit.data for unit in units)
    assert whole.startswith(b"".join(segments))
    assert all(segment[:1] == b"K" for segment in segments)


@pytest.mark.parametrize(
    ("group_s", "target", "length_s"),
    [(1, 2, 1), (2, 3, 2), (4, 7, 4), (0.48, 2, 1.44), (0.04, 2, 1)],
)
def test_regular_groups_make_segments_of_a_group_or_a_second(
    group_s: float, target: int, length_s: float
) -> None:
    group = round(group_s * 25)
    segmenter = Segmenter(group * FRAME, 0, 0)
    lengths = [len(data) / 25 for data in cut(segmenter, list(frames([1000], group)))]
    assert segmenter.target == target
    assert set(lengths) == {length_s}


def test_a_viewer_who_comes_just_before_a_junction_gets_no_sliver_first() -> None:
    segmenter = Segmenter(50 * FRAME, 0, 0)
    lengths = [len(data) / 25 for data in cut(segmenter, list(frames([5, 500], 50)))]
    assert lengths[0] == 2.2


def test_what_comes_before_the_first_keyframe_is_left_out() -> None:
    units = list(frames([1000], 50))[13:]
    assert cut(Segmenter(50 * FRAME, 0, 0), units)[0][:1] == b"K"


def test_a_group_longer_than_was_promised_is_told_at_its_true_length() -> None:
    segmenter = Segmenter(50 * FRAME, 0, 0)
    segmenter.publish(frames([500], 250), FACTS)
    assert "#EXTINF:10.000000," in segmenter.playlist("")


def test_a_stream_that_begins_anew_is_a_discontinuity_and_goes_on_in_number() -> None:
    segmenter, judge = Segmenter(50 * FRAME, 40, 3), Judge(slack=10)
    segmenter.publish(frames([170], 50), FACTS)
    judge.poll(segmenter.playlist("").encode(), 0)
    segmenter.interrupt()
    segmenter.interrupt()
    for unit in frames([2000], 50):
        before = segmenter.next_sequence
        segmenter.publish([unit], FACTS)
        if segmenter.next_sequence > before:
            judge.poll(segmenter.playlist("").encode(), 5 + unit.tick / CLOCK)
    assert judge.broken == []
    assert {entry.period for entry in judge.seen.values()} == {3, 4}


def test_memory_is_that_of_the_window_and_of_what_left_it_lately() -> None:
    segmenter = Segmenter(50 * FRAME, 0, 0)
    stream = frames([25] * 10_000, 50)
    most = 0
    for unit in stream:
        segmenter.publish([unit], FACTS)
        kept = [segmenter.segment(n) for n in range(segmenter.next_sequence - 60, segmenter.next_sequence)]
        most = max(most, sum(1 for each in kept if each is not None))
        if segmenter.next_sequence > 400:
            break
    window_s = WINDOW_TARGETS * segmenter.target
    assert most * 2 <= 3 * window_s
    assert segmenter.segment(segmenter.next_sequence - 60) is None


@dataclass
class Polls:
    """A good run of polls that a negative control spoils."""

    texts: list[str]
    times: list[float]

    def judged(self) -> list[str]:
        judge = Judge(slack=0.1)
        for text, at in zip(self.texts, self.times, strict=True):
            judge.poll(text.encode(), at)
        return judge.broken


@pytest.fixture
def polls() -> Polls:
    segmenter, found = Segmenter(50 * FRAME, 5, 0), Polls([], [])
    for unit in frames([5000], 50):
        before = segmenter.next_sequence
        segmenter.publish([unit], FACTS)
        if segmenter.next_sequence > before:
            found.texts.append(segmenter.playlist("1/r-"))
            found.times.append(unit.tick / CLOCK)
    return found


def without_first(text: str, count: int) -> str:
    head, *entries = text.split("#EXT-X-PROGRAM-DATE-TIME")
    sequence = int(head.split("MEDIA-SEQUENCE:")[1].split("\n")[0])
    head = head.replace(f"MEDIA-SEQUENCE:{sequence}\n", f"MEDIA-SEQUENCE:{sequence + count}\n")
    return "#EXT-X-PROGRAM-DATE-TIME".join([head, *entries[count:]])


def changed(n: int, old: str, new: str) -> Callable[[Polls], None]:
    def spoil(polls: Polls) -> None:
        assert old in polls.texts[n]
        polls.texts[n] = polls.texts[n].replace(old, new, 1)

    return spoil


def later(polls: Polls) -> None:
    polls.times = [at + (9 if n > 30 else 0) for n, at in enumerate(polls.times)]


def sooner(polls: Polls) -> None:
    polls.times = [at - (1 if n > 30 else 0) for n, at in enumerate(polls.times)]


def shortened(polls: Polls) -> None:
    polls.texts[30:] = [without_first(text, 6) for text in polls.texts[30:]]


def stepped_back(polls: Polls) -> None:
    polls.texts[31] = polls.texts[29]


def emptied(polls: Polls) -> None:
    polls.texts[31] = polls.texts[31].split("#EXT-X-PROGRAM-DATE-TIME")[0]


def skipped(polls: Polls) -> None:
    head = polls.texts[31]
    sequence = int(head.split("MEDIA-SEQUENCE:")[1].split("\n")[0])
    polls.texts[31] = head.replace(f"SEQUENCE:{sequence}\n", f"SEQUENCE:{sequence + 30}\n")


def renamed(polls: Polls) -> None:
    polls.texts[31:] = [text.replace("1/r-", "1/s-") for text in polls.texts[31:]]


def reused(polls: Polls) -> None:
    polls.texts[31] = polls.texts[31].replace("1/r-36.ts", "1/r-9.ts")


def redated(polls: Polls) -> None:
    lines = polls.texts[31].split("\n")
    n = max(n for n, line in enumerate(lines) if "DATE-TIME" in line)
    lines[n] = "#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.000Z"
    polls.texts[31] = "\n".join(lines)


def jumped(polls: Polls) -> None:
    polls.texts[31:] = [
        text.replace("DISCONTINUITY-SEQUENCE:0", "DISCONTINUITY-SEQUENCE:2") for text in polls.texts[31:]
    ]


SPOILT: dict[str, Callable[[Polls], None]] = {
    "is over the target": changed(3, "EXTINF:2.0", "EXTINF:4.0"),
    "the target duration changed": changed(3, "TARGETDURATION:3", "TARGETDURATION:4"),
    "MEDIA-SEQUENCE went down": stepped_back,
    "segments were taken from the end": stepped_back,
    "segments were never listed": skipped,
    "now means something else": renamed,
    "is the name of two segments": reused,
    "s are listed of 3 ×": shortened,
    "lists nothing": emptied,
    "new only after": later,
    "new after": sooner,
    "DISCONTINUITY-SEQUENCE jumped": jumped,
    "DISCONTINUITY-SEQUENCE after a segment": changed(4, "ts\n", "ts\n#EXT-X-DISCONTINUITY-SEQUENCE:0\n"),
    "before the first listed segment": changed(
        3, "#EXT-X-INDEPENDENT", "#EXT-X-DISCONTINUITY\n#EXT-X-INDEPENDENT"
    ),
    "dates and lengths part": redated,
    "PROGRAM-DATE-TIME is no date": changed(3, "Z\n", "\n"),
    "a linear channel has an end": changed(3, "#EXT-X-VERSION:6", "#EXT-X-VERSION:6\n#EXT-X-ENDLIST"),
    "does not begin with #EXTM3U": changed(3, "#EXTM3U\n", ""),
    "a byte order mark": changed(3, "#EXTM3U", "\ufeff#EXTM3U"),
    "the version is too low": changed(3, "VERSION:6", "VERSION:3"),
    "#EXT-X-INDEPENDENT-SEGMENTS must stand": changed(3, "#EXT-X-INDEPENDENT-SEGMENTS\n", ""),
    "a segment without length": changed(3, "#EXTINF:2.000000,\n", ""),
    "unknown tags": changed(3, "#EXT-X-VERSION", "#EXT-X-VERSOIN:1\n#EXT-X-VERSION"),
}


def test_the_judge_finds_nothing_in_a_good_run(polls: Polls) -> None:
    assert polls.judged() == []


@pytest.mark.parametrize("rule", SPOILT)
def test_the_judge_rejects_each_broken_rule(polls: Polls, rule: str) -> None:
    SPOILT[rule](polls)
    assert any(rule in broken for broken in polls.judged()), polls.judged()


def packet(pid: int, *, start: bool = False, key: bool = False) -> bytes:
    head = bytes((0x47, (0x40 if start else 0) | pid >> 8, pid & 0xFF, 0x30, 1, 0x40 if key else 0))
    return head + bytes(188 - len(head))


PAT, PMT, KEY, FURTHER = packet(0), packet(0x1000), packet(0x100, start=True, key=True), packet(0x100)


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (PAT + PMT + KEY + FURTHER, None),
        (PAT + PMT + KEY + FURTHER[:100], "whole packets"),
        (KEY + PAT + PMT + FURTHER, "PAT and PMT"),
        (PAT + PMT + packet(0x100, start=True) + KEY, "a keyframe"),
    ],
)
def test_the_judge_looks_into_the_segments(data: bytes, rule: str | None) -> None:
    judge = Judge()
    judge.segment(data)
    assert [found for found in judge.broken if rule and rule in found] == judge.broken
    assert bool(judge.broken) == bool(rule)


def test_the_judge_reads_the_headers() -> None:
    judge = Judge()
    judge.answer({}, segment=True)
    judge.answer({"content-type": "application/vnd.apple.mpegurl"}, segment=False)
    assert len(judge.broken) == 5
