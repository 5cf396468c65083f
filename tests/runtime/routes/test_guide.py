"""The guide's pages over HTTP, without a script: the grid, its search, and why a programme is there."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import httpx
import pytest
from html_tree import Element, parse
from msgspec.structs import replace
from wide import CHANNELS, LENGTH_MS, wide

from exstv.clock import to_iso, to_utc
from exstv.render.why import why
from exstv.timeline.model import Timeline
from exstv.units import DAY_MS, HOUR_MS

if TYPE_CHECKING:
    from tests.runtime.conftest import Station

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def page(station: Station, path: str, **asked: str) -> Element:
    answer = station.client.get(path, params=asked or None)
    assert answer.status_code == 200, answer.text
    return parse(answer.text)


def rows(shown: Element) -> dict[str, Element]:
    """Each channel's row by its number."""
    found = {}
    for row in shown.one("tbody").all("tr"):
        found[row.one("span", class_="number").text] = row
    return found


def titles(shown: Element) -> list[str]:
    return [entry.one("b").text for entry in shown.all("a", class_="entry")]


def planned(station: Station, key: str, from_ms: int, hours: int = 4) -> list[str]:
    return [
        each.title
        for each in station.timeline.programmes
        if each.channel == key and each.start_ms < from_ms + hours * HOUR_MS and each.finish_ms > from_ms
    ]


def test_the_grid_shows_four_hours_of_every_channel_in_line_up_order(station: Station) -> None:
    shown = page(station, "/guide")
    # It is 06:10: what was on a quarter of an hour ago is still seen.
    assert [mark.text for mark in shown.one("thead").all("th")][:3] == ["05:30", "06:00", "06:30"]
    assert list(rows(shown)) == ["2.5", "7", "42"]
    start_ms = station.clock.ms - 40 * 60_000
    for channel, row in zip(station.timeline.channels, rows(shown).values(), strict=True):
        assert titles(row) == planned(station, channel.key, start_ms)
        assert sum(int(cell.attributes["colspan"] or 1) for cell in row.all("td")) == 48
        assert row.one("th").one("a").attributes["href"] == f"./channels/{channel.number}"


def test_what_is_on_now_is_marked_and_so_is_the_present(station: Station) -> None:
    shown = page(station, "/guide")
    looks = [entry.attributes["class"] for entry in rows(shown)["7"].all("a", class_="entry")]
    assert [(look or "").split() for look in looks[:3]] == [["entry", "over"], ["entry", "now"], ["entry"]]
    (now,) = rows(shown)["7"].all("a", aria_current="time")
    assert now.one("time").text == "06:00"
    # 40 minutes of four hours, in units of five minutes.
    assert shown.one("svg", class_="present").one("rect").attributes["x"] == "8.0"
    later = page(station, "/guide", at="2026-11-21T20:00")
    assert not later.all("svg", class_="present") and not later.one("table").all(aria_current="time")


def test_days_and_hours_lead_to_all_of_the_timeline(station: Station) -> None:
    shown = page(station, "/guide", at="2026-11-21T20:00")
    days = shown.one("nav", aria_label="Days").all("a")
    assert [day.text for day in days] == ["Yesterday", "Today", "Tomorrow", "Mon 23 Nov", "Tue 24 Nov"]
    assert [day.text for day in days if day.has("aria_current", "date")] == ["Today"]
    hours = shown.one("nav", aria_label="Hours").all("a")
    assert [hour.text for hour in hours if hour.has("aria_current", "time")] == ["20:00"]
    for link in (*days, *hours):
        there = page(station, f"/{link.attributes['href']}")
        assert list(rows(there)) == ["2.5", "7", "42"], link.text
    # A day further on it is the same hour.
    tomorrow = page(station, f"/{days[2].attributes['href']}")
    assert tomorrow.one("thead").all("th")[0].text == "20:00"
    assert "Sunday, 22 November 2026" in tomorrow.one("header", class_="masthead").text


def test_later_goes_on_where_this_page_ends(station: Station) -> None:
    shown = page(station, "/guide", at="2026-11-21T22:30")
    seen = titles(rows(shown)["7"])
    (later,) = shown.all("a", rel="next")
    more = titles(rows(page(station, f"/{later.attributes['href']}"))["7"])
    start_ms = station.timeline.header.start_ms + int(timedelta(hours=40.5) / timedelta(milliseconds=1))
    assert seen + more == planned(station, "evil", start_ms, hours=8)


def test_beyond_the_timeline_nothing_is_planned(station: Station) -> None:
    shown = page(station, "/guide", at="2026-12-24T20:00")
    assert [row.all("td")[0].text for row in rows(shown).values()] == ["Nothing planned"] * 3


def test_a_time_that_is_none_is_refused(station: Station) -> None:
    for at in ("tonight", "2026-13-01T00:00", "0001-01-01T00:00", "9999-12-31T23:59", ""):
        answer = station.client.get("/guide", params={"at": at})
        assert answer.status_code == 400 and "`at`" in answer.json()["detail"], at


def test_search_is_a_form_that_needs_no_script(station: Station) -> None:
    form = page(station, "/guide").one("form")
    assert (form.attributes["action"], form.attributes["method"]) == ("./guide", "get")
    assert form.one("input").attributes["name"] == "q"
    found = page(station, "/guide", q='the "60" ONE').one("section", id="found")
    listed = found.one("ul").all("li")
    assert found.one("h2").text == '3 programmes with “the "60" ONE”'
    assert [day.text for day in found.all("h3")] == ["Saturday, 21 November 2026"]
    assert [titles(each) for each in listed[1:]] == [["Tom & <Jerry> 60"]] * 3
    assert [each.one("span", class_="quiet").text.split(" · ")[0] for each in listed[1:]] == [
        f"{channel.number} {channel.name}" for channel in station.timeline.channels
    ]
    there = listed[1].one("span", class_="quiet").one("a").attributes["href"]
    assert "Tom & <Jerry> 60" in titles(rows(page(station, f"/{there}"))["2.5"])


def test_search_looks_ahead_only_and_not_at_accents(
    make_station: Callable[[Timeline], Any], timeline: Timeline
) -> None:
    programmes = [*timeline.programmes]
    over, coming = programmes[0], programmes[-1]
    programmes[0], programmes[-1] = replace(over, title="Amélie"), replace(coming, title="AMÉLIE")
    station: Station = make_station(replace(timeline, programmes=tuple(programmes)))
    assert titles(page(station, "/guide", q="amelie")) == ["AMÉLIE"]
    nothing = page(station, "/guide", q="<script>alert(1)</script>")
    assert nothing.one("section", id="found").one("h2").text.startswith("No programmes with “<script>")
    assert not any("alert" in script.text for script in nothing.all("script"))


def test_of_too_many_the_first_are_shown(station: Station) -> None:
    found = page(station, "/guide", q="jerry").one("section", id="found")
    assert found.one("h2").text.startswith("The first 200 programmes") and len(titles(found)) == 200


def test_each_programme_leads_to_the_line_that_put_it_there(station: Station) -> None:
    entry = rows(page(station, "/guide"))["2.5"].all("a", class_="entry")[1]
    shown = page(station, f"/{entry.attributes['href']}")
    assert shown.one("h1").text == "Tom & <Jerry> 48"
    items = shown.one("section", id="why").all("dl")
    said = [[fact.text for fact in item.all("dd")] for item in items]
    assert said[0][4:6] == ["channel retro › schedule day › entry cartoons › filler ident", "filler.yaml:3"]
    assert said[1][4:6] == ["channel retro › schedule day › entry cartoons", "channels.yaml:12"]
    # What the command says, word for word.
    with station.services.live.lease() as lease:
        reader, channel = lease.reader, lease.reader.channels[0]
        at_ms = station.clock.ms
        (item,) = reader.items(channel.key, at_ms, at_ms + 1)
        assert [words for _, words in why(reader, channel, item)] == said[1]


def test_the_line_itself_is_shown_while_it_is_there(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(station.folder)
    (station.folder / "channels.yaml").write_text("\n" * 11 + "  - {play: cartoons}  # <b>\n")
    item = page(station, "/channels/2.5/why").one("section", id="why").all("dl")[1]
    assert "- {play: cartoons} # <b>" in [code.text for code in item.all("code")]


def test_what_is_not_planned_has_no_reason(station: Station) -> None:
    for path in ("/channels/9/why", "/channels/7/why?at=2027-01-01T00:00Z"):
        assert station.client.get(path).status_code == 404


def test_links_are_relative_and_the_pages_keep_to_themselves(
    make_station: Callable[[Timeline], Any], timeline: Timeline
) -> None:
    bare = replace(timeline, channels=tuple(replace(each, logo=None) for each in timeline.channels))
    station: Station = make_station(bare)
    for path in ("/guide", "/guide?q=tom", "/channels/7/why", "/setup", "/", "/channels/7"):
        _keeps_to_itself(station, path)


def _keeps_to_itself(station: Station, path: str) -> None:
    answer = station.client.get(path)
    shown = parse(answer.text)
    links = [
        str(each.attributes[name])
        for name in ("href", "src", "action")
        for each in shown.all()
        if name in each.attributes
    ]
    assert links.pop(links.index("data:,")) and len(links) > 5
    assert [link for link in links if link.startswith("/") or urlsplit(link).scheme] == []
    # Whatever stands before the path, a token or a proxy's prefix, stays there.
    prefixed = httpx.URL(f"http://tv.example/hidden{path}")
    assert {prefixed.join(link).path[:8] for link in links} == {"/hidden/"}
    assert [each for each in shown.all() if "style" in each.attributes or each.tag == "style"] == []
    assert [each for each in shown.all() for name in each.attributes if name.startswith("on")] == []
    head = station.client.head(path)
    assert head.status_code == 200 and head.headers["content-length"] == str(len(answer.content))
    assert {"main", "nav"} <= {each.tag for each in shown.all()}
    assert shown.all("a")[0].attributes["href"] == "#page" and shown.one("main").has("id", "page")


@pytest.fixture(scope="module")
def long_guide() -> Timeline:
    return wide()


def test_a_page_of_a_wide_guide_holds_its_own_hours_and_is_made_off_the_loop(
    make_station: Callable[[Timeline], Any], long_guide: Timeline
) -> None:
    station: Station = make_station(long_guide)
    station.clock.ms = now_ms = long_guide.header.start_ms + 3 * DAY_MS + HOUR_MS // 2
    shown = page(station, "/guide")
    assert len(rows(shown)) == CHANNELS
    start_ms = now_ms - HOUR_MS // 2
    first = start_ms // LENGTH_MS - long_guide.header.start_ms // LENGTH_MS
    for number, row in rows(shown).items():
        assert titles(row) == [f"Programme {place} of c{number}" for place in range(first, first + 8)]
    at = parse_qs(urlsplit(str(shown.all("a", rel="next")[0].attributes["href"])).query)["at"]
    assert at == [to_utc(start_ms + 4 * HOUR_MS).astimezone(AMSTERDAM).strftime("%Y-%m-%dT%H:%M")]
    assert asyncio.run(_order(station)) == ["/static/page.css", "worker", "/guide", "/guide?q=48"]
    assert to_iso(start_ms) in station.client.get("/guide").text


async def _order(station: Station) -> list[str]:
    """In which order answers come, when the pages' only worker is free after the style was sent."""
    events: list[str] = []
    free = threading.Event()
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(1))
    held = loop.run_in_executor(None, free.wait)

    async def ask(client: httpx.AsyncClient, path: str) -> None:
        answer = await client.get(path)
        assert answer.status_code == 200
        events.append(path)

    transport = httpx.ASGITransport(app=station.client.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://tv.example") as client:
        pages = [asyncio.create_task(ask(client, path)) for path in ("/guide", "/guide?q=48")]
        await asyncio.sleep(0)
        await ask(client, "/static/page.css")
        events.append("worker")
        free.set()
        await asyncio.gather(held, *pages)
    return events
