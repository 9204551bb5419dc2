from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from quizkit.errors import Invalid
from quizkit.questions import (
    AnyNumber,
    DecimalMark,
    GradeState,
    NumberAnswer,
    Numeric,
    NumericResponse,
    PenaltyOf,
    RangeAnswer,
    RoundedAnswer,
    Tolerance,
    Unit,
    UnitPolicy,
    Units,
    lint,
    read_number,
    score_table,
)
from quizkit.questions._number import interval, write_number
from quizkit.testing import check_question

LENGTH = Numeric(
    content="How long is the Rhine?",
    answers=[NumberAnswer(value=1230, tolerance=20), NumberAnswer(value=1230, tolerance=100, weight="0.5")],
)


def earns(answers: list[Any], typed: str, **settings: Any) -> str:
    return str(Numeric(content="?", answers=answers, **settings).mark(NumericResponse(text=typed)).fraction)


def test_it_keeps_what_every_question_promises() -> None:
    twin = Numeric(content=LENGTH.content, answers=[NumberAnswer(value=7)])

    check_question(LENGTH, wrong={"text": "99"}, twin=twin)


@pytest.mark.parametrize(
    ("mode", "value", "tolerance", "typed", "accepted"),
    [
        (Tolerance.ABSOLUTE, "7.0", "0.01", "7.01", True),
        (Tolerance.ABSOLUTE, "7.0", "0.01", "6.99", True),
        (Tolerance.ABSOLUTE, "7.0", "0.01", "7.010000001", False),
        # Canvas keeps decimals for this one: in binary floating point it is just outside.
        (Tolerance.ABSOLUTE, "-11.7", "0.02", "-11.72", True),
        (Tolerance.ABSOLUTE, "0.3", "0", "0.3", True),
        (Tolerance.RELATIVE, "7.0", "0.1", "7.7", True),
        (Tolerance.RELATIVE, "7.0", "0.1", "7.71", False),
        (Tolerance.RELATIVE, "-7.0", "0.1", "-6.3", True),
        (Tolerance.RELATIVE, "-7.0", "0.1", "-7.7", True),
        (Tolerance.RELATIVE, "-7.0", "0.1", "-7.8", False),
        (Tolerance.NOMINAL, "7.0", "1", "8", True),
        (Tolerance.NOMINAL, "7.0", "1", "8.00000000000005", True),
        (Tolerance.NOMINAL, "7.0", "1", "8.0000001", False),
        (Tolerance.ABSOLUTE, "7.0", "1", "8.00000000000005", False),
        (Tolerance.GEOMETRIC, "7.0", "1", "3.5", True),
        (Tolerance.GEOMETRIC, "7.0", "1", "14", True),
        (Tolerance.GEOMETRIC, "7.0", "1", "3.49", False),
        (Tolerance.GEOMETRIC, "7.0", "1", "14.01", False),
        # Moodle's answer_test: for a negative value the ends change sides.
        (Tolerance.GEOMETRIC, "-7.0", "1", "-3.5", True),
        (Tolerance.GEOMETRIC, "-7.0", "1", "-14", True),
        (Tolerance.GEOMETRIC, "-7.0", "1", "-14.01", False),
    ],
)
def test_a_tolerance_is_exact_and_includes_its_ends(
    mode: Tolerance, value: str, tolerance: str, typed: str, accepted: bool
) -> None:
    answer = NumberAnswer(value=value, tolerance=tolerance, mode=mode)

    assert earns([answer], typed) == ("1" if accepted else "0")


@given(st.decimals(-1000, 1000, places=3), st.decimals(0, 10, places=3), st.sampled_from(Tolerance))
def test_the_value_itself_is_always_accepted(value: Decimal, tolerance: Decimal, mode: Tolerance) -> None:
    low, high = interval(Fraction(value), Fraction(tolerance), mode)

    assert low <= Fraction(value) <= high


@pytest.mark.parametrize(
    ("low_in", "high_in", "expected"),
    [(True, False, "1 1 0 0"), (True, True, "1 1 1 0"), (False, False, "0 1 0 0"), (False, True, "0 1 1 0")],
)
def test_a_range_says_which_of_its_ends_belong_to_it(low_in: bool, high_in: bool, expected: str) -> None:
    answer = RangeAnswer(low=5, high=7, low_included=low_in, high_included=high_in)

    assert [earns([answer], typed) for typed in ("5", "6", "7", "7.01")] == expected.split()


@pytest.mark.parametrize(
    ("value", "precision", "typed", "accepted"),
    [
        ("3.14159", {"figures": 3}, "3.14", True),
        ("3.14159", {"figures": 3}, "3.1449", True),
        ("3.14159", {"figures": 3}, "3.145", False),
        ("1234", {"figures": 2}, "1249", True),
        ("1234", {"figures": 2}, "1250", False),
        ("0.00123", {"figures": 2}, "0.0012", True),
        ("2.5", {"places": 0}, "3.4", True),
        ("2.5", {"places": 0}, "2.4", False),
        ("-2.5", {"places": 0}, "-3", True),
        ("1.005", {"places": 2}, "1.01", True),
    ],
)
def test_a_precision_rounds_both_sides_half_away_from_zero(
    value: str, precision: dict[str, Any], typed: str, accepted: bool
) -> None:
    assert earns([RoundedAnswer(value=value, **precision)], typed) == ("1" if accepted else "0")


def test_a_rounded_answer_in_another_unit_rounds_the_exact_quotient() -> None:
    units = Units(accepted=[Unit(name="m"), Unit(name="third", multiplier=3)])

    assert earns([RoundedAnswer(value="0.33", places=2)], "1 third", units=units) == "1"


def test_the_first_answer_that_accepts_the_number_decides() -> None:
    assert [str(LENGTH.mark(NumericResponse(text=t)).fraction) for t in ("1230", "1250", "1251", "1331")] == [
        "1", "1", "1/2", "0",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "value", "unit"),
    [
        ("3", "3", ""),
        ("-7.5", "-7.5", ""),
        ("\u22127", "-7", ""),
        ("+1", "1", ""),
        (".5", "0.5", ""),
        ("5.", "5", ""),
        ("1e5", "100000", ""),
        ("1E-2", "0.01", ""),
        ("3x10^8", "300000000", ""),
        ("3\u00d710^8", "300000000", ""),
        ("3.0*10^8", "300000000", ""),
        ("3.00x10**-8", "3E-8", ""),
        ("2 \u00b7 10^(-3)", "0.002", ""),
        ("1,000,000", "1000000", ""),
        ("1 000 000", "1000000", ""),
        ("1\u202f000,5".replace(",", "."), "1000.5", ""),
        ("1'000.5", "1000.5", ""),
        ("3 frogs", "3", "frogs"),
        ("3cm", "3", "cm"),
        ("\u00a31,234.56", "1234.56", "\u00a3"),
        ("5 eggs", "5", "eggs"),
        ("10 m/s", "10", "m/s"),
        ("-0", "0", ""),
        ("12 m2", "12", "m2"),
        ("9.81 m/s^2", "9.81", "m/s^2"),
        ("0" * 30 + "7", "7", ""),
    ],
)
def test_the_reader_takes_numbers_as_people_write_them(typed: str, value: str, unit: str) -> None:
    assert read_number(typed) == (Decimal(value), unit)


@pytest.mark.parametrize(
    "typed",
    ["", ".", "frog", "--5", "5-3", "10^8", "1 2", "1 000 0", "12,34,567", "1_000", "\u0661\u0662\u0663", "NaN", "Infinity",
     "1e999999", "1" * 41, "5 6 cm", "1..2", "1,,000", "x 3 y", "3 x10^", "1/2", "9" * 300],
)  # fmt: skip
def test_the_reader_refuses_what_is_no_number(typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_number(typed)

    assert refused.value.code in {"number_unreadable", "number_ambiguous"}
    assert typed == "" or typed not in str(refused.value) or len(typed) < 2


@pytest.mark.parametrize(
    ("mark", "typed", "value"),
    [
        (DecimalMark.POINT, "1,234", "1234"),
        (DecimalMark.POINT, "1,5", None),
        (DecimalMark.POINT, "1.234,5", None),
        (DecimalMark.COMMA, "1,5", "1.5"),
        (DecimalMark.COMMA, "1.234,5", "1234.5"),
        (DecimalMark.COMMA, "1.234", "1234"),
        (DecimalMark.COMMA, "1.5", None),
        (DecimalMark.EITHER, "1,5", "1.5"),
        (DecimalMark.EITHER, "1.5", "1.5"),
        (DecimalMark.EITHER, "1,234", None),
        (DecimalMark.EITHER, "1.234", None),
        (DecimalMark.EITHER, "0.234", "0.234"),
        (DecimalMark.EITHER, "1,234.5", "1234.5"),
        (DecimalMark.EITHER, "1.234,5", "1234.5"),
        (DecimalMark.EITHER, "1,234,567", "1234567"),
        (DecimalMark.EITHER, "1234.567", "1234.567"),
        (DecimalMark.EITHER, "1 234.567", "1234.567"),
        (DecimalMark.EITHER, "1.2340", "1.234"),
    ],
)
def test_what_could_mean_two_numbers_is_refused_and_never_guessed(
    mark: DecimalMark, typed: str, value: str | None
) -> None:
    if value is not None:
        assert read_number(typed, mark).value == Decimal(value)
        return
    with pytest.raises(Invalid) as refused:
        read_number(typed, mark)
    assert refused.value.code == "number_ambiguous"


@given(st.decimals(-(10**6), 10**6, places=4), st.sampled_from(DecimalMark))
def test_a_number_reads_back_as_it_was_written(number: Decimal, mark: DecimalMark) -> None:
    assert read_number(write_number(number, mark), mark).value == number


@given(st.text(max_size=40))
def test_the_reader_raises_nothing_but_its_own_error(text: str) -> None:
    for mark in DecimalMark:
        try:
            read_number(text, mark)
        except Invalid as error:
            assert error.code in {"number_unreadable", "number_ambiguous"}  # noqa: PT017 - both ways are fine


METRES = (Unit(name="m"), Unit(name="cm", multiplier=100), Unit(name="km", multiplier="0.001"))


@pytest.mark.parametrize(
    ("policy", "penalty_of", "typed", "fraction"),
    [
        (UnitPolicy.OPTIONAL, PenaltyOf.MARK, "5", "1"),
        (UnitPolicy.OPTIONAL, PenaltyOf.MARK, "5 m", "1"),
        (UnitPolicy.OPTIONAL, PenaltyOf.MARK, "500 cm", "1"),
        (UnitPolicy.OPTIONAL, PenaltyOf.MARK, "0.005 km", "1"),
        (UnitPolicy.OPTIONAL, PenaltyOf.MARK, "5 frogs", "3/4"),
        (UnitPolicy.OPTIONAL, PenaltyOf.MARK, "5 cm", "3/4"),
        (UnitPolicy.OPTIONAL, PenaltyOf.MARK, "6 m", "0"),
        (UnitPolicy.REQUIRED, PenaltyOf.MARK, "5", "3/4"),
        (UnitPolicy.REQUIRED, PenaltyOf.MARK, "5 m", "1"),
        (UnitPolicy.REQUIRED, PenaltyOf.MARK, "7", "3/8"),
        (UnitPolicy.REQUIRED, PenaltyOf.MAXIMUM, "7", "1/4"),
        (UnitPolicy.REQUIRED, PenaltyOf.MAXIMUM, "8", "0"),
    ],
)
def test_units_scale_the_number_and_a_wrong_one_costs_the_penalty(
    policy: UnitPolicy, penalty_of: PenaltyOf, typed: str, fraction: str
) -> None:
    units = Units(policy=policy, accepted=METRES, penalty="0.25", penalty_of=penalty_of)
    answers = [
        NumberAnswer(value=5),
        NumberAnswer(value=7, weight="0.5"),
        NumberAnswer(value=8, weight="0.2"),
    ]

    assert earns(answers, typed, units=units) == fraction


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("1230 km", "unit_not_asked"),
        ("1,5", "number_ambiguous"),
        ("-", "number_unreadable"),
        ("frog", "number_unreadable"),
    ],
)
def test_a_number_that_cannot_be_read_is_kept_and_earns_nothing(typed: str, code: str) -> None:
    response = LENGTH.read({"text": typed})
    grade = LENGTH.mark(response)

    assert response.model_dump() == {"text": typed}
    assert [problem.code for problem in LENGTH.problems(response)] == [code]
    assert (str(grade.fraction), grade.state, grade.trace.rule) == ("0", GradeState.WRONG, "unmarkable")
    assert LENGTH.classes(response) == ()


def test_the_typed_text_is_kept() -> None:
    response = LENGTH.read({"text": " 1,230 "})

    assert response.model_dump() == {"text": " 1,230 "}
    assert LENGTH.mark(response).trace.inputs == {
        "typed": " 1,230 ", "value": "1230", "unit": None, "matched": 0, "unit_right": True,
    }  # fmt: skip


def test_a_number_that_could_be_two_is_not_guessed() -> None:
    either = Numeric(
        content="?", answers=[NumberAnswer(value=1234), AnyNumber(weight="1/2")], decimal_mark=DecimalMark.EITHER
    )
    response = either.read({"text": "1,234"})

    assert [problem.code for problem in either.problems(response)] == ["number_ambiguous"]
    assert either.mark(response).fraction == 0


def test_white_space_alone_is_no_answer() -> None:
    assert LENGTH.mark(NumericResponse(text=" ")).state is GradeState.NOT_ANSWERED


@pytest.mark.parametrize("malformed", [{"text": 5}, {"text": "1" * 1001}, {"number": "5"}])
def test_a_malformed_response_is_refused(malformed: object) -> None:
    with pytest.raises(Invalid):
        LENGTH.read(malformed)


@pytest.mark.parametrize(
    ("build", "code"),
    [
        (lambda: RangeAnswer(low=2, high=1), "range_empty"),
        (lambda: RangeAnswer(low=1, high=1, low_included=False), "range_empty"),
        (lambda: RoundedAnswer(value=1), "one_precision"),
        (lambda: RoundedAnswer(value=1, figures=1, places=1), "one_precision"),
        (lambda: NumberAnswer(value=1, tolerance=-1), "greater_than_equal"),
        (lambda: NumberAnswer(value="1e999999"), "exact_number"),
        (lambda: NumberAnswer(value="1" * 41), "exact_number"),
        (lambda: NumberAnswer(value=float("inf")), "exact_number"),  # type: ignore[arg-type] # that is the point
        (lambda: Unit(name="m", multiplier=0), "greater_than"),
        (lambda: Units(accepted=[Unit(name="m"), Unit(name="m")]), "equal_units"),
        (lambda: Units(policy=UnitPolicy.REQUIRED), "no_units"),
        (lambda: Units(accepted=[Unit(name="2m")]), "unit_name"),
        (lambda: Units(accepted=[Unit(name=" m")]), "unit_name"),
    ],
)
def test_numbers_and_units_that_cannot_work_are_refused(build: Any, code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        build()

    assert {error["type"] for error in refused.value.errors()} == {code}


def test_the_score_table_knows_the_unit_penalty() -> None:
    units = Units(accepted=METRES, penalty="0.25")
    question = Numeric(content="?", answers=[NumberAnswer(value=5), AnyNumber(weight="0.1")], units=units)

    assert [str(row.fraction) for row in score_table(question).rows] == ["1", "3/4", "1/10", "3/40", "0"]


def test_any_number_catches_the_rest_and_is_what_a_guess_earns() -> None:
    question = Numeric(content="?", answers=[NumberAnswer(value=5), AnyNumber(weight="0.1", feedback="A number.")])

    assert str(question.mark(NumericResponse(text="99")).fraction) == "1/10"
    assert str(question.guess_score()) == "1/10"
    assert LENGTH.guess_score() == 0


def test_lint_finds_answers_that_are_shadowed() -> None:
    shadowed = Numeric(content="?", answers=[AnyNumber(weight="0.5"), NumberAnswer(value=5)])
    inside = Numeric(content="?", answers=[NumberAnswer(value=5, tolerance=1), RangeAnswer(low=5, high=6)])

    assert [found.code for found in lint(shadowed)] == ["unreachable_answer", "no_full_answer"]
    assert [found.code for found in lint(inside)] == ["unreachable_answer"]
    assert lint(LENGTH) == (), "a narrow answer before a wide one is how partial credit is given"


def test_a_number_sorts_into_the_class_of_the_answer_that_took_it() -> None:
    assert [c.label for c in LENGTH.classes(NumericResponse(text="1300"))] == ["1"]
    assert [c.label for c in LENGTH.classes(NumericResponse(text="1"))] == [""]
    assert LENGTH.summarise(NumericResponse(text=" 1 ")) == "1"
