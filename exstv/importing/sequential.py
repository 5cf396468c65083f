"""A sequential schedule of ErsatzTV (YAML) as a station with one channel.

Owns which files are read, and that everything referred to is there: instructions.py may rely on it. The file
is read like a station's own, so a bomb costs what its text costs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ruamel.yaml.comments import CommentedMap

from exstv import codes
from exstv.binding import Model, bind
from exstv.codes import did_you_mean
from exstv.days import parse_days
from exstv.diagnostics import Diagnostic, Span, has_errors, suggest
from exstv.files import MAX_BYTES
from exstv.importing import sequential_documents as etv
from exstv.importing.contents import SOURCE, Content, Contents, libraries
from exstv.importing.fillers import Fillers
from exstv.importing.instruction import Given, Instruction
from exstv.importing.instructions import Translator
from exstv.importing.model import Imported, Names, Outcome, Report, Wishes
from exstv.importing.stations import channel_of, station_of
from exstv.importing.writing import flow, listing, mapping, put
from exstv.nodes import Mapping as MappingNode
from exstv.nodes import Node, at, is_broken
from exstv.units import DAY_MS, format_time_of_day
from exstv.yaml_text import decode, read_yaml

MOST_IMPORTS = 100
MOST_DEPTH = 100
"""Of sequences in sequences, as ErsatzTV has it."""


@dataclass(frozen=True)
class _Definition:
    """A content, and where it is written."""

    document: etv.Keyed
    node: Node


@dataclass(frozen=True)
class _Dated:
    """A playout for some days, and where it is written."""

    document: etv.DatedPlayout
    node: Node
    instructions: tuple[Instruction, ...]


@dataclass
class _Files:
    """All files of a schedule, put together: by key in lower case, the main file's first."""

    contents: dict[str, _Definition] = field(default_factory=dict)
    sequences: dict[str, tuple[Instruction, ...]] = field(default_factory=dict)
    reset: tuple[Instruction, ...] = ()
    playout: tuple[Instruction, ...] = ()
    dated: tuple[_Dated, ...] = ()
    diagnostics: list[Diagnostic] = field(default_factory=list)


def import_sequential(path: Path, wishes: Wishes) -> Outcome:
    """What a schedule becomes, or why it cannot be read."""
    files = _Files()
    _read_main(path, files)
    if not has_errors(files.diagnostics):
        _check_references(files)
    if has_errors(files.diagnostics):
        return None, files.diagnostics
    report = Report()
    imported = _imported(path, files, report, wishes)
    if imported is None:
        report.diagnostics.append(codes.IMPORT_SHAPE.at(Span(str(path)), reason="its playout plays nothing"))
    return imported, [*files.diagnostics, *report.diagnostics]


def _imported(path: Path, files: _Files, report: Report, wishes: Wishes) -> Imported | None:
    name = Names().new(path.stem)
    broadcast_day, start_at = _reset(files.reset, report)
    lead = report.comment()
    contents = Contents(report, Names([SOURCE, *wishes.taken]))
    known: dict[str, Content] = {}
    for key, definition in files.contents.items():
        known[key] = contents.add(definition.document, definition.node)
    given = Given(known, files.sequences, start_at)
    translator = Translator(given, report, Names(wishes.taken), Fillers(given, report, wishes.taken))
    if lead:
        report.explain(lead)
    schedule = translator.playout(name, files.playout)
    if schedule is None:
        return None
    calendar = [*_calendar(files, translator, report)]
    rest = mapping(
        {
            "channels": channel_of(
                name, wishes, name=path.stem, schedule=schedule, calendar=listing(calendar, 3) or None
            ),
            "schedules": translator.schedules,
            "collections": contents.document,
            "filler": translator.fillers.document or None,
        }
    )
    # What was lost behind the last entry.
    put(rest, "channels", rest["channels"], report.comment())
    return Imported(name, station_of(path.stem, wishes, broadcast_day), libraries(), rest)


def _calendar(files: _Files, translator: Translator, report: Report) -> Iterator[tuple[str, CommentedMap]]:
    """Other schedules for some days, as rules of the channel's calendar."""
    for each in files.dated:
        document = each.document
        dates = f"{document.start_date}..{document.end_date}"
        try:
            parse_days(dates)
        except ValueError:
            report.lose(each.node, f"`{document.name}`, whose days from {dates} are no range")
            continue
        name = translator.playout(document.name, each.instructions)
        if name is not None:
            yield report.comment(), flow(schedule=name, dates=dates, priority=document.priority or None)


def _reset(instructions: Iterable[Instruction], report: Report) -> tuple[str, dict[str, dict[str, int]]]:
    """When the first day begins, and where new progress does: what ErsatzTV does when it builds afresh."""
    start_ms = 0
    start_at: dict[str, dict[str, int]] = {}
    for each in instructions:
        match each.document:
            case etv.WaitUntil(wait_until=until):
                start_ms = until
            case etv.Rewind(rewind=back):
                start_ms = (start_ms - back) % DAY_MS
            case etv.SkipToItem(content=content, season=season, episode=episode):
                start_at[content.lower()] = {"season": season, "episode": episode}
            case etv.SkipItems(skip_items=amount, content=content) if str(amount) not in ("0", "count"):
                report.lose(each.node, f"`skip_items: {amount}` of `{content}`: it begins with the first one")
    return format_time_of_day(start_ms), start_at


def _read_main(path: Path, files: _Files) -> None:
    schedule, root = _read(path, etv.ScheduleFile, files)
    if schedule is None or root is None:
        return
    _define(schedule, root, files)
    files.reset = tuple(_instructions(schedule.reset, at(root, "reset"), files))
    files.playout = tuple(_instructions(schedule.playout, at(root, "playout"), files))
    for index, each in enumerate(schedule.schedules):
        where = at(root, "schedules", index)
        instructions = tuple(_instructions(each.playout, at(where, "playout"), files))
        files.dated += (_Dated(each, where, instructions),)
    imports = at(root, "import")
    for index, name in enumerate(schedule.imports[:MOST_IMPORTS]):
        where = at(imports, index)
        beside = path.parent / name
        if not beside.is_file():
            files.diagnostics.append(codes.IMPORT_NOT_FOUND.at(where, path=name))
            continue
        # Of an imported file only these two kinds count.
        imported, tree = _read(beside, etv.ImportedFile, files)
        if imported is not None and tree is not None:
            _define(imported, tree, files)
    if len(schedule.imports) > MOST_IMPORTS:
        rule = f"at most {MOST_IMPORTS} imports"
        files.diagnostics.append(codes.OUT_OF_RANGE.at(imports, value=len(schedule.imports), rule=rule))


def _read(path: Path, model: type[Model], files: _Files) -> tuple[Model | None, Node | None]:
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        files.diagnostics.append(codes.UNREADABLE_FILE.at(Span(str(path)), reason=reason))
        return None, None
    text, found = decode(raw, str(path))
    root = None
    if text is not None:
        root, found = read_yaml(text, str(path))
        if root is None and not found:
            found = [codes.IMPORT_SHAPE.at(Span(str(path)), reason="it is empty")]
    files.diagnostics += found
    if root is None or is_broken(root) or has_errors(found):
        return None, None
    if not isinstance(root, MappingNode):
        reason = "a schedule of ErsatzTV has keys, like `content:` and `playout:`"
        files.diagnostics.append(codes.IMPORT_SHAPE.at(root, reason=reason))
        return None, None
    document, problems = bind(model, root)
    files.diagnostics += problems
    return document, root


def _define(file: etv.ScheduleFile | etv.ImportedFile, root: Node, files: _Files) -> None:
    """Adds content and sequences whose keys are not there yet."""
    for index, _ in enumerate(file.content):
        node = at(root, "content", index)
        document = _bound(node, etv.CONTENT, files)
        if isinstance(document, etv.Keyed):
            files.contents.setdefault(document.key.lower(), _Definition(document, node))
    for index, sequence in enumerate(file.sequence):
        node = at(root, "sequence", index, "items")
        instructions = tuple(_instructions(sequence.items, node, files))
        files.sequences.setdefault(sequence.key.lower(), instructions)


def _instructions(items: tuple[object, ...], node: Node, files: _Files) -> Iterator[Instruction]:
    for index, _ in enumerate(items):
        where = at(node, index)
        document = _bound(where, etv.INSTRUCTIONS, files)
        if document is not None:
            yield Instruction(document, where)


def _bound(node: Node, known: Mapping[str, type[Model]], files: _Files) -> Model | None:
    """One definition or instruction, by the key that tells it."""
    keys = [key.text for key, _ in node.entries] if isinstance(node, MappingNode) else []
    key = next((each for each in known if each in keys), None)
    if key is None:
        near = next((near for each in keys if (near := suggest(each, known))), None)
        expected = f"a mapping with one of {', '.join(f'`{each}`' for each in known)}"
        found = f"`{keys[0]}`" if keys else "something else"
        help = did_you_mean(near)
        files.diagnostics.append(codes.WRONG_TYPE.at(node, expected=expected, found=found, help=help))
        return None
    document, problems = bind(known[key], node)
    files.diagnostics += problems
    return document


def _check_references(files: _Files) -> None:
    """Everything that is referred to is there, and no sequence plays itself."""
    dated = (each.instructions for each in files.dated)
    lists = [files.reset, files.playout, *files.sequences.values(), *dated]
    everywhere = [one for each in lists for one in each]
    for each in everywhere:
        for key in ("content", "fallback"):
            _check(each, key, files.contents, files)
        _check(each, "sequence", files.sequences, files)
        _check(each, "shuffle_sequence", files.sequences, files)
    if not has_errors(files.diagnostics):
        for key, instructions in files.sequences.items():
            _check_depth(key, instructions, files)


def _check(each: Instruction, word: str, known: Mapping[str, object], files: _Files) -> None:
    name = getattr(each.document, word, None)
    if isinstance(name, str) and name.lower() not in known:
        help = did_you_mean(suggest(name.lower(), known))
        kind = "content" if word in ("content", "fallback") else "sequence"
        files.diagnostics.append(
            codes.IMPORT_UNKNOWN.at(at(each.node, word), kind=kind, name=name, help=help)
        )


def _check_depth(key: str, instructions: tuple[Instruction, ...], files: _Files) -> None:
    """Walks what a sequence plays, level by level: each level holds a sequence once."""
    level = {key}
    for _ in range(MOST_DEPTH):
        level = {below for each in level for below in _used(files.sequences[each])}
        if not level or key in level:
            break
    if level:
        reason = f"the sequence `{key}` plays itself"
        files.diagnostics.append(codes.IMPORT_SHAPE.at(instructions[0].node, reason=reason))


def _used(instructions: Iterable[Instruction]) -> Iterator[str]:
    for each in instructions:
        name = getattr(each.document, "sequence", None)
        if isinstance(name, str) and not isinstance(each.document, etv.PreRoll | etv.MidRoll | etv.PostRoll):
            yield name.lower()
