"""Numeric: a typed number, optionally with a unit, compared exactly with the accepted ones."""

from collections.abc import Hashable, Iterator
from fractions import Fraction
from typing import Literal

from pydantic import Field

from quizkit.errors import Problem
from quizkit.questions._base import Question, Response, ResponseClass, View
from quizkit.questions._content import MAX_CHOICES, Many, ShortResponseStr
from quizkit.questions._folding import seen
from quizkit.questions._lint import Lint
from quizkit.questions._marking import ZERO, Verdict
from quizkit.questions._number import NumericAnswer, Precision, UnitPolicy, Units, no_units, number_rules, shown_number
from quizkit.questions._number_examples import best_typed, first_taken, guess_number, sample_typed
from quizkit.questions._reading import DecimalMark
from quizkit.questions._text import weight_bounds

__all__ = ["Numeric", "NumericResponse", "NumericView"]


class NumericResponse(Response):
    """`{"text": "3.5 cm"}`: the number as typed; white space only is a blank response."""

    type: Literal["numeric"] = Field(default="numeric", description="The type of the response.")
    text: ShortResponseStr = Field(default="", description="The text as typed.")

    def is_blank(self) -> bool:
        return not seen(self.text)


class NumericView(View):
    """A prompt with an input for a number."""

    type: Literal["numeric"] = Field(default="numeric", description="The question type.")
    decimal_mark: DecimalMark = Field(description="The accepted decimal mark: point, comma or either.")
    unit_policy: UnitPolicy = Field(description="Whether a unit is required: none, optional or required.")
    fractions: bool = Field(default=False, description="Whether a number may be a fraction, such as 1/2.")
    percent: bool = Field(default=False, description="Whether a number may have a percent sign.")
    places: int | None = Field(default=None, description="The decimal places that are asked for.")
    figures: int | None = Field(default=None, description="The significant figures that are asked for.")


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
    fractions: bool = Field(default=False, description="Whether 1/2 and 2 1/2 are read.")
    percent: bool = Field(default=False, description="Whether 50% is read, as 0.5.")
    precision: Precision | None = Field(
        default=None, description="The decimal places or figures with which a response must be written."
    )

    def view(self) -> NumericView:
        return NumericView(content=self.content, language=self.language, **shown_number(self))

    def key(self) -> NumericResponse | None:
        best = best_typed(number_rules(self))
        return None if best is None else NumericResponse(text=best)

    def _faults(self, response: NumericResponse) -> Iterator[Problem]:
        fault = number_rules(self).fault(response.text, "This question")
        if fault is not None:
            yield Problem("text", *fault)

    def _mark(self, response: NumericResponse) -> Verdict:
        return number_rules(self).mark(response.text)

    def _canonical(self, response: NumericResponse) -> Hashable:
        return number_rules(self).canonical(response.text)

    def summarise(self, response: NumericResponse) -> str:
        return " ".join(response.text.split())

    def _classes(self, response: NumericResponse) -> Iterator[ResponseClass]:
        position = self._mark(response).trace.inputs["matched"]
        weight = ZERO if position is None else self.answers[position].weight
        yield ResponseClass("", "" if position is None else str(position), weight)

    def _samples(self) -> Iterator[Response]:
        yield from (NumericResponse(text=text) for text in sample_typed(number_rules(self)))

    def bounds(self) -> tuple[Fraction, Fraction]:
        return weight_bounds([answer.weight for answer in self.answers])

    def guess_score(self) -> Fraction:
        return guess_number(number_rules(self))

    def _lint(self) -> Iterator[Lint]:
        for position, numbers in enumerate(first_taken(self.answers)[:-1]):
            if not numbers:
                yield Lint("unreachable_answer", "Earlier answers match all numbers of this one", f"answers.{position}")
        if self.key() is None:
            yield Lint("no_full_answer", "No response earns full points", "answers")
