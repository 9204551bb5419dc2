"""Questions as authors send and get them. The shape of each type is in `quizkit.questions`."""

from uuid import UUID

from pydantic import Field

from quizkit.questions import StoredQuestion
from quizkit.schemas._base import Amount, Moment, Schema

__all__ = ["QuestionReturn"]


class QuestionReturn(Schema):
    """A question in its latest revision. For authors: it holds the key."""

    id: UUID = Field(description="The id of the question; the same in every revision.")
    bank_id: UUID = Field(description="The bank that keeps it.")
    category_id: UUID | None = Field(default=None, description="The category that it is sorted into; null for none.")
    type: str = Field(description="The question type.")
    title: str | None = Field(default=None, description="A short name for authors.")
    points: Amount = Field(description="What a full answer is worth.")
    revision: int = Field(description="The number of the latest revision, from 1.")
    revision_id: UUID = Field(description="The id of the latest revision.")
    question: StoredQuestion = Field(description="The question itself, with its key.")
    equal_to: UUID | None = Field(
        default=None,
        description="A question of the bank that asks the same, told when this one is added; null for none, and elsewhere.",
    )
    version: int = Field(description="Raised with every change; give it to a verb to change this and nothing newer.")
    created_at: Moment = Field(description="When the question was made.")
    updated_at: Moment = Field(description="When it was last revised or archived.")
    archived_at: Moment | None = Field(default=None, description="When it was archived; null while it is in use.")
