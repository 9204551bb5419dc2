"""From exact fractions to points and totals. Rounding happens here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from typing import Final

__all__ = ["comparable", "points_of", "total"]

_PLACE: Final = Decimal("0.0000001")
_COMPARED: Final = Decimal("0.00001")
_WIDE: Final = Context(prec=60)


def points_of(fraction: Fraction | None, worth: Decimal) -> Decimal | None:
    """Return fraction × worth in points, rounded once, half to even, to 7 places; None stays None."""
    if fraction is None:
        return None
    exact = fraction * Fraction(worth)
    # 60 digits keep the quotient of any two bounded numbers apart from a tie that it is not.
    quotient = _WIDE.divide(Decimal(exact.numerator), Decimal(exact.denominator))
    return quotient.quantize(_PLACE, ROUND_HALF_EVEN, _WIDE)


def total(points: Iterable[Decimal | None]) -> tuple[Decimal, bool]:
    """Return the exact sum of the points that are known, and whether any is not."""
    known = list(points)
    return sum((p for p in known if p is not None), Decimal(0)), None in known


def comparable(score: Decimal) -> Decimal:
    """Return a total as it is compared with a pass mark: half up to 5 places, so that three thirds make one."""
    return score.quantize(_COMPARED, ROUND_HALF_UP, _WIDE)
