"""quizkit's classes on the application's base. Give them any names, columns and relationships you like."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base
from app.models import Course, User
from quizkit import models
from quizkit.crud import Quizkit


class Quiz(models.QuizMixin[int], Base):
    """A quiz, which belongs to a course of ours."""

    course_id: Mapped[int | None] = mapped_column(ForeignKey("courses.id"), index=True)
    course: Mapped[Course | None] = relationship()
    author: Mapped[User | None] = relationship()


class Attempt(models.AttemptMixin[int], Base):
    """An attempt, by a user of ours."""

    taker: Mapped[User | None] = relationship()


class Bank(models.BankMixin, Base): ...


class Category(models.CategoryMixin, Base): ...


class Question(models.QuestionMixin, Base): ...


class QuestionRevision(models.QuestionRevisionMixin, Base): ...


class QuestionTag(models.QuestionTagMixin, Base): ...


class QuizRevision(models.QuizRevisionMixin, Base): ...


class Section(models.SectionMixin, Base): ...


class Slot(models.SlotMixin, Base): ...


class Assignment(models.AssignmentMixin, Base): ...


class AccessEvent(models.AccessEventMixin[int], Base): ...


class AttemptResponse(models.AttemptResponseMixin, Base): ...


class TryEvent(models.TryEventMixin, Base): ...


class GradeEvent(models.GradeEventMixin[int], Base): ...


class QuizGrade(models.QuizGradeMixin[int], Base): ...


kit = Quizkit(
    models.Models(
        quiz=Quiz,
        bank=Bank,
        category=Category,
        question=Question,
        question_revision=QuestionRevision,
        question_tag=QuestionTag,
        quiz_revision=QuizRevision,
        section=Section,
        slot=Slot,
        assignment=Assignment,
        access_event=AccessEvent,
        attempt=Attempt,
        attempt_response=AttemptResponse,
        try_event=TryEvent,
        grade_event=GradeEvent,
        quiz_grade=QuizGrade,
    )
)
