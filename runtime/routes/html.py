"""What the web pages share: their templates, and the way back to the root.

Every link of a page is relative to where the page is: `root` leads to `/`, so whatever stands before all our
paths, a proxy's prefix or the token, stays there. Nothing is inline, as the gate's policy wants it: style and
scripts are static.py's files.
"""

from __future__ import annotations

from dataclasses import dataclass

import jinja2
from litestar import Response

from exstv.printable import printable
from runtime.routes.base import HttpRequest, base_url, services_of, whole

_HTML = "text/html; charset=utf-8"
_TEMPLATES = jinja2.Environment(
    loader=jinja2.PackageLoader("runtime"),
    autoescape=True,
    # They come with the package and never change: nobody has to look whether they did.
    auto_reload=False,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True)
class Visit:
    """Who asks for a page, from where, and when."""

    root: str
    """The way from the page to our root: `./` or `../` and so on."""
    base: str
    """Our root as this client writes it out, without a slash at the end."""
    now_ms: int


def visit_of(request: HttpRequest) -> Visit:
    """What a page needs to know of its request."""
    depth = request.scope["path"].count("/") - 1
    return Visit("../" * depth or "./", base_url(request), services_of(request).clock.now_ms())


def render(template: str, visit: Visit, **values: object) -> str:
    """A page's text, without what nobody can see."""
    # All at once: value by value it would cost a wide station's page a tenth of its time.
    return printable(_TEMPLATES.get_template(template).render(root=visit.root, base=visit.base, **values))


def page_answer(request: HttpRequest, text: str) -> Response[bytes]:
    """A page, which tells of this moment and is kept by nobody."""
    return whole(request, text.encode(), _HTML, {"Cache-Control": "no-store"})
