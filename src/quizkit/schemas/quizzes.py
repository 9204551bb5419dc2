"""Quizzes as authors send and get them."""

from typing import TYPE_CHECKING, Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from quizkit.questions import AnyQuestion
from quizkit.questions._content import Many, clean, default
from quizkit.schemas._base import Moment, Schema
from quizkit.vocabulary import QuizState

__all__ = ["MAX_QUESTIONS", "QuizCreate", "QuizReturn", "QuizUpdate"]

MAX_QUESTIONS = 500

if TYPE_CHECKING:
    Title = str
    Summary = str
else:
    Title = Annotated[
        str, StringConstraints(min_length=1, max_length=128, strip_whitespace=True), AfterValidator(clean)
    ]
    Summary = Annotated[str, StringConstraints(max_length=512), AfterValidator(clean)]


class QuizCreate(Schema):
    """A new quiz, with its questions inline or added later."""

    title: Title = Field(description="What the quiz is called; at most 128 characters.")
    description: Summary | None = Field(default=None, description="What it is about; at most 512 characters.")
    questions: Many[AnyQuestion] = default((), "The questions, in order.", max_length=MAX_QUESTIONS)
    max_attempts: int | None = Field(
        default=None, ge=1, le=1000, description="How often each taker may take it; null for no limit."
    )
    time_limit_seconds: int | None = Field(
        default=None, ge=1, le=31_536_000, description="Time for one attempt; null for no limit."
    )
    grace_seconds: int = Field(
        default=0, ge=0, le=86_400, description="How long after the end answers that were under way are taken."
    )
    shuffle_questions: bool = Field(default=False, description="Whether each attempt has an order of its own.")


class QuizUpdate(Schema):
    """Changes to a quiz; fields that are left out stay as they are. Takers see them after the next publishing."""

    title: Title | None = Field(default=None, description="What the quiz is called; at most 128 characters.")
    description: Summary | None = Field(default=None, description="What it is about; null removes it.")
    max_attempts: int | None = Field(
        default=None, ge=1, le=1000, description="How often each taker may take it; null for no limit."
    )
    time_limit_seconds: int | None = Field(
        default=None, ge=1, le=31_536_000, description="Time for one attempt; null for no limit."
    )
    grace_seconds: int | None = Field(
        default=None, ge=0, le=86_400, description="How long after the end answers are still taken."
    )
    shuffle_questions: bool | None = Field(default=None, description="Whether each attempt has its own order.")

    @model_validator(mode="after")
    def _null_only_where_it_means_something(self) -> Self:
        for name in self.model_fields_set & {"title", "grace_seconds", "shuffle_questions"}:
            if getattr(self, name) is None:
                raise PydanticCustomError("not_nullable", "Leave a field out to keep it; null means none")
        return self


class QuizReturn(Schema):
    """A quiz, as its author left it."""

    id: UUID = Field(description="The id of the quiz.")
    title: str = Field(description="What the quiz is called.")
    description: str | None = Field(default=None, description="What it is about.")
    state: QuizState = Field(description="draft, published or archived.")
    revision: int | None = Field(default=None, description="The number of the published revision; null before.")
    bank_id: UUID = Field(description="The bank that keeps the questions that were written for this quiz.")
    max_attempts: int | None = Field(default=None, description="How often each taker may take it.")
    time_limit_seconds: int | None = Field(default=None, description="Time for one attempt.")
    grace_seconds: int = Field(default=0, description="How long after the end answers are still taken.")
    shuffle_questions: bool = Field(default=False, description="Whether each attempt has an order of its own.")
    created_at: Moment = Field(description="When the quiz was made.")
    updated_at: Moment = Field(description="When it was last changed.")
    published_at: Moment | None = Field(default=None, description="When it was last published.")
    archived_at: Moment | None = Field(default=None, description="When it was archived; null while it is in use.")
