"""Whether a channel's stream carries subtitle pictures beside its own, and in which language it says.

That is settled as the stream begins, of all that the timeline holds: its tables never change, or players
would set themselves up anew. What comes into the timeline later is drawn until the channel is tuned in again.
"""

from __future__ import annotations

import msgspec

from exstv.catalog.model import Stream
from exstv.catalog.streams import PICTURE_SUBTITLES
from exstv.timeline.query import TimelineReader
from runtime.ffmpeg.languages import three_letters
from runtime.ffmpeg.pickers import pick_subtitle
from runtime.ffmpeg.subtitles import is_picture
from runtime.multivariant import Rendition


def carried_language(reader: TimelineReader, channel: str) -> str | None:
    """The language by ISO 639-2, None where no pictures are sent. Queries DuckDB: for a worker thread."""
    worn = reader.presentations(channel)
    for streams, presentation in reader.streams_with(channel, PICTURE_SUBTITLES):
        wanted = worn.get(presentation)
        if wanted is None or wanted.subtitle_render != "embed":
            continue
        chosen = pick_subtitle(msgspec.json.decode(streams, type=list[Stream]), wanted)
        if chosen is not None and is_picture(chosen):
            listed = Rendition.of(worn.values())
            return three_letters(listed.language if listed and listed.language else chosen.language)
    return None
