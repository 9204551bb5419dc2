from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from quizkit.crud.assignments.rows import assignment_of, event_of, event_row, explicit_settings, extended_of
from quizkit.schemas import AccessSettings, AssignmentSettings
from quizkit.vocabulary import AccessKind

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_settings_are_stored_as_given_without_omitted_fields() -> None:
    assert explicit_settings(AssignmentSettings()) == {}
    assert explicit_settings(AccessSettings(time_limit_seconds=None, max_attempts=2)) == {
        "time_limit_seconds": None,
        "max_attempts": 2,
    }


def columns(**more: Any) -> dict[str, Any]:
    times = {"created_at": NOON, "updated_at": NOON}
    none = dict.fromkeys(("context", "zone", "opens_at", "due_at", "closes_at", "archived_at", "default_marker"))
    row = {"id": uuid.uuid4(), "quiz_id": uuid.uuid4(), "settings": {}, "version": 1}
    return {**row, **times, **none, **more}


def test_the_default_assignment_is_marked_and_host_columns_are_left_out() -> None:
    assert assignment_of(columns()).is_default is False
    assert assignment_of(columns(default_marker=True, course_id=3)).is_default is True


def test_an_extension_returns_the_number_of_extended_attempts() -> None:
    settings = {"seconds": 60, "attempts": 4}
    row = event_row(AccessKind.EXTENSION, settings, NOON, assignment_id=uuid.uuid4(), reason=None, actor="eve")
    event = event_of({"id": uuid.uuid4(), **row})

    assert (event.taker_id, event.group_name, event.actor_id, event.created_at) == (None, None, "eve", NOON)
    assert extended_of(event).model_dump() == {"event_id": event.id, "attempts": 4}
