"""When the slate steps in for frames that do not come."""

from __future__ import annotations

import asyncio
from fractions import Fraction

import pytest
from stations import HD

from runtime.ffmpeg.codecs import stream_format
from runtime.mpegts.splice import Splicer
from runtime.outlet import BRIDGED_PATIENCE_SECONDS, PATIENCE_SECONDS, Outlet
from runtime.pacing import Pacer
from runtime.throttle import PlanClock
from tests.runtime.conftest import FakeClock

STARTED_FRAMES = 300
"""The channel has been on air for ten seconds: it has no more time than others."""


def test_who_has_the_slate_already_waits_for_less() -> None:
    clock = FakeClock()
    plan = PlanClock(Fraction(30), -STARTED_FRAMES, clock.now_ms(), clock.monotonic())
    pacer = Pacer(clock, lambda: 0.0, asyncio.Event(), in_segments=False)
    outlet = Outlet(clock, plan, Splicer(stream_format(HD, "One", b"silence")), pacer, lambda units: None)
    patient = outlet.deadline()
    outlet.bridged = True
    assert patient - outlet.deadline() == pytest.approx(PATIENCE_SECONDS - BRIDGED_PATIENCE_SECONDS)
