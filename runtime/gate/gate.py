"""What stands between the network and the application: every request comes through it, and every answer.

It refuses who asks under a foreign name or without the token, and passes on requests that say truly who asks,
under which name, and for which path, the token left out. Routes need not know any of that: `base_url`
(runtime/routes/base.py) gives the addresses. Limits of a connection: runtime/connection.py.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from litestar.enums import ScopeType

from exstv.server_settings import ServerSettings
from runtime.gate.hosts import AllowedHosts, host_of
from runtime.gate.peers import Asked, Headers, Proxies
from runtime.gate.protection import Header, protected
from runtime.gate.token import BELOW, ROOT, NoSlash, WrongToken, without_token
from runtime.routes.raw import refuse

if TYPE_CHECKING:
    from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

log = logging.getLogger(__name__)

OPEN = ("/healthz", "/readyz")
"""What needs none: a monitor has no business with the programme."""
LONGEST_ADDRESS = 4096
"""Bytes of a path with its query; ours have some hundred."""
_OWN_ROOTS = (
    "api",
    "auto",
    "channels",
    "events",
    "guide",
    "hdhomerun",
    "hooks",
    "iptv",
    "setup",
    "static",
    "tuner",
    ROOT,
)
_ABSOLUTE = re.compile(r"https?://([^/]+)(/.*)?", re.IGNORECASE | re.DOTALL)
_MOST_TOLD = 20


class Refused(Exception):
    """A request is not let in; the message says why to whoever sent it."""

    def __init__(self, status: int, words: str, *headers: Header) -> None:
        super().__init__(words)
        self.status = status
        self.headers = headers


class Gate:
    """The application as the network sees it. Owner of what was told of strangers: each thing once."""

    def __init__(self, app: ASGIApp, server: ServerSettings, machine: str = "") -> None:
        self._app = app
        self._hosts = AllowedHosts(server, machine)
        self._proxies = Proxies(server.trusted_proxies)
        self._token = server.token.get_secret_value() if server.token else None
        self._prefix = _prefix(server.public_url)
        self._told: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request, or lets the application do it."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        guarded = _guarded(send)
        try:
            admitted = self._admitted(scope)
        except Refused as error:
            await refuse(guarded, error.status, str(error).encode(), *error.headers)
            return
        await self._app(admitted, receive, guarded)

    def _admitted(self, scope: HTTPScope) -> HTTPScope:
        """The request as the application is to see it. Raises Refused."""
        headers = list(scope["headers"])
        address, port = scope["client"] or ("", 0)
        host, path = _asked_for(scope, headers)
        told = Asked(address, scope["scheme"], host)
        asked = self._proxies.heard(told, headers)
        if asked is told and any(name.startswith(b"x-forwarded-") for name, _ in headers):
            self._tell("X-Forwarded-* ignored address=%s: not in server.trusted_proxies", address)
        self._check_host(asked.host)
        path, below = self._below_token(self._below_prefix(path))
        kept = [(name, value) for name, value in headers if name != b"host"]
        admitted = {
            **scope,
            "path": path,
            "raw_path": path.encode(),
            "client": (asked.client, port),
            "scheme": asked.scheme,
            "headers": [(b"host", asked.host.encode("latin-1")), *kept] if asked.host else kept,
            "state": {**scope.get("state", {}), BELOW: below},
        }
        return cast("HTTPScope", admitted)

    def _check_host(self, authority: str) -> None:
        if not authority:
            # HTTP/1.0, or a bare `Host:`: the socket's own address stands in.
            return
        host = host_of(authority)
        if host is None:
            raise Refused(400, "the Host of this request is none")
        if not self._hosts.allow(host):
            self._tell("host refused host=%s: not in server.allowed_hosts", host)
            words = "if the name is yours, add it to server.allowed_hosts in config.yaml"
            raise Refused(421, f"this server is not asked for as {host}: {words}")

    def _below_prefix(self, path: str) -> str:
        """A path without the public URL's own: some proxies take it off, some do not."""
        if self._prefix and (path == self._prefix or path.startswith(f"{self._prefix}/")):
            return path.removeprefix(self._prefix) or "/"
        return path

    def _below_token(self, path: str) -> tuple[str, str]:
        """A path without the token, and what it stood below. Raises Refused."""
        if self._token is None or path in OPEN:
            return path, ""
        try:
            return without_token(path, self._token), f"/{ROOT}/{self._token}"
        except WrongToken:
            words = "there is nothing here: the addresses of this server begin with its token"
            raise Refused(404, words) from None
        except NoSlash:
            raise Refused(308, "", (b"location", f"{self._token}/".encode())) from None

    def _tell(self, words: str, fact: str) -> None:
        """Logs what a user has to know to mend it, once each and never without end."""
        if fact not in self._told and len(self._told) < _MOST_TOLD:
            self._told.add(fact)
            log.warning(words, fact)


def _guarded(send: Send) -> Send:
    """Sends with the headers that every answer has."""

    def guarded(message: Message) -> Awaitable[None]:
        if message["type"] == "http.response.start":
            message["headers"] = protected(message["headers"])
        return send(message)

    return cast("Send", guarded)


def _asked_for(scope: HTTPScope, headers: Headers) -> tuple[str, str]:
    """The host and the path that a request is for. Raises Refused."""
    if len(scope["raw_path"]) + len(scope["query_string"]) > LONGEST_ADDRESS:
        raise Refused(414, f"an address has {LONGEST_ADDRESS} bytes at most")
    path = scope["path"]
    if path.startswith("/"):
        return next((value.decode("latin-1") for name, value in headers if name == b"host"), ""), path
    # As proxies are asked, which counts more than any Host (RFC 9112 §3.2.2); or `*`, or rubbish.
    whole = _ABSOLUTE.fullmatch(path)
    if whole is None:
        raise Refused(400, "the address must begin with a slash")
    return whole[1], whole[2] or "/"


def _prefix(public_url: str | None) -> str:
    """The public URL's path, where no address of ours begins with the same word."""
    path = urlsplit(public_url).path if public_url else ""
    return "" if path[1:].split("/")[0] in _OWN_ROOTS else path
