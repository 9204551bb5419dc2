"""The assignment whose grades a caller means."""

from __future__ import annotations

import uuid

from quizkit.crud._core.context import S, Work
from quizkit.crud._terms.chosen import assignment_id_of

__all__ = ["assignment_of"]


def assignment_of(work: Work[S], quiz_id: uuid.UUID | None, assignment_id: uuid.UUID | None) -> uuid.UUID:
    """Return the id of an assignment; one that is given without its quiz is not looked up, and may have no grades.

    Raises:
        NotFound: `quiz_not_found`, `assignment_not_found`.
        Refused: `assignment_needed`.
        UsageError: `quiz_or_assignment`.
    """
    if quiz_id is None and assignment_id is not None:
        return assignment_id
    return assignment_id_of(work, quiz_id, assignment_id)
