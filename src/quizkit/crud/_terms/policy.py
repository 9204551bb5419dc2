"""Convert the policy of a quiz and the settings of an assignment between columns and values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from enum import Enum
from fractions import Fraction
from typing import Any, Final

from pydantic import BaseModel

from quizkit.rules import access
from quizkit.rules.admission import AssignmentState
from quizkit.rules.credit import Step
from quizkit.schemas.assignments import AccessSettings, AccommodationSettings, AssignmentSettings
from quizkit.schemas.credit import CreditStep
from quizkit.schemas.quizzes import QuizPolicy
from quizkit.schemas.review import ReviewPolicy
from quizkit.vocabulary import AccessKind, QuizState

__all__ = [
    "POLICY",
    "access_settings",
    "accommodation_of",
    "as_columns",
    "assignment_state",
    "credit_steps",
    "overrides_of",
    "review_of",
    "settings_of",
]

POLICY: Final = tuple(QuizPolicy.model_fields)
"""The policy columns of a quiz and of its revisions."""

_ACCESS: Final = tuple(field.name for field in fields(access.Access))


def as_columns(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return policy values in the form that their columns store."""
    return {name: _column_value(value) for name, value in values.items()}


def _column_value(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, tuple):
        return [_column_value(item) for item in value]
    return value.value if isinstance(value, Enum) else value


def settings_of(assignment: Any) -> AssignmentSettings:
    """Return an assignment's settings: where it differs from its quiz."""
    return AssignmentSettings.model_validate(assignment.settings or {})


def assignment_state(row: Any, quiz_state: str, *, others: bool, prefix: str = "") -> AssignmentState:
    """Return the state of an assignment from its row.

    Args:
        row: the columns of the assignment.
        quiz_state: the state of its quiz.
        others: whether the quiz has assignments besides the default one.
        prefix: the prefix of the assignment's columns in the row.
    """
    own = (getattr(row, f"{prefix}{name}") for name in ("opens_at", "due_at", "closes_at", "context"))
    return AssignmentState(
        quiz=QuizState(quiz_state),
        archived=getattr(row, f"{prefix}archived_at") is not None,
        default=bool(row.default_marker),
        others=bool(others),
        # Review settings alone are no rules.
        has_rules=any(value is not None for value in own) or bool(set(row.settings or {}) - {"review"}),
    )


def access_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that concern access."""
    return {name: value for name, value in settings.items() if name in _ACCESS}


def overrides_of(events: Iterable[Any]) -> dict[str | None, dict[str, Any]]:
    """Return the overrides in force by group, None for the taker, from the ordered rows of events about one taker.

    Ids of takers are not compared: the database has found the rows, and two spellings may be one id for it.
    """
    in_force = access.settings_in_force(
        (event.group_name, event.settings) for event in events if event.kind == AccessKind.OVERRIDE
    )
    return {group: AccessSettings.model_validate(settings).explicit_values() for group, settings in in_force.items()}


def accommodation_of(events: Iterable[Any]) -> access.Accommodation | None:
    """Return the accommodation in force for a taker, from the ordered rows of events about this taker only."""
    in_force = access.settings_in_force(
        (event.kind, event.settings) for event in events if event.kind == AccessKind.ACCOMMODATION
    )
    settings = in_force.get(AccessKind.ACCOMMODATION)
    if not settings:
        return None
    validated = AccommodationSettings.model_validate(settings)
    return access.Accommodation(Fraction(validated.time_factor), validated.extra_seconds)


def credit_steps(revision: Any, settings: AssignmentSettings) -> tuple[Step, ...]:
    """Return the steps of the credit: the assignment's, or else the revision's."""
    steps = settings.credit
    if steps is None:
        steps = tuple(map(CreditStep.model_validate, revision.credit))
    return tuple(Step(step.until_seconds, step.share) for step in steps)


def review_of(revision: Mapping[str, Any], settings: AssignmentSettings) -> ReviewPolicy:
    """Return the review policy: the assignment's, or else the revision's."""
    return settings.review or ReviewPolicy.model_validate(revision)
