"""Blanks: a text with gaps, each a short answer, a number or a choice."""

import itertools
import re
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Final, Literal, NamedTuple, Self, TypeAlias

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError, PydanticKnownError

from quizkit.errors import Invalid, Problem
from quizkit.questions._base import (
    ZERO,
    Lint,
    Question,
    Response,
    ResponseClass,
    RightPart,
    Shuffler,
    Trace,
    Verdict,
    View,
    is_right,
)
from quizkit.questions._content import (
    MAX_CHOICES,
    MAX_PARTS,
    MAX_RESPONSE_TEXT,
    Few,
    Handle,
    Many,
    Model,
    Number,
    ShortResponseStr,
    default,
    entries,
)
from quizkit.questions._number import (
    NumericAnswer,
    UnitPolicy,
    Units,
    best_typed,
    guess_number,
    mark_number,
    no_units,
    sample_typed,
)
from quizkit.questions._reading import DecimalMark, canonical_number, read_number
from quizkit.questions._select import (
    Option,
    OptionView,
    Pick,
    best_pick,
    ids_of,
    lint_options,
    option_views,
    own_ids,
    shuffled_views,
    single_weight,
    weight_of,
    with_ids,
)
from quizkit.questions._text import Fold, TextAnswer, canonical_text, check_examples, mark_text, weight_bounds
from quizkit.questions._text_examples import best_text, guess_text, lint_texts, sample_texts

__all__ = ["Blanks", "BlanksResponse", "BlanksView", "ChoiceGap", "GapView", "NumberGap", "TextGap"]

_PLACE: Final = re.compile(r"\[\[([0-9a-z][0-9a-z_-]{0,31})\]\]")


class BlanksResponse(Response):
    """`{"gaps": {"1": "typed, or the id of an option"}}`; gaps may be omitted."""

    gaps: Annotated[dict[Handle, ShortResponseStr], entries(MAX_PARTS)] = Field(
        default_factory=dict, max_length=MAX_PARTS, description="The typed text or the picked option, by gap."
    )

    @model_validator(mode="after")
    def _is_short(self) -> Self:
        if sum(map(len, self.gaps.values())) > MAX_RESPONSE_TEXT:
            raise PydanticKnownError("string_too_long", {"max_length": MAX_RESPONSE_TEXT})
        return self

    def is_blank(self) -> bool:
        return not any(text.strip() for text in self.gaps.values())


class GapView(Model):
    """A gap as a taker sees it."""

    id: str = Field(description="The name of the gap in the text.")
    kind: Literal["text", "number", "choice"] = Field(description="The kind of the gap: text, number or choice.")
    options: tuple[OptionView, ...] = Field(default=(), description="The options of a choice.")
    shuffle: bool = Field(default=True, description="Whether the order of the options means nothing.")
    decimal_mark: DecimalMark | None = Field(default=None, description="The accepted decimal mark of a number.")
    unit_policy: UnitPolicy | None = Field(
        default=None, description="Whether a number has a unit: none, optional or required."
    )


class BlanksView(View):
    """A text with `[[gap]]` markers, and the gaps."""

    type: Literal["blanks"] = Field(default="blanks", description="The question type.")
    gaps: tuple[GapView, ...] = Field(description="The gaps, in the order of the text.")

    def permuted(self, rng: Shuffler) -> Self:
        """Return this view with the options of each choice in a new order."""
        gaps = tuple(
            gap.model_copy(update={"options": shuffled_views(gap.options, rng)}) if gap.shuffle else gap
            for gap in self.gaps
        )
        return self.model_copy(update={"gaps": gaps})


class _Fault(NamedTuple):
    """Why a filled gap cannot be marked."""

    code: str
    message: str


class _Gap(Model):
    id: Handle = Field(description="The name of the gap in the text: `[[id]]`.")
    weight: Number = default(Decimal(1), "The weight relative to the other gaps.", ge=0, le=9_999)


class TextGap(_Gap):
    """A gap for a typed text."""

    kind: Literal["text"] = Field(default="text", description="A short answer.")
    answers: Many[TextAnswer] = Field(
        min_length=1, max_length=MAX_CHOICES, description="The accepted answers; the first match applies."
    )
    case_sensitive: bool = Field(default=False, description="Whether case matters, as in Paris and paris.")
    fold: Annotated[frozenset[Fold], Few] = Field(default=frozenset(), description="Other differences to ignore.")

    @model_validator(mode="after")
    def _patterns_work(self) -> Self:
        check_examples(self.answers, self.fold, case_sensitive=self.case_sensitive)
        return self

    def view(self) -> GapView:
        """Return the gap as takers see it."""
        return GapView(id=self.id, kind=self.kind)

    def fault(self, text: str) -> _Fault | None:
        """Return why the gap cannot be marked with this text, None if it can."""
        return None

    def mark(self, text: str) -> Verdict:
        """Mark the gap with this text."""
        return mark_text(self.answers, text, self.fold, case_sensitive=self.case_sensitive)

    def canonical(self, text: str) -> Hashable:
        """Return the canonical form of the text."""
        return canonical_text(self.answers, text, self.fold, case_sensitive=self.case_sensitive)

    def samples(self) -> Iterator[str]:
        """Yield texts that together earn every possible fraction."""
        return sample_texts(self.answers, self.fold, case_sensitive=self.case_sensitive)

    def best(self) -> str | None:
        """Return a text that earns full points, None if there is none."""
        return best_text(self.answers, self.fold, case_sensitive=self.case_sensitive)

    def bounds(self) -> tuple[Fraction, Fraction]:
        """Return the minimum and the maximum fraction."""
        return weight_bounds([answer.weight for answer in self.answers])

    def guess_score(self) -> Fraction:
        """Return the expected fraction of a random guess."""
        return guess_text(self.answers)

    def summarise(self, text: str) -> str:
        """Return the text for a report."""
        return text.strip()

    def lint(self) -> Iterator[Lint]:
        """Yield probable mistakes."""
        return lint_texts(self.answers, self.fold, case_sensitive=self.case_sensitive)


class NumberGap(_Gap):
    """A gap for a typed number."""

    kind: Literal["number"] = Field(default="number", description="A number.")
    answers: Many[NumericAnswer] = Field(
        min_length=1, max_length=MAX_CHOICES, description="The accepted answers; the first match applies."
    )
    units: Units = Field(default_factory=no_units, description="The units, and the penalty for a wrong one.")
    decimal_mark: DecimalMark = Field(default=DecimalMark.POINT, description="point, comma or either.")

    def view(self) -> GapView:
        """Return the gap as takers see it."""
        return GapView(id=self.id, kind=self.kind, decimal_mark=self.decimal_mark, unit_policy=self.units.policy)

    def fault(self, text: str) -> _Fault | None:
        """Return why the gap cannot be marked with this text, None if it can."""
        try:
            typed = read_number(text, self.decimal_mark, self.units.names)
        except Invalid as error:
            return _Fault(error.code, error.message)
        if typed.unit and self.units.policy is UnitPolicy.NONE:
            return _Fault("unit_not_asked", "This gap expects a number without a unit")
        return None

    def mark(self, text: str) -> Verdict:
        """Mark the gap with this text."""
        return mark_number(self.answers, read_number(text, self.decimal_mark, self.units.names), self.units, text)

    def canonical(self, text: str) -> Hashable:
        """Return the canonical form of the text."""
        return canonical_number(text, self.decimal_mark, self.units.names)

    def samples(self) -> Iterator[str]:
        """Yield texts that together earn every possible fraction."""
        return sample_typed(self.answers, self.units, self.decimal_mark)

    def best(self) -> str | None:
        """Return a text that earns full points, None if there is none."""
        return best_typed(self.answers, self.units, self.decimal_mark)

    def bounds(self) -> tuple[Fraction, Fraction]:
        """Return the minimum and the maximum fraction."""
        return weight_bounds([answer.weight for answer in self.answers])

    def guess_score(self) -> Fraction:
        """Return the expected fraction of a random guess."""
        return guess_number(self.answers, self.units)

    def summarise(self, text: str) -> str:
        """Return the text for a report."""
        return text.strip()

    def lint(self) -> Iterator[Lint]:
        """Yield probable mistakes."""
        if self.best() is None:
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

    def fault(self, text: str) -> _Fault | None:
        """Return why the gap cannot be marked with this text, None if it can."""
        return None if self._pick(text).chosen else _Fault("option_unknown", "The gap has no such option")

    def mark(self, text: str) -> Verdict:
        """Mark the gap with this text."""
        pick = self._pick(text)
        fraction, trace, _ = single_weight(pick)
        told = Trace(trace.rule, {"picked": [text.strip()], **trace.inputs}, trace.raw)
        return Verdict(fraction, told, tuple(o.feedback for o in pick.chosen if o.feedback))

    def canonical(self, text: str) -> Hashable:
        """Return the canonical form of the text."""
        return text.strip()

    def own_id(self, text: str) -> str | None:
        """Return the author's id of the picked option, which survives revisions of the text; None for no option."""
        return next(iter(self._pick(text).picked), None)

    def samples(self) -> Iterator[str]:
        """Yield the ids of the options."""
        return iter(ids_of(self.options).values())

    def best(self) -> str | None:
        """Return a text that earns full points, None if there is none."""
        best = best_pick(self.options, multiple=False)[0]
        return best if is_right(self.mark(best).fraction) else None

    def bounds(self) -> tuple[Fraction, Fraction]:
        """Return the minimum and the maximum fraction."""
        return weight_bounds([weight_of(o, self.options, multiple=False) for o in self.options])

    def guess_score(self) -> Fraction:
        """Return the expected fraction of a random guess."""
        return sum((weight_of(o, self.options, multiple=False) for o in self.options), ZERO) / len(self.options)

    def summarise(self, text: str) -> str:
        """Return the text of the picked option."""
        return "; ".join(option.content.text for option in self._pick(text).chosen)

    def lint(self) -> Iterator[Lint]:
        """Yield probable mistakes."""
        yield from lint_options(self.options)
        if self.best() is None:
            yield Lint("no_full_answer", "No option earns full points", "options")


if TYPE_CHECKING:
    Gap: TypeAlias = TextGap | NumberGap | ChoiceGap
else:
    Gap = Annotated[TextGap | NumberGap | ChoiceGap, Field(discriminator="kind")]


class Blanks(Question):
    """A text with `[[gap]]` markers; f = sum of f·weight over the gaps / sum of the weights."""

    response_type = BlanksResponse
    view_type = BlanksView

    type: Literal["blanks"] = Field(default="blanks", description="The question type.")
    gaps: Many[Gap] = Field(min_length=1, max_length=MAX_PARTS, description="The gaps of the text.")

    @model_validator(mode="after")
    def _every_gap_has_its_place(self) -> Self:
        places = Counter(_PLACE.findall(self.content.text))
        names = Counter(gap.id for gap in self.gaps)
        if max(names.values()) > 1 or any(places[name] != 1 for name in names) or places.keys() - names.keys():
            raise PydanticCustomError(
                "gap_places", "Each gap needs exactly one [[marker]] in the text, and each marker needs a gap"
            )
        if not any(gap.weight for gap in self.gaps):
            raise PydanticCustomError("gap_weights", "At least one gap must have a weight above 0")
        object.__setattr__(self, "gaps", tuple(sorted(self.gaps, key=lambda g: list(places).index(g.id))))
        return self

    def view(self) -> BlanksView:
        return BlanksView(content=self.content, language=self.language, gaps=tuple(gap.view() for gap in self.gaps))

    def key(self) -> BlanksResponse | None:
        filled = [(gap, _best_of(gap)) for gap in self.gaps]
        if any(text is None and gap.weight for gap, text in filled):
            return None
        return BlanksResponse(gaps={gap.id: text for gap, text in filled if text is not None})

    def _faults(self, response: BlanksResponse) -> Iterator[Problem]:
        if not {gap.id for gap in self.gaps}.issuperset(response.gaps):
            yield Problem("gaps", "gap_unknown", "The question has no such gap")
        for gap in self.gaps:
            text = response.gaps.get(gap.id, "")
            if text.strip() and (fault := gap.fault(text)):
                yield Problem(f"gaps.{gap.id}", *fault)

    def _markable(self, response: BlanksResponse) -> BlanksResponse:
        """Return the gaps that can be marked."""
        filled = {
            gap.id: response.gaps[gap.id]
            for gap in self.gaps
            if gap.id in response.gaps and not gap.fault(response.gaps[gap.id])
        }
        return BlanksResponse(gaps=filled)

    def _verdicts(self, response: BlanksResponse) -> Iterator[tuple[Gap, Verdict]]:
        for gap in self.gaps:
            text = response.gaps.get(gap.id, "")
            yield gap, gap.mark(text) if text.strip() else Verdict(ZERO, Trace("not_answered", {}, ZERO))

    def _mark(self, response: BlanksResponse) -> Verdict:
        verdicts = list(self._verdicts(response))
        total = sum((Fraction(gap.weight) for gap in self.gaps), ZERO)
        fraction = sum(((v.fraction or ZERO) * Fraction(gap.weight) for gap, v in verdicts), ZERO) / total
        inputs = {"weights": {gap.id: format(gap.weight, "f") for gap in self.gaps}}
        trace = Trace("weighted_mean", inputs, fraction, None, tuple(v.trace for _, v in verdicts))
        return Verdict(fraction, trace, tuple(itertools.chain.from_iterable(v.feedback for _, v in verdicts)))

    def _parts(self, response: BlanksResponse) -> Mapping[str, Fraction]:
        total = sum((Fraction(gap.weight) for gap in self.gaps), ZERO)
        return {gap.id: (v.fraction or ZERO) * Fraction(gap.weight) / total for gap, v in self._verdicts(response)}

    def _right_part(self, response: BlanksResponse) -> RightPart:
        right = {gap.id: response.gaps[gap.id] for gap, v in self._verdicts(response) if is_right(v.fraction)}
        return RightPart(BlanksResponse(gaps=right), len(right))

    def _canonical(self, response: BlanksResponse) -> Hashable:
        filled = ((gap, response.gaps.get(gap.id, "")) for gap in self.gaps)
        return tuple((gap.id, gap.canonical(text)) for gap, text in filled if text.strip())

    def _is_complete(self, response: BlanksResponse) -> bool:
        return all(response.gaps.get(gap.id, "").strip() for gap in self.gaps)

    def summarise(self, response: BlanksResponse) -> str:
        filled = ((gap, response.gaps.get(gap.id, "")) for gap in self.gaps)
        return "; ".join(f"{gap.id}: {gap.summarise(text)}" for gap, text in filled if text.strip())

    def _classes(self, response: BlanksResponse) -> Iterator[ResponseClass]:
        for gap, verdict in self._verdicts(response):
            if text := response.gaps.get(gap.id, "").strip():
                matched = gap.own_id(text) if gap.kind == "choice" else verdict.trace.inputs["matched"]
                yield ResponseClass(gap.id, "" if matched is None else str(matched), verdict.fraction)

    def _samples(self) -> Iterator[Response]:
        names = [gap.id for gap in self.gaps]
        for texts in itertools.product(*(["", *gap.samples()] for gap in self.gaps)):
            yield BlanksResponse(gaps={name: text for name, text in zip(names, texts, strict=True) if text})

    def bounds(self) -> tuple[Fraction, Fraction]:
        total = sum((Fraction(gap.weight) for gap in self.gaps), ZERO)
        shares = [(Fraction(gap.weight) / total, gap.bounds()) for gap in self.gaps]
        return sum((s * low for s, (low, _) in shares), ZERO), sum((s * high for s, (_, high) in shares), ZERO)

    def guess_score(self) -> Fraction:
        # Weighted, unlike in Moodle, which adds the guesses without their weights, so a gap of weight 2 counts once.
        total = sum((Fraction(gap.weight) for gap in self.gaps), ZERO)
        return sum((gap.guess_score() * Fraction(gap.weight) for gap in self.gaps), ZERO) / total

    def _lint(self) -> Iterator[Lint]:
        for position, gap in enumerate(self.gaps):
            for found in gap.lint():
                if found.code == "no_full_answer" and not gap.weight:  # full points are possible without it
                    continue
                yield Lint(found.code, found.message, f"gaps.{position}.{found.path}")
            if gap.id in {text.strip().casefold() for text in _right_texts(gap)}:
                yield Lint(
                    "gap_name_tells", "The name of the gap is its answer, and takers see it", f"gaps.{position}.id"
                )


def _best_of(gap: Gap) -> str | None:
    """Return a text that earns full points; for a gap with weight 0 otherwise the best one, None if all earn nothing."""
    best = gap.best()
    if best is not None or gap.weight:
        return best
    earned = [(gap.mark(text).fraction or ZERO, text) for text in gap.samples()]
    most, text = max(earned, key=lambda one: one[0], default=(ZERO, ""))
    return text if most > 0 else None


def _right_texts(gap: Gap) -> Iterator[str]:
    if gap.kind == "text":
        yield from (answer.text for answer in gap.answers if answer.weight > 0)
    if gap.kind == "choice":
        yield from (option.content.text for option in gap.options if option.correct)
