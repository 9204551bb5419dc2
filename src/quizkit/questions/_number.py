"""Comparing typed numbers exactly with accepted ones, in their units. Used by `numeric` and `blanks`."""

import itertools
import unicodedata
from collections.abc import Iterator, Sequence
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self, TypeAlias

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from quizkit._exact import plain, rounded, to_figures
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

    def ends(self) -> tuple[Fraction, Fraction] | None:
        """Return the least and the greatest accepted number, None where they are not a closed interval."""
        return None


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

    def ends(self) -> tuple[Fraction, Fraction] | None:
        """Return the ends where both belong to it."""
        closed = self.low_included and self.high_included
        return (Fraction(self.low), Fraction(self.high)) if closed else None

    def accepts(self, number: Fraction) -> bool:
        """Return whether a number is this answer."""
        low, high = Fraction(self.low), Fraction(self.high)
        above = number >= low if self.low_included else number > low
        return above and (number <= high if self.high_included else number < high)

    def example(self) -> Decimal:
        """Return a number that is accepted."""
        if self.low_included:
            return self.low
        if self.high_included:
            return self.high
        middle = (Fraction(self.low) + Fraction(self.high)) / 2
        return plain(rounded(middle, 2 * MAX_DIGITS))


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


def takes_all_of(before: NumericAnswer, answer: NumericAnswer) -> bool:
    """Return whether every number of an answer is taken by one before it, as far as ends can tell."""
    if isinstance(before, AnyNumber):
        return True
    ends = answer.ends()
    return ends is not None and isinstance(before, NumberAnswer | RangeAnswer) and all(map(before.accepts, ends))


def sample_numbers(answers: Sequence[NumericAnswer]) -> Iterator[Decimal]:
    """Yield a number for each answer, and one that probably matches none."""
    for answer in answers:
        yield answer.example()
    most = max((abs(Fraction(answer.example())) for answer in answers), default=ZERO)
    yield plain(rounded(most * 7 + Fraction(137, 10), 2 * MAX_DIGITS))


def write_number(number: Decimal, mark: DecimalMark) -> str:
    """Return the number as a taker would type it, so that it reads back as the same number."""
    text = format(plain(number), "f")
    if mark is DecimalMark.POINT:
        return text
    whole, _, decimals = text.partition(".")
    if mark is DecimalMark.EITHER and len(decimals) == 3:
        decimals += "0"  # `1.234` could mean two numbers, `1.2340` cannot
    return f"{whole},{decimals}" if decimals else whole


def write_typed(number: Decimal, units: Units, mark: DecimalMark) -> str:
    """Return the number as a taker would type it, with a unit where one is required."""
    text = write_number(number, mark)
    unit = next((u for u in units.accepted if u.multiplier == 1), None)
    return f"{text} {unit.name}" if unit and units.policy is UnitPolicy.REQUIRED else text


def sample_typed(answers: Sequence[NumericAnswer], units: Units, mark: DecimalMark) -> Iterator[str]:
    """Yield typed numbers that between them earn every fraction, wrong units included."""
    for number in sample_numbers(answers):
        yield write_typed(number, units, mark)
        if units.policy is not UnitPolicy.NONE:
            yield f"{write_number(number, mark)} {unknown_to(units.names)}"


def best_typed(answers: Sequence[NumericAnswer], units: Units, mark: DecimalMark) -> str | None:
    """Return a typed number that earns the greatest weight, None where that is not a full one."""
    best: tuple[Fraction, str] | None = None
    for answer in answers:
        if is_right(answer.weight):
            text = write_typed(answer.example(), units, mark)
            earned = mark_number(answers, read_number(text, mark, units.names), units, text).fraction
            if earned is not None and is_right(earned) and (best is None or earned > best[0]):
                best = earned, text
    return None if best is None else best[1]


def guess_number(answers: Sequence[NumericAnswer], units: Units) -> Fraction:
    """Return what any number earns, less the unit penalty where a unit is asked for; 0 where none is foreseen."""
    rest = next((answer.weight for answer in answers if isinstance(answer, AnyNumber)), ZERO)
    return rest if units.policy is UnitPolicy.NONE else after_penalty(rest, units)
