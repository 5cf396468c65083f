"""The parts that every imported station has: the station itself, and its channels."""

from __future__ import annotations

import re
from typing import Any

from ruamel.yaml.comments import CommentedMap

from exstv.importing.model import Wishes
from exstv.importing.writing import mapping, plain, put, quoted

_NUMBER = re.compile(r"[1-9][0-9]{0,4}(\.[1-9][0-9]{0,2})?")


def channel_number(written: object) -> str | None:
    """What another system calls a channel, if it may be a number here."""
    text = str(written)
    return text if _NUMBER.fullmatch(text) else None


def station_of(name: str, wishes: Wishes, broadcast_day: str = "00:00") -> CommentedMap:
    """The station around an import."""
    station = CommentedMap(name=plain(name) or "Imported")
    words = (
        "" if wishes.timezone else "the zone of the server that this comes from: `--timezone` says another"
    )
    put(station, "timezone", wishes.timezone or "UTC", words, depth=1)
    station["broadcast_day"] = quoted(broadcast_day)
    return station


def channel_of(key: str, wishes: Wishes, **words: Any) -> CommentedMap:
    """A channel by its key, with the number that is wished for or the first one."""
    number = words.pop("number", None)
    number = wishes.number or number
    channel = mapping({"number": number or 1, **words})
    channel["name"] = plain(str(channel.get("name", ""))) or key
    if number is None:
        put(channel, "number", 1, "what a viewer types: `--number` says another", depth=2)
        channel.move_to_end("number", last=False)
    return CommentedMap({key: channel})
