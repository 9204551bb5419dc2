"""What may be shown of an attempt now: the review policy, applied to the facts of the attempt.

This module alone decides it: `shown` for an attempt, `visible_slots` for the questions of its paper.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from quizkit.rules import additions, attempt_limits, behaviours, closing, release, timing
from quizkit.rules.admission import AssignmentState
from quizkit.rules.behaviours import QuestionProgress
from quizkit.rules.closing import AssignmentRules, Settings
from quizkit.rules.navigation import Reach
from quizkit.vocabulary import AttemptState, Behaviour, ReviewCondition, ReviewItem, ReviewMoment, TryState

__all__ = [
    "TO_STAFF",
    "NewestAttempt",
    "QuizAssignment",
    "ReviewedAttempt",
    "Shown",
    "attempts_left",
    "depends_on_close",
    "is_closed",
    "is_met",
    "own_window_is_open",
    "shown",
    "shown_during",
    "shown_state",
    "visible_slots",
]


class Shown(NamedTuple):
    """The review moment of an attempt, and the items that may be shown then."""

    moment: ReviewMoment
    items: frozenset[ReviewItem]


TO_STAFF: Final = Shown(ReviewMoment.AFTER_CLOSE, frozenset(ReviewItem))
"""What staff see of an attempt, whatever its taker may see."""


@dataclass(frozen=True, slots=True)
class ReviewedAttempt:
    """The facts of an attempt that decide what may be shown of it.

    Attributes:
        policy: the moments at which each item is shown.
        right_answer_if: the conditions for showing right answers.
        released_at: the date on which results are released; None for none.
        is_preview: whether it is an author's preview.
        finished_at: when it was finished; None while it is open.
        due_at: its deadline.
        accepts_until: the last time at which it accepts responses.
    """

    policy: Mapping[ReviewItem, Collection[ReviewMoment]]
    right_answer_if: Collection[ReviewCondition] = ()
    released_at: datetime | None = None
    is_preview: bool = False
    finished_at: datetime | None = None
    due_at: datetime | None = None
    accepts_until: datetime | None = None

    def ended_at(self, now: datetime) -> datetime | None:
        """Return when it was finished, or its deadline if it is overdue; None while it is open."""
        if self.finished_at is not None:
            return self.finished_at
        overdue = timing.state_at(AttemptState.OPEN, self.accepts_until, now) is AttemptState.OVERDUE
        return (self.due_at or self.accepts_until) if overdue else None

    def released(self, moment: ReviewMoment, now: datetime) -> frozenset[ReviewItem]:
        """Return what the policy shows at a review moment, if that is now."""
        return release.released(self.policy, moment, dated=release.is_released(self.released_at, now))


def shown(attempt: ReviewedAttempt, *, closed: bool, now: datetime, is_met: Callable[[ReviewCondition], bool]) -> Shown:
    """Return what may be shown of an attempt now.

    Args:
        attempt: the attempt.
        closed: whether the quiz is over for everybody.
        now: the current time.
        is_met: whether a condition for right answers is met; called only if the answer depends on it.
    """
    if attempt.is_preview and attempt.finished_at is not None:
        return Shown(ReviewMoment.AFTER_CLOSE, release.released(attempt.policy, ReviewMoment.AFTER_CLOSE, dated=True))
    ended = attempt.ended_at(now)
    if ended is None:
        return Shown(ReviewMoment.DURING, shown_during(attempt))
    moment = release.moment_of(finished_at=ended, closed=closed, now=now)
    items = attempt.released(moment, now)
    if attempt.finished_at is None:
        # An overdue attempt still counts as open, but must not show more than it would if it were submitted.
        return Shown(ReviewMoment.DURING, shown_during(attempt) if ReviewItem.QUESTION in items else frozenset())
    if ReviewItem.RIGHT_ANSWER in items:
        items = release.on_condition(
            items, attempt.right_answer_if, [condition for condition in attempt.right_answer_if if is_met(condition)]
        )
    return Shown(moment, items)


def shown_during(attempt: ReviewedAttempt) -> frozenset[ReviewItem]:
    """Return what is shown of an open attempt. Its outcome is not known yet, so that no condition is met."""
    return release.on_condition(release.released(attempt.policy, ReviewMoment.DURING), attempt.right_answer_if, ())


def depends_on_close(attempt: ReviewedAttempt, about: frozenset[ReviewItem], now: datetime) -> bool:
    """Return whether some items of an attempt may be shown now only if the quiz is closed, or only if it is not."""
    ended = attempt.ended_at(now)
    if ended is None:
        return False
    before, after = (
        attempt.released(release.moment_of(finished_at=ended, closed=closed, now=now), now) for closed in (False, True)
    )
    return before & about != after & about


def is_met(
    condition: ReviewCondition,
    *,
    archived: bool,
    has_passed: Callable[[], bool],
    attempts_left: Callable[[], int | None],
) -> bool:
    """Return whether a condition for showing right answers is met. Only the facts that decide are asked for.

    Args:
        condition: the condition.
        archived: whether the assignment or its quiz is archived.
        has_passed: whether the attempt has passed.
        attempts_left: how many attempts the taker can still start; None for no limit.
    """
    if condition is ReviewCondition.PASSED:
        return has_passed()
    return archived or (condition is ReviewCondition.USED_UP and attempts_left() == 0)


@dataclass(frozen=True, slots=True)
class NewestAttempt:
    """A taker's newest attempt at an assignment.

    Attributes:
        number: its number, which is how many attempts the taker has started.
        is_open: whether it is open.
        max_attempts: the maximum number of attempts by the rules with which it was started; None for no limit.
    """

    number: int
    is_open: bool
    max_attempts: int | None


def attempts_left(
    newest: NewestAttempt | None, current: Settings, overrides: Callable[[], Iterable[Settings]]
) -> int | None:
    """Return how many attempts a taker may have left; None for no limit, and while the newest attempt is open.

    The most lenient rule applies, because a taker who gets another attempt must not have seen the key.

    Args:
        newest: the newest attempt; None if there is none.
        current: the current settings of the quiz and the assignment.
        overrides: the overrides of `max_attempts` for the taker and for groups, asked for only if they decide. Those
            of all groups count, since it is not known which groups the taker is in.
    """
    if newest is None or newest.is_open:
        return None
    rules = [current, *(additions.absolute(override, {}, current) for override in overrides())]
    return attempt_limits.attempts_left_at_most(
        newest.number, [newest.max_attempts, *(settings["max_attempts"] for settings in rules)]
    )


@dataclass(frozen=True, slots=True)
class QuizAssignment:
    """One assignment of a quiz: its state, its current rules, and whether any of its attempts is open and not overdue."""

    state: AssignmentState
    rules: AssignmentRules
    has_open_attempt: bool


def is_closed(assignments: Collection[QuizAssignment], now: datetime) -> bool:
    """Return whether nobody can answer a quiz any more, in any of its assignments.

    Open attempts count in every assignment, the rules only where new attempts are accepted. Overrides can only delay
    the close.
    """
    accepting = [assignment.rules for assignment in assignments if assignment.state.takes_attempts]
    has_open_attempt = any(assignment.has_open_attempt for assignment in assignments)
    return closing.is_over(accepting, has_open_attempt=has_open_attempt, now=now)


def own_window_is_open(
    assignment: AssignmentState, *, due_at: datetime | None, closes_at: datetime | None, now: datetime
) -> bool:
    """Return whether the window of an assignment, without overrides, allows a start now or later."""
    ends = [end for end in (due_at, closes_at) if end is not None]
    return assignment.takes_attempts and (not ends or now < min(ends))


def visible_slots(
    reach: Mapping[int, Reach], current_page: int, *, finished: bool, moment: Callable[[], ReviewMoment]
) -> frozenset[int]:
    """Return the slots of a paper whose questions may be shown: those the taker has reached; after the close, all.

    Args:
        reach: the pages from which the question of each slot can be seen.
        current_page: the taker's page.
        finished: whether the attempt is finished.
        moment: the review moment of the attempt, asked for only if it decides.
    """
    reached = frozenset(slot for slot, pages in reach.items() if pages.is_seen(current_page, finished=finished))
    if finished and len(reached) < len(reach) and moment() is ReviewMoment.AFTER_CLOSE:
        return frozenset(reach)
    return reached


_REVEALING: Final = frozenset({TryState.RIGHT, TryState.PARTLY, TryState.WRONG})


def shown_state(progress: QuestionProgress, behaviour: Behaviour, shown: frozenset[ReviewItem]) -> TryState:
    """Return a question state that reveals only what may be shown: complete instead of right, partly right or wrong.

    In adaptive mode a checked question is complete if it was right, and to do if not. If that may not be shown, it is
    complete as soon as there is a response that is not blank.
    """
    if ReviewItem.CORRECTNESS in shown:
        return progress.state
    has_response = progress.last is not None and progress.last.response is not None
    complete = progress.state in _REVEALING or (has_response and behaviours.is_adaptive(behaviour))
    return TryState.COMPLETE if complete else progress.state
