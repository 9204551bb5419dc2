"""Store new questions, alone or with a quiz."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from quizkit.crud._core.context import S, Work
from quizkit.crud._core.creating import create_all
from quizkit.crud.questions import rows, statements
from quizkit.crud.questions.rows import Content, NewQuestion

__all__ = ["new_questions", "store"]


def new_questions(
    work: Work[S],
    questions: Sequence[Content],
    bank_id: uuid.UUID,
    category_id: uuid.UUID | None = None,
    *,
    requested_ids: Sequence[uuid.UUID] = (),
    made_from: Sequence[str | None] = (),
) -> list[NewQuestion]:
    """Return the rows of new questions, in order.

    Args:
        work: the call.
        questions: the new questions.
        bank_id: their bank.
        category_id: their category.
        requested_ids: their ids, if a client made them.
        made_from: the hash of the creating call for each, if a client made its id.

    Raises:
        Invalid: `question_invalid`.
        UsageError: `type_failed`.
    """
    return [
        rows.new_question(
            question,
            question_id=requested_ids[index] if requested_ids else work.new_id(),
            revision_id=work.new_id(),
            bank_id=bank_id,
            category_id=category_id,
            made_from=made_from[index] if made_from else None,
            at=work.now,
        )
        for index, question in enumerate(questions)
    ]


def store(
    work: Work[S], new: Sequence[NewQuestion], extra: Sequence[Mapping[str, Any]] = (), *, by_client: bool = False
) -> bool:
    """Insert questions. Return False, and insert none, if one already exists under an id that a client made.

    `extra` has the values of the host's columns for each question.
    """
    questions = [{**added.question, **(extra[index] if extra else {})} for index, added in enumerate(new)]
    if not by_client:
        work.run_many(statements.insert_question, questions, tuple(extra[0]) if extra else ())
    elif not create_all(work, work.models.question, questions):
        return False
    work.run_many(statements.insert_question_revision, [added.revision for added in new if added.revision])
    work.run_many(statements.insert_question_tag, [row for added in new for row in added.tags])
    return True
