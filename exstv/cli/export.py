"""`exstv export next`: what is on air as playouts for ErsatzTV Next, which plays them with its own ffmpeg.

Nothing that could hold a secret is written: an item whose address does is black there, and told.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from exstv import codes
from exstv.cli.arguments import instant
from exstv.cli.line_up import USAGE, add_station, find_channel, published
from exstv.cli.report import print_diagnostics
from exstv.diagnostics import Diagnostic, Span
from exstv.errors import ExstvError
from exstv.render.next_playout import BLACK, render_next
from exstv.settings import load_settings
from exstv.sources.addresses import is_web, without_secrets
from exstv.sources.base import Place, PlayableInput, UrlInput
from exstv.sources.registry import SourceRack
from exstv.timeline.model import Channel, Media, PlayoutItem
from exstv.timeline.query import TimelineReader
from exstv.units import MAX_WINDOW_MS

HELP = "write what is on air for another system"

CURRENT = "current"
"""The link beside a channel's versions that its player follows."""
KEPT = 2
"""Versions of a playout: one that is read while another is written."""
_TOLD_LATE = ("m3u", "youtube")
"""Types of sources that ask a server for an address, or may have to, when an item is due."""


def run(argv: Sequence[str]) -> int:
    """Writes the playouts; exit code 2 for a channel that does not exist."""
    args = _parser().parse_args(argv)
    settings, _ = load_settings(args.station, os.environ)
    with published(args.station) as reader:
        wanted = [find_channel(reader, name, "export") for name in args.channel] or list(reader.channels)
        channels = [channel for channel in wanted if channel is not None]
        if len(channels) < len(wanted):
            return USAGE
        for channel in channels:
            inputs = _Inputs(reader, channel, settings.media_root)
            items = reader.items(channel.key, args.start, args.start + MAX_WINDOW_MS)
            files = dict(render_next(items, inputs.of))
            folder = _place(files, args.out / channel.number, reader.header.version)
            print_diagnostics([*inputs.lost.values()], sys.stderr)
            sys.stdout.write(f"{folder}: {len(items)} items of {channel.name} in {len(files)} files\n")
    return 0


class _Inputs:
    """Gives the input of each item of a channel; owns what was lost, once for each media item."""

    def __init__(self, reader: TimelineReader, channel: Channel, media_root: Path) -> None:
        self.lost: dict[str, Diagnostic] = {}
        self._channel = channel
        self._media_root = media_root
        self._media: dict[str, Media] = {media.id: media for media in reader.all_media()}
        self._sources = reader.sources
        self._rack = SourceRack()

    def of(self, item: PlayoutItem) -> PlayableInput:
        """What plays then; black where nothing may be written."""
        media = self._media.get(item.media_id or "")
        if media is None:
            return BLACK
        try:
            found = self._resolved(media, item)
        except ExstvError as error:
            return self._black(media, item, str(error))
        if isinstance(found, UrlInput) and (found.headers or without_secrets(found.url) != found.url):
            return self._black(media, item, "its address may hold a secret")
        return found

    def _resolved(self, media: Media, item: PlayoutItem) -> PlayableInput:
        source = self._sources[media.source]
        if source.type in _TOLD_LATE:
            if source.type == "youtube" or not is_web(media.locator):
                raise ExstvError("its address is only known when it is due")
            return UrlInput(url=media.locator, live=media.duration_ms is None)
        place = Place(
            media_root=self._media_root,
            channel_name=self._channel.name,
            title=media.title,
            start_ms=item.start_ms,
        )
        return self._rack.open(source, os.environ).resolve(media, place)

    def _black(self, media: Media, item: PlayoutItem, reason: str) -> PlayableInput:
        where = Span(item.file, item.line, 1, item.line, 1)
        what = f"`{media.id}`, which is black: {reason}"
        self.lost.setdefault(media.id, codes.NOT_CARRIED_OVER.at(where, what=what))
        return BLACK


def _place(files: dict[str, str], folder: Path, version: int) -> Path:
    """Writes a version beside the others, then points the link at it. Raises ExstvError."""
    name = f"v{version:08}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=folder))
        for file, text in files.items():
            (made / file).write_text(text, encoding="utf-8")
        made.chmod(0o755)
        shutil.rmtree(folder / name, ignore_errors=True)
        made.rename(folder / name)
        link = folder / f".{CURRENT}"
        link.unlink(missing_ok=True)
        link.symlink_to(name)
        link.replace(folder / CURRENT)
        for old in sorted(folder.glob("v*"))[:-KEPT]:
            shutil.rmtree(old)
    except OSError as error:
        raise ExstvError(f"{error.filename} cannot be written: {error.strerror}") from error
    return folder / name


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="exstv export", description=HELP)
    parser.add_argument("system", choices=("next",), help="ErsatzTV Next")
    parser.add_argument("channel", nargs="*", help="numbers, keys or names; default: all channels")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="a folder for each channel")
    parser.add_argument(
        "--from", dest="start", type=instant, default="now", metavar="T", help="ISO 8601, default: now"
    )
    add_station(parser)
    return parser
