from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizkit.rules import scoring


@pytest.mark.parametrize(
    ("fraction", "worth", "points"),
    [
        (Fraction(1, 3), "1", "0.3333333"),
        (Fraction(2, 3), "1", "0.6666667"),
        (Fraction(1), "9999", "9999"),
        (Fraction(-1, 3), "1", "-0.3333333"),
        (Fraction(3), "0.5", "1.5"),
        # Ties go to the even digit, so that many roundings do not add up to a bias.
        (Fraction(5, 10**8), "1", "0.0000000"),
        (Fraction(15, 10**8), "1", "0.0000002"),
        # Just above a tie is no tie, however many digits it takes to see it.
        (Fraction(5 * 10**30 + 1, 10**38), "1", "0.0000001"),
    ],
)
def test_points_are_rounded_once_half_to_even_to_seven_places(fraction: Fraction, worth: str, points: str) -> None:
    assert scoring.points_of(fraction, Decimal(worth)) == Decimal(points)


def test_what_a_person_must_grade_has_no_points_yet() -> None:
    assert scoring.points_of(None, Decimal(1)) is None
    assert scoring.total([Decimal("0.5"), None, Decimal("0.25")]) == (Decimal("0.75"), True)
    assert scoring.total([]) == (Decimal(0), False)


def test_three_thirds_make_one_when_they_are_compared() -> None:
    third = scoring.points_of(Fraction(1, 3), Decimal(1))
    assert third is not None

    assert scoring.comparable(third * 3) == 1
    assert scoring.comparable(Decimal("0.999994")) < 1


@given(st.fractions(-6, 3), st.decimals(0, 9999, places=2))
def test_rounding_moves_points_by_half_a_place_at_most(fraction: Fraction, worth: Decimal) -> None:
    points = scoring.points_of(fraction, worth)

    assert points is not None
    assert abs(Fraction(points) - fraction * Fraction(worth)) <= Fraction(1, 2 * 10**7)
