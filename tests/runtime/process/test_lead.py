import pytest

from runtime.process.lead import CUE_SECONDS, Bucket, Dues, cue_lead

SIZE, RATE = 20, 5.0
JUNCTION = 72_000.0
"""20:00:00, in seconds of the day."""


def test_a_lone_channel_is_cued_ten_seconds_ahead() -> None:
    assert cue_lead(1, SIZE, RATE) == cue_lead(SIZE, SIZE, RATE) == CUE_SECONDS


@pytest.mark.parametrize("earlier", [0, 30])
def test_a_hundred_channels_that_meet_at_eight_begin_cueing_by_25_seconds_before(earlier: int) -> None:
    bucket, dues, now = Bucket(SIZE, RATE, JUNCTION - 600), Dues(), JUNCTION - 600
    for n in range(100):
        dues.expect(f"c{n}", JUNCTION)
    # Others that are due a little before empty the bucket first.
    for n in range(earlier):
        dues.expect(f"e{n}", JUNCTION - 15)
    waiting = {f"c{n}": JUNCTION for n in range(100)} | {f"e{n}": JUNCTION - 15 for n in range(earlier)}
    queue: list[tuple[float, str]] = []
    begun: dict[str, float] = {}
    started: dict[str, float] = {}
    while len(started) < len(waiting):
        for channel, due in waiting.items():
            if channel not in begun and due - now <= cue_lead(dues.until(due), SIZE, RATE):
                begun[channel] = now
                queue.append((due, channel))
        queue.sort()
        while queue and bucket.wait_seconds(now) == 0:
            bucket.take()
            due, channel = queue.pop(0)
            dues.started(channel, due)
            started[channel] = now
        now += 0.04
        assert now < JUNCTION
    assert min(begun[f"c{n}"] for n in range(100)) <= JUNCTION - 25
    # Everybody has at least most of the usual lead, also who is served last.
    assert max(started.values()) <= JUNCTION - CUE_SECONDS + 1


def test_a_restart_that_is_due_earlier_is_not_what_was_expected() -> None:
    dues = Dues()
    dues.expect("one", 50.0)
    dues.started("one", 20.0)
    assert dues.until(60.0) == 1
    dues.started("one", 50.0)
    assert dues.until(60.0) == 0


def test_a_channel_is_expected_once() -> None:
    dues = Dues()
    for due in (50.0, 40.0, 70.0):
        dues.expect("one", due)
    dues.expect("two", 70.0)
    assert (dues.until(69.0), dues.until(70.0)) == (0, 2)
    dues.forget("one")
    assert dues.until(70.0) == 1
