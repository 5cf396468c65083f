"""Lists of external schedules: fetched from a server of the test's own."""

from __future__ import annotations

import json

import pytest
from serving import served

from exstv.catalog.lock import decode, encode, list_digest, seal
from exstv.catalog.model import Catalog
from exstv.catalog.stale import stale_lists
from exstv.sources.lists import fetch_lists
from exstv.sources.scan import prune

LIST = {"startTime": "2026-03-06T06:00:00Z", "programs": [{"duration": 60000, "title": "A"}]}


def test_a_list_is_fetched_into_the_lock_and_read_back() -> None:
    with served({"/list": json.dumps(LIST).encode()}) as address:
        catalog, found = fetch_lists({"retro": f"{address}/list"}, seal((), {}))
    assert found == []
    again, damaged = decode(encode(catalog), "catalog.lock")
    assert damaged == []
    assert again == catalog
    assert json.loads(bytes(again.lists["retro"].data)) == LIST
    assert again.lists["retro"].definition == list_digest(f"{address}/list")


def test_a_list_keeps_no_key_that_no_compile_reads_and_no_token() -> None:
    source = {
        "source_type": "http",
        "uri": "https://me:secret@films.example/a.mkv?token=secret",
        "headers": ["Authorization: secret"],
    }
    item = {"id": "1", "start": "2026-03-06T06:00:00Z", "finish": "2026-03-06T07:00:00Z", "source": source}
    playout = {"version": "https://ersatztv.org/playout/version/0.0.1", "items": [item], "note": "secret"}
    with served({"/list": json.dumps(playout).encode()}) as address:
        catalog, _ = fetch_lists({"retro": f"{address}/list"}, seal((), {}))
    assert b"secret" not in encode(catalog)
    (kept,) = json.loads(bytes(catalog.lists["retro"].data))["items"]
    assert kept["source"] == {"source_type": "http", "uri": "https://films.example/a.mkv"}


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/gone", "the answer is 404 Not Found"),
        ("/text", "the answer is not JSON"),
    ],
)
def test_a_list_that_cannot_be_fetched_is_kept_as_it_was(path: str, reason: str) -> None:
    with served({"/list": json.dumps(LIST).encode(), "/text": b"<html>"}) as address:
        before, _ = fetch_lists({"retro": f"{address}/list"}, seal((), {}))
        after, (found,) = fetch_lists({"retro": address + path}, before)
    assert after == before
    assert (found.code, found.message) == (
        "EXS3027",
        f"the list of the schedule `retro` was not fetched: {reason}",
    )


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("file:///etc/passwd", "its address is neither http nor https"),
        ("http://127.0.0.1:1/secret", "no connection"),
    ],
)
def test_an_address_that_leads_nowhere_is_not_shown(url: str, reason: str) -> None:
    catalog, (found,) = fetch_lists({"retro": url}, seal((), {}))
    assert catalog.lists == {}
    assert found.message.endswith(f": {reason}")
    assert "secret" not in found.message


def test_a_list_is_stale_until_it_is_fetched_from_where_it_is_now() -> None:
    with served({"/a": json.dumps(LIST).encode()}) as address:
        urls = {"retro": f"{address}/a"}
        catalog, _ = fetch_lists(urls, seal((), {}))
        assert stale_lists(urls, seal((), {})) == {"retro"}
        assert stale_lists(urls, catalog) == set()
        assert stale_lists({"retro": f"{address}/b"}, catalog) == {"retro"}


def test_a_list_that_nothing_names_any_more_leaves_the_lock() -> None:
    with served({"/a": json.dumps(LIST).encode()}) as address:
        catalog, _ = fetch_lists({"a": f"{address}/a", "b": f"{address}/a"}, seal((), {}))
    kept, found = fetch_lists({"a": f"{address}/a"}, catalog, only=set())
    assert (list(catalog.lists), list(kept.lists), found) == (["a", "b"], ["a"], [])
    assert prune(kept).lists == kept.lists


def test_a_damaged_list_line_is_found_at_its_line() -> None:
    data = encode(Catalog()) + b'{"list":"a","definition":1}\n'
    catalog, (found,) = decode(data, "catalog.lock")
    assert (found.code, found.span.line, catalog.lists) == ("EXS6001", 2, {})
