"""Essay: free text that only a person could grade; no verb writes grades by hand yet."""

from collections.abc import Hashable, Iterator
from fractions import Fraction
from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from quizkit.errors import Problem
from quizkit.questions._base import Lint, Question, Response, Trace, Verdict, View
from quizkit.questions._content import MAX_RESPONSE_TEXT, OptionalText, ResponseStr, default

__all__ = ["Essay", "EssayResponse", "EssayView"]


class EssayResponse(Response):
    """`{"text": "…"}`; white space alone is no answer."""

    text: ResponseStr = Field(default="", description="What was written, kept as it was.")

    def is_blank(self) -> bool:
        return not self.text.strip()


class EssayView(View):
    """A prompt with a large place to write, and the limits that apply."""

    type: Literal["essay"] = Field(default="essay", description="The question type.")
    template: str = Field(default="", description="Text that the place to write starts with.")
    min_words: int | None = Field(default=None, description="The least number of words.")
    max_words: int | None = Field(default=None, description="The greatest number of words.")
    max_characters: int = Field(default=MAX_RESPONSE_TEXT, description="The greatest number of characters.")


class Essay(Question):
    """A prompt that is answered at length. Only a person could grade it, and no verb writes grades by hand yet: it stays `needs_grading`."""

    response_type = EssayResponse
    view_type = EssayView

    type: Literal["essay"] = Field(default="essay", description="The question type.")
    template: ResponseStr = Field(default="", description="Text that the place to write starts with.")
    min_words: int | None = Field(default=None, ge=1, le=20_000, description="Fewer are shown to the grader.")
    max_words: int | None = Field(
        default=None, ge=1, le=20_000, description="More are told to the taker and shown to the grader."
    )
    max_characters: int = Field(default=MAX_RESPONSE_TEXT, ge=1, le=MAX_RESPONSE_TEXT, description="As for words.")
    grader_notes: OptionalText = default(None, "For the person who grades; takers never see it.")

    @model_validator(mode="after")
    def _limits_leave_room(self) -> Self:
        if self.min_words and self.max_words and self.min_words > self.max_words:
            raise PydanticCustomError("word_limits", "The least number of words is above the greatest")
        return self

    def view(self) -> EssayView:
        return EssayView(
            content=self.content,
            language=self.language,
            template=self.template,
            min_words=self.min_words,
            max_words=self.max_words,
            max_characters=self.max_characters,
        )

    def key(self) -> EssayResponse | None:
        return None

    def _faults(self, response: EssayResponse) -> Iterator[Problem]:
        if len(response.text) > self.max_characters:
            yield Problem("text", "text_too_long", f"At most {self.max_characters} characters are asked for")
        if self.max_words is not None and len(response.text.split()) > self.max_words:
            yield Problem("text", "too_many_words", f"At most {self.max_words} words are asked for")

    def _markable(self, response: EssayResponse) -> EssayResponse:
        return response  # a person decides what too long an essay is worth

    def _mark(self, response: EssayResponse) -> Verdict:
        words = len(response.text.split())
        inputs = {"words": words, "too_few_words": self.min_words is not None and words < self.min_words}
        return Verdict(None, Trace("a_person_grades", inputs))

    def _canonical(self, response: EssayResponse) -> Hashable:
        return response.text.strip()

    def summarise(self, response: EssayResponse) -> str:
        return " ".join(response.text.split())

    def _samples(self) -> Iterator[Response]:
        yield from ()

    def guess_score(self) -> Fraction:
        return Fraction(0)

    def _lint(self) -> Iterator[Lint]:
        if self.grader_notes is None:
            yield Lint("no_grader_notes", "The person who grades is given no notes", "grader_notes")
