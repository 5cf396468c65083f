from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from compiler.where import Asker, text_span
from exstv.catalog.model import Catalog, MediaItem
from exstv.catalog.view import open_view
from exstv.diagnostics import Diagnostic, Span
from exstv.nodes import Scalar

ITEMS = (
    MediaItem(
        id="a:1", source="a", kind="movie", title="Ärger", locator="x", year=1950,
        genres=("Noir", "Crime"), released="2026-03-01",
    ),
    MediaItem(id="a:2", source="a", kind="episode", title="b", locator="x", year=1999, season=1),
    MediaItem(id="a:3", source="a", kind="movie", title="c", locator="x", year=1950, state="missing"),
)  # fmt: skip


@pytest.fixture(scope="module")
def asker() -> Iterator[Asker]:
    made = Asker(open_view(Catalog(items=ITEMS)), date(2026, 3, 6))
    yield made
    made.close()


def scalar(text: str) -> Scalar:
    span = Span("a.yaml", 1, 11, 1, 11 + len(text))
    return Scalar(span, span, text, text)


def only(found: tuple[object, list[Diagnostic]]) -> Diagnostic:
    result, (diagnostic,) = found
    assert result is None
    return diagnostic


@pytest.mark.parametrize(
    ("where", "ids"),
    [
        ("year < 1960 and kind = 'movie'", {"a:1", "a:3"}),
        ("list_contains(genres, 'Noir') or title like 'b%'", {"a:1", "a:2"}),
        ("released >= today - interval 7 days", {"a:1"}),
        ("today = date '2026-03-06' and season is not null", {"a:2"}),
        ("len([g for g in genres if lower(g) = 'noir']) = 1", {"a:1"}),
        ("len(list_filter(genres, lambda g: g = 'Crime')) > 0", {"a:1"}),
        ("case when year = 1999 then true else false end", {"a:2"}),
        ("year in (1999, 2000) or title ilike 'ä%'", {"a:1", "a:2"}),
        ("media.year between 1990 and 2000 -- the nineties", {"a:2"}),
        ("year(released) = 2026 and extract(month from released) = 3", {"a:1"}),
        ("regexp_matches(title, '^[bc]$')", {"a:2", "a:3"}),
        ("coalesce(season, 0) + 1 = 2 and year::varchar = '1999'", {"a:2"}),
        ("null = 1 or false", set()),
    ],
)
def test_an_expression_chooses_items(asker: Asker, where: str, ids: set[str]) -> None:
    assert asker.matching(scalar(where)) == (frozenset(ids), [])


@pytest.mark.parametrize(
    "where",
    [
        "read_csv('/etc/passwd') is not null",
        "exists (select 1)",
        "(select true)",
        "year in (select 1950)",
        "released < now()",
        "released < current_date",
        "released < current_timestamp",
        "released < today()",
        "age(released) > interval 1 day",
        "random() > 0.5",
        "uuid() = title",
        "current_setting('memory_limit') = title",
        "getenv('HOME') = title",
        "query('select 1') = 1",
        "nextval('x') = 1",
        "row_number() over () = 1",
        "sum(year) = 1",
        "count(*) = 1",
        "*",
        "columns('t.*') = 'x'",
        "title = current_user",
        "load 'httpfs'",
        "year::json = '1'",
        "title collate nocase = 'b'",
        "main.upper(title) = 'B'",
        "repeat(title, 1000000000) = title",
        "len(range(1000000000)) = 1",
    ],
)
def test_what_could_ask_for_more_than_the_columns_is_refused(asker: Asker, where: str) -> None:
    assert only(asker.matching(scalar(where))).code == "EXS3014"


@pytest.mark.parametrize(
    "where",
    [
        "true; drop table media",
        "year <",
        "x(",
        "1=1) or (1=1",
        "true union select true",
        "true order by 1",
        "true limit 1",
        "true from media",
        "true where true",
        "distinct true",
        "true as x",
        "true, false",
        "true /*",
        "$1",
        "?",
        "set threads = 4",
        "install httpfs",
        "copy media to 'x'",
        "   ",
        "'",
    ],
)
def test_what_is_not_one_expression_is_not_sql_here(asker: Asker, where: str) -> None:
    assert only(asker.matching(scalar(where))).code == "EXS3013"


@pytest.mark.parametrize(
    ("where", "code", "column", "help"),
    [
        ("year < 1960 and yaer > 1", "EXS3015", 27, "did you mean `year`?"),
        ("title = 'ä' and now() > today", "EXS3014", 27, "use `today`, the broadcast day"),
        ("kind = movie", "EXS3015", 18, "text stands in single quotes: 'episode'"),
        ("list_contain(genres, 'x')", "EXS3014", 11, "did you mean `list_contains`?"),
        ("title", "EXS3017", 11, "compare it with something, like `year < 1960`"),
        ("year + title = 3", "EXS3016", 11, ""),
        ("title::integer = 3", "EXS3018", 11, ""),
        ("released > 'soon'", "EXS3018", 11, ""),
    ],
)
def test_a_wrong_expression_is_at_its_place(
    asker: Asker, where: str, code: str, column: int, help: str
) -> None:
    found = only(asker.matching(scalar(where)))
    assert (found.code, found.span.column, found.help) == (code, column, help)


def test_every_mistake_of_an_expression_is_reported(asker: Asker) -> None:
    _, found = asker.matching(scalar("yaer = 1 and random() > 1 and tilte = 'x'"))
    assert [each.code for each in found] == ["EXS3015", "EXS3014", "EXS3015"]


def test_duckdbs_reason_is_given_in_plain_words(asker: Asker) -> None:
    found = only(asker.matching(scalar("year = 'x' and genres = 3")))
    assert "Error" not in found.message
    assert "\n" not in found.message
    assert "cast" not in found.message


@pytest.mark.parametrize(
    ("order_by", "ids"),
    [
        ("year", ("a:1", "a:3", "a:2")),
        ("year desc", ("a:2", "a:1", "a:3")),
        ("year desc, title desc", ("a:2", "a:1", "a:3")),
        ("released nulls first", ("a:2", "a:3", "a:1")),
        ("1 + 1", ("a:1", "a:2", "a:3")),
    ],
)
def test_an_order_breaks_ties_by_id(asker: Asker, order_by: str, ids: tuple[str, ...]) -> None:
    assert asker.ordered(scalar(order_by)) == (ids, [])


@pytest.mark.parametrize(
    ("order_by", "code"),
    [
        ("year limit 1", "EXS3013"),
        ("year; select 1", "EXS3013"),
        ("random()", "EXS3014"),
        ("(select 1)", "EXS3014"),
        ("yaer", "EXS3015"),
        ("title::integer", "EXS3018"),
        ("", "EXS3013"),
    ],
)
def test_a_wrong_order_is_refused(asker: Asker, order_by: str, code: str) -> None:
    assert only(asker.ordered(scalar(order_by))).code == code


def test_a_place_in_quoted_text_counts_the_quote() -> None:
    span = Span("a.yaml", 2, 5, 2, 5 + len("'yaer'"))
    quoted = Scalar(span, span, "yaer", "yaer")
    assert text_span(quoted, 0, 4) == Span("a.yaml", 2, 6, 2, 10)


def test_a_place_in_folded_text_is_the_whole_text() -> None:
    span = Span("a.yaml", 2, 5, 4, 1)
    folded = Scalar(span, span, "yaer\n", "yaer\n")
    assert text_span(folded, 0, 4) == span


def test_the_column_show_needs_no_quotes_though_it_is_a_word_of_duckdbs() -> None:
    items = (
        MediaItem(id="a:1", source="a", kind="clip", title="Show 'n' tell", locator="1", show="Harbour"),
        MediaItem(id="a:2", source="a", kind="clip", title="Other", locator="2", show="Sea"),
    )
    asker = Asker(open_view(Catalog(items=items)), date(2026, 11, 22))
    found, problems = asker.matching(scalar("show = 'Harbour' and title like 'Show ''n''%'"))
    assert (found, problems) == (frozenset({"a:1"}), [])
    assert asker.ordered(scalar("SHOW desc")) == (("a:2", "a:1"), [])
    _, problems = asker.matching(scalar("show = 'Sea' and shw = 'Sea'"))
    assert [(problem.code, problem.span.column) for problem in problems] == [("EXS3015", 11 + 17)]
    asker.close()
