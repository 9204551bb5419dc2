"""From exact fractions to points and totals. Rounding happens here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final, NamedTuple

from quizkit import _exact
from quizkit.vocabulary import GradingMethod

__all__ = [
    "QuizShare",
    "band_of",
    "comparable",
    "grade_of",
    "has_passed",
    "points_of",
    "quiz_share",
    "share_of",
    "total",
    "worth_of",
]

_PLACES: Final = 7
_COMPARED: Final = 5


def points_of(fraction: Fraction | None, worth: Decimal) -> Decimal | None:
    """Return fraction × worth in points, rounded once, half to even, to 7 places; None stays None."""
    if fraction is None:
        return None
    return _exact.plain(_exact.rounded(fraction * Fraction(worth), _PLACES))


def total(points: Iterable[Decimal | None]) -> tuple[Decimal, bool]:
    """Return the exact sum of the points that are known, and whether any is not."""
    known = list(points)
    return _exact.total(p for p in known if p is not None), None in known


def worth_of(points: Decimal, questions: int) -> Decimal:
    """Return what so many questions of the same points are worth together."""
    return _exact.total([points] * questions)


def comparable(score: Decimal) -> Decimal:
    """Return a total as it is compared with a pass mark: half up to 5 places, so that three thirds make one."""
    return _exact.rounded(Fraction(score), _COMPARED, half_up=True)


# ---------------------------------------------------------------------------------------------- grades


def share_of(score: Decimal, max_score: Decimal) -> Fraction:
    """Return the share of the maximum that an attempt earned: comparable(score) / maximum.

    Exact, and never below 0: what wrong answers cost may use up the points, and no more. It is above 1 with extra
    credit, and where certainty is rewarded. Of nothing the share is 0.
    """
    if max_score <= 0:
        return Fraction(0)
    return max(Fraction(0), Fraction(comparable(score)) / Fraction(max_score))


class QuizShare(NamedTuple):
    """What several attempts earn together: `share` is None where that is not known; one that is not `final` may rise."""

    share: Fraction | None
    final: bool


def quiz_share(method: GradingMethod, shares: Sequence[Fraction | None]) -> QuizShare:
    """Return what several attempts, in the order they were made, earn together. None: a person must grade a part of it.

    A share that is told never falls when a person has graded: the highest is the best of the attempts that are graded
    (Moodle's `grade_calculator::compute_final_grade`); an average, unlike Moodle's, waits for all of them.
    """
    if method in {GradingMethod.FIRST, GradingMethod.LAST}:
        one = shares[0] if method is GradingMethod.FIRST else shares[-1]
        return QuizShare(one, one is not None)
    known = [share for share in shares if share is not None]
    final = len(known) == len(shares)
    if method is GradingMethod.AVERAGE:
        return QuizShare(sum(known, Fraction(0)) / len(known) if final else None, final)
    return QuizShare(max(known, default=None), final)


def grade_of(share: Fraction | None, scale: Decimal) -> Decimal | None:
    """Return share × scale, half up to 5 places: as it is shown and seeded_order, and what decides passing and the band.

    None stays None.
    """
    if share is None:
        return None
    return _exact.plain(_exact.rounded(share * Fraction(scale), _COMPARED, half_up=True))


def has_passed(grade: Decimal | None, pass_grade: Decimal | None, *, final: bool = True) -> bool | None:
    """Return whether a grade reaches the pass mark, which it does when they are equal to 5 places.

    None without a pass mark, without a grade, and for one below the mark that is not final: it may still reach it.
    """
    if pass_grade is None or grade is None:
        return None
    return True if grade >= comparable(pass_grade) else False if final else None


def band_of(grade: Decimal | None, minimums: Sequence[Fraction], scale: Decimal) -> int | None:
    """Return the position of the band [min, max) that a grade falls in: that of the greatest minimum it reaches.

    A minimum is a share of the scale, rounded as a grade is, so that the number that is shown decides here as it does
    about passing. None where it reaches none, and without a grade. Of a scale of nothing the lowest minimum is reached
    if it is 0.
    """
    if grade is None:
        return None
    least = [(minimum, grade_of(minimum, scale or Decimal(1))) for minimum in minimums]
    reached = [
        (minimum, position) for position, (minimum, mark) in enumerate(least) if mark is not None and grade >= mark
    ]
    return max(reached)[1] if reached else None
