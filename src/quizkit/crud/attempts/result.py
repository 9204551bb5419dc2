"""The result of an attempt, limited to what may be shown now."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Row

from quizkit.crud._core.context import Build, S, Work
from quizkit.crud.attempts._facts.facts import facts_of
from quizkit.crud.attempts._facts.load import attempt_row
from quizkit.crud.attempts._responses import statements
from quizkit.crud.attempts._review.shown import shown_now
from quizkit.crud.attempts.finish import finish_if_overdue
from quizkit.crud.attempts.review import reviewed_questions, shown_in_order
from quizkit.errors import Refused
from quizkit.questions import Text
from quizkit.rules import scoring
from quizkit.rules.grading import AttemptGrade, attempt_grade
from quizkit.schemas import FeedbackBand, Outcome, Sent
from quizkit.vocabulary import AttemptState, ReviewItem

__all__ = ["outcome_of", "result"]


def result(work: Work[S], attempt_id: uuid.UUID, taker: S) -> Outcome:
    """Return the result of a finished attempt. An overdue attempt is finished first.

    Raises:
        NotFound: `attempt_not_found`.
        Refused: `attempt_open`.
    """
    found = attempt_row(work, attempt_id, taker)
    row = finish_if_overdue(work, found)
    if row.state == AttemptState.OPEN:
        raise Refused("attempt_open", "The attempt is not submitted yet")
    # Finishing waits for saves whose responses the snapshot may not show.
    responses = statements.graded_responses if row is found else statements.graded_responses_now
    return outcome_of(work, row, responses)


def outcome_of(work: Work[S], row: Row[Any], responses: Build, sent: tuple[Sent, ...] = ()) -> Outcome:
    """Return the result of a finished attempt; `responses` is the statement that selects its responses."""
    facts = facts_of(row)
    shown = shown_now(work, row)
    marks = ReviewItem.MARKS in shown.items
    graded = attempt_grade(facts.policy, row.score, facts.max_score, needs_grading=row.needs_grading)
    late_penalty = facts.policy.late_penalty if row.late else None
    return Outcome(
        attempt_id=facts.attempt_id,
        quiz_id=facts.quiz_id,
        title=facts.title,
        number=facts.number,
        purpose=facts.purpose,
        state=AttemptState(row.state),
        started_at=facts.started_at,
        submitted_at=row.submitted_at,
        late=row.late if marks else None,
        moment=shown.moment,
        shown=shown_in_order(shown.items),
        score=row.score if marks else None,
        max_score=facts.max_score,
        late_penalty=late_penalty if marks else None,
        grade=graded.grade if marks else None,
        max_grade=graded.max_grade,
        passed=graded.passed if marks else None,
        needs_grading=row.needs_grading,
        feedback=_band(row, graded) if ReviewItem.OVERALL_FEEDBACK in shown.items else None,
        sent=sent,
        questions=reviewed_questions(work, row, shown, responses),
    )


def _band(row: Any, graded: AttemptGrade) -> Text | None:
    bands = [FeedbackBand.model_validate(band) for band in row.feedback_bands]
    found = scoring.band_of(graded.grade, [band.minimum for band in bands], graded.max_grade)
    return None if found is None else bands[found].content
