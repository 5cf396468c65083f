"""Who is let in, as whom, and what every answer says: the gate over an application that tells it."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from pydantic import SecretStr

from exstv.server_settings import ServerSettings
from runtime.gate.gate import LONGEST_ADDRESS, Gate
from runtime.gate.token import below

if TYPE_CHECKING:
    from litestar.types import Receive, Scope, Send

TOKEN = "k3y-of.the~harbour_42"
PROXY, STRANGER = "172.18.0.2", "203.0.113.9"


async def telling(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with what the gate made of the request."""
    seen = {
        "client": scope["client"][0],  # type: ignore[index]
        "scheme": scope["scheme"],
        "host": dict(scope["headers"]).get(b"host", b"").decode(),
        "path": scope["path"],
        "below": below(scope),
    }
    headers = [(b"content-type", b"text/html" if scope["path"].endswith(".html") else b"application/json")]
    if scope["path"] == "/own.html":
        headers.append((b"Content-Security-Policy", b"sandbox"))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(seen).encode(), "more_body": False})


def ask(path: str, *, client: str = STRANGER, host: str = "tv.local", **given: Any) -> httpx.Response:
    """What comes back; `given` are settings and, with an underscore for each dash, headers."""
    headers = {name.replace("_", "-"): given.pop(name) for name in list(given) if name.startswith("X_")}
    gate = Gate(telling, ServerSettings(**given), "attic.example.net")

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app=gate, client=(client, 4711))  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://tv.local") as http:
            return await http.get(path, headers={"Host": host, **headers})

    return asyncio.run(asked())


@pytest.mark.parametrize(
    "host",
    [
        *(
            "192.168.1.20:8411",
            "8.8.8.8",
            "[fe80::1]:80",
            "localhost:9000",
            "app.localhost",
            "nas",
            "exstv:8411",
        ),
        *("tv.local", "TV.Local.", "tv.lan", "tv.home.arpa", "box.internal", "attic.example.net"),
    ],
)
def test_a_home_s_own_names_and_addresses_are_let_in(host: str) -> None:
    answer = ask("/", host=host)
    assert (answer.status_code, answer.json()["host"]) == (200, host)


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8411", "192.168.1.20.evil.example", "127.1", "tv.local.evil.example"],
)
def test_a_foreign_name_is_told_what_to_do_and_gets_nothing(host: str) -> None:
    answer = ask("/iptv/channels.m3u", host=host)
    assert (answer.status_code, answer.headers["content-type"]) == (421, "text/plain")
    assert "server.allowed_hosts in config.yaml" in answer.text


@pytest.mark.parametrize(
    "host", ["a b", "user@tv.local", "tv.local:123456", "[::1", "a/b", 'x"y', "%41.local"]
)
def test_a_host_that_is_none_is_refused(host: str) -> None:
    assert ask("/", host=host).status_code == 400


def test_names_of_the_settings_are_let_in() -> None:
    names = ("tv.example", "*.media.example")
    for host in ("tv.example", "a.media.example:80", "a.b.media.example"):
        assert ask("/", host=host, allowed_hosts=names).status_code == 200
    for host in ("media.example", "a.tv.example", "notmedia.example"):
        assert ask("/", host=host, allowed_hosts=names).status_code == 421
    assert ask("/", host="tv.example", public_url="https://TV.example:8443/exstv").status_code == 200


def test_a_trusted_proxy_is_believed() -> None:
    seen = ask(
        "/",
        client=PROXY,
        host="172.18.0.5",
        trusted_proxies=("172.16.0.0/12",),
        X_Forwarded_For=f"10.9.9.9, {STRANGER}, 172.18.0.9",
        X_Forwarded_Proto="https",
        X_Forwarded_Host="tv.local:8443",
    ).json()
    # What stands left of the stranger's address the stranger may have written itself.
    assert (seen["client"], seen["scheme"], seen["host"]) == (STRANGER, "https", "tv.local:8443")


def test_anybody_else_is_not() -> None:
    forged = {"X_Forwarded_For": "1.2.3.4", "X_Forwarded_Proto": "https", "X_Forwarded_Host": "tv.lan"}
    for trusted in ((), ("10.0.0.0/8", "::1/128")):
        seen = ask("/", trusted_proxies=trusted, **forged).json()
        assert (seen["client"], seen["scheme"], seen["host"]) == (STRANGER, "http", "tv.local")


def test_what_a_proxy_passes_on_is_looked_at_like_any_host() -> None:
    answer = ask("/", client=PROXY, trusted_proxies=(PROXY,), X_Forwarded_Host="evil.example")
    assert answer.status_code == 421
    seen = ask(
        "/",
        client=PROXY,
        trusted_proxies=(PROXY,),
        X_Forwarded_Host="a b",
        X_Forwarded_Proto="gopher",
        X_Forwarded_For="unknown",
    ).json()
    assert (seen["client"], seen["scheme"], seen["host"]) == (PROXY, "http", "tv.local")


@pytest.mark.parametrize(
    ("asked", "seen"),
    [
        ("/exstv/iptv/channels.m3u", "/iptv/channels.m3u"),
        ("/iptv/channels.m3u", "/iptv/channels.m3u"),
        ("/exstv", "/"),
        ("/exstv/", "/"),
        ("/exstvx/", "/exstvx/"),
    ],
)
def test_the_public_address_s_own_path_may_be_taken_off_or_not(asked: str, seen: str) -> None:
    assert ask(asked, public_url="https://tv.example/exstv").json()["path"] == seen


def test_a_public_path_that_is_one_of_ours_is_left_to_the_proxy() -> None:
    assert ask("/iptv/a.ts", public_url="https://tv.example/iptv").json()["path"] == "/iptv/a.ts"


def test_below_the_token_is_everything() -> None:
    seen = ask(f"/t/{TOKEN}/iptv/channel/1.ts", token=SecretStr(TOKEN)).json()
    assert (seen["path"], seen["below"]) == ("/iptv/channel/1.ts", f"/t/{TOKEN}")
    assert ask(f"/t/{TOKEN}/", token=SecretStr(TOKEN)).json()["path"] == "/"


def test_without_the_token_is_nothing_but_health() -> None:
    answers = [
        ask(path, token=SecretStr(TOKEN))
        for path in (
            *("/", "/iptv/channels.m3u", "/t/", "/t", "/t//", f"/{TOKEN}/", "/healthz/x", "/discover.json"),
            *(f"/t/{TOKEN}x/", f"/t/{TOKEN[:-1]}/", f"/t/{TOKEN.upper()}/", f"/x/{TOKEN}/", f"/t/é{TOKEN}/"),
        )
    ]
    assert {(answer.status_code, answer.content) for answer in answers} == {(404, answers[0].content)}
    for path in ("/healthz", "/readyz"):
        assert ask(path, token=SecretStr(TOKEN)).json()["below"] == ""


def test_a_page_s_address_ends_with_a_slash() -> None:
    answer = ask(f"/t/{TOKEN}", token=SecretStr(TOKEN))
    assert (answer.status_code, httpx.URL(f"http://x/t/{TOKEN}").join(answer.headers["location"]).path) == (
        308,
        f"/t/{TOKEN}/",
    )


def test_without_a_token_in_the_settings_t_is_a_path_like_any() -> None:
    assert ask(f"/t/{TOKEN}/").json()["path"] == f"/t/{TOKEN}/"


def test_every_answer_tells_the_browser_to_do_no_more_than_needed() -> None:
    for answer in (ask("/a.json"), ask("/", host="evil.example"), ask("/x", token=SecretStr(TOKEN))):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    page = ask("/a.html").headers["content-security-policy"]
    assert "default-src 'none'" in page and "script-src 'self';" in page and "unsafe" not in page
    assert ask("/own.html").headers["content-security-policy"] == "sandbox"


def test_an_address_is_not_endless() -> None:
    assert ask("/?" + "x" * LONGEST_ADDRESS).status_code == 414
    assert ask("/?" + "x" * (LONGEST_ADDRESS - 1)).status_code == 200


@pytest.mark.parametrize(
    ("target", "status", "host", "path"),
    [
        ("http://tv.lan:80/iptv/channels.m3u", 200, "tv.lan:80", "/iptv/channels.m3u"),
        ("HTTP://tv.lan", 200, "tv.lan", "/"),
        ("http://evil.example/", 421, "", ""),
        ("http:///iptv", 400, "", ""),
        ("*", 400, "", ""),
        ("iptv/channels.m3u", 400, "", ""),
        ("ftp://tv.lan/", 400, "", ""),
    ],
)
def test_an_address_as_a_proxy_is_asked_counts_more_than_a_host(
    target: str, status: int, host: str, path: str
) -> None:
    sent: list[Any] = []
    scope: Any = {
        "type": "http",
        "scheme": "http",
        "client": (STRANGER, 1),
        "headers": [(b"host", b"tv.local")],
        "path": target,
        "raw_path": target.encode(),
        "query_string": b"",
    }

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(Gate(telling, ServerSettings())(scope, None, send))  # type: ignore[arg-type]
    assert sent[0]["status"] == status
    if status == 200:
        seen = json.loads(sent[1]["body"])
        assert (seen["host"], seen["path"]) == (host, path)
