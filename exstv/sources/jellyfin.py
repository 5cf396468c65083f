"""Source `jellyfin`: the videos of a Jellyfin server, asked over its REST API."""

from __future__ import annotations

from collections.abc import Mapping

from exstv.sources.mediabrowser import Dialect, MediaBrowserSource

DIALECT = Dialect(
    name="Jellyfin",
    prefix="",
    capitals=False,
    folders="/Library/VirtualFolders",
    pages_folders=False,
    # `X-Emby-Token` is the old way, which an administrator may have turned off.
    key_header="Authorization",
    key_format='MediaBrowser Token="{}"',
    stream=("mediaSourceId",),
)


class JellyfinSource(MediaBrowserSource):
    """The videos of one Jellyfin server."""

    def __init__(self, name: str, definition: str, environ: Mapping[str, str]) -> None:
        super().__init__(DIALECT, name, definition, environ)
