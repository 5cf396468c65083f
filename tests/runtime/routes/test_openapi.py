"""The OpenAPI document and docs/api.md tell the truth: what each address takes, and what it answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from busy import busy
from jsonschema import Draft202012Validator
from litestar.routes import ASGIRoute, HTTPRoute

from exstv.clock import SystemClock
from exstv.settings import Settings
from runtime.app import Options, create_app

if TYPE_CHECKING:
    from tests.runtime.conftest import Station

DOCS = Path(__file__).parents[3] / "docs" / "api.md"
EXAMPLE = re.compile(r"^```http\nGET (\S+)\n\n(\d+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HOSTILE = (
    "",
    " ",
    "0",
    "-1",
    "1e9",
    "9" * 30,
    "²",
    "\x00",
    "'; drop table programme",
    "%ff",
    "../..",
    "x@y",
    "1@",
)
INSTANTS = (
    "9999-12-31T23:59:59-23:59",
    "0001-01-01T00:00+23:59",
    "2026-11-21T00:00+25:00",
    "NaN",
    "2026-11-21",
)


def document(station: Station) -> dict[str, Any]:
    found: dict[str, Any] = station.client.get("/schema").json()
    return found


def strict(part: Any) -> Any:
    """A schema that also refuses what it does not name."""
    if isinstance(part, list):
        return [strict(each) for each in part]
    if not isinstance(part, dict):
        return part
    closed = {"additionalProperties": False} if isinstance(part.get("properties"), dict) else {}
    return {**closed, **{name: strict(each) for name, each in part.items()}}


def check(whole: dict[str, Any], path: str, status: int, *bodies: Any) -> None:
    """Bodies are what the document says that an address answers."""
    answers = whole["paths"][path]["get"]["responses"]
    assert str(status) in answers, (path, status, bodies)
    schema = answers[str(status)]["content"]["application/json"]["schema"]
    validator = Draft202012Validator(strict({**schema, "components": whole["components"]}))
    for body in bodies:
        validator.validate(body)


def paths(whole: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Each address that answers JSON, as the document has it and as it is asked."""
    for path in whole["paths"]:
        if not path.endswith("catalog.lock"):
            yield path, path.replace("{number}", "2.5")


def test_no_address_of_the_server_changes_anything_lineup_post_and_the_hook_least_of_all(
    tmp_path: Path,
) -> None:
    settings = Settings(station=tmp_path, media_root=tmp_path, state_dir=tmp_path / ".exstv")
    app = create_app(Options(settings, SystemClock(), {}, (), watch=False))
    methods = {route.path: route.methods for route in app.routes if isinstance(route, HTTPRoute)}
    changing = {path for path, taken in methods.items() if taken - {"GET", "HEAD", "OPTIONS"}}
    # The hook only has the repository asked sooner: test_hooks.py.
    assert changing == {"/lineup.post", "/hdhomerun/lineup.post", "/hooks/git"} and len(methods) > 40
    # They refuse what is neither GET nor HEAD themselves: tests/e2e/test_on_air.py.
    mounted = {route.path for route in app.routes if isinstance(route, ASGIRoute)}
    tuning = {"/auto", "/hdhomerun/auto", "/tuner", "/hdhomerun/tuner"}
    assert mounted == {"/iptv/channel", "/events", *tuning}


def test_each_address_answers_what_its_schema_says(station: Station) -> None:
    whole = document(busy(station))
    Draft202012Validator.check_schema(whole["components"]["schemas"])
    for path, address in paths(whole):
        answer = station.client.get(address)
        assert answer.status_code == 200, (address, answer.text)
        check(whole, path, 200, answer.json())
        head = station.client.head(address)
        assert head.status_code == 200 and not head.content, address
        assert head.headers["content-length"] == answer.headers["content-length"], address


def test_nothing_that_is_asked_breaks_the_server_and_each_refusal_is_told_as_the_schema_says(
    station: Station,
) -> None:
    whole = document(busy(station))
    told: dict[tuple[str, int], list[Any]] = {}
    for path, address in paths(whole):
        taken = whole["paths"][path]["get"].get("parameters", [])
        names = [*(each["name"] for each in taken if each["in"] == "query"), "nonsense"]
        for name, value in product(names, (*HOSTILE, *INSTANTS)):
            answer = station.client.get(address, params={name: value})
            told.setdefault((path, answer.status_code), []).append(answer.json())
            if answer.status_code == 400:
                named = [each["key"] for each in answer.json().get("extra", [])]
                assert f"`{name}`" in answer.json()["detail"] or name in named, (address, name, value)
    for (path, status), bodies in told.items():
        check(whole, path, status, *bodies[:20])
    assert {status for _, status in told} == {200, 400}


@pytest.mark.parametrize("number", ["9", "%00", "2.5%20", "..%2f..", "retro"])
def test_a_channel_that_is_not_there_is_missing_everywhere(station: Station, number: str) -> None:
    whole = document(station)
    for path in whole["paths"]:
        if "{number}" in path and "%2f" not in number:
            answer = station.client.get(path.replace("{number}", number))
            assert answer.status_code == 404
            check(whole, path, 404, answer.json())


def test_the_document_is_no_page_that_fetches_others(station: Station) -> None:
    for path in ("/schema", "/schema/openapi.json"):
        answer = station.client.get(path)
        assert answer.headers["content-type"].startswith("application/vnd.oai.openapi+json")
    assert station.client.get("/schema/swagger").status_code == 404


def test_the_lock_is_text_of_its_own_type(station: Station) -> None:
    answers = document(station)["paths"]["/api/v1/catalog.lock"]["get"]["responses"]
    assert answers["200"]["content"] == {"application/x-ndjson": {"schema": {"type": "string"}}}


def test_the_page_lists_every_address(station: Station) -> None:
    listed = re.findall(r"^\| `(/\S+)` \|", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    assert listed and set(listed) == set(document(station)["paths"])


def test_the_examples_of_the_page_are_what_is_answered(station: Station) -> None:
    busy(station).says(catch_ups=(), tuners=(None, None))
    whole = document(station)
    examples = EXAMPLE.findall(DOCS.read_text(encoding="utf-8"))
    assert len(examples) == DOCS.read_text(encoding="utf-8").count("```http")
    for address, status, body in examples:
        answer = station.client.get(address)
        assert (answer.status_code, answer.json()) == (int(status), json.loads(body)), address
        path = address.partition("?")[0].replace("2.5", "{number}")
        check(whole, path, int(status), answer.json())
