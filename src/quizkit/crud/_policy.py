"""How a quiz is taken, as columns, as values, and as an attempt keeps it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any, Final

from pydantic import BaseModel

from quizkit.rules import access, behaviours
from quizkit.schemas.assignments import AccessSettings, AssignmentSettings
from quizkit.schemas.quizzes import QuizPolicy, ReviewPolicy
from quizkit.vocabulary import AccessKind, Behaviour, GradingMethod

__all__ = [
    "POLICY",
    "Kept",
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
    return {whom: AccessSettings.model_validate(settings).said() for whom, settings in newest.items()}


def review_of(revision: Mapping[str, Any], settings: AssignmentSettings) -> ReviewPolicy:
    """Return what takers may see: as the assignment says, else as the revision does."""
    return settings.review or ReviewPolicy.model_validate(revision)


@dataclass(frozen=True, slots=True)
class Kept:
    """What an attempt keeps of the policy under which it was started: how it is tried, and how it counts."""

    behaviour: Behaviour
    penalty: Fraction
    grading_method: GradingMethod
    max_grade: Decimal | None
    pass_grade: Decimal | None
    max_attempts: int | None
    late_penalty: Fraction

    @classmethod
    def of(cls, offer: Any, settings: AssignmentSettings, held: access.Access) -> Kept:
        """Return what holds: the assignment's word, else the revision's."""
        names = (field.name for field in fields(cls) if field.name not in {"late_penalty", "max_attempts"})
        said = settings.said()
        found = {name: said.get(name, getattr(offer, name)) for name in names}
        found |= {"behaviour": Behaviour(found["behaviour"]), "grading_method": GradingMethod(found["grading_method"])}
        return cls(late_penalty=held.late_penalty, max_attempts=held.max_attempts, **found)

    def as_json(self) -> dict[str, Any]:
        """Return it as it is stored."""
        written = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: None if value is None else str(value) for name, value in written.items()}

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Kept:
        """Return it from what is stored."""

        def amount(name: str) -> Decimal | None:
            return None if stored[name] is None else Decimal(stored[name])

        most = stored["max_attempts"]
        return cls(
            behaviour=Behaviour(stored["behaviour"]),
            penalty=Fraction(stored["penalty"]),
            grading_method=GradingMethod(stored["grading_method"]),
            max_grade=amount("max_grade"),
            pass_grade=amount("pass_grade"),
            max_attempts=None if most is None else int(most),
            late_penalty=Fraction(stored["late_penalty"]),
        )

    def scale(self, max_score: Decimal) -> Decimal:
        """Return what the whole quiz is worth as a grade."""
        return max_score if self.max_grade is None else self.max_grade

    @property
    def checks(self) -> bool:
        """Whether questions can be checked while the attempt is open."""
        return behaviours.has_checks(self.behaviour)

    def trying(self, hints: int) -> behaviours.Policy:
        """Return how a question with this many hints may be tried."""
        return behaviours.Policy(self.behaviour, self.penalty, hints)
