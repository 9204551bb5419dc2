"""Example numbers that match accepted answers: for keys, score tables and lint. Used by `numeric` and `blanks`."""

import functools
import itertools
from collections.abc import Iterator, Sequence
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from functools import cache

from quizkit._exact import plain, shifted
from quizkit.errors import Invalid
from quizkit.questions._content import MAX_DIGITS
from quizkit.questions._marking import ONE, ZERO, is_right
from quizkit.questions._number import AnyNumber, NumericAnswer, UnitPolicy, Units, after_penalty, mark_number
from quizkit.questions._reading import DecimalMark, Typed, read_number
from quizkit.questions._spans import EVERYTHING, Span, decimal_of, scaled, simple_numbers, within, without
from quizkit.questions._units import unknown_to


def first_taken(answers: Sequence[NumericAnswer], multiplier: Fraction = ONE) -> list[list[Span]]:
    """Return for each answer the numbers for which it is the first match; at the end those that match none.

    The numbers are typed in a unit with this multiplier. An answer also matches the number without its unit, with the
    penalty for a wrong one, so that later answers cannot match it.
    """
    free, found = [EVERYTHING], []
    for answer in answers:
        own = scaled(answer.span(), multiplier)
        found.append(within(free, own))
        free = without(without(free, own), answer.span())
    return [*found, free]


def write_number(number: Decimal, mark: DecimalMark) -> str:
    """Return a text that is read as this number, if the number can be typed at all."""
    text, power = format(plain(number), "f"), ""
    if sum(map(str.isdigit, text)) > MAX_DIGITS:
        exponent = max(-MAX_DIGITS, min(number.adjusted(), MAX_DIGITS))
        text, power = format(plain(shifted(number, -exponent)), "f"), f"e{exponent}"
    if mark is DecimalMark.POINT:
        return text + power
    whole, _, decimals = text.partition(".")
    if mark is DecimalMark.EITHER and len(decimals) == 3 and len(whole.lstrip("-")) <= 3:
        decimals += "0"  # `1.234` could mean two numbers, `1.2340` cannot
    return (f"{whole},{decimals}" if decimals else whole) + power


class _Typing:
    """Writes numbers that match the answers; the position after the last answer stands for no match.

    It tries the example of an answer first, and computes the spans only if the example matches another answer.
    """

    def __init__(self, answers: Sequence[NumericAnswer], units: Units, mark: DecimalMark) -> None:
        self.answers, self.units, self.mark = answers, units, mark
        examples = [Fraction(answer.example()) for answer in answers]
        far = max(map(abs, examples), default=ZERO) * 7 + Fraction(137, 10)
        self.examples = [*examples, far]
        self.forms = [("", ONE)]
        if units.policy is UnitPolicy.REQUIRED:
            named = [(unit.name, Fraction(unit.multiplier)) for unit in units.accepted]
            self.forms = [form for form in named if form[1] == 1][:1] or named
        self.taken = cache(functools.partial(first_taken, answers))

    def right(self, place: int) -> str | None:
        """Return a text that matches an answer with a right unit, None if there is none."""
        found = (self._typed(place, unit, multiplier) for unit, multiplier in self.forms)
        return next((text for text in found if text is not None), None)

    def wrong(self, place: int) -> str | None:
        """Return a text that matches an answer with a wrong unit, None if there is none."""
        return self._typed(place, unknown_to(self.units.names), ONE)

    def _typed(self, place: int, unit: str, multiplier: Fraction) -> str | None:
        example = decimal_of(self.examples[place] * multiplier)
        text = None if example is None else self._formatted(example, unit)
        if text is not None and self._reaches(text, place, right=(unit, multiplier) in self.forms):
            return text
        if not self.taken(ONE)[place]:  # unreachable in every unit
            return None
        numbers = itertools.chain.from_iterable(map(simple_numbers, self.taken(multiplier)[place]))
        written = (self._formatted(number, unit) for number in numbers)
        return next((text for text in written if text is not None), None)

    def _formatted(self, number: Decimal, unit: str) -> str | None:
        """Return a number with a unit as text, None if it has too many digits to be read."""
        text = f"{write_number(number, self.mark)} {unit}".strip()
        with suppress(Invalid):
            if read_number(text, self.mark, self.units.names) == Typed(plain(number), unit):
                return text
        return None

    def _reaches(self, text: str, place: int, *, right: bool) -> bool:
        typed = read_number(text, self.mark, self.units.names)
        inputs = mark_number(self.answers, typed, self.units, text).trace.inputs
        if place == len(self.answers):
            return inputs["matched"] is None
        return bool(inputs["matched"] == place and inputs["unit_right"] == right)


def sample_typed(answers: Sequence[NumericAnswer], units: Units, mark: DecimalMark) -> Iterator[str]:
    """Yield typed numbers that match each reachable answer, and one that matches none, with right and wrong units."""
    typing = _Typing(answers, units, mark)
    for place in range(len(answers) + 1):
        found = [typing.right(place), None if units.policy is UnitPolicy.NONE else typing.wrong(place)]
        yield from (text for text in found if text is not None)


def best_typed(answers: Sequence[NumericAnswer], units: Units, mark: DecimalMark) -> str | None:
    """Return a typed number that earns the greatest weight, None if none earns full points."""
    typing = _Typing(answers, units, mark)
    places = [place for place, answer in enumerate(answers) if is_right(answer.weight)]
    places.sort(key=lambda place: answers[place].weight, reverse=True)
    return next((text for text in map(typing.right, places) if text is not None), None)


def guess_number(answers: Sequence[NumericAnswer], units: Units) -> Fraction:
    """Return the fraction that any number earns, minus the unit penalty if units are used; 0 without `AnyNumber`."""
    rest = next((answer.weight for answer in answers if isinstance(answer, AnyNumber)), ZERO)
    return rest if units.policy is UnitPolicy.NONE else after_penalty(rest, units)
