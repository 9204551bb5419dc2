"""Late responses: lateness belongs to a response, and never reduces the points of one that was on time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

__all__ = ["Counted", "Stored", "counted", "decided", "reduced"]


@dataclass(frozen=True, slots=True)
class Stored:
    """The responses of one slot at the end of an attempt, in points. None: the response needs manual grading.

    Attributes:
        points: the points of the last stored response.
        late_points: its points if it counts as late.
        came_late: whether it was received late.
        kept: whether an on-time response was kept when a late one replaced it.
        kept_points: the points of the kept response.
    """

    points: Decimal | None
    late_points: Decimal | None = None
    came_late: bool = False
    kept: bool = False
    kept_points: Decimal | None = None


def decided(stored: Stored, late_seconds: int | None) -> Stored:
    """Return the responses of a slot as staff decided: all on time, or all late; None: as they came.

    If all are late, none was kept because it was on time: of two late responses the last one counts.
    """
    if late_seconds is None:
        return stored
    late = late_seconds > 0
    return replace(stored, came_late=late, kept=stored.kept and not late)


class Counted(NamedTuple):
    """The result of a slot.

    Attributes:
        points: its points; None while manual grading may change them.
        known: the points known so far.
        kept: whether the kept response counts, instead of the last stored one.
        late: whether the response that counts, or that may count after grading, is late.
    """

    points: Decimal | None
    known: Decimal
    kept: bool
    late: bool


def counted(stored: Stored) -> Counted:
    """Return the result of a slot: the reduced points of the late response or those of the on-time one, if they are more.

    Without an on-time response its points are 0, so a late wrong response cannot make the result negative.
    """
    last = stored.late_points if stored.came_late else stored.points
    if not stored.came_late and not stored.kept:
        return Counted(last, last or Decimal(0), kept=False, late=False)
    floor = stored.kept_points if stored.kept else Decimal(0)
    known = floor or Decimal(0)
    if last is not None:
        known = max(known, last)
    if floor is None or last is None:
        return Counted(None, known, kept=False, late=stored.came_late)
    more = last > floor
    return Counted(known, known, kept=stored.kept and not more, late=stored.came_late and more)


def reduced(fraction: Fraction | None, penalty: Fraction) -> Fraction | None:
    """Return the fraction of a late response: fraction × (1 - penalty); a negative one and None are unchanged."""
    return fraction if fraction is None or fraction <= 0 else fraction * (1 - penalty)
