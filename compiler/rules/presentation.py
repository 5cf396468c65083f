"""How what plays is presented: what is said of it that no player gets yet."""

from __future__ import annotations

from compiler.rules.words import Found
from exstv import codes
from exstv.nodes import Mapping, Scalar, walk


def check_subtitles(node: Mapping) -> Found:
    """Subtitles that are to be sent beside the pictures, anywhere in a document."""
    for part in walk(node):
        subtitles = part.get("subtitles") if isinstance(part, Mapping) else None
        render = subtitles.get("render") if isinstance(subtitles, Mapping) else None
        if isinstance(render, Scalar) and render.text == "embed":
            yield codes.SUBTITLES_NOT_BESIDE.at(render, help="write `render: burn`, or leave it out")
