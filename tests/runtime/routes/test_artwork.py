"""Pictures that only a source has: told everywhere by a name, given from its folder or server alone."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace as with_parts
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from hostile import TARGETS, UPWARDS
from media_servers.mediabrowser import Emby, Jellyfin
from media_servers.plex import Plex
from media_servers.shelf import Shelf, Video
from media_servers.standing_in import StandIn, standing
from msgspec.structs import replace
from pictures import PNG
from pydantic import SecretStr

from exstv.pictures import LARGEST_ARTWORK_BYTES
from exstv.server_settings import ServerSettings
from exstv.timeline import store
from exstv.timeline.model import Source, Timeline
from exstv.units import DAY_MS, HOUR_MS
from runtime.gate.gate import Gate
from runtime.pictures import PictureRack

if TYPE_CHECKING:
    from tests.runtime.conftest import Station

MakeStation = Callable[[Timeline], "Station"]

JPEG = b"\xff\xd8\xff\xe0 a poster"
POSTER = "A & B (1960)/poster.jpg"
KEY = "s3cret-of-the-attic"
TOKEN = "k3y-of.the~harbour_42"
SERVERS = {"jellyfin": Jellyfin, "emby": Emby, "plex": Plex}
ADDRESS = re.compile(r"/iptv/artwork/[0-9a-f]{32}")


def showing(make_station: MakeStation, timeline: Timeline, *artwork: str, **definition: object) -> Station:
    """A station that shows films with these pictures in turn; unless more is said, of the folder `films`."""
    type_ = str(definition.pop("type", "local"))
    given = definition or {"path": "films"}
    source = Source(name="films", type=type_, definition=json.dumps(given))
    film, *_ = timeline.media
    media = [replace(film, id=f"films:{n}", source="films", artwork=each) for n, each in enumerate(artwork)]
    now_ms = timeline.header.start_ms + DAY_MS
    near = [row for row in timeline.programmes if abs(row.start_ms - now_ms) < 12 * HOUR_MS]
    programmes = [replace(row, media_id=media[n % len(media)].id) for n, row in enumerate(near)]
    items = (row for row in timeline.items if abs(row.start_ms - now_ms) < HOUR_MS)
    return make_station(
        replace(
            timeline,
            sources=(source,),
            media=(*media, *timeline.media),
            programmes=tuple(programmes),
            items=tuple(items),
        )
    )


def reset(station: Station, rack: PictureRack) -> None:
    station.services = with_parts(station.services, pictures=rack)
    station.client.app.state.services = station.services


def put(station: Station, name: str, body: bytes) -> Path:
    path = station.folder / "films" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    return path


def address_of(station: Station) -> str:
    """Where the guide says that the film's picture is."""
    found = ADDRESS.search(station.client.get("/iptv/xmltv.xml").text)
    assert found is not None
    return found[0]


def test_a_picture_beside_a_film_is_given_and_everyone_is_told_where(
    make_station: MakeStation, timeline: Timeline
) -> None:
    station = showing(make_station, timeline, POSTER)
    put(station, POSTER, JPEG)
    address = address_of(station)

    answer = station.client.get(address)

    assert (answer.content, answer.headers["Content-Type"]) == (JPEG, "image/jpeg")
    url = f"http://tv.example:8411{address}"
    assert f'<icon src="{url}"/>' in station.client.get("/iptv/xmltv.xml").text
    assert station.client.get("/api/v1/guide").json()["programmes"][0]["artwork"] == url
    now = station.client.get("/api/v1/now").json()["channels"][0]
    assert (now["now"]["artwork"], now["next"]["artwork"]) == (url, url)
    assert f'src="{address[1:]}"' in station.client.get("/").text
    assert f'src="..{address}"' in station.client.get("/channels/7").text
    assert f'src="../..{address}"' in station.client.get("/channels/7/why").text
    told = [station.client.get(path).text for path in ("/", "/guide", "/iptv/xmltv.xml", "/api/v1/guide")]
    assert not [text for text in told if "poster" in text]


def test_a_public_picture_is_told_as_it_is(make_station: MakeStation, timeline: Timeline) -> None:
    picture = "https://img.example/a.jpg"
    station = showing(make_station, timeline, picture)

    assert station.client.get("/api/v1/guide").json()["programmes"][0]["artwork"] == picture
    assert f'src="{picture}"' in station.client.get("/channels/7").text


def test_who_has_a_picture_is_told_so_and_does_not_ask_at_every_look(
    make_station: MakeStation, timeline: Timeline
) -> None:
    station = showing(make_station, timeline, POSTER)
    poster = put(station, POSTER, JPEG)
    first = station.client.get(address_of(station))
    known = {"If-None-Match": first.headers["ETag"]}

    assert station.client.get(address_of(station), headers=known).status_code == 304
    assert "max-age=3600" in first.headers["Cache-Control"]
    headed = station.client.head(address_of(station))
    assert (headed.content, headed.headers["Content-Length"]) == (b"", str(len(JPEG)))
    poster.write_bytes(PNG)
    changed = station.client.get(address_of(station), headers=known)
    assert (changed.status_code, changed.headers["Content-Type"]) == (200, "image/png")


def test_nothing_but_a_picture_below_the_source_s_folder_is_given(
    make_station: MakeStation, timeline: Timeline
) -> None:
    beside = ("text.png", "drawing.png", "large.png", "folder.png", "missing.png", "film.mkv", "loop.png")
    outwards = (
        "../outside.png",
        "link.png",
        "folder.png/../../outside.png",
        "away/outside.png",
        "/etc/passwd",
    )
    station = showing(make_station, timeline, *beside, *outwards, "own.png")
    outside = station.folder / "outside.png"
    outside.write_bytes(PNG)
    put(station, "own.png", PNG)
    put(station, "text.png", b"secret")
    put(station, "drawing.png", b"<svg onload='alert(1)'/>")
    put(station, "film.mkv", PNG)
    with put(station, "large.png", PNG).open("r+b") as large:
        large.truncate(LARGEST_ARTWORK_BYTES + 1)
    films = station.folder / "films"
    (films / "folder.png").mkdir()
    (films / "link.png").symlink_to(outside)
    (films / "away").symlink_to(station.folder)
    (films / "loop.png").symlink_to(films / "loop.png")

    addresses = sorted(set(ADDRESS.findall(station.client.get("/iptv/xmltv.xml").text)))

    assert len(addresses) == len((*beside, *outwards, "own.png"))
    answers = [station.client.get(address) for address in addresses]
    assert sorted(answer.status_code for answer in answers) == [200, *[404] * (len(addresses) - 1)]


def test_a_link_is_followed_where_the_source_says_so(make_station: MakeStation, timeline: Timeline) -> None:
    station = showing(make_station, timeline, "link.png", path="films", follow_symlinks=True)
    outside = station.folder / "outside.png"
    outside.write_bytes(PNG)
    (station.folder / "films").mkdir()
    (station.folder / "films" / "link.png").symlink_to(outside)

    assert station.client.get(address_of(station)).content == PNG


def test_what_is_no_picture_s_name_leads_nowhere(make_station: MakeStation, timeline: Timeline) -> None:
    station = showing(make_station, timeline, POSTER)
    put(station, POSTER, JPEG)
    names = [f"{up}/{target}" for up in UPWARDS for target in TARGETS]

    for name in (*names, POSTER, "films:poster.jpg", "0" * 32, address_of(station)[-32:].upper(), "x" * 3000):
        answer = station.client.get(f"/iptv/artwork/{name}")
        assert answer.status_code == 404 and "root:" not in answer.text, name


def test_every_client_reads_its_own_address_of_one_guide(
    make_station: MakeStation, timeline: Timeline
) -> None:
    station = showing(make_station, timeline, POSTER)
    tags = set()
    for n in range(20):
        host = {"Host": f"host{n}.example"}
        plain = station.client.get("/iptv/xmltv.xml", headers=host)
        packed = station.client.get("/iptv/xmltv.xml.gz", headers=host)
        assert plain.text.count(f'"http://host{n}.example/iptv/artwork/') == len(station.timeline.programmes)
        assert plain.headers["Content-Length"] == str(len(plain.content))
        assert gzip.decompress(packed.content) == plain.content
        tags |= {plain.headers["ETag"], packed.headers["ETag"]}
        known = {**host, "If-None-Match": plain.headers["ETag"]}
        assert station.client.get("/iptv/xmltv.xml", headers=known).status_code == 304

    assert len(tags) == 40
    with station.services.live.lease() as lease:
        assert 0 < len(lease.cache) <= 6


def attic_of(kind: str, picture: bytes = JPEG) -> StandIn:
    """A media server with one film."""
    video = Video(key=101, kind="movie", title="Fog", library="Films", path="/data/fog.mkv", picture=picture)
    server: StandIn = SERVERS[kind](Shelf([video]), KEY, checked=False)
    return server


@pytest.fixture
def attic() -> StandIn:
    """One of them, where it does not matter which."""
    return attic_of("plex")


def on_server(make_station: MakeStation, timeline: Timeline, attic: StandIn, url: str) -> Station:
    """A station that shows the server's film; address and key are the environment's."""
    if isinstance(attic, Plex):
        artwork, more = "/library/metadata/101/thumb/1", {"type": "plex", "token": "${ATTIC_KEY}"}
    else:
        assert isinstance(attic, Jellyfin | Emby)
        artwork = f"/Items/{attic.id(101)}/Images/Primary"
        more = {"type": "emby" if attic.emby else "jellyfin", "api_key": "${ATTIC_KEY}"}
    station = showing(make_station, timeline, artwork, url="${ATTIC_URL}", **more)
    reset(station, PictureRack(environ(url)))
    return station


def environ(url: str) -> dict[str, str]:
    return {"ATTIC_URL": url, "ATTIC_KEY": KEY}


@pytest.mark.parametrize("kind", SERVERS)
def test_a_server_s_picture_is_fetched_once_with_a_key_that_nobody_is_told(
    make_station: MakeStation, timeline: Timeline, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    attic = attic_of(kind)
    with standing(attic) as url:
        station = on_server(make_station, timeline, attic, url)
        answers = [station.client.get(address_of(station)) for _ in range(3)]

    assert [answer.content for answer in answers] == [JPEG] * 3
    assert len(attic.asked) == 1
    pages = ("/", "/channels/7", "/iptv/xmltv.xml", "/api/v1/guide", "/api/v1/now", "/api/v1/sources")
    told = [f"{answer.text} {answer.headers}" for answer in map(station.client.get, pages)]
    told += [str(answer.headers) for answer in answers]
    # What httpx says no server of ours logs.
    told += [each.getMessage() for each in caplog.records if not each.name.startswith("http")]
    assert not [text for text in told if KEY in text or url in text]


@pytest.mark.parametrize(("trouble", "status"), [("", 200), ("error", 502)])
def test_those_who_ask_at_once_make_one_request_of_its_server(
    make_station: MakeStation, timeline: Timeline, attic: StandIn, trouble: str, status: int
) -> None:
    attic.trouble = trouble
    with standing(attic) as url, ThreadPoolExecutor(8) as crowd:
        station = on_server(make_station, timeline, attic, url)
        answers = list(crowd.map(station.client.get, [address_of(station)] * 16))

    assert {answer.status_code for answer in answers} == {status}
    assert len(attic.asked) == 1


def test_a_server_in_trouble_is_told_of_and_left_alone_for_a_while(
    make_station: MakeStation, timeline: Timeline, attic: StandIn
) -> None:
    troubles = {"key": 502, "error": 502, "torn": 502, "elsewhere": 502, "html": 404}
    with standing(attic) as url:
        station = on_server(make_station, timeline, attic, url)
        for n, (attic.trouble, status) in enumerate(troubles.items(), start=1):
            reset(station, PictureRack(environ(url)))
            answers = [station.client.get(address_of(station)) for _ in range(3)]

            assert {answer.status_code for answer in answers} == {status}, attic.trouble
            assert len(attic.asked) == n
            assert not [each for each in answers if KEY in each.text or url in each.text]
            if status == 502:
                headers = answers[0].headers
                assert (headers["Retry-After"], headers["Cache-Control"]) == ("30", "no-store")


def test_a_picture_that_was_fetched_is_shown_for_as_long_as_its_server_is_away(
    make_station: MakeStation, timeline: Timeline, attic: StandIn
) -> None:
    with standing(attic) as url:
        station = on_server(make_station, timeline, attic, url)
        reset(station, PictureRack(environ(url), fresh_seconds=0))
        assert station.client.get(address_of(station)).status_code == 200
    assert station.client.get(address_of(station)).content == JPEG


def test_another_server_of_the_same_name_has_pictures_of_its_own(
    make_station: MakeStation, timeline: Timeline, attic: StandIn
) -> None:
    with standing(attic) as url, standing(attic_of("plex", PNG)) as other:
        station = on_server(make_station, timeline, attic, url)
        assert station.client.get(address_of(station)).content == JPEG
        (source,) = station.timeline.sources
        moved = replace(source, definition=source.definition.replace("${ATTIC_URL}", other))
        path = station.folder / "moved.duckdb"
        store.write(replace(station.timeline, sources=(moved,)), path)
        station.client.blocking_portal.call(station.services.live.swap, path)
        assert station.client.get(address_of(station)).content == PNG


def test_a_server_that_is_not_there_gives_no_picture(make_station: MakeStation, timeline: Timeline) -> None:
    nowhere = "http://127.0.0.1:9"
    station = showing(make_station, timeline, "/thumb", type="plex", url=nowhere, token="of-no-use")

    assert station.client.get(address_of(station)).status_code == 502


def test_a_key_that_is_not_in_the_environment_is_no_bug_of_ours(
    make_station: MakeStation, timeline: Timeline, attic: StandIn
) -> None:
    with standing(attic) as url:
        station = on_server(make_station, timeline, attic, url)
        reset(station, PictureRack({"ATTIC_URL": url}))
        assert station.client.get(address_of(station)).status_code == 502
    assert attic.asked == []


def test_a_key_goes_to_its_own_server_only(
    make_station: MakeStation, timeline: Timeline, attic: StandIn
) -> None:
    elsewhere = ("thumb/1", "@evil.example/a.jpg", ".evil.example/a.jpg")
    with standing(attic) as url:
        station = showing(make_station, timeline, *elsewhere, type="plex", url=url, token=KEY)
        addresses = set(ADDRESS.findall(station.client.get("/iptv/xmltv.xml").text))
        assert [station.client.get(address).status_code for address in addresses] == [404] * 3
    assert attic.asked == []


def test_a_server_s_picture_that_has_no_end_is_not_taken(
    make_station: MakeStation, timeline: Timeline
) -> None:
    attic = attic_of("jellyfin", JPEG + bytes(LARGEST_ARTWORK_BYTES))
    with standing(attic) as url:
        station = on_server(make_station, timeline, attic, url)
        assert station.client.get(address_of(station)).status_code == 502


def test_a_picture_is_below_the_token_and_does_nothing_by_itself(
    make_station: MakeStation, timeline: Timeline
) -> None:
    station = showing(make_station, timeline, POSTER)
    put(station, POSTER, JPEG)
    gate = Gate(station.client.app, ServerSettings(token=SecretStr(TOKEN)))

    async def asked() -> tuple[str, list[httpx.Response]]:
        transport = httpx.ASGITransport(app=gate)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://tv.lan") as http:
            guide = await http.get(f"/t/{TOKEN}/iptv/xmltv.xml")
            address = re.search(r'<icon src="([^"]+/artwork/[^"]+)"', guide.text)
            assert address is not None
            beside = address[1].replace(f"/t/{TOKEN}", "")
            return address[1], [await http.get(each) for each in (address[1], beside)]

    address, (given, refused) = asyncio.run(asked())

    assert address.startswith(f"http://tv.lan/t/{TOKEN}/iptv/artwork/")
    assert (given.content, refused.status_code) == (JPEG, 404)
    assert given.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in given.headers["Content-Security-Policy"]
