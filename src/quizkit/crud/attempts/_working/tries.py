"""The tries of a question in a locked attempt."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Row

from quizkit.crud._core.context import S, Work
from quizkit.crud.attempts._responses import statements as response_statements
from quizkit.crud.attempts._responses.marking import history
from quizkit.crud.attempts._working import statements
from quizkit.crud.attempts._working.notes import note
from quizkit.crud.attempts._working.slot import WorkingSlot
from quizkit.rules import behaviours, timing
from quizkit.vocabulary import Action

__all__ = ["append_try", "history_of", "tries_of"]


def tries_of(work: Work[S], slot: WorkingSlot, number: int | None = None) -> list[Row[Any]]:
    """Return the tries of a slot of a locked attempt: this slot, or another."""
    slot_number = slot.number if number is None else number
    numbers = list(range(1, slot.tries_had(slot_number) + 1))
    if not numbers:
        return []
    return list(work.run(response_statements.tries_of_slot, {**slot.of(slot_number), "_numbers": numbers}))


def history_of(work: Work[S], slot: WorkingSlot) -> list[behaviours.Step]:
    """Return the steps that were taken on the question; the attempt is locked."""
    return history(slot.question, tries_of(work, slot))


def append_try(work: Work[S], slot: WorkingSlot, action: Action, tries: int, more: dict[str, Any]) -> WorkingSlot:
    """Record a try and update the number of tries in the locked attempt's notes; return the slot with new notes."""
    number = slot.tries_had(slot.number) + 1
    blank = dict.fromkeys(("sequence", "response", "certainty", "fraction", "worth", "parts", "marker", "trace"))
    row = {
        "attempt_id": slot.facts.attempt_id,
        "slot": slot.number,
        "number": number,
        "action": action.value,
        "tries": tries,
        "received_at": timing.received_at(slot.facts.started_at, work.now),
    }
    work.run(statements.insert_try, {**blank, **row, **more})
    return replace(slot, notes=note(work, slot.facts, slot.locked_notes, slot.number, {"tries": number}))
