"""How the numbers of a question may be written."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizkit.errors import Invalid
from quizkit.questions import (
    AnyNumber,
    Blanks,
    BlanksResponse,
    DecimalMark,
    NumberAnswer,
    NumberGap,
    Numeric,
    NumericResponse,
    Precision,
    Unit,
    UnitPolicy,
    Units,
    read_number,
    score_table,
)
from quizkit.questions._notation import Notation

FREE = Notation(fractions=True, percent=True)


def mark(typed: str, value: int | str = 1, **settings: Any) -> str:
    question = Numeric(content="?", answers=[NumberAnswer(value=value)], **settings)
    return str(question.mark(NumericResponse(text=typed)).fraction)


@pytest.mark.parametrize(
    ("typed", "value", "unit"),
    [
        ("1\u2019000", "1000", ""),
        ("1\u2018000,5", None, ""),
        ("1\uff07000", "1000", ""),
        ("\uff11\uff12\uff0e\uff15", "12.5", ""),
        ("\uff0d\uff15", "-5", ""),
        ("\u0661\u0662\u0663", "123", ""),
        ("\u0661\u066b\u0665", "1.5", ""),
        ("\u0661\u066c\u0660\u0660\u0660", "1000", ""),
        ("\u06f1\u06f2", "12", ""),
        ("\u0967\u0968", "12", ""),
        ("\u20135", "-5", ""),
        ("\u22125 kg", "-5", "kg"),
        ("\uffe15", "5", "\u00a3"),
        ("3\uff452", "300", ""),
    ],
)
def test_numbers_are_read_as_people_type_them(typed: str, value: str | None, unit: str) -> None:
    if value is None:
        with pytest.raises(Invalid):
            read_number(typed)
    else:
        assert read_number(typed) == (Decimal(value), unit)


def test_an_arabic_decimal_mark_is_the_decimal_mark_of_every_question() -> None:
    for decimal_mark in DecimalMark:
        assert read_number("\u0661\u066b\u0665", decimal_mark).value == Decimal("1.5")


@pytest.mark.parametrize("typed", ["\u20135", "-5", "\uff0d5", "\u22125"])
def test_a_dash_before_the_digits_is_a_minus_and_no_unit(typed: str) -> None:
    grade = Numeric(content="?", answers=[NumberAnswer(value=-5)]).mark(NumericResponse(text=typed))

    assert grade.fraction == 1
    assert grade.trace.inputs["unit"] is None


@pytest.mark.parametrize(
    ("typed", "value", "unit"),
    [
        ("1/2", "1/2", ""),
        ("1 / 3", "1/3", ""),
        ("-1/3", "-1/3", ""),
        ("\u22122 1/2", "-5/2", ""),
        ("2 1/2", "5/2", ""),
        ("2\u00bd", "5/2", ""),
        ("\u2154", "2/3", ""),
        ("7/2", "7/2", ""),
        ("1\u20442", "1/2", ""),
        ("1/2 kg", "1/2", "kg"),
        ("3/4 m/s", "3/4", "m/s"),
        ("0.5", "1/2", ""),
        ("50%", "1/2", ""),
        ("50 %", "1/2", ""),
        ("%50", "1/2", ""),
        ("12.5\uff05", "1/8", ""),
        ("\u0665\u066a", "1/20", ""),
        ("1/2 %", "1/200", ""),
        ("0%", "0", ""),
    ],
)
def test_fractions_and_percent_are_read_if_the_author_allows_them(typed: str, value: str, unit: str) -> None:
    read = FREE.read(typed)

    assert (Fraction(read.value), read.unit) == (Fraction(value), unit)
    assert isinstance(read.value, Decimal) or read.value.denominator % 3 == 0


@pytest.mark.parametrize("typed", ["1/2", "2 1/2", "\u00bd", "50%", "%50"])
def test_fractions_and_percent_are_refused_otherwise(typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        Notation().read(typed)
    assert refused.value.code == "number_unreadable"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("1/0", "number_unreadable"),
        ("0/0", "number_unreadable"),
        ("2 3/2", "number_unreadable"),
        ("1/2/3", "number_unreadable"),
        ("1.5/2", "number_unreadable"),
        ("1/2 frogs", "number_unreadable"),
        ("1/2 1", "number_unreadable"),
        ("50%%", "number_unreadable"),
        ("50% m", "number_unreadable"),
        ("50 m %", "number_unreadable"),
        ("%", "number_unreadable"),
        ("1 200/500", "number_ambiguous"),
        ("1/" + "1" * 41, "number_unreadable"),
        ("1" * 41 + "/2", "number_unreadable"),
    ],
)
def test_a_fraction_is_never_guessed(typed: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        FREE.read(typed)
    assert refused.value.code == code


def test_a_unit_that_is_named_percent_is_a_unit() -> None:
    read = Notation(units=("%",), percent=True).read("50%")

    assert (str(read.value), read.unit) == ("50", "%")


def test_a_third_is_marked_exactly() -> None:
    thirds = Numeric(
        content="?", answers=[NumberAnswer(value="0.3333333333", tolerance="0.0000000001")], fractions=True
    )

    grade = thirds.mark(NumericResponse(text="1/3"))

    assert grade.fraction == 1
    assert grade.trace.inputs["value"] == "1/3"
    assert thirds.is_same(NumericResponse(text="1/3"), NumericResponse(text="2/6"))
    assert thirds.is_same(NumericResponse(text="1/2"), NumericResponse(text="0.50"))


@pytest.mark.parametrize(
    ("typed", "places", "figures"),
    [
        ("3.10", 2, (3, 3)),
        ("3.1", 1, (2, 2)),
        ("3", 0, (1, 1)),
        ("3.", 0, (1, 1)),
        ("0.0310", 4, (3, 3)),
        (".5", 1, (1, 1)),
        ("1500", 0, (2, 4)),
        ("1,500.0", 1, (5, 5)),
        ("1.50e3", 0, (3, 3)),
        ("1.50e-3", 5, (3, 3)),
        ("1e3", 0, (1, 1)),
        ("3.14e1", 1, (3, 3)),
        ("0", 0, (1, 1)),
        ("0.00", 2, (1, 3)),
        ("-12.50%", 2, (4, 4)),
        ("1/2", None, None),
    ],
)
def test_typed_digits_are_counted(typed: str, places: int | None, figures: tuple[int, int] | None) -> None:
    read = FREE.read(typed)

    assert (read.places, read.figures) == (places, figures)


@pytest.mark.parametrize(
    ("asked", "typed", "earns"),
    [
        ({"places": 2}, "3.10", "1"),
        ({"places": 2}, "3.1", "0"),
        ({"places": 2}, "3.100", "0"),
        ({"places": 2, "or_more": True}, "3.100", "1"),
        ({"places": 2, "or_more": True}, "3.1", "0"),
        ({"places": 2, "penalty": "1/4"}, "3.1", "3/4"),
        ({"places": 2}, "31/10", "0"),
        ({"figures": 2}, "3.1", "1"),
        ({"figures": 2}, "3.10", "0"),
        ({"figures": 2, "or_more": True}, "3.10", "1"),
        ({"figures": 3}, "3.1", "0"),
        ({"figures": 3}, "0.310e1", "1"),
    ],
)
def test_a_response_must_be_written_with_the_required_digits(asked: dict[str, Any], typed: str, earns: str) -> None:
    assert mark(typed, "3.1", precision=Precision(**asked), fractions=True) == earns


def test_the_trace_says_how_a_number_was_written() -> None:
    question = Numeric(content="?", answers=[NumberAnswer(value="3.1")], precision=Precision(places=2))

    inputs = question.mark(NumericResponse(text="3.1")).trace.inputs

    assert (inputs["places"], inputs["precise"], inputs["matched"]) == (1, False, 0)
    assert not question.is_same(NumericResponse(text="3.1"), NumericResponse(text="3.10"))


def test_a_precision_takes_no_points_from_a_wrong_number() -> None:
    question = Numeric(
        content="?",
        answers=[NumberAnswer(value=1), AnyNumber(weight="-1/2")],
        precision=Precision(places=1, penalty="1/2"),
    )

    assert question.mark(NumericResponse(text="7")).fraction == Fraction(-1, 2)
    assert question.mark(NumericResponse(text="1")).fraction == Fraction(1, 2)


@pytest.mark.parametrize("given", [{}, {"places": 2, "figures": 2}])
def test_a_precision_is_one_of_places_and_figures(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="either figures or places"):
        Precision(**given)


@pytest.mark.parametrize("precision", [Precision(places=3), Precision(figures=4), Precision(places=0), None])
@pytest.mark.parametrize("decimal_mark", DecimalMark)
@pytest.mark.parametrize("policy", UnitPolicy)
def test_the_key_is_written_with_the_required_digits(
    policy: UnitPolicy, decimal_mark: DecimalMark, precision: Precision | None
) -> None:
    units = Units(policy=policy, accepted=[] if policy is UnitPolicy.NONE else [Unit(name="m")])
    question = Numeric(
        content="?",
        answers=[NumberAnswer(value="3.14159", tolerance="0.5")],
        units=units,
        decimal_mark=decimal_mark,
        precision=precision,
    )

    key = question.key()

    assert key is not None
    assert question.mark(key).fraction == 1
    if precision is not None:
        assert 0 in {row.fraction for row in score_table(question).rows}


def test_there_is_no_key_if_no_number_has_the_required_digits() -> None:
    question = Numeric(content="?", answers=[NumberAnswer(value="3.145")], precision=Precision(places=2))

    assert question.key() is None
    assert "no_full_answer" in {found.code for found in question.lint()}


def test_takers_see_how_a_number_may_be_written_and_not_its_penalty() -> None:
    settings: dict[str, Any] = {"fractions": True, "percent": True, "precision": Precision(places=2, penalty="1/3")}
    question = Numeric(content="?", answers=[NumberAnswer(value=1)], **settings)
    gap = Blanks(content="[[a]]", gaps=[NumberGap(id="a", answers=[NumberAnswer(value=1)], **settings)])

    for view in (question.view(), gap.view().gaps[0]):
        shown = view.model_dump()
        assert (shown["fractions"], shown["percent"], shown["places"], shown["figures"]) == (True, True, 2, None)
        assert "penalty" not in repr(view)
    assert gap.mark(BlanksResponse(gaps={"a": "1"})).fraction == Fraction(2, 3)
    assert gap.mark(BlanksResponse(gaps={"a": "100.00 %"})).fraction == 1


@given(st.text("0123456789/%., \u00bd-", max_size=12))
def test_reading_a_fraction_raises_only_invalid(text: str) -> None:
    try:
        read = FREE.read(text)
    except Invalid as error:
        assert error.code in {"number_unreadable", "number_ambiguous"}  # noqa: PT017 - both ways are fine
    else:
        assert FREE.read(read.shown()).value == read.value


@given(st.integers(-(10**6), 10**6), st.integers(1, 10**6))
def test_a_fraction_has_its_exact_value(top: int, bottom: int) -> None:
    assert Fraction(FREE.read(f"{top}/{bottom}").value) == Fraction(top, bottom)
