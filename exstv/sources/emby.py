"""Source `emby`: the videos of an Emby server, asked over its REST API."""

from __future__ import annotations

from collections.abc import Mapping

from exstv.sources.mediabrowser import Dialect, MediaBrowserSource

DIALECT = Dialect(
    name="Emby",
    prefix="/emby",
    capitals=True,
    folders="/Library/VirtualFolders/Query",
    pages_folders=True,
    key_header="X-Emby-Token",
    key_format="{}",
    stream=("container",),
)


class EmbySource(MediaBrowserSource):
    """The videos of one Emby server."""

    def __init__(self, name: str, definition: str, environ: Mapping[str, str]) -> None:
        super().__init__(DIALECT, name, definition, environ)
