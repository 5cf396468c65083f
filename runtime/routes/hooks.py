"""`/hooks/git`: whoever hosts the repository says that something was pushed. It only means "look now".

What the message says is not read, only who sent it: GitHub, Gitea and Forgejo sign its bytes, GitLab sends
the secret itself. Without a secret in the settings there is no such address.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Final

from litestar import Response, post
from litestar.exceptions import NotAuthorizedException, NotFoundException, TooManyRequestsException

from runtime.routes.base import HttpRequest, services_of

MOST_BYTES: Final = 1024 * 1024
"""Of a message; those about pushes to a station have a few kB."""
_SIGNED = ("X-Hub-Signature-256", "X-Forgejo-Signature", "X-Gitea-Signature")
_TOKEN = "X-Gitlab-Token"


@post("/hooks/git", request_max_body_size=MOST_BYTES)
async def git_hook(request: HttpRequest) -> Response[str]:
    """Has the remote asked at once, for whoever knows the secret."""
    services = services_of(request)
    secret = services.settings.git.webhook_secret
    if secret is None or services.pushed is None:
        raise NotFoundException("no webhook is set up here")
    if not is_from_host(secret.get_secret_value().encode(), request.headers, await request.body()):
        raise NotAuthorizedException("this message does not carry the secret of config.yaml")
    if not services.pushed():
        raise TooManyRequestsException("the repository is asked already", headers={"Retry-After": "2"})
    return Response("the repository is asked now\n", status_code=202, media_type="text/plain")


def is_from_host(secret: bytes, headers: Mapping[str, str], body: bytes) -> bool:
    """Tells whether a message was signed with a secret, or brings it; compared in constant time."""
    token = headers.get(_TOKEN)
    if token is not None:
        return hmac.compare_digest(token.encode(), secret)
    signature = next((headers[name] for name in _SIGNED if name in headers), "")
    expected = hmac.new(secret, body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(signature.removeprefix("sha256=").encode(), expected.encode())


HANDLERS = [git_hook]
