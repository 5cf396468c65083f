"""Asks yt-dlp what is behind the address of a video, a playlist or a channel.

Owns how it is asked: it writes nothing, reads no settings of its own, and its words are told less addresses.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from exstv.errors import ExstvError

SILENT_SECONDS = 15
_LISTS = ("YoutubeTab", "YoutubePlaylist")
"""Whose answers are lists again: a channel is a list of such."""
_DEEPEST = 3
_ADDRESS = re.compile(r"\w+://\S+")
_SPEAKER = re.compile(r"^(ERROR: )?(\[[^\]]*\] )?(\S+: )?")
"""Who says it and of what: a part of the address, where the video has no id."""
_LONGEST = 160


class _Quiet:
    """Takes what yt-dlp would print; what is wrong it raises as well."""

    def debug(self, message: str) -> None:
        """Says nothing."""

    info = warning = error = debug


def listed(address: str, limit: int) -> list[Mapping[str, Any]]:
    """What a page holds, up to so many, each as far as the list itself tells. Raises ExstvError."""
    options = {"extract_flat": "in_playlist", "playlistend": limit}
    return list(_entries(_ask(address, options), options, _DEEPEST))[:limit]


def described(address: str) -> Mapping[str, Any]:
    """All that is known of one video, with its formats. Raises ExstvError."""
    info = _ask(address, {"noplaylist": True})
    entries = [entry for entry in info.get("entries") or () if entry]
    return entries[0] if entries else info


def _entries(info: Mapping[str, Any], options: dict[str, Any], deep: int) -> Iterator[Mapping[str, Any]]:
    if "entries" not in info:
        yield info
        return
    for entry in info["entries"]:
        if not entry:
            continue
        if entry.get("ie_key") in _LISTS and deep > 0:
            yield from _entries(_ask(entry["url"], options), options, deep - 1)
        else:
            yield entry


def _ask(address: str, options: Mapping[str, Any]) -> Mapping[str, Any]:
    # Not imported above: it takes a second to load, and most stations have no use for it.
    yt_dlp = importlib.import_module("yt_dlp")
    always = {
        "quiet": True,
        "logger": _Quiet(),
        "cachedir": False,
        "skip_download": True,
        "socket_timeout": SILENT_SECONDS,
        "ignore_no_formats_error": True,
        "color": "never",
    }
    try:
        with yt_dlp.YoutubeDL({**always, **options}) as asked:
            info = asked.sanitize_info(asked.extract_info(address, download=False))
    except yt_dlp.utils.YoutubeDLError as error:
        raise ExstvError(_plainly(str(error))) from None
    if not info:
        raise ExstvError("there is nothing behind its address")
    return dict(info)


def _plainly(words: str) -> str:
    """Its words in a line, without addresses: those may hold secrets."""
    line = _ADDRESS.sub("…", _SPEAKER.sub("", " ".join(words.split())))
    line = line.partition("; please report this issue")[0].partition(" (caused by")[0].rstrip(". ")
    return line[:_LONGEST] or "there is nothing behind its address"
