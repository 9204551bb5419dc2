"""Questions as authors see them. The shape of each type is in `quizkit.questions`."""

from uuid import UUID

from pydantic import Field

from quizkit.questions import QuestionDraft, StoredQuestion
from quizkit.schemas._base import Amount, Moment, Schema, Stored

__all__ = ["Moved", "QuestionProblem", "QuestionReturn"]


class QuestionProblem(Schema):
    """Why a draft is not complete. Contains no part of the draft."""

    path: str = Field(
        description="The field of the question, such as content or options.2.weight; empty for all of it."
    )
    code: str = Field(description="The problem, for programs.")
    message: str = Field(description="The problem, for a person.")


class QuestionReturn(Stored):
    """A question: its latest revision, and its draft if what was written since is not complete. It contains the key."""

    id: UUID = Field(description="The id of the question; the same in every revision.")
    bank_id: UUID = Field(description="The bank of the question.")
    category_id: UUID | None = Field(default=None, description="The category of the question; null for none.")
    type: str = Field(description="The question type; that of the draft, if there is one.")
    title: str | None = Field(default=None, description="A short name for authors; that of the draft, if there is one.")
    points: Amount | None = Field(
        default=None, description="The points for a full answer to the latest revision; null if there is none yet."
    )
    revision: int | None = Field(
        default=None, description="The number of the latest revision, from 1; null if it was never complete."
    )
    revision_id: UUID | None = Field(
        default=None, description="The id of the latest revision; null if there is none yet."
    )
    question: StoredQuestion | None = Field(
        default=None, description="The latest revision, with its key; null if the question was never complete."
    )
    draft: QuestionDraft | None = Field(
        default=None,
        description="What was written since then, if it is not complete; null if the question is complete.",
    )
    problems: tuple[QuestionProblem, ...] = Field(
        default=(), description="Why the draft is not complete, at most 50 problems; empty without a draft."
    )
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
