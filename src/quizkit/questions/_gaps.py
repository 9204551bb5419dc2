"""The gaps of a `blanks` question: for a text, a number or a choice."""

from collections.abc import Hashable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple, Self, TypeAlias

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from quizkit.questions._content import MAX_CHOICES, Handle, Many, Number, Some, default
from quizkit.questions._folding import COMMON_FOLDS, Comparison, Fold
from quizkit.questions._lint import Lint
from quizkit.questions._marking import ZERO, Trace, Verdict, is_right
from quizkit.questions._model import Model
from quizkit.questions._number import NumericAnswer, Precision, UnitPolicy, Units, no_units, number_rules, shown_number
from quizkit.questions._number_examples import best_typed, guess_number, sample_typed
from quizkit.questions._reading import DecimalMark
from quizkit.questions._select import (
    Option,
    OptionView,
    Pick,
    best_pick,
    ids_of,
    lint_options,
    option_views,
    own_ids,
    single_weight,
    weight_of,
    with_ids,
)
from quizkit.questions._text import TextAnswer, canonical_text, check_examples, mark_text, weight_bounds
from quizkit.questions._text_examples import best_text, guess_text, lint_texts, sample_texts


class GapView(Model):
    """A gap as a taker sees it."""

    id: str = Field(description="The name of the gap in the text.")
    kind: Literal["text", "number", "choice"] = Field(description="The kind of the gap: text, number or choice.")
    options: tuple[OptionView, ...] = Field(default=(), description="The options of a choice.")
    shuffle: bool = Field(default=True, description="Whether the order of the options is arbitrary.")
    decimal_mark: DecimalMark | None = Field(default=None, description="The accepted decimal mark of a number.")
    unit_policy: UnitPolicy | None = Field(
        default=None, description="Whether a number has a unit: none, optional or required."
    )
    fractions: bool = Field(default=False, description="Whether a number may be a fraction, such as 1/2.")
    percent: bool = Field(default=False, description="Whether a number may have a percent sign.")
    places: int | None = Field(default=None, description="The decimal places that are asked for.")
    figures: int | None = Field(default=None, description="The significant figures that are asked for.")


class GapFault(NamedTuple):
    """Why a filled gap cannot be marked."""

    code: str
    message: str


class _Gap(Model):
    id: Handle = Field(description="The name of the gap in the text: `[[id]]`.")
    weight: Number = default(Decimal(1), "The weight relative to the other gaps.", ge=0, le=9_999)


class _TypedGap(_Gap):
    group: Handle | None = Field(
        default=None,
        description="A name of your choice: gaps with the same one may be filled in any order, each answer once.",
    )


class TextGap(_TypedGap):
    """A gap for a typed text."""

    kind: Literal["text"] = Field(default="text", description="A short answer.")
    answers: Many[TextAnswer] = Field(
        min_length=1, max_length=MAX_CHOICES, description="The accepted answers; the first match applies."
    )
    case_sensitive: bool = Field(default=False, description="Whether case matters, as in Paris and paris.")
    fold: Some[Fold] = default(
        COMMON_FOLDS, "Other differences to ignore; by default quotes, dashes, spaces and full-width forms."
    )

    @model_validator(mode="after")
    def _patterns_work(self) -> Self:
        check_examples(self.answers, self._how(None))
        return self

    def _how(self, language: str | None) -> Comparison:
        return Comparison(self.fold, self.case_sensitive, language)

    def view(self) -> GapView:
        """Return the gap as takers see it."""
        return GapView(id=self.id, kind=self.kind)

    def fault(self, text: str) -> GapFault | None:
        """Return why the gap cannot be marked with this text, None if it can."""
        return None

    def mark(self, text: str, language: str | None) -> Verdict:
        """Mark the gap with this text."""
        return mark_text(self.answers, text, self._how(language))

    def canonical(self, text: str, language: str | None) -> Hashable:
        """Return the canonical form of the text."""
        return canonical_text(self.answers, text, self._how(language))

    def samples(self, language: str | None) -> Iterator[str]:
        """Yield texts that together earn every possible fraction."""
        return sample_texts(self.answers, self._how(language))

    def best(self, language: str | None) -> str | None:
        """Return a text that earns full points, None if there is none."""
        return best_text(self.answers, self._how(language))

    def bounds(self) -> tuple[Fraction, Fraction]:
        """Return the minimum and the maximum fraction."""
        return weight_bounds([answer.weight for answer in self.answers])

    def guess_score(self) -> Fraction:
        """Return the expected fraction of a random guess."""
        return guess_text(self.answers)

    def summarise(self, text: str) -> str:
        """Return the text for a report."""
        return text.strip()

    def lint(self, language: str | None) -> Iterator[Lint]:
        """Yield probable mistakes."""
        return lint_texts(self.answers, self._how(language))


class NumberGap(_TypedGap):
    """A gap for a typed number."""

    kind: Literal["number"] = Field(default="number", description="A number.")
    answers: Many[NumericAnswer] = Field(
        min_length=1, max_length=MAX_CHOICES, description="The accepted answers; the first match applies."
    )
    units: Units = Field(default_factory=no_units, description="The units, and the penalty for a wrong one.")
    decimal_mark: DecimalMark = Field(default=DecimalMark.POINT, description="point, comma or either.")
    fractions: bool = Field(default=False, description="Whether 1/2 and 2 1/2 are read.")
    percent: bool = Field(default=False, description="Whether 50% is read, as 0.5.")
    precision: Precision | None = Field(
        default=None, description="The decimal places or figures with which a response must be written."
    )

    def view(self) -> GapView:
        """Return the gap as takers see it."""
        return GapView(id=self.id, kind=self.kind, **shown_number(self))

    def fault(self, text: str) -> GapFault | None:
        """Return why the gap cannot be marked with this text, None if it can."""
        fault = number_rules(self).fault(text, "This gap")
        return None if fault is None else GapFault(*fault)

    def mark(self, text: str, _language: str | None) -> Verdict:
        """Mark the gap with this text."""
        return number_rules(self).mark(text)

    def canonical(self, text: str, _language: str | None) -> Hashable:
        """Return the canonical form of the text."""
        return number_rules(self).canonical(text)

    def samples(self, _language: str | None) -> Iterator[str]:
        """Yield texts that together earn every possible fraction."""
        return sample_typed(number_rules(self))

    def best(self, _language: str | None) -> str | None:
        """Return a text that earns full points, None if there is none."""
        return best_typed(number_rules(self))

    def bounds(self) -> tuple[Fraction, Fraction]:
        """Return the minimum and the maximum fraction."""
        return weight_bounds([answer.weight for answer in self.answers])

    def guess_score(self) -> Fraction:
        """Return the expected fraction of a random guess."""
        return guess_number(number_rules(self))

    def summarise(self, text: str) -> str:
        """Return the text for a report."""
        return text.strip()

    def lint(self, _language: str | None) -> Iterator[Lint]:
        """Yield probable mistakes."""
        if self.best(None) is None:
            yield Lint("no_full_answer", "No response earns full points", "answers")


class ChoiceGap(_Gap):
    """A gap for one of several options."""

    kind: Literal["choice"] = Field(default="choice", description="A choice.")
    options: Many[Option] = Field(min_length=2, max_length=MAX_CHOICES, description="The options.")
    shuffle: bool = Field(default=True, description="Whether each taker sees the options in a different order.")

    @model_validator(mode="after")
    def _has_ids(self) -> Self:
        object.__setattr__(self, "options", with_ids(self.options))
        if not any(option.correct for option in self.options):
            raise PydanticCustomError("no_correct_option", "No option is correct")
        return self

    def _pick(self, text: str) -> Pick:
        return Pick(self.options, own_ids(self.options, [text.strip()]), multiple=False)

    def view(self) -> GapView:
        """Return the gap as takers see it."""
        options = option_views(self.options, shuffle=self.shuffle)
        return GapView(id=self.id, kind=self.kind, options=options, shuffle=self.shuffle)

    def fault(self, text: str) -> GapFault | None:
        """Return why the gap cannot be marked with this text, None if it can."""
        return None if self._pick(text).chosen else GapFault("option_unknown", "The gap has no such option")

    def mark(self, text: str, _language: str | None) -> Verdict:
        """Mark the gap with this text."""
        pick = self._pick(text)
        fraction, trace, _ = single_weight(pick)
        full_trace = Trace(trace.rule, {"picked": [text.strip()], **trace.inputs}, trace.raw)
        return Verdict(fraction, full_trace, tuple(o.feedback for o in pick.chosen if o.feedback))

    def canonical(self, text: str, _language: str | None) -> Hashable:
        """Return the canonical form of the text."""
        return text.strip()

    def own_id(self, text: str) -> str | None:
        """Return the author's id of the picked option, which survives revisions of the text; None for no option."""
        return next(iter(self._pick(text).picked), None)

    def samples(self, _language: str | None) -> Iterator[str]:
        """Yield the ids of the options."""
        return iter(ids_of(self.options).values())

    def best(self, _language: str | None) -> str | None:
        """Return a text that earns full points, None if there is none."""
        best = best_pick(self.options, multiple=False)[0]
        return best if is_right(self.mark(best, None).fraction) else None

    def bounds(self) -> tuple[Fraction, Fraction]:
        """Return the minimum and the maximum fraction."""
        return weight_bounds([weight_of(o, self.options, multiple=False) for o in self.options])

    def guess_score(self) -> Fraction:
        """Return the expected fraction of a random guess."""
        return sum((weight_of(o, self.options, multiple=False) for o in self.options), ZERO) / len(self.options)

    def summarise(self, text: str) -> str:
        """Return the text of the picked option."""
        return "; ".join(option.content.text for option in self._pick(text).chosen)

    def lint(self, _language: str | None) -> Iterator[Lint]:
        """Yield probable mistakes."""
        yield from lint_options(self.options)
        if self.best(None) is None:
            yield Lint("no_full_answer", "No option earns full points", "options")


if TYPE_CHECKING:
    Gap: TypeAlias = TextGap | NumberGap | ChoiceGap
else:
    Gap = Annotated[TextGap | NumberGap | ChoiceGap, Field(discriminator="kind")]


def best_of(gap: Gap, language: str | None) -> str | None:
    """Return a text that earns full points; for a gap with weight 0 otherwise the best one, None if all earn nothing."""
    best = gap.best(language)
    if best is not None or gap.weight:
        return best
    earned = [(gap.mark(text, language).fraction or ZERO, text) for text in gap.samples(language)]
    most, text = max(earned, key=lambda pair: pair[0], default=(ZERO, ""))
    return text if most > 0 else None


def right_texts(gap: Gap) -> Iterator[str]:
    """Yield the texts of the accepted answers or the correct options; nothing for a number."""
    if gap.kind == "text":
        yield from (answer.text for answer in gap.answers if answer.weight > 0)
    if gap.kind == "choice":
        yield from (option.content.text for option in gap.options if option.correct)
