"""Whether a taker may start an attempt: the same order of checks for starting and for explaining access."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from quizkit.errors import Refused
from quizkit.rules import access, lifecycle, timing
from quizkit.vocabulary import AttemptState, QuizState

__all__ = ["AssignmentState", "Used", "continues", "refuse_attempt", "refuse_preview"]


@dataclass(frozen=True, slots=True)
class AssignmentState:
    """An assignment of a published quiz.

    Attributes:
        quiz: the state of the quiz.
        archived: whether the assignment itself is archived.
        default: whether it is the default assignment, which publishing creates.
        others: whether the quiz has other assignments, including archived ones.
        has_rules: whether it has a window, a context, or settings other than the review policy.
    """

    quiz: QuizState
    archived: bool = False
    default: bool = False
    others: bool = False
    has_rules: bool = False

    @property
    def is_archived(self) -> bool:
        """Whether the assignment or its quiz is archived."""
        return self.archived or self.quiz is QuizState.ARCHIVED

    @property
    def takes_attempts(self) -> bool:
        """Whether it accepts new attempts, from anybody at any time."""
        if self.is_archived:
            return False
        return not self.default or lifecycle.default_takes_attempts(others=self.others, has_rules=self.has_rules)


@dataclass(frozen=True, slots=True)
class Used:
    """The attempts that a taker has used.

    Attributes:
        attempts: their number.
        last_finished_at: the time at which the last one was finished.
        passed: whether the grade of the taker passes; known only if a rule depends on it.
    """

    attempts: int = 0
    last_finished_at: datetime | None = None
    passed: bool = False


def continues(newest: AttemptState, accepts_until: datetime | None, now: datetime) -> bool:
    """Return whether a start continues the newest attempt instead of creating one: if it is open and not overdue."""
    return timing.state_at(newest, accepts_until, now) is AttemptState.OPEN


def refuse_attempt(
    assignment: AssignmentState, taker_access: access.Access, used: Used, now: datetime, *, named: bool
) -> None:
    """Raise Refused if a new attempt may not be started now.

    Args:
        assignment: the assignment.
        taker_access: the rules for the taker.
        used: the attempts that the taker has used.
        now: the current time.
        named: whether the caller named this assignment explicitly.

    Raises:
        Refused: `quiz_archived`, `assignment_needed`, `assignment_archived`, and the codes of `access.refusal`.
    """
    lifecycle.refuse_start(assignment.quiz, published=True)
    if assignment.default:
        lifecycle.refuse_default(others=assignment.others, named=named, has_rules=assignment.has_rules)
    if assignment.archived:
        raise Refused("assignment_archived", "The assignment is archived and accepts no new attempts")
    refused = access.refusal(
        taker_access, used=used.attempts, last_finished_at=used.last_finished_at, now=now, passed=used.passed
    )
    if refused is not None:
        raise refused


def refuse_preview(quiz: QuizState) -> None:
    """Raise Refused if no preview of a published quiz may be started: no access rules apply to its author.

    Raises:
        Refused: `quiz_archived`.
    """
    lifecycle.refuse_start(quiz, published=True)
