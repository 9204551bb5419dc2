"""What a taker may be shown of an attempt, and when: the one place that decides it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Final

from quizkit.vocabulary import AttemptState, ReviewItem, ReviewMoment

__all__ = ["DEFAULT", "moment_of", "of_question", "released"]

_RIGHT_AFTER: Final = timedelta(minutes=2)  # Moodle's (mod/quiz/classes/question/display_options.php)

_FINISHED: Final = frozenset({ReviewMoment.RIGHT_AFTER, ReviewMoment.LATER, ReviewMoment.AFTER_CLOSE})
_TRIED: Final = frozenset(ReviewMoment)

DEFAULT: Final[Mapping[ReviewItem, frozenset[ReviewMoment]]] = {
    ReviewItem.RESPONSE: _TRIED,
    ReviewItem.CORRECTNESS: _TRIED,
    ReviewItem.MARKS: _TRIED,
    ReviewItem.SPECIFIC_FEEDBACK: _TRIED,
    ReviewItem.GENERAL_FEEDBACK: _FINISHED,
    ReviewItem.RIGHT_ANSWER: frozenset({ReviewMoment.AFTER_CLOSE}),
    ReviewItem.OVERALL_FEEDBACK: _FINISHED,
}
"""Right answers when nobody can answer any more; all else as soon as there is something to show."""


def moment_of(
    state: AttemptState,
    *,
    finished_at: datetime | None,
    closes_at: datetime | None,
    attempts_left: int | None,
    others_sit: bool,
    now: datetime,
) -> ReviewMoment:
    """Return which moment of the review it is.

    It is after the close from the closing time on, included, but not while somebody who was given more time still
    sits: the first who are done would give the key to the last. A quiz that never closes is closed to a taker who
    has no attempt left.
    """
    if finished_at is None or state in {AttemptState.OPEN, AttemptState.OVERDUE}:
        return ReviewMoment.DURING
    closed = attempts_left == 0 if closes_at is None else now >= closes_at and not others_sit
    if closed:
        return ReviewMoment.AFTER_CLOSE
    return ReviewMoment.RIGHT_AFTER if now - finished_at < _RIGHT_AFTER else ReviewMoment.LATER


def released(policy: Mapping[ReviewItem, Collection[ReviewMoment]], moment: ReviewMoment) -> frozenset[ReviewItem]:
    """Return what a policy shows at a moment. What it does not name is not shown."""
    return frozenset(item for item in ReviewItem if moment in policy.get(item, ()))


def of_question(shown: frozenset[ReviewItem], *, tried: bool, finished: bool) -> frozenset[ReviewItem]:
    """Return what may be shown of one question: of its marks only what a try has earned, of its key nothing before it ends.

    A question that still can be tried keeps its right answer and its general feedback, whatever the policy says.
    """
    if finished:
        return shown
    kept = {ReviewItem.RESPONSE}
    if tried:
        kept |= {ReviewItem.CORRECTNESS, ReviewItem.MARKS, ReviewItem.SPECIFIC_FEEDBACK}
    return shown & kept
