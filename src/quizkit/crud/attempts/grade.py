"""The grade of a taker's attempts, as the taker may see it."""

from __future__ import annotations

import uuid
from typing import Final

from quizkit.crud._core.context import S, Work
from quizkit.crud._terms import statements as terms_statements
from quizkit.crud.attempts import grade_statements as statements
from quizkit.crud.attempts._review.shown import shown_items
from quizkit.errors import NotFound
from quizkit.rules import lifecycle
from quizkit.schemas import TakerGrade
from quizkit.vocabulary import ReviewItem

__all__ = ["grade"]

_MARKS: Final = frozenset({ReviewItem.MARKS})


def grade(work: Work[S], quiz_id: uuid.UUID, taker: S, assignment_id: uuid.UUID | None) -> TakerGrade | None:
    """Return the grade of a taker's attempts; None before the first finished attempt, and while marks are hidden."""
    of = {"assignment_id": _assignment(work, quiz_id, assignment_id), "_taker": taker}
    finished = work.run(statements.finished_of, of).all()
    if not all(shown_items(work, finished, _MARKS)):
        return None
    found = work.first(statements.grade_of, of)
    return None if found is None else TakerGrade.model_validate(found)


def _assignment(work: Work[S], quiz_id: uuid.UUID, assignment_id: uuid.UUID | None) -> uuid.UUID:
    """Return the id of an assignment of a quiz: the given one, or the default one."""
    build, of = terms_statements.default_assignment, {"quiz_id": quiz_id}
    if assignment_id is not None:
        build, of = terms_statements.assignment_of_quiz, {"quiz_id": quiz_id, "assignment_id": assignment_id}
    found = work.first(build, of)
    if found is None:
        if assignment_id is None:
            raise NotFound("quiz_not_found", "There is no such quiz, or it was never published")
        raise NotFound("assignment_not_found", "There is no such assignment")
    if assignment_id is None:
        lifecycle.refuse_default(others=found.others, named=False, has_rules=False)
    return uuid.UUID(str(found.id))
