"""More time in the middle of an exam, for everybody in an assignment or for one taker."""

from __future__ import annotations

import uuid
from typing import Any, Final

from sqlalchemy import Row

from quizkit.crud._core.context import S, Work
from quizkit.crud._core.savepoints import savepoint
from quizkit.crud._core.tables import in_batches
from quizkit.crud.assignments import extension_statements as statements
from quizkit.crud.assignments.access_events import record, recorded
from quizkit.crud.assignments.load import assignment_row, refuse_archived
from quizkit.crud.assignments.rows import event_row, extended_of
from quizkit.errors import Refused, UsageError
from quizkit.schemas import AccessEventReturn, Extended
from quizkit.vocabulary import AccessKind

__all__ = ["extend"]

_LONGEST: Final = 86_400 * 366


def extend(
    work: Work[S],
    assignment_id: uuid.UUID,
    *,
    seconds: int,
    taker: S | None,
    reason: str | None,
    actor: S | None,
    event_id: uuid.UUID | None,
) -> Extended:
    """Return how many open attempts now end later, of everybody in an assignment or of one taker.

    Raises:
        NotFound: `assignment_not_found`.
        Refused: `no_open_attempt`, `assignment_archived`, `id_taken`.
        UsageError: `extension_seconds`, `isolation_level`.
    """
    if not 1 <= seconds <= _LONGEST:
        raise UsageError("extension_seconds", "An extension is at least a second and at most a year", most=_LONGEST)
    new = event_row(
        AccessKind.EXTENSION,
        {"seconds": seconds},
        work.now,
        assignment_id=assignment_id,
        taker=taker,
        reason=reason,
        actor=actor,
    )
    assignment = assignment_row(work, statements.hold_assignment, {"_assignment": assignment_id})
    if (event := recorded(work, new, event_id)) is not None:
        return extended_of(event)
    if taker is None:
        _refuse_for_everybody(assignment)
    with savepoint(work.connection(work.statement(statements.move_assignment))) as take_back:
        event, made = _give_time(work, new, event_id)
        if not made:  # the same was said since this transaction looked
            take_back()
    return extended_of(event)


def _refuse_for_everybody(assignment: Row[Any]) -> None:
    """Refuse more time for everybody in an assignment that is out of use, or where not everybody would be seen."""
    refuse_archived(assignment)
    if assignment.level in {"repeatable read", "serializable"}:
        # Its snapshot is older than the lock: who was about to start would be waited for, and not be seen.
        raise UsageError(
            "isolation_level",
            "More time for everybody needs READ COMMITTED on PostgreSQL: "
            'engine.execution_options(isolation_level="READ COMMITTED")',
        )


def _give_time(work: Work[S], new: dict[str, Any], event_id: uuid.UUID | None) -> tuple[AccessEventReturn[S], bool]:
    """Move what ends, and record it; return also whether it was not recorded before."""
    taker, seconds = new["taker_id"], new["settings"]["seconds"]
    whose = {"_assignment": new["assignment_id"], "_everybody": taker is None, "_taker": taker}
    moved = _move_attempts(work, {**whose, "_seconds": seconds})
    if taker is not None and not moved:
        raise Refused("no_open_attempt", "The taker has no open attempt here")
    if taker is None:
        work.run(statements.move_assignment, {**whose, "_seconds": seconds, "_now": work.now})
    return record(work, {**new, "settings": {"seconds": seconds, "attempts": moved}}, event_id)


def _move_attempts(work: Work[S], values: dict[str, Any]) -> int:
    """Move the ends of open attempts; return of how many."""
    if not work.on_mariadb:
        return work.run(statements.move_attempts, values).rowcount
    # A lock there is on each index entry that leads to a row, and whoever finishes an attempt locks the row first.
    over = set(work.run(statements.finished, values).scalars())
    found = work.run(statements.started, values).scalars()
    still = [{**values, "_attempts": step} for step in in_batches(one for one in found if one not in over)]
    return sum(work.run(statements.move_these, step).rowcount for step in still)
