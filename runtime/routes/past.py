"""How catch-up is refused, by whichever protocol it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runtime.at import BadInstant
from runtime.catchup import NotInHistory, TooManyCatchUps
from runtime.routes.raw import Header, refuse

if TYPE_CHECKING:
    from litestar.types import Send

REFUSED = (BadInstant, NotInHistory, TooManyCatchUps)
_RETRY: Header = (b"retry-after", b"30")


async def refuse_past(send: Send, error: Exception, *more: Header) -> None:
    """Says why there is no catch-up: one of `REFUSED`."""
    if isinstance(error, TooManyCatchUps):
        text = b"as many watch another time than now as `server.max_catchup` of config.yaml allows"
        await refuse(send, 503, text, _RETRY, *more)
        return
    await refuse(send, 400 if isinstance(error, BadInstant) else 404, str(error).encode(), *more)
