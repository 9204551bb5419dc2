"""Extend the time during an exam, for everybody in an assignment or for one taker."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Row

from quizkit.crud._core.context import S, Work
from quizkit.crud._core.savepoints import savepoint
from quizkit.crud._core.tables import in_batches
from quizkit.crud.assignments import extension_statements as statements
from quizkit.crud.assignments.load import assignment_row
from quizkit.crud.assignments.record import record, recorded
from quizkit.crud.assignments.rows import event_row, extended_of
from quizkit.errors import Refused, UsageError
from quizkit.rules import lifecycle, timing
from quizkit.schemas import AccessEventReturn, Extended
from quizkit.vocabulary import AccessKind

__all__ = ["extend"]


def extend(
    work: Work[S],
    assignment_id: uuid.UUID,
    *,
    taker: S | None,
    actor: S | None,
    seconds: int,
    reason: str | None,
    event_id: uuid.UUID | None,
) -> Extended:
    """Move the deadlines of open attempts, of everybody or of one taker, and return how many moved.

    Raises:
        NotFound: `assignment_not_found`.
        Refused: `no_open_attempt`, `assignment_archived`, `id_taken`.
        UsageError: `extension_seconds`, `isolation_level`.
    """
    timing.refuse_extension(seconds)
    new = event_row(
        AccessKind.EXTENSION,
        {"seconds": seconds},
        work.now,
        assignment_id=assignment_id,
        taker=taker,
        reason=reason,
        actor=actor,
    )
    assignment = assignment_row(work, statements.lock_assignment, {"id": assignment_id})
    if (event := recorded(work, new, event_id)) is not None:
        return extended_of(event)
    if taker is None:
        _refuse_for_everybody(assignment)
    with savepoint(work.connection) as undo:
        event, is_new = _give_time(work, new, event_id)
        if not is_new:  # the same call was recorded after this transaction's snapshot
            undo()
    return extended_of(event)


def _refuse_for_everybody(assignment: Row[Any]) -> None:
    """Reject an extension for everybody if the assignment is archived, or the isolation level could miss an attempt."""
    lifecycle.refuse_assignment_change(assignment.archived_at)
    if assignment.level in {"repeatable read", "serializable"}:
        # The snapshot is older than the lock: it would not show an attempt whose start the lock waited for.
        raise UsageError(
            "isolation_level",
            "An extension for everybody needs READ COMMITTED on PostgreSQL: "
            'engine.execution_options(isolation_level="READ COMMITTED")',
        )


def _give_time(work: Work[S], new: dict[str, Any], event_id: uuid.UUID | None) -> tuple[AccessEventReturn[S], bool]:
    """Move the deadlines and record the event; return the event and whether it is new."""
    taker, seconds = new["taker_id"], new["settings"]["seconds"]
    scope = {"__assignment_id": new["assignment_id"], "__everybody": taker is None, "__taker_id": taker}
    moved = _move_attempts(work, {**scope, "__seconds": seconds})
    if taker is not None and not moved:
        raise Refused("no_open_attempt", "The taker has no open attempt in this assignment")
    if taker is None:
        work.run(statements.move_assignment, {**scope, "__seconds": seconds, "__now": work.now})
    return record(work, {**new, "settings": {"seconds": seconds, "attempts": moved}}, event_id)


def _move_attempts(work: Work[S], values: dict[str, Any]) -> int:
    """Move the deadlines of open attempts; return how many moved."""
    if not work.on_mariadb:
        return work.run(statements.move_attempts, values).rowcount
    # MariaDB locks the index entries that lead to a row before the row; finishing an attempt locks the row first.
    finished = set(work.run(statements.finished, values).scalars())
    started = work.run(statements.started, values).scalars()
    batches = list(in_batches(attempt_id for attempt_id in started if attempt_id not in finished))
    return sum(work.run(statements.move_these, {**values, "__attempts": batch}).rowcount for batch in batches)
