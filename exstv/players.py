"""What players make of a channel's name, group and id: the facts that the playlist is written by.

The compiler warns of what they change (compiler/shown.py): better told at the name than wondered at on a TV.
"""

from __future__ import annotations

import re

_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_COMMA = "‚"  # U+201A, which looks like a comma and is none
# Jellyfin's M3uParser asks .NET's `double.TryParse`, which reads these words as well.
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?|[+-]?(infinity|nan|∞)", re.IGNORECASE)


def m3u_value(text: str) -> str:
    """A text as the value of an M3U attribute: there is no escaping, so it loses what would end it."""
    return _UNPRINTABLE.sub(" ", text).replace('"', "").strip()


def m3u_name(name: str) -> str:
    """The name after an entry's last comma, which is where Jellyfin begins to read it."""
    return m3u_value(name).replace(",", _COMMA)


def in_jellyfin(name: str) -> str:
    """What Jellyfin shows for a name of ours: it takes a number before the first space for the channel's.

    `24 Hour Movies` becomes `Hour Movies`; `24` and `24hours` stay.
    """
    shown = m3u_value(name)
    first, _, rest = shown.partition(" ")
    return rest.strip(" -") or shown if _NUMBER.fullmatch(first.strip(".")) else shown


def in_groups(group: str) -> tuple[str, ...]:
    """The groups that a channel is in: Kodi reads `Films;Series` as two, others as one of that name."""
    parts = [part.strip() for part in group.split(";")]
    return tuple(part for part in dict.fromkeys((group, *parts)) if part)
