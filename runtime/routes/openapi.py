"""The OpenAPI document at `/schema`: what it says of every address at once. Litestar makes it.

Only JSON: the pages that Litestar could add to read it in fetch their code from elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from litestar.openapi import OpenAPIConfig, ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin

from exstv import __version__
from runtime.routes.contract import Fault

JSON: Final = "application/json"
NDJSON: Final = "application/x-ndjson"

OPENAPI = OpenAPIConfig(
    title="exstv",
    version=__version__,
    description="What a running station tells programs. Everything can be read and nothing be changed.",
    path="/schema",
    render_plugins=[JsonRenderPlugin()],
    use_handler_docstrings=True,
)


def tells(
    answer: type[Any], *, media_type: str = JSON, kept: bool = True, missing: bool = False
) -> Mapping[int, ResponseSpec]:
    """What an address answers: `answer` and faults, and 304 where an answer is `kept` by its ETag.

    `missing` adds 404 for what is not there.
    """
    told = {
        200: _spec(answer, "What was asked for.", media_type),
        400: _spec(Fault, "A parameter is wrong; the answer names it."),
    }
    if kept:
        told[304] = _spec(None, "It is still what `If-None-Match` names.")
    if missing:
        told[404] = _spec(Fault, "There is none such.")
    return told


def _spec(answer: type[Any] | None, words: str, media_type: str = JSON) -> ResponseSpec:
    # Litestar's examples are words at random.
    return ResponseSpec(answer, generate_examples=False, description=words, media_type=media_type)
