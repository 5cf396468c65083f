"""Which of a video's formats plays, and until when."""

from __future__ import annotations

from typing import Any

import pytest

from exstv.sources.formats import USUAL_MS, Direct, directs

NOW_MS = 1_796_000_000_000


def format_(name: str, **facts: Any) -> dict[str, Any]:
    return {
        "url": f"https://v.example/{name}",
        "vcodec": "avc1",
        "acodec": "mp4a",
        "protocol": "https",
        **facts,
    }


def names(*formats: dict[str, Any]) -> list[str]:
    return [each.url.rsplit("/", 1)[-1] for each in directs({"formats": list(formats)}, NOW_MS)]


def test_the_largest_that_a_television_shows_comes_first_and_a_file_before_a_stream_in_pieces() -> None:
    assert names(
        format_("small", height=360),
        format_("uhd", height=2160),
        format_("hls", height=720, protocol="m3u8_native"),
        format_("file", height=720),
        format_("better", height=720, tbr=900),
    ) == ["better", "file", "hls", "small", "uhd"]


def apart(*formats: dict[str, Any], **info: Any) -> list[tuple[str, str | None]]:
    """The formats with where their sound comes from."""
    found = directs({"formats": list(formats), **info}, NOW_MS)
    return [(each.url.rsplit("/", 1)[-1], each.sound and each.sound.url.rsplit("/", 1)[-1]) for each in found]


def test_pictures_without_sound_play_with_the_best_sound_that_comes_alone() -> None:
    whole = format_("whole", height=360)
    high = format_("high", height=1080, acodec="none")
    same = format_("same", height=360, acodec="none", tbr=900)
    sounds = [
        format_("low", vcodec="none", abr=48),
        format_("best", vcodec="none", abr=128),
        format_("dub", vcodec="none", abr=256, language_preference=-1),
        format_("pieces", vcodec="none", abr=256, protocol="m3u8_native"),
    ]
    assert apart(whole, same, high, *sounds) == [("high", "best"), ("whole", None), ("same", "best")]
    assert apart(whole, high) == [("whole", None)]
    # Two live streams would not run together.
    assert apart(whole, high, *sounds, is_live=True) == [("whole", None)]


def test_pictures_and_sound_are_good_for_as_long_as_both_are() -> None:
    pictures = format_("v?expire=1796021600", acodec="none", http_headers={"Referer": "https://a.example/"})
    sound = format_("a?expire=1796020000", vcodec="none", http_headers={"Referer": "https://b.example/"})
    (found,) = directs({"formats": [pictures, sound]}, NOW_MS)
    assert found.good_until_ms == 1_796_020_000_000 and found.sound is not None
    assert (found.headers, found.sound.headers) == (
        (("Referer", "https://a.example/"),),
        (("Referer", "https://b.example/"),),
    )


@pytest.mark.parametrize(
    "facts",
    [
        {"vcodec": "none"},
        {"acodec": "none"},
        {"protocol": "mhtml"},
        {"has_drm": True},
        {"url": "file:///etc/passwd"},
        {"url": None},
    ],
)
def test_what_cannot_play_by_itself_is_none_of_them(facts: dict[str, Any]) -> None:
    assert names({**format_("a"), **facts}) == []


def test_what_says_nothing_of_its_codecs_is_taken_for_whole() -> None:
    (found,) = directs({"url": "https://v.example/a.mp4"}, NOW_MS)
    assert found == Direct("https://v.example/a.mp4", (), NOW_MS + USUAL_MS)


@pytest.mark.parametrize(
    ("query", "good_until_ms"),
    [
        ("expire=1796021600", 1_796_021_600_000),
        ("a=1&Expires=1796021600", 1_796_021_600_000),
        ("expire=soon", NOW_MS + USUAL_MS),
        ("exp=3600", NOW_MS + USUAL_MS),
    ],
)
def test_an_address_says_itself_until_when_it_is_good(query: str, good_until_ms: int) -> None:
    headers = {
        "User-Agent": "A",
        "Accept": "b",
        "Sec-Fetch-Mode": "navigate",
        "Referer": "https://v.example/",
    }
    (found,) = directs({"formats": [format_(f"a?{query}")], "http_headers": headers}, NOW_MS)
    assert found.good_until_ms == good_until_ms
    assert found.headers == (("User-Agent", "A"), ("Referer", "https://v.example/"))
