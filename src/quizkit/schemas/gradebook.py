"""Grades of quizzes, and lists of grades."""

from typing import Generic
from uuid import UUID

from pydantic import Field

from quizkit.schemas._base import Amount, Moment, S, Schema, Stored
from quizkit.vocabulary import AttemptState, GradingMethod

__all__ = [
    "Expired", "ExpiredAttempt", "GroupMean", "LeaderboardEntry", "LeaderboardPlace", "QuizGradeReturn", "Rebuilt",
    "RosterEntry", "Standing", "TakerGrade",
]  # fmt: skip


class TakerGrade(Stored):
    """The grade of a taker over all their attempts, as the taker may see it."""

    grade: Amount | None = Field(
        description="The grade of the graded attempts, rounded half up to 5 places; null while it is hidden and "
        "while manual grading could lower it."
    )
    max_grade: Amount = Field(description="The maximum grade of the quiz.")
    passed: bool | None = Field(
        default=None,
        description="Whether the grade passes and every required share is reached; null if nothing has to be reached, "
        "while it is hidden, and while a failing grade may still rise.",
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
    pseudonym: str | None = Field(default=None, description="The pseudonym of an anonymous taker; null for a user.")
    reached_at: Moment | None = Field(
        default=None,
        description="When the last of the attempts that the grade is made of was finished; null without a grade.",
    )
    updated_at: Moment = Field(description="When it was last computed.")


class LeaderboardEntry(QuizGradeReturn[S], Generic[S]):
    """A grade with its rank. Takers without a grade are not listed."""

    grade: Amount = Field(description="The grade of the graded attempts, rounded half up to 5 places.")
    rank: int = Field(description="1 for the best; equal grades share a rank, and the ranks after them are skipped.")


class LeaderboardPlace(Schema, Generic[S]):
    """The place of one taker on a leaderboard, with the entries around it, the best first."""

    takers: int = Field(description="How many takers are on the leaderboard.")
    above: tuple[LeaderboardEntry[S], ...] = Field(description="The entries directly before the taker's own.")
    own: LeaderboardEntry[S] = Field(description="The taker's own entry.")
    below: tuple[LeaderboardEntry[S], ...] = Field(description="The entries directly after the taker's own.")


class GroupMean(Schema):
    """The mean of the grades of a group that the caller named."""

    group: str = Field(description="The caller's name of the group.")
    grades: int = Field(description="How many takers of the group have a grade; the others do not count.")
    mean: Amount | None = Field(description="The mean of these grades, rounded half up to 5 places; null without any.")


class Standing(Schema, Generic[S]):
    """The sum of a taker's grades in several assignments, with its rank."""

    id: UUID = Field(description="The lowest id of the grades in the sum.")
    rank: int = Field(description="1 for the best; equal sums share a rank, and the ranks after them are skipped.")
    taker_id: S | None = Field(default=None, description="The taker; null for an anonymous or erased taker.")
    pseudonym: str | None = Field(default=None, description="The pseudonym of an anonymous taker; null for a user.")
    grade: Amount = Field(description="The sum of the taker's grades.")
    max_grade: Amount = Field(description="The sum of the maximum grades of the quizzes in the sum.")
    attempts: int = Field(description="How many attempts count.")
    assignments: int = Field(description="How many assignments are in the sum: those in which the taker has a grade.")
    reached_at: Moment = Field(description="When the last of these grades was reached.")


class RosterEntry(Schema, Generic[S]):
    """A taker whom the caller named, with the grade, if there is one."""

    taker_id: S = Field(description="The taker, as the caller named them.")
    started: bool = Field(description="Whether the taker has started an attempt; previews do not count.")
    grade: QuizGradeReturn[S] | None = Field(description="The grade; null until an attempt counts.")


class ExpiredAttempt(Schema, Generic[S]):
    """An attempt that a job or staff have finished."""

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
