"""Overrides that add to the rules of the assignment instead of replacing them (decision 0085)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from quizkit.errors import Invalid
from quizkit.rules.times import FIRST_MOMENT, later

__all__ = ["PLUS", "absolute", "refuse_both"]

PLUS: Final[Mapping[str, str]] = {
    "opens_plus_seconds": "opens_at",
    "due_plus_seconds": "due_at",
    "closes_plus_seconds": "closes_at",
    "time_limit_plus_seconds": "time_limit_seconds",
    "plus_attempts": "max_attempts",
}
"""The fields of an override that add something, each with the field to whose value it is added."""


def absolute(override: Mapping[str, Any], quiz: Mapping[str, Any], assignment: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an override with values in place of additions.

    An addition counts from the value of the assignment, else of the quiz, never from another override. Without such a
    limit there is nothing to add to, and there is still none.
    """
    relative = override.keys() & PLUS.keys()
    if not relative:
        return override
    found = {name: value for name, value in override.items() if name not in PLUS}
    for plus in relative:
        name = PLUS[plus]
        found[name] = _sum(assignment.get(name, quiz.get(name)), override[plus])
    return found


def _sum(base: Any, plus: int) -> Any:
    if base is None:
        return None
    return max(FIRST_MOMENT, later(base, timedelta(seconds=plus))) if isinstance(base, datetime) else base + plus


def refuse_both(override: Mapping[str, Any]) -> None:
    """Raise Invalid if an override both sets a value and adds to it.

    Raises:
        Invalid: `relative_and_absolute`.
    """
    for plus, name in PLUS.items():
        if plus in override and name in override:
            raise Invalid("relative_and_absolute", f"Give {name} or {plus}, not both")
