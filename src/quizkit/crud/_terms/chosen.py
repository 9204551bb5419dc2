"""The assignment that a caller means: the one with an id, or the default one of a quiz."""

from __future__ import annotations

import uuid
from typing import Any

from quizkit.crud._core.context import S, Work
from quizkit.crud._terms import statements
from quizkit.errors import NotFound, UsageError
from quizkit.rules import lifecycle

__all__ = ["assignment_id_of", "assignment_not_found", "refuse_neither"]


def assignment_id_of(work: Work[S], quiz_id: uuid.UUID | None, assignment_id: uuid.UUID | None) -> uuid.UUID:
    """Return the id of an assignment that exists; without `assignment_id`, of the default assignment of the quiz.

    Raises:
        NotFound: `quiz_not_found`; `assignment_not_found`: also if it belongs to another quiz than `quiz_id`.
        Refused: `assignment_needed`: the quiz has assignments besides the default one.
        UsageError: `quiz_or_assignment`.
    """
    refuse_neither(quiz_id, assignment_id)
    if assignment_id is None:
        return _default(work, quiz_id)
    params: dict[str, Any] = {"assignment_id": assignment_id}
    build = statements.assignment
    if quiz_id is not None:
        build, params = statements.assignment_of_quiz, {**params, "quiz_id": quiz_id}
    if work.first(build, params) is None:
        raise assignment_not_found(quiz_id)
    return assignment_id


def refuse_neither(quiz_id: uuid.UUID | None, assignment_id: uuid.UUID | None) -> None:
    """Raise `UsageError` if neither a quiz nor an assignment is given."""
    if quiz_id is None and assignment_id is None:
        raise UsageError("quiz_or_assignment", "Give quiz_id, for the default assignment, or assignment_id")


def assignment_not_found(quiz_id: uuid.UUID | None) -> NotFound:
    """Return the error for an unknown assignment, or for one that is not of the given quiz."""
    message = "There is no such assignment" if quiz_id is None else "This quiz has no such assignment"
    return NotFound("assignment_not_found", message)


def _default(work: Work[S], quiz_id: uuid.UUID | None) -> uuid.UUID:
    found = work.first(statements.default_assignment, {"quiz_id": quiz_id})
    if found is None:
        raise NotFound("quiz_not_found", "There is no such quiz, or it was never published")
    lifecycle.refuse_unnamed(others=found.others)
    return uuid.UUID(str(found.id))
