"""Marks, totals and stored values do not depend on the precision and traps of the host's decimal context."""

from __future__ import annotations

import ast
import decimal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import quizkit
from conftest import Caller
from quizkit import _exact
from quizkit.crud import attempts, quizzes
from quizkit.formats import gift
from quizkit.models import ExactPoints
from quizkit.questions import (
    DecimalMark,
    NumberAnswer,
    Numeric,
    QuestionType,
    RangeAnswer,
    RoundedAnswer,
    lint,
    parse,
    read_number,
    score_table,
)
from quizkit.rules import scoring
from quizkit.schemas import QuizCreate, SaveResponse
from quizkit.testing import questions, responses_for
from taking import MINUTE, NOON, yes


@contextmanager
def a_hosts_context() -> Iterator[None]:
    """Four digits, a small range, and every trap set: any inexact arithmetic raises."""
    host = decimal.Context(prec=4, rounding=decimal.ROUND_UP, Emin=-4, Emax=4, traps=list(decimal.Context().flags))
    with decimal.localcontext(host):
        yield


def result_of(work: Callable[[], Any]) -> Any:
    """Return the result under the default context; it must be the same under a host's context."""
    usual = work()
    with a_hosts_context():
        assert work() == usual
    return usual


def test_the_total_of_points_keeps_every_digit() -> None:
    points = [Decimal("999.75"), Decimal(1), None]

    assert result_of(lambda: scoring.total(points)) == (Decimal("1000.75"), True)
    assert result_of(lambda: scoring.slot_points(Decimal("1234.5678901"), 7)) == Decimal("8641.9752307")


NUMBERS = st.decimals(-9999, 9999, places=7)


@given(st.fractions(-6, 3), NUMBERS, NUMBERS.filter(lambda n: n > 0), st.lists(NUMBERS, max_size=5))
def test_points_shares_grades_and_bands_do_not_depend_on_the_decimal_context(
    share: Fraction, score: Decimal, scale: Decimal, points: list[Decimal]
) -> None:
    result_of(lambda: str(scoring.points_of(share, scale)))
    result_of(lambda: scoring.total(points))
    result_of(lambda: str(scoring.comparable(score)))
    result_of(lambda: scoring.share_of(score, scale))
    grade = result_of(lambda: scoring.grade_of(share, scale))
    result_of(lambda: scoring.has_passed(grade, score))
    result_of(lambda: scoring.band_of(grade, [Fraction(0), Fraction(1, 3)], scale))


@given(NUMBERS)
def test_stored_decimals_do_not_depend_on_the_decimal_context(points: Decimal) -> None:
    from sqlalchemy.dialects import postgresql, sqlite

    for dialect in (sqlite.dialect(), postgresql.dialect()):  # type: ignore[no-untyped-call] # SQLAlchemy's own
        kind = ExactPoints(16)
        stored = result_of(partial(kind.process_bind_param, points, dialect))
        assert result_of(partial(kind.process_result_value, stored, dialect)) == points


@pytest.mark.parametrize("name", list(QuestionType))
@given(data=st.data())
def test_reading_marking_and_writing_a_question_do_not_depend_on_the_decimal_context(
    name: QuestionType, data: st.DataObject
) -> None:
    question = data.draw(questions(name))
    response = data.draw(responses_for(question))
    body = question.model_dump_json()

    result_of(lambda: parse(body).model_dump_json())
    result_of(lambda: question.mark(response))
    result_of(question.bounds)
    result_of(question.key)
    result_of(lambda: score_table(question, most=10))
    result_of(lambda: lint(question))
    result_of(lambda: gift.write([question]).text)


@given(st.decimals(-(10**6), 10**6, places=9), st.sampled_from(DecimalMark))
def test_reading_a_typed_number_does_not_depend_on_the_decimal_context(number: Decimal, mark: DecimalMark) -> None:
    text = format(number, "f").replace(".", "," if mark is DecimalMark.COMMA else ".")

    assert result_of(lambda: read_number(text, mark).value) == number


@pytest.mark.parametrize(
    ("answer", "typed"),
    [
        (NumberAnswer(value="123456.789"), "123456.789"),
        (NumberAnswer(value="0.00012345678", tolerance="0.00000000001"), "0.00012345679"),
        (RoundedAnswer(value="123456.5", figures=6), "123457"),
        (RoundedAnswer(value="0.000123456", places=8), "0.00012346"),
        (RangeAnswer(low="100000.1", high="100000.3", low_included=False, high_included=False), "100000.2"),
    ],
)
def test_long_numbers_are_compared_in_full(answer: Any, typed: str) -> None:
    made = Numeric(content="?", answers=[answer])

    assert result_of(lambda: made.mark(made.read({"text": typed})).fraction) == 1
    assert result_of(answer.example) is not None


def test_a_number_of_forty_digits_keeps_every_digit() -> None:
    """The default precision of 28 digits removed twelve of them."""
    number = "1234567890123456789012345678901234567891"

    assert str(NumberAnswer(value=number).value) == number
    assert str(read_number(number).value) == number


def test_a_whole_attempt_does_not_depend_on_the_decimal_context(call: Caller) -> None:
    asked = [yes(1, points="999.7500001"), yes(2, points="1234.5"), yes(3, points="0.0000001")]
    with a_hosts_context():
        quiz = call(quizzes.create, QuizCreate(title="Rivers", questions=asked, max_grade="9999", pass_grade="9998.99"))
        call(quizzes.publish, quiz.id)
        paper = call(attempts.start, quiz.id, taker="ann", now=NOON)
        sent = [SaveResponse(slot=slot, sequence=1, response={"answer": True}) for slot in (1, 2, 3)]
        outcome = call(attempts.submit, paper.attempt_id, taker="ann", responses=sent, now=NOON + MINUTE)

    assert (str(outcome.max_score), str(outcome.score)) == ("2234.2500002", "2234.2500002")
    assert (str(outcome.grade), outcome.passed) == ("9999", True)
    assert [f"{one.points:f}" for one in outcome.questions] == ["999.7500001", "1234.5", "0.0000001"]


@pytest.mark.parametrize(
    ("number", "figures", "expected"),
    [
        (Fraction(314159, 10**5), 3, "3.14"),
        (Fraction(1250), 2, "1300"),
        (Fraction(-1250), 2, "-1300"),
        (Fraction(999), 2, "1000"),
        (Fraction(1, 3), 4, "0.3333"),
        (Fraction(2, 3000), 3, "0.000667"),
        (Fraction(0), 3, "0"),
        (Fraction(10), 1, "10"),
        (Fraction(1, 10), 1, "0.1"),
    ],
)
def test_significant_figures_are_counted_from_the_first_digit(number: Fraction, figures: int, expected: str) -> None:
    assert str(_exact.to_figures(number, figures)) == expected


@given(st.fractions(), st.integers(0, 12), st.booleans())
def test_rounding_changes_a_value_by_at_most_half_a_place(number: Fraction, places: int, half_up: bool) -> None:
    found = Fraction(_exact.rounded(number, places, half_up=half_up))

    assert abs(found - number) <= Fraction(1, 2 * 10**places)
    assert (found * 10**places).denominator == 1


def test_only_one_module_computes_with_decimals() -> None:
    """No other module uses the host's context; sums and products of decimals fail in the tests above."""
    source = Path(quizkit.__file__).parent
    taken = {
        "normalize",
        "quantize",
        "scaleb",
        "getcontext",
        "localcontext",
        "to_integral_value",
        "remainder_near",
        "fma",
    }
    found = set()
    for file in source.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Attribute) and node.attr in taken and ast.unparse(node) != "unicodedata.normalize":
                found.add(str(file.relative_to(source)))

    assert found == {"_exact.py"}
