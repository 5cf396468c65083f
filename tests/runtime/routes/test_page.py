"""The status page, read as a browser reads it: what it says, that it escapes, that it keeps to itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest
from html_tree import Element, parse
from msgspec import json
from msgspec.structs import replace

from exstv.diagnostics import Diagnostic, Label, Severity, Span
from exstv.timeline.model import PlayoutItem, Timeline
from exstv.timeline.query import item_at
from runtime.process.breaker import Circuit
from runtime.status import (
    BreakerStatus,
    CatchUpStatus,
    ChannelStatus,
    PlayerState,
    ProcessStatus,
    ReloadStatus,
    Step,
)

if TYPE_CHECKING:
    from tests.runtime.conftest import Station


def read(station: Station) -> Element:
    answer = station.client.get("/")
    assert answer.status_code == 200
    return parse(answer.text)


def card(station: Station, key: str) -> Element:
    return read(station).one("article", data_channel=key)


def planned(station: Station, key: str) -> PlayoutItem:
    rows = [item for item in station.timeline.items if item.channel == key]
    item = item_at(rows, station.clock.ms)
    assert item
    return item


def on_air(station: Station, key: str, **parts: Any) -> None:
    since_ms = station.clock.ms - 65_000
    given: dict[str, Any] = {
        "state": PlayerState.ON_AIR,
        "viewers": 2,
        "step": Step.ITEM,
        "since_ms": since_ms,
    }
    status = ChannelStatus(channel=key, **(given | {"item": planned(station, key)} | parts))
    station.says(channels={key: status})


def now_in_xmltv(station: Station) -> dict[str | None, str | None]:
    stamp = datetime.fromtimestamp(station.clock.ms / 1000, UTC).strftime("%Y%m%d%H%M%S +0000")
    root = ElementTree.fromstring(station.client.get("/iptv/xmltv.xml").content)
    return {
        programme.get("channel"): programme.findtext("title")
        for programme in root.findall("programme")
        if (programme.get("start") or "") <= stamp < (programme.get("stop") or "")
    }


@pytest.mark.parametrize("late_ms", [0, 19 * 60_000 + 59_000, 20 * 60_000, 20 * 60_000 + 999])
def test_the_page_and_the_guide_name_the_same_programme(station: Station, late_ms: int) -> None:
    station.clock.ms += late_ms
    guide = now_in_xmltv(station)

    page = read(station)

    for channel in station.timeline.channels:
        shown = page.one("article", data_channel=channel.key).one("h3", class_="now-title").text
        assert shown == guide[channel.xmltv_id]
        next_title = page.one("article", data_channel=channel.key).one("span", class_="next-title").text
        assert int(next_title.split()[-1]) == int(shown.split()[-1]) + 1


def test_times_are_on_the_channel_s_own_clock(station: Station) -> None:
    page = read(station)

    for key, start, finish in (("retro", "06:00", "06:30"), ("tuner", "14:00", "14:30")):
        times = [
            each.text for each in page.one("article", data_channel=key).one("div", class_="span").all("time")
        ]
        assert times == [start, finish]


def test_the_bar_is_as_far_as_the_programme(station: Station) -> None:
    assert card(station, "retro").one("progress").attributes["value"] == "333"

    station.clock.ms += 5 * 60_000

    assert card(station, "retro").one("progress").attributes["value"] == "500"


def test_where_nobody_watches_the_plan_is_shown(station: Station) -> None:
    airing = card(station, "retro").one("div", class_="airing")

    assert airing.one("span", class_="kind").text == "Programme"
    assert airing.one("span", class_="item").text == "Cartoon"
    assert "starts when somebody tunes in" in airing.text


def test_what_is_on_air_is_named_with_its_viewers_and_why(station: Station) -> None:
    on_air(station, "retro")

    shown = card(station, "retro")

    assert shown.has("data_state", "on_air")
    assert shown.one(class_="viewers").text == "2 viewers"
    assert "since 06:08:55" in shown.one("div", class_="airing").text
    assert shown.one(class_="chain").text == "retro › day › cartoons"
    assert shown.one("details").one("code").text == "channels.yaml:12"


def test_a_pre_roll_is_called_one(station: Station) -> None:
    station.clock.ms -= station.clock.ms % (30 * 60_000)
    on_air(station, "retro")

    airing = card(station, "retro").one("div", class_="airing")

    assert airing.one("span", class_="kind").text == "Pre-roll"
    assert airing.one("span", class_="item").text == "Ident"


@pytest.mark.parametrize(("step", "word"), [(Step.FALLBACK, "Fallback"), (Step.SLATE, "Slate")])
def test_a_step_down_the_ladder_is_told_with_its_reason(station: Station, step: Step, word: str) -> None:
    on_air(station, "retro", step=step, trouble="ffmpeg was killed by signal 9")

    airing = card(station, "retro").one("div", class_="off-plan")

    assert airing.one("span", class_="kind").text == word
    assert airing.one("span", class_="item").text == "instead of Cartoon"
    assert airing.one("p", class_="trouble").text == "ffmpeg was killed by signal 9"


def test_a_channel_that_is_starting_says_so(station: Station) -> None:
    on_air(station, "retro", state=PlayerState.CUEING, item=None, step=None, since_ms=None)

    shown = card(station, "retro")

    assert shown.one("p", class_="lamp").text == "Starting"
    assert "is starting" in shown.one("div", class_="airing").text


def test_processes_are_listed_with_their_last_lines(station: Station) -> None:
    row = ProcessStatus(
        pid=4711,
        purpose="retro: <Cartoon>",
        state="ended",
        started_ms=station.clock.ms - 60_000,
        exit="killed by signal 9",
        last_lines=("first & last", "second"),
    )
    station.says(processes=(row,))

    (cells,) = [line.all("td") for line in read(station).one("section", id="processes").all("tr")[1:]]

    said = [cell.text for cell in cells]
    assert said[:4] == ["4711", "retro: <Cartoon>", "ended killed by signal 9", "06:09 1 min"]
    assert cells[4].one("pre").children == ["first & last\nsecond"]


def test_a_channel_whose_items_fail_is_named_with_how_long_they_are_left_alone(station: Station) -> None:
    assert not read(station).all("p", class_="breaker")
    station.says(
        breakers=(
            BreakerStatus(channel="evil", circuit=Circuit.OPEN, failures=5, retry_in_ms=77_000),
            BreakerStatus(channel="retro"),
            BreakerStatus(channel="gone", failures=1),
        )
    )

    told = read(station).one("p", class_="breaker").text

    assert told == (
        "<script>alert(1)</script>: 5 failures of late, its items are left alone for a while"
        " (1 min 17 s yet)."
    )


def test_what_the_compiler_remarked_of_the_timeline_on_air_is_shown_with_its_line(
    make_station: Callable[[Timeline], Any], timeline: Timeline, tmp_path: Path
) -> None:
    assert not read(make_station(timeline)).all("details", id="warnings")
    written = tmp_path / "retro.yaml"
    written.write_text("items:\n  - {play: <b>}\n")
    label = Label(Span(str(written), 2, 12, 2, 15))
    remark = Diagnostic("EXS3009", Severity.WARNING, "this collection is empty", (label,))
    shown = make_station(replace(timeline, diagnostics=(json.encode(remark).decode(),)))

    (report,) = read(shown).one("details", id="warnings").one("pre").children

    assert "EXS3009" in str(report) and "2 |   - {play: <b>}" in str(report)


def test_catch_up_is_told_apart_from_what_is_on_air(station: Station) -> None:
    assert "Catch-up" not in station.client.get("/").text
    now_ms = station.clock.now_ms()
    began_ms = now_ms - 7_200_000
    station.says(
        catch_ups=tuple(
            CatchUpStatus(
                channel=channel,
                at_ms=began_ms,
                playing_ms=began_ms + 600_000,
                since_ms=now_ms - 600_000,
                client="192.0.2.7",
                protocol="HLS",
                playback=ChannelStatus(channel=channel, state=PlayerState.ON_AIR, viewers=1),
            )
            for channel in ("evil", "gone")
        )
    )
    text = station.client.get("/").text
    panel = text[text.index('id="catch-up"') : text.index('id="processes"')]
    assert panel.count("192.0.2.7") == 1 and "HLS, 10 min" in panel and "On air" in panel
    assert [time in panel for time in ("04:10 CET", "04:20 CET")] == [True, True], panel
    assert "<script>" not in panel
    # The channel itself has no viewer by that.
    assert "0 of 3 channels on air · 0 viewers" in text


def test_a_failed_reload_is_shown_with_its_place(station: Station) -> None:
    written = station.folder / "retro.yaml"
    written.write_text("items:\n  - {play: sitcom}  # <b>\n")
    diagnostic = Diagnostic(
        code="EXS3001",
        severity=Severity.ERROR,
        message="no source named `sitcom`",
        labels=(Label(Span(str(written), 2, 12, 2, 18)),),
        help="did you mean `sitcoms`?",
    )
    station.says(reload=ReloadStatus(ok=False, at_ms=station.clock.ms - 40_000, diagnostics=(diagnostic,)))

    notice = read(station).one("section", id="reload")

    assert "40 s ago" in notice.text
    (report,) = notice.one("pre").children
    for part in (
        f"{written}:2:12",
        "EXS3001",
        "no source named `sitcom`",
        "2 |   - {play: sitcom}  # <b>",
        "^^^^^^",
        "did you mean `sitcoms`?",
    ):
        assert part in str(report)


def test_a_reload_that_could_not_try_says_why(station: Station) -> None:
    station.says(reload=ReloadStatus(ok=False, at_ms=station.clock.ms, message="cannot watch <channels>"))

    assert read(station).one("section", id="reload").one("pre").text == "cannot watch <channels>"


def test_a_good_reload_raises_no_alarm(station: Station) -> None:
    station.says(reload=ReloadStatus(ok=True, at_ms=station.clock.ms - 40_000))

    page = read(station)

    assert not page.all(role="alert")
    assert "ok 40 s ago" in page.one("section", id="timeline").text


def test_the_timeline_is_named(station: Station) -> None:
    text = read(station).one("section", id="timeline").text

    for part in (
        "3 d1d1d1d1d1d1",
        "not in git",
        "2026-11-20 06:00 CET",
        "2026-11-24 06:00 CET 2 d 23 h ahead",
    ):
        assert part in text


def test_less_than_a_day_ahead_is_a_warning(station: Station) -> None:
    station.clock.ms = station.timeline.header.finish_ms - 3_600_000
    assert "Only 1 h of timeline left" in read(station).one("section", id="horizon").text

    station.clock.ms = station.timeline.header.finish_ms
    page = read(station)
    assert "has ended" in page.one("section", id="horizon").text
    assert page.one("article", data_channel="retro").one("h3").text == "Nothing planned"


def test_a_name_that_is_a_script_stays_a_name(station: Station) -> None:
    evil = station.timeline.channels[1]
    assert evil.name == "<script>alert(1)</script>"

    page = read(station)

    assert page.one("article", data_channel=evil.key).one("h2").text == evil.name
    assert not any("alert" in script.text for script in page.all("script"))


def test_quotes_in_a_logo_or_a_group_stay_in_their_place(
    make_station: Callable[[Timeline], Any], timeline: Timeline
) -> None:
    nasty = replace(timeline.channels[0], logo='https://h/x" onerror="alert(1)', group='"><b>')

    page = read(make_station(replace(timeline, channels=(nasty,))))

    assert page.one("img").attributes.keys() == {"class", "src", "alt", "referrerpolicy"}
    assert not page.all("b")


def test_nothing_of_the_page_stands_in_the_page_itself(station: Station) -> None:
    text = station.client.get("/").text

    page = read(station)

    assert not page.all("style")
    assert [script.attributes["src"] for script in page.all("script")] == ["./static/live.js"]
    assert not any(script.text for script in page.all("script"))
    assert not re.search(r'\sstyle="|\son\w+="', text)


def test_the_page_fetches_nothing_from_elsewhere(
    make_station: Callable[[Timeline], Any], timeline: Timeline
) -> None:
    without_logo = replace(timeline, channels=tuple(replace(each, logo=None) for each in timeline.channels))

    page = read(make_station(without_logo))

    assert not page.all("img")
    links = [link.attributes["href"] for link in page.all("link")]
    assert links == ["data:,", "./static/page.css"]


def test_links_of_the_page_lead_to_documents(station: Station) -> None:
    links = [str(each.attributes["href"]) for each in read(station).all("a")]

    watch = [link for link in links if "channel/" in link or "auto/" in link]
    assert watch == ["./iptv/channel/2.5.ts", "./iptv/channel/7.ts", "./auto/v42"]
    assert all(station.client.get(f"/{link}").status_code == 200 for link in links if link not in watch)
