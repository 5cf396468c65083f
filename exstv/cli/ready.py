"""A compile that is ready before it is wanted: all it needs is loaded, standard input says when and what.

Loading is half of what an edit's compile takes. It keeps nothing of the station: all of that is read when it
is told. runtime/standby.py keeps such a process, and lets each compile but one thing.
"""

from __future__ import annotations

import importlib
import json
import sys
from typing import BinaryIO

from compiler.documents.scalars import Document
from exstv import duckdb
from exstv.cli.standing import program_digest

_NEEDED = (
    "compiler.front",
    "exstv.settings",
    "exstv.yaml_text",
    "exstv.cli.building",
    "exstv.cli.rescan",
    "exstv.render.registry",
)
"""What a compile would import on its way."""


def told(orders: BinaryIO | None = None) -> list[str] | None:
    """Loads, waits for one line of JSON, and gives the arguments in it; None where nobody will ever tell."""
    for module in _NEEDED:
        importlib.import_module(module)
    _build(Document)
    # The first database of a process costs as much as three later ones.
    duckdb.connect(":memory:").close()
    # What was loaded is the program of now, also where another one is installed before it is told.
    program_digest()
    line = (orders or sys.stdin.buffer).readline()
    # Without its end it is what a server left that was killed in the middle of it.
    return [str(word) for word in json.loads(line)] if line.endswith(b"\n") else None


def _build(model: type[Document]) -> None:
    """Builds what documents are bound to, which otherwise happens at the first of each kind."""
    for each in model.__subclasses__():
        each.model_rebuild()
        _build(each)
