"""Timelines go to disk whole, and come back the same."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import msgspec
import pytest

from exstv.diagnostics import Diagnostic, Label, Severity, Span
from exstv.errors import TimelineUnusable
from exstv.timeline import query, store, versions
from exstv.timeline.model import (
    Anchor,
    Channel,
    ChannelPresentation,
    Fallback,
    FillerKind,
    Head,
    Header,
    ItemKind,
    Media,
    PlayoutItem,
    Profile,
    Programme,
    ProgrammeKind,
    Source,
    Timeline,
)
from exstv.timeline.structs import columns_of, rows_by_channel, structs_of
from exstv.timeline.tables import TABLES
from exstv.timeline.writer import DDL, TimelineWriter

START = 1_767_254_400_000


def sample(digest: str = "d", inputs: str = "i", rows: int = 3) -> Timeline:
    """Two channels; the second has no fallback, and its key sorts before the first's."""
    header = Header(
        version=0,
        digest=digest,
        inputs=inputs,
        commit=None,
        lock_digest="l",
        station="S",
        timezone="UTC",
        start_ms=START,
        finish_ms=START + rows * 1000,
        built_at_ms=START + 7,
        compiled_for_ms=START + 8,
    )
    channels = tuple(
        Channel(key=key, number=number, name=key, xmltv_id=key, timezone="UTC", profile="p", group=group)
        for key, number, group in (("zoo", "1", "Animals"), ("art", "2.1", None))
    )
    profile = Profile(
        name="p",
        width=1280,
        height=720,
        scaling="pad",
        frame_rate_num=30000,
        frame_rate_den=1001,
        video_codec="h264",
        video_bitrate=3_000_000,
        preset="veryfast",
        gop_ms=2000,
        audio_codec="aac",
        audio_bitrate=160_000,
        audio_channels=2,
        sample_rate=48_000,
        deinterlace="auto",
    )
    items = tuple(
        PlayoutItem(
            channel=channel.key,
            seq=seq,
            start_ms=START + seq * 1000,
            finish_ms=START + seq * 1000 + 1000,
            in_point_ms=0,
            out_point_ms=1000,
            media_id=None if seq else "s:é'\"",
            kind=ItemKind.FILLER,
            filler_kind=FillerKind.TAIL if seq else None,
            programme_id=None,
            presentation=1 if (channel.key, seq) == ("zoo", 2) else None,
            rule="a › b",
            file="a.yaml",
            line=3,
        )
        for channel in channels
        for seq in range(rows)
    )
    programmes = tuple(
        Programme(
            channel=channel.key,
            id=f"p{n}",
            kind=ProgrammeKind.PROGRAMME,
            start_ms=START + n * 1000,
            finish_ms=START + n * 1000 + 1000,
            title="T",
            categories=("a, b", "")[:n],
            season=n or None,
        )
        for channel in channels
        for n in range(rows)
    )
    warning = Diagnostic("EXS1", Severity.WARNING, "odd", (Label(Span("a.yaml", 4, 2, 4, 5)),))
    return Timeline(
        header=header,
        channels=channels,
        profiles=(profile,),
        sources=(Source(name="s", type="local", definition="{}"),),
        media=(
            Media(id="s:live", source="s", kind="live", title="live", duration_ms=None, locator="y"),
            Media(id="s:é'\"", source="s", kind="clip", title="é", duration_ms=1000, locator="x"),
        ),
        items=items,
        programmes=programmes,
        fallbacks=(Fallback(channel="zoo", position=0, media_id="s:live"),),
        anchors=(Anchor(channel="art", at_ms=START, state="{}"),),
        presentations=(
            ChannelPresentation(channel="zoo", id=0, watermark_image="bug.png", watermark_opacity=0.5),
            ChannelPresentation(channel="zoo", id=1, audio_languages=("nl", "en"), subtitle_mode="any"),
            ChannelPresentation(channel="art", id=0),
        ),
        diagnostics=(msgspec.json.encode(warning).decode(),),
    )


def test_a_timeline_comes_back_as_it_was_written(tmp_path: Path) -> None:
    store.write(sample(), tmp_path / "t.duckdb")
    assert query.load(tmp_path / "t.duckdb") == sample()
    assert [path.name for path in tmp_path.iterdir()] == ["t.duckdb"]


def test_a_timeline_without_rows_comes_back(tmp_path: Path) -> None:
    empty = Timeline(
        header=sample().header,
        channels=(),
        profiles=(),
        sources=(),
        media=(),
        items=(),
        programmes=(),
        fallbacks=(),
        anchors=(),
    )
    store.write(empty, tmp_path / "t.duckdb")
    assert query.load(tmp_path / "t.duckdb") == empty


def test_the_committed_schema_is_the_one_that_tables_are_made_by() -> None:
    assert (Path(__file__).parents[3] / "schema" / "timeline.sql").read_text(encoding="utf-8") == DDL


def test_the_model_and_the_schema_have_the_same_columns_and_every_column_is_explained() -> None:
    connection = duckdb.connect()
    connection.execute(DDL)
    for table in TABLES:
        columns = [row[0] for row in connection.execute(f"DESCRIBE {table.name}").fetchall()]
        assert columns == ([table.ordinal] if table.ordinal else []) + list(table.columns)
    definitions = [line for line in DDL.splitlines() if re.match(r'    ["a-z]', line)]
    assert len(definitions) > 60
    assert [line for line in definitions if "--" not in line] == []


def test_a_reader_gives_rows_that_overlap_a_window_in_line_up_order(tmp_path: Path) -> None:
    store.write(sample(), tmp_path / "t.duckdb")
    reader = query.TimelineReader.open(tmp_path / "t.duckdb")
    assert [item.seq for item in reader.items("zoo", START + 1000, START + 2000)] == [1]
    assert [item.seq for item in reader.items("zoo", START + 999, START + 2001)] == [0, 1, 2]
    assert reader.items("nobody", START, START + 9) == ()
    both = reader.programmes(START, START + 1)
    assert [(row.channel, row.id) for row in both] == [("zoo", "p0"), ("art", "p0")]
    assert [row.id for row in reader.programmes(START + 1500, START + 2500, "art")] == ["p1", "p2"]
    assert reader.fallbacks("zoo") == ("s:live",)
    assert reader.fallbacks("art") == ()
    assert set(reader.media(["s:live", "s:none"])) == {"s:live"}
    assert [anchor.at_ms for anchor in reader.anchors("art")] == [START]
    assert [found.code for found in reader.diagnostics()] == ["EXS1"]
    assert [channel.key for channel in reader.channels] == ["zoo", "art"]
    reader.close()


def test_several_threads_read_at_once(tmp_path: Path) -> None:
    store.write(sample(rows=200), tmp_path / "t.duckdb")
    reader = query.TimelineReader.open(tmp_path / "t.duckdb")
    with ThreadPoolExecutor(8) as pool:
        found = list(
            pool.map(lambda n: reader.items("art", START + n * 1000, START + n * 1000 + 1)[0].seq, range(200))
        )
    reader.close()
    assert found == list(range(200))


def test_what_is_on_at_an_instant_is_half_open() -> None:
    items = sample().items[:3]
    assert query.item_at(items, START - 1) is None
    assert query.item_at(items, START) == items[0]
    assert query.item_at(items, START + 999) == items[0]
    assert query.item_at(items, START + 1000) == items[1]
    assert query.item_at(items, START + 3000) is None
    assert query.programme_at(sample().programmes[:3], START + 2500) == sample().programmes[2]


def test_a_missing_a_damaged_and_a_foreign_file_are_unusable(tmp_path: Path) -> None:
    with pytest.raises(TimelineUnusable, match="no timeline at"):
        query.TimelineReader.open(tmp_path / "none.duckdb")
    (tmp_path / "text.duckdb").write_text("not a database" * 1000)
    with pytest.raises(TimelineUnusable, match="is no timeline"):
        query.TimelineReader.open(tmp_path / "text.duckdb")
    duckdb.connect(str(tmp_path / "other.duckdb")).close()
    with pytest.raises(TimelineUnusable, match="is damaged"):
        query.TimelineReader.open(tmp_path / "other.duckdb")
    newer = msgspec.structs.replace(
        sample(), header=msgspec.structs.replace(sample().header, format_version=99)
    )
    store.write(newer, tmp_path / "newer.duckdb")
    with pytest.raises(TimelineUnusable, match="format version 99"):
        query.TimelineReader.open(tmp_path / "newer.duckdb")


def test_publishing_counts_versions_and_points_at_the_newest(tmp_path: Path) -> None:
    assert versions.current(tmp_path) is None
    first = store.publish(sample("a"), tmp_path)
    second = store.publish(sample("b"), tmp_path)
    assert (first.name, second.name) == ("v00000001.duckdb", "v00000002.duckdb")
    assert versions.current(tmp_path) == second
    assert query.load(second).header.version == 2
    assert query.load(first).header.digest == "a"


def test_publishing_the_same_again_changes_nothing(tmp_path: Path) -> None:
    first = store.publish(sample("a"), tmp_path)
    assert store.publish(sample("a"), tmp_path) == first
    assert store.publish(sample("a", inputs="other"), tmp_path).name == "v00000002.duckdb"


def test_only_the_last_versions_are_kept_and_an_open_one_stays_readable(tmp_path: Path) -> None:
    reader = query.TimelineReader.open(store.publish(sample("0"), tmp_path))
    for number in range(1, 8):
        store.publish(sample(str(number)), tmp_path)
    names = sorted(path.name for path in (tmp_path / "timeline").iterdir())
    assert names == ["current", *(f"v{number:08d}.duckdb" for number in range(4, 9))]
    assert len(reader.items("zoo", START, START + 3000)) == 3
    reader.close()


def test_a_broken_pointer_is_told(tmp_path: Path) -> None:
    store.publish(sample(), tmp_path)
    (tmp_path / "timeline" / "current").write_text("../../etc/passwd")
    with pytest.raises(TimelineUnusable, match="names no timeline"):
        versions.current(tmp_path)


def test_a_damaged_current_timeline_is_replaced(tmp_path: Path) -> None:
    store.publish(sample(), tmp_path).write_text("broken")
    assert query.load(store.publish(sample(), tmp_path)).header.version == 2


def test_publishers_wait_for_one_another(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        paths = list(pool.map(lambda n: store.publish(sample(str(n)), tmp_path), range(8)))
    assert sorted(path.name for path in paths) == [f"v{number:08d}.duckdb" for number in range(1, 9)]
    assert versions.current(tmp_path) == tmp_path / "timeline" / "v00000008.duckdb"


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path) -> None:
    twice = sample().media[0]
    broken = msgspec.structs.replace(sample(), media=(twice, twice))
    with pytest.raises(duckdb.ConstraintException):
        store.write(broken, tmp_path / "t.duckdb")
    assert list(tmp_path.iterdir()) == []


def head_of(timeline: Timeline) -> Head:
    return Head(**{name: getattr(timeline, name) for name in Head.__struct_fields__})


def test_a_copy_with_one_channel_replaced_is_what_writing_all_anew_gives(tmp_path: Path) -> None:
    old, new = sample("a"), sample("b", rows=5)
    published = store.publish(old, tmp_path)
    rows = {key: columns_of(key, each) for key, each in rows_by_channel(new).items()}
    with TimelineWriter(tmp_path, published, ["zoo"]) as writer:
        writer.add(rows["zoo"])
        assert writer.used_media() == {"s:é'\""}
        writer.finish(head_of(new))
        writer.place(tmp_path / "copy.duckdb")
    with TimelineWriter(tmp_path) as writer:
        writer.add(rows["zoo"])
        writer.add(columns_of("art", rows_by_channel(old)["art"]))
        writer.finish(head_of(new))
        writer.place(tmp_path / "anew.duckdb")
    assert query.load(tmp_path / "copy.duckdb") == query.load(tmp_path / "anew.duckdb")
    reader = query.TimelineReader.open(tmp_path / "copy.duckdb")
    assert [item.seq for item in reader.rows("zoo").items] == [0, 1, 2, 3, 4]
    assert structs_of(columns_of("zoo", reader.rows("zoo"))) == reader.rows("zoo")
    reader.close()
    assert query.load(published).header.digest == "a"


def test_what_is_not_placed_leaves_nothing_behind(tmp_path: Path) -> None:
    with TimelineWriter(tmp_path) as writer:
        for key, rows in rows_by_channel(sample()).items():
            writer.add(columns_of(key, rows))
        writer.finish(head_of(sample()))
    assert list(tmp_path.iterdir()) == []


def test_a_published_file_has_no_index_that_repeats_what_is_proved(tmp_path: Path) -> None:
    path = store.publish(sample(), tmp_path)
    with duckdb.connect(str(path), read_only=True) as connection:
        constraints = connection.execute(
            "SELECT table_name FROM duckdb_constraints() WHERE constraint_type = 'PRIMARY KEY'"
        ).fetchall()
    assert {"playout_item", "programme", "anchor"}.isdisjoint(name for (name,) in constraints)


def test_a_publish_clears_what_killed_processes_left(tmp_path: Path) -> None:
    folder = versions.timeline_dir(tmp_path)
    folder.mkdir(parents=True)
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        dead = process.pid
    process.wait()
    gone = [f".{dead}-0123abcd.new", f".{dead}-0123abcd.new.wal", f".current.{dead}.new"]
    kept = [f".{os.getpid()}-0123abcd.new", f".{dead}-ffffffff.new", "notes.new"]
    for name in (*gone, *kept):
        (folder / name).write_bytes(b"half")
        # All but one were written to long ago.
        age = 0 if "ffffffff" in name else 3600
        os.utime(folder / name, (time.time() - age, time.time() - age))
    store.publish(sample(), tmp_path)
    assert sorted(path.name for path in folder.iterdir()) == sorted([*kept, "current", "v00000001.duckdb"])
