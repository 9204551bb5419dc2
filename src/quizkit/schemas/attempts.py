"""Attempts as takers send and get them. Nothing here can hold a key before `rules.release` lets it out."""

from decimal import Decimal
from typing import Annotated, Any, Generic
from uuid import UUID

from pydantic import Field

from quizkit.questions import AnyResponse, AnyView, Text
from quizkit.questions._content import OptionalPositiveShare, default
from quizkit.schemas._base import Amount, Moment, S, Schema
from quizkit.vocabulary import (
    AttemptPurpose,
    AttemptState,
    Behaviour,
    Certainty,
    Counting,
    GradeState,
    ReviewItem,
    ReviewMoment,
    SaveStatus,
    TryState,
)

__all__ = [
    "AttemptReturn",
    "CheckResponse",
    "Checked",
    "Outcome",
    "Paper",
    "PaperQuestion",
    "ResponseProblem",
    "Review",
    "ReviewedQuestion",
    "ReviewedTry",
    "SaveResponse",
    "Saved",
    "Sent",
]

_Slot = Annotated[int, Field(strict=True, ge=1, le=500)]
_Sequence = Annotated[int, Field(strict=True, ge=1, le=2_147_483_647)]


class ResponseProblem(Schema):
    """Why a response cannot be marked as it is, or is not as the author asked. Holds nothing of the response."""

    path: str = Field(description="Where in the response: a field, such as text or gaps.2.")
    code: str = Field(description="What it is, for programs.")
    message: str = Field(description="What it is, for a person.")


class ReviewedTry(Schema):
    """One check of a response, cut to what may be shown now."""

    number: int = Field(description="Which of the tries it was, from 1.")
    received_at: Moment = Field(description="When it came in.")
    response: AnyResponse | None = Field(default=None, description="What the taker said; null where it is not shown.")
    state: GradeState | None = Field(default=None, description="right, partly, …; null where it is not shown.")
    points: Amount | None = Field(
        default=None, description="What the question was worth with it, if nothing more was done; null as above."
    )


class ReviewedQuestion(Schema):
    """A question with what became of it, cut to what may be shown now. It lists what it shows."""

    slot: int = Field(description="Its place in the paper.")
    view: AnyView = Field(description="The question as the taker saw it.")
    shown: tuple[ReviewItem, ...] = Field(default=(), description="What is shown; the rest is null or empty.")
    progress: TryState = Field(description="Whether more can be done: todo, complete, try_again, or how it ended.")
    response: AnyResponse | None = Field(default=None, description="What the taker said; null for nothing.")
    summary: str = Field(default="", description="What the taker said, as one line of text.")
    problems: tuple[ResponseProblem, ...] = Field(
        default=(), description="What of the response could not be marked; empty where the response is not shown."
    )
    certainty: Certainty | None = Field(default=None, description="How sure the taker is; null where nobody asks.")
    state: GradeState | None = Field(
        default=None, description="right, partly, wrong, not_answered or needs_grading; null where it is not shown."
    )
    points: Amount | None = Field(
        default=None, description="What it earned; null while needs_grading, and where it is not shown."
    )
    late: bool = Field(default=False, description="Whether what counts came late; false where marks are not shown.")
    max_points: Amount = Field(description="What a full answer is worth.")
    counting: Counting = Field(default=Counting.COUNTS, description="counts, extra or ignored.")
    tries: tuple[ReviewedTry, ...] = Field(default=(), description="The checks, first to last.")
    tries_left: int | None = Field(default=None, description="How many checks are left.")
    hint: Text | None = Field(default=None, description="Help for the next try; null for none.")
    right_parts: int | None = Field(
        default=None, description="How many parts of the checked response are right; null where the hint tells nothing."
    )
    too_many: bool = Field(default=False, description="Whether more was picked than is right, instead of a number.")
    feedback: tuple[Text, ...] = Field(default=(), description="What the author says about this response.")
    general_feedback: Text | None = Field(default=None, description="What the author says about the question.")
    right_response: AnyResponse | None = Field(
        default=None, description="A response that earns everything; null where it is not shown or there is none."
    )
    trace: dict[str, Any] | None = Field(
        default=None, description="How the points came about; null where right answers are not shown."
    )


class PaperQuestion(Schema):
    """One question of a paper, as its taker sees it."""

    slot: int = Field(description="Its place in this paper, from 1; responses refer to it.")
    points: Amount = Field(description="What a full answer is worth.")
    view: AnyView = Field(description="The question without its key.")
    sequence: int = Field(default=0, description="The number of the last stored response; send the next one.")
    response: AnyResponse | None = Field(default=None, description="The last stored response; null for none.")
    certainty: Certainty | None = Field(default=None, description="How sure the taker said they are; null for nothing.")
    page: int = Field(default=1, description="The page that it is on, from 1.")
    counting: Counting = Field(default=Counting.COUNTS, description="counts, extra or ignored.")
    flagged: bool = Field(default=False, description="Whether the taker put a flag on it.")
    seconds: Amount = Field(default=Decimal(0), description="How long it was in front of the taker, as was visited.")


class Paper(Schema):
    """What a taker has in front of them."""

    attempt_id: UUID = Field(description="The id of the attempt.")
    quiz_id: UUID = Field(description="The id of the quiz.")
    title: str = Field(description="What the quiz is called.")
    description: str | None = Field(default=None, description="What it is about.")
    number: int = Field(description="Which of the taker's attempts this is, from 1.")
    state: AttemptState = Field(description="open, overdue, submitted or abandoned.")
    purpose: AttemptPurpose = Field(default=AttemptPurpose.REAL, description="real, or preview: never counts.")
    behaviour: Behaviour = Field(default=Behaviour.DEFERRED, description="How its questions may be tried.")
    page: int = Field(default=1, description="The page in front of the taker, from 1.")
    pages: int = Field(default=1, description="How many pages there are.")
    started_at: Moment = Field(description="When the attempt was started.")
    due_at: Moment | None = Field(default=None, description="When it ends; null where there is no limit.")
    accepts_until: Moment | None = Field(
        default=None, description="The last moment for an answer, late or with grace; null where there is none."
    )
    max_score: Amount = Field(description="What all the questions are worth together.")
    questions: tuple[PaperQuestion, ...] = Field(
        description="The questions, in the order of this attempt; those that may be seen from this page."
    )


class SaveResponse(Schema):
    """One response to be saved."""

    slot: _Slot = Field(description="The place of the question in the paper.")
    response: AnyResponse = Field(description="What the taker says; its shape depends on the question type.")
    sequence: _Sequence = Field(description="One more than the last number that was stored for this slot.")
    certainty: Certainty | None = Field(
        default=None, description="How sure the taker is, where that counts; low unless said."
    )


class Review(Schema):
    """What a taker may see of an attempt now, question by question: while it is open what checks have shown."""

    attempt_id: UUID = Field(description="The id of the attempt.")
    state: AttemptState = Field(description="open, overdue, submitted or abandoned.")
    moment: ReviewMoment = Field(description="The moment of the review.")
    shown: tuple[ReviewItem, ...] = Field(description="What the policy shows at this moment.")
    questions: tuple[ReviewedQuestion, ...] = Field(description="The questions, in the order of the paper.")


class CheckResponse(SaveResponse):
    """One response to be checked now."""

    number: Annotated[int, Field(strict=True, ge=1, le=1000)] = Field(
        description="Which try this is, from 1; sending the same again gives the same."
    )


class Checked(Schema):
    """What became of a check."""

    counted: bool = Field(
        description="Whether it used a try: not if nothing was said, the same as before, or something with problems."
    )
    sequence: int = Field(description="The number of the stored response; send the next one.")
    question: ReviewedQuestion = Field(description="What may be shown of the question now.")
    problems: tuple[ResponseProblem, ...] = Field(
        default=(), description="What is wrong with the response that was sent; it is stored all the same."
    )


class Saved(Schema):
    """What became of a response. `stale` means that a later one is stored, and this is it."""

    slot: int = Field(description="The place of the question in the paper.")
    status: SaveStatus = Field(description="stored, or stale.")
    sequence: int = Field(description="The number of the stored response; send the next one.")
    response: AnyResponse = Field(description="The stored response.")
    received_at: Moment = Field(description="When the stored response came in.")
    problems: tuple[ResponseProblem, ...] = Field(
        default=(), description="What is wrong with the response that was sent; it is stored all the same."
    )


class Sent(Schema):
    """What became of a response that was sent with a submit. `refused` took nothing from the others."""

    slot: int = Field(description="The place of the question in the paper.")
    status: SaveStatus = Field(description="stored, stale: a later one is stored and counts, or refused.")
    sequence: int | None = Field(default=None, description="The number of the stored response; null where refused.")
    code: str | None = Field(default=None, description="Why it was refused, for programs.")
    message: str | None = Field(default=None, description="Why it was refused, for a person.")
    problems: tuple[ResponseProblem, ...] = Field(
        default=(), description="What is wrong with the response that was sent."
    )


class AttemptReturn(Schema, Generic[S]):
    """An attempt in a list."""

    id: UUID = Field(description="The id of the attempt.")
    quiz_id: UUID = Field(description="The id of the quiz.")
    taker_id: S = Field(description="Who takes it.")
    number: int = Field(description="Which of the taker's attempts this is, from 1.")
    purpose: AttemptPurpose = Field(default=AttemptPurpose.REAL, description="real, or preview: never counts.")
    state: AttemptState = Field(description="open, overdue, submitted or abandoned.")
    started_at: Moment = Field(description="When it was started.")
    due_at: Moment | None = Field(default=None, description="When it ends; null where there is no limit.")
    submitted_at: Moment | None = Field(default=None, description="When it was finished; null before.")
    score: Amount | None = Field(
        default=None,
        description="What it earned, so far where needs_grading; null before it is submitted, and where marks are not shown.",
    )
    max_score: Amount = Field(description="What all the questions are worth together.")
    needs_grading: bool = Field(
        default=False, description="Whether only a person could grade a part of it; no verb writes grades by hand yet."
    )


class Outcome(Schema):
    """The result of an attempt, cut to what may be shown now."""

    attempt_id: UUID = Field(description="The id of the attempt.")
    quiz_id: UUID = Field(description="The id of the quiz.")
    title: str = Field(description="What the quiz is called.")
    number: int = Field(description="Which of the taker's attempts this is, from 1.")
    purpose: AttemptPurpose = Field(default=AttemptPurpose.REAL, description="real, or preview: never counts.")
    state: AttemptState = Field(description="submitted, or abandoned: it never counts.")
    started_at: Moment = Field(description="When the attempt was started.")
    submitted_at: Moment = Field(description="When it was finished.")
    late: bool | None = Field(
        default=None, description="Whether an answer that counts came late; null where marks are not shown."
    )
    moment: ReviewMoment = Field(description="The moment of the review: right_after, later or after_close.")
    shown: tuple[ReviewItem, ...] = Field(default=(), description="What is shown; the rest is null or empty.")
    score: Amount | None = Field(
        default=None,
        description="The sum of the points that are known, so far where needs_grading; null where marks are not shown.",
    )
    max_score: Amount = Field(description="What all the questions are worth together.")
    late_penalty: OptionalPositiveShare = default(
        None, "The share of its points that a late answer loses, where one counts."
    )
    grade: Amount | None = Field(
        default=None,
        description="The grade of this attempt, half up to 5 places; null while needs_grading, and where marks are not shown.",
    )
    max_grade: Amount | None = Field(default=None, description="What the whole quiz is worth as a grade.")
    passed: bool | None = Field(
        default=None, description="Whether the grade passes; null without a grade, and without a pass mark."
    )
    needs_grading: bool = Field(
        description="Whether only a person could grade a part; no verb writes grades by hand yet."
    )
    feedback: Text | None = Field(
        default=None, description="What the author says about the whole result; null while needs_grading."
    )
    sent: tuple[Sent, ...] = Field(
        default=(), description="What became of the responses that were sent with this submit, in that order."
    )
    questions: tuple[ReviewedQuestion, ...] = Field(description="The questions, in the order of the paper.")
