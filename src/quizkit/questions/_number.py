"""Comparing typed numbers exactly with accepted numbers, with units. Used by `numeric` and `blanks`."""

import itertools
import unicodedata
from collections.abc import Hashable, Sequence
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, NamedTuple, Protocol, Self, TypeAlias, TypedDict

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from quizkit._exact import last_place, rounded, to_figures
from quizkit.errors import Invalid
from quizkit.questions._content import MAX_DIGITS, Many, Number, OptionalText, PositiveShare, Share, ShortStr, default
from quizkit.questions._marking import ONE, ZERO, Trace, Verdict
from quizkit.questions._model import Model
from quizkit.questions._notation import Notation, Written
from quizkit.questions._reading import DecimalMark, Typed, read_number
from quizkit.questions._spans import EVERYTHING, Span, holds, span
from quizkit.questions._units import forms_of, unit_form

# ---------------------------------------------------------------------------------------------- accepted numbers

_EPSILON: Final = Fraction(1, 10**14)


class Tolerance(StrEnum):
    """The mode of a tolerance: how far from the accepted value a number may be."""

    ABSOLUTE = "absolute"
    RELATIVE = "relative"
    NOMINAL = "nominal"
    GEOMETRIC = "geometric"


def interval(value: Fraction, tolerance: Fraction, mode: Tolerance) -> tuple[Fraction, Fraction]:
    """Return the minimum and the maximum accepted number, both inclusive, for a value a and a tolerance t.

    absolute: a ± t. relative: a ± t·|a|. geometric: from a/(1+t) to a·(1+t), ordered for negative values too.
    nominal: a ± (t + ε·max(|t|, |a|, ε)) with ε = 1e-14, as in Moodle (`qtype_numerical_answer`), for questions that
    must accept the same numbers as there. The other modes are exact and need no ε.
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


def _check_one_precision(places: int | None, figures: int | None) -> None:
    if (figures is None) == (places is None):
        raise PydanticCustomError("one_precision", "Give either figures or places")


class Precision(Model):
    """The decimal places or the significant figures with which a response must be written.

    A number is written with f figures if its figures may count as f: 1500 has two, three or four.
    """

    places: int | None = Field(default=None, ge=0, le=MAX_DIGITS, description="Decimal places.")
    figures: int | None = Field(default=None, ge=1, le=MAX_DIGITS, description="Significant figures.")
    or_more: bool = Field(default=False, description="Whether more are accepted, too.")
    penalty: PositiveShare = default(ONE, "The share of the mark that is lost otherwise.")

    @model_validator(mode="after")
    def _one_precision(self) -> Self:
        _check_one_precision(self.places, self.figures)
        return self

    def is_met(self, written: Written) -> bool:
        """Return whether a number is written like this; a fraction is not."""
        if written.places is None or written.figures is None:
            return False
        if self.places is not None:
            return written.places == self.places or (self.or_more and written.places > self.places)
        least, most = written.figures
        asked = self.figures or 1
        return most >= asked and (self.or_more or least <= asked)


class _Accepted(Model):
    weight: Share = default(ONE, "Its share of the points, -1 to 1.")
    feedback: OptionalText = default(None, "Shown to takers whose number matches.")


class NumberAnswer(_Accepted):
    """A value, exact or with a tolerance."""

    kind: Literal["value"] = Field(default="value", description="A value.")
    value: Number = Field(description="The accepted value.")
    tolerance: Number = default(Decimal(0), "The tolerance.", ge=0)
    mode: Tolerance = Field(default=Tolerance.ABSOLUTE, description="The mode of the tolerance.")

    def ends(self) -> tuple[Fraction, Fraction]:
        """Return the minimum and the maximum accepted number."""
        return interval(Fraction(self.value), Fraction(self.tolerance), self.mode)

    def accepts(self, number: Fraction) -> bool:
        """Return whether a number matches this answer."""
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
    low_included: bool = Field(default=True, description="Whether the lower end is accepted.")
    high_included: bool = Field(default=True, description="Whether the upper end is accepted.")

    @model_validator(mode="after")
    def _is_not_empty(self) -> Self:
        if self.low > self.high or (self.low == self.high and not (self.low_included and self.high_included)):
            raise PydanticCustomError("range_empty", "The range contains no number")
        return self

    def accepts(self, number: Fraction) -> bool:
        """Return whether a number matches this answer."""
        return holds(self.span(), number)

    def span(self) -> Span:
        """Return the accepted numbers."""
        low, high = Fraction(self.low), Fraction(self.high)
        return span(low, high, low_included=self.low_included, high_included=self.high_included)

    def example(self) -> Decimal:
        """Return an end that is accepted; if the range excludes both, the upper one, which is not."""
        return self.low if self.low_included else self.high


class RoundedAnswer(_Accepted):
    """A value to a number of significant figures or decimal places: both sides are rounded, then compared."""

    kind: Literal["rounded"] = Field(default="rounded", description="A value with a precision.")
    value: Number = Field(description="The accepted value.")
    figures: int | None = Field(default=None, ge=1, le=MAX_DIGITS, description="Significant figures.")
    places: int | None = Field(default=None, ge=0, le=MAX_DIGITS, description="Decimal places.")

    @model_validator(mode="after")
    def _one_precision(self) -> Self:
        _check_one_precision(self.places, self.figures)
        return self

    def _rounded(self, number: Fraction) -> Decimal:
        """Rounds half away from zero (QTI `equalRounded`)."""
        if self.figures is not None:
            return to_figures(number, self.figures)
        return rounded(number, self.places or 0, half_up=True)

    def accepts(self, number: Fraction) -> bool:
        """Return whether a number matches this answer."""
        return self._rounded(number) == self._rounded(Fraction(self.value))

    def span(self) -> Span:
        """Return the accepted numbers: half a unit of the last place around the rounded value."""
        value = Fraction(self._rounded(Fraction(self.value)))
        if self.places is not None:
            below = above = Fraction(1, 10**self.places) / 2
        elif value:
            above = Fraction(10) ** last_place(value, self.figures or 1) / 2
            # Below a power of ten the last figure is worth a tenth.
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
    """Any number; put it last, for all remaining numbers."""

    kind: Literal["any"] = Field(default="any", description="Any number.")
    weight: Share = default(ZERO, "Its share of the points, -1 to 1.")

    def accepts(self, _number: Fraction) -> bool:
        """Return True."""
        return True

    def span(self) -> Span:
        """Return all numbers."""
        return EVERYTHING

    def example(self) -> Decimal:
        """Return a number that other answers are unlikely to accept."""
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
    """Whether a response needs a unit."""

    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"


class PenaltyOf(StrEnum):
    """The base of the unit penalty."""

    MARK = "mark"
    MAXIMUM = "maximum"


class Unit(Model):
    """An accepted unit. One unit of the answers equals `multiplier` of this unit."""

    name: ShortStr = Field(min_length=1, max_length=32, description="The unit as typed, such as cm.")
    multiplier: Number = default(Decimal(1), "How many of this unit equal one unit of the answers.", gt=0)


class Units(Model):
    """The units of a numeric question."""

    policy: UnitPolicy = Field(default=UnitPolicy.OPTIONAL, description="none, optional or required.")
    accepted: Many[Unit] = default((), "The accepted units.", max_length=50)
    penalty: PositiveShare = default(Fraction(1, 10), "The penalty for a wrong or missing unit.")
    penalty_of: PenaltyOf = Field(
        default=PenaltyOf.MARK, description="Whether the penalty is a share of the mark or of the maximum."
    )

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        names = self.names
        if self.policy is UnitPolicy.REQUIRED and not names:
            raise PydanticCustomError("no_units", "The policy required needs at least one accepted unit")
        if len(forms_of(self.names)) < len(names):
            raise PydanticCustomError("equal_units", "A unit is listed twice")
        if not all(map(_is_unit, names)):
            raise PydanticCustomError(
                "unit_name", "A unit must begin with a letter or a symbol, and must not change a number beside it"
            )
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the accepted units."""
        return tuple(unit.name for unit in self.accepted)


_NO_UNIT: Final = frozenset({"Nd", "Nl", "No", "Sm", "Zs", "Cc", "Cf"})


def _is_unit(name: str) -> bool:
    """Return whether a number has the same value with this name beside it, for every decimal mark."""
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
    """Return the units of a question without units. Built on first use, because building it at import is slow."""
    return Units(policy=UnitPolicy.NONE)


def after_penalty(fraction: Fraction, units: Units) -> Fraction:
    """Return f - p·f (of the mark) or f - p (of the maximum), at least 0; a negative fraction is unchanged."""
    if fraction <= 0:
        return fraction
    lost = units.penalty * (fraction if units.penalty_of is PenaltyOf.MARK else ONE)
    return max(ZERO, fraction - lost)


class NumberRules(NamedTuple):
    """How a typed number is marked."""

    answers: Sequence[NumericAnswer]
    units: Units
    notation: Notation
    precision: Precision | None

    def fault(self, text: str, expects: str) -> tuple[str, str] | None:
        """Return the code and the message of what cannot be marked in a text, None if it can be marked."""
        try:
            typed = self.notation.read(text)
        except Invalid as error:
            return error.code, error.message
        if typed.unit and self.units.policy is UnitPolicy.NONE:
            return "unit_not_asked", f"{expects} expects a number without a unit"
        return None

    def canonical(self, text: str) -> Hashable:
        """Return the canonical form of a typed text; see `Notation.canonical`."""
        return self.notation.canonical(text, digits=self.precision is not None)

    def mark(self, text: str) -> Verdict:
        """Return the weight of the first answer that matches, minus the penalties for its unit and its precision.

        For each answer the number is tried in its unit first, then without the unit (`qtype_numerical_question`). The
        unit penalty applies if a required unit is missing, if the unit is unknown, or if only the number without the
        unit matches. The penalty for the precision is a share of what is left.
        """
        typed = self.notation.read(text)
        inputs: dict[str, Any] = {"typed": text, "value": typed.shown(), "unit": typed.unit or None}
        if self.precision is not None:
            figures = None if typed.figures is None else list(typed.figures)
            inputs |= {"places": typed.places, "figures": figures, "precise": self.precision.is_met(typed)}
        unit = next((u for u in self.units.accepted if u.name == typed.unit), None)
        unit_right = unit is not None or (not typed.unit and self.units.policy is not UnitPolicy.REQUIRED)
        bare = Fraction(typed.value)
        scaled = bare / Fraction(unit.multiplier) if unit else bare
        for position, answer in enumerate(self.answers):
            right = unit_right and answer.accepts(scaled)
            if right or answer.accepts(bare):
                fraction = answer.weight if right else after_penalty(answer.weight, self.units)
                if fraction > 0 and inputs.get("precise") is False:
                    fraction -= fraction * (self.precision.penalty if self.precision else ZERO)
                trace = Trace("first_number", {**inputs, "matched": position, "unit_right": right}, fraction)
                return Verdict(fraction, trace, (answer.feedback,) if answer.feedback else ())
        return Verdict(ZERO, Trace("first_number", {**inputs, "matched": None, "unit_right": unit_right}, ZERO))


class AsksNumber(Protocol):
    """What asks for a typed number: a numeric question, or a gap."""

    @property
    def answers(self) -> Sequence[NumericAnswer]: ...
    @property
    def units(self) -> Units: ...
    @property
    def decimal_mark(self) -> DecimalMark: ...
    @property
    def fractions(self) -> bool: ...
    @property
    def percent(self) -> bool: ...
    @property
    def precision(self) -> Precision | None: ...


class ShownNumber(TypedDict):
    decimal_mark: DecimalMark
    unit_policy: UnitPolicy
    fractions: bool
    percent: bool
    places: int | None
    figures: int | None


def number_rules(asked: AsksNumber) -> NumberRules:
    """Return how a number is marked."""
    notation = Notation(asked.decimal_mark, asked.units.names, asked.fractions, asked.percent)
    return NumberRules(asked.answers, asked.units, notation, asked.precision)


def shown_number(asked: AsksNumber) -> ShownNumber:
    """Return what takers see of how a number may be written."""
    return ShownNumber(
        decimal_mark=asked.decimal_mark,
        unit_policy=asked.units.policy,
        fractions=asked.fractions,
        percent=asked.percent,
        places=asked.precision.places if asked.precision else None,
        figures=asked.precision.figures if asked.precision else None,
    )
