"""A long station file with hundreds of mistakes in it, each of its own on its own line."""

from __future__ import annotations

HEAD = """\
station: {name: Harbour TV, timezone: UTC, broadcast_day: "00:00", horizon: 1d}
sources:
  cards:
    type: lavfi
    items:
      - {id: card, title: Card, video: testsrc2, duration: 10m, kind: movie}
"""
SECTIONS = {
    "collections": """\
  collection_@:
    from: cards
    where: title = 'Card' and year is null
""",
    "schedules": """\
  schedule_@:
    kind: loop
    items:
      - {play: collection_@, order: shuffle, mode: multiple, count: 2}
      - {play: collection_@, order: listed, mode: duration, duration: 1h}
      - {pad_to: 30m, play: cards, overrun: trim}
""",
    "channels": """\
  channel_@:
    number: @
    name: Channel @
    schedule: schedule_@
""",
}

MISTAKES = (
    ("from: cards", "from: crads"),
    ("    from: cards", "    frm: cards"),
    ("from: cards", "from: {name: cards}"),
    ("where: title = 'Card'", "where: titel = 'Card'"),
    ("where: title = 'Card'", "where: now() = 'Card'"),
    ("kind: loop", "kind: lopo"),
    ("order: shuffle", "order: shuffel"),
    ("order: shuffle", "ordre: shuffle"),
    ("play: collection_@, order: listed", "play: colection_@, order: listed"),
    ("play: collection_@, order: listed", "play: nothing_like_it, order: listed"),
    ("count: 2", "count: two"),
    ("count: 2", "count: -1"),
    ("duration: 1h", "duration: 1 parsec"),
    ("duration: 1h", "durration: 1h"),
    ("pad_to: 30m", "pad_to: often"),
    ("overrun: trim", "overrun: [trim]"),
    ("number: @", "number: no @"),
    ("name: Channel @", "name: [Channel]"),
    ("schedule: schedule_@", "schedule: shedule_@"),
    ("    schedule: schedule_@", "    shcedule: schedule_@"),
)


WITH_WHERE = 10
"""One in so many collections has an expression."""


def long_file(units: int, mistakes: int) -> tuple[str, list[int]]:
    """A file, and the numbers of the lines that hold a mistake; at most one in what belongs together."""
    lines = HEAD.splitlines()
    wrong: list[int] = []
    for section, text in SECTIONS.items():
        lines.append(f"{section}:")
        for unit in range(1, units + 1):
            number, left = divmod(unit * mistakes, units)
            old, new = MISTAKES[number % len(MISTAKES)] if left < mistakes else ("", "")
            for line in text.splitlines():
                broken = line.replace(old, new, 1) if old else line
                if broken == line and "where:" in line and unit % WITH_WHERE:
                    continue
                lines.append(broken.replace("@", str(unit)))
                if broken != line:
                    wrong.append(len(lines))
    return "\n".join(lines) + "\n", wrong
