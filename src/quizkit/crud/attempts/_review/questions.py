"""The questions of an attempt that may be shown, with their results."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import Row

from quizkit.crud._core.context import Build, S, Work
from quizkit.crud.attempts._facts.facts import facts_of
from quizkit.crud.attempts._paper.slots import keys_of, paper_slots
from quizkit.crud.attempts._responses import statements
from quizkit.crud.attempts._responses.progress import Answered
from quizkit.crud.attempts._review.question import reviewed
from quizkit.crud.attempts._review.shown import visible_slots
from quizkit.rules.attempt_review import Shown
from quizkit.schemas import ReviewedQuestion
from quizkit.vocabulary import ReviewItem

__all__ = ["StoredResponses", "reviewed_questions", "stored_responses"]

StoredResponses: TypeAlias = Callable[[], Mapping[int, Any]]
"""Reads the stored responses of an attempt by slot, if they are needed, and once."""


def stored_responses(work: Work[S], row: Row[Any], responses: Build) -> StoredResponses:
    """Return a function that reads the stored responses of an attempt; `responses` is the statement that selects them."""

    @cache
    def read() -> Mapping[int, Any]:
        return {response.slot: response for response in work.run(responses, {"__attempt": row.id})}

    return read


def reviewed_questions(
    work: Work[S], row: Row[Any], shown: Shown, responses: StoredResponses, *, to_staff: bool = False
) -> tuple[ReviewedQuestion, ...]:
    """Return the questions of an attempt that may be shown; to staff all of them, as they are."""
    if ReviewItem.QUESTION not in shown.items:
        return ()
    facts = facts_of(row)
    finished = row.submitted_at is not None
    slots = paper_slots(work, facts)
    if not to_staff:
        slots = visible_slots(row, slots, lambda: shown.moment)
    stored = responses()
    tried: dict[int, list[Any]] = {}
    if facts.policy.checks:
        for event in work.run(statements.tries, {"__attempt": facts.attempt_id}):
            tried.setdefault(event.slot, []).append(event)
    keys = keys_of(work, facts, slots.values())
    return tuple(
        reviewed(
            slot,
            facts,
            keys,
            Answered(stored.get(number), tuple(tried.get(number, ())), finished=finished),
            shown.items,
            to_staff=to_staff,
        )
        for number, slot in slots.items()
    )
