"""No path but one below the token is let through, and no Host but a plain one is repeated."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from runtime.gate.hosts import host_of
from runtime.gate.token import NoSlash, WrongToken, with_token_hidden, without_token

TOKEN = "k3y-of.the~harbour_42"
PATHS = st.lists(
    st.sampled_from(["", "t", TOKEN, TOKEN[:-1], TOKEN.upper(), "..", ".", "\x00", "é", "x"]) | st.text(),
    max_size=5,
).map(lambda parts: "/" + "/".join(parts))


@given(PATHS)
@example(f"/t/{TOKEN}")
@example(f"/t//{TOKEN}/")
@example(f"//t/{TOKEN}/x")
def test_only_what_begins_with_the_token_is_let_through(path: str) -> None:
    try:
        rest = without_token(path, TOKEN)
    except WrongToken:
        assert not path.startswith(f"/t/{TOKEN}/")
    except NoSlash:
        assert path == f"/t/{TOKEN}"
    else:
        assert f"/t/{TOKEN}{rest}" == path


@given(st.text(max_size=30) | st.from_regex(r"\A[a-zA-Z0-9.:\[\]@%_-]{1,40}\Z"))
@example("tv.local\n")
@example("tv.local:80\r\nX: y")
@example('tv.local" onload="')
def test_a_host_that_is_one_is_safe_in_any_address(authority: str) -> None:
    host = host_of(authority)
    if host is not None:
        assert re.fullmatch(r"[A-Za-z0-9._:\[\]-]+", authority)
        assert (urlsplit(f"http://{authority}/").hostname or "").removesuffix(".") == host


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (f"http://tv.local:8411/t/{TOKEN}/api/v1/state", "http://tv.local:8411/t/…/api/v1/state"),
        (f"http://tv.local/t/{TOKEN}", "http://tv.local/t/…"),
        ("http://tv.local/api/t", "http://tv.local/api/t"),
    ],
)
def test_a_token_is_hidden_where_an_address_is_shown(address: str, shown: str) -> None:
    assert with_token_hidden(address) == shown
