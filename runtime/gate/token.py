"""The token in the path: `/t/TOKEN/…` is where everything is if there is one. Pure.

In the path, because no player sends a header, and a tuner's address takes no query of ours. Whether it is
asked for: gate.py.
"""

from __future__ import annotations

import re
from secrets import compare_digest
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from litestar.types import Scope

ROOT = "t"
HIDDEN = "…"
"""What stands for a token wherever it is not to be read."""
BELOW = "exstv_below"
"""Where a request's state says what its path stood below."""


class WrongToken(Exception):
    """A path does not begin with the token."""


class NoSlash(Exception):
    """A path ends with the token, and the links of the page there would lead beside it."""


def without_token(path: str, token: str) -> str:
    """A path as it would be without a token. Raises WrongToken and NoSlash."""
    _, root, given, rest = (*path.split("/", 3), "", "")[:4]
    if not compare_digest(given.encode(), token.encode()) or root != ROOT:
        raise WrongToken
    if path.count("/") == 2:
        raise NoSlash
    return f"/{rest}"


def with_token_hidden(address: str) -> str:
    """An address of a server as it may be shown."""
    return re.sub(rf"(?<=/{ROOT}/)[^/]+", HIDDEN, address, count=1)


def below(scope: Scope) -> str:
    """What our addresses begin with after the server's own: `/t/TOKEN`, or nothing."""
    state = cast("dict[str, str]", scope.get("state", {}))
    return state.get(BELOW, "")
