"""What an exception changes for takers whose attempts are open."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row

from quizkit.crud._core.context import S, Work
from quizkit.crud._core.tables import in_batches
from quizkit.crud._terms.kept import Kept
from quizkit.crud._terms.load import resolved
from quizkit.crud.assignments import open_attempt_statements as statements
from quizkit.rules import access
from quizkit.rules.access import Ends
from quizkit.schemas import AccessEventReturn, OpenAttempt
from quizkit.vocabulary import TimeUp

__all__ = ["with_open_attempts"]


def with_open_attempts(work: Work[S], event: AccessEventReturn[S], *, apply: bool) -> AccessEventReturn[S]:
    """Return an event with the open attempts that it is about, after applying it to those that it can reach."""
    found: list[OpenAttempt[S]] = []
    for batch in in_batches(row.id for row in _about(work, event)):
        # Also without a change, because a repeated call may have an older snapshot.
        rows = work.run(statements.lock_these, {"__attempts": batch}).all()
        changed = _apply(work, event, rows) if apply else {}
        found += [_listed(row, event, changed.get(row.id)) for row in rows]
    return event.model_copy(update={"open_attempts": tuple(found)})


def _listed(row: Row[Any], event: AccessEventReturn[S], changed: Mapping[str, Any] | None) -> OpenAttempt[S]:
    return OpenAttempt(
        attempt_id=row.id,
        assignment_id=row.assignment_id,
        taker_id=row.taker_id,
        due_at=row.due_at if changed is None else changed["__due_at"],
        applies=changed is not None or Kept.read(row.exceptions).has(event),
    )


def _apply(work: Work[S], event: AccessEventReturn[S], rows: Sequence[Row[Any]]) -> dict[uuid.UUID, dict[str, Any]]:
    """Change locked attempts as far as an exception reaches them; return the new values of these, by id."""
    rules = _rules_of(work, rows)
    changed = {row.id: new for row in rows if (new := _changed(row, rules, event)) is not None}
    work.run_many(statements.move, list(changed.values()))
    return changed


def _about(work: Work[S], event: AccessEventReturn[S]) -> Sequence[Row[Any]]:
    """Return the open attempts that an event is about: of its taker, or of those who started as members of its group."""
    scope = {"assignment_id": event.assignment_id, "taker_id": event.taker_id}
    if event.assignment_id is None:
        return work.run(statements.of_taker, {"taker_id": event.taker_id}).all()
    if event.taker_id is not None:
        return work.run(statements.of_taker_here, scope).all()
    everybody = work.run(statements.here, {"assignment_id": event.assignment_id})
    return [row for row in everybody if event.group_name in Kept.read(row.exceptions).groups]


def _rules_of(work: Work[S], rows: Iterable[Row[Any]]) -> dict[tuple[uuid.UUID, uuid.UUID], Row[Any]]:
    """Return the rules of attempts, of the revision that each was started with, by revision and assignment."""
    wanted = {(row.quiz_revision_id, row.assignment_id) for row in rows}
    if not wanted:
        return {}
    revisions, assignments = (sorted(set(ids)) for ids in zip(*wanted, strict=True))
    found = work.run(statements.rules, {"__revisions": revisions, "__assignments": assignments})
    return {(row.revision_id, row.assignment_id): row for row in found}


def _changed(row: Row[Any], rules: Any, event: AccessEventReturn[Any]) -> dict[str, Any] | None:
    """Return the new values of an attempt, or None if the exception cannot reach it."""
    kept = Kept.read(row.exceptions)
    terms, both = rules[row.quiz_revision_id, row.assignment_id], kept.with_event(event)
    # The window that was open at the start applies to the end.
    before, after = (access.access_of(resolved(terms, one.events, row.started_at)) for one in (kept, both))
    stored = Ends(row.due_at, row.on_time_until, row.accepts_until, row.closes_at, TimeUp(row.time_up))
    ends = access.ends_with(stored, before, after, row.started_at)
    if ends is None:
        return None
    values = {**ends._asdict(), "time_up": ends.time_up.value, "exceptions": both.as_json()}
    return {"__attempt": row.id, **{f"__{name}": value for name, value in values.items()}}
