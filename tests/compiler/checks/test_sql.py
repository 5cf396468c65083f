"""The SQL of a policy: one SELECT over three tables; everything else is refused where it stands."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from compiler.checks.sql import problems
from compiler.checks.tables import empty_tables
from exstv.diagnostics import Diagnostic, Span
from exstv.nodes import Scalar


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with empty_tables() as opened:
        yield opened


def asked(connection: duckdb.DuckDBPyConnection, sql: str) -> list[Diagnostic]:
    span = Span("a.yaml", 3, 10, 3, 10 + len(sql) + 2)
    return problems(connection, Scalar(span, span, sql, sql))


@pytest.mark.parametrize(
    "sql",
    [
        "select channel, start_time, title from programme where rating in ('R','TV-MA') and local_hour"
        " between 6 and 20",
        "select * from programme",
        "SELECT p.title, m.duration_ms FROM programme p JOIN media m ON m.id = p.media_id",
        "select channel, count(*) as n from playout_item group by channel having n > 3 order by n limit 2",
        "select title from programme where local_time >= '22:00' and local_date = date '2026-01-01'",
        "with late as (select * from programme where local_hour > 22) select l.title from late l",
        "select channel, start_time from playout_item qualify lag(media_id) over (partition by channel"
        " order by seq) = media_id",
        "select title from programme union select title from media",
        "select count(distinct title) from programme -- how many",
        "select sum(out_point_ms - in_point_ms) filter (where kind = 'filler') from playout_item",
        "select epoch_ms(start_time) from programme where list_contains(categories, 'News')",
    ],
)
def test_a_question_about_the_timeline_is_allowed(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    assert asked(connection, sql) == []


@pytest.mark.parametrize(
    ("sql", "guilty", "words"),
    [
        ("select * from read_csv('/etc/passwd')", "read_csv('/etc/passwd')", "the table function `read_csv`"),
        ("select * from '/etc/passwd'", "'/etc/passwd'", "the table `/etc/passwd`"),
        ("select * from channel", "channel", "the table `channel`"),
        ("select * from timeline.programme", "timeline.programme", "the table `timeline.programme`"),
        ("select * from duckdb_settings()", "duckdb_settings()", "the table function `duckdb_settings`"),
        ("select * from information_schema.tables", "information_schema.tables", "the table"),
        ("select * from (select 1) s", "(select 1)", "a subquery"),
        (
            "select title from programme where id in (select id from media)",
            "(select id from media)",
            "a subquery",
        ),
        ("select title from programme limit (select 3)", "(select 3)", "a subquery"),
        ("select now() from programme", "now()", "the function `now`"),
        ("select current_date from programme", "current_date", "`current_date`"),
        ("select p.current_timestamp from programme p", "p.current_timestamp", "`current_timestamp`"),
        ("select random() from programme", "random()", "the function `random`"),
        ("select current_setting('threads')", "current_setting('threads')", "the function `current_setting`"),
        ("select * from query('select 1')", "query('select 1')", "the table function `query`"),
        ("select getenv('HOME')", "getenv('HOME')", "the function `getenv`"),
        ("select list(title) from programme", "list(title)", "the function `list`"),
        ("select * from programme tablesample 10%", "programme tablesample 10%", "a sample"),
        ("select * from programme using sample 3", None, "a sample"),
        ("select * from programme positional join media", "positional join media", "a positional join"),
        ("select * from programme at (version => 1)", "programme at (version => 1)", "the table `programme`"),
        ("values (1)", None, "`values`"),
        ("summarize programme", None, "`describe`, `show` or `summarize`"),
        ("show tables", None, "`describe`, `show` or `summarize`"),
        (
            "with recursive a as (select 1 as n union all select n + 1 from a) select * from a",
            None,
            "recursive",
        ),
        ("with a as (select * from channel) select * from a", "channel", "the table `channel`"),
        ("select title::json from programme", None, "the type `json`"),
        ("select ?", "?", "a parameter"),
        ("select random() over () from programme", None, "the function `random`"),
        ("select title from programme order by random()", "random()", "the function `random`"),
        ("select title from programme group by now()", "now()", "the function `now`"),
        ("select title from programme p join media m on random() > 0.5", "random()", "the function `random`"),
        ("select title from programme union select getenv('A')", "getenv('A')", "the function `getenv`"),
        ("select count(*) filter (where random() > 1) from media", "random()", "the function `random`"),
        ("select * replace (random() as title) from media", "random()", "the function `random`"),
    ],
)
def test_anything_else_is_refused_where_it_stands(
    connection: duckdb.DuckDBPyConnection, sql: str, guilty: str | None, words: str
) -> None:
    found = asked(connection, sql)
    assert [each.code for each in found] == ["EXS3014"]
    assert words in found[0].message
    if guilty is not None:
        start = found[0].span.column - 11
        assert sql[start : start + len(guilty)] == guilty


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("selec title from programme", "syntax error"),
        ("drop table programme", "only select"),
        ("select 1; drop table programme", "only select"),
        ("select 1; select 2", "2 statements"),
        ("load httpfs", "only select"),
        ("set threads = 1", "only select"),
        ("copy programme to 'x.csv'", "only select"),
        ("attach 'x.duckdb'", "only select"),
        ("-- nothing", "nothing stands here"),
    ],
)
def test_what_is_no_query_is_told(connection: duckdb.DuckDBPyConnection, sql: str, words: str) -> None:
    found = asked(connection, sql)
    assert [each.code for each in found] == ["EXS5040"]
    assert words in found[0].message.lower()


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("select titel from programme", '"titel" not found'),
        ("select title from programme where start_time > 3", "cannot compare"),
        ("select title from programme group by season", "must appear in the group by"),
    ],
)
def test_names_and_types_are_looked_at_before_there_is_a_timeline(
    connection: duckdb.DuckDBPyConnection, sql: str, words: str
) -> None:
    found = asked(connection, sql)
    assert [each.code for each in found] == ["EXS5041"]
    assert words in found[0].message.lower()


def test_a_column_that_was_nearly_named_is_suggested(connection: duckdb.DuckDBPyConnection) -> None:
    assert asked(connection, "select titel from programme")[0].help == "did you mean `title`?"
