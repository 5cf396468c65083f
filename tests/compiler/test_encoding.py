from __future__ import annotations

import msgspec
import pytest
from resolving import ONE, found_in, item, run, station

from exstv.catalog.model import MediaItem, Stream

DAY = "schedules: {day: {kind: loop, items: [{play: m}]}}\n"
COPY = "profiles: {own: {video: {codec: copy}, audio: {codec: copy}}}\n"
RETRO = "channels: {retro: {number: 1, name: Retro, schedule: day, profile: own}}\n"
PICTURES = Stream(index=0, type="video", codec="h264", width=720, height=576, frame_rate="25", level=30)
SOUND = Stream(index=1, type="audio", codec="ac3", channels=6, sample_rate=48000)


NEWS = item("n:news")


def film(id_: str, **pictures: object) -> MediaItem:
    return item(id_, streams=(msgspec.structs.replace(PICTURES, **pictures), SOUND))


def test_every_field_is_in_the_profile() -> None:
    made = station(
        "profiles: {own: {hardware: vaapi, copy_when_conformant: true, video: {codec: hevc},"
        " audio: {codec: mp2, loudness: -23}}}\n" + RETRO + DAY
    )
    own = made.profiles[made.channels[0].profile]
    assert (own.name, own.hardware, own.copy_when_conformant) == ("own", "vaapi", True)
    assert (own.video_codec, own.audio_codec, own.loudness) == ("hevc", "mp2", -23.0)
    assert not own.video_copy and not own.audio_copy


def test_what_nothing_says_is_encoded_as_ever() -> None:
    hd = station(ONE + DAY).profiles["hd"]
    assert (hd.hardware, hd.copy_when_conformant, hd.loudness, hd.video_copy) == ("none", False, None, False)


def test_each_channel_gets_the_rate_of_its_own_media() -> None:
    made = station(
        "profiles: {own: {frame_rate: source}}\n"
        "channels:\n"
        "  pal: {number: 1, name: Pal, schedule: day, profile: own}\n"
        "  ntsc: {number: 2, name: Ntsc, schedule: night, profile: own}\n"
        "schedules: {day: {kind: loop, items: [{play: m}]}, night: {kind: loop, items: [{play: n}]}}\n",
        (film("m:a"), film("m:b", frame_rate="25/1"), film("n:a", frame_rate="2997/100")),
    )
    rates = {}
    for channel in made.channels:
        profile = made.profiles[channel.profile]
        rates[profile.name] = (profile.frame_rate_num, profile.frame_rate_den)
    assert rates == {"own@pal": (25, 1), "own@ntsc": (30000, 1001)}
    assert "own" not in made.profiles


def test_media_of_two_rates_are_named() -> None:
    profile = "profiles:\n  own:\n    frame_rate: source\n"
    media = (film("m:a"), film("m:b", frame_rate="30"), film("m:c"), NEWS)
    _, (found,) = run(profile + RETRO + DAY, media)
    assert (found.code, found.span.line) == ("EXS3060", 5)
    assert "`m:a` has 25" in found.message and "`m:b` has 30" in found.message


def test_the_rate_of_a_filler_counts() -> None:
    text = (
        "profiles: {own: {frame_rate: source}}\n"
        "channels: {retro: {number: 1, name: R, schedule: day, profile: own, filler: {tail: ads}}}\n"
        "filler: {ads: {play: n, mode: count, count: 1}}\n"
    )
    media = (film("m:a"), film("n:spot", frame_rate="30"))
    assert found_in(text + DAY, media) == [("EXS3060", 1)]


def test_a_copying_profile_is_what_its_media_are() -> None:
    made = station(
        COPY + RETRO + DAY, (film("m:a", codec="mpeg2video"), film("m:b", codec="mpeg2video"), NEWS)
    )
    own = made.profiles["own@retro"]
    assert (own.video_codec, own.width, own.height, own.frame_rate_num) == ("mpeg2", 720, 576, 25)
    assert (own.audio_codec, own.audio_channels, own.video_copy, own.audio_copy) == ("ac3", 6, True, True)


@pytest.mark.parametrize(
    ("fact", "value", "words"),
    [
        ("width", 704, "one size: `m:a` has 720x576, and `m:b` has 704x576"),
        ("level", 31, "one level: `m:a` has 30, and `m:b` has 31"),
        ("frame_rate", "24", "one frame rate: `m:a` has 25, and `m:b` has 24"),
        ("codec", "hevc", "one codec: `m:a` has h264, and `m:b` has hevc"),
        ("interlaced", True, "one interlacing"),
    ],
)
def test_copied_media_that_differ_are_named(fact: str, value: object, words: str) -> None:
    _, (found,) = run(COPY + RETRO + DAY, (film("m:a"), film("m:b", **{fact: value}), NEWS))
    assert found.code == "EXS3062" and words in found.message


def test_copied_sound_that_differs_is_named() -> None:
    stereo = item("m:b", streams=(PICTURES, msgspec.structs.replace(SOUND, channels=2)))
    _, (found,) = run(COPY + RETRO + DAY, (film("m:a"), stereo, NEWS))
    assert found.code == "EXS3062"
    assert "`m:a` has 6, and `m:b` has 2" in found.message


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"codec": "vp9"}, "its pictures are vp9"),
        ({"width": None}, "not known"),
        ({"reorder": 9}, "reordered by 9"),
    ],
)
def test_media_that_no_stream_can_carry_are_not_copied(changes: dict[str, object], words: str) -> None:
    _, (found,) = run(COPY + RETRO + DAY, (film("m:a", **changes), NEWS))
    assert found.code == "EXS3063" and "`m:a`" in found.message and words in found.message


def test_media_without_sound_may_be_copied() -> None:
    silent = item("m:b", streams=(PICTURES,))
    assert found_in(COPY + RETRO + DAY, (film("m:a"), silent, NEWS)) == []


def test_media_of_which_nothing_is_known_are_not_copied() -> None:
    _, found = run(COPY + RETRO + DAY, (film("m:a"), item("m:b"), NEWS))
    assert {(each.code, each.message) for each in found} == {
        ("EXS3063", "`codec: copy` cannot send `m:b`: its streams are not known")
    }


def test_sound_with_more_channels_than_the_slate_can_have_is_not_copied() -> None:
    surround = item("m:a", streams=(PICTURES, msgspec.structs.replace(SOUND, codec="aac", channels=8)))
    _, (found,) = run(COPY + RETRO + DAY, (surround, NEWS))
    assert found.code == "EXS3063"
    assert "its sound has 8 channels, and the slate's can have 7" in found.message


def test_a_bit_rate_that_the_slate_of_copied_sound_cannot_have_is_a_mistake() -> None:
    profile = "profiles:\n  own:\n    video: {codec: copy}\n    audio: {codec: copy, bitrate: 100k}\n"
    _, (found,) = run(profile + RETRO + DAY, (film("m:a"), NEWS))
    assert (found.code, found.span.line, found.help) == ("EXS2061", 6, "write `112k`, or leave it out")
    assert "`100k`, and the slate is encoded like the media" in found.message


def test_a_rate_of_the_media_that_mpeg2_does_not_know_is_a_mistake() -> None:
    profile = "profiles: {own: {frame_rate: source, video: {codec: mpeg2}}}\n"
    _, (found,) = run(profile + RETRO + DAY, (film("m:a", frame_rate="15"), NEWS))
    assert (found.code, found.message) == (
        "EXS2061",
        "`codec: mpeg2` has no frame rate of 15, which `m:a` has",
    )
    assert found.help == "write `frame_rate: 24000/1001`: the media are brought to it"
