"""Logos that are files of the station: served by the channel's id, and nothing else of the folder."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace
from pictures import PNG

from exstv.timeline.model import Timeline

if TYPE_CHECKING:
    from tests.runtime.conftest import Station

MakeStation = Callable[[Timeline], "Station"]


def with_logo(make_station: MakeStation, timeline: Timeline, logo: str) -> Station:
    first, *rest = timeline.channels
    return make_station(replace(timeline, channels=(replace(first, logo=logo), *rest)))


def test_a_logo_file_is_served_and_everyone_is_told_where(
    make_station: MakeStation, timeline: Timeline
) -> None:
    station = with_logo(make_station, timeline, "logos/Beta.PNG")
    (station.folder / "logos").mkdir()
    (station.folder / "logos" / "Beta.PNG").write_bytes(PNG)

    answer = station.client.get("/iptv/logo/retro.harbour.png")

    assert (answer.content, answer.headers["Content-Type"]) == (PNG, "image/png")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    url = "http://tv.example:8411/iptv/logo/retro.harbour.png"
    assert f'tvg-logo="{url}"' in station.client.get("/iptv/channels.m3u").text
    assert f'tvg-logo="{url}"' in station.client.get("/lineup.m3u").text
    assert f'<icon src="{url}"/>' in station.client.get("/iptv/xmltv.xml").text
    assert 'src="iptv/logo/retro.harbour.png"' in station.client.get("/").text


def test_a_client_that_has_the_logo_is_told_so(make_station: MakeStation, timeline: Timeline) -> None:
    station = with_logo(make_station, timeline, "a.svg")
    (station.folder / "a.svg").write_bytes(b"<svg/>")
    etag = station.client.get("/iptv/logo/retro.harbour.svg").headers["ETag"]

    assert (
        station.client.get("/iptv/logo/retro.harbour.svg", headers={"If-None-Match": etag}).status_code == 304
    )


@pytest.mark.parametrize(
    "logo", ["../outside.png", "link.png", "channels.yaml", "missing.png", "text.png", "."]
)
def test_nothing_but_a_picture_below_the_station_is_served(
    make_station: MakeStation, timeline: Timeline, logo: str
) -> None:
    station = with_logo(make_station, timeline, logo)
    outside = station.folder.parent / "outside.png"
    outside.write_bytes(PNG)
    (station.folder / "text.png").write_text("secret")
    (station.folder / "link.png").symlink_to(outside)
    (station.folder / "channels.yaml").write_text("secret: true")

    for suffix in ("", ".png", ".yaml"):
        assert station.client.get(f"/iptv/logo/retro.harbour{suffix}").status_code == 404
    outside.unlink()


def test_a_name_that_is_no_channel_s_is_not_found(station: Station) -> None:
    for name in ("2.5.png", "999.png", "..%2f..%2fetc%2fpasswd", "channels.yaml"):
        assert station.client.get(f"/iptv/logo/{name}").status_code == 404


def test_made_up_hosts_do_not_fill_the_memory(make_station: MakeStation, timeline: Timeline) -> None:
    station = with_logo(make_station, timeline, "a.png")

    for n in range(20):
        host = {"Host": f"host{n}.example"}
        assert f"http://host{n}.example/iptv/logo" in station.client.get("/iptv/xmltv.xml", headers=host).text

    with station.services.live.lease() as lease:
        assert 0 < len(lease.cache) <= 6


def test_without_logo_files_one_guide_serves_every_host(station: Station) -> None:
    for host in ("one.example", "two.example"):
        assert station.client.get("/iptv/xmltv.xml", headers={"Host": host}).status_code == 200

    with station.services.live.lease() as lease:
        assert len(lease.cache) == 1
