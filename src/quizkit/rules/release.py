"""What a review policy shows at each review moment, and when a quiz is over.

`attempt_review.shown` applies it to an attempt.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from quizkit.rules import access, timing
from quizkit.vocabulary import ReviewCondition, ReviewItem, ReviewMoment

__all__ = [
    "DEFAULT",
    "AssignmentRules",
    "is_over",
    "moment_of",
    "of_question",
    "on_condition",
    "released",
    "starts_before",
]

Settings = Mapping[str, Any]

_RIGHT_AFTER: Final = timedelta(minutes=2)  # Moodle's (mod/quiz/classes/question/display_options.php)

_FINISHED: Final = frozenset({ReviewMoment.RIGHT_AFTER, ReviewMoment.LATER, ReviewMoment.AFTER_CLOSE})
_TRIED: Final = frozenset(ReviewMoment)

_WITHOUT_QUESTIONS: Final = frozenset({ReviewItem.MARKS, ReviewItem.OVERALL_FEEDBACK})

DEFAULT: Final[Mapping[ReviewItem, frozenset[ReviewMoment]]] = {
    ReviewItem.QUESTION: frozenset(ReviewMoment),
    ReviewItem.RESPONSE: _TRIED,
    ReviewItem.CORRECTNESS: _TRIED,
    ReviewItem.MARKS: _TRIED,
    ReviewItem.SPECIFIC_FEEDBACK: _TRIED,
    ReviewItem.GENERAL_FEEDBACK: _FINISHED,
    ReviewItem.RIGHT_ANSWER: frozenset({ReviewMoment.AFTER_CLOSE}),
    ReviewItem.OVERALL_FEEDBACK: _FINISHED,
}
"""Right answers after nobody can answer any longer; everything else as soon as it exists."""


@dataclass(frozen=True, slots=True)
class AssignmentRules:
    """The rules of an assignment that accepts new attempts.

    Attributes:
        settings: the settings of the quiz and the assignment, by the field names of `access.Access`.
        overrides: the overrides of takers and groups; whose they are does not matter.
    """

    settings: Settings
    overrides: Sequence[Settings] = ()


def starts_before(rules: AssignmentRules) -> datetime | None:
    """Return the time from which no taker at all can start an attempt; None for never.

    It combines every window in the assignment with every lateness policy and takes the latest end, because group
    members and future takers are unknown. Accommodations do not allow a later start (`access.Access.added_seconds`).
    """
    windows = _alternatives(rules, access.WINDOW)
    policies = _alternatives(rules, access.LATENESS)
    ends = {
        timing.starts_before(
            due=due, closes_at=closes_at, time_up=time_up, late=None if late is None else timedelta(seconds=late)
        )
        for _, due, closes_at in windows
        for time_up, late, _ in policies
    }
    known = [end for end in ends if end is not None]
    return max(known) if len(known) == len(ends) else None


def _alternatives(rules: AssignmentRules, names: tuple[str, ...]) -> set[tuple[Any, ...]]:
    """Return the windows, or the lateness policies, of an assignment: the general one, and those of overrides."""
    overrides = ({}, *rules.overrides)
    return {tuple(access.completed(override, {}, rules.settings, names).values()) for override in overrides}


def is_over(assignments: Iterable[AssignmentRules], *, has_open_attempt: bool, now: datetime) -> bool:
    """Return whether nobody can answer a quiz any longer.

    Args:
        assignments: its assignments that accept new attempts.
        has_open_attempt: whether any attempt at it is open and not overdue, in any assignment.
        now: the current time.
    """
    ends = [starts_before(assignment) for assignment in assignments]
    return not has_open_attempt and all(end is not None and now >= end for end in ends)


def moment_of(*, finished_at: datetime, closed: bool, now: datetime) -> ReviewMoment:
    """Return the review moment of a finished attempt; `closed` is whether the quiz is over for everybody."""
    if closed:
        return ReviewMoment.AFTER_CLOSE
    return ReviewMoment.RIGHT_AFTER if now - finished_at < _RIGHT_AFTER else ReviewMoment.LATER


def released(policy: Mapping[ReviewItem, Collection[ReviewMoment]], moment: ReviewMoment) -> frozenset[ReviewItem]:
    """Return what a policy shows at a review moment. Items that it does not list are not shown.

    Questions are always shown while they can be answered. If they are not shown, none of their details are either.
    """
    named = frozenset(item for item in ReviewItem if moment in policy.get(item, ()))
    if moment is ReviewMoment.DURING:
        return named | {ReviewItem.QUESTION}
    return named if ReviewItem.QUESTION in named else named & _WITHOUT_QUESTIONS


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
