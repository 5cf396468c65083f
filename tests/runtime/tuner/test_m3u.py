"""The playlist, read back as players read it; their rules: tests/players_reading.py."""

from __future__ import annotations

import dataclasses
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace
from players_reading import Channel as Seen
from players_reading import jellyfin_channels, kodi_channels, kodi_guide_url

from exstv.players import in_jellyfin
from exstv.timeline.model import Channel, Timeline
from runtime.tuner import m3u

ATTRIBUTE = re.compile(r'([a-z0-9\-_]+)="([^"]+)"', re.IGNORECASE)
CHANNEL = Channel(
    key="beta",
    number="2.5",
    name="Beta",
    xmltv_id="beta.harbour",
    timezone="UTC",
    profile="hd",
    group="Series",
)


def parse(text: str) -> list[tuple[dict[str, str], str, str]]:
    """Attributes, displayed name and URL of each entry; anything else in the file fails."""
    head, *lines = text.removesuffix("\n").split("\n")
    assert head.startswith("#EXTM3U ")
    assert len(lines) % 2 == 0
    entries = []
    for info, url in zip(lines[::2], lines[1::2], strict=True):
        assert info.startswith("#EXTINF:-1 ")
        entries.append((dict(ATTRIBUTE.findall(info)), info.rpartition(",")[2], url))
    return entries


def render(*channels: Channel) -> str:
    return m3u.render(channels, {}, "http://h/xmltv.xml", lambda channel: f"http://h/{channel.number}.ts")


def test_every_attribute_that_a_client_reads_is_there(timeline: Timeline) -> None:
    profiles = {profile.name: profile for profile in timeline.profiles}

    text = m3u.render(timeline.channels[:1], profiles, "http://h/g.xml", lambda channel: "http://h/a.ts")

    assert text.splitlines()[0] == '#EXTM3U url-tvg="http://h/g.xml" x-tvg-url="http://h/g.xml"'
    assert parse(text) == [
        (
            {
                "tvg-id": "retro.harbour",
                "channel-id": "retro.harbour",
                "channel-number": "2.5",
                "CUID": "retro.harbour",
                "tvg-chno": "2.5",
                "tvg-name": "Beta, the Second",
                "tvg-logo": "https://img.example/beta.png",
                "group-title": "Nostalgia",
                "tvc-stream-vcodec": "h264",
                "tvc-stream-acodec": "aac",
            },
            "Beta‚ the Second",
            "http://h/a.ts",
        )
    ]


def test_what_is_not_known_is_left_out() -> None:
    attributes, _, _ = parse(render(replace(CHANNEL, group=None)))[0]

    assert not attributes.keys() & {"group-title", "tvg-logo", "tvc-stream-vcodec", "tvc-stream-acodec"}


def test_catch_up_is_offered_as_kodi_and_tivimate_read_it() -> None:
    text = m3u.render([CHANNEL], {}, "http://h/g.xml", lambda channel: f"http://h/{channel.number}.ts", 3)

    attributes, _, url = parse(text)[0]
    offered = {key: value for key, value in attributes.items() if key.startswith("catchup")}
    assert (offered, url) == (
        {"catchup": "default", "catchup-source": "http://h/2.5.ts?at={utc}", "catchup-days": "3"},
        "http://h/2.5.ts",
    )


def test_without_history_no_catch_up_is_offered() -> None:
    assert "catchup" not in render(CHANNEL)


@given(st.text(st.characters()), st.text(st.characters()))
@example('a" tvg-id="b', "x\nhttp://evil/\r\n#EXTINF:-1,")
@example("one\u2028two\x85three", "\ud800")
def test_no_name_ends_its_attribute_or_its_line(name: str, group: str) -> None:
    entries = parse(render(replace(CHANNEL, name=name, group=group), CHANNEL))

    assert [url for _, _, url in entries] == ["http://h/2.5.ts"] * 2
    assert all(attributes["tvg-id"] == "beta.harbour" for attributes, _, _ in entries)
    assert len(render(replace(CHANNEL, name=name, group=group)).splitlines()) == 3


@given(st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters='"'), min_size=1))
def test_a_printable_name_is_shown_whole_but_for_its_commas(name: str) -> None:
    attributes, shown, _ = parse(render(replace(CHANNEL, name=name)))[0]

    assert attributes["tvg-name"] == name
    assert shown == name.replace(",", "‚")


def seen(name: str, **facts: object) -> Seen:
    """How both players are to list the channel."""
    expected = Seen(name, "2.5", "beta.harbour", ("Series",), "http://h/b.png", "http://h/2.5.ts")
    return dataclasses.replace(expected, **facts)


def test_jellyfin_and_kodi_list_a_channel_with_all_that_they_read() -> None:
    text = render(replace(CHANNEL, logo="http://h/b.png"))

    assert jellyfin_channels(text) == kodi_channels(text) == [seen("Beta")]
    assert kodi_guide_url(text) == "http://h/xmltv.xml"


def test_a_comma_costs_no_part_of_a_name_as_it_would_by_itself() -> None:
    text = render(replace(CHANNEL, name="Beta, the Second", logo="http://h/b.png"))

    assert jellyfin_channels(text) == kodi_channels(text) == [seen("Beta‚ the Second")]
    raw = text.replace("‚", ",")
    assert jellyfin_channels(raw)[0].name == "the Second"
    assert kodi_channels(raw)[0].name == "Beta, the Second"


def test_kodi_reads_several_groups_where_others_read_one() -> None:
    text = render(replace(CHANNEL, group="Series;Late"))

    assert kodi_channels(text)[0].groups == ("Series", "Late")
    assert jellyfin_channels(text)[0].groups == ("Series;Late",)


def test_a_quotation_mark_would_end_its_value() -> None:
    name = 'The "Best" of, well'
    text = render(replace(CHANNEL, name=name, logo="http://h/b.png"))

    assert jellyfin_channels(text) == kodi_channels(text) == [seen("The Best of‚ well")]
    raw = text.replace('tvg-name="The Best of, well"', f'tvg-name="{name}"').replace("The Best of‚", name)
    assert jellyfin_channels(raw)[0].name != name
    assert kodi_channels(raw)[0].name != name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("24 Hour Movies", "Hour Movies"),
        ("84. VOX", "VOX"),
        ("2.5 - Beta", "Beta"),
        ("1e3 Facts", "Facts"),
        ("Infinity Plus", "Plus"),
        ("24-Hour Movies", "24-Hour Movies"),
        ("24", "24"),
        ("24 -", "24 -"),
        ("Channel 4", "Channel 4"),
        ("1,000 Films", "1‚000 Films"),
    ],
)
def test_the_compiler_knows_what_jellyfin_makes_of_a_name(name: str, shown: str) -> None:
    text = render(replace(CHANNEL, name=name))

    assert jellyfin_channels(text)[0].name == shown
    assert in_jellyfin(name).replace(",", "‚") == shown
    assert kodi_channels(text)[0].name == name.replace(",", "‚")


@given(st.from_regex(r"[0-9.+e -]{0,6}[A-Za-z ,.\-]{0,6}", fullmatch=True).filter(str.strip))
def test_what_jellyfin_makes_of_any_name_with_numbers_is_known(name: str) -> None:
    shown = in_jellyfin(name).replace(",", "‚")

    assert jellyfin_channels(render(replace(CHANNEL, name=name)))[0].name == shown
