"""Which lists of other programs a station's external schedules name; reading them is done at the edges."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.documents.declared import Declared, Documents
from compiler.documents.external import ExternalDocument
from exstv.diagnostics import Span
from exstv.nodes import at


def external_paths(documents: Documents) -> list[tuple[str, Span]]:
    """Each path below the station's folder, and where it is written."""
    return [
        (document.path, at(declared.node, "path").span)
        for declared, document in _externals(documents)
        if document.path and declared.node is not None
    ]


def external_urls(documents: Documents) -> dict[str, str]:
    """Each address by the name of its schedule."""
    return {
        declared.name: document.url
        for declared, document in _externals(documents)
        if document.url is not None
    }


def _externals(documents: Documents) -> Iterator[tuple[Declared[object], ExternalDocument]]:
    for declared in documents.schedules.values():
        if isinstance(declared.document, ExternalDocument):
            yield declared, declared.document
