"""Record access events: each once, and the newest with the greatest id. An event is never changed."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, cast

from quizkit.crud._core.clock import id_after
from quizkit.crud._core.context import S, Work
from quizkit.crud._core.creating import create, ordered_id, refuse_other_call
from quizkit.crud.assignments import statements
from quizkit.crud.assignments.rows import event_of
from quizkit.errors import Refused
from quizkit.schemas import AccessEventReturn
from quizkit.vocabulary import AccessKind

__all__ = ["record", "recorded"]


def recorded(work: Work[S], new: Mapping[str, Any], event_id: uuid.UUID | None) -> AccessEventReturn[S] | None:
    """Return the event that the same call has already recorded under the client's id, or None.

    Raises:
        Refused: `id_taken`: another call has used the id for a different event.
        Invalid: `argument_invalid`: the id is not a UUID version 7.
    """
    requested_id = ordered_id("event_id", event_id, work.now)
    existing = None if requested_id is None else work.first(statements.event, {"id": requested_id})
    if existing is None:
        return None
    _refuse_other_event(existing, new)
    return event_of(existing)


def record(work: Work[S], new: Mapping[str, Any], event_id: uuid.UUID | None) -> tuple[AccessEventReturn[S], bool]:
    """Record an event; return it, and whether it is new.

    The newest override or accommodation applies, so its id must be greater than earlier ones for the same taker or
    group. Extensions add up.

    Raises:
        Refused: `event_id_old`, `id_taken`.
    """
    id_ = event_id or ordered_id("new_id", work.new_id(), work.now)
    newest = _newest(work, new)
    if newest is not None and id_ <= newest:
        if event_id is not None and event_id != newest:
            raise Refused("event_id_old", "A newer event exists: make a new id if this change should still apply")
        # In the same microsecond, or after the clock went back: the event recorded last must have the greatest id.
        id_ = event_id or id_after(newest)
    row = {"id": id_, **new}
    by_client = event_id is not None
    if not create(work, work.models.access_event, statements.insert_event, row, by_client=by_client):
        existing = work.run(statements.event_now, {"id": id_}).one()
        _refuse_other_event(existing, new)
        return event_of(existing), False
    return cast("AccessEventReturn[S]", AccessEventReturn(**row)), True


def _newest(work: Work[S], new: Mapping[str, Any]) -> uuid.UUID | None:
    """Return the id that a new event's id must exceed, or None if any id is allowed."""
    if new["kind"] == AccessKind.EXTENSION:
        return None
    build = statements.newest_for_taker
    if new["group_name"] is not None:
        build = statements.newest_for_group
    elif new["assignment_id"] is None:
        build = statements.newest_for_person
    scope = {name: new[name] for name in ("kind", "assignment_id", "group_name", "taker_id")}
    return work.run(build, scope).scalar_one_or_none()


def _refuse_other_event(existing: Any, new: Mapping[str, Any]) -> None:
    """Raise `Refused` if the id belongs to a different event. What came of it is not compared."""
    stored = {name: getattr(existing, name) for name in new if name != "created_at"}
    requested = {name: new[name] for name in stored}
    for event in (stored, requested):
        results = {"attempts", "seconds"} if "until" in event["settings"] else {"attempts"}
        event["settings"] = {name: value for name, value in event["settings"].items() if name not in results}
    refuse_other_call(stored, requested)
