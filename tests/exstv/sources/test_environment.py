"""Variables of the environment in a definition."""

from __future__ import annotations

import pytest

from exstv.errors import ExstvError
from exstv.sources.environment import expand


def test_variables_and_defaults_are_replaced() -> None:
    environ = {"MEDIA": "/srv", "EMPTY": ""}

    assert expand("${MEDIA}/films/${SUB:-all}", environ) == "/srv/films/all"
    assert expand("a${EMPTY:-b}c${NONE:-}d", environ) == "abcd"


def test_a_variable_without_a_value_is_named_and_nothing_else() -> None:
    with pytest.raises(ExstvError, match="`TOKEN` is not set") as caught:
        expand("https://${USER}@host/${TOKEN}", {"USER": "secret"})

    assert "secret" not in str(caught.value)


def test_other_dollars_and_braces_survive() -> None:
    assert expand("$HOME {title} %{pts} ${} ${1}", {}) == "$HOME {title} %{pts} ${} ${1}"
