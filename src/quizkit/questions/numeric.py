"""Numeric: a typed number, optionally with a unit, compared exactly with the accepted ones."""

from collections.abc import Hashable, Iterator
from fractions import Fraction
from typing import Literal

from pydantic import Field

from quizkit.errors import Invalid, Problem
from quizkit.questions._base import Question, Response, ResponseClass, View
from quizkit.questions._content import MAX_CHOICES, Many, ShortResponseStr
from quizkit.questions._folding import seen
from quizkit.questions._lint import Lint
from quizkit.questions._marking import ZERO, Verdict
from quizkit.questions._number import NumericAnswer, UnitPolicy, Units, mark_number, no_units
from quizkit.questions._number_examples import best_typed, first_taken, guess_number, sample_typed
from quizkit.questions._reading import DecimalMark, canonical_number, read_number
from quizkit.questions._text import weight_bounds

__all__ = ["Numeric", "NumericResponse", "NumericView"]


class NumericResponse(Response):
    """`{"text": "3.5 cm"}`: the number as typed; white space only is a blank response."""

    text: ShortResponseStr = Field(default="", description="The text as typed.")

    def is_blank(self) -> bool:
        return not seen(self.text)


class NumericView(View):
    """A prompt with an input for a number."""

    type: Literal["numeric"] = Field(default="numeric", description="The question type.")
    decimal_mark: DecimalMark = Field(description="The accepted decimal mark: point, comma or either.")
    unit_policy: UnitPolicy = Field(description="Whether a unit is required: none, optional or required.")


class Numeric(Question):
    """A question with a numeric answer; the first of `answers` that accepts the number applies."""

    response_type = NumericResponse
    view_type = NumericView

    type: Literal["numeric"] = Field(default="numeric", description="The question type.")
    answers: Many[NumericAnswer] = Field(
        min_length=1, max_length=MAX_CHOICES, description="The accepted answers; the first match applies."
    )
    units: Units = Field(default_factory=no_units, description="The units, and the penalty for a wrong one.")
    decimal_mark: DecimalMark = Field(default=DecimalMark.POINT, description="point, comma or either.")

    def view(self) -> NumericView:
        return NumericView(
            content=self.content,
            language=self.language,
            decimal_mark=self.decimal_mark,
            unit_policy=self.units.policy,
        )

    def key(self) -> NumericResponse | None:
        best = best_typed(self.answers, self.units, self.decimal_mark)
        return None if best is None else NumericResponse(text=best)

    def _faults(self, response: NumericResponse) -> Iterator[Problem]:
        try:
            typed = read_number(response.text, self.decimal_mark, self.units.names)
        except Invalid as error:
            yield Problem("text", error.code, error.message)
            return
        if typed.unit and self.units.policy is UnitPolicy.NONE:
            yield Problem("text", "unit_not_asked", "This question expects a number without a unit")

    def _mark(self, response: NumericResponse) -> Verdict:
        typed = read_number(response.text, self.decimal_mark, self.units.names)
        return mark_number(self.answers, typed, self.units, response.text)

    def _canonical(self, response: NumericResponse) -> Hashable:
        return canonical_number(response.text, self.decimal_mark, self.units.names)

    def summarise(self, response: NumericResponse) -> str:
        return " ".join(response.text.split())

    def _classes(self, response: NumericResponse) -> Iterator[ResponseClass]:
        position = self._mark(response).trace.inputs["matched"]
        weight = ZERO if position is None else self.answers[position].weight
        yield ResponseClass("", "" if position is None else str(position), weight)

    def _samples(self) -> Iterator[Response]:
        typed = sample_typed(self.answers, self.units, self.decimal_mark)
        yield from (NumericResponse(text=text) for text in typed)

    def bounds(self) -> tuple[Fraction, Fraction]:
        return weight_bounds([answer.weight for answer in self.answers])

    def guess_score(self) -> Fraction:
        return guess_number(self.answers, self.units)

    def _lint(self) -> Iterator[Lint]:
        for position, numbers in enumerate(first_taken(self.answers)[:-1]):
            if not numbers:
                yield Lint("unreachable_answer", "Earlier answers match all numbers of this one", f"answers.{position}")
        if self.key() is None:
            yield Lint("no_full_answer", "No response earns full points", "answers")
