import pytest

from exstv.catalog.model import Stream
from exstv.timeline.model import Presentation
from runtime.ffmpeg.languages import nearness
from runtime.ffmpeg.pickers import pick, pick_audio, pick_subtitle


def sound(index: int, language: str | None = None, **more: object) -> Stream:
    return Stream(index=index, type="audio", codec="aac", language=language, **more)  # type: ignore[arg-type]


def text(index: int, language: str | None = None, **more: object) -> Stream:
    return Stream(index=index, type="subtitle", codec="subrip", language=language, **more)  # type: ignore[arg-type]


def heard(streams: list[Stream], *languages: str) -> int | None:
    found = pick_audio(streams, languages)
    return None if found is None else found.index


def read(streams: list[Stream], mode: str, *languages: str) -> int | None:
    found = pick_subtitle(streams, Presentation(subtitle_mode=mode, subtitle_languages=languages))
    return None if found is None else found.index


@pytest.mark.parametrize(
    ("wanted", "found", "near"),
    [
        ("nl", "dut", 2),
        ("nl", "nld", 2),
        ("dut", "nl", 2),
        ("DE", "ger", 2),
        ("fil", "tgl", 2),
        ("zh", "chi", 2),
        ("zho", "cmn", 2),
        ("zh-TW", "zh-Hans", 1),
        ("pt-BR", "pt-BR", 2),
        ("pt-BR", "pt_br", 2),
        ("pt", "pt-BR", 2),
        ("pt-BR", "por", 1),
        ("pt-BR", "pt-PT", 1),
        ("nb", "nor", 2),
        ("nl", "eng", 0),
        ("nl", "nds", 0),
        ("nl", None, 0),
        ("nl", "", 0),
    ],
)
def test_codes_of_one_language_are_one(wanted: str, found: str | None, near: int) -> None:
    assert nearness(wanted, found) == near


def test_the_first_wanted_language_that_there_is_is_heard() -> None:
    streams = [sound(1, "eng", default=True), sound(2, "fre"), sound(3, "dut")]
    assert heard(streams, "nl", "en") == 3
    assert heard(streams, "sv", "fr") == 2


def test_without_a_wanted_language_the_default_is_heard_and_without_one_the_first() -> None:
    assert heard([sound(1, "eng"), sound(2, "fre", default=True)], "nl") == 2
    assert heard([sound(1, "eng"), sound(2, "fre", channels=6)], "nl") == 1
    assert heard([sound(1), sound(2)]) == 1
    assert heard([text(1)]) is None


def test_of_several_in_a_language_the_default_then_the_fullest_is_heard() -> None:
    assert heard([sound(1, "nl", channels=2), sound(2, "nl", channels=6)], "nl") == 2
    assert heard([sound(1, "nl", channels=2, default=True), sound(2, "nl", channels=6)], "nl") == 1
    assert heard([sound(1, "pt-PT", channels=6), sound(2, "pt-BR", channels=2)], "pt-BR") == 2


def test_a_commentary_is_heard_only_where_there_is_nothing_else() -> None:
    film = [sound(1, "eng"), sound(2, "nl", spare=True, default=True, channels=6), sound(3, "fre")]
    assert heard(film, "nl", "fr") == 3
    assert heard(film, "nl") == 1
    assert heard([sound(4, "nl", spare=True)], "nl") == 4


def test_a_mode_says_which_subtitles_may_be_read() -> None:
    streams = [text(1, "eng", forced=True), text(2, "eng", default=True), text(3, "nl")]
    assert [read(streams, mode) for mode in ("none", "forced", "default", "any")] == [None, 1, 2, 2]
    assert [read(streams, mode, "nl") for mode in ("none", "forced", "default", "any")] == [
        None,
        None,
        None,
        3,
    ]


def test_forced_subtitles_without_a_wanted_language_are_those_of_the_sound() -> None:
    film = [sound(1, "eng"), sound(2, "dut"), text(3, "fre", forced=True), text(4, "nl", forced=True)]
    wanted = Presentation(subtitle_mode="forced", audio_languages=("nl",))
    assert pick_subtitle(film, wanted) == film[3]
    assert read(film, "forced") == 3
    assert read([sound(1), *film[2:]], "forced") == 3


def test_what_few_can_read_is_read_only_where_there_is_nothing_else() -> None:
    teletext = Stream(index=1, type="subtitle", codec="dvb_teletext", language="nl", default=True)
    assert read([teletext, text(2, "nl", spare=True)], "any", "nl") == 2
    assert read([teletext, text(2, "de")], "any", "nl") == 1


def test_whole_subtitles_come_before_forced_ones_and_plain_before_those_with_sounds() -> None:
    assert read([text(1, "nl", forced=True, default=True), text(2, "nl")], "any", "nl") == 2
    assert read([text(1, "nl", spare=True), text(2, "nl")], "any", "nl") == 2
    assert read([text(1, "nl", spare=True), text(2, "eng")], "any", "nl", "en") == 1


def test_text_beside_a_film_comes_before_its_own_and_both_before_pictures() -> None:
    own, beside = text(2, "en"), text(0, "en", file="Film.en.srt")
    forced = text(0, "en", file="Film.en.forced.srt", forced=True)
    pictures = Stream(index=0, type="subtitle", codec="hdmv_pgs_subtitle", language="nl", file="Film.nl.sup")
    ours = Stream(index=3, type="subtitle", codec="hdmv_pgs_subtitle", language="nl", default=True)
    dutch = text(4, "dut")
    wanted = Presentation(subtitle_mode="any", subtitle_languages=("nl", "en"))
    assert pick_subtitle([own, forced, beside], wanted) == beside
    assert pick_subtitle([own, forced], wanted) == own
    assert pick_subtitle([beside, ours, pictures, dutch], wanted) == dutch
    assert pick_subtitle([beside, pictures, ours], wanted) == ours
    assert pick_subtitle([beside, pictures], wanted) == pictures


def test_an_item_without_pictures_has_none_picked() -> None:
    picks = pick([sound(0)], Presentation())
    assert (picks.video, picks.audio, picks.subtitle) == (None, sound(0), None)
