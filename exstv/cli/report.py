"""Prints diagnostics the way a person reads them; shared by all commands."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TextIO

from exstv.diagnostics import Diagnostic
from exstv.render.disk import read_source, wants_colour
from exstv.render.text import Look, render_text


def print_diagnostics(diagnostics: Iterable[Diagnostic], stream: TextIO) -> None:
    """Writes all diagnostics, in colour where a terminal shows them; nothing without any."""
    stream.write(render_text(diagnostics, read_source, Look(colour=wants_colour(stream, os.environ))))
