"""Lists that other programs made: both shapes, how media are found, and everything that may be wrong."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from resolving import ITEMS, ONE, external, item, run

from compiler.load import MAX_LIST_BYTES, load, read_lists
from compiler.station import ExternalProgramme
from exstv.catalog.lock import list_digest
from exstv.catalog.model import FetchedList
from exstv.clock import from_iso
from exstv.diagnostics import Diagnostic, Span

SIX = from_iso("2026-03-06T06:00Z")
MINUTE = 60_000
DAY = ONE + "schedules:\n  day: {kind: external, path: day.json}\n"
FILMS = (
    *ITEMS,
    item("m:Old/Metropolis.mkv", guids=("imdb:tt0017136",)),
    item("n:4711", locator="/library/parts/9/file.mkv"),
)
VERSION = "https://ersatztv.org/playout/version/0.0.1"


def channel(*programs: dict[str, object]) -> dict[str, object]:
    return {"startTime": "2026-03-06T06:00:00.000Z", "programs": list(programs)}


def playout(*items: dict[str, object]) -> dict[str, object]:
    return {"version": VERSION, "items": list(items)}


def played(start: str, finish: str, **source: object) -> dict[str, object]:
    return {
        "id": "0",
        "start": f"2026-03-06T{start}+01:00",
        "finish": f"2026-03-06T{finish}+01:00",
        "source": {"source_type": "local", **source},
    }


def programmes(data: object) -> tuple[tuple[ExternalProgramme, ...], list[Diagnostic]]:
    made, found = run(DAY, FILMS, files={"day.json": json.dumps(data).encode()})
    return external(made).programmes if made and made.channels else (), found


def ids(data: object) -> list[str | None]:
    found, problems = programmes(data)
    assert problems == []
    return [each.item.id if each.item else None for each in found]


def test_a_channel_of_dizquetv_repeats_for_ever_from_its_start() -> None:
    data = channel(
        {"type": "movie", "title": "Old film", "duration": 2 * MINUTE, "plexFile": "/x/m/a"},
        {"isOffline": True, "duration": MINUTE},
        {"type": "episode", "title": "Pilot", "showTitle": "S", "duration": MINUTE, "ratingKey": "4711"},
    )
    made, found = run(DAY, FILMS, files={"day.json": json.dumps(data).encode()})
    assert found == []
    schedule = external(made)
    assert schedule.period_ms == 4 * MINUTE
    assert [(each.start_ms - SIX, each.finish_ms - SIX, each.title) for each in schedule.programmes] == [
        (0, 2 * MINUTE, "Old film"),
        (3 * MINUTE, 4 * MINUTE, None),
    ]
    assert [each.item.id for each in schedule.programmes if each.item] == ["m:a", "n:4711"]


def test_a_playout_of_ersatztv_next_has_its_own_instants() -> None:
    data = playout(
        played("07:10:00", "07:15:00", path="/srv/media/b", in_point_ms=1000, out_point_ms=121_000),
        played("07:00:00", "07:10:00", path="/srv/media/a"),
        {"id": "x", "start": "2026-03-06T06:20:00Z", "finish": "2026-03-06T06:30:00Z"},
    )
    found, problems = programmes(data)
    assert problems == []
    assert [(each.item and each.item.id, each.start_ms - SIX, each.finish_ms - SIX) for each in found] == [
        ("m:a", 0, 10 * MINUTE),
        ("m:b", 10 * MINUTE, 12 * MINUTE),
        (None, 20 * MINUTE, 30 * MINUTE),
    ]
    assert [each.in_point_ms for each in found] == [0, 1000, 0]


@pytest.mark.parametrize(
    ("program", "id_"),
    [
        ({"id": "m:a"}, "m:a"),
        ({"file": "C:\\media\\Old\\Metropolis.mkv"}, "m:Old/Metropolis.mkv"),
        ({"guid": "imdb:tt0017136"}, "m:Old/Metropolis.mkv"),
        ({"key": "/library/metadata/4711"}, "n:4711"),
        ({"ratingKey": 4711}, "n:4711"),
        ({"plexFile": "/library/parts/9/file.mkv"}, "n:4711"),
        ({"file": "/nowhere/z.mkv", "guid": "imdb:tt0017136"}, "m:Old/Metropolis.mkv"),
    ],
)
def test_media_are_found_by_whatever_the_list_knows_of_them(program: dict[str, object], id_: str) -> None:
    assert ids(channel({"duration": MINUTE, **program})) == [id_]


def test_pictures_and_sound_from_two_places_are_found_by_the_pictures() -> None:
    entry = played("07:00:00", "07:01:00")
    tracks = {"video": {"source": {"source_type": "local", "path": "/srv/a"}}}
    assert ids(playout({**entry, "source": None, "tracks": tracks})) == ["m:a"]


def test_a_programme_that_the_catalog_does_not_have_is_a_warning() -> None:
    found, (problem,) = programmes(
        channel(
            {"duration": MINUTE, "file": "/x/Metropolys.mkv"},
            {"duration": MINUTE, "file": "/x/a"},
            {"duration": MINUTE, "file": "/x/Metropolys.mkv"},
        )
    )
    assert [each.start_ms - SIX for each in found] == [MINUTE]
    assert (problem.code, problem.severity, problem.span.line) == ("EXS3031", "warning", 5)
    assert problem.message == "`programs[0]` of this list is no known media item: `/x/Metropolys.mkv`"
    assert problem.help == "did you mean `m:Old/Metropolis.mkv`?"


def test_a_key_that_two_sources_use_means_neither() -> None:
    twice = (*ITEMS, item("m:x"))
    data = json.dumps(
        channel({"duration": MINUTE, "file": "/x/x"}, {"duration": MINUTE, "id": "n:x"})
    ).encode()
    made, found = run(DAY, twice, files={"day.json": data})
    assert [each.code for each in found] == ["EXS3031"]
    assert [each.item.id for each in external(made).programmes if each.item] == ["n:x"]


def test_an_address_is_told_without_its_secrets() -> None:
    address = "https://me:secret@films.example/z.mkv?token=secret"
    _, problems = programmes(playout(played("07:00:00", "07:01:00", uri=address)))
    assert [each.code for each in problems] == ["EXS3031", "EXS3010"]
    assert problems[0].message.endswith("`https://films.example/z.mkv`")


def test_of_many_unknown_programmes_the_first_are_told() -> None:
    many = [{"duration": MINUTE, "file": f"/q/{index:03}zzz"} for index in range(50)]
    _, problems = programmes(channel(*many, {"duration": MINUTE, "id": "m:a"}))
    assert len(problems) == 20
    assert problems[-1].note == "30 more like it"


def test_withdrawn_media_leave_their_time_to_the_fillers() -> None:
    data = json.dumps(channel({"duration": MINUTE, "id": "m:a"}, {"duration": MINUTE, "id": "m:b"})).encode()
    made, found = run(DAY + 'withdraw: ["m:a"]\n', FILMS, files={"day.json": data})
    assert found == []
    assert [each.item.id for each in external(made).programmes if each.item] == ["m:b"]


@pytest.mark.parametrize(
    ("start", "finish", "reason"),
    [
        ("07:05:00", "07:20:00", "it overlaps the one before"),
        ("07:20:00", "07:20:00", "it ends before it begins"),
    ],
)
def test_a_programme_that_overlaps_is_left_out(start: str, finish: str, reason: str) -> None:
    found, (problem,) = programmes(
        playout(played("07:00:00", "07:10:00", path="a"), played(start, finish, path="b"))
    )
    assert [each.item.id for each in found if each.item] == ["m:a"]
    assert problem.code == "EXS3032"
    assert problem.message == f"`items[1]` of this list is left out, as {reason}"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("{", "this is not JSON: expecting property name"),
        ("[]", "neither `programs` (dizqueTV) nor `items` (ErsatzTV Next) is here"),
        ('{"programs": []}', "'startTime' is a required property"),
        ('{"programs": [], "startTime": "soon"}', "`startTime` is not an instant with a zone"),
        ('{"programs": [{"duration": 0}], "startTime": 0}', "`programs[0].duration`: 0 is less than"),
        ('{"items": [], "version": "2"}', "`version` is not a version that is read"),
        (
            json.dumps(playout({"id": "1", "start": "2026-13-06T06:00:00Z", "finish": "x"})),
            "`items[0].start` is not an instant with a zone",
        ),
        ("[" * 100_000, "this is not JSON"),
    ],
)
def test_a_list_of_another_shape_is_refused_at_its_schedule(raw: str, reason: str) -> None:
    _, found = run(DAY, FILMS, files={"day.json": raw.encode()})
    assert {(each.code, each.span.line, each.span.column) for each in found} == {("EXS3030", 5, 31)}
    assert found[0].message.startswith(f"this list cannot be used: {reason}")


def test_a_list_that_was_never_fetched_is_an_error() -> None:
    text = DAY.replace("path: day.json", "url: https://tv.example/day")
    _, (found,) = run(text, FILMS)
    assert (found.code, found.help) == ("EXS3028", "run `exstv scan`")


@pytest.mark.parametrize(
    ("address", "codes"), [("https://tv.example/day", []), ("https://old/", ["EXS3029"])]
)
def test_a_list_of_another_address_counts_with_a_warning(address: str, codes: list[str]) -> None:
    text = DAY.replace("path: day.json", "url: https://tv.example/day")
    data = msgspec.Raw(json.dumps(channel({"duration": MINUTE, "id": "m:a"})).encode())
    lists = {"day": FetchedList(definition=list_digest(address), data=data)}
    made, found = run(text, FILMS, lists=lists)
    assert [each.code for each in found] == codes
    assert len(external(made).programmes) == 1


def test_a_list_is_read_from_below_the_station(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(DAY)
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "day.json").write_bytes(b"[]")
    sources, found = read_lists(load(tmp_path)[0], [("lists/day.json", Span("a.yaml"))])
    assert (sources.lists, found) == ({"lists/day.json": b"[]"}, [])


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("gone.json", "no such file or directory"),
        ("../secret.json", "it is outside of the station's folder"),
        ("/etc/passwd", "it is outside of the station's folder"),
        ("link.json", "it is outside of the station's folder"),
        ("folder", "not a file"),
        ("loop.json", "it is a link that leads to itself"),
        ("large.json", "it has more than 32,000,000 bytes"),
        ("nul\0.json", "it cannot be a path"),
    ],
)
def test_a_list_must_be_a_file_below_the_station(tmp_path: Path, path: str, reason: str) -> None:
    root = tmp_path / "station"
    (root / "folder").mkdir(parents=True)
    (tmp_path / "secret.json").write_bytes(b"[]")
    (root / "link.json").symlink_to("../secret.json")
    (root / "loop.json").symlink_to("loop.json")
    with (root / "large.json").open("wb") as file:
        file.truncate(MAX_LIST_BYTES + 1)
    sources, (found,) = read_lists(load(root)[0], [(path, Span("a.yaml", 5, 32))])
    assert sources.lists == {}
    assert (found.code, found.span) == ("EXS3026", Span("a.yaml", 5, 32))
    assert found.message.endswith(f"cannot be read: {reason}")
