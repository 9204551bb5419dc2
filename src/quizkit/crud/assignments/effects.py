"""The effect of an exception: whether it can have any, and when an attempt would end."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from quizkit.crud._core.context import S, Work
from quizkit.crud._terms import statements as terms_statements
from quizkit.crud._terms.load import effect_of, events_of, of_assignment, of_quiz, resolved
from quizkit.crud.assignments.load import assignment_row
from quizkit.rules import access
from quizkit.schemas import AccessEventReturn, AccessSettings

__all__ = ["refuse_override", "terms_here", "with_effect"]


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
