"""The classes for those who have no models of their own. Ids of users are opaque strings."""

from __future__ import annotations

from typing import Final

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from quizkit.models._bundle import Models
from quizkit.models._config import DEFAULT, INFO_KEY
from quizkit.models.assignments import AccessEventMixin, AssignmentMixin
from quizkit.models.attempts import AttemptMixin, AttemptResponseMixin, GradeEventMixin, QuizGradeMixin, TryEventMixin
from quizkit.models.banks import BankMixin
from quizkit.models.categories import CategoryMixin
from quizkit.models.questions import QuestionMixin, QuestionRevisionMixin, QuestionTagMixin
from quizkit.models.quizzes import QuizMixin, QuizRevisionMixin, SectionMixin, SlotMixin


class Base(DeclarativeBase):
    """The declarative base of the ready-made classes."""

    metadata = MetaData(info={INFO_KEY: DEFAULT})


class Bank(BankMixin, Base):
    """A bank of questions."""


class Category(CategoryMixin, Base):
    """A category of a bank."""


class Question(QuestionMixin, Base):
    """A question over time."""


class QuestionRevision(QuestionRevisionMixin, Base):
    """A question as it was at one time."""


class QuestionTag(QuestionTagMixin, Base):
    """A tag of a question."""


class Quiz(QuizMixin[str], Base):
    """A quiz as its author edits it."""


class QuizRevision(QuizRevisionMixin, Base):
    """A quiz as it was published."""


class Section(SectionMixin, Base):
    """A part of a revision."""


class Slot(SlotMixin, Base):
    """A place for a question."""


class Assignment(AssignmentMixin, Base):
    """A quiz given to somebody."""


class AccessEvent(AccessEventMixin[str], Base):
    """Something that was said about access."""


class Attempt(AttemptMixin[str], Base):
    """One taker's attempt."""


class AttemptResponse(AttemptResponseMixin, Base):
    """What was answered in one slot."""


class TryEvent(TryEventMixin, Base):
    """A check of a response."""


class GradeEvent(GradeEventMixin[str], Base):
    """A grade that was given."""


class QuizGrade(QuizGradeMixin[str], Base):
    """The grade of one taker."""


models: Final = Models(
    bank=Bank,
    category=Category,
    question=Question,
    question_revision=QuestionRevision,
    question_tag=QuestionTag,
    quiz=Quiz,
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
