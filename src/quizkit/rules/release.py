"""What a review policy shows at each review moment.

`attempt_review.shown` applies it to an attempt.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Final

from quizkit.vocabulary import ReviewCondition, ReviewItem, ReviewMoment

__all__ = [
    "DEFAULT",
    "is_released",
    "moment_of",
    "of_question",
    "on_condition",
    "released",
]

_RIGHT_AFTER: Final = timedelta(minutes=2)  # Moodle's (mod/quiz/classes/question/display_options.php)

_FINISHED: Final = frozenset({ReviewMoment.RIGHT_AFTER, ReviewMoment.LATER, ReviewMoment.AFTER_CLOSE})
_TRIED: Final = _FINISHED | {ReviewMoment.DURING}

_WITHOUT_QUESTIONS: Final = frozenset({ReviewItem.MARKS, ReviewItem.OVERALL_FEEDBACK})

DEFAULT: Final[Mapping[ReviewItem, frozenset[ReviewMoment]]] = {
    ReviewItem.QUESTION: _TRIED,
    ReviewItem.RESPONSE: _TRIED,
    ReviewItem.CORRECTNESS: _TRIED,
    ReviewItem.MARKS: _TRIED,
    ReviewItem.SPECIFIC_FEEDBACK: _TRIED,
    ReviewItem.GENERAL_FEEDBACK: _FINISHED,
    ReviewItem.RIGHT_ANSWER: frozenset({ReviewMoment.AFTER_CLOSE}),
    ReviewItem.OVERALL_FEEDBACK: _FINISHED,
}
"""Right answers after nobody can answer any longer; everything else as soon as it exists."""


def moment_of(*, finished_at: datetime, closed: bool, now: datetime) -> ReviewMoment:
    """Return the review moment of a finished attempt; `closed` is whether the quiz is over for everybody."""
    if closed:
        return ReviewMoment.AFTER_CLOSE
    return ReviewMoment.RIGHT_AFTER if now - finished_at < _RIGHT_AFTER else ReviewMoment.LATER


def is_released(released_at: datetime | None, now: datetime) -> bool:
    """Return whether the date on which results are released has come, inclusive; without a date it never comes."""
    return released_at is not None and now >= released_at


def released(
    policy: Mapping[ReviewItem, Collection[ReviewMoment]], moment: ReviewMoment, *, dated: bool = False
) -> frozenset[ReviewItem]:
    """Return what a policy shows at a review moment. Items that it does not list are not shown.

    Questions are always shown while they can be answered. If they are not shown, none of their details are either.
    `dated` is whether the date on which results are released has come: then a finished attempt also shows what the
    policy lists for `RELEASED`.
    """
    if moment is ReviewMoment.DURING:
        return _named(policy, {moment}) | {ReviewItem.QUESTION}
    named = _named(policy, {moment, ReviewMoment.RELEASED} if dated else {moment})
    return named if ReviewItem.QUESTION in named else named & _WITHOUT_QUESTIONS


def _named(
    policy: Mapping[ReviewItem, Collection[ReviewMoment]], moments: Collection[ReviewMoment]
) -> frozenset[ReviewItem]:
    return frozenset(item for item in ReviewItem if not set(moments).isdisjoint(policy.get(item, ())))


def on_condition(
    shown: frozenset[ReviewItem], needed: Collection[ReviewCondition], met: Collection[ReviewCondition]
) -> frozenset[ReviewItem]:
    """Return what is shown if right answers have conditions; all of them must be met."""
    return shown if set(needed) <= set(met) else shown - {ReviewItem.RIGHT_ANSWER}


def of_question(shown: frozenset[ReviewItem], *, tried: bool, finished: bool) -> frozenset[ReviewItem]:
    """Return what may be shown of one question: marks only after a try, the key only after the question is finished.

    While a question can still be tried, its right answer and general feedback stay hidden, whatever the policy says.
    """
    if finished:
        return shown
    allowed = {ReviewItem.QUESTION, ReviewItem.RESPONSE}
    if tried:
        allowed |= {ReviewItem.CORRECTNESS, ReviewItem.MARKS, ReviewItem.SPECIFIC_FEEDBACK}
    return shown & allowed
