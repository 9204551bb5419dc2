from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from quizkit.questions import Essay, Hint, MediaRef, Option, Text, TextFormat, TrueFalse
from quizkit.questions._content import exact_decimal, write_fraction


def fault(**fields: Any) -> str:
    with pytest.raises(ValidationError) as refused:
        TrueFalse(**{"content": "?", "answer": True, **fields})
    (error,) = refused.value.errors()
    return str(error["type"])


def test_a_bare_string_is_plain_text() -> None:
    assert TrueFalse(content="Hello", answer=True).content == Text(text="Hello", format=TextFormat.PLAIN)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"content": ""}, "text_empty"),
        ({"content": "  \n"}, "text_empty"),
        ({"content": "a\0b"}, "text_nul"),
        ({"content": "\u00e9\0"}, "text_nul"),
        ({"content": "a" * 20_001}, "string_too_long"),
        ({"content": "\U0001f600" * 15_001}, "text_bytes"),
        ({"content": {"text": "x", "format": "rtf"}}, "enum"),
        ({"content": {"text": "x", "colour": "red"}}, "extra_forbidden"),
        ({"title": "x" * 1001}, "string_too_long"),
        ({"tags": ["x" * 65]}, "string_too_long"),
        ({"tags": [""]}, "string_too_short"),
        ({"tags": [str(n) for n in range(101)]}, "too_long"),
        ({"hints": [Hint(content="x")] * 11}, "too_long"),
        ({"language": "not a tag"}, "string_pattern_mismatch"),
        ({"points": -1}, "points_range"),
        ({"points": 9999.5}, "points_range"),
        ({"points": "0.12345678"}, "points_places"),
        ({"points": "1e999999"}, "exact_number"),
        ({"points": "NaN"}, "exact_number"),
        ({"points": True}, "exact_number"),
        ({"points": "\u0661"}, "exact_number"),
        ({"points": "1_0"}, "exact_number"),
        ({"points": 10**41}, "exact_number"),
        ({"points": "1." + "0" * 40}, "exact_number"),
        ({"points": "0e41"}, "exact_number"),
        ({"colour": "red"}, "extra_forbidden"),
        ({"type": "choice"}, "literal_error"),
        ({"version": 0}, "greater_than_equal"),
    ],
)
def test_all_content_is_bounded_and_unknown_fields_are_refused(fields: dict[str, Any], code: str) -> None:
    assert fault(**fields) == code


def test_lone_surrogates_are_refused() -> None:
    assert fault(content="\ud800") in {"text_surrogate", "string_unicode"}


def test_text_is_stored_in_nfc() -> None:
    assert str(TrueFalse(content="e\u0301", answer=True).content) == "\u00e9"


@pytest.mark.parametrize(
    ("given_points", "stored"), [("1.50", "1.5"), (2, "2"), (0.1, "0.1"), ("1e2", "100"), (0, "0")]
)
def test_points_are_exact_and_have_one_notation(given_points: Any, stored: str) -> None:
    question = TrueFalse(content="?", answer=True, points=given_points)

    assert question.model_dump(mode="json")["points"] == stored


@pytest.mark.parametrize(
    ("weight", "written"),
    [("1/3", "1/3"), ("0.5", "0.5"), ("-0.25", "-0.25"), (1, "1"), (0.2, "0.2"), (Fraction(2, 3), "2/3"), ("0", "0")],
)
def test_fractions_are_exact_and_written_as_a_decimal_or_a_ratio(weight: Any, written: str) -> None:
    assert Option(content="A", weight=weight).model_dump(mode="json")["weight"] == written


@pytest.mark.parametrize("weight", ["1.1", -2, "3/2", "x", "1/0", [], True])
def test_a_fraction_is_between_minus_one_and_one(weight: Any) -> None:
    with pytest.raises(ValidationError):
        Option(content="A", weight=weight)


@given(st.fractions(-1, 1, max_denominator=10**6))
def test_a_fraction_survives_json_unchanged(share: Fraction) -> None:
    option = Option(content="A", weight=share)

    assert Option.model_validate_json(option.model_dump_json()) == option


@given(st.decimals(-(10**12), 10**12, allow_nan=False, places=9))
def test_a_decimal_is_read_exactly(number: Decimal) -> None:
    assert exact_decimal(str(number)) == number


def test_a_long_ratio_stays_a_ratio() -> None:
    assert write_fraction(Fraction(1, 2**50)) == f"1/{2**50}"


def test_media_are_named_by_the_hash_of_their_bytes() -> None:
    picture = MediaRef(sha256="0" * 64, media_type="image/png", name="map.png", alternative="A map.")

    assert TrueFalse(content=Text(text="", media=(picture,)), answer=True).content.media == (picture,)
    for wrong in ({"sha256": "0" * 63}, {"media_type": "png"}, {"name": "x" * 1001}):
        with pytest.raises(ValidationError):
            MediaRef(**{**picture.model_dump(), **wrong})


def test_questions_are_frozen_and_hash_as_they_compare() -> None:
    question = Essay(content="?")

    with pytest.raises(ValidationError):
        question.points = Decimal(2)  # type: ignore[misc, unused-ignore] # frozen: that is the point
    assert question.content is question.content


def test_an_error_never_contains_the_input() -> None:
    secret = "canary-7f3a"

    with pytest.raises(ValidationError) as refused:
        TrueFalse(content=secret * 5000, answer=secret)  # type: ignore[arg-type] # malformed on purpose

    assert secret not in str(refused.value)
