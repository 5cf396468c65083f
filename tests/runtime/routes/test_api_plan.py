"""What the timeline alone decides, as the API tells it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from exstv.clock import to_iso
from exstv.timeline.model import Source, Timeline
from exstv.units import DAY_MS, HOUR_MS

if TYPE_CHECKING:
    from tests.runtime.conftest import Station

API = "/api/v1"


def pages(station: Station, path: str, key: str, **asked: object) -> list[dict[str, Any]]:
    """Every row, page by page."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = station.client.get(API + path, params={**asked, **cursor}).json()
        assert len(page[key]) <= int(str(asked.get("limit", 200)))
        found += page[key]
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}


@pytest.mark.parametrize("limit", [1, 7, 48, 1000])
def test_pages_of_the_guide_hold_every_programme_once_in_line_up_order(station: Station, limit: int) -> None:
    from_ms, to_ms = station.clock.ms, station.clock.ms + 8 * HOUR_MS
    told = pages(
        station, "/guide", "programmes", limit=limit, **{"from": to_iso(from_ms), "to": to_iso(to_ms)}
    )
    planned = [
        programme.id
        for channel in station.timeline.channels
        for programme in station.timeline.programmes
        if programme.channel == channel.key and programme.start_ms < to_ms and programme.finish_ms > from_ms
    ]
    assert [each["id"] for each in told] == planned and len(planned) == 3 * 17
    one = pages(station, "/channels/7/guide", "programmes", limit=limit)
    assert len(one) == 49 and {each["channel"] for each in one} == {"evil"}


@pytest.mark.parametrize("limit", [1, 5, 1000])
def test_pages_of_items_hold_every_item_once_with_its_provenance(station: Station, limit: int) -> None:
    from_ms = station.clock.ms
    span = {"from": to_iso(from_ms), "to": to_iso(from_ms + 3 * HOUR_MS)}
    told = pages(station, "/channels/2.5/items", "items", limit=limit, **span)
    planned = [
        (item.seq, to_iso(item.start_ms), item.rule, item.file, item.line)
        for item in station.timeline.items
        if item.channel == "retro" and item.start_ms < from_ms + 3 * HOUR_MS and item.finish_ms > from_ms
    ]
    names = ("seq", "start_time", "rule", "file", "line")
    assert [tuple(each[name] for name in names) for each in told] == planned
    assert told[0]["title"] == "Tom & <Jerry> 48" and told[1]["title"] == "Ident"
    assert told[1]["filler_kind"] == "pre_roll" and told[1]["source"] == "cards"


def test_one_of_both_instants_gives_a_day(station: Station) -> None:
    start_ms = station.timeline.header.start_ms
    late = pages(station, "/channels/7/guide", "programmes", **{"from": to_iso(start_ms + 2 * DAY_MS)})
    assert len(late) == 48 and late[0]["start_time"] == to_iso(start_ms + 2 * DAY_MS)
    early = pages(station, "/channels/7/guide", "programmes", to=to_iso(start_ms + DAY_MS))
    assert len(early) == 48 and early[0]["start_time"] == to_iso(start_ms)
    answer = station.client.get(f"{API}/guide", params={"from": to_iso(start_ms), "to": to_iso(start_ms)})
    assert answer.status_code == 400 and "`to` must be later than `from`" in answer.text


def test_a_cursor_of_a_channel_that_is_gone_is_told(station: Station) -> None:
    answer = station.client.get(f"{API}/guide?cursor=1795000000000@gone")
    assert answer.status_code == 400 and "begin anew" in answer.json()["detail"]


def test_a_misspelt_parameter_is_refused_with_the_one_that_was_meant(station: Station) -> None:
    answer = station.client.get(f"{API}/guide?limt=5")
    assert (answer.status_code, answer.json()["detail"]) == (
        400,
        "no parameter named `limt`: did you mean `limit`?",
    )


@pytest.mark.parametrize(
    "path", ["/revision", "/channels", "/channels/7", "/guide", "/channels/7/items", "/sources"]
)
def test_who_has_an_answer_gets_it_only_once(station: Station, path: str) -> None:
    first = station.client.get(API + path)
    again = station.client.get(API + path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    other = station.client.get(API + path, headers={"If-None-Match": '"another"'})
    assert other.status_code == 200 and other.content == first.content
    # The date would be the timeline's, and what `now` decides changes without a new one.
    assert "last-modified" not in first.headers


def test_an_answer_has_another_tag_when_time_makes_it_another(station: Station) -> None:
    tags = set()
    for _ in range(2):
        tags.add(station.client.get(f"{API}/channels/7/guide").headers["etag"])
        station.clock.ms += HOUR_MS
    assert len(tags) == 2


def test_sources_are_told_as_they_stand_in_the_files(
    make_station: Callable[[Timeline], Any], timeline: Timeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATTIC_KEY", "hidden-k3y")
    definition = '{"type":"jellyfin","url":"http://attic:8096","api_key":"${ATTIC_KEY}"}'
    shown = replace(timeline, sources=(Source(name="attic", type="jellyfin", definition=definition),))
    answer = make_station(shown).client.get(f"{API}/sources")
    assert answer.json()["sources"][0]["definition"]["api_key"] == "${ATTIC_KEY}"
    assert "hidden" not in answer.text


def test_the_lock_that_counts_is_served_as_it_is(station: Station) -> None:
    assert station.client.get(f"{API}/catalog.lock").status_code == 404
    (station.folder / "catalog.lock").write_bytes(b'{"format": 1}\n{"id": "a"}\n')
    answer = station.client.get(f"{API}/catalog.lock")
    assert (answer.content, answer.headers["content-type"]) == (
        b'{"format": 1}\n{"id": "a"}\n',
        "application/x-ndjson",
    )
    known = {"If-None-Match": answer.headers["etag"]}
    assert station.client.get(f"{API}/catalog.lock", headers=known).status_code == 304


def test_the_line_up_has_logos_that_can_be_fetched(
    make_station: Callable[[Timeline], Any], timeline: Timeline
) -> None:
    first, *others = timeline.channels
    shown = replace(timeline, channels=(replace(first, logo="logos/beta.png"), *others))
    station: Station = make_station(shown)
    told = station.client.get(f"{API}/channels").json()["channels"]
    assert [each["key"] for each in told] == ["retro", "evil", "tuner"]
    assert told[0]["logo"] == "http://tv.example:8411/iptv/logo/retro.harbour.png"
    assert station.client.get(f"{API}/channels/2.5").json() == told[0]
