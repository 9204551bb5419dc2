"""The tries of a question in a locked attempt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from sqlalchemy import Row

from quizkit.crud._core.context import S, Work
from quizkit.crud.attempts._responses import statements as response_statements
from quizkit.crud.attempts._working import statements
from quizkit.crud.attempts._working.notes import note
from quizkit.crud.attempts._working.slot import WorkingSlot
from quizkit.rules import timing
from quizkit.vocabulary import Action, Certainty

__all__ = ["append_try", "tries_of"]


def tries_of(work: Work[S], slot: WorkingSlot, number: int | None = None) -> list[Row[Any]]:
    """Return the try events of a slot of a locked attempt: this slot, or another."""
    slot_number = slot.number if number is None else number
    numbers = list(range(1, slot.events_recorded(slot_number) + 1))
    if not numbers:
        return []
    return list(work.run(response_statements.tries_of_slot, {**slot.of(slot_number), "__numbers": numbers}))


def append_try(
    work: Work[S],
    slot: WorkingSlot,
    action: Action,
    *,
    tries: int,
    next_try: int | None,
    sequence: int | None = None,
    response: Any = None,
    certainty: Certainty | None = None,
    fraction: Fraction | None = None,
    earned: Fraction | None = None,
    parts: Mapping[str, Fraction] | None = None,
    marker: str | None = None,
    trace: Mapping[str, Any] | None = None,
) -> WorkingSlot:
    """Record a try event and the number of events in the locked attempt's notes; return the slot with new notes.

    The time of a check is noted too if it decides when the next one is possible.

    `tries` is the number of counted checks, so it does not grow with a `try_again` step; the number of events does.
    `next_try` is noted for papers, which are made without keys.
    """
    number = slot.events_recorded(slot.number) + 1
    row = {
        "attempt_id": slot.facts.attempt_id,
        "slot": slot.number,
        "number": number,
        "action": action.value,
        "tries": tries,
        "sequence": sequence,
        "response": response,
        "certainty": certainty,
        "fraction": fraction,
        "worth": earned,
        "parts": None if parts is None else {part: str(share) for part, share in parts.items()},
        "marker": marker,
        "trace": trace,
        "received_at": timing.received_at(slot.facts.started_at, work.now),
    }
    work.run(statements.insert_try, row)
    # The stored name of this note is older than the distinction: it counts events, not tries.
    noted: dict[str, Any] = {"tries": number, "next_try": next_try}
    if action is Action.CHECK and slot.facts.policy.check_delay_seconds:
        noted["checked_at"] = row["received_at"].isoformat()
    return replace(slot, notes=note(work, slot.facts, slot.locked_notes, slot.number, noted))
