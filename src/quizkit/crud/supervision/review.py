"""An attempt with its responses and its key, whatever its taker may see."""

from __future__ import annotations

import uuid

from quizkit.crud._core.context import S, Work
from quizkit.crud._core.host_columns import Columns, with_host_columns
from quizkit.crud._grades.compute import finished_attempts
from quizkit.crud.attempts._facts.facts import facts_of
from quizkit.crud.attempts._responses.statements import graded_responses
from quizkit.crud.attempts._review.questions import reviewed_questions, stored_responses
from quizkit.crud.supervision.find import supervised_fields, supervised_row
from quizkit.rules.attempt_review import TO_STAFF
from quizkit.rules.grading import attempt_grade
from quizkit.schemas import SupervisedReview

__all__ = ["review"]


def review(work: Work[S], attempt_id: uuid.UUID, columns: Columns = ()) -> SupervisedReview[S]:
    """Return an attempt with its responses and its key.

    Raises:
        NotFound: `attempt_not_found`.
    """
    row = supervised_row(work, attempt_id, columns)
    policy = facts_of(row).policy
    graded = None
    if row.submitted_at is not None:
        (attempt,) = finished_attempts(work, [row])
        graded = attempt_grade(attempt, policy)
    found: SupervisedReview[S] = SupervisedReview(
        **supervised_fields(work, row),
        title=row.title,
        credit=graded.credit if graded is not None and policy.credit is not None else None,
        grade=None if graded is None else graded.grade,
        max_grade=policy.scale(row.max_score),
        pass_grade=policy.pass_grade,
        passed=None if graded is None else graded.passed,
        questions=reviewed_questions(work, row, TO_STAFF, stored_responses(work, row, graded_responses), to_staff=True),
    )
    return with_host_columns(found, row, columns)
