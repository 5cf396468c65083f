"""The guide against the DTD's order and the checks that no validator makes."""

from __future__ import annotations

import re
from itertools import pairwise
from operator import itemgetter
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from msgspec import structs
from msgspec.structs import replace
from plain_xmltv import CAST
from written_guide import written

from exstv.timeline.model import Channel, Media, Programme, ProgrammeKind, Timeline
from exstv.units import DAY_MS

# xmltv.dtd, the children of `programme` in order.
ORDER = (
    *("title", "sub-title", "desc", "credits", "date", "category", "keyword", "language", "orig-language"),
    *("length", "icon", "url", "country", "episode-num", "video", "audio", "previously-shown", "premiere"),
    *("last-chance", "new", "subtitles", "rating", "star-rating", "review", "image"),
)
STAMP = re.compile(r"\d{14} \+0000")
CONTROL = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
CHANNEL = Channel(
    key="beta", number="2.5", name="Beta", xmltv_id="beta.harbour", timezone="UTC", profile="hd"
)
START_MS = 1_700_000_000_000
PROGRAMME = Programme(
    channel="beta",
    id="p",
    kind=ProgrammeKind.PROGRAMME,
    start_ms=START_MS,
    finish_ms=START_MS + 60_000,
    title="News",
)


FILM = Media(id="films:a", source="films", kind="movie", title="A", duration_ms=5_400_000, locator="a")


def guide(
    *programmes: Programme, channels: tuple[Channel, ...] = (CHANNEL,), media: tuple[Media, ...] = ()
) -> Element:
    return ElementTree.fromstring(written(channels, programmes, media).encode())


def only(**parts: object) -> Element:
    found = guide(replace(PROGRAMME, **parts)).findall("programme")
    assert len(found) == 1
    return found[0]


def showing(**facts: object) -> Element:
    """The one programme that shows a film of which this is known."""
    programme = replace(PROGRAMME, media_id=FILM.id, categories=("Noir",), season=1, episode=2, rating="PG")
    return guide(programme, media=(replace(FILM, **facts),)).findall("programme")[0]


def airings(*shown: str | None, released: str | None = None, channel: str = "beta") -> list[Programme]:
    """A programme a day that shows these media."""
    return [
        replace(
            PROGRAMME,
            channel=channel,
            start_ms=START_MS + day * DAY_MS,
            finish_ms=START_MS + (day + 1) * DAY_MS,
            media_id=media_id,
            released=released,
        )
        for day, media_id in enumerate(shown)
    ]


def marks(*programmes: Programme, channels: tuple[Channel, ...] = (CHANNEL,)) -> list[str]:
    """What each programme is called: new, or previously shown and when."""
    return [
        " ".join(
            part
            for child in programme
            if child.tag in ("new", "previously-shown")
            for part in (child.tag, *child.attrib.values())
        )
        for programme in guide(*programmes, channels=channels).findall("programme")
    ]


def text_of(element: Element, tag: str) -> str | None:
    return element.findtext(tag)


def test_a_whole_guide_keeps_the_order_of_the_dtd(timeline: Timeline) -> None:
    root = guide(*timeline.programmes, channels=timeline.channels)

    assert root.tag == "tv"
    tags = [child.tag for child in root]
    assert tags == sorted(tags), "channels come before programmes"
    for programme in root.findall("programme"):
        places = [ORDER.index(child.tag) for child in programme]
        assert places == sorted(places)
        assert set(programme.attrib) == {"start", "stop", "channel"}


def test_programmes_of_a_channel_neither_overlap_nor_leave_a_gap(timeline: Timeline) -> None:
    root = guide(*timeline.programmes, channels=timeline.channels)

    for channel in timeline.channels:
        listed = root.findall(f"programme[@channel='{channel.xmltv_id}']")
        assert len(listed) == sum(row.channel == channel.key for row in timeline.programmes)
        for programme in listed:
            assert STAMP.fullmatch(programme.attrib["start"])
            assert programme.attrib["stop"] > programme.attrib["start"]
        for before, after in pairwise(listed):
            assert before.attrib["stop"] == after.attrib["start"]


@settings(max_examples=5, deadline=None)
@given(st.lists(st.integers(1, 5_000), min_size=1, max_size=30), st.integers(0, 999))
def test_neighbours_still_meet_after_rounding_to_seconds(lengths: list[int], offset: int) -> None:
    at_ms, programmes = START_MS + offset, []
    for length in lengths:
        programmes.append(replace(PROGRAMME, start_ms=at_ms, finish_ms=at_ms + length))
        at_ms += length

    listed = guide(*programmes).findall("programme")

    assert all(programme.attrib["stop"] > programme.attrib["start"] for programme in listed)
    assert all(a.attrib["stop"] == b.attrib["start"] for a, b in pairwise(listed))


def test_times_are_utc_with_a_numeric_zone() -> None:
    programme = only()

    assert programme.attrib == {
        "start": "20231114221320 +0000",
        "stop": "20231114221420 +0000",
        "channel": "beta.harbour",
    }


def test_a_channel_has_three_names_and_its_logo() -> None:
    channel = guide(channels=(replace(CHANNEL, logo="http://h/a.png?x=1&y=2"),)).find("channel")

    assert channel is not None
    assert [name.text for name in channel.findall("display-name")] == ["2.5 Beta", "2.5", "Beta"]
    assert [(child.tag, child.get("src")) for child in channel][-1] == ("icon", "http://h/a.png?x=1&y=2")


def test_the_document_begins_with_its_declaration() -> None:
    assert written((), (), ()).startswith('<?xml version="1.0" encoding="UTF-8"?>\n<tv ')


TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
"""Any that a file can hold; with what needs care more often than chance has it."""
CARE = st.sampled_from(
    (
        "]]>",
        '"quoted" <b>&amp;</b>',
        "a\x00\x08\x0b\x1f\x7f\x85\ufffe\uffffb",
        "one\r\ntwo\tthree 📺",
        "&",
        "'",
        "",
    )
)


@settings(max_examples=5, deadline=None)
@given(st.lists(TEXT | CARE, min_size=20, max_size=20))
def test_any_title_and_description_come_back_escaped_once(texts: list[str]) -> None:
    rows = airings(*[None] * len(texts))
    shown = [replace(row, title=text, description=text) for row, text in zip(rows, texts, strict=True)]

    for programme, text in zip(guide(*shown).findall("programme"), texts, strict=True):
        assert text_of(programme, "title") == (CONTROL.sub("", text) or CHANNEL.name)
        assert (text_of(programme, "desc") or "") == CONTROL.sub("", text)


NUMBER = st.none() | st.integers(-2, 120)
FACTS = st.fixed_dictionaries(
    {
        "title": TEXT | CARE,
        "sub_title": st.none() | TEXT | CARE,
        "description": st.none() | TEXT | CARE,
        "season": NUMBER,
        "episode": NUMBER,
        "year": st.none() | st.integers(-1, 12_000),
        "released": st.none()
        | st.sampled_from(
            ("2023-11-14", "2023-11-15T10:00", "19530320", "1953", "soon", "２０２３-11-14", "20-23-11-1")
        )
        | st.dates().map(str),
        "rating": st.none() | TEXT | CARE,
        "categories": st.lists(TEXT | CARE, max_size=3).map(tuple),
        "media_id": st.none() | st.sampled_from(("m:0", "m:1", "m:2", "m:gone")),
    }
)
LORE = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(("movie", "episode", "clip", "live")),
        "duration_ms": st.none() | st.integers(0, 400_000) | st.sampled_from((30_000, 90_000, 150_000)),
        "directors": st.lists(TEXT | CARE, max_size=2).map(tuple),
        "actors": st.lists(TEXT | CARE, max_size=15).map(tuple),
        "artwork": st.none() | TEXT | CARE,
    }
)
LENGTHS = st.sampled_from((1, 400, 999, 1000, 1001, 60_000, 1_800_000))


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(
    st.lists(st.tuples(st.sampled_from(("beta", "other")), LENGTHS, FACTS), max_size=25),
    st.lists(LORE, min_size=3, max_size=3),
    st.sampled_from(("Beta", "", "<\x07>")),
)
def test_the_query_writes_what_the_plain_renderer_writes(
    drawn: list[tuple[str, int, dict[str, object]]], lore: list[dict[str, object]], name: str
) -> None:
    channels = (CHANNEL, replace(CHANNEL, key="other", number="3", name=name, xmltv_id="o.<>"))
    media = [Media(**{**structs.asdict(FILM), "id": f"m:{n}", **each}) for n, each in enumerate(lore)]
    at_ms, rows = {"beta": START_MS + 1, "other": START_MS}, []
    for channel, length_ms, facts in sorted(drawn, key=itemgetter(0)):
        start_ms = at_ms[channel]
        at_ms[channel] += length_ms
        moved = {"channel": channel, "start_ms": start_ms, "finish_ms": at_ms[channel]}
        rows.append(replace(PROGRAMME, **moved, **facts))

    # Compared there, as all that these tests write is.
    assert written(channels, rows, media).count("<channel ") == len(channels)


@pytest.mark.parametrize(
    ("season", "episode", "counted", "shown"),
    [
        (3, 5, "2.4.", "S03E05"),
        (None, 5, ".4.", "E05"),
        (0, 2, ".1.", "S00E02"),
        (12, 345, "11.344.", "S12E345"),
        (2, None, "1..", "S02"),
        (0, 0, None, "S00E00"),
    ],
)
def test_an_episode_is_numbered_from_zero_with_an_empty_part(
    season: int | None, episode: int | None, counted: str | None, shown: str
) -> None:
    programme = only(season=season, episode=episode)

    numbers = {each.get("system"): each.text for each in programme.findall("episode-num")}
    assert numbers.get("xmltv_ns") == counted
    assert numbers["onscreen"] == shown


def test_a_programme_without_a_number_has_no_episode_num() -> None:
    assert only().find("episode-num") is None


@pytest.mark.parametrize(
    ("released", "year", "date"),
    [
        ("2026-11-05", 2025, "20261105"),
        (None, 1999, "1999"),
        ("1999", 1999, "1999"),
        ("soon", None, None),
        (None, None, None),
    ],
)
def test_a_date_is_eight_digits_or_four(released: str | None, year: int | None, date: str | None) -> None:
    assert text_of(only(released=released, year=year), "date") == date


def test_filler_and_off_air_are_listed_by_their_own_title() -> None:
    rows = [
        replace(PROGRAMME, kind=kind, title=kind.value)
        for kind in (ProgrammeKind.FILLER, ProgrammeKind.OFF_AIR)
    ]

    assert [row.findtext("title") for row in guide(*rows).findall("programme")] == ["filler", "off_air"]


def test_categories_and_rating_are_given() -> None:
    programme = only(categories=("Series", "R&B"), rating="TV-Y")

    assert [each.text for each in programme.findall("category")] == ["Series", "R&B"]
    assert programme.findtext("rating/value") == "TV-Y"


def test_what_is_known_of_a_film_stands_at_its_place_in_the_dtd() -> None:
    programme = showing(directors=("Ida Lupino",), actors=("A & B", "C"), artwork="http://img.example/a.jpg")

    assert [(each.tag, each.text) for each in programme.find("credits") or ()] == [
        ("director", "Ida Lupino"),
        ("actor", "A & B"),
        ("actor", "C"),
    ]
    assert [each.text for each in programme.findall("category")] == ["Movie", "Noir"]
    length, icon = programme.find("length"), programme.find("icon")
    assert length is not None and (length.text, length.attrib) == ("90", {"units": "minutes"})
    assert icon is not None and icon.attrib == {"src": "http://img.example/a.jpg"}
    places = [ORDER.index(child.tag) for child in programme]
    assert places == sorted(places) and len(places) == len(programme)


def test_what_is_not_known_of_a_film_is_left_out() -> None:
    programme = showing(duration_ms=None, kind="live")

    assert {child.tag for child in programme} == {"title", "category", "episode-num", "rating"}
    assert [each.text for each in programme.findall("category")] == ["Noir"]


def test_an_episode_is_called_a_series_and_its_whole_crowd_is_not_named() -> None:
    programme = showing(kind="episode", actors=tuple(f"Extra {n}" for n in range(400)))

    assert [each.text for each in programme.findall("category")] == ["Series", "Noir"]
    assert len(programme.findall("credits/actor")) == CAST


def test_a_repeat_says_when_it_was_on_before() -> None:
    assert marks(*airings("f:a", "f:b", "f:a", "f:a", None, None)) == [
        "",
        "",
        "previously-shown 20231114221320 +0000",
        "previously-shown 20231116221320 +0000",
        "",
        "",
    ]


@pytest.mark.parametrize(
    ("released", "mark"),
    [("2023-11-14", "new"), ("2023-11-20", "new"), ("2023-11-13", ""), ("1999", ""), (None, "")],
)
def test_new_is_only_what_cannot_have_been_on_before_the_timeline_began(
    released: str | None, mark: str
) -> None:
    again = "previously-shown 20231114221320 +0000"

    assert marks(*airings("f:a", "f:a", released=released)) == [mark, again]


def test_the_timeline_begins_with_its_first_programme_whatever_that_is() -> None:
    assert marks(*airings(None, None, "f:a", released="2023-11-14")) == ["", "", "new"]


def test_another_channel_has_shown_nothing_yet() -> None:
    other = replace(CHANNEL, key="other", number="3", xmltv_id="other.harbour")
    rows = [*airings("f:a"), *airings("f:a", channel="other", released="2023-11-14")]

    assert marks(*rows, channels=(CHANNEL, other)) == ["", "new"]
