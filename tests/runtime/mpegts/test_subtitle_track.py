from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest
from display_sets import HD, drawn, file_of

from runtime.mpegts.display import Display, Malformed, Plane, read_display
from runtime.mpegts.display_file import DisplayFile
from runtime.mpegts.packet import CLOCK, PACKET
from runtime.mpegts.subtitle_track import ALIVE, Overlay, SubtitleTrack

FRAME = CLOCK // 25
Sets = Sequence[tuple[float, Display | None]]
FILM: Sets = [(1, drawn(1)), (2, drawn(2)), (3, None), (5, drawn(3)), (6, None)]


def overlay(sets: Sets = FILM, at: float = 0, plane: Plane = HD) -> Overlay:
    return Overlay(DisplayFile(file_of(sets)), plane, round(at * CLOCK))


def sent(track: SubtitleTrack, first: float, last: float, gop: float = 1000) -> list[tuple[float, str]]:
    """What is sent in a stretch, by the second: a set's mark, `again`, `clear`, or `-` for nothing said."""
    found = []
    for frame in range(round(first * 25), round(last * 25)):
        field = track.at(frame * FRAME, keyframe=frame % round(gop * 25) == 0)
        if field is not None:
            found.append((frame / 25, _words(field)))
    return found


def _words(field: bytes) -> str:
    if field[3] == 0xFF:
        return "-"
    display = read_display(field)
    if not display.regions:
        return "clear"
    return f"{display.parts[-1]}{' again' if field[20] >> 2 & 3 == 1 else ''}"


def said(track: SubtitleTrack, first: float, last: float, gop: float = 1000) -> list[tuple[float, str]]:
    return [each for each in sent(track, first, last, gop) if each[1] != "-"]


def test_each_set_is_sent_with_the_frame_from_which_on_it_stands() -> None:
    track = SubtitleTrack()
    track.begin(overlay(), 0)
    assert said(track, 0, 8) == [(1, "1"), (2, "2"), (3, "clear"), (5, "3"), (6, "clear")]


def test_an_item_joined_in_the_middle_of_a_set_begins_with_it() -> None:
    track = SubtitleTrack()
    track.begin(overlay(at=2.5), 10 * CLOCK)
    assert said(track, 10, 12) == [(10, "2"), (10.52, "clear")]


def test_what_stands_is_sent_again_with_each_keyframe() -> None:
    track = SubtitleTrack()
    track.begin(overlay(), 0)
    assert said(track, 0, 4, gop=0.8) == [
        *((1, "1"), (1.6, "1 again"), (2, "2"), (2.4, "2 again"), (3, "clear"))
    ]


def test_where_each_picture_is_a_keyframe_a_set_is_sent_again_now_and_then() -> None:
    track = SubtitleTrack()
    track.begin(overlay(), 0)
    assert said(track, 0, 2, gop=0.04) == [(1, "1"), (1.04, "1 again"), (1.44, "1 again"), (1.84, "1 again")]


def test_nothing_stays_on_screen_over_a_junction() -> None:
    track = SubtitleTrack()
    track.begin(overlay(), 0)
    assert said(track, 0, 1.6) == [(1, "1")]
    track.begin(None, round(1.6 * CLOCK))
    assert said(track, 1.6, 9) == [(1.6, "clear")]
    # The same item again, at the same set: it is another one.
    track.begin(overlay(at=1.5), 9 * CLOCK)
    assert said(track, 9, 9.2) == [(9, "1")]
    track.begin(overlay(at=1.5), round(9.2 * CLOCK))
    assert said(track, 9.2, 9.4) == [(9.2, "1")]
    track.begin(overlay(), round(9.4 * CLOCK))
    assert said(track, 9.4, 10) == [(9.4, "clear")]


def test_the_stream_is_never_silent_for_a_second() -> None:
    track = SubtitleTrack()
    track.begin(overlay(), 0)
    frames = [round(at * 25) for at, _ in sent(track, 0, 20)]
    assert max(b - a for a, b in itertools.pairwise(frames)) <= ALIVE // FRAME
    assert (0, "-") in sent(SubtitleTrack(), 0, 1)


def test_versions_tell_each_page_and_each_plane_from_the_one_before() -> None:
    track, pages, planes = SubtitleTrack(), [], []
    for number in range(20):
        plane = Plane(1920, 1080 + number)
        track.begin(overlay([(0, drawn(number)), (0.5, None)], plane=plane), number * CLOCK)
        for frame in range(number * 25, number * 25 + 25):
            field = track.at(frame * FRAME, keyframe=False)
            if field is not None and _words(field) != "-":
                pages.append(field[20] >> 4)
                planes.append((field[8] >> 4, field[11:13]))
    assert len(pages) == 40 and all((two - one) % 16 == 1 for one, two in itertools.pairwise(pages))
    assert [number for number, _ in planes[::2]] == [number % 16 for number in range(1, 21)]
    # What takes a page off is for the plane that this was on.
    assert planes[::2] == planes[1::2]


def test_pictures_without_an_end_stand_until_the_next_ones() -> None:
    track = SubtitleTrack()
    track.begin(overlay([(1, drawn(1)), (1.00002, None), (3, drawn(2)), (3.00002, None)]), 0)
    assert said(track, 0, 5) == [(1, "1"), (3, "2")]


def test_of_an_end_and_pictures_at_once_nobody_sees_the_end() -> None:
    track = SubtitleTrack()
    track.begin(overlay([(1, drawn(1)), (2, None), (2.00001, drawn(2)), (3, None)]), 0)
    assert said(track, 0, 4) == [(1, "1"), (2, "2"), (3, "clear")]


def test_a_receiver_that_gets_nothing_more_takes_a_page_off() -> None:
    track = SubtitleTrack()
    track.begin(overlay([(0, drawn(1)), (4, None), (5, drawn(2))]), 0)
    fields = [track.at(frame * FRAME, keyframe=False) for frame in range(150)]
    seconds = [field[19] for field in fields if field is not None and _words(field) != "-"]
    assert (seconds[0], seconds[-1]) == (6, 255)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"no stream" * 100, "no transport stream"),
        (file_of([(0, Display(None, drawn(1).regions, bytes(6) * 11_000))]), "too large"),
    ],
)
def test_a_file_that_cannot_be_sent_says_why(data: bytes, why: str) -> None:
    with pytest.raises(Malformed, match=why):
        DisplayFile(data)


def test_a_file_without_pictures_shows_none() -> None:
    file = DisplayFile(file_of([]) + b"\x47")
    assert file.size is None and file.at(CLOCK) is None
    assert DisplayFile(file_of(FILM)[: -PACKET // 2]).at(9 * CLOCK) == 3
