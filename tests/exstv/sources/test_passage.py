"""What ffmpeg may fetch of another server, and what that server and others are told."""

from __future__ import annotations

from exstv.sources import passage as passages
from exstv.sources.base import UrlInput
from exstv.sources.passage import Passage

OWN = "https://tv.example/live/list.m3u8?token=secret"


def test_a_name_says_nothing_but_the_suffix_and_leads_to_its_address() -> None:
    passage = Passage(UrlInput(url="https://user:pass@tv.example/secret/film.mkv?token=secret"))
    assert passage.name == f"/{passage.key}/0/media.mkv"
    assert passage.address_of(passage.name) == "https://user:pass@tv.example/secret/film.mkv?token=secret"
    assert passage.address_of(f"/{passage.key}/1/media.mkv") is None
    assert passage.address_of(passage.name.replace(passage.key, "other")) is None
    assert passage.address_of("/é/0/media.mkv") is None


def test_a_list_names_only_addresses_of_ours_and_each_the_same_whenever_it_comes() -> None:
    passage = Passage(UrlInput(url=OWN))
    playlist = (
        '#EXTM3U\r\n#EXT-X-KEY:METHOD=AES-128,URI="key?token=secret",IV=0x1\r\n'
        '#EXT-X-MEDIA:TYPE=AUDIO,NAME="URI",URI="https://cdn.example/a/secret.m3u8"\r\n'
        "#EXTINF:4,\r\n1.ts?token=secret\r\n#EXTINF:4,\r\n/live/2.ts\r\nfile:///etc/passwd\r\n"
    )
    lines = passage.rewritten(playlist, OWN).splitlines()
    assert "secret" not in "".join(lines) and lines == passage.rewritten(playlist, OWN).splitlines()
    assert passage.address_of(lines[1].split('"')[1]) == "https://tv.example/live/key?token=secret"
    assert 'NAME="URI"' in lines[2]
    assert passage.address_of(lines[2].split('"')[3]) == "https://cdn.example/a/secret.m3u8"
    assert passage.address_of(lines[4]) == "https://tv.example/live/1.ts?token=secret"
    assert lines[4].endswith("media.ts")
    assert passage.address_of(lines[6]) == "https://tv.example/live/2.ts"
    assert lines[7] == "file:///etc/passwd"


def test_keys_go_to_the_inputs_own_server_only_and_who_asks_may_be_known_to_all() -> None:
    headers = (("X-Plex-Token", "secret"), ("Authorization", "secret"), ("User-Agent", "exstv"))
    passage = Passage(UrlInput(url=OWN, headers=headers))
    assert passage.headers_for("https://tv.example:443/other") == {
        "x-plex-token": "secret",
        "authorization": "secret",
        "user-agent": "exstv",
    }
    for foreign in ("http://tv.example/a", "https://tv.example:8443/a", "https://cdn.tv.example/a"):
        assert passage.headers_for(foreign) == {"user-agent": "exstv"}


def test_of_a_stream_without_end_the_addresses_longest_unused_go() -> None:
    passage = Passage(UrlInput(url=OWN))
    names = [passage.name_of(f"https://tv.example/{n}.ts") for n in range(passages.MOST_ADDRESSES - 1)]
    # What is asked for again and again stays, however old.
    assert passage.address_of(passage.name) == OWN
    passage.name_of("https://tv.example/another.ts")
    assert passage.address_of(names[0]) is None and passage.address_of(names[1]) is not None
    assert passage.address_of(passage.name) == OWN
