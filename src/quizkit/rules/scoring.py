"""Computing points, totals and grades from exact fractions. Only this module rounds them."""

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
    "deciding_attempts",
    "grade_of",
    "has_passed",
    "mean_grade",
    "points_of",
    "quiz_share",
    "share_of",
    "slot_points",
    "total",
]

_PLACES: Final = 7
_COMPARED: Final = 5


def points_of(fraction: Fraction | None, max_points: Decimal) -> Decimal | None:
    """Return fraction × max_points, rounded once, half to even, to 7 places; None stays None."""
    if fraction is None:
        return None
    return _exact.plain(_exact.rounded(fraction * Fraction(max_points), _PLACES))


def total(points: Iterable[Decimal | None]) -> tuple[Decimal, bool]:
    """Return the exact sum of the known points, and whether any are unknown."""
    known = list(points)
    return _exact.total(p for p in known if p is not None), None in known


def slot_points(points: Decimal, questions: int) -> Decimal:
    """Return the points of a slot with several questions, which have the same points."""
    return _exact.total([points] * questions)


def comparable(score: Decimal) -> Decimal:
    """Return a total rounded for comparison with a pass mark: half up to 5 places, so that three thirds equal one."""
    return _exact.rounded(Fraction(score), _COMPARED, half_up=True)


# ---------------------------------------------------------------------------------------------- grades


def share_of(score: Decimal, max_score: Decimal, *, negative: bool = False) -> Fraction:
    """Return the share of the maximum that an attempt earned: comparable(score) / maximum.

    The share is exact, and at least 0 unless `negative` lets penalties make it less. It can exceed 1 with extra credit,
    and with certainty-based marking. If the maximum is 0, the share is 0.
    """
    if max_score <= 0:
        return Fraction(0)
    share = Fraction(comparable(score)) / Fraction(max_score)
    return share if negative else max(Fraction(0), share)


class QuizShare(NamedTuple):
    """The combined share of several attempts; `share` is None if it is unknown, and may rise unless it is `final`."""

    share: Fraction | None
    final: bool


def quiz_share(method: GradingMethod, shares: Sequence[Fraction | None], best: int = 2) -> QuizShare:
    """Return the combined share of several attempts, in the order of their starts. None: the attempt needs manual grading.

    A share that has been returned never falls after manual grading: the highest is the best of the graded attempts
    (Moodle's `grade_calculator::compute_final_grade`); an average, unlike Moodle's, waits for all of them, and so does
    the lowest. The average of the `best` attempts waits until so many are graded; of fewer attempts it is the average.
    """
    if method in {GradingMethod.FIRST, GradingMethod.LAST}:
        share = shares[0] if method is GradingMethod.FIRST else shares[-1]
        return QuizShare(share, share is not None)
    known = [share for share in shares if share is not None]
    final = len(known) == len(shares)
    if method is GradingMethod.AVERAGE:
        return QuizShare(_average(known) if final else None, final)
    if method is GradingMethod.LOWEST:
        return QuizShare(min(known) if final else None, final)
    if method is GradingMethod.BEST:
        counted = sorted(known, reverse=True)[:best]
        return QuizShare(_average(counted) if final or len(counted) == best else None, final)
    return QuizShare(max(known, default=None), final)


def deciding_attempts(method: GradingMethod, shares: Sequence[Fraction | None], best: int = 2) -> list[int]:
    """Return the positions of the attempts that a combined share is made of; of equal shares the first is taken.

    The arguments are those of `quiz_share`, which must have found a share.
    """
    if method in {GradingMethod.FIRST, GradingMethod.LAST}:
        return [0 if method is GradingMethod.FIRST else len(shares) - 1]
    known = [(share, position) for position, share in enumerate(shares) if share is not None]
    if method is GradingMethod.AVERAGE:
        return [position for _, position in known]
    if method is GradingMethod.LOWEST:
        return [min(known)[1]]
    falling = sorted(known, key=lambda one: (-one[0], one[1]))
    return [position for _, position in falling[: best if method is GradingMethod.BEST else 1]]


def _average(shares: Sequence[Fraction]) -> Fraction:
    return sum(shares, Fraction(0)) / len(shares)


def grade_of(share: Fraction | None, scale: Decimal) -> Decimal | None:
    """Return share × scale, half up to 5 places. This grade is shown and ranked, and decides on passing and the band.

    None stays None.
    """
    if share is None:
        return None
    return _exact.plain(_exact.rounded(share * Fraction(scale), _COMPARED, half_up=True))


def mean_grade(total: Decimal | None, grades: int) -> Decimal | None:
    """Return the mean of grades with a sum, half up to 5 places like a grade; None of no grades."""
    if total is None or not grades:
        return None
    return _exact.plain(_exact.rounded(Fraction(total) / grades, _COMPARED, half_up=True))


def has_passed(grade: Decimal | None, pass_grade: Decimal | None, *, final: bool = True) -> bool | None:
    """Return whether a grade reaches the pass mark; equality to 5 places is enough.

    None without a pass mark, without a grade, and for a grade below the mark that is not final, because it may still
    rise.
    """
    if pass_grade is None or grade is None:
        return None
    return True if grade >= comparable(pass_grade) else False if final else None


def band_of(grade: Decimal | None, minimums: Sequence[Fraction], scale: Decimal) -> int | None:
    """Return the position of the band [min, max) of a grade: the band with the greatest minimum that it reaches.

    A minimum is a share of the scale and is rounded in the same way as a grade, so that the displayed number decides.
    None if the grade reaches no minimum, and without a grade. With a scale of 0 the lowest minimum is reached if it is
    0. A negative grade counts as 0.
    """
    if grade is None:
        return None
    grade = max(grade, Decimal(0))
    least = [(minimum, grade_of(minimum, scale or Decimal(1))) for minimum in minimums]
    reached = [
        (minimum, position) for position, (minimum, mark) in enumerate(least) if mark is not None and grade >= mark
    ]
    return max(reached)[1] if reached else None
