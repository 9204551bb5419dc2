"""The policy of an attempt, fixed when it starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from quizkit.rules import access, behaviours
from quizkit.rules.credit import Credit
from quizkit.rules.requirements import Requirement
from quizkit.rules.times import later
from quizkit.vocabulary import Behaviour, GradingMethod

__all__ = ["AttemptPolicy"]

_OF_ACCESS: Final = ("late_penalty", "max_attempts", "grace_seconds", "time_factor")
"""The fields that come from the access rules of the taker."""

_OWN: Final = ("credit", "requirements")
"""The fields that are computed for the attempt, and have a JSON form of their own."""

_OPTIONAL: Final = ("check_delay_seconds", "grace_seconds", "negative_grades", "time_factor", "wrong_penalty")
"""The fields that are stored only if they do not have their default: each attempt has a copy."""


@dataclass(frozen=True, slots=True)
class AttemptPolicy:
    """The part of the policy that an attempt keeps from its start: how it is tried, graded and passed."""

    behaviour: Behaviour
    penalty: Fraction
    grading_method: GradingMethod
    best_attempts: int
    max_grade: Decimal | None
    pass_grade: Decimal | None
    max_attempts: int | None
    late_penalty: Fraction
    credit: Credit | None = None
    requirements: tuple[Requirement, ...] = ()
    check_delay_seconds: int = 0
    grace_seconds: int = 0
    time_factor: Fraction = Fraction(1)
    wrong_penalty: Fraction = Fraction(0)
    negative_grades: bool = False

    @classmethod
    def of(
        cls,
        revision: Any,
        settings: Mapping[str, Any],
        taker_access: access.Access,
        credit: Credit | None,
        requirements: tuple[Requirement, ...] = (),
    ) -> AttemptPolicy:
        """Return the policy that applies: the settings of the assignment over the policy of the published revision."""
        names = (field.name for field in fields(cls) if field.name not in {*_OWN, *_OF_ACCESS})
        found = {name: settings.get(name, getattr(revision, name)) for name in names}
        found |= {"behaviour": Behaviour(found["behaviour"]), "grading_method": GradingMethod(found["grading_method"])}
        found |= {name: getattr(taker_access, name) for name in _OF_ACCESS}
        return cls(credit=credit, requirements=requirements, **found)

    def as_json(self) -> dict[str, Any]:
        """Return the policy as stored JSON."""
        written = [(field, getattr(self, field.name)) for field in fields(self) if field.name not in _OWN]
        stored: dict[str, Any] = {
            field.name: None if value is None else str(value)
            for field, value in written
            if field.name not in _OPTIONAL or value != field.default
        }
        if self.credit is not None:
            stored["credit"] = self.credit.as_json()
        if self.requirements:
            stored["requirements"] = [requirement.as_json() for requirement in self.requirements]
        return stored

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> AttemptPolicy:
        """Return the policy from stored JSON."""

        def amount(name: str) -> Decimal | None:
            return None if stored[name] is None else Decimal(stored[name])

        max_attempts = stored["max_attempts"]
        return cls(
            behaviour=Behaviour(stored["behaviour"]),
            penalty=Fraction(stored["penalty"]),
            grading_method=GradingMethod(stored["grading_method"]),
            best_attempts=int(stored["best_attempts"]),
            max_grade=amount("max_grade"),
            pass_grade=amount("pass_grade"),
            max_attempts=None if max_attempts is None else int(max_attempts),
            late_penalty=Fraction(stored["late_penalty"]),
            credit=Credit.read(stored["credit"]) if "credit" in stored else None,
            check_delay_seconds=int(stored.get("check_delay_seconds", 0)),
            grace_seconds=int(stored.get("grace_seconds", 0)),
            time_factor=Fraction(stored.get("time_factor", 1)),
            requirements=tuple(map(Requirement.read, stored.get("requirements", ()))),
            wrong_penalty=Fraction(stored.get("wrong_penalty", 0)),
            negative_grades=stored.get("negative_grades") == str(True),
        )

    def scale(self, max_score: Decimal) -> Decimal:
        """Return the maximum grade of the quiz."""
        return max_score if self.max_grade is None else self.max_grade

    def next_check_at(self, checked_at: datetime | None) -> datetime | None:
        """Return the first time, inclusive, for a check after one at `checked_at`; None for any time."""
        if checked_at is None or not self.check_delay_seconds:
            return None
        return later(checked_at, timedelta(seconds=self.check_delay_seconds))

    @property
    def applied_wrong_penalty(self) -> Fraction:
        """The share of its points that a wrong response loses: 0 where the behaviour has penalties of its own."""
        return self.wrong_penalty if behaviours.takes_wrong_penalty(self.behaviour) else Fraction(0)

    @property
    def checks(self) -> bool:
        """Whether questions can be checked while the attempt is open."""
        return behaviours.has_checks(self.behaviour)

    def try_policy(self, hints: int) -> behaviours.TryPolicy:
        """Return the policy for trying a question with this many hints."""
        return behaviours.TryPolicy(self.behaviour, self.penalty, hints, self.wrong_penalty)
