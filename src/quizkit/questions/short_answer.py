"""Short answer: a typed word or phrase, compared with the author's accepted answers."""

from collections.abc import Hashable, Iterator
from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from quizkit.questions._base import Question, Response, ResponseClass, View
from quizkit.questions._content import MAX_CHOICES, LimitItems, Many, ShortResponseStr
from quizkit.questions._lint import Lint
from quizkit.questions._marking import ZERO, Verdict
from quizkit.questions._text import (
    Fold,
    TextAnswer,
    canonical_text,
    check_examples,
    first_match,
    mark_text,
    weight_bounds,
)
from quizkit.questions._text_examples import best_text, guess_text, lint_texts, sample_texts

__all__ = ["ShortAnswer", "ShortAnswerResponse", "ShortAnswerView"]


class ShortAnswerResponse(Response):
    """`{"text": "typed"}`; white space only is a blank response."""

    text: ShortResponseStr = Field(default="", description="The text as typed.")

    def is_blank(self) -> bool:
        return not self.text.strip()


class ShortAnswerView(View):
    """A prompt with a single-line text input."""

    type: Literal["short_answer"] = Field(default="short_answer", description="The question type.")


class ShortAnswer(Question):
    """A question with a typed answer; the first of `answers` that matches applies."""

    response_type = ShortAnswerResponse
    view_type = ShortAnswerView

    type: Literal["short_answer"] = Field(default="short_answer", description="The question type.")
    answers: Many[TextAnswer] = Field(
        min_length=1, max_length=MAX_CHOICES, description="The accepted answers; the first match applies."
    )
    case_sensitive: bool = Field(default=False, description="Whether case matters, as in Paris and paris.")
    fold: Annotated[frozenset[Fold], LimitItems] = Field(
        default=frozenset(), description="Other differences to ignore."
    )

    @model_validator(mode="after")
    def _patterns_work(self) -> Self:
        check_examples(self.answers, self.fold, case_sensitive=self.case_sensitive)
        return self

    def view(self) -> ShortAnswerView:
        return ShortAnswerView(content=self.content, language=self.language)

    def key(self) -> ShortAnswerResponse | None:
        text = best_text(self.answers, self.fold, case_sensitive=self.case_sensitive)
        return None if text is None else ShortAnswerResponse(text=text)

    def _mark(self, response: ShortAnswerResponse) -> Verdict:
        return mark_text(self.answers, response.text, self.fold, case_sensitive=self.case_sensitive)

    def _canonical(self, response: ShortAnswerResponse) -> Hashable:
        return canonical_text(self.answers, response.text, self.fold, case_sensitive=self.case_sensitive)

    def summarise(self, response: ShortAnswerResponse) -> str:
        return " ".join(response.text.split())

    def _classes(self, response: ShortAnswerResponse) -> Iterator[ResponseClass]:
        found = first_match(self.answers, response.text, self.fold, case_sensitive=self.case_sensitive)
        yield ResponseClass("", found.text, found.weight) if found else ResponseClass("", "", ZERO)

    def _samples(self) -> Iterator[Response]:
        yield from (
            ShortAnswerResponse(text=text)
            for text in sample_texts(self.answers, self.fold, case_sensitive=self.case_sensitive)
        )

    def bounds(self) -> tuple[Fraction, Fraction]:
        return weight_bounds([answer.weight for answer in self.answers])

    def guess_score(self) -> Fraction:
        return guess_text(self.answers)

    def _lint(self) -> Iterator[Lint]:
        yield from lint_texts(self.answers, self.fold, case_sensitive=self.case_sensitive)
