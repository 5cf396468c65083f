"""Pictures of media that only their sources have: beside the files, or behind a media server's key.

By name and never by path. What gives them: runtime/pictures.py.
"""

from __future__ import annotations

from litestar import Response, route
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from runtime.pictures import ALONE_SECONDS, NoSuchPicture, NotGiven
from runtime.routes.base import READ, Document, HttpRequest, answer, etag_of, services_of

_KEPT_SECONDS = 3600
"""How long a client shows a picture before it asks for it again: a guide has hundreds."""


@route("/iptv/artwork/{name:str}", http_method=READ)
async def artwork(request: HttpRequest, name: FromPath[str]) -> Response[bytes]:
    """One picture."""
    services = services_of(request)
    with services.live.lease() as lease:
        try:
            shown = await services.pictures.get(services.live, lease, name, services.settings.media_root)
        except NoSuchPicture:
            raise NotFoundException("no such picture") from None
        except NotGiven:
            # No exception: that another server fails is no bug of ours.
            later = {"Retry-After": f"{ALONE_SECONDS:.0f}", "Cache-Control": "no-store"}
            return Response(
                b"its server does not give it", status_code=502, headers=later, media_type="text/plain"
            )
    response = answer(request, Document(shown.body, shown.media_type, etag_of(shown.body)))
    response.headers["Cache-Control"] = f"private, max-age={_KEPT_SECONDS}"
    return response


HANDLERS = [artwork]
