"""`?at=` as players and people write it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exstv.clock import to_iso, to_utc
from runtime.at import START, BadInstant, asked_at, parse_at

INSTANTS = st.integers(0, 4_102_444_799_999)
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


def asked(text: str) -> int | str:
    found = asked_at(f"type=ts&at={text}".encode())
    assert found is not None
    return parse_at(found)


@given(INSTANTS, ZONES)
def test_every_spelling_of_an_instant_means_it(at_ms: int, zone: timezone) -> None:
    local = to_utc(at_ms).astimezone(zone).isoformat(timespec="milliseconds")
    assert asked(quote(local)) == asked(quote_plus(local)) == at_ms
    # A `+` that was not escaped arrives as a space.
    assert asked(local) == at_ms
    assert asked(to_iso(at_ms)) == at_ms
    assert asked(str(at_ms // 1000)) == at_ms // 1000 * 1000
    assert asked(f"{at_ms // 1000}.{at_ms % 1000:03}") == at_ms


def test_no_zone_means_utc_and_a_date_means_midnight() -> None:
    at_ms = int(datetime(2026, 12, 25, 20, tzinfo=UTC).timestamp() * 1000)
    assert asked("2026-12-25T20:00") == asked("2026-12-25+20:00") == asked("2026-12-25%2020:00Z") == at_ms
    assert asked("2026-12-25") == at_ms - 20 * 3600_000
    assert asked("start") == START


@given(st.text())
def test_whatever_else_is_written_is_refused_in_words(text: str) -> None:
    try:
        at = parse_at(text)
    except BadInstant as error:
        assert "`at` is" in str(error)
    else:
        assert at == START or (isinstance(at, int) and at >= 0)


@pytest.mark.parametrize(
    "text", ["", "-5", "+5", "1e9", "0x10", "٣", "nan", "{utc}", "1795397841000", "0001-01-01T00:00+14:00"]
)
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(BadInstant):
        parse_at(text)


@given(st.binary(max_size=50))
def test_any_bytes_may_come_as_a_query(query: bytes) -> None:
    assert asked_at(query.replace(b"at=", b"")) is None
    assert asked_at(b"at=5&" + query) == "5"
