"""Description: a text between questions, without a response and without points."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from quizkit.questions._base import Question, Response, View
from quizkit.questions._content import Points, default
from quizkit.questions._marking import ZERO, Trace, Verdict

__all__ = ["Description", "DescriptionResponse", "DescriptionView"]


class DescriptionResponse(Response):
    """`{}`: always blank."""

    type: Literal["description"] = Field(default="description", description="The type of the response.")


class DescriptionView(View):
    """A text to read."""

    type: Literal["description"] = Field(default="description", description="The question type.")


class Description(Question):
    """A text to read, without points."""

    response_type = DescriptionResponse
    view_type = DescriptionView
    answerable = False

    type: Literal["description"] = Field(default="description", description="The question type.")
    points: Points = default(Decimal(0), "Always 0.")

    @model_validator(mode="after")
    def _worth_nothing(self) -> Self:
        if self.points:
            raise PydanticCustomError("description_points", "The points of a description must be 0")
        return self

    def view(self) -> DescriptionView:
        return DescriptionView(content=self.content, language=self.language)

    def key(self) -> DescriptionResponse | None:
        return None

    def _mark(self, response: Any) -> Verdict:  # pragma: no cover - every response is blank
        return Verdict(ZERO, Trace("not_answered", {}, ZERO))

    def summarise(self, response: Any) -> str:
        return ""

    def _samples(self) -> Iterator[Response]:
        yield from ()

    def guess_score(self) -> Fraction | None:
        return None
