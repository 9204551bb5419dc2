"""The outline of a quiz: its sections and slots."""

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Literal, Self, TypeAlias
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from quizkit.questions._content import MAX_CHOICES, Many, OptionalPoints, OptionalPositiveShare, Points, Tag, default
from quizkit.schemas._base import Schema, Title
from quizkit.schemas.quizzes import DAY, MAX_QUESTIONS
from quizkit.vocabulary import Counting, Navigation

__all__ = ["DrawSlot", "QuestionSlot", "QuizOutline", "SectionOutline"]


class QuestionSlot(Schema):
    """A slot for one question."""

    kind: Literal["question"] = Field(default="question", description="question.")
    question_id: UUID = Field(description="The question.")
    revision_id: UUID | None = Field(
        default=None, description="The revision to use; null for the latest one at each publishing."
    )
    points: OptionalPoints = default(None, "The points for a full answer here; null for the points of the question.")
    counting: Counting = Field(
        default=Counting.COUNTS, description="counts, extra (added only to the score) or ignored."
    )
    requires_previous: bool = Field(
        default=False, description="Whether it can be answered only after the previous question."
    )
    time_limit_seconds: int | None = Field(
        default=None,
        ge=1,
        le=DAY,
        description="The time for the question from the first visit of its page; null for no limit.",
    )
    pass_share: OptionalPositiveShare = default(
        None, "The share of its points that must be reached to pass; null for any."
    )

    @model_validator(mode="after")
    def _points_that_must_be_reached_count(self) -> Self:
        _refuse_ignored(self)
        return self


class DrawSlot(Schema):
    """A slot for questions that are drawn when an attempt starts; no attempt has a question twice."""

    kind: Literal["draw"] = Field(default="draw", description="draw.")
    bank_id: UUID = Field(description="The bank to draw from.")
    category_id: UUID | None = Field(default=None, description="Draw only from this category and its subcategories.")
    tags: Many[Tag] = default((), "Draw only questions that have all of these tags.", max_length=MAX_CHOICES)
    count: int = Field(
        default=1, ge=1, le=MAX_QUESTIONS, description="How many questions are drawn; with min_count, at most."
    )
    min_count: int | None = Field(
        default=None,
        ge=1,
        le=MAX_QUESTIONS,
        description="How many questions are enough: as many as there are are drawn, up to count; null for exactly count.",
    )
    points: Points = default(Decimal(1), "The points for a full answer to each question.")
    counting: Counting = Field(default=Counting.COUNTS, description="counts, extra or ignored.")
    fresh: bool = Field(
        default=False, description="Whether to draw only questions that were on no earlier paper of the taker."
    )
    unseen_first: bool = Field(
        default=False,
        description="Whether to draw questions that were on no earlier paper of the taker first, and then the others; "
        "without effect if fresh.",
    )
    time_limit_seconds: int | None = Field(
        default=None,
        ge=1,
        le=DAY,
        description="The time for each question from the first visit of its page; null for no limit.",
    )
    pass_share: OptionalPositiveShare = default(
        None, "The share of its points that must be reached in each question to pass; null for any."
    )

    @model_validator(mode="after")
    def _enough_is_not_more_than_all(self) -> Self:
        if self.min_count is not None and self.min_count > self.count:
            raise PydanticCustomError("count_order", "A draw has a min_count that is not greater than its count")
        return self

    @model_validator(mode="after")
    def _points_that_must_be_reached_count(self) -> Self:
        _refuse_ignored(self)
        return self


def _refuse_ignored(slot: QuestionSlot | DrawSlot) -> None:
    if slot.pass_share is not None and slot.counting is Counting.IGNORED:
        raise PydanticCustomError("pass_share_ignored", "A question whose points are ignored cannot have a pass_share")


if TYPE_CHECKING:
    AnySlot: TypeAlias = QuestionSlot | DrawSlot
else:
    AnySlot = Annotated[QuestionSlot | DrawSlot, Field(discriminator="kind")]


class SectionOutline(Schema):
    """A part of a quiz, with its own order, pages and navigation."""

    title: Title | None = Field(default=None, description="The title of the section; null for none.")
    shuffle: bool = Field(default=False, description="Whether each attempt has its own order of questions.")
    navigation: Navigation = Field(default=Navigation.FREE, description="free, or sequential without going back.")
    per_page: int | None = Field(
        default=None, ge=1, le=MAX_QUESTIONS, description="How many questions are on a page; null for all."
    )
    pass_share: OptionalPositiveShare = default(
        None, "The share of its points that must be reached to pass; null for any."
    )
    show_tags: bool = Field(default=False, description="Whether takers see the tags of its questions.")
    time_limit_seconds: int | None = Field(
        default=None,
        ge=1,
        le=DAY,
        description="The time for the section from the first visit of its first page; null for no limit.",
    )
    slots: Many[AnySlot] = default((), "The slots, in order.", max_length=MAX_QUESTIONS)

    @property
    def is_limited(self) -> bool:
        """Whether the section or one of its questions has a time limit."""
        return self.time_limit_seconds is not None or self.has_limited_questions

    @property
    def has_limited_questions(self) -> bool:
        """Whether one of its questions has a time limit of its own."""
        return any(slot.time_limit_seconds is not None for slot in self.slots)

    @model_validator(mode="after")
    def _limits_begin_with_a_visit(self) -> Self:
        if self.is_limited and self.navigation is not Navigation.SEQUENTIAL:
            raise PydanticCustomError(
                "limit_not_sequential", "A section with time limits, its own or of questions, must be sequential"
            )
        if self.has_limited_questions and self.per_page != 1:
            raise PydanticCustomError(
                "limit_without_page", "In a section whose questions have time limits, per_page must be 1"
            )
        return self

    @model_validator(mode="after")
    def _order_is_known_where_it_matters(self) -> Self:
        if self.shuffle and any(isinstance(slot, QuestionSlot) and slot.requires_previous for slot in self.slots):
            raise PydanticCustomError(
                "requires_previous_shuffled",
                "A shuffled section has no fixed order, so requires_previous is not allowed in it",
            )
        return self


class QuizOutline(Schema):
    """The sections and slots of a quiz. Read it, change it, and write it back."""

    sections: Many[SectionOutline] = Field(min_length=1, max_length=100, description="The sections, in order.")
    version: int | None = Field(
        default=None, description="The version of the quiz; pass it to reject the change if the quiz is newer."
    )

    @model_validator(mode="after")
    def _no_question_waits_for_one_that_has_closed(self) -> Self:
        slots = [slot for section in self.sections for slot in section.slots]
        waits = any(isinstance(slot, QuestionSlot) and slot.requires_previous for slot in slots)
        if waits and any(section.is_limited for section in self.sections):
            raise PydanticCustomError(
                "requires_previous_limited",
                "In a quiz with time limits of sections or questions, requires_previous is not allowed",
            )
        return self
