"""What may be shown of each question of an attempt now."""

from __future__ import annotations

import uuid

from quizkit.crud._core.context import S, Work
from quizkit.crud.attempts._facts.load import attempt_row
from quizkit.crud.attempts._responses import statements
from quizkit.crud.attempts._review.question import in_order
from quizkit.crud.attempts._review.questions import reviewed_questions, stored_responses
from quizkit.crud.attempts._review.shown import shown_now
from quizkit.rules import timing
from quizkit.schemas import Review
from quizkit.vocabulary import AttemptState

__all__ = ["review"]


def review(work: Work[S], taker: S, attempt_id: uuid.UUID) -> Review:
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
        shown=in_order(shown.items),
        questions=reviewed_questions(work, row, shown, stored_responses(work, row, statements.graded_responses)),
    )
