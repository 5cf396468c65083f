"""A guide as the server writes it: from a timeline's file, by the query."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

from plain_xmltv import BASE, render
from stations import HD

from exstv.timeline import store
from exstv.timeline.model import Channel, Header, Media, Programme, Timeline
from exstv.timeline.query import TimelineReader
from runtime.guide import GuideTexts
from runtime.routes.base import Parts


def guide_only(
    channels: Iterable[Channel], programmes: Iterable[Programme], media: Iterable[Media]
) -> Timeline:
    """A timeline of which no more is looked at."""
    header = Header(
        version=1,
        digest="",
        inputs="",
        commit=None,
        lock_digest="",
        station="Guide",
        timezone="UTC",
        start_ms=0,
        finish_ms=0,
        built_at_ms=0,
        compiled_for_ms=0,
    )
    return Timeline(
        header=header,
        channels=tuple(channels),
        profiles=(HD,),
        sources=(),
        media=tuple(media),
        items=(),
        programmes=tuple(programmes),
        fallbacks=(),
        anchors=(),
    )


def written(channels: Iterable[Channel], programmes: Iterable[Programme], media: Iterable[Media]) -> str:
    """The guide of these, which is what the plain renderer writes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "timeline.duckdb"
        store.write(guide_only(channels, programmes, media), path)
        return written_from(path, compared=True)


def written_from(path: Path, *, compared: bool = False) -> str:
    """The guide of a timeline's file; `compared` with what the plain renderer writes of it."""
    reader = TimelineReader.open(path)
    try:
        guide = GuideTexts().write(reader, reader.channels)
        sent = Parts(guide.parts, guide.gaps, BASE.encode())
        text = b"".join(sent).decode()
        if compared:
            found = reader.timeline()
            known = {each.id: each for each in found.media}
            assert text == "".join(render(found.channels, found.programmes, known))
    finally:
        reader.close()
    return text
