"""The playlist and the guide over HTTP: types, caching, and whose address they carry."""

from __future__ import annotations

import asyncio
import gzip
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest
from msgspec.structs import replace
from plain_xmltv import render
from players_reading import jellyfin_channels

from exstv.settings import ServerSettings
from exstv.timeline import store
from exstv.timeline.model import Timeline
from exstv.timeline.query import TimelineReader
from exstv.units import DAY_MS

if TYPE_CHECKING:
    from tests.runtime.conftest import Station

ENTRY = re.compile(r",(.*)\n(.*)\n")
PICTURE = "https://img.example/cartoon.jpg"
DOCUMENTS = ["/iptv/channels.m3u", "/iptv/xmltv.xml", "/iptv/xmltv.xml.gz"]


def urls(station: Station, **headers: str) -> set[str]:
    text = station.client.get("/iptv/channels.m3u", headers=headers).text
    return {url for _, url in ENTRY.findall(text)} | set(re.findall('url-tvg="([^"]*)"', text))


def retitled(timeline: Timeline, title: str, only: str | None = None) -> Timeline:
    """The timeline with all programmes, or those of one channel, under another title."""
    keys = {each.key for each in timeline.channels} if only is None else {only}
    programmes = tuple(
        replace(row, title=title) if row.channel in keys else row for row in timeline.programmes
    )
    channels = tuple(
        replace(each, digest=f"{each.digest} {title}") if each.key in keys else each
        for each in timeline.channels
    )
    header = replace(timeline.header, built_at_ms=timeline.header.built_at_ms + 5_000)
    return replace(timeline, channels=channels, programmes=programmes, header=header)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The channels whose programmes were written."""
    asked: list[str] = []
    stream = TimelineReader.stream

    def counted(reader: TimelineReader, query: str, values: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
        asked.extend(values["channels"])
        return stream(reader, query, values)

    monkeypatch.setattr(TimelineReader, "stream", counted)
    return asked


def swap(station: Station, timeline: Timeline) -> None:
    path = station.folder / f"{len(list(station.folder.iterdir()))}.duckdb"
    store.write(timeline, path)
    station.client.blocking_portal.call(station.services.live.swap, path)


def test_channels_for_tuners_alone_are_not_in_the_playlist(station: Station) -> None:
    assert urls(station) == {
        "http://tv.example:8411/iptv/channel/2.5.ts",
        "http://tv.example:8411/iptv/channel/7.ts",
        "http://tv.example:8411/iptv/xmltv.xml",
    }


def test_one_group_can_be_asked_for(make_station: Callable[[Timeline], Station], timeline: Timeline) -> None:
    groups = ("Nostalgia", "Nostalgia; Late & Loud", None)
    channels = tuple(
        replace(each, group=group) for each, group in zip(timeline.channels, groups, strict=True)
    )
    station = make_station(replace(timeline, channels=channels))

    def numbers(**asked: str) -> list[str]:
        answer = station.client.get("/iptv/channels.m3u", params=asked)
        assert answer.status_code == 200
        return [each.number for each in jellyfin_channels(answer.text)]

    everything = numbers()
    assert numbers(group="Nostalgia") == [number for number in everything if number in ("2.5", "7")]
    assert numbers(group="Late & Loud") == numbers(group="Nostalgia; Late & Loud") == ["7"]
    for unknown in ("nostalgia", "", "Nost", "Late"):
        answer = station.client.get("/iptv/channels.m3u", params={"group": unknown})
        assert answer.status_code == 404
        assert "#EXTM3U" not in answer.text


def test_the_guide_tells_of_the_media_that_are_on(
    make_station: Callable[[Timeline], Station], timeline: Timeline
) -> None:
    media = tuple(
        replace(each, kind="movie", directors=("Ida Lupino",), actors=("Edmond O'Brien",), artwork=PICTURE)
        for each in timeline.media
    )
    programmes = tuple(replace(row, media_id="cards:cartoon") for row in timeline.programmes)
    station = make_station(replace(timeline, media=media, programmes=programmes))

    first, second, *_ = ElementTree.fromstring(station.client.get("/iptv/xmltv.xml").content).findall(
        "programme"
    )

    assert first.findtext("credits/director") == "Ida Lupino"
    assert first.findtext("credits/actor") == "Edmond O'Brien"
    assert [each.get("src") for each in first.findall("icon")] == [PICTURE]
    assert first.findtext("length") == "30"
    assert (first.find("previously-shown"), second.find("previously-shown") is None) == (None, False)


def test_catch_up_is_offered_for_as_long_as_the_timeline_goes_back(
    make_station: Callable[[Timeline], Station], timeline: Timeline
) -> None:
    header = replace(timeline.header, built_at_ms=timeline.header.start_ms + 2 * DAY_MS + 5_000)
    station = make_station(replace(timeline, header=header))

    text = station.client.get("/iptv/channels.m3u?type=m3u8").text
    address = "http://tv.example:8411/iptv/channel/7.m3u8"
    assert f'catchup="default" catchup-source="{address}?at={{utc}}" catchup-days="2"' in text
    assert 'catchup-days="1"' in make_station(timeline).client.get("/iptv/channels.m3u").text
    station.set(server=ServerSettings(max_catchup=0))
    assert "catchup" not in station.client.get("/iptv/channels.m3u").text
    assert "catchup" not in station.client.get("/lineup.m3u").text


def test_the_guide_lists_every_programme_of_the_timeline(station: Station) -> None:
    root = ElementTree.fromstring(station.client.get("/iptv/xmltv.xml").content)

    titles = [programme.findtext("title") for programme in root.findall("programme")]
    assert titles == [row.title for row in station.timeline.programmes]


def test_the_compressed_guide_is_a_file_that_holds_the_same_guide(station: Station) -> None:
    answer = station.client.get("/iptv/xmltv.xml.gz")

    assert answer.headers["Content-Type"] == "application/gzip"
    assert "Content-Encoding" not in answer.headers
    assert gzip.decompress(answer.content) == station.client.get("/iptv/xmltv.xml").content


@pytest.mark.parametrize("path", DOCUMENTS)
def test_head_gives_the_headers_of_get_and_no_body(station: Station, path: str) -> None:
    got, headed = station.client.get(path), station.client.head(path)

    assert headed.content == b""
    assert got.headers["Content-Length"] == str(len(got.content))
    for name in ("Content-Type", "Content-Length", "ETag", "Last-Modified"):
        assert headed.headers[name] == got.headers[name]


@pytest.mark.parametrize("path", DOCUMENTS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_client_that_has_it_is_told_so(station: Station, path: str, method: str) -> None:
    got = station.client.get(path)

    for condition in (
        {"If-None-Match": got.headers["ETag"]},
        {"If-None-Match": f'"other", W/{got.headers["ETag"]}'},
        {"If-None-Match": "*"},
        {"If-Modified-Since": got.headers["Last-Modified"]},
    ):
        answer = station.client.request(method, path, headers=condition)
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["ETag"] == got.headers["ETag"]


@pytest.mark.parametrize("path", DOCUMENTS)
def test_a_client_that_has_another_gets_this_one(station: Station, path: str) -> None:
    got = station.client.get(path)

    for condition in (
        {"If-None-Match": '"other"'},
        {"If-None-Match": '"other"', "If-Modified-Since": got.headers["Last-Modified"]},
        {"If-Modified-Since": "Thu, 01 Jan 2032 00:00:00 GMT"},
    ):
        assert station.client.get(path, headers=condition).status_code == 200


def test_each_form_of_the_guide_has_a_tag_of_its_own(station: Station) -> None:
    tags = {station.client.get(path).headers["ETag"] for path in DOCUMENTS}

    assert len(tags) == len(DOCUMENTS)


def test_a_new_timeline_is_served_at_once(station: Station) -> None:
    before = station.client.get("/iptv/xmltv.xml")

    swap(station, retitled(station.timeline, "Brand New"))

    after = station.client.get("/iptv/xmltv.xml", headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert "<title>Brand New</title>" in after.text
    assert after.headers["Last-Modified"] != before.headers["Last-Modified"]


def test_of_a_new_timeline_only_the_channels_that_changed_are_written(
    station: Station, asked: list[str]
) -> None:
    station.client.get("/iptv/xmltv.xml")
    asked.clear()
    changed = retitled(station.timeline, "Brand New", only="retro")

    swap(station, changed)

    assert asked == []
    body = station.client.get("/iptv/xmltv.xml").content
    assert asked == ["retro"]
    media = {each.id: each for each in changed.media}
    assert body.decode() == "".join(render(changed.channels, changed.programmes, media))


def test_what_the_catalog_tells_of_an_item_is_told_anew(
    make_station: Callable[[Timeline], Station], timeline: Timeline
) -> None:
    rows = tuple(replace(row, media_id=timeline.media[0].id) for row in timeline.programmes)
    timeline = replace(timeline, programmes=rows)
    station = make_station(timeline)
    assert "<director>" not in station.client.get("/iptv/xmltv.xml").text
    media = tuple(replace(each, directors=("Ada New",)) for each in timeline.media)
    header = replace(timeline.header, lock_digest="another")

    swap(station, replace(timeline, media=media, header=header))

    assert "<director>Ada New</director>" in station.client.get("/iptv/xmltv.xml").text


def test_many_clients_at_once_cost_one_rendering(station: Station, asked: list[str]) -> None:
    async def all_at_once() -> set[int]:
        loop = asyncio.get_running_loop()
        calls = [loop.run_in_executor(None, station.client.get, path) for path in DOCUMENTS[1:] * 4]
        return {answer.status_code for answer in await asyncio.gather(*calls)}

    assert asyncio.run(all_at_once()) == {200}
    assert sorted(asked) == sorted(each.key for each in station.timeline.channels)


@pytest.mark.parametrize(
    ("host", "base"),
    [
        ("10.0.0.5:8411", "http://10.0.0.5:8411"),
        ("[fe80::1]:80", "http://[fe80::1]:80"),
        ("tv.local", "http://tv.local"),
    ],
)
def test_addresses_are_those_that_the_client_used(station: Station, host: str, base: str) -> None:
    assert all(url.startswith(f"{base}/iptv/") for url in urls(station, Host=host))


@pytest.mark.parametrize("host", ['a" onload="x', "evil.example/path", "a b"])
def test_a_host_that_is_malformed_is_refused(station: Station, host: str) -> None:
    answer = station.client.get("/iptv/channels.m3u", headers={"Host": host})

    assert answer.status_code == 400
    assert "#EXTM3U" not in answer.text


@pytest.mark.parametrize("host", ["user@evil.example", "x:99999999", ""])
def test_a_host_that_is_none_is_not_repeated(station: Station, host: str) -> None:
    found = urls(station, Host=host)

    assert found
    assert all(url.startswith("http://tv.example:8411/iptv/") for url in found)


def test_a_public_address_comes_before_the_host(station: Station) -> None:
    station.set(server=ServerSettings(public_url="https://tv.example/exstv"))

    assert all(url.startswith("https://tv.example/exstv/iptv/") for url in urls(station, Host="10.0.0.5"))


def test_the_timeline_is_not_touched(station: Station) -> None:
    path: Path = station.services.live.path
    before = path.stat().st_mtime_ns

    for document in DOCUMENTS:
        station.client.get(document)

    assert path.stat().st_mtime_ns == before
