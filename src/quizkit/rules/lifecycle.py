"""What may happen to a quiz, depending on where it stands."""

from __future__ import annotations

from quizkit.errors import Refused
from quizkit.vocabulary import QuizState

__all__ = ["refuse_change", "refuse_publish", "refuse_start"]


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
