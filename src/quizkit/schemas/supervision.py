"""Attempts as staff see them."""

from collections.abc import Mapping
from typing import Any, Generic, TypeAlias
from uuid import UUID

from pydantic import Field

from quizkit.questions._content import default
from quizkit.schemas._base import Amount, Moment, S, Schema, Stored
from quizkit.schemas.attempts import ReviewedQuestion
from quizkit.schemas.credit import OptionalCreditShare
from quizkit.schemas.gradebook import ExpiredAttempt
from quizkit.vocabulary import AttemptEventKind, AttemptState

__all__ = ["AttemptEventReturn", "FinishedBatch", "SupervisedAttempt", "SupervisedReview"]


class SupervisedAttempt(Stored, Generic[S]):
    """An attempt as staff see it: who is at work, how far they are, and what has been earned."""

    id: UUID = Field(description="The id of the attempt.")
    quiz_id: UUID = Field(description="The id of the quiz.")
    assignment_id: UUID = Field(description="The id of the assignment.")
    taker_id: S | None = Field(description="The taker; null for an anonymous or erased taker.")
    number: int = Field(description="The number of the attempt among those of the taker, from 1.")
    state: AttemptState = Field(description="open, overdue, submitted or abandoned.")
    started_at: Moment = Field(description="When it was started.")
    due_at: Moment | None = Field(default=None, description="The deadline; null for no limit.")
    accepts_until: Moment | None = Field(
        default=None, description="The last time for a response, including grace and late time; null for no limit."
    )
    submitted_at: Moment | None = Field(default=None, description="When it was finished; null while it is open.")
    page: int = Field(description="The page on which the taker is, from 1.")
    answered: int = Field(description="How many questions have a response that is not blank.")
    question_count: int = Field(description="How many questions of the paper can be answered.")
    last_response_at: Moment | None = Field(
        default=None, description="When the last response that is stored was received; null for none."
    )
    late: bool = Field(description="Whether a response that counts was late; false before it is finished.")
    score: Amount | None = Field(
        default=None, description="The points earned, so far if needs_grading; null before it is finished."
    )
    max_score: Amount = Field(description="The sum of the points of all questions that count.")
    needs_grading: bool = Field(
        default=False, description="Whether a part needs manual grading; no verb writes manual grades yet."
    )
    late_seconds: int | None = Field(
        default=None, description="How late it counts as, if staff set that: 0 is on time; null by the clock."
    )
    voided_at: Moment | None = Field(default=None, description="When staff voided it; null if it counts.")


# An alias, for the reason that `Model` is one.
Supervised: TypeAlias = SupervisedAttempt[S]


class SupervisedReview(Supervised[S], Generic[S]):
    """An attempt with its questions, responses, points and right answers, whatever its taker may see."""

    title: str = Field(description="The title of the quiz.")
    credit: OptionalCreditShare = default(
        None, "The share of the points that counts by the time of the end; null without such steps."
    )
    grade: Amount | None = Field(
        default=None,
        description="The grade of this attempt, half up to 5 places; null before it is finished, while needs_grading, and "
        "if it is voided.",
    )
    max_grade: Amount = Field(description="The maximum grade of the quiz.")
    pass_grade: Amount | None = Field(default=None, description="The lowest grade that passes; null for no pass mark.")
    passed: bool | None = Field(
        default=None, description="Whether the grade passes; null without a grade, and without a pass mark."
    )
    questions: tuple[ReviewedQuestion, ...] = Field(description="The questions, in the order of the paper.")


class FinishedBatch(Schema, Generic[S]):
    """The result of one step of finishing everybody in an assignment."""

    finished: int = Field(description="How many attempts this step finished.")
    attempts: tuple[ExpiredAttempt[S], ...] = Field(
        default=(), description="The attempts that this step finished, in the order of their ids."
    )
    still_open: int = Field(description="How many attempts in the assignment are still open.")
    more: bool = Field(description="Whether any is still open: commit, and run the next step.")
    broken: int = Field(default=0, description="How many grades could not be computed because an attempt is damaged.")


class AttemptEventReturn(Stored, Generic[S]):
    """Something that staff did with an attempt: who, why and when."""

    id: UUID = Field(description="The id of the event.")
    attempt_id: UUID = Field(description="The attempt.")
    kind: AttemptEventKind = Field(description="finish, reopen, void, unvoid or lateness.")
    settings: Mapping[str, Any] = Field(
        description="What was asked for: `due_at` of a reopening, `seconds` of a lateness, otherwise empty."
    )
    before: Mapping[str, Any] = Field(
        description="The attempt as it was: state, submitted_at, score, due_at, late_seconds, voided_at."
    )
    reason: str = Field(description="The reason.")
    actor_id: S | None = Field(default=None, description="The user who did it; null for a program.")
    created_at: Moment = Field(description="When it was done.")
