"""What every repair of one attempt does: lock it, decide, record who and why, and compute the grade again."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Generic, NamedTuple, TypeAlias

from sqlalchemy import Row

from quizkit.crud._core.anonymous import taker_of
from quizkit.crud._core.context import S, Work
from quizkit.crud._grades.compute import grade_attempts
from quizkit.crud.attempts._facts.load import no_attempt
from quizkit.crud.attempts.finish import finish_these
from quizkit.crud.supervision import event_statements, find
from quizkit.crud.supervision import repair_statements as statements
from quizkit.crud.supervision.record import record, recorded
from quizkit.crud.supervision.statements import attempt_now
from quizkit.errors import Refused
from quizkit.rules import supervision as rules
from quizkit.rules import timing
from quizkit.schemas import SupervisedAttempt
from quizkit.vocabulary import AttemptEventKind, AttemptState

__all__ = ["Change", "Decide", "Reason", "event_row", "newest_of", "reason_of", "repair", "state_of"]

Change: TypeAlias = Callable[[], None]
Decide: TypeAlias = Callable[[Row[Any]], Change | None]
"""Takes the locked row of an attempt. It returns what changes it, None if nothing would change, or raises Refused."""


class Reason(NamedTuple, Generic[S]):
    """Who asks for a repair, and why; with the id of the event, if a client made it."""

    actor: S | None
    reason: str
    event_id: uuid.UUID | None = None


def reason_of(actor: S | None, reason: str, event_id: uuid.UUID | None) -> Reason[S]:
    """Return who asks for a repair, and why.

    Raises:
        Invalid: `reason_missing`.
    """
    rules.refuse_no_reason(reason)
    return Reason(actor, reason, event_id)


def repair(
    work: Work[S],
    attempt_id: uuid.UUID,
    kind: AttemptEventKind,
    settings: Mapping[str, Any],
    reason: Reason[S],
    decide: Decide,
) -> SupervisedAttempt[S]:
    """Change an attempt, unless it is already as asked, and return it as it is now.

    Everything is decided under the lock of the attempt, so of two calls the second one sees what the first one did.

    Raises:
        NotFound: `attempt_not_found`.
        Refused: what `decide` raises; `id_taken`.
    """
    found = find.supervised_row(work, attempt_id)
    new = event_row(work, kind, settings, reason, found)
    if recorded(work, new, reason.event_id, event_statements.event):
        return find.get(work, attempt_id)
    _lock_around(work, found)
    row, change, refused = _decided(work, attempt_id, kind, decide)
    # On MariaDB a snapshot may be older than the event of the same call. Only now, because the row may not exist.
    if refused is not None and not recorded(work, new, reason.event_id, event_statements.event_now):
        raise refused
    if change is not None and record(work, event_row(work, kind, settings, reason, row), reason.event_id):
        change()
        _grade(work, row)
    return find.get(work, attempt_id, build=attempt_now)


def _lock_around(work: Work[S], found: Row[Any]) -> None:
    """Lock what comes before the attempt in the order of locks.

    Whoever starts an attempt has a share lock on the assignment: after this lock, the attempts of the taker are known.
    On MariaDB a grade is computed from locked attempts, so whoever changes an older one locks the newest one first: it
    is the one that somebody may be finishing.
    """
    work.run(statements.lock_assignment, {"assignment_id": found.assignment_id})
    if work.on_mariadb and taker_of(found) is not None:
        newest = newest_of(work, found)
        if newest.id != found.id:
            work.run(statements.lock, {"__attempt": newest.id})


def newest_of(work: Work[S], row: Row[Any]) -> Row[Any]:
    """Return the id and the number of the newest attempt of the taker of an attempt, in its assignment."""
    whose = work if row.taker_id is not None else work.for_anonymous()
    return whose.run(statements.newest, {"assignment_id": row.assignment_id, "__taker": taker_of(row)}).one()


def _decided(
    work: Work[S], attempt_id: uuid.UUID, kind: AttemptEventKind, decide: Decide
) -> tuple[Row[Any], Change | None, Refused | None]:
    """Lock an attempt; return its row, and what changes it or why it may not change."""
    row = _locked(work, attempt_id)
    judges = kind not in {AttemptEventKind.FINISH, AttemptEventKind.REOPEN}
    if judges and state_of(work, row) is AttemptState.OVERDUE:
        finish_these(work, [attempt_id])
        _grade(work, row)
        row = _locked(work, attempt_id)
    try:
        return row, decide(row), None
    except Refused as error:
        return row, None, error


def _locked(work: Work[S], attempt_id: uuid.UUID) -> Row[Any]:
    row = work.first(statements.lock, {"__attempt": attempt_id})
    if row is None:
        raise no_attempt()
    return row


def _grade(work: Work[S], row: Row[Any]) -> None:
    grade_attempts(work, [row.id])


def state_of(work: Work[S], row: Row[Any]) -> AttemptState:
    """Return the state of an attempt now."""
    return timing.state_at(AttemptState(row.state), row.accepts_until, work.now)


def event_row(
    work: Work[S], kind: AttemptEventKind, settings: Mapping[str, Any], reason: Reason[S], row: Row[Any]
) -> dict[str, Any]:
    """Return the row of an event about an attempt, without its id."""
    return {
        "attempt_id": row.id,
        "kind": kind.value,
        "settings": dict(settings),
        "before": {name: _json(getattr(row, name)) for name in statements.BEFORE},
        "reason": reason.reason,
        "actor_id": reason.actor,
        "created_at": work.now,
    }


def _json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
