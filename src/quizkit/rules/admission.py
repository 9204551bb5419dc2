"""Whether a taker may start an attempt: the same order of checks for starting and for explaining access."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from quizkit.errors import Refused
from quizkit.rules import access, lifecycle
from quizkit.vocabulary import QuizState

__all__ = ["Offered", "Used", "refuse_attempt"]


@dataclass(frozen=True, slots=True)
class Offered:
    """A published quiz in an assignment.

    Attributes:
        state: the state of the quiz.
        archived: whether the assignment is archived.
        default: whether it is the default assignment, which publishing creates.
        others: whether the quiz has other assignments, including archived ones.
        ruled: whether it has a window, a context, or settings other than the review policy.
        named: whether the caller named this assignment explicitly.
    """

    state: QuizState
    archived: bool
    default: bool
    others: bool
    ruled: bool
    named: bool


@dataclass(frozen=True, slots=True)
class Used:
    """The number of attempts that a taker has used, and the time at which the last one was finished."""

    attempts: int = 0
    last_finished_at: datetime | None = None


def refuse_attempt(offered: Offered, taker_access: access.Access | None, used: Used, now: datetime) -> None:
    """Raise Refused if a new attempt may not be started now.

    Args:
        offered: the quiz and the assignment.
        taker_access: the rules for the taker; None for an author's preview, to which no access rules apply.
        used: the attempts that the taker has used.
        now: the current time.

    Raises:
        Refused: `quiz_archived`, `assignment_needed`, `assignment_archived`, and the codes of `access.refusal`.
    """
    lifecycle.refuse_start(offered.state, published=True)
    if taker_access is None:
        return
    if offered.default:
        lifecycle.refuse_default(others=offered.others, named=offered.named, ruled=offered.ruled)
    if offered.archived:
        raise Refused("assignment_archived", "The assignment is archived and accepts no new attempts")
    refused = access.refusal(taker_access, used=used.attempts, last_finished_at=used.last_finished_at, now=now)
    if refused is not None:
        raise refused
