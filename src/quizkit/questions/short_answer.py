"""Short answer: a typed word or phrase, compared with the author's accepted answers."""

from collections.abc import Hashable, Iterator, Mapping
from fractions import Fraction
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from quizkit.questions._base import Question, Response, ResponseClass, View
from quizkit.questions._content import MAX_CHOICES, Many, ShortResponseStr, Some, default
from quizkit.questions._folding import COMMON_FOLDS, Comparison, Fold, seen
from quizkit.questions._lint import Lint
from quizkit.questions._marking import ZERO, Verdict
from quizkit.questions._text import TextAnswer, canonical_text, check_examples, first_match, mark_text, weight_bounds
from quizkit.questions._text_examples import best_text, guess_text, lint_texts, sample_texts

__all__ = ["ShortAnswer", "ShortAnswerResponse", "ShortAnswerView"]


class ShortAnswerResponse(Response):
    """`{"text": "typed"}`; white space only is a blank response."""

    type: Literal["short_answer"] = Field(default="short_answer", description="The type of the response.")
    text: ShortResponseStr = Field(default="", description="The text as typed.")

    def is_blank(self) -> bool:
        return not seen(self.text)


class ShortAnswerView(View):
    """A prompt with a single-line text input."""

    type: Literal["short_answer"] = Field(default="short_answer", description="The question type.")


class ShortAnswer(Question):
    """A question with a typed answer; the first of `answers` that matches applies."""

    response_type = ShortAnswerResponse
    view_type = ShortAnswerView
    # 2: invisible characters never count, and case is folded by the language.
    marking = 2
    # 2: by default differences are ignored that version 1 did not ignore.
    body_version = 2

    type: Literal["short_answer"] = Field(default="short_answer", description="The question type.")
    answers: Many[TextAnswer] = Field(
        min_length=1, max_length=MAX_CHOICES, description="The accepted answers; the first match applies."
    )
    case_sensitive: bool = Field(default=False, description="Whether case matters, as in Paris and paris.")
    fold: Some[Fold] = default(
        COMMON_FOLDS, "Other differences to ignore; by default quotes, dashes, spaces and full-width forms."
    )

    @model_validator(mode="after")
    def _patterns_work(self) -> Self:
        check_examples(self.answers, self._how())
        return self

    @classmethod
    def upgrade(cls, body: Mapping[str, Any], version: int) -> Mapping[str, Any]:
        return {"fold": [], **body}

    def _how(self) -> Comparison:
        return Comparison(self.fold, self.case_sensitive, self.language)

    def view(self) -> ShortAnswerView:
        return ShortAnswerView(content=self.content, language=self.language)

    def key(self) -> ShortAnswerResponse | None:
        text = best_text(self.answers, self._how())
        return None if text is None else ShortAnswerResponse(text=text)

    def _mark(self, response: ShortAnswerResponse) -> Verdict:
        return mark_text(self.answers, response.text, self._how())

    def _canonical(self, response: ShortAnswerResponse) -> Hashable:
        return canonical_text(self.answers, response.text, self._how())

    def summarise(self, response: ShortAnswerResponse) -> str:
        return " ".join(response.text.split())

    def _classes(self, response: ShortAnswerResponse) -> Iterator[ResponseClass]:
        found = first_match(self.answers, response.text, self._how())
        yield ResponseClass("", found.text, found.weight) if found else ResponseClass("", "", ZERO)

    def _samples(self) -> Iterator[Response]:
        yield from (ShortAnswerResponse(text=text) for text in sample_texts(self.answers, self._how()))

    def bounds(self) -> tuple[Fraction, Fraction]:
        return weight_bounds([answer.weight for answer in self.answers])

    def guess_score(self) -> Fraction:
        return guess_text(self.answers)

    def _lint(self) -> Iterator[Lint]:
        yield from lint_texts(self.answers, self._how())
