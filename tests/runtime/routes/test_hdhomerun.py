"""The tuner over HTTP, as Plex asks for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from exstv.settings import HdhomerunSettings
from exstv.timeline.model import Timeline
from runtime.status import SessionStatus

if TYPE_CHECKING:
    from tests.runtime.conftest import Station

PATHS = [
    *("/discover.json", "/lineup.json", "/lineup.xml", "/lineup.m3u"),
    *("/lineup_status.json", "/status.json", "/device.xml"),
]
TYPES = {"json": "json", "xml": "xml", "m3u": "x-mpegurl"}


def test_a_scan_like_plex_s_finds_the_channels(station: Station) -> None:
    client = station.client
    discovered = client.get("/discover.json").json()
    assert discovered["DeviceID"] == "E5E17005"
    assert discovered["FriendlyName"] == "Harbour TV"
    assert client.get("/lineup_status.json").json()["ScanPossible"] == 1

    scan = client.post("/lineup.post?scan=start&source=Cable")

    assert (scan.status_code, scan.content) == (200, b"")
    lineup = client.get(discovered["LineupURL"]).json()
    assert [entry["GuideNumber"] for entry in lineup] == ["2.5", "42"]
    assert all("?" not in entry["URL"] and "_" not in entry["GuideNumber"] for entry in lineup)


@pytest.mark.parametrize("body", [b"", b"scan=start", b"{}", b"\xff\x00"])
def test_lineup_post_takes_any_body_and_changes_nothing(station: Station, body: bytes) -> None:
    before = station.client.get("/lineup.json").content
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    assert station.client.post("/lineup.post?favorite=x2.5", content=body, headers=form).status_code == 200
    assert station.client.get("/lineup.post").status_code == 405
    assert station.client.get("/lineup.json").content == before


@pytest.mark.parametrize("prefix", ["", "/hdhomerun"])
def test_every_description_answers_get_and_head_alike(station: Station, prefix: str) -> None:
    for path in PATHS:
        got, headed = station.client.get(prefix + path), station.client.head(prefix + path)

        assert (got.status_code, headed.status_code, headed.content) == (200, 200, b""), path
        assert got.headers["Content-Length"] == headed.headers["Content-Length"] == str(len(got.content))
        assert got.headers["Content-Type"] == headed.headers["Content-Type"]
        assert got.headers["Content-Type"].startswith(f"application/{TYPES[path.rpartition('.')[2]]}")


def test_the_second_place_says_where_it_is(station: Station) -> None:
    discovered = station.client.get("/hdhomerun/discover.json").json()

    assert discovered["BaseURL"] == "http://tv.example:8411/hdhomerun"
    assert station.client.get(discovered["LineupURL"]).status_code == 200


def test_a_tuner_that_is_off_is_not_there(station: Station) -> None:
    station.set(hdhomerun=HdhomerunSettings(enabled=False))

    for path in (*PATHS, "/hdhomerun/discover.json"):
        assert station.client.get(path).status_code == 404, path
    assert station.client.post("/lineup.post").status_code == 404
    assert station.client.get("/iptv/channels.m3u").status_code == 200


def test_old_plex_reads_the_description_at_another_place(station: Station) -> None:
    assert station.client.get("/capability").content == station.client.get("/device.xml").content
    assert station.client.head("/hdhomerun/capability").status_code == 200


def test_an_empty_lineup_is_a_list(make_station: Callable[[Timeline], Any], timeline: Timeline) -> None:
    iptv = replace(
        timeline, channels=tuple(replace(each, streaming_mode="iptv") for each in timeline.channels)
    )

    assert make_station(iptv).client.get("/lineup.json").content == b"[]"


def test_a_channel_that_holds_a_tuner_is_told_at_its_number(station: Station) -> None:
    station.says(tuners=(None, "tuner", None, None))

    tuners = station.client.get("/status.json").json()

    assert [tuner.get("VctNumber") for tuner in tuners] == [None, "42", None, None]


def test_a_tuner_tells_who_watches_it_first_and_nobody_who_watches_otherwise(station: Station) -> None:
    tuned = [("tuner", "HDHomeRun", f"10.0.0.{n}") for n in (5, 6)]
    watching = [*tuned, ("retro", "HLS", "10.0.0.7")]
    sessions = tuple(
        SessionStatus(channel=channel, protocol=protocol, client=client, since_ms=n)
        for n, (channel, protocol, client) in enumerate(watching)
    )
    # The second tuner is held for a while after its last viewer.
    station.says(tuners=("tuner", "retro", None, None), sessions=sessions)

    tuners = station.client.get("/status.json").json()

    assert [tuner.get("TargetIP") for tuner in tuners] == ["10.0.0.5", None, None, None]
