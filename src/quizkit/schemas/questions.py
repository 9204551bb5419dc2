"""Questions as authors see them. The shape of each type is in `quizkit.questions`."""

from uuid import UUID

from pydantic import Field

from quizkit.questions import StoredQuestion
from quizkit.schemas._base import Amount, Moment, Schema, Stored

__all__ = ["Moved", "QuestionReturn"]


class QuestionReturn(Stored):
    """A question in its latest revision. For authors only: it contains the key."""

    id: UUID = Field(description="The id of the question; the same in every revision.")
    bank_id: UUID = Field(description="The bank of the question.")
    category_id: UUID | None = Field(default=None, description="The category of the question; null for none.")
    type: str = Field(description="The question type.")
    title: str | None = Field(default=None, description="A short name for authors.")
    points: Amount = Field(description="The points for a full answer.")
    revision: int = Field(description="The number of the latest revision, from 1.")
    revision_id: UUID = Field(description="The id of the latest revision.")
    question: StoredQuestion = Field(description="The question itself, with its key.")
    equal_to: UUID | None = Field(
        default=None,
        description="A question of the bank with the same content and key, reported only when this one is added; otherwise null.",
    )
    version: int = Field(
        description="Increases with every change; pass it to a verb to reject the change if it is outdated."
    )
    created_at: Moment = Field(description="When the question was created.")
    updated_at: Moment = Field(description="When it was last revised or archived.")
    archived_at: Moment | None = Field(default=None, description="When it was archived; null while it is in use.")


class Moved(Schema):
    """The questions of a move. Their contents do not change, so they are not repeated here."""

    category_id: UUID | None = Field(description="The category that the questions are in now; null for none.")
    versions: dict[UUID, int] = Field(description="The current version of each question.")
