"""Giving a quiz to somebody once more."""

from __future__ import annotations

import uuid

from quizkit.crud._core import creating
from quizkit.crud._core.changing import FIRST_VERSION
from quizkit.crud._core.context import S, Work
from quizkit.crud._core.host_columns import Values, host_values
from quizkit.crud.assignments import statements
from quizkit.crud.assignments.rows import assignment_of, assignment_of_row, explicit_settings
from quizkit.errors import NotFound
from quizkit.rules import lifecycle
from quizkit.schemas import AssignmentCreate, AssignmentReturn
from quizkit.vocabulary import QuizState

__all__ = ["create"]


def create(work: Work[S], data: AssignmentCreate, assignment_id: uuid.UUID | None, values: Values) -> AssignmentReturn:
    """Return a new assignment, or what the same call has made already.

    Raises:
        NotFound: `quiz_not_found`.
        Refused: `quiz_archived`, `id_taken`.
    """
    model = work.models.assignment
    given = creating.client_id("assignment_id", assignment_id)
    made_from = None if given is None else creating.call_hash(data)
    extra = host_values(model, values)
    if creating.is_made(work, model, given, made_from):
        return _made(work, given)
    quiz = work.first(statements.quiz_state, {"id": data.quiz_id})
    if quiz is None:
        raise NotFound("quiz_not_found", "There is no such quiz")
    lifecycle.refuse_change(QuizState(quiz.state))
    row = {
        "id": given or work.new_id(),
        "made_from": made_from,
        "quiz_id": data.quiz_id,
        "default_marker": None,
        "context": data.context,
        "zone": data.zone,
        "opens_at": data.opens_at,
        "due_at": data.due_at,
        "closes_at": data.closes_at,
        "settings": explicit_settings(data.settings),
        "created_at": work.now,
        "version": FIRST_VERSION,
        "updated_at": work.now,
        "archived_at": None,
    }
    new = {**row, **extra}
    if not creating.create(work, model, statements.insert_assignment, new, tuple(extra), given=given is not None):
        return _made(work, given)
    return assignment_of(row)


def _made(work: Work[S], assignment_id: uuid.UUID | None) -> AssignmentReturn:
    return assignment_of_row(work.run(statements.assignment_now, {"id": assignment_id}).one())
