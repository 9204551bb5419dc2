"""Make the result of a check, limited to what may be shown while the attempt is open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from quizkit.crud._core.context import S, Work
from quizkit.crud.attempts._responses import statements
from quizkit.crud.attempts._responses.marking import sent_problems
from quizkit.crud.attempts._responses.progress import Answered
from quizkit.crud.attempts._review.question import reviewed
from quizkit.crud.attempts._working.slot import WorkingSlot
from quizkit.errors import Problem
from quizkit.schemas import Checked
from quizkit.vocabulary import ReviewItem

__all__ = ["checked"]


def checked(
    work: Work[S],
    slot: WorkingSlot,
    events: Sequence[Any],
    shown: frozenset[ReviewItem],
    *,
    counted: bool,
    problems: Iterable[Problem] = (),
) -> Checked:
    """Return what may be shown of a question now.

    Args:
        work: the call.
        slot: the question.
        events: its try events.
        shown: what is shown of the open attempt.
        counted: whether the call used a try.
        problems: why its response cannot be marked as it is.
    """
    stored = work.first(statements.response_of_slot, slot.of())
    keys = {slot.paper_slot.question.revision_id: slot.question}
    return Checked(
        counted=counted,
        sequence=stored.sequence if stored is not None else 0,
        question=reviewed(slot.paper_slot, slot.facts, keys, Answered(stored, tuple(events), finished=False), shown),
        problems=sent_problems(problems),
    )
