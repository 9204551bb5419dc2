"""The paper of an attempt: what its taker may see now."""

from __future__ import annotations

import uuid

from quizkit.crud._core.context import S, Work
from quizkit.crud.attempts._facts.load import attempt_row
from quizkit.crud.attempts._review.paper import paper_of
from quizkit.schemas import Paper

__all__ = ["paper"]


def paper(work: Work[S], taker: S, attempt_id: uuid.UUID) -> Paper:
    """Return the paper of a taker's attempt.

    Raises:
        NotFound: `attempt_not_found`.
    """
    return paper_of(work, attempt_row(work, attempt_id, taker))
