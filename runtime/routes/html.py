"""What the web pages share: templates, the way back to the root, headers that keep them to themselves.

Every link of a page is relative to where the page is: `root` leads to `/`, so whatever stands before all our
paths, a proxy's prefix or a token, stays there. Nothing is inline: styles and scripts are static.py's files.
"""

from __future__ import annotations

from dataclasses import dataclass

import jinja2
from litestar import Response

from exstv.printable import printable
from runtime.routes.base import HttpRequest, base_url, services_of, whole

_HTML = "text/html; charset=utf-8"
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; media-src 'self' blob:; "
    "img-src 'self' http: https: data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_PROTECTION = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_TEMPLATES = jinja2.Environment(
    loader=jinja2.PackageLoader("runtime"),
    autoescape=True,
    finalize=lambda value: printable(value) if type(value) is str else value,
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
    """A page's text."""
    return _TEMPLATES.get_template(template).render(root=visit.root, base=visit.base, **values)


def page_answer(request: HttpRequest, text: str) -> Response[bytes]:
    """A page that runs nothing but its own parts, and fetches nothing from elsewhere but a channel's logo."""
    return whole(request, text.encode(), _HTML, dict(_PROTECTION))
