"""The whole guide before judges: our own, XMLTV's validator, and the rules by which players read it.

Each judge is shown a guide that breaks its rule, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from guide_rules import broken_rules
from judges import guide_complaints
from msgspec.structs import replace
from players_reading import Listed, jellyfin_guide, kodi_guide
from written_guide import written

from exstv.timeline.model import Channel, Media, Programme, ProgrammeKind
from exstv.units import HOUR_MS

START_MS = 1_700_000_000_000
ALPHA = Channel(
    key="alpha", number="1", name="Alpha & Ω", xmltv_id="alpha.harbour", timezone="UTC", profile="hd"
)
BETA = replace(ALPHA, key="beta", number="2.5", xmltv_id="beta.harbour", logo="http://h/b.png?x=1&y=2")
MEDIA = (
    Media(
        id="f:film",
        source="f",
        kind="movie",
        title="Film",
        duration_ms=HOUR_MS,
        locator="f",
        directors=("Ida Lupino",),
        actors=("A < B", "C"),
        artwork="https://img.example/f.jpg",
    ),
    Media(id="f:part", source="f", kind="episode", title="Fog", duration_ms=HOUR_MS, locator="p"),
)
PARTS: tuple[dict[str, object], ...] = (
    {"title": "Film", "media_id": "f:film", "released": "2023-11-14", "categories": ("Noir",)},
    {"title": "Tales", "media_id": "f:part", "sub_title": "Fog", "season": 3, "episode": 5, "rating": "PG"},
    {"title": "Tales", "media_id": "f:part", "sub_title": "Fog", "season": 3, "episode": 5, "year": 1999},
    {"title": "", "kind": ProgrammeKind.FILLER},
    {"title": "Off air\x07", "kind": ProgrammeKind.OFF_AIR, "description": "till\x9f six\ufffe"},
)


def programmes(channel: str) -> list[Programme]:
    return [
        Programme(
            channel=channel,
            id=str(hour),
            start_ms=START_MS + hour * HOUR_MS,
            finish_ms=START_MS + (hour + 1) * HOUR_MS,
            **{"kind": ProgrammeKind.PROGRAMME, **parts},
        )
        for hour, parts in enumerate(PARTS)
    ]


GUIDE = written((ALPHA, BETA), [*programmes("alpha"), *programmes("beta")], MEDIA)


def without(pattern: str) -> Callable[[str], str]:
    """A guide without what matches first."""
    return lambda text: re.sub(pattern, "", text, count=1)


def swapped(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new, 1)


MUTATIONS = {
    "declaration": lambda text: "\n" + text,
    "control character": swapped("Off air", "Off\x07air"),
    "well-formed": swapped("Alpha &amp; Ω", "Alpha & Ω"),
    "document": lambda text: text.replace("</tv>", '<channel id="late.one"/></tv>'),
    "channel": swapped("<display-name>1</display-name>", ""),
    "number": swapped("<display-name>1</display-name>", "<display-name>One</display-name>"),
    "id": lambda text: text.replace("alpha.harbour", "1"),
    "empty": lambda text: text.replace('channel="alpha.harbour"', 'channel="beta.harbour"'),
    "prefix": lambda text: text.replace("alpha.harbour", "beta.harbour.two"),
    "unknown": swapped('channel="alpha.harbour"', 'channel="Alpha.harbour"'),
    "order": lambda text: re.sub("(<date>.*?</date>)(<category>)", r"<category>x</category>\1\2", text),
    "once": swapped("</length>", '</length><length units="minutes">1</length>'),
    "title": swapped("<title>Film</title>", "<title> </title>"),
    "date": swapped("<date>20231114</date>", "<date>2023-11-14</date>"),
    "xmltv_ns": swapped(">2.4.<", ">S03E05<"),
    "new": swapped("<new/>", "<previously-shown/><new/>"),
    "credits": lambda text: re.sub("(<director>.*?</director>)(<actor>.*?</actor>)", r"\2\1", text),
    "stop": without(' stop="[^"]*"'),
    "zone": lambda text: text.replace(" +0000", "Z"),
    "backwards": swapped('stop="20231114231320', 'stop="20231114211320'),
    "overlap": swapped('stop="20231114231320', 'stop="20231114233000'),
    "gap": swapped('stop="20231114231320', 'stop="20231114230000'),
}


def test_the_guide_breaks_no_rule() -> None:
    assert broken_rules(GUIDE) == []


@pytest.mark.parametrize("rule", MUTATIONS)
def test_a_guide_that_breaks_a_rule_is_found(rule: str) -> None:
    mutated = MUTATIONS[rule](GUIDE)

    assert mutated != GUIDE
    assert rule in {each.partition(":")[0] for each in broken_rules(mutated)}


# Only what the validator is known to look at (protocols.md, §2.4).
@pytest.mark.parametrize("rule", [None, "order", "xmltv_ns", "title", "id", "unknown"])
def test_the_validator_of_xmltv_agrees(tmp_path: Path, rule: str | None) -> None:
    guide = tmp_path / "guide.xml"
    guide.write_text(MUTATIONS[rule](GUIDE) if rule else GUIDE, encoding="utf-8")

    assert bool(guide_complaints(guide)) == (rule is not None)


@pytest.mark.parametrize("channel", [ALPHA, BETA])
def test_jellyfin_and_kodi_keep_every_entry_and_agree_on_it(channel: Channel) -> None:
    root = ElementTree.fromstring(GUIDE)
    expected = [
        Listed("Film", None, None, repeat=False, new=True, movie=True),
        Listed("Tales", 3, 5, repeat=False, new=False, movie=False),
        Listed("Tales", 3, 5, repeat=True, new=False, movie=False),
        Listed("Alpha & Ω", None, None, repeat=False, new=False, movie=False),
        Listed("Off air", None, None, repeat=False, new=False, movie=False),
    ]

    assert jellyfin_guide(root, channel.xmltv_id) == expected
    assert kodi_guide(root, channel.xmltv_id) == expected


def test_the_players_would_lose_or_misread_what_the_rules_forbid() -> None:
    def read(text: str) -> tuple[list[Listed], list[Listed]]:
        root = ElementTree.fromstring(text)
        return jellyfin_guide(root, ALPHA.xmltv_id), kodi_guide(root, ALPHA.xmltv_id)

    jellyfin, _ = read(GUIDE.replace(" +0000", "Z"))
    assert jellyfin == [], "Jellyfin knows no zone Z"
    _, kodi = read(MUTATIONS["stop"](GUIDE))
    assert len(kodi) == len(PARTS) - 1, "Kodi drops what has no end"
    _, kodi = read(GUIDE.replace(">2.4.<", ">2.4.0/1<"))
    assert kodi[1].episode == 1, "Kodi takes a part for the episode"
    jellyfin, kodi = read(GUIDE.replace('channel="alpha.harbour"', 'channel="Alpha.harbour"'))
    assert (len(jellyfin), len(kodi)) == (0, len(PARTS)), "only Kodi takes ids in any case"
    always_new = GUIDE.replace("</programme>", "<new/></programme>")
    jellyfin, _ = read(always_new)
    assert not any(entry.repeat for entry in jellyfin), "new everywhere hides repeats from Jellyfin"
