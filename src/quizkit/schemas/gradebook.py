"""Grades of quizzes, and lists of them."""

from typing import Generic
from uuid import UUID

from pydantic import Field

from quizkit.schemas._base import Amount, Moment, S, Schema

__all__ = ["Expired", "LeaderboardEntry", "QuizGradeReturn", "Rebuilt", "TakerGrade"]


class TakerGrade(Schema):
    """The grade that all of a taker's attempts make together, as they may see it."""

    grade: Amount | None = Field(
        description="The grade, half up to 5 places, of what is graded; null until that cannot make it fall."
    )
    max_grade: Amount = Field(description="What the whole quiz is worth as a grade.")
    passed: bool | None = Field(
        default=None,
        description="Whether it passes; null without a pass mark, and while a grade that does not may rise.",
    )
    attempts: int = Field(description="How many attempts it is made of.")
    needs_grading: bool = Field(
        description="Whether only a person could grade something that may change it; no verb writes grades by hand yet."
    )


class QuizGradeReturn(TakerGrade, Generic[S]):
    """The grade of one taker in one assignment."""

    id: UUID = Field(description="The id of the grade.")
    quiz_id: UUID = Field(description="The quiz.")
    assignment_id: UUID = Field(description="The assignment.")
    taker_id: S | None = Field(default=None, description="Whose grade it is; null for an anonymous or erased taker.")
    updated_at: Moment = Field(description="When it was last computed.")


class LeaderboardEntry(QuizGradeReturn[S], Generic[S]):
    """A grade with its rank among all. Who has no grade yet is on no board."""

    grade: Amount = Field(description="The grade, half up to 5 places, of what is graded.")
    rank: int = Field(description="1 for the best; equal grades share a rank, and the next one is as many further.")


class Expired(Schema):
    """What one step of finishing overdue attempts did."""

    finished: int = Field(description="How many attempts were finished.")
    more: bool = Field(description="Whether there may be more: commit, and take the next step.")
    broken: int = Field(default=0, description="How many grades could not be computed: an attempt is damaged.")


class Rebuilt(Schema):
    """What one step of computing grades anew did."""

    grades: int = Field(description="How many grades were computed.")
    changed: int = Field(description="How many were not what they should have been.")
    broken: int = Field(
        default=0, description="How many could not be computed, and stay as they are: an attempt is damaged."
    )
    next_after: UUID | None = Field(description="Pass it as `after` to take the next step; null when all is done.")
