"""What a taker may be shown of an attempt, and when: the one place that decides it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from quizkit.rules import access, timing
from quizkit.vocabulary import ReviewCondition, ReviewItem, ReviewMoment

__all__ = ["DEFAULT", "Offered", "is_over", "moment_of", "of_question", "on_condition", "released", "starts_until"]

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
"""Right answers when nobody can answer any more; all else as soon as there is something to show."""


@dataclass(frozen=True, slots=True)
class Offered:
    """An assignment that takes new attempts.

    Attributes:
        rules: what the quiz and the assignment say, by the names of `access.Access`.
        words: what was said to some takers and groups instead; who they are does not matter.
    """

    rules: Settings
    words: Sequence[Settings] = ()


def starts_until(offered: Offered) -> datetime | None:
    """Return from when on nobody can start an attempt any more, whoever they are; None for never.

    The last moment of every window that is said of anybody, with every lateness policy that is: who is in which group,
    and who will still come, is not known. Accommodations let nobody in later (`access.Access.added_seconds`).
    """
    windows = _alternatives(offered, access.WINDOW)
    policies = _alternatives(offered, access.LATENESS)
    ends = {
        timing.last_start(
            due=due, closes_at=closes_at, time_up=time_up, late=None if late is None else timedelta(seconds=late)
        )
        for _, due, closes_at in windows
        for time_up, late, _ in policies
    }
    known = [end for end in ends if end is not None]
    return max(known) if len(known) == len(ends) else None


def _alternatives(offered: Offered, names: tuple[str, ...]) -> set[tuple[Any, ...]]:
    """Return the windows, or the lateness policies, of an assignment: for all, and for those who have one of their own."""
    said = ({}, *offered.words)
    return {tuple(access.completed(word, {}, offered.rules, names).values()) for word in said}


def is_over(offers: Iterable[Offered], *, somebody_sits: bool, now: datetime) -> bool:
    """Return whether nobody may answer a quiz any more.

    Args:
        offers: its assignments that take new attempts.
        somebody_sits: whether an attempt at it is open and not overdue, in whatever assignment.
        now: the moment.
    """
    ends = [starts_until(one) for one in offers]
    return not somebody_sits and all(end is not None and now >= end for end in ends)


def moment_of(*, finished_at: datetime, closed: bool, now: datetime) -> ReviewMoment:
    """Return which moment of the review of a finished attempt it is; `closed` is whether it is over for everybody."""
    if closed:
        return ReviewMoment.AFTER_CLOSE
    return ReviewMoment.RIGHT_AFTER if now - finished_at < _RIGHT_AFTER else ReviewMoment.LATER


def released(policy: Mapping[ReviewItem, Collection[ReviewMoment]], moment: ReviewMoment) -> frozenset[ReviewItem]:
    """Return what a policy shows at a moment. What it does not name is not shown.

    Questions are always shown while they can be answered. When they are not, nothing that belongs to one of them is.
    """
    named = frozenset(item for item in ReviewItem if moment in policy.get(item, ()))
    if moment is ReviewMoment.DURING:
        return named | {ReviewItem.QUESTION}
    return named if ReviewItem.QUESTION in named else named & _WITHOUT_QUESTIONS


def on_condition(
    shown: frozenset[ReviewItem], needed: Collection[ReviewCondition], met: Collection[ReviewCondition]
) -> frozenset[ReviewItem]:
    """Return what is shown where right answers need conditions; all of them must be met."""
    return shown if set(needed) <= set(met) else shown - {ReviewItem.RIGHT_ANSWER}


def of_question(shown: frozenset[ReviewItem], *, tried: bool, finished: bool) -> frozenset[ReviewItem]:
    """Return what may be shown of one question: of its marks only what a try has earned, of its key nothing before it ends.

    A question that still can be tried keeps its right answer and its general feedback, whatever the policy says.
    """
    if finished:
        return shown
    kept = {ReviewItem.QUESTION, ReviewItem.RESPONSE}
    if tried:
        kept |= {ReviewItem.CORRECTNESS, ReviewItem.MARKS, ReviewItem.SPECIFIC_FEEDBACK}
    return shown & kept
