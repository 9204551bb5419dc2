"""An independent computation of scores and grades from the stored rows.

It shares no code with the verbs that store them, so that a fault there is not repeated here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
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
    grading_method: str | None = None
    best_attempts: int | None = None
    pass_grade: Fraction | None = None
    reached_at: datetime | None = None


def counted_answer(answer: Any, attempt: Any) -> CountedAnswer:
    """Return the result for the row of a response: the late response or the on-time one, whichever has more points.

    `attempt` is the row of its attempt. Staff may have set how late it counts as.
    """
    decided, on_time_until = attempt.late_seconds, attempt.on_time_until
    late = on_time_until is not None and answer.received_at > on_time_until if decided is None else decided > 0
    last = _exact(answer.late_points if late else answer.effective_points)
    if answer.kept_received_at is not None and not decided:
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


def taker_grade(attempts: Sequence[Any], points_of: Callable[[Any], Mapping[int, Any]]) -> GradeColumns:
    """Return the grade for the rows of a taker's finished attempts, in the order of their starts.

    `points_of` returns the known points of an attempt by slot, from its row.
    """
    counted = [row for row in attempts if row.state == "submitted" and row.voided_at is None]
    if not counted:
        return GradeColumns(None, _ZERO, None, 0, needs_grading=False)
    policy = counted[-1].policy
    shares = [None if row.needs_grading else _share(row) for row in counted]
    share, final = _combined(policy, shares)
    scale = Fraction(counted[-1].max_score if policy["max_grade"] is None else policy["max_grade"])
    grade = None if share is None else _five_places(share * scale)
    passed = None
    if grade is not None and (policy["pass_grade"] is not None or policy.get("requirements")):
        mark = None if policy["pass_grade"] is None else _five_places(Fraction(policy["pass_grade"]))
        rows = [(row, _meets(row.policy, points_of(row))) for row in counted]
        passed = _passes(policy, grade, mark, scale, rows, final=final)
    return GradeColumns(
        grade,
        scale,
        passed,
        len(counted),
        needs_grading=not final,
        grading_method=policy["grading_method"],
        best_attempts=int(policy["best_attempts"]),
        pass_grade=None if policy["pass_grade"] is None else Fraction(policy["pass_grade"]),
        reached_at=None if share is None else max(counted[position].submitted_at for position in _used(policy, shares)),
    )


def _used(policy: dict[str, Any], shares: Sequence[Fraction | None]) -> list[int]:
    """Return the positions of the attempts that a share is made of: of equal ones the first."""
    graded = [position for position, share in enumerate(shares) if share is not None]
    worst_first = sorted(graded, key=lambda position: (shares[position], -position))
    return {
        GradingMethod.FIRST: [0],
        GradingMethod.LAST: [len(shares) - 1],
        GradingMethod.AVERAGE: graded,
        GradingMethod.LOWEST: sorted(graded, key=lambda position: (shares[position], position))[:1],
        GradingMethod.HIGHEST: worst_first[-1:],
        GradingMethod.BEST: worst_first[-int(policy["best_attempts"]) :],
    }[GradingMethod(policy["grading_method"])]


def _meets(policy: dict[str, Any], points: Mapping[int, Any]) -> bool:
    """Return whether the slots that must be passed have enough points."""
    return all(
        _five_places(sum((Fraction(points.get(slot, 0)) for slot in slots), _ZERO)) >= Fraction(least)
        for slots, least in policy.get("requirements", ())
    )


def _passes(
    policy: dict[str, Any],
    grade: Fraction,
    mark: Fraction | None,
    scale: Fraction,
    attempts: Sequence[tuple[Any, bool]],
    *,
    final: bool,
) -> bool | None:
    """Return whether attempts pass; each comes with whether it meets what is required."""
    method, known = policy["grading_method"], [(row, met) for row, met in attempts if not row.needs_grading]
    if method == GradingMethod.HIGHEST:
        passed = any(met and (mark is None or _five_places(_share(row) * scale) >= mark) for row, met in known)
        return passed or (False if final else None)
    if method in {GradingMethod.FIRST, GradingMethod.LAST}:
        known = [attempts[0 if method == GradingMethod.FIRST else -1]]
    if method == GradingMethod.BEST:
        known = sorted(known, key=lambda one: (_share(one[0]), one[1]))[-int(policy["best_attempts"]) :]
        if policy.get("requirements") and not final:
            return None
    passed = (mark is None or grade >= mark) and all(met for _, met in known)
    return passed or (False if final else None)


def _combined(policy: dict[str, Any], shares: Sequence[Fraction | None]) -> tuple[Fraction | None, bool]:
    """Return the share of several attempts, and whether it is final."""
    method = policy["grading_method"]
    if method in {GradingMethod.FIRST, GradingMethod.LAST}:
        one = shares[0 if method == GradingMethod.FIRST else -1]
        return one, one is not None
    graded = sorted(share for share in shares if share is not None)
    final = len(graded) == len(shares)
    # How many of the graded attempts count, from the best one down, and how many must be graded before.
    count, wanted = {
        GradingMethod.HIGHEST: (1, 1),
        GradingMethod.BEST: (int(policy["best_attempts"]),) * 2,
        GradingMethod.AVERAGE: (len(shares), len(shares)),
        GradingMethod.LOWEST: (1, len(shares)),
    }[method]
    counted = graded[:count] if method == GradingMethod.LOWEST else graded[-count:]
    known = counted and (final or len(graded) >= wanted)
    return (sum(counted, _ZERO) / len(counted) if known else None), final


def stored_grade(row: Any) -> GradeColumns:
    """Return the columns of the row of a grade."""
    return GradeColumns(
        _exact(row.grade), Fraction(row.max_grade), row.passed, row.attempts, row.needs_grading, row.grading_method,
        row.best_attempts, _exact(row.pass_grade), row.reached_at,
    )  # fmt: skip


def _share(attempt: Any) -> Fraction:
    if attempt.max_score <= 0:
        return _ZERO
    share = _five_places(Fraction(attempt.score)) / Fraction(attempt.max_score)
    if share < 0:
        return share if attempt.policy.get("negative_grades") else _ZERO
    return share * _credit(attempt)


def _credit(attempt: Any) -> Fraction:
    """Return the share of the points that counts by the time at which an attempt was finished."""
    rule = attempt.policy.get("credit")
    if rule is None:
        return Fraction(1)
    extension = attempt.due_at - datetime.fromisoformat(rule["deadline"])
    seconds = (attempt.submitted_at - extension - datetime.fromisoformat(rule["due"])).total_seconds()
    if attempt.late_seconds is not None:
        seconds = attempt.late_seconds or min(0, seconds)
    return next((Fraction(share) for until, share in rule["steps"] if until is None or seconds <= until), _ZERO)


def _five_places(number: Fraction) -> Fraction:
    """Return a number rounded to five places, half away from zero."""
    size = Fraction(math.floor(abs(number) * 10**5 + Fraction(1, 2)), 10**5)
    return size if number >= 0 else -size


def _exact(number: Any) -> Fraction | None:
    return None if number is None else Fraction(number)
