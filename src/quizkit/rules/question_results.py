"""The result of a question: which of its responses is reported, its points, and whether it is right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Final, NamedTuple

from quizkit.questions import Hint, state_of
from quizkit.rules import behaviours, lateness, scoring
from quizkit.rules.behaviours import QuestionProgress, Step, TryPolicy
from quizkit.vocabulary import Action, GradeState, ReviewItem, TryState

__all__ = [
    "QuestionResult",
    "final_result",
    "reported_response",
    "reports_last_check",
    "result_so_far",
    "shows_right_parts",
]


class QuestionResult(NamedTuple):
    """The points of a question, None while they are unknown, and whether it is right."""

    points: Decimal | None
    state: GradeState


def reports_last_check(*, checked: bool, ended: bool) -> bool:
    """Return whether the last check of a question is reported instead of its last response.

    While the question is open, only the checked response is reported, not a response saved after it.
    """
    return checked and not ended


def reported_response(
    stored: lateness.Stored | None, shown: frozenset[ReviewItem], *, finished: bool
) -> lateness.Counted | None:
    """Return which of the responses of a slot is reported, and its points; None for the last response.

    Which of two responses counts reveals which is better. While marks are hidden, the last response is reported.
    """
    if stored is None or not finished or ReviewItem.MARKS not in shown:
        return None
    return lateness.counted(stored)


def shows_right_parts(hint: Hint | None, shown: frozenset[ReviewItem]) -> bool:
    """Return whether a hint shows how many parts are right."""
    return hint is not None and hint.show_right_parts and ReviewItem.CORRECTNESS in shown


def final_result(
    progress: QuestionProgress, stored: Decimal | None, earned: Decimal | None, max_points: Decimal
) -> QuestionResult:
    """Return the result of a finished question.

    The stored points count: manual grading or a regrade may have changed them, and the type may be gone. If they are
    those of the progress, its state is shown: a question may be right although a try cost points.

    Args:
        progress: the progress of the finished question.
        stored: the stored points; None if the response needs manual grading.
        earned: what counts of them, if a response was late.
        max_points: its maximum points.
    """
    if stored == scoring.points_of(progress.fraction, max_points) or not max_points:
        return QuestionResult(earned, _ENDED[progress.state])
    return QuestionResult(earned, state_of(None if stored is None else Fraction(stored) / Fraction(max_points)))


def result_so_far(
    policy: TryPolicy, checked: Iterable[Step], earned: Fraction | None, max_points: Decimal
) -> QuestionResult:
    """Return the result of a question that can still be tried: what it has earned with its last check.

    `checked` are the steps up to that check.
    """
    progress = behaviours.replay(policy, [*checked, Step(Action.FINISH)])
    return QuestionResult(scoring.points_of(earned, max_points), _ENDED[progress.state])


_ENDED: Final[Mapping[TryState, GradeState]] = {
    TryState.RIGHT: GradeState.RIGHT,
    TryState.PARTLY: GradeState.PARTLY,
    TryState.WRONG: GradeState.WRONG,
    TryState.GAVE_UP: GradeState.NOT_ANSWERED,
    TryState.NEEDS_GRADING: GradeState.NEEDS_GRADING,
}
