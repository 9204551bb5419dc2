"""Comparing typed numbers exactly with accepted ones, in their units. Used by `numeric` and `blanks`."""

import functools
import itertools
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import suppress
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self, TypeAlias

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from quizkit._exact import last_place, plain, rounded, shifted, to_figures
from quizkit.errors import Invalid
from quizkit.questions._base import ONE, ZERO, Trace, Verdict, is_right
from quizkit.questions._content import (
    MAX_DIGITS,
    Many,
    Model,
    Number,
    OptionalText,
    PositiveShare,
    Share,
    ShortStr,
    default,
)
from quizkit.questions._reading import DecimalMark, Typed, read_number
from quizkit.questions._spans import EVERYTHING, Span, decimal_of, holds, scaled, simple_numbers, span, within, without
from quizkit.questions._units import forms_of, unit_form, unknown_to

# ---------------------------------------------------------------------------------------------- accepted numbers

_EPSILON: Final = Fraction(1, 10**14)


class Tolerance(StrEnum):
    """How far from the accepted value a number may be. t is the tolerance, a the value, x what was typed."""

    ABSOLUTE = "absolute"
    RELATIVE = "relative"
    NOMINAL = "nominal"
    GEOMETRIC = "geometric"


def interval(value: Fraction, tolerance: Fraction, mode: Tolerance) -> tuple[Fraction, Fraction]:
    """Return the least and the greatest accepted number, both included.

    absolute: a ± t. relative: a ± t·|a|. geometric: from a/(1+t) to a·(1+t), in order also below zero.
    nominal: a ± (t + ε·max(|t|, |a|, ε)) with ε = 1e-14, which is Moodle's (`qtype_numerical_answer`): for
    questions that must accept what they accepted there; the other modes are exact and need no ε.
    """
    size = abs(tolerance)
    if mode is Tolerance.GEOMETRIC:
        ends = value / (1 + size), value * (1 + size)
        return min(ends), max(ends)
    if mode is Tolerance.RELATIVE:
        size *= abs(value)
    elif mode is Tolerance.NOMINAL:
        size += _EPSILON * max(size, abs(value), _EPSILON)
    return value - size, value + size


class _Accepted(Model):
    weight: Share = default(ONE, "Its share of the points, -1 to 1.")
    feedback: OptionalText = default(None, "Shown to those whose number matches.")


class NumberAnswer(_Accepted):
    """A value, exactly or within a tolerance."""

    kind: Literal["value"] = Field(default="value", description="A value.")
    value: Number = Field(description="The accepted value.")
    tolerance: Number = default(Decimal(0), "How far from it is accepted too.", ge=0)
    mode: Tolerance = Field(default=Tolerance.ABSOLUTE, description="What the tolerance means.")

    def ends(self) -> tuple[Fraction, Fraction]:
        """Return the least and the greatest accepted number."""
        return interval(Fraction(self.value), Fraction(self.tolerance), self.mode)

    def accepts(self, number: Fraction) -> bool:
        """Return whether a number is this answer."""
        low, high = self.ends()
        return low <= number <= high

    def span(self) -> Span:
        """Return the accepted numbers."""
        return span(*self.ends())

    def example(self) -> Decimal:
        """Return a number that is accepted."""
        return self.value


class RangeAnswer(_Accepted):
    """Any number in an interval."""

    kind: Literal["range"] = Field(default="range", description="A range.")
    low: Number = Field(description="The lower end.")
    high: Number = Field(description="The upper end.")
    low_included: bool = Field(default=True, description="Whether the lower end is in it.")
    high_included: bool = Field(default=True, description="Whether the upper end is in it.")

    @model_validator(mode="after")
    def _is_not_empty(self) -> Self:
        if self.low > self.high or (self.low == self.high and not (self.low_included and self.high_included)):
            raise PydanticCustomError("range_empty", "No number is in this range")
        return self

    def accepts(self, number: Fraction) -> bool:
        """Return whether a number is this answer."""
        return holds(self.span(), number)

    def span(self) -> Span:
        """Return the accepted numbers."""
        low, high = Fraction(self.low), Fraction(self.high)
        return span(low, high, low_included=self.low_included, high_included=self.high_included)

    def example(self) -> Decimal:
        """Return a number that is accepted, unless only what is between the ends is."""
        return self.low if self.low_included else self.high


class RoundedAnswer(_Accepted):
    """A value to so many significant figures or decimal places: both sides are rounded, then compared."""

    kind: Literal["rounded"] = Field(default="rounded", description="A value to a precision.")
    value: Number = Field(description="The accepted value.")
    figures: int | None = Field(default=None, ge=1, le=MAX_DIGITS, description="Significant figures.")
    places: int | None = Field(default=None, ge=0, le=MAX_DIGITS, description="Decimal places.")

    @model_validator(mode="after")
    def _one_precision(self) -> Self:
        if (self.figures is None) == (self.places is None):
            raise PydanticCustomError("one_precision", "Give figures or places, one of them")
        return self

    def _rounded(self, number: Fraction) -> Decimal:
        """Half away from zero (QTI `equalRounded`)."""
        if self.figures is not None:
            return to_figures(number, self.figures)
        return rounded(number, self.places or 0, half_up=True)

    def accepts(self, number: Fraction) -> bool:
        """Return whether a number is this answer."""
        return self._rounded(number) == self._rounded(Fraction(self.value))

    def span(self) -> Span:
        """Return the accepted numbers: half a unit of the last place around the rounded value."""
        value = Fraction(self._rounded(Fraction(self.value)))
        if self.places is not None:
            below = above = Fraction(1, 10**self.places) / 2
        elif value:
            above = Fraction(10) ** last_place(value, self.figures or 1) / 2
            # Below a power of ten the figures are ten times as fine.
            below = above / 10 if abs(value) == Fraction(10) ** last_place(value, 1) else above
        else:
            return span(value, value)
        if value < 0:
            return span(value - above, value + below, low_included=False)
        return span(value - below, value + above, low_included=value > 0, high_included=False)

    def example(self) -> Decimal:
        """Return a number that is accepted."""
        return self.value


class AnyNumber(_Accepted):
    """Every number; put it last, as the answer for the rest."""

    kind: Literal["any"] = Field(default="any", description="Any number.")
    weight: Share = default(ZERO, "Its share of the points, -1 to 1.")

    def accepts(self, _number: Fraction) -> bool:
        """Return True."""
        return True

    def span(self) -> Span:
        """Return all numbers."""
        return EVERYTHING

    def example(self) -> Decimal:
        """Return a number that hardly any other answer accepts."""
        return Decimal("90071992.547409931")


if TYPE_CHECKING:
    NumericAnswer: TypeAlias = NumberAnswer | RangeAnswer | RoundedAnswer | AnyNumber
else:
    NumericAnswer = Annotated[
        NumberAnswer | RangeAnswer | RoundedAnswer | AnyNumber,
        Field(discriminator="kind"),
    ]

# ---------------------------------------------------------------------------------------------- units


class UnitPolicy(StrEnum):
    """What a taker must say about the unit."""

    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"


class PenaltyOf(StrEnum):
    """What the unit penalty is a share of."""

    MARK = "mark"
    MAXIMUM = "maximum"


class Unit(Model):
    """A unit that may be typed. `multiplier` says how many of it make one of the unit of the answers."""

    name: ShortStr = Field(min_length=1, max_length=32, description="As it is typed, such as cm.")
    multiplier: Number = default(Decimal(1), "How many of it make 1 of the answers' unit.", gt=0)


class Units(Model):
    """The units of a numeric question."""

    policy: UnitPolicy = Field(default=UnitPolicy.OPTIONAL, description="none, optional or required.")
    accepted: Many[Unit] = default((), "The units that are known.", max_length=50)
    penalty: PositiveShare = default(Fraction(1, 10), "What a wrong or missing unit costs.")
    penalty_of: PenaltyOf = Field(default=PenaltyOf.MARK, description="A share of the mark, or of the maximum.")

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        names = self.names
        if self.policy is UnitPolicy.REQUIRED and not names:
            raise PydanticCustomError("no_units", "A required unit needs units to choose from")
        if len(forms_of(self.names)) < len(names):
            raise PydanticCustomError("equal_units", "A unit is given twice")
        if not all(map(_is_unit, names)):
            raise PydanticCustomError(
                "unit_name", "A unit begins with a letter or a symbol, and does not change a number"
            )
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the units that are known."""
        return tuple(unit.name for unit in self.accepted)


_NO_UNIT: Final = frozenset({"Nd", "Nl", "No", "Sm", "Zs", "Cc", "Cf"})


def _is_unit(name: str) -> bool:
    """Return whether a number reads the same with this name beside it, whichever the decimal mark."""
    if (
        name != name.strip()
        or not unit_form(name)
        or unicodedata.category(name[0]) in _NO_UNIT
        or name[0] in "-.,'_^*/!()"
    ):
        return False
    for mark, between in itertools.product(DecimalMark, ("", " ")):
        try:
            typed = read_number(f"1{between}{name}", mark, [name])
        except Invalid:
            return False
        if typed != Typed(Decimal(1), name):
            return False
    return True


@cache
def no_units() -> Units:
    """Return the units of a question that asks for none. Made on first use: building it takes time at import."""
    return Units(policy=UnitPolicy.NONE)


def after_penalty(fraction: Fraction, units: Units) -> Fraction:
    """Return f - p·f (of the mark) or f - p (of the maximum), at least 0; a share below 0 stays as it is."""
    if fraction <= 0:
        return fraction
    lost = units.penalty * (fraction if units.penalty_of is PenaltyOf.MARK else ONE)
    return max(ZERO, fraction - lost)


def mark_number(answers: Sequence[NumericAnswer], typed: Typed, units: Units, text: str) -> Verdict:
    """Return the weight of the first answer that matches, less the unit penalty.

    For each answer in turn the number is tried in its unit, then as it stands (`qtype_numerical_question`):
    a unit that is missing where it is required, or not known, or under which only the bare number is right,
    is a wrong unit and costs the penalty.
    """
    unit = next((u for u in units.accepted if u.name == typed.unit), None)
    unit_right = unit is not None or (not typed.unit and units.policy is not UnitPolicy.REQUIRED)
    scaled = Fraction(typed.value) / Fraction(unit.multiplier) if unit else Fraction(typed.value)
    inputs = {"typed": text, "value": format(typed.value, "f"), "unit": typed.unit or None}
    for position, answer in enumerate(answers):
        if unit_right and answer.accepts(scaled):
            right = True
        elif answer.accepts(Fraction(typed.value)):
            right = False
        else:
            continue
        fraction = answer.weight if right else after_penalty(answer.weight, units)
        told = {**inputs, "matched": position, "unit_right": right}
        feedback = (answer.feedback,) if answer.feedback else ()
        return Verdict(fraction, Trace("first_number", told, fraction), feedback)
    return Verdict(ZERO, Trace("first_number", {**inputs, "matched": None, "unit_right": unit_right}, ZERO))


# ---------------------------------------------------------------------------------------------- what reaches an answer


def first_taken(answers: Sequence[NumericAnswer], multiplier: Fraction = ONE) -> list[list[Span]]:
    """Return for each answer the numbers for which it is the first that matches; at the end those that none matches.

    They are typed in a unit of which so many make one of the answers' unit. An answer also takes the bare number: with a
    wrong unit, and so from those after it.
    """
    free, found = [EVERYTHING], []
    for answer in answers:
        own = scaled(answer.span(), multiplier)
        found.append(within(free, own))
        free = without(without(free, own), answer.span())
    return [*found, free]


def write_number(number: Decimal, mark: DecimalMark) -> str:
    """Return the number as a taker would type it, so that it reads back as the same number if it can be typed at all."""
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
    """How numbers that reach the answers are typed; the place after the last answer stands for none of them.

    An example is tried before the spans, which are computed only where it is another answer's.
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
        """Return what is typed to reach an answer with a right unit, None where nothing does."""
        found = (self._typed(place, unit, multiplier) for unit, multiplier in self.forms)
        return next((text for text in found if text is not None), None)

    def wrong(self, place: int) -> str | None:
        """Return what is typed to reach an answer with a wrong unit, None where nothing does."""
        return self._typed(place, unknown_to(self.units.names), ONE)

    def _typed(self, place: int, unit: str, multiplier: Fraction) -> str | None:
        example = decimal_of(self.examples[place] * multiplier)
        text = None if example is None else self._written(example, unit)
        if text is not None and self._reaches(text, place, right=(unit, multiplier) in self.forms):
            return text
        if not self.taken(ONE)[place]:  # then nothing is left in any unit
            return None
        numbers = itertools.chain.from_iterable(map(simple_numbers, self.taken(multiplier)[place]))
        written = (self._written(number, unit) for number in numbers)
        return next((text for text in written if text is not None), None)

    def _written(self, number: Decimal, unit: str) -> str | None:
        """Return how a number is typed in a unit, None where it has more digits than are read."""
        text = f"{write_number(number, self.mark)} {unit}".strip()
        with suppress(Invalid):
            if read_number(text, self.mark, self.units.names) == Typed(plain(number), unit):
                return text
        return None

    def _reaches(self, text: str, place: int, *, right: bool) -> bool:
        typed = read_number(text, self.mark, self.units.names)
        told = mark_number(self.answers, typed, self.units, text).trace.inputs
        if place == len(self.answers):
            return told["matched"] is None
        return bool(told["matched"] == place and told["unit_right"] == right)


def sample_typed(answers: Sequence[NumericAnswer], units: Units, mark: DecimalMark) -> Iterator[str]:
    """Yield typed numbers that between them reach every answer that one can reach, and none of them; wrong units included."""
    typing = _Typing(answers, units, mark)
    for place in range(len(answers) + 1):
        found = [typing.right(place), None if units.policy is UnitPolicy.NONE else typing.wrong(place)]
        yield from (text for text in found if text is not None)


def best_typed(answers: Sequence[NumericAnswer], units: Units, mark: DecimalMark) -> str | None:
    """Return a typed number that earns the greatest weight, None where that is not a full one."""
    typing = _Typing(answers, units, mark)
    places = [place for place, answer in enumerate(answers) if is_right(answer.weight)]
    places.sort(key=lambda place: answers[place].weight, reverse=True)
    return next((text for text in map(typing.right, places) if text is not None), None)


def guess_number(answers: Sequence[NumericAnswer], units: Units) -> Fraction:
    """Return what any number earns, less the unit penalty where a unit is asked for; 0 where none is foreseen."""
    rest = next((answer.weight for answer in answers if isinstance(answer, AnyNumber)), ZERO)
    return rest if units.policy is UnitPolicy.NONE else after_penalty(rest, units)
