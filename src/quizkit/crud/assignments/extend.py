"""Extend the time during an exam, for everybody in an assignment or for one taker."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from quizkit.crud._core.context import S, Work
from quizkit.crud._core.savepoints import savepoint
from quizkit.crud._core.tables import in_batches
from quizkit.crud.assignments import extension_statements as statements
from quizkit.crud.assignments import open_attempt_statements
from quizkit.crud.assignments.load import assignment_row
from quizkit.crud.assignments.record import record, recorded
from quizkit.crud.assignments.rows import event_row, extended_of
from quizkit.errors import Refused, UsageError
from quizkit.rules import lifecycle, timing
from quizkit.rules.times import in_zone
from quizkit.schemas import AccessEventReturn, Extended
from quizkit.vocabulary import AccessKind

__all__ = ["extend"]


def extend(
    work: Work[S],
    assignment_id: uuid.UUID,
    *,
    taker: S | None,
    actor: S | None,
    seconds: int | None,
    until: datetime | None,
    reason: str | None,
    event_id: uuid.UUID | None,
) -> Extended:
    """Move the deadlines of open attempts, of everybody or of one taker, and return how many moved.

    Raises:
        NotFound: `assignment_not_found`.
        Refused: `no_open_attempt`, `assignment_archived`, `id_taken`, `no_end_to_extend`.
        Invalid: `zone_missing`, `moment_range`.
        UsageError: `extension_how`, `extension_seconds`, `isolation_level`.
    """
    if (seconds is None) == (until is None):
        raise UsageError("extension_how", "Give either seconds or until")
    if seconds is not None:
        timing.refuse_extension(seconds)
    assignment = assignment_row(work, statements.lock_assignment, {"id": assignment_id})
    end = None if until is None else in_zone(until, assignment.zone)
    new = event_row(
        AccessKind.EXTENSION,
        {"seconds": seconds} if end is None else {"until": end.isoformat()},
        work.now,
        assignment_id=assignment_id,
        taker=taker,
        reason=reason,
        actor=actor,
    )
    if (event := recorded(work, new, event_id)) is not None:
        return extended_of(event)
    if taker is None:
        _refuse_for_everybody(assignment)
    if end is not None:
        new["settings"] |= {"seconds": timing.extension(_end_now(work, assignment, taker), end)}
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


def _end_now(work: Work[S], assignment: Row[Any], taker: S | None) -> datetime:
    """Return the end of the assignment, or of the taker's open attempt.

    Raises:
        Refused: `no_open_attempt`, `no_end_to_extend`.
    """
    end = assignment.due_at or assignment.closes_at
    if taker is not None:
        params = {"assignment_id": assignment.id, "taker_id": taker}
        ids = work.run(open_attempt_statements.of_taker_here, params).scalars().all()
        attempt = work.run(open_attempt_statements.lock_these, {"__attempts": ids}).first() if ids else None
        if attempt is None:
            raise _no_open_attempt()
        end = attempt.due_at
    if end is None:
        raise Refused("no_end_to_extend", "There is no end to extend: give seconds, or set one")
    found: datetime = end
    return found


def _no_open_attempt() -> Refused:
    return Refused("no_open_attempt", "The taker has no open attempt in this assignment")


def _give_time(work: Work[S], new: dict[str, Any], event_id: uuid.UUID | None) -> tuple[AccessEventReturn[S], bool]:
    """Move the deadlines and record the event; return the event and whether it is new."""
    taker, seconds = new["taker_id"], new["settings"]["seconds"]
    scope = {"__assignment_id": new["assignment_id"], "__everybody": taker is None, "__taker_id": taker}
    moved = _move_attempts(work, {**scope, "__seconds": seconds})
    if taker is not None and not moved:
        raise _no_open_attempt()
    if taker is None:
        work.run(statements.move_assignment, {**scope, "__seconds": seconds, "__now": work.now})
    return record(work, {**new, "settings": {**new["settings"], "attempts": moved}}, event_id)


def _move_attempts(work: Work[S], values: dict[str, Any]) -> int:
    """Move the deadlines of open attempts; return how many moved."""
    if not work.on_mariadb:
        return work.run(statements.move_attempts, values).rowcount
    # MariaDB locks the index entries that lead to a row before the row; finishing an attempt locks the row first.
    finished = set(work.run(statements.finished, values).scalars())
    started = work.run(statements.started, values).scalars()
    batches = list(in_batches(attempt_id for attempt_id in started if attempt_id not in finished))
    return sum(work.run(statements.move_these, {**values, "__attempts": batch}).rowcount for batch in batches)
