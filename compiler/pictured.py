"""Which pictures a station's channels and schedules name; looking at them is done at the front edge."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.documents.declared import Documents
from compiler.load import Named
from exstv.nodes import Mapping, Node, Scalar, walk
from exstv.pictures import is_address


def named_pictures(documents: Documents) -> list[Named]:
    """Each logo and each watermark that is a file."""
    if documents.rare.isdisjoint(("logo", "watermark")):
        return []
    found = []
    for declared in (*documents.channels.values(), *documents.schedules.values()):
        if declared.node is not None:
            found += [each for each in _pictures(declared.node) if not is_address(each.path)]
    return found


def _pictures(node: Node) -> Iterator[Named]:
    if isinstance(node, Mapping) and isinstance(logo := node.get("logo"), Scalar) and logo.value is not None:
        yield Named(logo.text, logo.span, logo=True)
    for part in walk(node):
        mark = part.get("watermark") if isinstance(part, Mapping) else None
        image = mark.get("image") if isinstance(mark, Mapping) else None
        if isinstance(image, Scalar) and image.value is not None:
            yield Named(image.text, image.span, logo=False)
