"""Create a quiz."""

from __future__ import annotations

import uuid

from quizkit.crud._core import creating
from quizkit.crud._core.context import S, Work
from quizkit.crud._core.host_columns import Values, host_values
from quizkit.crud._drafts import drafting
from quizkit.crud.banks import bank_row, insert_bank, new_bank
from quizkit.crud.questions.store import new_questions, store
from quizkit.crud.quizzes import rows, statements
from quizkit.errors import Refused
from quizkit.questions._guards.drafts import read_written
from quizkit.schemas import QuestionSlot, QuizCreate, QuizOutline, QuizReturn, SectionOutline

__all__ = ["create"]


def create(
    work: Work[S], data: QuizCreate, quiz_id: uuid.UUID | None, author: S | None, values: Values
) -> QuizReturn[S]:
    """Return a new quiz with its own bank and draft, or the quiz that the same call has already created.

    Raises:
        Refused: `id_taken`: another call already used this id for a quiz.
    """
    requested_id = creating.client_id("quiz_id", quiz_id)
    made_from = None if requested_id is None else creating.call_hash(data, author)
    extra = host_values(work.models.quiz, values)
    if creating.already_created(work, work.models.quiz, requested_id, made_from):
        return _existing_quiz(work, requested_id)
    bank_id = work.new_id()
    quiz = rows.new_quiz(data, author, quiz_id=requested_id or work.new_id(), bank_id=bank_id, at=work.now)
    work.run(insert_bank, bank_row(new_bank(quiz.title, bank_id=bank_id, at=work.now)))
    row = rows.quiz_row(quiz)
    stored = {**row, "made_from": made_from, **extra}
    insert, by_client = statements.insert_quiz, requested_id is not None
    try:
        new = creating.create(work, work.models.quiz, insert, stored, tuple(extra), by_client=by_client)
    except Refused:
        work.run(statements.delete_bank, {"__id": bank_id})
        raise
    if not new:
        work.run(statements.delete_bank, {"__id": bank_id})
        return _existing_quiz(work, requested_id)
    draft = drafting.insert_revision(work, row, 1)
    questions = new_questions(work, [read_written(question) for question in data.questions], bank_id)
    store(work, questions)
    slots = [QuestionSlot(question_id=added.question["id"]) for added in questions]
    drafting.lay_out(work, draft, QuizOutline(sections=[SectionOutline(slots=slots)]))
    return quiz


def _existing_quiz(work: Work[S], quiz_id: uuid.UUID | None) -> QuizReturn[S]:
    return QuizReturn.model_validate(work.first(statements.quiz_now, {"id": quiz_id}))
