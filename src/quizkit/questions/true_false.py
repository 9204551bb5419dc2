"""True or false: a statement to judge."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Final, Literal

from pydantic import Field, StrictBool

from quizkit.questions._base import Question, Response, ResponseClass, View
from quizkit.questions._content import OptionalText, default
from quizkit.questions._marking import ONE, ZERO, Trace, Verdict

__all__ = ["TrueFalse", "TrueFalseResponse", "TrueFalseView"]

_HALF: Final = Fraction(1, 2)


class TrueFalseResponse(Response):
    """`{"answer": true}`; null is a blank response."""

    type: Literal["true_false"] = Field(default="true_false", description="The type of the response.")
    answer: StrictBool | None = Field(default=None, description="The taker's judgement; null for none.")


class TrueFalseView(View):
    """A statement to judge."""

    type: Literal["true_false"] = Field(default="true_false", description="The question type.")


class TrueFalse(Question):
    """A statement that is true or false."""

    response_type = TrueFalseResponse
    view_type = TrueFalseView

    type: Literal["true_false"] = Field(default="true_false", description="The question type.")
    answer: bool = Field(description="Whether the statement is true.")
    feedback_true: OptionalText = default(None, "Shown to takers who answered true.")
    feedback_false: OptionalText = default(None, "Shown to takers who answered false.")

    def view(self) -> TrueFalseView:
        return TrueFalseView(content=self.content, language=self.language)

    def key(self) -> TrueFalseResponse:
        return TrueFalseResponse(answer=self.answer)

    def _mark(self, response: TrueFalseResponse) -> Verdict:
        fraction = ONE if response.answer is self.answer else ZERO
        feedback = self.feedback_true if response.answer else self.feedback_false
        trace = Trace("equal", {"answered": response.answer, "right_answer": self.answer}, fraction)
        return Verdict(fraction, trace, (feedback,) if feedback else ())

    def summarise(self, response: TrueFalseResponse) -> str:
        return "" if response.answer is None else str(response.answer).lower()

    def _classes(self, response: TrueFalseResponse) -> Iterator[ResponseClass]:
        yield ResponseClass("", str(response.answer).lower(), ONE if response.answer is self.answer else ZERO)

    def _samples(self) -> Iterator[Response]:
        yield TrueFalseResponse(answer=self.answer)
        yield TrueFalseResponse(answer=not self.answer)

    def guess_score(self) -> Fraction:
        return _HALF
