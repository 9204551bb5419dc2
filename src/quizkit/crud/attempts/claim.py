"""Give the attempts of an anonymous taker to a user."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError

from quizkit.crud._core.anonymous import Anonymous
from quizkit.crud._core.context import S, Work
from quizkit.crud._core.dialects import is_duplicate
from quizkit.crud._core.savepoints import savepoint
from quizkit.crud._core.tables import in_batches
from quizkit.crud.attempts._working import claim_statements as statements
from quizkit.errors import NotFound, Refused
from quizkit.schemas import Claimed

__all__ = ["claim"]


def claim(work: Work[S], anonymous: Anonymous, taker: S) -> Claimed:
    """Make a user the taker of all attempts of an anonymous taker; return which ones.

    Raises:
        NotFound: `token_not_found`.
        Refused: `claim_conflict`.
    """
    whose = {"__token": anonymous.key, "__taker": taker}
    found = sorted(work.run(statements.of_token, {"__token": anonymous.key}).scalars())
    if not found:
        return _claimed(work.run(statements.claimed, whose).scalars().all())
    rows = [row for batch in in_batches(found) for row in work.run(statements.lock, {"__attempts": batch, **whose})]
    if not any(row.is_open_to_claim for row in rows):  # another call was faster
        return _claimed([row.id for row in rows if row.is_claimed])
    if _has_attempts(work, rows, taker) or not _is_moved(work, rows, whose):
        raise Refused(
            "claim_conflict", "The user already has attempts in one of these assignments, so that none can be claimed"
        )
    return _claimed([row.id for row in rows if row.is_open_to_claim])


def _claimed(attempt_ids: Sequence[uuid.UUID]) -> Claimed:
    if not attempt_ids:
        raise NotFound("token_not_found", "There are no attempts of this anonymous taker")
    return Claimed(attempt_ids=tuple(sorted(attempt_ids)))


def _has_attempts(work: Work[S], rows: Sequence[Row[Any]], taker: S) -> bool:
    """Return whether a user has attempts in one of the assignments."""
    assignments = sorted({row.assignment_id for row in rows})
    return any(
        work.run(statements.attempts_of, {"__assignments": batch, "__taker": taker}).first() is not None
        for batch in in_batches(assignments)
    )


def _is_moved(work: Work[S], rows: Sequence[Row[Any]], whose: dict[str, Any]) -> bool:
    """Move the attempts and grades; return False, and move none, if the user has just started one of their own."""
    try:
        with savepoint(work.connection):
            for batch in in_batches([row.id for row in rows]):
                work.run(statements.claim_attempts, {**whose, "__attempts": batch})
            for batch in in_batches(sorted({row.assignment_id for row in rows})):
                work.run(statements.claim_grades, {**whose, "__assignments": batch, "__now": work.now})
    except IntegrityError as error:
        if not is_duplicate(error):
            raise
        return False
    return True
