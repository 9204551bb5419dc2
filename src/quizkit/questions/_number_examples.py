"""Example numbers that match accepted answers: for keys, score tables and lint. Used by `numeric` and `blanks`."""

import functools
import itertools
from collections.abc import Iterator, Sequence
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from functools import cache

from quizkit._exact import last_place, plain, rounded, shifted
from quizkit.errors import Invalid
from quizkit.questions._content import MAX_DIGITS
from quizkit.questions._marking import ONE, ZERO, is_right
from quizkit.questions._number import AnyNumber, NumberRules, NumericAnswer, Precision, UnitPolicy, after_penalty
from quizkit.questions._reading import DecimalMark
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

    def __init__(self, rules: NumberRules) -> None:
        self.rules = rules
        examples = [Fraction(answer.example()) for answer in rules.answers]
        far = max(map(abs, examples), default=ZERO) * 7 + Fraction(137, 10)
        self.examples = [*examples, far]
        self.forms = [("", ONE)]
        if rules.units.policy is UnitPolicy.REQUIRED:
            named = [(unit.name, Fraction(unit.multiplier)) for unit in rules.units.accepted]
            self.forms = [form for form in named if form[1] == 1][:1] or named
        self.taken = cache(functools.partial(first_taken, rules.answers))

    def right(self, place: int, *, precise: bool = True) -> str | None:
        """Return a text that matches an answer with a right unit, None if there is none."""
        found = (self._typed(place, unit, multiplier, precise=precise) for unit, multiplier in self.forms)
        return next((text for text in found if text is not None), None)

    def wrong(self, place: int) -> str | None:
        """Return a text that matches an answer with a wrong unit, None if there is none."""
        return self._typed(place, unknown_to(self.rules.units.names), ONE, precise=True)

    def _typed(self, place: int, unit: str, multiplier: Fraction, *, precise: bool) -> str | None:
        right = (unit, multiplier) in self.forms
        example = decimal_of(self.examples[place] * multiplier)
        for text in () if example is None else self._formatted(example, unit, precise=precise):
            if self._reaches(text, place, right=right, precise=precise):
                return text
        if not self.taken(ONE)[place]:  # unreachable in every unit
            return None
        numbers = itertools.chain.from_iterable(map(simple_numbers, self.taken(multiplier)[place]))
        for text in itertools.chain.from_iterable(self._formatted(n, unit, precise=precise) for n in numbers):
            # A number of the span reaches the answer if it is written as it is; a rounded one perhaps not.
            if self.rules.precision is None or self._reaches(text, place, right=right, precise=precise):
                return text
        return None

    def _formatted(self, number: Decimal, unit: str, *, precise: bool) -> Iterator[str]:
        """Yield texts for a number with a unit, of those that can be read."""
        mark, precision = self.rules.notation.mark, self.rules.precision
        if precision is None:
            text = f"{write_number(number, mark)} {unit}".strip()
            with suppress(Invalid):
                if self.rules.notation.read(text)[:2] == (plain(number), unit):
                    yield text
            return
        for places in _places_of(precision, number, precise=precise):
            text = f"{write_places(number, places, mark)} {unit}".strip()
            with suppress(Invalid):
                if precision.is_met(self.rules.notation.read(text)) is precise:
                    yield text

    def _reaches(self, text: str, place: int, *, right: bool, precise: bool) -> bool:
        inputs = self.rules.mark(text).trace.inputs
        if place == len(self.rules.answers):
            return inputs["matched"] is None
        found = (inputs["matched"], inputs["unit_right"], inputs.get("precise", True))
        return bool(found == (place, right, precise))


def _places_of(precision: Precision, number: Decimal, *, precise: bool) -> list[int]:
    """Return the decimal places with which a number meets a precision, or does not."""
    if precision.places is not None:
        asked = precision.places
    else:
        figures = precision.figures or 1
        asked = max(0, -last_place(Fraction(number), figures)) if number else figures - 1
    return [asked] if precise else [asked + 1, max(0, asked - 1)]


def write_places(number: Decimal, places: int, mark: DecimalMark) -> str:
    """Return a text that is read as this number, rounded to so many decimal places and written with all of them."""
    text = format(rounded(Fraction(number), places, half_up=True), "f")
    if mark is DecimalMark.POINT:
        return text
    if mark is DecimalMark.EITHER and places == 3:
        return f"{text.replace('.', '')}e-3"
    return text.replace(".", ",")


def sample_typed(rules: NumberRules) -> Iterator[str]:
    """Yield typed numbers that match each reachable answer, and one that matches none.

    With units, and with a precision, they are right and wrong.
    """
    typing = _Typing(rules)
    for place in range(len(rules.answers) + 1):
        yield from _all(typing.right(place))
        if rules.units.policy is not UnitPolicy.NONE:
            yield from _all(typing.wrong(place))
        if rules.precision is not None:
            yield from _all(typing.right(place, precise=False))


def _all(text: str | None) -> list[str]:
    return [] if text is None else [text]


def best_typed(rules: NumberRules) -> str | None:
    """Return a typed number that earns the greatest weight, None if none earns full points."""
    typing = _Typing(rules)
    places = [place for place, answer in enumerate(rules.answers) if is_right(answer.weight)]
    places.sort(key=lambda place: rules.answers[place].weight, reverse=True)
    return next((text for text in map(typing.right, places) if text is not None), None)


def guess_number(rules: NumberRules) -> Fraction:
    """Return the fraction that any number earns, minus the penalties if units or digits matter; 0 without `AnyNumber`."""
    rest = next((answer.weight for answer in rules.answers if isinstance(answer, AnyNumber)), ZERO)
    if rules.units.policy is not UnitPolicy.NONE:
        rest = after_penalty(rest, rules.units)
    return rest * (ONE - rules.precision.penalty) if rules.precision is not None and rest > 0 else rest
