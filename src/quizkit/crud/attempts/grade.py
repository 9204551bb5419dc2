"""The grade of a taker's attempts, as the taker may see it."""

from __future__ import annotations

import uuid
from typing import Final

from quizkit.crud._core.context import S, Work
from quizkit.crud._core.host_columns import Columns, host_columns, with_host_columns
from quizkit.crud._terms.chosen import assignment_id_of
from quizkit.crud.attempts._review import grade_statements as statements
from quizkit.crud.attempts._review.shown import marks_shown
from quizkit.schemas import TakerGrade

__all__ = ["grade"]

_HIDDEN: Final = {"grade": None, "passed": None}


def grade(
    work: Work[S], quiz_id: uuid.UUID | None, taker: S, assignment_id: uuid.UUID | None, columns: Columns
) -> TakerGrade | None:
    """Return the grade of a taker's attempts, without its value while marks are hidden; None until an attempt counts."""
    more = host_columns(work.models.quiz_grade, columns)
    params = {"assignment_id": assignment_id_of(work, quiz_id, assignment_id), "__taker": taker}
    finished = work.run(statements.finished_of, params).all()
    shown = all(marks_shown(work, finished))
    found = work.first(statements.grade_of, params, more)
    if found is None:
        return None
    grade = with_host_columns(TakerGrade.model_validate(found), found, columns)
    return grade if shown else grade.model_copy(update=_HIDDEN)
