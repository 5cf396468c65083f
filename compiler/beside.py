"""Subtitles that are to be sent beside the pictures: whom they do not reach."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from compiler.documents.declared import Declared, Documents
from compiler.findings import Findings
from compiler.parts import parts
from compiler.station import StationChannel
from exstv import codes
from exstv.catalog.model import MediaItem, Stream
from exstv.catalog.streams import PICTURE_SUBTITLES
from exstv.nodes import Mapping as MappingNode
from exstv.nodes import Node, Scalar, walk
from exstv.timeline.model import Presentation

_HLS_FOR_ALL = "iptv"


def check_beside(
    documents: Documents,
    channels: Sequence[StationChannel],
    findings: Findings,
) -> None:
    """Tells of each channel whose media have such subtitles."""
    # Looked for in what is written first: of most stations nothing of this is asked.
    written = next(_written(documents), None) if "render" in documents.rare else None
    if written is None:
        return
    for channel in channels:
        modes = {
            dress.subtitle_mode
            for dress in parts(channel, Presentation)
            if dress.subtitle_render == "embed" and dress.subtitle_mode != "none"
        }
        if modes:
            _check(channel, modes, (written, "sent beside the pictures"), findings)


def _check(channel: StationChannel, modes: set[str], also: tuple[Node, str], findings: Findings) -> None:
    text, pictures = _media(channel, modes)
    if text and channel.streaming_mode != _HLS_FOR_ALL:
        findings.add(
            codes.TEXT_FOR_HLS_ALONE.at(
                channel.origin,
                also=[also],
                help="write `render: burn` for all sets, or `streaming_mode: iptv` for players of HLS alone",
                channel=channel.key,
                id=min(text),
            )
        )
    if pictures:
        findings.add(
            codes.PICTURES_FOR_SOME.at(
                channel.origin,
                also=[also],
                help="write `render: burn` for all players",
                channel=channel.key,
                id=min(pictures),
            )
        )


def _media(channel: StationChannel, modes: set[str]) -> tuple[set[str], set[str]]:
    """The ids of the media whose text may be shown, and of those that have pictures alone."""
    text, pictures = set[str](), set[str]()
    for item in parts(channel, MediaItem):
        codecs = {each.codec for each in item.streams if each.type == "subtitle" and _allowed(each, modes)}
        if codecs - PICTURE_SUBTITLES:
            text.add(item.id)
        elif codecs:
            pictures.add(item.id)
    return text, pictures


def _allowed(stream: Stream, modes: set[str]) -> bool:
    return "any" in modes or ("forced" in modes and stream.forced) or ("default" in modes and stream.default)


def _written(documents: Documents) -> Iterator[Node]:
    """Every `render: embed` of the station."""
    station = [documents.station] if documents.station is not None else []
    declared: list[Declared[object]] = [
        *station,
        *documents.channels.values(),
        *documents.schedules.values(),
        *documents.collections.values(),
        *documents.filler.values(),
    ]
    for node in (each.node for each in declared if each.node is not None):
        for part in walk(node):
            render = part.get("render") if isinstance(part, MappingNode) else None
            if isinstance(render, Scalar) and render.text == "embed":
                yield render
