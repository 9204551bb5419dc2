"""quizkit's classes on the application's base. Give them any names, columns and relationships you like."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base
from app.models import Course, User
from quizkit.crud import Quizkit
from quizkit.models import AttemptMixin, QuizMixin, mount


class Quiz(QuizMixin[int], Base):
    """A quiz, which belongs to a course of ours."""

    course_id: Mapped[int | None] = mapped_column(ForeignKey("courses.id"), index=True)
    course: Mapped[Course | None] = relationship()
    author: Mapped[User | None] = relationship()


class Attempt(AttemptMixin[int], Base):
    """An attempt, by a user of ours."""

    taker: Mapped[User | None] = relationship()


kit = Quizkit(mount(Base, quiz=Quiz, attempt=Attempt))
