"""The policy of a quiz and the settings of an assignment, as columns and as values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from enum import Enum
from typing import Any, Final

from pydantic import BaseModel

from quizkit.rules import access
from quizkit.schemas.assignments import AccessSettings, AssignmentSettings
from quizkit.schemas.quizzes import QuizPolicy, ReviewPolicy
from quizkit.vocabulary import AccessKind

__all__ = [
    "POLICY",
    "access_settings",
    "as_columns",
    "has_rules",
    "overrides_of",
    "review_of",
    "settings_of",
]

POLICY: Final = tuple(QuizPolicy.model_fields)
"""The columns that a quiz and each of its revisions have for it."""

_ACCESS: Final = tuple(field.name for field in fields(access.Access))


def as_columns(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values of a policy as its columns take them."""
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value.value if isinstance(value, Enum) else value


def settings_of(assignment: Any) -> AssignmentSettings:
    """Return what an assignment's row does otherwise than its quiz."""
    return AssignmentSettings.model_validate(assignment.settings or {})


def has_rules(assignment: Any, prefix: str = "") -> bool:
    """Return whether somebody has given an assignment rules, or a name, of its own; what it shows alone is none.

    `prefix` is what stands before the names of its columns in the row.
    """
    said = (getattr(assignment, f"{prefix}{name}") for name in ("opens_at", "due_at", "closes_at", "context"))
    return any(one is not None for one in said) or bool(set(assignment.settings or {}) - {"review"})


def access_settings(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of some settings is about access."""
    return {name: value for name, value in said.items() if name in _ACCESS}


def overrides_of(events: Iterable[Any]) -> dict[tuple[Any, str | None], dict[str, Any]]:
    """Return what overrides say now, by taker and group, from their rows in order: the last word on each holds."""
    newest = {(one.taker_id, one.group_name): one.settings for one in events if one.kind == AccessKind.OVERRIDE}
    return {whom: AccessSettings.model_validate(settings).explicit_values() for whom, settings in newest.items()}


def review_of(revision: Mapping[str, Any], settings: AssignmentSettings) -> ReviewPolicy:
    """Return what takers may see: as the assignment says, else as the revision does."""
    return settings.review or ReviewPolicy.model_validate(revision)
