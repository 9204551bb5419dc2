"""The result of an attempt, limited to what may be shown now."""

from __future__ import annotations

import uuid

from quizkit.crud._core.context import S, Work
from quizkit.crud.attempts._facts.load import attempt_row
from quizkit.crud.attempts._responses import statements
from quizkit.crud.attempts._review.outcome import outcome_of
from quizkit.crud.attempts.finish import finish_if_overdue
from quizkit.errors import Refused
from quizkit.schemas import Outcome
from quizkit.vocabulary import AttemptState

__all__ = ["result"]


def result(work: Work[S], taker: S, attempt_id: uuid.UUID) -> Outcome:
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
