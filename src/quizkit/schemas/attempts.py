"""Attempts as takers send and get them. Nothing here can hold a key before `rules.release` lets it out."""

from decimal import Decimal
from typing import Annotated, Any, Generic
from uuid import UUID

from pydantic import Field

from quizkit.questions import AnyResponse, AnyView, Text
from quizkit.schemas._base import Moment, S, Schema
from quizkit.vocabulary import AttemptState, GradeState, SaveStatus

__all__ = ["AttemptReturn", "Expired", "Outcome", "OutcomeQuestion", "Paper", "PaperQuestion", "SaveResponse", "Saved"]

_Slot = Annotated[int, Field(strict=True, ge=1, le=500)]
_Sequence = Annotated[int, Field(strict=True, ge=1, le=2_147_483_647)]


class PaperQuestion(Schema):
    """One question of a paper, as its taker sees it."""

    slot: int = Field(description="Its place in this paper, from 1; responses refer to it.")
    points: Decimal = Field(description="What a full answer is worth.")
    view: AnyView = Field(description="The question without its key.")
    sequence: int = Field(default=0, description="The number of the last stored response; send the next one.")
    response: AnyResponse | None = Field(default=None, description="The last stored response; null for none.")


class Paper(Schema):
    """What a taker has in front of them."""

    attempt_id: UUID = Field(description="The id of the attempt.")
    quiz_id: UUID = Field(description="The id of the quiz.")
    title: str = Field(description="What the quiz is called.")
    description: str | None = Field(default=None, description="What it is about.")
    number: int = Field(description="Which of the taker's attempts this is, from 1.")
    state: AttemptState = Field(description="open, overdue or submitted.")
    started_at: Moment = Field(description="When the attempt was started.")
    due_at: Moment | None = Field(default=None, description="When it ends; null where there is no limit.")
    max_score: Decimal = Field(description="What all the questions are worth together.")
    questions: tuple[PaperQuestion, ...] = Field(description="The questions, in the order of this attempt.")


class SaveResponse(Schema):
    """One response to be saved."""

    slot: _Slot = Field(description="The place of the question in the paper.")
    response: AnyResponse = Field(description="What the taker says; its shape depends on the question type.")
    sequence: _Sequence = Field(description="One more than the last number that was stored for this slot.")


class Saved(Schema):
    """What became of a response. `stale` means that a later one is stored, and this is it."""

    slot: int = Field(description="The place of the question in the paper.")
    status: SaveStatus = Field(description="stored, or stale.")
    sequence: int = Field(description="The number of the stored response; send the next one.")
    response: AnyResponse = Field(description="The stored response.")
    received_at: Moment = Field(description="When the stored response came in.")


class AttemptReturn(Schema, Generic[S]):
    """An attempt in a list."""

    id: UUID = Field(description="The id of the attempt.")
    quiz_id: UUID = Field(description="The id of the quiz.")
    taker_id: S = Field(description="Who takes it.")
    number: int = Field(description="Which of the taker's attempts this is, from 1.")
    state: AttemptState = Field(description="open, overdue or submitted.")
    started_at: Moment = Field(description="When it was started.")
    due_at: Moment | None = Field(default=None, description="When it ends; null where there is no limit.")
    submitted_at: Moment | None = Field(default=None, description="When it was finished; null before.")
    score: Decimal | None = Field(default=None, description="What it earned; null before it is submitted.")
    max_score: Decimal = Field(description="What all the questions are worth together.")
    needs_grading: bool = Field(default=False, description="Whether a person must still grade a part of it.")


class OutcomeQuestion(Schema):
    """One question of a result."""

    slot: int = Field(description="Its place in the paper.")
    view: AnyView = Field(description="The question as the taker saw it.")
    response: AnyResponse | None = Field(default=None, description="What the taker said; null for nothing.")
    summary: str = Field(default="", description="What the taker said, as one line of text.")
    state: GradeState = Field(description="right, partly, wrong, not_answered or needs_grading.")
    points: Decimal | None = Field(default=None, description="What it earned; null until a person has graded it.")
    max_points: Decimal = Field(description="What a full answer is worth.")
    feedback: tuple[Text, ...] = Field(default=(), description="What the author says about this response.")
    right_response: AnyResponse | None = Field(
        default=None, description="A response that earns everything; null where it is not released or there is none."
    )
    trace: dict[str, Any] | None = Field(
        default=None, description="How the points came about; null where it is not released."
    )


class Outcome(Schema):
    """The result of an attempt, cut to what may be shown now."""

    attempt_id: UUID = Field(description="The id of the attempt.")
    quiz_id: UUID = Field(description="The id of the quiz.")
    title: str = Field(description="What the quiz is called.")
    number: int = Field(description="Which of the taker's attempts this is, from 1.")
    state: AttemptState = Field(description="submitted.")
    started_at: Moment = Field(description="When it was started.")
    submitted_at: Moment = Field(description="When it was finished.")
    score: Decimal = Field(description="The sum of the points that are known.")
    max_score: Decimal = Field(description="What all the questions are worth together.")
    needs_grading: bool = Field(description="Whether a person must still grade a part; the score may then change.")
    questions: tuple[OutcomeQuestion, ...] = Field(description="The questions, in the order of the paper.")


class Expired(Schema):
    """What one step of finishing overdue attempts did."""

    finished: int = Field(description="How many attempts were finished.")
    more: bool = Field(description="Whether there may be more: commit, and take the next step.")
