"""Whatever is written into a station's files, who reads its timeline always reads a whole and valid one."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harbour import CHANNEL, NOW, Harbour

from compiler.onair import OnAirFile
from compiler.pipeline import compile_into
from compiler.publish import NextFile
from exstv.diagnostics import has_errors
from exstv.timeline import versions
from exstv.timeline.query import TimelineReader
from exstv.units import MINUTE_MS

EDITS = 200
READER = """
import os
import sys
from pathlib import Path
from exstv.timeline import query, versions
state, go_on = Path(sys.argv[1]), Path(sys.argv[2])
if hasattr(os, "nice"):
    # It never rests: the compiles come first.
    os.nice(10)
seen = reads = 0
while go_on.exists() or not reads:
    path = versions.current(state)
    assert path is not None, "the pointer went away"
    timeline = query.load(path)
    header = timeline.header
    assert path.name == f"v{header.version:08d}.duckdb", "another version's file"
    assert header.version >= seen, "an older version came back"
    for channel in timeline.channels:
        items = [item for item in timeline.items if item.channel == channel.key]
        assert items and items[-1].finish_ms >= header.finish_ms, "a channel ends early"
        joined = zip(items, items[1:])
        assert all(a.finish_ms == b.start_ms for a, b in joined), "a channel has a gap"
        assert len({item.rule.split()[1] for item in items}) == 1, "rows of another channel"
    seen, reads = header.version, reads + 1
print(seen, reads)
"""
GOOD = (
    ("order: shuffle, mode: flood", "order: chronological, mode: flood"),
    ("order: chronological, mode: flood", "order: random, mode: flood"),
    ("order: random, mode: flood", "order: shuffle, mode: flood"),
    ('"20:00"', '"19:00"'),
    ('"19:00"', '"20:00"'),
    ("schedules:", "# a comment\nschedules:"),
)
BROKEN = (
    ("play: films", "play: filns"),
    ("kind: loop", "kind: lop"),
    ("schedule: s", "schedule: t"),
    ("channels:", "chanels:"),
    ("items:", "items: ["),
    ("number: ", "number: x"),
    ("mode: one", "mode: one, overrun: finish, duration: -3"),
)


@dataclass
class Site:
    """A station whose good files are known, and what is on air of it."""

    harbour: Harbour
    good: dict[str, str]
    digest: str = ""
    published: int = 0

    def compile(self, now_ms: int) -> bool:
        """As the command does: tells whether the files were good; only then anything is published."""
        state = self.harbour.state
        path = versions.current(state)
        on_air = OnAirFile(path) if path else None
        with NextFile(versions.timeline_dir(state), on_air) as file:
            compiled = compile_into(self.harbour.request(now_ms, on_air), file.begin)
            if compiled.head is None or has_errors(compiled.diagnostics):
                return False
            file.publish(compiled.head, state)
        self.digest = compiled.head.header.digest
        self.published += 1
        return True

    def digest_on_disk(self) -> str:
        path = versions.current(self.harbour.state)
        assert path is not None
        reader = TimelineReader.open(path)
        reader.close()
        return reader.header.digest


def site(folder: Path) -> Site:
    """Three channels on air."""
    harbour = Harbour(folder)
    # No SQL has to be asked two hundred times for what is under test.
    films = "{items: ['cards:a', 'cards:b', 'cards:c']}"
    harbour.edit("station", "{from: cards, where: \"kind = 'movie'\"}", films)
    harbour.edit("station", "horizon: 1d, history: 1d", "horizon: 8h, history: 8h")
    made = Site(harbour, {f"channel-{n}": CHANNEL.format(n=n) for n in (1, 2, 3)})
    assert made.compile(NOW)
    return made


@contextmanager
def reading(state: Path, folder: Path) -> Iterator[list[str]]:
    """Another process reads, over and over, until the block ends; what it said is in the list then."""
    go_on = folder / "go-on"
    go_on.touch()
    argv = [sys.executable, "-c", READER, str(state), str(go_on)]
    said: list[str] = []
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as reader:
        try:
            yield said
        finally:
            go_on.unlink()
            out, errors = reader.communicate(timeout=60)
        assert reader.returncode == 0, errors
        said += out.split()


def edit(made: Site, dice: random.Random, *, broken: bool) -> bool:
    """Writes a random edit; False where there was nothing to change."""
    name = dice.choice(sorted(made.good))
    before, after = dice.choice(BROKEN if broken else GOOD)
    text = made.good[name]
    if before not in text:
        return False
    text = text.replace(before, after, 1)
    made.harbour.write(name, text)
    if not broken:
        made.good[name] = text
    return True


def mend(made: Site) -> None:
    for name, text in made.good.items():
        made.harbour.write(name, text)


def test_a_reader_never_sees_anything_but_the_last_good_timeline(tmp_path: Path) -> None:
    made, dice = site(tmp_path), random.Random(3)
    plan = [False] * (EDITS // 2) + [True] * (EDITS // 2)
    dice.shuffle(plan)
    with reading(made.harbour.state, tmp_path) as said:
        for number, broken in enumerate(plan, start=1):
            while not edit(made, dice, broken=broken):
                continue
            good = made.digest
            assert made.compile(NOW + number * MINUTE_MS) is not broken
            assert made.digest_on_disk() == made.digest
            assert not broken or made.digest == good
            mend(made)
    assert made.published > EDITS // 2
    seen, reads = (int(word) for word in said)
    assert (seen > 1, reads > 3) == (True, True)
    assert len(versions.versions(made.harbour.state)) == versions.VERSIONS_KEPT
    # Nothing of the compiles that failed is left.
    names = [path.name for path in versions.timeline_dir(made.harbour.state).iterdir()]
    assert not [name for name in names if name.endswith((".new", ".wal"))]
