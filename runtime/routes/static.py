"""The style and the scripts of the web pages, as they lie in the package."""

from __future__ import annotations

from functools import cache
from importlib import resources

from litestar import Response, route
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from runtime.routes.base import READ, Document, HttpRequest, answer, etag_of

_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}


@route("/static/{name:str}", http_method=READ, sync_to_thread=False)
def static_file(request: HttpRequest, name: FromPath[str]) -> Response[bytes]:
    """One file of them."""
    document = _documents().get(name)
    if document is None:
        raise NotFoundException("no such file")
    return answer(request, document)


@cache
def _documents() -> dict[str, Document]:
    """Every file by its name: what is not listed here cannot be asked for, whatever a path says."""
    found = {}
    for file in resources.files("runtime").joinpath("static").iterdir():
        kind = _TYPES.get(file.name.rpartition(".")[2])
        if kind is not None:
            body = file.read_bytes()
            found[file.name] = Document(body, kind, etag_of(body))
    return found


HANDLERS = [static_file]
