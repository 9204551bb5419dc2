"""The credit of an attempt: which share of its points counts, by the time at which it was finished (decision 0074)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, Final, NamedTuple, Self

__all__ = ["FULL", "Credit", "Step", "share_at"]

FULL: Final = Fraction(1)


class Step(NamedTuple):
    """One step: until this many seconds after the due date, inclusive, this share counts. None: from then on always."""

    until: int | None
    share: Fraction


def share_at(steps: Sequence[Step], after_due: timedelta) -> Fraction:
    """Return the share of the first step that is not over; 0 after the last one, and all without steps."""
    for step in steps:
        if step.until is None or after_due <= timedelta(seconds=step.until):
            return step.share
    return Fraction(0) if steps else FULL


@dataclass(frozen=True, slots=True)
class Credit:
    """The credit rule of one attempt, fixed when it starts.

    Attributes:
        steps: the steps, in the order of their ends.
        due: the due date that applied to the taker.
        deadline: the deadline of the attempt at its start.
    """

    steps: tuple[Step, ...]
    due: datetime
    deadline: datetime

    @classmethod
    def of(cls, steps: Sequence[Step], *, due: datetime | None, deadline: datetime | None) -> Self | None:
        """Return the rule; None without steps, and without a due date, from which they are counted."""
        return None if not steps or due is None or deadline is None else cls(tuple(steps), due, deadline)

    def at(self, finished_at: datetime, deadline: datetime | None, late_seconds: int | None = None) -> Fraction:
        """Return the share for an attempt finished at this time, whose deadline is now `deadline`.

        An extension moves the steps as it moved the deadline. `late_seconds` is how late staff let it count as: 0 is at
        the due date, or at its time if that is earlier; None is by the clock.
        """
        moved = timedelta(0) if deadline is None else deadline - self.deadline
        after_due = finished_at - self.due - moved
        if late_seconds is not None:
            decided = timedelta(seconds=late_seconds)
            after_due = decided if late_seconds else min(after_due, decided)
        return share_at(self.steps, after_due)

    def as_json(self) -> dict[str, Any]:
        """Return the rule as stored JSON."""
        steps = [[step.until, str(step.share)] for step in self.steps]
        return {"steps": steps, "due": self.due.isoformat(), "deadline": self.deadline.isoformat()}

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        """Return the rule from stored JSON."""
        return cls(
            steps=tuple(Step(until, Fraction(share)) for until, share in stored["steps"]),
            due=datetime.fromisoformat(stored["due"]),
            deadline=datetime.fromisoformat(stored["deadline"]),
        )
