"""One channel's page: what is on, what comes, a preview that asks for nothing by itself, its processes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from busy import busy
from html_tree import Element, parse
from msgspec.structs import replace

from exstv.timeline.model import Timeline
from runtime.status import ProcessStatus

if TYPE_CHECKING:
    from tests.runtime.conftest import Station


def page(station: Station, number: str) -> Element:
    answer = station.client.get(f"/channels/{number}")
    assert answer.status_code == 200
    return parse(answer.text)


def test_what_is_on_and_what_comes_is_that_of_the_guide(station: Station) -> None:
    shown = page(station, "42")
    assert shown.one("article", data_channel="tuner").one("h3", class_="now-title").text == "Tom & <Jerry> 48"
    coming = shown.one("section", id="coming")
    assert [entry.one("b").text for entry in coming.all("a", class_="entry")] == [
        f"Tom & <Jerry> {number}" for number in range(49, 61)
    ]
    # It is past two in the afternoon in Tokyo: all of it is today.
    assert [day.text for day in coming.all("h3")] == ["2026-11-21"]
    assert coming.all("time")[0].text == "14:30"
    for link in shown.all("a"):
        way = str(link.attributes["href"])
        if way.startswith("../channels/"):
            assert station.client.get(way.removeprefix("..")).status_code == 200, way


def test_the_preview_is_the_channel_s_own_hls_and_waits_to_be_played(station: Station) -> None:
    video = page(station, "2.5").one("section", id="preview").one("video")
    assert video.attributes["src"] == "../iptv/channel/2.5.m3u8"
    assert video.has("preload", "none") and "controls" in video.attributes
    assert "autoplay" not in video.attributes


def test_where_no_browser_can_play_a_channel_the_page_says_why(
    make_station: Callable[[Timeline], Any], timeline: Timeline
) -> None:
    old = replace(timeline.profiles[0], video_codec="mpeg2", audio_codec="ac3")
    station: Station = make_station(replace(timeline, profiles=(old,)))
    for number, why in (("7", "No browser plays mpeg2 and ac3"), ("42", "This channel is for tuners only")):
        preview = page(station, number).one("section", id="preview")
        assert why in preview.text and not preview.all("video")
        assert len(page(station, number).all("script")) == 1


def test_a_logo_is_found_from_where_the_page_is(
    make_station: Callable[[Timeline], Any], timeline: Timeline
) -> None:
    first, *others = timeline.channels
    shown = replace(timeline, channels=(replace(first, logo="logos/beta.png"), *others))
    (logo,) = page(make_station(shown), "2.5").all("img", class_="logo")
    assert logo.attributes["src"] == "../iptv/logo/retro.harbour.png"


def test_processes_and_failures_are_the_channel_s_own(station: Station) -> None:
    mine = ProcessStatus(pid=8, purpose="Beta, the Second: Tom", state="running", started_ms=station.clock.ms)
    other = ProcessStatus(pid=9, purpose="Tuner only: Tom", state="running", started_ms=station.clock.ms)
    busy(station).says(processes=(mine, other))
    told = page(station, "2.5").one("section", id="processes")
    assert [row.all("td")[0].text for row in told.one("tbody").all("tr")] == ["8"]
    assert "5 failures of late" in told.one("p", class_="breaker").text
    assert not page(station, "7").one("section", id="processes").all("p", class_="breaker")
