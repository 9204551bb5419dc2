"""Exact arithmetic with decimals, independent of the precision and traps of the host's decimal context."""

from collections.abc import Iterable
from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import Final

__all__ = ["halves", "last_place", "plain", "rounded", "shifted", "to_figures", "total"]

# Every setting is given, because an omitted one comes from `decimal.DefaultContext`, which a host may change too.
# The precision is far above what any sum or rounding of bounded numbers needs.
_EXACT: Final = Context(
    prec=1_000, rounding=ROUND_HALF_EVEN, Emin=MIN_EMIN, Emax=MAX_EMAX, capitals=1, clamp=0, flags=[], traps=[]
)


def plain(number: Decimal) -> Decimal:
    """Return the same number without an exponent and without trailing zeros."""
    return Decimal(format(_EXACT.normalize(number), "f")) if number else Decimal(0)


def shifted(number: Decimal, places: int) -> Decimal:
    """Return a number × 10^places."""
    return _EXACT.scaleb(number, places)


def total(numbers: Iterable[Decimal]) -> Decimal:
    """Return the sum of the numbers."""
    found = Decimal(0)
    for number in numbers:
        found = _EXACT.add(found, number)
    return found


def rounded(exact: Fraction, places: int, *, half_up: bool = False) -> Decimal:
    """Return a fraction rounded to `places` decimal places: half to even, or half away from zero."""
    scaled = exact * 10**places
    whole = halves(scaled) if half_up else round(scaled)
    return shifted(Decimal(whole), -places)


def halves(exact: Fraction) -> int:
    """Return the integer nearest to a fraction, half away from zero."""
    size = abs(exact)
    near = (2 * size.numerator + size.denominator) // (2 * size.denominator)
    return near if exact >= 0 else -near


def to_figures(exact: Fraction, figures: int) -> Decimal:
    """Return a fraction rounded to `figures` significant figures, half away from zero."""
    if not exact:
        return Decimal(0)
    place = last_place(exact, figures)
    return plain(shifted(Decimal(halves(exact / Fraction(10) ** place)), place))


def last_place(exact: Fraction, figures: int) -> int:
    """Return the power of ten of the last significant figure of a nonzero number with `figures` of them."""
    size = abs(exact)
    # The first digit stands for 10^magnitude. It is computed exactly, where a logarithm would only be close.
    magnitude = len(str(size.numerator)) - len(str(size.denominator))
    if size < Fraction(10) ** magnitude:
        magnitude -= 1
    return magnitude - figures + 1
