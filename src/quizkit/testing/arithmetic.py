"""An independent computation of scores and grades from the stored rows.

It shares no code with the verbs that store them, so that a fault there is not repeated here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any, Final, NamedTuple

from quizkit.vocabulary import Behaviour, Counting, GradingMethod

__all__ = ["CountedAnswer", "GradeColumns", "counted_answer", "highest_score", "stored_grade", "taker_grade"]

_ZERO: Final = Fraction(0)
_CERTAIN: Final = 3
"""The maximum fraction of certainty-based marking."""


class CountedAnswer(NamedTuple):
    """The result of one slot.

    Attributes:
        known: the points known so far.
        final: whether they are final: manual grading cannot change them.
        late: whether the response that counts, or that may count after grading, is late.
    """

    known: Fraction
    final: bool
    late: bool


class GradeColumns(NamedTuple):
    """The columns of a grade that are computed from the attempts."""

    grade: Fraction | None
    max_grade: Fraction
    passed: bool | None
    attempts: int
    needs_grading: bool


def counted_answer(answer: Any, on_time_until: datetime | None) -> CountedAnswer:
    """Return the result for the row of a response: the late response or the on-time one, whichever has more points."""
    late = on_time_until is not None and answer.received_at > on_time_until
    last = _exact(answer.late_points if late else answer.effective_points)
    if answer.kept_received_at is not None:
        in_time = _exact(answer.kept_points)
    elif late:
        in_time = _ZERO  # no response was on time; a late wrong response cannot make the result negative
    else:
        return CountedAnswer(last or _ZERO, last is not None, late=False)
    floor = in_time or _ZERO
    known = floor if last is None else max(floor, last)
    final = last is not None and in_time is not None
    return CountedAnswer(known, final, late=late and (not final or known > floor))


def highest_score(policy: dict[str, Any], slots: Sequence[Any]) -> Fraction:
    """Return the maximum score of slots, with extra credit and the highest certainty."""
    points = sum((_exact(slot.max_points) or _ZERO for slot in slots if slot.counting != Counting.IGNORED), _ZERO)
    certain = policy["behaviour"] in {Behaviour.DEFERRED_CBM, Behaviour.IMMEDIATE_CBM}
    return points * _CERTAIN if certain else points


def taker_grade(attempts: Sequence[Any]) -> GradeColumns:
    """Return the grade for the rows of a taker's finished attempts, in the order of their starts."""
    counted = [row for row in attempts if row.state == "submitted"]
    if not counted:
        return GradeColumns(None, _ZERO, None, 0, needs_grading=False)
    policy = counted[-1].policy
    shares = [None if row.needs_grading else _share(row) for row in counted]
    graded = [share for share in shares if share is not None]
    final = len(graded) == len(shares)
    method, share = policy["grading_method"], None
    if method == GradingMethod.FIRST:
        share, final = shares[0], shares[0] is not None
    elif method == GradingMethod.LAST:
        share, final = shares[-1], shares[-1] is not None
    elif method == GradingMethod.AVERAGE:
        share = sum(graded, _ZERO) / len(graded) if final else None
    elif graded:
        share = max(graded)
    scale = Fraction(counted[-1].max_score if policy["max_grade"] is None else policy["max_grade"])
    grade = None if share is None else _five_places(share * scale)
    passed = None
    if grade is not None and policy["pass_grade"] is not None:
        reached = grade >= _five_places(Fraction(policy["pass_grade"]))
        passed = True if reached else False if final else None
    return GradeColumns(grade, scale, passed, len(counted), needs_grading=not final)


def stored_grade(row: Any) -> GradeColumns:
    """Return the columns of the row of a grade."""
    return GradeColumns(_exact(row.grade), Fraction(row.max_grade), row.passed, row.attempts, row.needs_grading)


def _share(attempt: Any) -> Fraction:
    if attempt.max_score <= 0:
        return _ZERO
    return max(_ZERO, _five_places(Fraction(attempt.score)) / Fraction(attempt.max_score))


def _five_places(number: Fraction) -> Fraction:
    """Return a nonnegative number, rounded half up to five places."""
    return Fraction(math.floor(number * 10**5 + Fraction(1, 2)), 10**5)


def _exact(number: Any) -> Fraction | None:
    return None if number is None else Fraction(number)
