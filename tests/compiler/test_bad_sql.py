"""SQL in a station asks of the catalog or the timeline: anything else is refused at its place."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import date

import pytest

from compiler.checks.sql import MAX_CHARACTERS, problems
from compiler.checks.tables import empty_tables
from compiler.sql_depth import MAX_LAMBDAS
from compiler.where import Asker
from exstv.catalog.model import Catalog, MediaItem
from exstv.catalog.view import open_view
from exstv.diagnostics import Diagnostic, Span
from exstv.nodes import Scalar

ITEM = MediaItem(
    id="a:1", source="a", kind="movie", title="a" * 200, locator="x", year=1950, genres=("Noir",)
)
SELECT = "select title from programme where "
Ask = Callable[[str], list[Diagnostic]]


@pytest.fixture(scope="module")
def where() -> Iterator[Ask]:
    asker = Asker(open_view(Catalog(items=(ITEM,))), date(2026, 3, 6))
    yield lambda text: asker.matching(scalar(text))[1]
    asker.close()


@pytest.fixture(scope="module")
def policy() -> Iterator[Ask]:
    with empty_tables() as connection:
        yield lambda text: problems(connection, scalar(text))


def scalar(text: str) -> Scalar:
    span = Span("a.yaml", 1, 11, 1, 11 + len(text))
    return Scalar(span, span, text, text)


def only(ask: Ask, text: str) -> tuple[str, str]:
    """The code of the one diagnostic, and the part of the text that it is at."""
    (found,) = ask(text)
    assert found.span.line == found.span.end_line == 1
    return found.code, text[found.span.column - 11 : found.span.end_column - 11]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("read_csv('/etc/passwd')", "read_csv('/etc/passwd')"),
        ("true or read_csv('/etc/passwd')", "read_csv('/etc/passwd')"),
        ("read_text('/etc/passwd') = ''", "read_text('/etc/passwd')"),
        ("read_blob('/etc/passwd') = ''", "read_blob('/etc/passwd')"),
        ("glob('*')", "glob('*')"),
        ("1 in (select 1)", "(select 1)"),
        ("(select 1) = 1", "(select 1)"),
        ("exists (select 1)", "exists (select 1)"),
        ("random() < 0.5", "random()"),
        ("uuid() = ''", "uuid()"),
        ("current_date > '2026-01-01'", "current_date"),
        ("current_timestamp is null", "current_timestamp"),
        ("now() is null", "now()"),
        ("get_current_timestamp() is null", "get_current_timestamp()"),
        ("current_setting('x') = ''", "current_setting('x')"),
        ("current_user = ''", "current_user"),
        ("query('select 1')", "query('select 1')"),
        ("query_table('media')", "query_table('media')"),
        ("getenv('HOME') = ''", "getenv('HOME')"),
        ("getvariable('x') = 1", "getvariable('x')"),
        ("nextval('x') = 1", "nextval('x')"),
        ("repeat('a', 1000000000) = ''", "repeat('a', 1000000000)"),
        ("len(range(1000000000)) > 1", "range(1000000000)"),
        ("list_transform([1], lambda g: getenv('x')) is null", "getenv('x')"),
        ("cast('x' as json) is null", "json"),
    ],
)
def test_what_reaches_out_is_refused_where_it_stands(where: Ask, policy: Ask, text: str, part: str) -> None:
    assert only(where, text) == ("EXS3014", part)
    assert only(policy, SELECT + text) == ("EXS3014", part)


@pytest.mark.parametrize("text", ["row_number() over () = 1", "sum(year) > 1", "count(*) > 1"])
def test_an_expression_knows_no_other_rows(where: Ask, policy: Ask, text: str) -> None:
    assert only(where, text) == ("EXS3014", text.rpartition(" = ")[0] or text.rpartition(" > ")[0])
    # A policy may ask for them, but not in a condition.
    assert only(policy, SELECT + text)[0] == "EXS5041"


@pytest.mark.parametrize(
    "text",
    [
        "1; drop table media",
        "true; select 1",
        "install httpfs",
        "load httpfs",
        "pragma version",
        "copy media to 'x'",
        "set threads = 4",
        "drop table media",
        "",
        "true) from media; --",
    ],
)
def test_a_statement_is_no_expression(where: Ask, policy: Ask, text: str) -> None:
    assert only(where, text) == ("EXS3013", text)
    assert only(policy, text) == ("EXS5040", text)


def test_a_database_is_not_attached(where: Ask, policy: Ask) -> None:
    # As an expression it is the text 'x.db' as a value of the type `attach`.
    assert only(where, "attach 'x.db'")[0] == "EXS3014"
    assert only(policy, "attach 'x.db'")[0] == "EXS5040"


@pytest.mark.parametrize(
    "text",
    [
        "(" * 10_000 + "true" + ")" * 10_000,
        "not " * 950 + "true",
        "not " * 20_000 + "true",
        "1" + "+1" * 950 + " = 1",
        "case when true then " * 300 + "true" + " end" * 300,
        "abs(" * 900 + "1" + ")" * 900 + " = 1",
        "[" * 900 + "1" + "]" * 900 + " is null",
        # DuckDB's time and memory double with each.
        "list_transform([1], lambda a: " * 20 + "1" + ")" * 20 + " is null",
    ],
)
def test_what_is_nested_too_deep_is_told_at_once(where: Ask, policy: Ask, text: str) -> None:
    began = time.process_time()
    assert only(where, text) == ("EXS3013", text)
    assert only(policy, SELECT + text) == ("EXS5040", SELECT + text)
    assert time.process_time() - began < 5


def test_what_people_nest_is_allowed(where: Ask, policy: Ask) -> None:
    for text in (
        "(" * 300 + "true" + ")" * 300,
        "not " * 40 + "true",
        " || ".join(["'a'"] * 60) + " = ''",
        " or ".join(f"1 = {number}" for number in range(1000)),
        "list_transform([1], lambda a: " * MAX_LAMBDAS + "1" + ")" * MAX_LAMBDAS + " is null",
        "'[[[[{{{{' = '" + "[" * 500 + "'",
    ):
        assert where(text) == []
        assert policy(SELECT + text) == [] or len(text) > MAX_CHARACTERS


@pytest.mark.parametrize(
    "text",
    ["regexp_matches(title, '(a+)+$')", "regexp_matches(title, '(a|aa)+b')", "title like '%a%a%a%a%a%a%b'"],
)
def test_a_pattern_takes_no_longer_than_its_text_is_long(where: Ask, text: str) -> None:
    began = time.process_time()
    assert where(text) == []
    assert time.process_time() - began < 2


def test_a_pattern_that_grows_is_refused(where: Ask) -> None:
    pattern = "regexp_matches(title, '((((a{1,100}){1,100}){1,100}){1,100})')"
    assert only(where, pattern) == ("EXS3018", pattern)


def test_a_query_of_thousands_of_parts_is_refused(policy: Ask) -> None:
    text = " union ".join(["select title from programme"] * 3000)
    assert only(policy, text) == ("EXS5040", text)
    assert only(policy, "select * from " + "(select * from " * 900 + "programme" + ")" * 900)[0] == "EXS5040"
    (endless,) = policy("with recursive a as (select 1 union all select * from a) select * from a")
    assert endless.code == "EXS3014"
