"""Set or remove a taker's flag on a question."""

from __future__ import annotations

import uuid

from quizkit.crud._core.context import S, Work
from quizkit.crud.attempts._facts.facts import facts_of
from quizkit.crud.attempts._facts.load import attempt_row
from quizkit.crud.attempts._working.lock import locked_open
from quizkit.crud.attempts._working.notes import note
from quizkit.crud.attempts._working.slot import refuse_slot
from quizkit.schemas import Flagged

__all__ = ["flag"]


def flag(work: Work[S], taker: S, attempt_id: uuid.UUID, number: int, *, flagged: bool) -> Flagged:
    """Set or remove the taker's flag on a question, and return all flags of the attempt."""
    facts = facts_of(attempt_row(work, attempt_id, taker))
    refuse_slot(facts, number)
    locked = locked_open(work, facts)
    notes = note(work, facts, locked.notes, number, {"flagged": flagged})
    numbers = range(1, len(facts.paper) + 1)
    return Flagged(slots=tuple(slot for slot in numbers if notes.get(str(slot), {}).get("flagged")))
