"""`/hooks/git`: whoever knows the secret has the repository asked, and nobody has anything else done."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from exstv.git_settings import GitSettings

if TYPE_CHECKING:
    from tests.runtime.conftest import Station

SECRET = "lights-of-the-harbour"
BODY = b'{"ref": "refs/heads/main", "after": "\xc3\xa9"}'


def signature(body: bytes = BODY, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class Asked:
    """Counts how often the repository was asked."""

    def __init__(self) -> None:
        self.times = 0
        self.answer = True

    def __call__(self) -> bool:
        self.times += self.answer
        return self.answer


@pytest.fixture
def asked(station: Station) -> Asked:
    """A station that follows a repository and has a secret."""
    asked = Asked()
    git = GitSettings(remote="https://git.example/a.git", webhook_secret=SecretStr(SECRET))
    settings = station.services.settings.model_copy(update={"git": git})
    station.client.app.state.services = replace(station.services, settings=settings, pushed=asked)
    return asked


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Hub-Signature-256": f"sha256={signature()}"},
        {"X-Gitea-Signature": signature()},
        {"X-Forgejo-Signature": signature()},
        {"X-Gitlab-Token": SECRET},
    ],
    ids=["github", "gitea", "forgejo", "gitlab"],
)
def test_each_host_is_known_by_its_header(station: Station, asked: Asked, headers: dict[str, str]) -> None:
    answer = station.client.post("/hooks/git", content=BODY, headers=headers)
    assert (answer.status_code, asked.times) == (202, 1)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Hub-Signature-256": "sha256="},
        {"X-Hub-Signature-256": f"sha256={signature(secret='another')}"},
        {"X-Hub-Signature-256": f"sha256={signature(BODY + b' ')}"},
        {"X-Hub-Signature": f"sha1={signature()}"},
        {"X-Gitlab-Token": ""},
        {"X-Gitlab-Token": SECRET[:-1]},
    ],
)
def test_who_does_not_know_the_secret_is_refused(
    station: Station, asked: Asked, headers: dict[str, str]
) -> None:
    answer = station.client.post("/hooks/git", content=BODY, headers=headers)
    assert (answer.status_code, asked.times) == (401, 0)
    assert SECRET not in answer.text


def test_headers_that_are_no_text_are_refused(station: Station, asked: Asked) -> None:
    answer = station.client.post("/hooks/git", content=BODY, headers={b"X-Gitlab-Token": b"\xe9" * 9})
    assert (answer.status_code, asked.times) == (401, 0)


def test_without_a_secret_there_is_no_such_address(station: Station) -> None:
    answer = station.client.post("/hooks/git", content=BODY, headers={"X-Gitlab-Token": ""})
    assert answer.status_code == 404


def test_a_message_without_end_is_cut_off(station: Station, asked: Asked) -> None:
    answer = station.client.post("/hooks/git", content=b"x" * (1 << 21), headers={"X-Gitlab-Token": SECRET})
    assert (answer.status_code, asked.times) == (413, 0)


def test_who_tells_too_often_is_told_so(station: Station, asked: Asked) -> None:
    asked.answer = False
    answer = station.client.post("/hooks/git", content=BODY, headers={"X-Gitlab-Token": SECRET})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "2")


def test_it_cannot_be_read(station: Station, asked: Asked) -> None:
    assert station.client.get("/hooks/git").status_code == 405
