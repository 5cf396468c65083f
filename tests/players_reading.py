"""The playlist and the guide as Jellyfin and Kodi read them, by the rules of their own parsers.

From the sources of Jellyfin's M3uParser and Jellyfin.XmlTv, and of Kodi's pvr.iptvsimple (protocols.md, §2):
what they make of a text says more than that the text is well-formed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree.ElementTree import Element

_ATTRIBUTE = re.compile(r'([a-z0-9\-_]+)="([^"]+)"', re.IGNORECASE)
_JELLYFIN_TIME = re.compile(r"^[0-9]{4,14}(\s[+-]*[0-9]{1,4})?$")
_INFO = "#EXTINF:"
_MOVIES = {"movie"}
"""Jellyfin's settings begin with these categories for films."""


@dataclass(frozen=True)
class Channel:
    """One channel as a player lists it."""

    name: str
    number: str
    guide_id: str
    groups: tuple[str, ...]
    logo: str
    url: str


@dataclass(frozen=True)
class Listed:
    """One guide entry as a player keeps it."""

    title: str
    season: int | None
    episode: int | None
    repeat: bool
    new: bool
    movie: bool


def jellyfin_channels(text: str) -> list[Channel]:
    """What Jellyfin's M3U tuner finds."""
    channels, info = [], ""
    for line in map(str.strip, text.splitlines()):
        if line.upper().startswith(_INFO):
            info = line[len(_INFO) :].strip()
        elif info and line and not line.startswith("#"):
            channels.append(_jellyfin_channel(info, line))
            info = ""
    return channels


def _jellyfin_channel(info: str, url: str) -> Channel:
    given, rest = {}, info
    for key, value in _ATTRIBUTE.findall(info):
        given[key.lower()] = value
        rest = re.sub(re.escape(f'{key}="{value}"'), "", rest, flags=re.IGNORECASE)
    parts = [part for part in rest.split(",") if part]
    name = parts[-1].strip() if len(parts) > 1 else ""
    first, space, behind = name.partition(" ")
    if space and _double(first.strip(" .")) is not None:
        name = behind.strip(" -")
    number = given.get("tvg-chno", "")
    if number in ("", "0", "-1") or _double(number) is None:
        number = url.rpartition("/")[2].rpartition(".")[0]
    group = given.get("group-title")
    return Channel(
        name=name or given.get("tvg-name", ""),
        number=number,
        guide_id=given.get("tvg-id") or given.get("channel-id", ""),
        groups=(group,) if group else (),
        logo=given.get("tvg-logo", ""),
        url=url,
    )


def kodi_guide_url(text: str) -> str:
    """Where Kodi fetches the guide if its settings name none."""
    head = text.partition("\n")[0]
    return (_marked(head, "url-tvg=") or _marked(head, "x-tvg-url=")).partition(",")[0]


def kodi_channels(text: str) -> list[Channel]:
    """What Kodi's pvr.iptvsimple finds."""
    channels, info = [], ""
    for line in map(str.strip, text.split("\n")):
        if line.startswith(_INFO):
            info = line
        elif info and line and not line.startswith("#"):
            channels.append(_kodi_channel(info, line))
            info = ""
    return channels


def _kodi_channel(info: str, url: str) -> Channel:
    behind = info[info.rfind('"') + 1 :]
    comma = info.rfind('"') + 1 + behind.find(",") if behind.strip().startswith(",") else info.rfind(",")
    given = info[info.find(":") + 1 : comma]
    return Channel(
        name=info[comma + 1 :].strip(),
        number=_marked(given, "tvg-chno=") or _marked(given, "ch-number="),
        guide_id=_marked(given, "tvg-id="),
        groups=tuple(group for group in _marked(given, "group-title=").split(";") if group),
        logo=_marked(given, "tvg-logo="),
        url=url,
    )


def _marked(line: str, marker: str) -> str:
    start = line.find(marker)
    if start < 0:
        return ""
    start += len(marker)
    quoted = line[start : start + 1] == '"'
    end = line.find('"' if quoted else " ", start + quoted)
    return line[start + quoted : end if end >= 0 else len(line)]


def jellyfin_guide(root: Element, guide_id: str) -> list[Listed]:
    """What Jellyfin keeps of a channel's entries; ids must be equal, and times must be as its pattern."""
    return [
        _jellyfin_listed(entry)
        for entry in root.findall("programme")
        if entry.get("channel") == guide_id
        and all(_JELLYFIN_TIME.match(entry.get(end, "")) for end in ("start", "stop"))
    ]


def _jellyfin_listed(entry: Element) -> Listed:
    season, episode, _ = _counted(entry)
    return Listed(
        title=entry.findtext("title", ""),
        season=season,
        episode=episode,
        repeat=entry.find("previously-shown") is not None and entry.find("new") is None,
        new=entry.find("new") is not None,
        movie=any((each.text or "").lower() in _MOVIES for each in entry.findall("category")),
    )


def kodi_guide(root: Element, guide_id: str) -> list[Listed]:
    """What Kodi keeps of a channel's entries: ids in any case, and nothing that has no end."""
    return [
        _kodi_listed(entry)
        for entry in root.findall("programme")
        if entry.get("channel", "").lower() == guide_id.lower() and entry.get("start") and entry.get("stop")
    ]


def _kodi_listed(entry: Element) -> Listed:
    season, episode, part = _counted(entry)
    return Listed(
        title=entry.findtext("title", ""),
        season=season,
        # Since 22.1.1 the number of the part lands where the episode's was.
        episode=episode if part is None else part,
        repeat=entry.find("previously-shown") is not None,
        # One that is dated on the day of its airing is new, too.
        new=entry.find("new") is not None or entry.findtext("date") == entry.get("start", "")[:8],
        movie=any(each.text == "Movie" for each in entry.findall("category")),
    )


def _counted(entry: Element) -> tuple[int | None, int | None, int | None]:
    """Season, episode and part of `xmltv_ns`, each from one."""
    for number in entry.findall("episode-num"):
        if number.get("system") == "xmltv_ns":
            season, episode, part = [*(number.text or "").split("."), "", ""][:3]
            return _from_one(season), _from_one(episode), _from_one(part.partition("/")[0])
    return None, None, None


def _from_one(text: str) -> int | None:
    return int(text) + 1 if text.strip().isdecimal() else None


def _double(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
