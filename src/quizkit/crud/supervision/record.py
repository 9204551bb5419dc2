"""Record what staff do with attempts: who, why and when. An event is never changed."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from quizkit.crud._core.context import Build, S, Work
from quizkit.crud._core.creating import create, ordered_id, refuse_other_call
from quizkit.crud.supervision import event_statements as statements

__all__ = ["record", "recorded"]


def recorded(work: Work[S], new: Mapping[str, Any], event_id: uuid.UUID | None, build: Build) -> bool:
    """Return whether the same call has already recorded its event under the client's id; `build` selects the event.

    Raises:
        Refused: `id_taken`: another call has used the id.
        Invalid: `argument_invalid`: the id is not a UUID version 7.
    """
    requested_id = ordered_id("event_id", event_id, work.now)
    existing = None if requested_id is None else work.first(build, {"id": requested_id})
    if existing is None:
        return False
    _refuse_other_event(existing, new)
    return True


def record(work: Work[S], new: Mapping[str, Any], event_id: uuid.UUID | None) -> bool:
    """Record an event; return False if the same call has already recorded it.

    Raises:
        Refused: `id_taken`.
    """
    row = {"id": event_id or ordered_id("new_id", work.new_id(), work.now), **new}
    by_client = event_id is not None
    if create(work, work.models.attempt_event, statements.insert_event, row, by_client=by_client):
        return True
    _refuse_other_event(work.run(statements.event_now, {"id": row["id"]}).one(), new)
    return False


def _refuse_other_event(existing: Any, new: Mapping[str, Any]) -> None:
    """Raise `Refused` if the id belongs to a different event. What was before is not compared."""
    names = [name for name in new if name not in {"before", "created_at"}]
    refuse_other_call({name: getattr(existing, name) for name in names}, {name: new[name] for name in names})
