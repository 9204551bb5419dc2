"""Make the result of a finished attempt, limited to what may be shown now."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from quizkit.crud._core.context import Build, S, Work
from quizkit.crud._grades.compute import finished_attempt
from quizkit.crud.attempts._facts.facts import facts_of
from quizkit.crud.attempts._review.question import in_order
from quizkit.crud.attempts._review.questions import reviewed_questions, stored_responses
from quizkit.crud.attempts._review.sections import known_points, section_results
from quizkit.crud.attempts._review.shown import shown_now
from quizkit.questions import Text
from quizkit.rules import scoring
from quizkit.rules.grading import AttemptGrade, attempt_grade
from quizkit.schemas import FeedbackBand, Outcome, Sent
from quizkit.vocabulary import AttemptState, ReviewItem

__all__ = ["outcome_of"]


def outcome_of(work: Work[S], row: Row[Any], responses: Build, sent: tuple[Sent, ...] = ()) -> Outcome:
    """Return the result of a finished attempt; `responses` is the statement that selects its responses."""
    facts = facts_of(row)
    shown = shown_now(work, row)
    marks = ReviewItem.MARKS in shown.items
    stored = stored_responses(work, row, responses)
    points = known_points(facts, stored) if marks and facts.policy.requirements else {}
    graded = attempt_grade(finished_attempt(row, points), facts.policy)
    late_penalty = facts.policy.late_penalty if row.late else None
    return Outcome(
        attempt_id=facts.attempt_id,
        quiz_id=facts.quiz_id,
        assignment_id=facts.assignment_id,
        title=facts.title,
        number=facts.number,
        purpose=facts.purpose,
        state=AttemptState(row.state),
        started_at=facts.started_at,
        submitted_at=row.submitted_at,
        late=row.late if marks else None,
        moment=shown.moment,
        shown=in_order(shown.items),
        score=row.score if marks else None,
        max_score=facts.max_score,
        late_penalty=late_penalty if marks else None,
        credit=graded.credit if marks and facts.policy.credit is not None else None,
        grade=graded.grade if marks else None,
        max_grade=graded.max_grade,
        pass_grade=facts.policy.pass_grade,
        passed=graded.passed if marks else None,
        needs_grading=row.needs_grading,
        voided=row.voided_at is not None,
        feedback=_band(row, graded) if ReviewItem.OVERALL_FEEDBACK in shown.items else None,
        sent=sent,
        sections=section_results(work, facts, stored if marks else None, is_graded=not row.needs_grading),
        questions=reviewed_questions(work, row, shown, stored),
    )


def _band(row: Any, graded: AttemptGrade) -> Text | None:
    bands = [FeedbackBand.model_validate(band) for band in row.feedback_bands]
    found = scoring.band_of(graded.grade, [band.minimum for band in bands], graded.max_grade)
    return None if found is None else bands[found].content
