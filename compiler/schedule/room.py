"""How long an item may take where it stands: every end around it, each with its own rule, as one room."""

from __future__ import annotations

from msgspec import Struct

from compiler.lower.loop import MIN_ITEM_MS
from compiler.lower.rundown import Over

# Asked for at every decision: up to Python 3.11 to look for a member in its enum takes as long as a call.
_CUT, _EXTEND, _FINISH, _COMPRESS, _STOP = Over.CUT, Over.EXTEND, Over.FINISH, Over.COMPRESS, Over.STOP

NEVER = 2**60
"""Later than any instant, and small enough for sums."""


class Room(Struct, frozen=True, gc=False):
    """Instants in UTC ms that bound what may be placed next."""

    edge_ms: int = NEVER
    """Nothing begins here or later."""
    last_ms: int = NEVER
    """What would end later is not begun."""
    cut_ms: int = NEVER
    """What would end later is cut here."""
    passes: bool = False
    """What does not fit is passed over for the first that does."""

    def within(self, end_ms: int, over: Over, max_late_ms: int | None = None) -> Room:
        """The room that an end with a rule of its own leaves."""
        if end_ms >= NEVER:
            return self
        edge, last, cut, passes = self.edge_ms, self.last_ms, self.cut_ms, self.passes
        late = NEVER if max_late_ms is None else end_ms + max_late_ms
        if over is _CUT:
            cut = min(cut, end_ms)
        elif over is _EXTEND:
            cut = min(cut, late)
        elif over is _FINISH:
            last = min(last, late)
        else:
            last = min(last, end_ms)
            passes = passes or over is _COMPRESS
        return Room(min(edge, end_ms), last, cut, passes)

    def before_strict(self, start_ms: int, over: Over) -> Room:
        """The room before a start that nothing runs over: what may be cut is cut there."""
        if over is _CUT or over is _EXTEND:
            return self.within(start_ms, _CUT)
        return self.within(start_ms, _COMPRESS if over is _COMPRESS else _STOP)

    def length_ms(self, now_ms: int, wanted_ms: int) -> int:
        """How much of something that lasts `wanted_ms` plays from now: all, what a cut leaves, or 0."""
        end = min(now_ms + wanted_ms, self.cut_ms)
        length = end - now_ms
        # A cut that leaves less than a second of an item is not worth the change of picture.
        if now_ms >= self.edge_ms or end > self.last_ms or (length < wanted_ms and length < MIN_ITEM_MS):
            return 0
        return length


OPEN = Room()
"""No end at all."""
