"""The effect of an exception: whether it can have any, and when an attempt would end."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from quizkit.crud._core.context import S, Work
from quizkit.crud._terms import statements as terms_statements
from quizkit.crud._terms.load import effect_of, events_of, of_assignment, of_quiz, resolved
from quizkit.crud.assignments import statements
from quizkit.crud.assignments.load import assignment_row
from quizkit.rules import access
from quizkit.schemas import AccessEventReturn, AccessSettings, StricterException

__all__ = ["refuse_override", "stricter_exceptions", "terms_here", "with_effect"]


def terms_here(work: Work[S], assignment_id: uuid.UUID) -> Row[Any]:
    """Return the terms of an assignment, for a new exception.

    Raises:
        NotFound: `assignment_not_found`.
    """
    return assignment_row(work, terms_statements.terms_here, {"assignment_id": assignment_id})


def with_effect(work: Work[S], event: AccessEventReturn[S], terms: Row[Any]) -> AccessEventReturn[S]:
    """Return an event with its effect; without one if the quiz is not published yet."""
    if terms.revision_id is None:
        return event
    events: Sequence[Any] = [event]
    if event.taker_id is not None:
        events = events_of(work, terms.assignment_id, event.taker_id, ())
    rules = access.access_of(resolved(terms, events, work.now))
    return event.model_copy(update={"effect": effect_of(rules, work.now)})


def refuse_override(terms: Row[Any], settings: AccessSettings) -> None:
    """Reject an override that contradicts itself or the assignment.

    Raises:
        Invalid: `window_order`, `limit_beyond_window`, `late_not_accepted`.
    """
    quiz = None if terms.revision_id is None else of_quiz(terms)
    access.refuse_contradiction(settings.explicit_values(), quiz, of_assignment(terms))


def stricter_exceptions(work: Work[S], assignment_id: uuid.UUID) -> tuple[StricterException, ...]:
    """Return the overrides in force that are stricter than the assignment as it is now, in the order of their events."""
    terms = terms_here(work, assignment_id)
    quiz = {} if terms.revision_id is None else of_quiz(terms)
    rows = work.run(statements.overrides, {"assignment_id": assignment_id})
    newest = {(row.taker_id, row.group_name): row for row in rows}
    found = []
    for row in sorted(newest.values(), key=lambda event: str(event.id)):
        override = AccessSettings.model_validate(row.settings).explicit_values()
        fields = access.stricter_fields(override, quiz, of_assignment(terms))
        if fields:
            found.append(StricterException(event_id=row.id, group_name=row.group_name, fields=fields))
    return tuple(found)
