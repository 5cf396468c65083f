"""When what was cued is what must play, and who wears what."""

from __future__ import annotations

from dataclasses import replace

import pytest
from stations import HD

from exstv.timeline.model import ItemKind, Media, PlayoutItem, Presentation, Source
from runtime.cue import Cued
from runtime.playhead import Window
from runtime.segment import Segment
from runtime.status import Step

FILM = Media(id="f:a", source="f", kind="movie", title="A", duration_ms=60_000, locator="a")
SOURCE = Source(name="f", type="local", definition="{}")
OWN, DUTCH = Presentation(watermark_image="bug.png"), Presentation(audio_languages=("nl",))


def item(presentation: int | None) -> PlayoutItem:
    return PlayoutItem(
        channel="c",
        seq=0,
        start_ms=0,
        finish_ms=60_000,
        in_point_ms=0,
        out_point_ms=60_000,
        media_id="f:a",
        kind=ItemKind.CONTENT,
        presentation=presentation,
        rule="",
        file="",
        line=1,
    )


def window(**presentations: Presentation) -> Window:
    return Window(
        channel="c",
        channel_name="C",
        start_ms=0,
        finish_ms=60_000,
        profile=HD,
        items=(),
        media={"f:a": FILM},
        sources={"f": SOURCE},
        programmes={},
        fallbacks=(),
        presentations={int(name[1:]): worn for name, worn in presentations.items()},
    )


@pytest.mark.parametrize(
    ("number", "worn"), [(None, OWN), (1, DUTCH), (0, OWN)], ids=["the channel's", "its own", "by number"]
)
def test_an_item_wears_its_own_presentation_or_the_channels(number: int | None, worn: Presentation) -> None:
    assert window(p0=OWN, p1=DUTCH).worn_by(item(number)) == worn


def test_a_channel_that_says_nothing_is_unadorned() -> None:
    assert window().worn_by(item(None)) == window().worn_by(None) == Presentation()


def test_an_item_that_is_to_look_different_is_cued_anew() -> None:
    segment = Segment(Step.ITEM, 0, 1500, item(None), "f:a")
    cued = Cued(segment, FILM, SOURCE, "A", OWN)
    assert cued.still_right(segment, window(p0=OWN))
    assert not cued.still_right(segment, window(p0=DUTCH))
    # Another number for the same looks is no change.
    same = replace(segment, item=item(1))
    assert cued.still_right(same, window(p0=DUTCH, p1=OWN))
