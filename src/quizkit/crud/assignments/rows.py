"""Convert assignments and access events between rows and what verbs return."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from quizkit.schemas import AccessEventReturn, AccessSettings, AssignmentReturn, AssignmentSettings, Extended
from quizkit.vocabulary import AccessKind

__all__ = ["assignment_of", "assignment_of_row", "event_of", "event_row", "explicit_settings", "extended_of"]


def explicit_settings(settings: AssignmentSettings | AccessSettings) -> dict[str, Any]:
    """Return settings as they are stored: only the given fields."""
    return dict(settings.model_dump(mode="json", exclude_unset=True))


def assignment_of(columns: Mapping[str, Any]) -> AssignmentReturn:
    """Return an assignment from the columns of its row."""
    known = {name: columns[name] for name in AssignmentReturn.model_fields if name in columns}
    return AssignmentReturn(is_default=bool(columns["default_marker"]), **known)


def assignment_of_row(row: Any) -> AssignmentReturn:
    """Return an assignment from its row."""
    return assignment_of(row._asdict())


def event_row(
    kind: AccessKind,
    settings: Mapping[str, Any],
    now: datetime,
    *,
    assignment_id: UUID | None = None,
    taker: Any = None,
    group: str | None = None,
    reason: str | None,
    actor: Any,
    apply_to_open: bool = True,
) -> dict[str, Any]:
    """Return the row of an access event, without its id."""
    return {
        "assignment_id": assignment_id,
        "taker_id": taker,
        "group_name": group,
        "kind": kind.value,
        "settings": settings,
        "apply_to_open": apply_to_open,
        "reason": reason,
        "actor_id": actor,
        "created_at": now,
    }


def event_of(row: Any) -> AccessEventReturn[Any]:
    """Return an access event from its row."""
    return AccessEventReturn.model_validate(row)


def extended_of(event: AccessEventReturn[Any]) -> Extended:
    """Return the result of an extension from its access event."""
    return Extended(event_id=event.id, attempts=event.settings["attempts"])
