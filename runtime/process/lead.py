"""When a cue has to begin so that its process is started in time: the spawn bucket, and who else is due.

Pure but for two small owners that are told the time: `Bucket` of its tokens, `Dues` of what is expected.
"""

from __future__ import annotations

from bisect import bisect_right, insort

CUE_SECONDS = 10.0
"""How long before its first frame goes out a process is started, when nobody else is due."""


class Bucket:
    """Owner of the tokens that let processes start: `size` at once, then `rate` a second."""

    def __init__(self, size: int, rate: float, now: float) -> None:
        self.size = size
        self.rate = rate
        self._tokens = float(size)
        self._refilled = now

    def wait_seconds(self, now: float) -> float:
        """How long until the next start, 0 if one may be now."""
        self._tokens = min(self.size, self._tokens + (now - self._refilled) * self.rate)
        self._refilled = now
        return max(0.0, (1 - self._tokens) / self.rate)

    def take(self) -> None:
        """Uses a token up."""
        self._tokens -= 1


def cue_lead(rivals: int, size: int, rate: float) -> float:
    """Seconds before a due time at which a cue begins, if so many processes are due until then.

    All but the bucket's own wait for a token each. 100 that are due at once begin 26 s ahead with a bucket of
    20 and 5 a second.
    """
    return CUE_SECONDS + max(0, rivals - size) / rate


class Dues:
    """Owner of when each channel needs its next process."""

    def __init__(self) -> None:
        self._of: dict[str, float] = {}
        self._sorted: list[float] = []

    def expect(self, channel: str, due: float) -> None:
        """Notes when a channel's next process is due, in place of what was expected before."""
        self.forget(channel)
        self._of[channel] = due
        insort(self._sorted, due)

    def started(self, channel: str, due: float) -> None:
        """Notes that a process was started; one that is due earlier than expected is another one."""
        if channel in self._of and self._of[channel] <= due:
            self.forget(channel)

    def forget(self, channel: str) -> None:
        """Expects nothing more of a channel."""
        due = self._of.pop(channel, None)
        if due is not None:
            del self._sorted[bisect_right(self._sorted, due) - 1]

    def until(self, due: float) -> int:
        """How many are due until a time."""
        return bisect_right(self._sorted, due)
