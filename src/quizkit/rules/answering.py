"""Whether a question takes a response, or a check, now. If not, `refuse_…` raise `Refused`; `page_refusal` returns it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from quizkit.errors import Refused
from quizkit.rules import behaviours, timing
from quizkit.rules.behaviours import QuestionProgress, TryPolicy
from quizkit.rules.navigation import Reach
from quizkit.vocabulary import AttemptState, TryState

__all__ = [
    "MAX_CHECKED_LENGTH",
    "page_refusal",
    "refuse_early_check",
    "refuse_ended",
    "refuse_finished",
    "refuse_page",
    "refuse_try",
    "refuse_unanswered_previous",
    "refuse_used_up",
]

MAX_CHECKED_LENGTH: Final = 200_000
"""The maximum total length, as JSON, of the checked responses to one question."""


def refuse_ended(state: AttemptState, accepts_until: datetime | None, now: datetime) -> None:
    """Raise Refused if an attempt is finished or overdue; `state` is the stored one."""
    if state is not AttemptState.OPEN:
        raise Refused("attempt_submitted", "The attempt is submitted; responses are no longer accepted")
    if accepts_until is not None and timing.state_at(AttemptState.OPEN, accepts_until, now) is AttemptState.OVERDUE:
        raise Refused(
            "attempt_overdue",
            "The deadline has passed; responses are no longer accepted",
            accepts_until=accepts_until.isoformat(),
        )


def refuse_page(reach: Reach, current: int, page: int) -> None:
    """Raise Refused if a question on `page` cannot be answered from the current page."""
    if not reach.within(current):
        raise page_refusal(current, page)


def page_refusal(current: int, page: int) -> Refused:
    """Return the error for a page that cannot be reached from the current one."""
    if page < current:
        return Refused("page_left", "You cannot go back to this page")
    return Refused("page_ahead", "Visit the pages before this one first")


def refuse_finished(progress: QuestionProgress) -> None:
    """Raise Refused if the question no longer accepts responses, or none before its hint was read."""
    if progress.state.finished:
        raise Refused("question_finished", "The question no longer accepts responses")
    if progress.state is TryState.TRY_AGAIN:
        raise Refused("try_again_first", "Read the hint and choose to try again first")


def refuse_try(progress: QuestionProgress, number: int) -> None:
    """Raise Refused unless a check has the number of the next try, from 1."""
    if number != progress.tries + 1:
        raise Refused("try_number", "This is not the number of the next try", next=progress.tries + 1)


def refuse_early_check(next_check_at: datetime | None, now: datetime) -> None:
    """Raise Refused if the time between two checks of a question has not passed; `next_check_at` is inclusive."""
    if next_check_at is not None and now < next_check_at:
        raise Refused(
            "check_too_soon",
            "The question can be checked again later",
            next_check_at=next_check_at.isoformat(),
            seconds_left=str(timing.in_seconds(next_check_at - now)),
        )


def refuse_used_up(policy: TryPolicy, progress: QuestionProgress, length: int) -> None:
    """Raise Refused if the question has no checks left: each is stored permanently and shown in every review.

    `length` is the total length of the checked responses as JSON, with the one to be checked.
    """
    max_checks = policy.most_checks
    # The first check is always allowed, however long its response is.
    if progress.tries and (progress.tries >= max_checks or length > MAX_CHECKED_LENGTH):
        raise Refused("checks_used", "The question cannot be checked again", most=max_checks)


def refuse_unanswered_previous(policy: TryPolicy, progress: QuestionProgress, *, answered: bool, slot: int) -> None:
    """Raise Refused if a required previous question is not done.

    A question that cannot be checked is done if it is answered; one that can, if it is finished or COMPLETE. In
    adaptive mode one check is enough: such a question ends only with the attempt, and a refusal must not reveal whether
    a check was right.

    Args:
        policy: how the previous question may be tried.
        progress: its progress.
        answered: whether its stored response is not blank.
        slot: its number on the paper.
    """
    done = answered
    if behaviours.has_checks(policy.behaviour):
        checked = behaviours.is_adaptive(policy.behaviour) and progress.tries > 0
        done = progress.state.finished or progress.state is TryState.COMPLETE or checked
    if not done:
        raise Refused("previous_first", "Answer the question before this one first", slot=slot)
