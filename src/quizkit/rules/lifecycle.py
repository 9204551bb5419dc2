"""What may happen to a quiz, depending on where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar

from quizkit.errors import Invalid, Refused
from quizkit.vocabulary import QuizState

__all__ = ["refuse_change", "refuse_circle", "refuse_default", "refuse_publish", "refuse_start", "refuse_window"]


K = TypeVar("K")


def refuse_change(state: QuizState) -> None:
    """Refuse changes to an archived quiz; a published one is edited as its next draft."""
    if state is QuizState.ARCHIVED:
        raise Refused("quiz_archived", "The quiz is archived and no longer changes")


def refuse_publish(state: QuizState, questions: int) -> None:
    """Refuse to publish an archived quiz, or one without a question."""
    refuse_change(state)
    if questions == 0:
        raise Refused("quiz_empty", "A quiz needs at least one question before it can be published")


def refuse_start(state: QuizState, *, published: bool) -> None:
    """Refuse an attempt at a quiz that is not published, or no longer offered."""
    if state is QuizState.ARCHIVED:
        raise Refused("quiz_archived", "The quiz is archived and takes no new attempts")
    if not published:
        raise Refused("quiz_not_published", "The quiz is not published")


def refuse_default(*, others: bool, named: bool, ruled: bool) -> None:
    """Refuse a new attempt at the default assignment of a quiz that has others, unless it is named and has rules.

    Where a quiz is given to somebody, the default assignment, which has no window, would be a way around theirs.

    Args:
        others: whether the quiz has other assignments, archived ones too.
        named: whether the caller said that it is the default one.
        ruled: whether somebody has given it a window, a context, or settings that are not about what is shown alone.
    """
    if others and not (named and ruled):
        raise Refused(
            "assignment_needed",
            "The quiz has several assignments: name one that was given rules, with assignment_id=",
        )


def refuse_window(opens_at: datetime | None, due_at: datetime | None, closes_at: datetime | None) -> None:
    """Refuse a window that does not open, is due and closes in this order; it may be due as it closes."""
    ends = [moment for moment in (due_at, closes_at) if moment is not None]
    if ends != sorted(ends) or (opens_at is not None and any(end <= opens_at for end in ends)):
        raise Invalid("window_order", "A window opens, is due and closes in this order")


def refuse_circle(parents: Mapping[K, K | None], category: K, parent: K) -> None:
    """Refuse to put a category under itself, or under one that is under it; `parents` is the tree as it is."""
    above: K | None = parent
    while above is not None:
        if above == category:
            raise Refused("category_circle", "A category cannot be under itself")
        above = parents.get(above)
