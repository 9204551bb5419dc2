"""Grades of quizzes, and lists of grades."""

from typing import Generic
from uuid import UUID

from pydantic import Field

from quizkit.schemas._base import Amount, Moment, S, Schema, Stored
from quizkit.vocabulary import AttemptState, GradingMethod

__all__ = ["Expired", "ExpiredAttempt", "LeaderboardEntry", "QuizGradeReturn", "Rebuilt", "TakerGrade"]


class TakerGrade(Stored):
    """The grade of a taker over all their attempts, as the taker may see it."""

    grade: Amount | None = Field(
        description="The grade of the graded attempts, rounded half up to 5 places; null while it is hidden and "
        "while manual grading could lower it."
    )
    max_grade: Amount = Field(description="The maximum grade of the quiz.")
    passed: bool | None = Field(
        default=None,
        description="Whether the grade passes; null without a pass mark, while it is hidden, and "
        "while a failing grade may still rise.",
    )
    attempts: int = Field(description="How many attempts count.")
    needs_grading: bool = Field(description="Whether manual grading may change it; no verb writes manual grades yet.")
    grading_method: GradingMethod = Field(description="How the attempts are combined.")
    best_attempts: int = Field(description="best: of how many attempts the grade is the average.")
    pass_grade: Amount | None = Field(default=None, description="The lowest grade that passes; null for no pass mark.")


class QuizGradeReturn(TakerGrade, Generic[S]):
    """The grade of one taker in one assignment."""

    id: UUID = Field(description="The id of the grade.")
    quiz_id: UUID = Field(description="The quiz.")
    assignment_id: UUID = Field(description="The assignment.")
    taker_id: S | None = Field(default=None, description="The taker; null for an anonymous or erased taker.")
    updated_at: Moment = Field(description="When it was last computed.")


class LeaderboardEntry(QuizGradeReturn[S], Generic[S]):
    """A grade with its rank. Takers without a grade are not listed."""

    grade: Amount = Field(description="The grade of the graded attempts, rounded half up to 5 places.")
    rank: int = Field(description="1 for the best; equal grades share a rank, and the ranks after them are skipped.")


class ExpiredAttempt(Schema, Generic[S]):
    """An overdue attempt that a job has finished."""

    attempt_id: UUID = Field(description="The id of the attempt.")
    quiz_id: UUID = Field(description="The id of the quiz.")
    assignment_id: UUID = Field(description="The id of the assignment.")
    taker_id: S | None = Field(description="The taker; null for an anonymous or erased taker.")
    state: AttemptState = Field(description="submitted, or abandoned, which never counts.")


class Expired(Schema, Generic[S]):
    """The result of one batch of finishing overdue attempts."""

    finished: int = Field(description="How many attempts were finished.")
    attempts: tuple[ExpiredAttempt[S], ...] = Field(
        default=(), description="The attempts that were finished, earliest deadline first."
    )
    more: bool = Field(description="Whether there may be more: commit, and run the next batch.")
    broken: int = Field(default=0, description="How many grades could not be computed because an attempt is damaged.")


class Rebuilt(Schema):
    """The result of one batch of recomputing grades."""

    grades: int = Field(description="How many grades were computed.")
    changed: int = Field(description="How many grades were wrong and have been corrected.")
    broken: int = Field(
        default=0, description="How many could not be computed because an attempt is damaged, and are unchanged."
    )
    next_after: UUID | None = Field(description="Pass it as `after` to run the next batch; null after the last.")
