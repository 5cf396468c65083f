"""Keys that depend on each other: what would do nothing, and what is needed, at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from compiler.load import SourceFile, SourceSet
from compiler.parse import parse
from compiler.validate import validate
from exstv.diagnostics import Diagnostic

STATION = "station: {name: Harbour TV, timezone: Europe/Amsterdam}\n"


def told(text: str) -> list[str]:
    """Codes and messages of one file beside a sound station, in the order of the text."""
    return [f"{each.code[3:]} {each.message}" for each in findings(text)]


def findings(text: str) -> list[Diagnostic]:
    """What is found in one file beside a sound station, in the order of the text."""
    files = (SourceFile("a.yaml", STATION.encode()), SourceFile("b.yaml", text.encode()))
    trees, found = parse(SourceSet(Path(), files))
    found += validate(trees)[1]
    return sorted(found, key=lambda each: (each.span.line, each.span.column))


def entry(text: str) -> str:
    return f"schedules: {{a: {{kind: loop, items: {{{text}}}}}}}\n"


def slot(text: str) -> str:
    return f"schedules: {{a: {{kind: slots, slots: {{start: '20:00', {text}}}}}}}\n"


def block(text: str) -> str:
    rest = "templates: {t: {at: '6:00', block: b}}, days: {template: t}"
    return f"schedules: {{a: {{kind: blocks, blocks: {{b: {{duration: 1h, {text}}}}}, {rest}}}}}\n"


def preset(text: str) -> str:
    return f"filler: {{a: {{play: x, {text}}}}}\n"


def channel(text: str) -> str:
    return f"channels: {{a: {{number: 1, name: A, schedule: s, {text}}}}}\n"


def collection(text: str) -> str:
    return f"collections: {{a: {{{text}}}}}\n"


def profile(text: str) -> str:
    return f"profiles: {{a: {{{text}}}}}\n"


WITHOUT_EFFECT = {
    entry("play: x, count: 2"): "`count` has no effect with `mode: one`",
    entry("play: x, mode: flood, tail: none"): "`tail` has no effect with `mode: flood`",
    entry("play: x, max_late: 5m"): "`max_late` has no effect with `overrun: stop`",
    entry("play: x, overrun: trim, max_late: 5m"): "`max_late` has no effect with `overrun: trim`",
    entry("play: x, pad_to: 30m, max_late: 5m"): "`max_late` has no effect with `overrun: stop`",
    entry("play: x, start_behaviour: flexible"): "`start_behaviour` has no effect without `start`",
    entry("play: x, group_by: show"): "`group_by` has no effect with `order: chronological`",
    entry("play: x, order: shuffle, batch: 2"): "`batch` has no effect with `order: shuffle`",
    entry("play: x, order: random, start_at: random"): "`start_at` has no effect with `order: random`",
    entry("play: x, order: random, seek: {id: a, season: 1}"): "`seek` has no effect with `order: random`",
    entry("play: x, filler: {tail: {play: y, mode: count, at: auto}}"): "`at` has no effect in a `tail`",
    slot("play: x, count: 2"): "`count` has no effect without `mode: multiple`",
    slot("play: x, mode: one, count: 2"): "`count` has no effect with `mode: one`",
    slot("play: x, max_late: 5m"): "`max_late` has no effect with `flex: none`",
    slot("play: x, flex: compress, max_late: 5m"): "`max_late` has no effect with `flex: compress`",
    slot("play: x, schedule: y"): "`play` has no effect beside `schedule`",
    slot("schedule: y, order: shuffle"): "`order` has no effect beside `schedule`",
    block("items: {play: x}, max_late: 5m"): "`max_late` has no effect with `stop: before_end`",
    block("items: {play: x, tail: none}"): "`tail` has no effect without `mode: duration`",
    block("items: {play: x, mode: one, count: 2}"): "`count` has no effect with `mode: one`",
    "schedules: {a: {kind: external, url: x, path: y}}\n": "`path` has no effect beside `url`",
    preset("mode: count, duration: 3s"): "`duration` has no effect with `mode: count`",
    preset("mode: loop, to: 3s"): "`to` has no effect with `mode: loop`",
    preset("mode: count, fit: greedy"): "`fit` has no effect with `mode: count`",
    preset("mode: loop, fit: greedy"): "`fit` has no effect with `mode: loop`",
    channel("events: {play: x, date: 12-25, start: '6:00', tail: none}"): (
        "`tail` has no effect with `mode: one`"
    ),
    channel("fallback: a, filler: {fallback: b}"): "`fallback` has no effect beside the outer `fallback`",
    channel("filler: {tail: a}") + preset("mode: count, max_breaks: 2"): (
        "`max_breaks` has no effect in a `tail`"
    ),
    profile("video: {codec: mpeg2, preset: fast}"): "`preset` has no effect with `codec: mpeg2`",
    profile("hardware: vaapi, video: {codec: mpeg2, preset: fast}"): (
        "`preset` has no effect with `codec: mpeg2`"
    ),
    collection("from: x, items: y"): "`from` has no effect beside `items`",
    collection("of: x, from: y"): "`from` has no effect beside `of`",
    collection("playlist: {play: x}, of: y"): "`of` has no effect beside `playlist`",
    collection("of: x, where: 'true'"): "`where` has no effect beside `of`",
    collection("items: x, except: y"): "`except` has no effect beside `items`",
    collection("playlist: {play: x}, limit: 2"): "`limit` has no effect beside `playlist`",
    collection("playlist: {play: x, all: true, count: 2}"): "`count` has no effect beside `all: true`",
}
NEEDED = {
    entry("play: x, mode: duration"): "`mode: duration` needs `duration`",
    block("items: {play: x, mode: duration}"): "`mode: duration` needs `duration`",
    preset("mode: pad"): "`mode: pad` needs `to`",
    preset("mode: count, at: every"): "`at: every` needs `every`",
    slot("padding: loop"): "a slot needs `play`",
    "schedules: {a: {kind: external}}\n": "an external schedule needs `url`",
    collection("where: 'true'"): "a collection needs `from`",
}
CANNOT = {
    profile("resolution: 640x10, video: {codec: hevc}"): "hevc` has no picture size of `640x10`: 640x32",
    profile("resolution: 4096x2160, video: {codec: mpeg2}"): (
        "mpeg2` has no picture size of `4096x2160`: 4094x2160"
    ),
    profile("frame_rate: 120, video: {codec: mpeg2}"): "mpeg2` has no frame rate of `120`: 60",
    profile("hardware: amf, video: {codec: mpeg2}"): "mpeg2` has no hardware encoder of `amf`: auto",
    profile("video: {bitrate: 999}"): "h264` has no bit rate of `999`: 1k",
    profile("video: {codec: copy, bitrate: 9999M}"): "copy` has no bit rate of `9999M`: 1073M",
    profile("audio: {codec: mp2, channels: 6}"): "mp2` has no number of channels of `6`: 2",
    profile("audio: {codec: mp2, bitrate: 48k}"): "mp2` has no bit rate of `48k` for 2 channels: 64k",
    profile("audio: {codec: mp2, bitrate: 384k, channels: 1}"): (
        "mp2` has no bit rate of `384k` for one channel: 192k"
    ),
    profile("audio: {codec: ac3, channels: 6, bitrate: 96k}"): (
        "ac3` has no bit rate of `96k` for 6 channels: 112k"
    ),
    profile("audio: {codec: ac3, channels: 7, bitrate: 64k}"): "ac3` has no number of channels of `7`: 6",
    profile("hardware: nvenc, video: {codec: mpeg2, preset: fast}"): (
        "mpeg2` has no hardware encoder of `nvenc`: auto"
    ),
    profile("audio: {codec: ac3, bitrate: 100k}"): "ac3` has no bit rate of `100k` for 2 channels: 96k",
}
SAYS_NOTHING = {
    entry("play: x, guide: {}"): "this `guide`",
    entry("play: x, start_at: {}"): "this `start_at`",
    entry("play: x, seek: {id: a}"): "this `seek`",
    channel("calendar: {schedule: x}"): "this rule",
    "tests: {channel: x, at: 'sat 8:00', expect: {}}\n": "this test",
}


@pytest.mark.parametrize(("text", "message"), WITHOUT_EFFECT.items(), ids=WITHOUT_EFFECT.values())
def test_a_key_that_would_do_nothing_is_a_mistake(text: str, message: str) -> None:
    assert told(text) == [f"2016 {message}"]


@pytest.mark.parametrize(("text", "message"), NEEDED.items(), ids=NEEDED.values())
def test_a_key_that_another_asks_for_is_needed(text: str, message: str) -> None:
    assert told(text) == [f"2017 {message}"]


@pytest.mark.parametrize(("text", "words"), CANNOT.items(), ids=CANNOT.values())
def test_what_no_encoder_can_do_is_a_mistake_with_the_nearest_that_it_can(text: str, words: str) -> None:
    (found,) = findings(text)
    assert found.help.startswith("write `")
    assert f"{found.message}: {found.help.split('`')[1]}" == f"`codec: {words}"


@pytest.mark.parametrize(("text", "what"), SAYS_NOTHING.items(), ids=SAYS_NOTHING.values())
def test_what_says_nothing_is_a_mistake(text: str, what: str) -> None:
    (found,) = told(text)
    assert found.startswith(f"2038 {what} says nothing: it needs one of `")


@pytest.mark.parametrize(
    "text",
    [
        entry("play: x, mode: multiple, count: all"),
        entry("play: x, mode: duration, duration: 1h, tail: none, overrun: finish, max_late: 5m"),
        entry("play: x, start: '20:00', start_behaviour: flexible"),
        entry("play: x, order: rotation, group_by: artist, batch: all"),
        slot("play: x, flex: extend, max_late: 5m, mode: multiple, count: 2"),
        slot("schedule: y, padding: next, guide: {show: block}, filler: {tail: null}"),
        block("items: {play: x, mode: multiple, count: 2}, stop: after_end, max_late: 5m"),
        preset("mode: duration, duration: 2m, fit: greedy, at: every, every: 12m, max_breaks: 2"),
        channel("filler: {mid_roll: a, tail: a}") + preset("mode: count, max_breaks: 2"),
        channel("filler: {tail: b, mid_roll: c}")
        + "filler: {b: {play: x, mode: count, every: 1m}, c: {extends: b}}\n",
        channel("calendar: {schedule: x, easter: 0}"),
        profile("hardware: auto, video: {codec: mpeg2, preset: fast}"),
        profile("audio: {codec: ac3, channels: 6, bitrate: 112k}"),
        collection("of: [x, y], except: z"),
        collection("from: x, except: z, where: 'true', limit: 2"),
        collection("playlist: [{play: x, all: true}, {play: y, count: 2}]"),
    ],
)
def test_keys_that_go_together_are_none(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (entry("pad_to: 30m, play: x, mode: one"), "2027 `mode` does not belong to an entry with `pad_to`"),
        (entry("wait_until: '20:00', play: x"), "2027 `play` does not belong to an entry with `wait_until`"),
        (entry("play: x, tomorrow: true"), "2027 `tomorrow` does not belong to an entry with `play`"),
        (entry("sequense: x"), "2001 unknown key `sequense`"),
        (entry("pad_too: 30m, play: x"), "2001 unknown key `pad_too`"),
        (
            slot("play: x") + "policies: {p: {max: 1s, sql: x}}\n",
            "2027 `sql` does not belong to a policy with `max`",
        ),
        ("policies: {p: {mx: 1s}}\n", "2001 unknown key `mx`"),
        ("policies: {p: {severity: warning}}\n", "2002 the key `max` is missing"),
        (
            "schedules: {a: {kind: slots, items: x, slots: {start: '6:00', play: x}}}\n",
            "2027 `items` does not belong to a schedule of `kind: slots`",
        ),
        ("schedules: {a: {knd: loop, items: {play: x}}}\n", "2001 unknown key `knd`"),
        ("schedules: {a: {items: {play: x}}}\n", "2002 the key `kind` is missing"),
        (
            "sources: {a: {type: local, path: x, items: y}}\n",
            "2027 `items` does not belong to a source of `type: local`",
        ),
        ("withdraw: [a, 3]\n", "2003 expected the id of a media item, found a number"),
        ("withdraw: {a: b}\n", "2003 expected the id of a media item, found a mapping"),
        (
            "tests: {channel: x, at: 2026-02-30 20:00, expect: {kind: movie}}\n",
            "2032 there is no day `2026-02-30`",
        ),
        (
            channel("calendar: {schedule: x, days_of_month: 0}"),
            "2011 `0` is out of range: 1 to 31, or -1 for the last",
        ),
        (
            "tests: {channel: x, at: 'sat 8:00', expect: {filler: tial}}\n",
            "2004 `tial` is not one of `pre_roll`, `mid_roll`, `post_roll`, `tail`, "
            "`fallback`, `true` and `false`",
        ),
        (
            "schedules: {a: {kind: blocks, blocks: {a b: {duration: 1h, items: {play: x}}}, "
            "templates: {t: {at: '6:00', block: b}}, days: {template: t}}}\n",
            "2023 `a b` cannot be a name",
        ),
    ],
)
def test_what_is_of_another_kind_is_told_by_its_name(text: str, expected: str) -> None:
    assert told(text) == [expected]
