"""Create an assignment."""

from __future__ import annotations

import uuid

from quizkit.crud._core import creating
from quizkit.crud._core.context import S, Work
from quizkit.crud._core.host_columns import Values, host_values
from quizkit.crud._terms.rows import new_assignment
from quizkit.crud.assignments import statements
from quizkit.crud.assignments.rows import assignment_of, assignment_of_row, explicit_settings
from quizkit.errors import NotFound
from quizkit.rules import lifecycle
from quizkit.schemas import AssignmentCreate, AssignmentReturn
from quizkit.vocabulary import QuizState

__all__ = ["create"]


def create(work: Work[S], data: AssignmentCreate, assignment_id: uuid.UUID | None, values: Values) -> AssignmentReturn:
    """Return a new assignment, or the assignment that the same call has already created.

    Raises:
        NotFound: `quiz_not_found`.
        Refused: `quiz_archived`, `id_taken`.
    """
    model = work.models.assignment
    requested_id = creating.client_id("assignment_id", assignment_id)
    made_from = None if requested_id is None else creating.call_hash(data)
    extra = host_values(model, values)
    if creating.already_created(work, model, requested_id, made_from):
        return _existing(work, requested_id)
    quiz = work.first(statements.quiz_state, {"id": data.quiz_id})
    if quiz is None:
        raise NotFound("quiz_not_found", "There is no such quiz")
    lifecycle.refuse_new_assignment(QuizState(quiz.state))
    row = new_assignment(
        data.quiz_id,
        assignment_id=requested_id or work.new_id(),
        at=work.now,
        made_from=made_from,
        window=dict(data),
        settings=explicit_settings(data.settings),
    )
    new, by_client = {**row, **extra}, requested_id is not None
    if not creating.create(work, model, statements.insert_assignment, new, tuple(extra), by_client=by_client):
        return _existing(work, requested_id)
    return assignment_of(row)


def _existing(work: Work[S], assignment_id: uuid.UUID | None) -> AssignmentReturn:
    return assignment_of_row(work.run(statements.assignment_now, {"id": assignment_id}).one())
