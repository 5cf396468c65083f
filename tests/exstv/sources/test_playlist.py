"""M3U lists as providers write them."""

from __future__ import annotations

from exstv.sources.playlist import Entry, is_stream, read

LIST = """#EXTM3U x-tvg-url="http://tv.example/guide.xml"
#EXTINF:-1 tvg-id="one.nl" tvg-name="One" tvg-logo="http://tv.example/1.png" group-title="News;World",One, 1st
#EXTVLCOPT:http-user-agent=Player/1.0
#EXTVLCOPT:http-referrer=http://tv.example/
http://tv.example/live/1.ts
#EXTINF:5400.5 TVG-ID=film group-title="Films, old",Harbour Nights
#EXTGRP:Harbour
http://tv.example/film.mp4
#EXTINF:0,
http://tv.example/2|User-Agent=Kodi%2F1&seekable=0

http://tv.example/3.ts
"""


def test_every_entry_says_what_it_says_of_itself() -> None:
    first, film, second, third = read(LIST.replace("\n", "\r\n"))
    assert first == Entry(
        address="http://tv.example/live/1.ts",
        line=5,
        title="One, 1st",
        attributes={
            "tvg-id": "one.nl",
            "tvg-name": "One",
            "tvg-logo": "http://tv.example/1.png",
            "group-title": "News;World",
        },
        groups=("News", "World"),
        headers=(("User-Agent", "Player/1.0"), ("Referer", "http://tv.example/")),
    )
    assert (film.title, film.duration_ms, film.groups) == (
        "Harbour Nights",
        5_400_500,
        ("Harbour", "Films, old"),
    )
    assert film.attributes["tvg-id"] == "film" and film.headers == ()
    assert (second.address, second.duration_ms, second.title) == ("http://tv.example/2", None, "")
    assert second.headers == (("User-Agent", "Kodi/1"),)
    assert third == Entry(address="http://tv.example/3.ts", line=12)


def test_numbers_that_are_none_mean_a_stream_without_end() -> None:
    for seconds in ("-1", "0", "", "1.2.3", "9" * 400):
        (entry,) = read(f"#EXTINF:{seconds} tvg-id=a,A\nhttp://tv.example/a")
        assert entry.duration_ms is None and entry.title == "A"


def test_a_title_may_be_all_there_is_and_quotes_may_lack() -> None:
    (entry,) = read('#EXTINF:-1 tvg-name="Some, name" group-title=News,\nhttp://tv.example/a')
    assert entry.title == "Some, name" and entry.groups == ("News",)
    (entry,) = read('#EXTINF:-1 tvg-id="open\nhttp://tv.example/a')
    assert entry.title == ""


def test_the_list_of_one_streams_pieces_is_told_from_a_list_of_streams() -> None:
    assert is_stream("#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n1.ts\n")
    assert is_stream("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n1.m3u8\n")
    assert not is_stream(LIST)
