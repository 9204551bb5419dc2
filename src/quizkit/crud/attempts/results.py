"""The result of an attempt, limited to what may be shown now, and the grade of a taker's attempts."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Row

from quizkit.crud._core.context import Build, S, Work
from quizkit.crud._terms import statements as terms_statements
from quizkit.crud.attempts import response_statements, statements
from quizkit.crud.attempts.facts import attempt_row, facts_of
from quizkit.crud.attempts.paper_slots import keys_of, paper_slots
from quizkit.crud.attempts.release import Shown, may_see, share_of, shown_items, shown_now
from quizkit.crud.attempts.reviewing import Answered, reviewed
from quizkit.errors import NotFound
from quizkit.rules import lifecycle, scoring, timing
from quizkit.schemas import FeedbackBand, Outcome, Review, ReviewedQuestion, Sent, TakerGrade
from quizkit.vocabulary import AttemptState, ReviewItem, ReviewMoment

__all__ = ["grade_of_taker", "outcome_of", "review"]

_MARKS: Final = frozenset({ReviewItem.MARKS})


def outcome_of(work: Work[S], row: Row[Any], responses: Build, sent: tuple[Sent, ...] = ()) -> Outcome:
    """Return the result of a finished attempt; `responses` is the statement that selects its responses."""
    facts = facts_of(row)
    shown = shown_now(work, row)
    marks = ReviewItem.MARKS in shown.items
    scale = facts.policy.scale(facts.max_score)
    grade = scoring.grade_of(share_of(row), scale)
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
        shown=_in_order(shown.items),
        score=row.score if marks else None,
        max_score=facts.max_score,
        late_penalty=late_penalty if marks else None,
        grade=grade if marks else None,
        max_grade=scale,
        passed=scoring.has_passed(grade, facts.policy.pass_grade) if marks else None,
        needs_grading=row.needs_grading,
        feedback=_band(row, grade, scale) if ReviewItem.OVERALL_FEEDBACK in shown.items else None,
        sent=sent,
        questions=_reviewed(work, row, shown, responses),
    )


def review(work: Work[S], attempt_id: uuid.UUID, taker: S) -> Review:
    """Return what may be shown of each question of an attempt now.

    Raises:
        NotFound: `attempt_not_found`.
    """
    row = attempt_row(work, attempt_id, taker)
    shown = shown_now(work, row)
    return Review(
        attempt_id=row.id,
        state=timing.state_at(AttemptState(row.state), row.accepts_until, work.now),
        moment=shown.moment,
        shown=_in_order(shown.items),
        questions=_reviewed(work, row, shown, response_statements.graded_responses),
    )


def _reviewed(work: Work[S], row: Row[Any], shown: Shown, responses: Build) -> tuple[ReviewedQuestion, ...]:
    """Return the questions of an attempt that may be shown: those its taker has reached; after the close, all."""
    if ReviewItem.QUESTION not in shown.items:
        return ()
    facts = facts_of(row)
    finished = row.submitted_at is not None
    every = finished and shown.moment is ReviewMoment.AFTER_CLOSE
    slots = {number: one for number, one in paper_slots(work, facts).items() if every or may_see(one, row)}
    stored = {response.slot: response for response in work.run(responses, {"_attempt": facts.attempt_id})}
    tried: dict[int, list[Any]] = {}
    if facts.policy.checks:
        for event in work.run(response_statements.tries, {"_attempt": facts.attempt_id}):
            tried.setdefault(event.slot, []).append(event)
    keys = keys_of(work, facts, slots.values())
    return tuple(
        reviewed(
            one,
            facts,
            keys,
            Answered(stored.get(number), tuple(tried.get(number, ())), finished=finished),
            shown.items,
        )
        for number, one in slots.items()
    )


def grade_of_taker(work: Work[S], quiz_id: uuid.UUID, taker: S, assignment_id: uuid.UUID | None) -> TakerGrade | None:
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
        lifecycle.refuse_default(others=found.others, named=False, ruled=False)
    return uuid.UUID(str(found.id))


def _in_order(shown: frozenset[ReviewItem]) -> tuple[ReviewItem, ...]:
    return tuple(item for item in ReviewItem if item in shown)


def _band(row: Any, grade: Any, scale: Decimal) -> Any:
    bands = [FeedbackBand.model_validate(band) for band in row.feedback_bands]
    found = scoring.band_of(grade, [band.minimum for band in bands], scale)
    return None if found is None else bands[found].content
