"""Intervals of exact numbers, open or closed, with intersection and difference. Used to find reachable answers."""

import math
from collections.abc import Iterable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Final, NamedTuple, TypeAlias

from quizkit._exact import shifted

_Cut: TypeAlias = tuple[Fraction | float, int]
"""A boundary between numbers: (x, 0) is just below x, (x, 1) just above it; x may be infinite."""


class Span(NamedTuple):
    """The numbers between two boundaries. It is empty unless the first is below the second."""

    start: _Cut
    end: _Cut


EVERYTHING: Final = Span((-math.inf, 0), (math.inf, 1))


def span(low: Fraction, high: Fraction, *, low_included: bool = True, high_included: bool = True) -> Span:
    """Return the interval from `low` to `high`."""
    return Span((low, 0 if low_included else 1), (high, 1 if high_included else 0))


def scaled(some: Span, factor: Fraction) -> Span:
    """Return a span multiplied by a factor above 0."""
    (low, below), (high, above) = some
    return Span((low * factor, below), (high * factor, above))


def within(some: Iterable[Span], one: Span) -> list[Span]:
    """Return the intersection of several spans with one."""
    return _filled(Span(max(part.start, one.start), min(part.end, one.end)) for part in some)


def without(some: Iterable[Span], one: Span) -> list[Span]:
    """Return the difference of several spans and one."""
    halves = (
        half
        for part in some
        for half in (
            Span(part.start, min(part.end, one.start)),
            Span(max(part.start, one.end), part.end),
        )
    )
    return _filled(halves)


def holds(some: Span, number: Fraction) -> bool:
    """Return whether a number is in a span."""
    return some.start <= (number, 0) and (number, 1) <= some.end


def simple_numbers(some: Span) -> Iterator[Decimal]:
    """Yield decimals in a nonempty span, simple ones first; nothing if it contains no decimal."""
    (low, below), (high, above) = some
    if isinstance(low, float) or isinstance(high, float):
        yield from _beyond(low, high)
        return
    if low == high:
        exact = decimal_of(low)
        if exact is not None:
            yield exact
        return
    place = -len(str(int(max(abs(low), abs(high)))))  # 10^-place is above both
    found = False
    while not found:  # ends at the latest when the span is two steps long
        step = Fraction(10) ** -place
        count = math.ceil(low / step)
        if below and count * step == low:
            count += 1
        number = count * step
        found = number < high or (number == high and above == 1)
        if found:
            yield shifted(Decimal(count), -place)
        place += 1
    # The ends may have fewer digits than any number between them, if the span is as short as the last of forty digits.
    for end, included in ((low, below == 0), (high, above == 1)):
        exact = decimal_of(end) if included else None
        if exact is not None:
            yield exact


def _beyond(low: Fraction | float, high: Fraction | float) -> Iterator[Decimal]:
    """Yield numbers of a span with an infinite end."""
    if isinstance(low, Fraction):
        yield Decimal(math.floor(low) + 1)
        yield _round(low)
    elif isinstance(high, Fraction):
        yield Decimal(math.ceil(high) - 1)
        yield _round(-high).copy_negate()
    else:
        yield Decimal(0)


def _round(above: Fraction) -> Decimal:
    """Return a number with one digit that is greater than the given one."""
    if above < 0:
        return Decimal(0)
    return shifted(Decimal(1), len(str(int(above))))


def decimal_of(number: Fraction) -> Decimal | None:
    """Return a fraction as an exact decimal, None if there is none."""
    rest, twos, fives = number.denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest != 1:
        return None
    places = max(twos, fives)
    return shifted(Decimal(int(number * 10**places)), -places)


def _filled(some: Iterable[Span]) -> list[Span]:
    return [part for part in some if part.start < part.end]
