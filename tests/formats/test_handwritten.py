from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from quizkit.formats import handwritten
from quizkit.formats.handwritten import Key, KeyedRow, OptionRow
from quizkit.questions import Choice


def rights(question: Any) -> list[str]:
    assert isinstance(question, Choice)
    return [option.content.text for option in question.options if option.correct]


def test_rows_of_options_become_questions() -> None:
    report = handwritten.read_option_rows(
        [
            (7, "Which river flows through Vienna?", "Danube", True),
            (7, "Which river flows through Vienna?", "Rhine", False),
            (9, "Which are even?", "1", 0, 2),
            (7, "Which river flows through Vienna?", "Seine", 0),
            (9, "Which are even?", "2", 1, 2),
            (9, "Which are even?", "4", 1, 2),
        ]
    )

    vienna, even = report.questions
    assert report.problems == ()
    assert (vienna.content.text, rights(vienna)) == ("Which river flows through Vienna?", ["Danube"])
    assert rights(even) == ["2", "4"]
    assert [vienna.points, even.points] == [Decimal(1), Decimal(2)]
    assert [isinstance(q, Choice) and q.multiple for q in report.questions] == [False, True]


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([(1, "?", "a", False), (1, "?", "b", False)], "no_right_option"),
        ([(1, "?", None, None)], "no_right_option"),
        ([(1, "?", "a", True)], "question_invalid"),
        ([(1, "?", "a", None), (1, "?", "b", True)], "flag_unclear"),
        ([(1, "?", "a", "yes"), (1, "?", "b", True)], "flag_unclear"),
        ([(1, "?", "a", True), (1, "!", "b", False)], "rows_differ"),
        ([(1, "?", "a", True, 1), (1, "?", "b", False, 2)], "rows_differ"),
        ([(1, "?", "a", True), (1, "?", "a", False)], "options_equal"),
        ([(1, "", "a", True), (1, "", "b", False)], "question_invalid"),
        ([(1, "?", "a", True, -1), (1, "?", "b", False, -1)], "question_invalid"),
    ],
)
def test_rows_that_are_not_questions_are_reported_and_the_others_are_read(rows: list[Any], code: str) -> None:
    good = [(2, "Fine?", "Yes", True), (2, "Fine?", "No", False)]

    report = handwritten.read_option_rows([*rows, *good])

    assert [(problem.item, problem.code) for problem in report.problems] == [(1, code)]
    assert [question.content.text for question in report.questions] == ["Fine?"]


OPTIONS = ["Danube", "Rhine", "Seine"]


@pytest.mark.parametrize(
    ("options", "key", "kind", "right"),
    [
        (OPTIONS, "Rhine", Key.TEXT, ["Rhine"]),
        (OPTIONS, ["Rhine", "Seine"], Key.TEXT, ["Rhine", "Seine"]),
        (OPTIONS, "B", Key.LETTER, ["Rhine"]),
        (OPTIONS, " b ", Key.LETTER, ["Rhine"]),
        (OPTIONS, 1, Key.FROM_0, ["Rhine"]),
        (OPTIONS, "1", Key.FROM_1, ["Danube"]),
        (OPTIONS, 3, Key.FROM_1, ["Seine"]),
        ('["Danube", "Rhine"]', "A", Key.LETTER, ["Danube"]),
        ({"A": "Danube", "C": "Seine"}, "C", Key.LETTER, ["Seine"]),
        ({"a": "Danube", "b": "Seine"}, "B", Key.LETTER, ["Seine"]),
        (["1", "2", "3"], "1", Key.TEXT, ["1"]),
        (["1", "2", "3"], "1", Key.FROM_0, ["2"]),
    ],
)
def test_a_list_and_a_key_become_a_question(options: Any, key: Any, kind: Key, right: list[str]) -> None:
    report = handwritten.read_keyed([("Which?", options, key)], key=kind)

    assert report.problems == ()
    assert rights(report.questions[0]) == right


@pytest.mark.parametrize(
    ("options", "key", "kind", "code"),
    [
        (OPTIONS, "Thames", Key.TEXT, "key_unknown"),
        (OPTIONS, "rhine", Key.TEXT, "key_unknown"),
        (OPTIONS, "Z", Key.LETTER, "key_unknown"),
        (OPTIONS, 3, Key.FROM_0, "key_unknown"),
        (OPTIONS, 0, Key.FROM_1, "key_unknown"),
        (OPTIONS, -1, Key.FROM_0, "key_unknown"),
        (OPTIONS, None, Key.TEXT, "key_unknown"),
        (OPTIONS, [], Key.TEXT, "no_right_option"),
        (["a", "a"], "a", Key.TEXT, "key_unknown"),
        ("Danube, Rhine", "Rhine", Key.TEXT, "options_unreadable"),
        (7, "Rhine", Key.TEXT, "options_unreadable"),
        ([1, 2], "1", Key.TEXT, "options_unreadable"),
        ("7", 0, Key.FROM_0, "options_unreadable"),
    ],
)
def test_a_key_that_matches_no_option_is_reported(options: Any, key: Any, kind: Key, code: str) -> None:
    report = handwritten.read_keyed([("Which?", options, key)], key=kind)

    assert report.questions == ()
    assert [problem.code for problem in report.problems] == [code]
    assert "Thames" not in report.problems[0].message


@given(
    st.lists(
        st.tuples(
            st.integers(0, 3),
            st.sampled_from(["a", "b"]),
            st.one_of(st.none(), st.text(max_size=3)),
            st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=2)),
            st.one_of(st.integers(), st.text(max_size=3), st.none()),
        ),
        max_size=8,
    )
)
def test_every_row_becomes_a_question_or_a_problem(rows: list[Any]) -> None:
    report = handwritten.read_option_rows(rows)

    assert len(report.items) + len(report.problems) == len({row[0] for row in rows})


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=3),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    ),
    st.none() | st.integers() | st.text(max_size=3) | st.lists(st.text(max_size=2), max_size=2),
    st.sampled_from(Key),
)
def test_every_key_yields_a_question_or_a_problem(options: Any, key: Any, kind: Key) -> None:
    report = handwritten.read_keyed([("Which?", options, key)], key=kind)

    assert len(report.items) + len(report.problems) == 1


def test_the_rows_of_a_query_can_be_passed_directly(engine: Engine) -> None:
    """The hand-written tables on every database."""
    with engine.connect() as connection:
        for statement in (
            "CREATE TEMPORARY TABLE my_question (id INTEGER PRIMARY KEY, body VARCHAR(99))",
            "CREATE TEMPORARY TABLE my_option (question_id INTEGER, body VARCHAR(99), is_correct BOOLEAN)",
            "INSERT INTO my_question VALUES (1, 'River of Vienna?'), (2, 'Nobody knows')",
            "INSERT INTO my_option VALUES (1, 'Danube', TRUE), (1, 'Rhine', FALSE)",
        ):
            connection.execute(text(statement))
        rows = connection.execute(
            text(
                "SELECT q.id, q.body, o.body, o.is_correct FROM my_question q "
                "LEFT JOIN my_option o ON o.question_id = q.id ORDER BY q.id"
            )
        )
        report = handwritten.read_option_rows(tuple(row) for row in rows)
        connection.rollback()

    assert rights(report.questions[0]) == ["Danube"]
    assert [(problem.item, problem.code) for problem in report.problems] == [(2, "no_right_option")]


def test_rows_have_named_columns() -> None:
    assert OptionRow(1, "?", "a", True).points == 1
    assert KeyedRow("?", ["a", "b"], "a").options == ["a", "b"]
