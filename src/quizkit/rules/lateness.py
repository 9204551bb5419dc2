"""What came late: it belongs to answers, and never makes less of what was stored in time."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

__all__ = ["Counted", "Stored", "counted", "reduced"]


@dataclass(frozen=True, slots=True)
class Stored:
    """What one slot of an attempt holds in the end, in points. None: a person must grade it.

    Attributes:
        points: what the response is worth that was stored last.
        late_points: what it is worth if it counts as late.
        came_late: whether it came after the last moment that is on time.
        kept: whether what was stored in time was kept when a late response took its place.
        kept_points: what that is worth.
    """

    points: Decimal | None
    late_points: Decimal | None = None
    came_late: bool = False
    kept: bool = False
    kept_points: Decimal | None = None


class Counted(NamedTuple):
    """What counts of a slot.

    Attributes:
        points: its points; None while a person must grade something that may change them.
        known: the points that are known so far.
        kept: whether what was kept counts, instead of what was stored last.
        late: whether what counts, or may count when it is graded, came late.
    """

    points: Decimal | None
    known: Decimal
    kept: bool
    late: bool


def counted(stored: Stored) -> Counted:
    """Return what counts of a slot: what came late, reduced, or what was stored in time, whichever is more.

    Where nothing was stored in time that is 0: who answers late and wrong loses nothing by it.
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
    """Return what a late response is worth: fraction × (1 - penalty); what costs points costs no less, None stays None."""
    return fraction if fraction is None or fraction <= 0 else fraction * (1 - penalty)
