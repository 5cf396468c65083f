"""What a program makes of our OpenAPI document by itself, it may ask: schemathesis asks it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import schemathesis
from busy import busy
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

if TYPE_CHECKING:
    from tests.runtime.conftest import Station

# That `to` is later than `from`, or that a cursor is one of ours, no schema says: 400 is documented for it.
NO_PROMISE = [positive_data_acceptance]


@pytest.mark.parametrize(
    ("mode", "requests", "seen"),
    # What takes no parameter cannot be asked wrongly.
    [(GenerationMode.POSITIVE, 200, {200, 400, 404}), (GenerationMode.NEGATIVE, 60, {400})],
)
def test_whatever_the_document_allows_is_answered_as_it_says_and_breaks_nothing(
    station: Station, mode: GenerationMode, requests: int, seen: set[int]
) -> None:
    document = busy(station).client.get("/schema").json()
    schema = schemathesis.openapi.from_dict(document)
    asked: set[tuple[str, int]] = set()

    @given(case=schema.as_strategy(generation_mode=mode))
    @settings(
        max_examples=requests,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Case) -> None:
        answer = station.client.request(
            case.method, case.formatted_path, params=case.query, headers=case.headers
        )
        assert answer.status_code < 500, (case.method, answer.url)
        case.validate_response(answer, excluded_checks=NO_PROMISE)
        asked.add((case.path, answer.status_code))

    ask()
    assert seen <= {status for _, status in asked}
    if mode is GenerationMode.POSITIVE:
        assert {path for path, _ in asked} == set(document["paths"])
