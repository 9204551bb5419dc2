"""When a quiz is over: nobody can answer it any longer, in any of its assignments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from quizkit.rules import access, timing

__all__ = ["AssignmentRules", "is_over", "starts_before"]

Settings = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AssignmentRules:
    """The rules of an assignment that accepts new attempts.

    Attributes:
        settings: the settings of the quiz and the assignment, by the field names of `access.Access`.
        overrides: the overrides of takers and groups; whose they are does not matter.
    """

    settings: Settings
    overrides: Sequence[Settings] = ()


def starts_before(rules: AssignmentRules) -> datetime | None:
    """Return the time from which no taker at all can start an attempt; None for never.

    It combines every window in the assignment with every lateness policy and takes the latest end, because group
    members and future takers are unknown. Accommodations do not allow a later start (`access.Access.added_seconds`).
    """
    windows = _alternatives(rules, access.WINDOW)
    policies = _alternatives(rules, access.LATENESS)
    ends = {
        timing.starts_before(
            due=due, closes_at=closes_at, time_up=time_up, late=None if late is None else timedelta(seconds=late)
        )
        for _, due, closes_at in windows
        for time_up, late, _ in policies
    }
    known = [end for end in ends if end is not None]
    return max(known) if len(known) == len(ends) else None


def _alternatives(rules: AssignmentRules, names: tuple[str, ...]) -> set[tuple[Any, ...]]:
    """Return the windows, or the lateness policies, of an assignment: the general one, and those of overrides."""
    overrides = ({}, *rules.overrides)
    return {tuple(access.completed(override, {}, rules.settings, names).values()) for override in overrides}


def is_over(assignments: Iterable[AssignmentRules], *, has_open_attempt: bool, now: datetime) -> bool:
    """Return whether nobody can answer a quiz any longer.

    Args:
        assignments: its assignments that accept new attempts.
        has_open_attempt: whether any attempt at it is open and not overdue, in any assignment.
        now: the current time.
    """
    ends = [starts_before(assignment) for assignment in assignments]
    return not has_open_attempt and all(end is not None and now >= end for end in ends)
