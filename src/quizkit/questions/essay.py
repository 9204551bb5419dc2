"""Essay: free text that needs manual grading; no verb writes manual grades yet."""

from collections.abc import Hashable, Iterator
from fractions import Fraction
from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from quizkit.errors import Problem
from quizkit.questions._base import Question, Response, View
from quizkit.questions._content import MAX_RESPONSE_TEXT, OptionalText, ResponseStr, default
from quizkit.questions._folding import seen
from quizkit.questions._lint import Lint
from quizkit.questions._marking import Trace, Verdict
from quizkit.questions._words import count_words

__all__ = ["Essay", "EssayResponse", "EssayView"]


class EssayResponse(Response):
    """`{"text": "…"}`; white space only is a blank response."""

    type: Literal["essay"] = Field(default="essay", description="The type of the response.")
    text: ResponseStr = Field(default="", description="The text as written.")

    def is_blank(self) -> bool:
        return not seen(self.text)


class EssayView(View):
    """A prompt with a large text input, and its limits."""

    type: Literal["essay"] = Field(default="essay", description="The question type.")
    template: str = Field(default="", description="The initial text of the input.")
    min_words: int | None = Field(default=None, description="The minimum number of words.")
    max_words: int | None = Field(default=None, description="The maximum number of words.")
    max_characters: int = Field(default=MAX_RESPONSE_TEXT, description="The maximum number of characters.")


class Essay(Question):
    """A question for a long text, graded by hand.

    No verb writes manual grades yet, so it stays `needs_grading`.
    """

    response_type = EssayResponse
    view_type = EssayView

    type: Literal["essay"] = Field(default="essay", description="The question type.")
    template: ResponseStr = Field(default="", description="The initial text of the input.")
    min_words: int | None = Field(
        default=None,
        ge=1,
        le=20_000,
        description="The minimum number of words; a shorter essay is flagged for the grader.",
    )
    max_words: int | None = Field(
        default=None, ge=1, le=20_000, description="The maximum number of words; a longer essay has a problem."
    )
    max_characters: int = Field(
        default=MAX_RESPONSE_TEXT,
        ge=1,
        le=MAX_RESPONSE_TEXT,
        description="The maximum number of characters; a longer essay has a problem.",
    )
    grader_notes: OptionalText = default(None, "Notes for the grader; takers never see them.")

    @model_validator(mode="after")
    def _limits_leave_room(self) -> Self:
        if self.min_words and self.max_words and self.min_words > self.max_words:
            raise PydanticCustomError("word_limits", "The minimum number of words is above the maximum")
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
            yield Problem("text", "text_too_long", f"The text must have at most {self.max_characters} characters")
        if self.max_words is not None and count_words(response.text) > self.max_words:
            yield Problem("text", "too_many_words", f"The text must have at most {self.max_words} words")

    def _markable(self, response: EssayResponse) -> EssayResponse:
        return response  # the grader decides on an essay that is too long

    def _mark(self, response: EssayResponse) -> Verdict:
        words = count_words(response.text)
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
            yield Lint("no_grader_notes", "There are no notes for the grader", "grader_notes")
