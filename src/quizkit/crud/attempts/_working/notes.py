"""The notes of a locked attempt: flags, times, and the number of tries of each slot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quizkit.crud._core.context import S, Work
from quizkit.crud.attempts._facts.facts import AttemptFacts
from quizkit.crud.attempts._working import statements

__all__ = ["note"]


def note(
    work: Work[S],
    facts: AttemptFacts,
    before: Mapping[str, Any],
    number: int | None,
    new: dict[str, Any],
    **position: Any,
) -> Mapping[str, Any]:
    """Add to the notes about a slot. The attempt is locked, so that concurrent requests lose nothing.

    Args:
        work: the call.
        facts: the facts of the attempt.
        before: the current notes.
        number: the slot; None if there is nothing to add.
        new: what to add.
        position: the new page, slot and time, if the taker moves.
    """
    notes = dict(before)
    if number is not None:
        notes[str(number)] = {**notes.get(str(number), {}), **new}
    attempt = {"__attempt": facts.attempt_id, "__taker": facts.taker}
    build = statements.turn if position else statements.note
    work.run(build, {**attempt, **position, "__notes": notes})
    return notes
