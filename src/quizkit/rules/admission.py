"""Whether a taker may start an attempt: one order of reasons, for starting and for explaining."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from quizkit.errors import Refused
from quizkit.rules import access, lifecycle
from quizkit.vocabulary import QuizState

__all__ = ["Offered", "Used", "refuse_attempt"]


@dataclass(frozen=True, slots=True)
class Offered:
    """How a published quiz is given in an assignment.

    Attributes:
        state: that of the quiz.
        archived: whether the assignment takes no new attempts any more.
        default: whether it is the assignment that publishing made.
        others: whether the quiz has other assignments, archived ones too.
        ruled: whether somebody has given it a window, a context, or settings that are not about what is shown alone.
        named: whether the caller said that it is this assignment.
    """

    state: QuizState
    archived: bool
    default: bool
    others: bool
    ruled: bool
    named: bool


@dataclass(frozen=True, slots=True)
class Used:
    """How many attempts a taker has used, and when the last one was finished."""

    attempts: int = 0
    last_finished_at: datetime | None = None


def refuse_attempt(offered: Offered, held: access.Access | None, used: Used, now: datetime) -> None:
    """Refuse a new attempt that may not be started now.

    Args:
        offered: how the quiz is given.
        held: what holds for the taker; None for an author's preview, for which no rule of access holds.
        used: what the taker has used.
        now: the moment.

    Raises:
        Refused: `quiz_archived`, `assignment_needed`, `assignment_archived`, and what `access.refusal` says.
    """
    lifecycle.refuse_start(offered.state, published=True)
    if held is None:
        return
    if offered.default:
        lifecycle.refuse_default(others=offered.others, named=offered.named, ruled=offered.ruled)
    if offered.archived:
        raise Refused("assignment_archived", "The assignment is archived and takes no new attempts")
    refused = access.refusal(held, used=used.attempts, last_finished_at=used.last_finished_at, now=now)
    if refused is not None:
        raise refused
