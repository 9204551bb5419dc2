"""Which operations the state of a quiz allows, and what archiving changes."""

from __future__ import annotations

from datetime import datetime

from quizkit.errors import Refused
from quizkit.vocabulary import QuizState

__all__ = [
    "archive_time",
    "default_takes_attempts",
    "refuse_assignment_change",
    "refuse_change",
    "refuse_default",
    "refuse_new_assignment",
    "refuse_publish",
    "refuse_question_change",
    "refuse_start",
    "refuse_too_long",
    "refuse_unnamed",
    "state_in_use",
]


def archive_time(archived_at: datetime | None, now: datetime) -> datetime:
    """Return the time of archiving to store: now, or the first time if it is already archived."""
    return archived_at or now


def state_in_use(*, published: bool) -> QuizState:
    """Return the state of a quiz that is not archived."""
    return QuizState.PUBLISHED if published else QuizState.DRAFT


def refuse_question_change(archived_at: datetime | None) -> None:
    """Raise Refused if the question is archived."""
    if archived_at is not None:
        raise Refused("question_archived", "The question is archived and can no longer be changed")


def refuse_assignment_change(archived_at: datetime | None) -> None:
    """Raise Refused if the assignment is archived."""
    if archived_at is not None:
        raise Refused("assignment_archived", "The assignment is archived and can no longer be changed")


def refuse_change(state: QuizState) -> None:
    """Raise Refused if the quiz is archived; changes to a published quiz go to its next draft."""
    if state is QuizState.ARCHIVED:
        raise Refused("quiz_archived", "The quiz is archived and cannot be changed")


def refuse_new_assignment(state: QuizState) -> None:
    """Raise Refused if the quiz is archived."""
    if state is QuizState.ARCHIVED:
        raise Refused("quiz_archived", "The quiz is archived and accepts no new assignments")


def refuse_publish(state: QuizState, questions: int) -> None:
    """Raise Refused if the quiz is archived or has no question."""
    refuse_change(state)
    if questions == 0:
        raise Refused("quiz_empty", "A quiz needs at least one question before it can be published")


def refuse_too_long(questions: int, most: int) -> None:
    """Raise Refused if a quiz has more than `most` questions; a slot that draws counts as many as it draws."""
    if questions > most:
        raise Refused("quiz_too_long", f"A quiz may have at most {most} questions", most=most)


def refuse_start(state: QuizState, *, published: bool) -> None:
    """Raise Refused if the quiz is not published, or is archived."""
    if state is QuizState.ARCHIVED:
        raise Refused("quiz_archived", "The quiz is archived and accepts no new attempts")
    if not published:
        raise Refused("quiz_not_published", "The quiz is not published")


def default_takes_attempts(*, others: bool, has_rules: bool) -> bool:
    """Return whether the default assignment of a quiz accepts attempts: it is the only one, or it has its own rules.

    Otherwise takers of the other assignments could avoid their windows through the default one, which has none.

    Args:
        others: whether the quiz has other assignments, including archived ones.
        has_rules: whether it has a window, a context, or settings other than the review policy.
    """
    return has_rules or not others


def refuse_default(*, others: bool, named: bool, has_rules: bool) -> None:
    """Raise Refused for a default assignment that accepts no attempts, or is not named although there are others.

    Args:
        others: whether the quiz has other assignments, including archived ones.
        named: whether the caller named the default assignment explicitly.
        has_rules: whether it has a window, a context, or settings other than the review policy.
    """
    if not default_takes_attempts(others=others, has_rules=has_rules) or (others and not named):
        raise Refused(
            "assignment_needed",
            "The quiz has several assignments: pass assignment_id=. "
            "The default one accepts attempts only if it has a window, a context or settings",
        )


def refuse_unnamed(*, others: bool) -> None:
    """Raise Refused if the grades of a quiz are requested without naming one of its several assignments."""
    if others:
        raise Refused("assignment_needed", "The quiz has several assignments: pass assignment_id=")
