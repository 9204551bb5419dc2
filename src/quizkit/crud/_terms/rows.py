"""The row of a new assignment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from quizkit.crud._core.changing import FIRST_VERSION

__all__ = ["new_assignment"]

_EVERYBODY_ALWAYS: Final[Mapping[str, Any]] = MappingProxyType(
    dict.fromkeys(("context", "zone", "opens_at", "due_at", "closes_at"))
)


def new_assignment(
    quiz_id: UUID,
    *,
    assignment_id: UUID,
    at: datetime,
    is_default: bool = False,
    made_from: str | None = None,
    window: Mapping[str, Any] = _EVERYBODY_ALWAYS,
    settings: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the row of an assignment that is about to be stored.

    Args:
        quiz_id: the quiz.
        assignment_id: its id.
        at: the time at which it is created.
        is_default: whether it is the assignment that the first publishing creates.
        made_from: the hash of the creating call, if a client made the id.
        window: its context, zone and window; by default it is open to everybody, with no closing time.
        settings: where it differs from the quiz, as stored.
    """
    return {
        "id": assignment_id,
        "quiz_id": quiz_id,
        "default_marker": True if is_default else None,
        "made_from": made_from,
        **{name: window[name] for name in _EVERYBODY_ALWAYS},
        "settings": dict(settings or {}),
        "notices": [],
        "version": FIRST_VERSION,
        "created_at": at,
        "updated_at": at,
        "archived_at": None,
    }
