"""M3U lists as sources: what is kept of them, and what plays."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from serving import Shelf, served, shelved

from exstv import codes
from exstv.catalog.lock import encode, seal
from exstv.catalog.model import Catalog, MediaItem
from exstv.clock import SystemClock
from exstv.errors import ExstvError
from exstv.sources.base import Place, ScanContext, ScanResult, UrlInput, as_media
from exstv.sources.m3u import FRESH_SECONDS, M3uSource
from exstv.sources.registry import SourceRack
from exstv.sources.scan import ScanSite, scan_station
from exstv.timeline.model import Source

USER, PASSWORD = "me-myself", "pa55word"
PLACE = Place(media_root=Path("/"), channel_name="One", title="One", start_ms=0)
LIST = """#EXTM3U
#EXTINF:-1 tvg-id="news" tvg-logo="http://tv.example/n.png" group-title="News;World",The News
http://tv.example/news.m3u8
#EXTINF:60 group-title="Films",Harbour Nights
http://tv.example/films/nights.mp4
"""


class SetClock(SystemClock):
    now = 0.0

    def monotonic(self) -> float:
        return self.now


def source(environ: Mapping[str, str] | None = None, **definition: str) -> M3uSource:
    return M3uSource("cams", json.dumps(definition), environ or {})


def scan(source: M3uSource, media_root: Path = Path("/")) -> ScanResult:
    return source.scan(ScanContext(media_root=media_root, progress=lambda done, total, what: None))


def items(text: str) -> tuple[MediaItem, ...]:
    with served({"/list": text.encode()}) as address:
        return scan(source(url=f"{address}/list")).items


def test_live_and_finite_entries_become_items_with_all_that_the_list_says() -> None:
    news, nights = items(LIST)
    assert news == MediaItem(
        id="cams:news",
        source="cams",
        kind="live",
        title="The News",
        locator="http://tv.example/news.m3u8",
        tags=("News", "World"),
        artwork="http://tv.example/n.png",
        guids=("tvg:news",),
    )
    assert (nights.id, nights.kind, nights.duration_ms) == (
        "cams:http://tv.example/films/nights.mp4",
        "clip",
        60_000,
    )


def test_ids_stay_whatever_is_inserted_and_are_each_of_one_entry() -> None:
    double = (
        '#EXTM3U\n#EXTINF:-1 tvg-id="a",A\nhttp://tv.example/a?q=1\n#EXTINF:-1 tvg-id="a",A HD\n'
        "http://tv.example/a?q=2\n#EXTINF:-1,B\nhttp://tv.example/a?q=3\n#EXTINF:-1,B\nhttp://tv.example/a?q=4\n"
        "#EXTINF:-1,B\nhttp://tv.example/a?q=5\n"
    )
    ids = [item.id for item in items(double)]
    assert ids == [
        "cams:a",
        "cams:http://tv.example/a",
        "cams:http://tv.example/a B",
        "cams:http://tv.example/a B 2",
        "cams:http://tv.example/a B 3",
    ]
    more = double.replace("#EXTM3U\n", "#EXTM3U\n#EXTINF:-1,New\nhttp://tv.example/new\n")
    assert [item.id for item in items(more)] == ["cams:http://tv.example/new", *ids]


def test_an_item_is_never_called_by_a_number_of_ours() -> None:
    text = "#EXTM3U\nhttp://tv.example/live/harbour.ts\n#EXTINF:-1 tvg-id=x,\nhttp://tv.example/y\nhttp://b.example/"
    assert [item.title for item in items(text)] == ["harbour", "x", "b.example"]


def test_no_secret_reaches_the_lock_and_what_was_left_out_is_looked_up_to_play() -> None:
    environ = {"TV_USER": USER, "TV_PASSWORD": PASSWORD}
    with shelved(Shelf()) as shelf:
        base = shelf.address
        written = f"{base}/get?user=${{TV_USER}}&password=${{TV_PASSWORD}}&type=m3u_plus"
        shelf.bodies["/get"] = (
            f'#EXTM3U\n#EXTINF:-1 tvg-logo="{base}/logo/{PASSWORD}.png",One\n'
            f"{base}/live/{USER}/{PASSWORD}/1.ts\n"
            f"#EXTINF:-1,Two\n{base}/2.ts?token=t0ken\n"
            f"#EXTINF:-1,Three\n{base.replace('http://', f'http://{USER}:{PASSWORD}@')}/3.ts\n"
            f"#EXTINF:-1,Four\n#EXTVLCOPT:http-user-agent={PASSWORD}\n{base}/4.ts\n"
            "#EXTINF:-1,Five\n5.ts\n"
        ).encode()
        cams = source(environ, url=written)
        result = scan(cams)
        lock = encode(seal(result.items, {})).decode()
        played = [cams.resolve(as_media(item), PLACE) for item in result.items]
    assert not any(secret in lock for secret in (USER, PASSWORD, "t0ken"))
    assert [item.id.removeprefix(f"cams:{base}") for item in result.items] == [
        "/live/…/…/1.ts",
        "/2.ts",
        "/3.ts",
        "/4.ts",
        "/5.ts",
    ]
    assert [(each.url.removeprefix(base), each.live) for each in played] == [
        (f"/live/{USER}/{PASSWORD}/1.ts", True),
        ("/2.ts?token=t0ken", True),
        (played[2].url, True),
        ("/4.ts", True),
        ("/5.ts", True),
    ]
    assert f"{USER}:{PASSWORD}@" in played[2].url
    assert played[3].headers == (("User-Agent", PASSWORD),)
    # Once for the scan, once for all that plays.
    assert len(shelf.asked) == 2


def test_a_list_that_plays_is_read_again_once_it_is_old_and_an_old_one_is_better_than_none() -> None:
    clock = SetClock()
    with shelved(Shelf({"/list": b"#EXTM3U\n#EXTINF:-1 tvg-id=a,A\nhttp://tv.example/a?t=1\n"})) as shelf:
        cams = M3uSource("cams", json.dumps({"url": f"{shelf.address}/list"}), {}, clock)
        (item,) = scan(cams).items
        media = as_media(item)
        assert cams.resolve(media, PLACE).url.endswith("?t=1")
        shelf.bodies["/list"] = shelf.bodies["/list"].replace(b"t=1", b"t=2")
        assert cams.resolve(media, PLACE).url.endswith("?t=1")
        clock.now += FRESH_SECONDS + 1
        assert cams.resolve(media, PLACE).url.endswith("?t=2")
        del shelf.bodies["/list"]
        clock.now += FRESH_SECONDS + 1
        assert cams.resolve(media, PLACE).url.endswith("?t=2")
        shelf.bodies["/list"] = LIST.encode()
        with pytest.raises(ExstvError, match="`cams:a` is not in the list any more: run `exstv scan`"):
            cams.resolve(media, PLACE)
        assert SourceRack().open(Source(name="cams", type="m3u", definition='{"url":"u"}'), {})


def test_a_source_that_plays_is_opened_once_until_it_is_edited() -> None:
    rack = SourceRack()
    first = Source(name="cams", type="m3u", definition='{"url":"a"}')
    edited = Source(name="cams", type="m3u", definition='{"url":"b"}')
    assert rack.open(first, {}) is rack.open(first, {})
    assert rack.open(edited, {}) is not rack.open(first, {})


def test_a_file_is_read_below_the_media_root_and_in_what_it_was_written(tmp_path: Path) -> None:
    (tmp_path / "list.m3u").write_bytes(LIST.replace("The News", "Häuser").encode("latin-1"))
    result = scan(source(path="list.m3u"), tmp_path)
    assert [item.title for item in result.items] == ["Häuser", "Harbour Nights"]
    assert source(path="list.m3u").resolve(as_media(result.items[1]), PLACE) == UrlInput(
        url="http://tv.example/films/nights.mp4"
    )
    with pytest.raises(ExstvError, match="the list cannot be read: no such file or directory"):
        scan(source(path="gone.m3u"), tmp_path)


def test_what_is_no_web_address_is_left_out_and_the_rest_is_there(tmp_path: Path) -> None:
    (tmp_path / "list.m3u").write_text(LIST + "#EXTINF:-1 tvg-id=u,U\nudp://@239.0.0.1:1\n/etc/passwd\n")
    result = scan(source(path="list.m3u"), tmp_path)
    assert len(result.items) == 2
    assert [found.code for found in result.diagnostics] == [codes.MEDIA_LEFT_OUT.id] * 2
    assert result.diagnostics[0].message == (
        "`cams:u` is left out: line 7 of the list holds no address that begins with http or https"
    )


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html>Sign in</html>", "it is no M3U list: it does not begin with `#EXTM3U`"),
        (b"", "it is no M3U list: it does not begin with `#EXTM3U`"),
        (b"#EXTM3U\n", "it is no M3U list: it names nothing"),
        (
            b"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n1.ts\n",
            "it is one stream, not a list of them: a source of `type: url` plays it",
        ),
    ],
)
def test_what_is_no_list_is_one_diagnostic_and_what_was_known_stays(body: bytes, reason: str) -> None:
    with shelved(Shelf({"/list": LIST.encode()})) as shelf:
        definition = json.dumps({"url": f"{shelf.address}/list?password={PASSWORD}"})
        before, (), site = scanned(definition)
        shelf.bodies["/list"] = body
        after, _, (found,) = scan_station(
            [Source(name="cams", type="m3u", definition=definition)], before, site
        )
    assert after == before and len(after.items) == 2
    assert found.code == codes.SOURCE_NOT_SCANNED.id
    assert found.message == f"the source `cams` was not scanned: {reason}"


def scanned(definition: str) -> tuple[Catalog, tuple[()], ScanSite]:
    site = ScanSite(media_root=Path("/"), state_dir=Path("/"), environ={})
    catalog, _, found = scan_station(
        [Source(name="cams", type="m3u", definition=definition)], seal((), {}), site
    )
    assert found == []
    return catalog, (), site


def test_an_entry_that_leaves_the_list_is_missing() -> None:
    with shelved(Shelf({"/list": LIST.encode()})) as shelf:
        definition = json.dumps({"url": f"{shelf.address}/list"})
        before, (), site = scanned(definition)
        shelf.bodies["/list"] = LIST.partition("#EXTINF:60")[0].encode()
        declared = [Source(name="cams", type="m3u", definition=definition)]
        after, _, found = scan_station(declared, before, site)
        again, _, _ = scan_station(declared, after, site)
    assert found == [] and [item.state for item in after.items] == ["missing", "present"]
    assert encode(again) == encode(after)
