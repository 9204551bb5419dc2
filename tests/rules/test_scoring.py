from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizkit.rules import scoring
from quizkit.vocabulary import GradingMethod


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


def test_responses_that_need_manual_grading_have_no_points() -> None:
    assert scoring.points_of(None, Decimal(1)) is None
    assert scoring.total([Decimal("0.5"), None, Decimal("0.25")]) == (Decimal("0.75"), True)
    assert scoring.total([]) == (Decimal(0), False)


def test_three_thirds_compare_as_one() -> None:
    third = scoring.points_of(Fraction(1, 3), Decimal(1))
    assert third is not None

    assert scoring.comparable(third * 3) == 1
    assert scoring.comparable(Decimal("0.999994")) < 1


@given(st.fractions(-6, 3), st.decimals(0, 9999, places=2))
def test_rounding_changes_points_by_at_most_half_a_place(fraction: Fraction, worth: Decimal) -> None:
    points = scoring.points_of(fraction, worth)

    assert points is not None
    assert abs(Fraction(points) - fraction * Fraction(worth)) <= Fraction(1, 2 * 10**7)


# ---------------------------------------------------------------------------------------------- grades


@pytest.mark.parametrize(
    ("score", "most", "share"),
    [
        ("5", "10", Fraction(1, 2)),
        ("0.9999999", "1", Fraction(1)),  # three thirds, each rounded by itself
        ("12", "10", Fraction(6, 5)),  # extra credit
        ("-3", "10", Fraction(0)),  # wrong with high certainty
        ("3", "0", Fraction(0)),
    ],
)
def test_the_score_of_an_attempt_is_a_share_of_its_maximum(score: str, most: str, share: Fraction) -> None:
    assert scoring.share_of(Decimal(score), Decimal(most)) == share


@pytest.mark.parametrize(
    ("method", "share"),
    [
        (GradingMethod.HIGHEST, Fraction(3, 4)),
        (GradingMethod.AVERAGE, Fraction(1, 2)),
        (GradingMethod.FIRST, Fraction(1, 4)),
        (GradingMethod.LAST, Fraction(1, 2)),
        (GradingMethod.LOWEST, Fraction(1, 4)),
        (GradingMethod.BEST, Fraction(5, 8)),
    ],
)
def test_several_attempts_combine_to_one_grade(method: GradingMethod, share: Fraction) -> None:
    assert scoring.quiz_share(method, [Fraction(1, 4), Fraction(3, 4), Fraction(1, 2)]) == (share, True)


@pytest.mark.parametrize(("best", "share"), [(1, "3/4"), (2, "5/8"), (3, "1/2"), (4, "1/2")])
def test_the_best_attempts_that_were_made_are_averaged(best: int, share: str) -> None:
    made = [Fraction(1, 4), Fraction(3, 4), Fraction(1, 2)]

    assert scoring.quiz_share(GradingMethod.BEST, made, best) == (Fraction(share), True)


SHARES = st.lists(st.fractions(0, 3, max_denominator=50), min_size=1, max_size=6)


@given(st.sampled_from(GradingMethod), SHARES)
def test_a_grade_of_several_attempts_is_between_the_worst_and_the_best(
    method: GradingMethod, shares: list[Fraction]
) -> None:
    share, final = scoring.quiz_share(method, shares)

    assert share is not None
    assert min(shares) <= share <= max(shares)
    assert (final, scoring.quiz_share(method, shares[:1])) == (True, (shares[0], True))


@pytest.mark.parametrize(
    ("method", "shares", "expected"),
    [
        (GradingMethod.HIGHEST, [None], (None, False)),
        (GradingMethod.HIGHEST, ["1/2", None, "1/4"], ("1/2", False)),
        (GradingMethod.AVERAGE, ["1/2", None], (None, False)),
        (GradingMethod.FIRST, [None, "1/2"], (None, False)),
        (GradingMethod.FIRST, ["1/2", None], ("1/2", True)),
        (GradingMethod.LAST, ["1/2", None], (None, False)),
        (GradingMethod.LAST, [None, "1/2"], ("1/2", True)),
        (GradingMethod.LOWEST, ["1/2", None], (None, False)),
        (GradingMethod.BEST, ["1/2", None], (None, False)),
        (GradingMethod.BEST, ["1/2", None, "1/4"], ("3/8", False)),
    ],
)
def test_attempts_that_need_manual_grading_have_no_grade(
    method: GradingMethod, shares: list[Any], expected: Any
) -> None:
    known = [None if share is None else Fraction(share) for share in shares]
    share, final = expected

    assert scoring.quiz_share(method, known) == (None if share is None else Fraction(share), final)


@given(
    st.sampled_from(GradingMethod),
    st.lists(st.tuples(st.fractions(0, 3, max_denominator=50), st.booleans()), min_size=1, max_size=6),
    st.decimals(0, 3, places=2),
)
def test_a_grade_shown_before_manual_grading_is_never_revoked(
    method: GradingMethod, attempts: list[tuple[Fraction, bool]], pass_grade: Decimal
) -> None:
    before = scoring.quiz_share(method, [share if graded else None for share, graded in attempts])
    after = scoring.quiz_share(method, [share for share, _ in attempts])
    grades = [scoring.grade_of(earned.share, Decimal(1)) for earned in (before, after)]
    passed = scoring.has_passed(grades[0], pass_grade, final=before.final)

    assert after.share is not None
    assert before.share is None or before.share <= after.share
    assert not before.final or before == after
    assert passed in {None, scoring.has_passed(grades[1], pass_grade)}


@pytest.mark.parametrize(
    ("share", "scale", "grade"),
    [
        (Fraction(1, 3), "10", "3.33333"),
        (Fraction(2, 3), "10", "6.66667"),
        (Fraction(1), "100", "100"),
        (Fraction(1, 200_000), "1", "0.00001"),  # half up
        (Fraction(1, 200_001), "1", "0"),
    ],
)
def test_a_grade_is_rounded_once_half_up_to_five_places(share: Fraction, scale: str, grade: str) -> None:
    assert str(scoring.grade_of(share, Decimal(scale))) == grade


def test_the_pass_mark_itself_passes() -> None:
    third = scoring.points_of(Fraction(1, 3), Decimal(1))
    assert third is not None
    whole = scoring.grade_of(scoring.share_of(third * 3, Decimal(3)), Decimal(100))

    assert whole == Decimal("33.33333")
    assert scoring.has_passed(Decimal(50), Decimal(50)) is True
    assert scoring.has_passed(Decimal("49.99999"), Decimal(50)) is False
    assert scoring.has_passed(Decimal(50), None) is None


def test_no_taker_fails_while_the_grade_may_rise() -> None:
    assert scoring.has_passed(None, Decimal(50)) is None
    assert scoring.has_passed(Decimal(49), Decimal(50), final=False) is None
    assert scoring.has_passed(Decimal(50), Decimal(50), final=False) is True
    assert scoring.grade_of(None, Decimal(100)) is None
    assert scoring.band_of(None, BANDS, Decimal(1)) is None


BANDS = [Fraction(1, 2), Fraction(0), Fraction(9, 10)]


@pytest.mark.parametrize(
    ("share", "band"),
    [("0", 1), ("499999/1000000", 1), ("1/2", 0), ("899999/1000000", 0), ("9/10", 2), ("1", 2), ("3", 2)],
)
def test_a_band_begins_at_its_minimum_and_ends_before_the_next(share: str, band: int) -> None:
    assert scoring.band_of(scoring.grade_of(Fraction(share), Decimal(100)), BANDS, Decimal(100)) == band


def test_there_is_no_feedback_below_the_lowest_band() -> None:
    assert scoring.band_of(Decimal("33.33333"), [Fraction(1, 2)], Decimal(100)) is None
    assert scoring.band_of(Decimal(100), [], Decimal(100)) is None


@pytest.mark.parametrize(
    ("share", "scale", "mark", "minimum", "reached"),
    [
        ("2/3", "100", "66.66667", "0.6666667", True),  # 66.66667 both times
        ("2/3", "100", "66.66668", "0.6666668", False),
        ("1/3", "100", "33.3333333", "1/3", True),  # marks with more places than a grade are rounded like it
        ("2/3", "10", "6.666667", "0.6666667", True),
        ("2/3", "1", "0.6666667", "0.6666667", True),
        ("333/500", "100", "66.66667", "2/3", False),
        ("0", "100", "0", "0", True),
    ],
)
def test_passing_and_the_feedback_band_are_decided_by_the_same_number(
    share: str, scale: str, mark: str, minimum: str, reached: bool
) -> None:
    grade = scoring.grade_of(Fraction(share), Decimal(scale))

    assert scoring.has_passed(grade, Decimal(mark)) is reached
    assert scoring.band_of(grade, [Fraction(minimum)], Decimal(scale)) == (0 if reached else None)


@given(st.fractions(0, 3), st.decimals("0.01", 9999, places=2), st.fractions(0, 1))
def test_reaching_the_pass_mark_reaches_the_band_that_begins_there(
    share: Fraction, scale: Decimal, minimum: Fraction
) -> None:
    grade, mark = scoring.grade_of(share, scale), scoring.grade_of(minimum, scale)

    assert scoring.has_passed(grade, mark) is (scoring.band_of(grade, [minimum], scale) == 0)


def test_a_quiz_worth_zero_points_gets_the_lowest_band() -> None:
    assert scoring.band_of(scoring.grade_of(Fraction(0), Decimal(0)), BANDS, Decimal(0)) == 1
