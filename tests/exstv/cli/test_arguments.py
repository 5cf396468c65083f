import argparse

import pytest

from exstv.cli.arguments import instant


@pytest.mark.parametrize(
    "text", ["0001-01-01T00:00Z", "9999-12-31T23:59Z", "0001-01-01T00:00:00+05:00", "noon", ""]
)
def test_an_instant_that_no_station_can_have_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        instant(text)


def test_an_instant_without_a_zone_is_utc() -> None:
    assert instant("2026-12-25T20:00") == instant("2026-12-25T21:00+01:00")
