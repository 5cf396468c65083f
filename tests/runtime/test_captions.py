from __future__ import annotations

import pytest
from web_vtt import read_cues

from runtime.caption_track import HOUR_TICKS, KEPT_TICKS, CaptionTrack, Spoken
from runtime.captions import Caption, Captions, UnreadableText, read_captions
from runtime.mpegts.packet import CLOCK, WRAP

HEAD = """\
[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, \
Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, \
MarginR, MarginV, Encoding
Style: Default,Arial,16,&Hffffff,&Hffffff,&H0,&H0,0,0,0,0,100,100,0,0,1,1,0,2,10,10,10,1
Style: Sign,Arial,16,&Hffffff,&Hffffff,&H0,&H0,0,-1,0,0,100,100,0,0,1,1,0,2,10,10,10,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""
SECOND = CLOCK


def ass(*lines: str) -> str:
    return HEAD + "".join(f"Dialogue: 0,{line}\n" for line in lines)


def said(text: str, style: str = "Default") -> str:
    (caption,) = read_captions(ass(f"0:00:01.00,0:00:02.50,{style},,0,0,0,,{text}")).all
    assert (caption.start_ms, caption.finish_ms) == (1000, 2500)
    return caption.text


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Hallo", "Hallo"),
        (r"{\i1}Hallo{\i0}, {\b1\u1}wereld", "<i>Hallo</i>, <b><u>wereld</u></b>"),
        (r"one\Ntwo\n\N three", "one\ntwo\nthree"),
        (r"a\hb", "a\N{NO-BREAK SPACE}b"),
        ("R&D <b> --> x", "R&amp;D &lt;b&gt; --&gt; x"),
        (r"{\an8\pos(1,2)\c&HFF0000&}high up", "high up"),
        (r"{\p1}m 0 0 l 1 1{\p0}box", "box"),
        (r"{\k1}{\k2}" * 200 + "la", "la"),
    ],
)
def test_a_text_keeps_what_webvtt_has_of_its_looks(written: str, shown: str) -> None:
    assert said(written) == shown


def test_a_style_in_italics_is_in_italics() -> None:
    assert said(r"{\i0}The{\r} end", "Sign") == "The<i> end</i>"


def test_what_says_nothing_is_no_caption_and_layers_are_one() -> None:
    times = "0:00:01.00,0:00:02.00,Default,,0,0,0,,"
    lines = [f"{times}x", f"{times}x", rf"{times} \N ", "0:00:02.00,0:00:02.00,Default,,0,0,0,,never"]
    assert read_captions(ass(*lines) + f"Comment: 0,{times}note\n").all == (Caption(1000, 2000, "x"),)
    two = read_captions(ass("0:00:02.00,0:00:03.00,Default,,0,0,0,,late", f"{times}- No!", f"{times}- Ah."))
    assert [each.text for each in two.all] == ["- No!", "- Ah.", "late"]


@pytest.mark.parametrize("text", ["", "rubbish", HEAD, "\0\0", HEAD + "Dialogue: 0,x\n"])
def test_rubbish_is_told_or_says_nothing(text: str) -> None:
    try:
        assert read_captions(text).all == ()
    except UnreadableText as error:
        assert "cannot be read" in str(error)


FILM = Captions((Caption(0, 1000, "a"), Caption(500, 9000, "b"), Caption(3000, 4000, "c")))


def texts(data: bytes) -> list[str]:
    return [cue.text for cue in read_cues(data)]


def test_a_caption_is_in_each_segment_that_shows_it_with_all_of_its_time() -> None:
    track = CaptionTrack(CLOCK, "s")
    track.begin(Spoken(10 * SECOND, 30 * SECOND, 0, FILM))
    first, second = (read_cues(track.segment(at * SECOND, (at + 2) * SECOND)) for at in (10, 12))
    assert [cue.text for cue in first] == ["a", "b"] and [cue.text for cue in second] == ["b", "c"]
    assert first[1] == second[0]
    assert ((second[0].start, second[0].finish)) == (11.5 * SECOND, 20 * SECOND)
    assert texts(track.segment(0, 10 * SECOND)) == texts(track.segment(20 * SECOND, 22 * SECOND)) == []


def test_an_item_joined_in_the_middle_says_what_is_left_of_it() -> None:
    track = CaptionTrack(0, "s")
    track.begin(Spoken(0, 5 * SECOND, 700, FILM))
    cues = read_cues(track.segment(0, 2 * SECOND))
    assert [(cue.start, cue.finish, cue.text) for cue in cues] == [
        (0, 0.3 * SECOND, "a"),
        (0, 5 * SECOND, "b"),
    ]


def test_nothing_stays_on_screen_over_a_junction() -> None:
    track = CaptionTrack(0, "s")
    track.begin(Spoken(0, 5 * SECOND, 0, FILM))
    track.cut(2 * SECOND)
    track.begin(Spoken(3 * SECOND, 6 * SECOND, 3500, FILM))
    cues = read_cues(track.segment(SECOND, 4 * SECOND))
    assert [(cue.start, cue.finish, cue.text) for cue in cues] == [
        (SECOND // 2, 2 * SECOND, "b"),
        (3 * SECOND, 6 * SECOND, "b"),
        (3 * SECOND, 3.5 * SECOND, "c"),
    ]
    assert len({cue.name for cue in cues}) == 3


def test_a_stream_that_begins_anew_has_cues_of_other_names() -> None:
    names = []
    for name in ("a1", "a2"):
        track = CaptionTrack(0, name)
        track.begin(Spoken(0, 5 * SECOND, 0, FILM))
        names.append({cue.name for cue in read_cues(track.segment(0, 2 * SECOND))})
    assert not names[0] & names[1]


@pytest.mark.parametrize("hours", [0, 1, 2, 26, 27, 1000])
def test_times_are_the_streams_own_at_any_age_and_never_before_zero(hours: int) -> None:
    begun = hours * HOUR_TICKS - SECOND if hours else 0
    track = CaptionTrack(CLOCK, "s")
    track.begin(Spoken(begun, begun + 20 * SECOND, 0, FILM))
    names = set()
    for at in (begun, begun + 2 * SECOND):
        shown = next(cue for cue in read_cues(track.segment(at, at + 2 * SECOND)) if cue.text == "b")
        assert shown.start == (CLOCK + begun + SECOND // 2) % WRAP
        assert (shown.finish - shown.start) % WRAP == 8.5 * SECOND
        names.add(shown.name)
    assert len(names) == 1


def test_what_was_said_long_ago_is_forgotten() -> None:
    track = CaptionTrack(0, "s")
    for n in range(1000):
        track.begin(Spoken(n * 60 * SECOND, (n + 1) * 60 * SECOND, 0, FILM))
    assert len(track._spoken) <= KEPT_TICKS // (60 * SECOND) + 2
    assert texts(track.segment(999 * 60 * SECOND, 1000 * 60 * SECOND)) == ["a", "b", "c"]
