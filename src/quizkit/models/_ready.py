"""Ready-made classes for applications without models of their own. Ids of users are opaque strings."""

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
    """A question with its revisions."""


class QuestionRevision(QuestionRevisionMixin, Base):
    """One revision of a question."""


class QuestionTag(QuestionTagMixin, Base):
    """A tag of a question."""


class Quiz(QuizMixin[str], Base):
    """A quiz as its author edits it."""


class QuizRevision(QuizRevisionMixin, Base):
    """A published revision of a quiz."""


class Section(SectionMixin, Base):
    """A section of a quiz revision."""


class Slot(SlotMixin, Base):
    """A slot for one or more questions."""


class Assignment(AssignmentMixin, Base):
    """An assignment of a quiz."""


class AccessEvent(AccessEventMixin[str], Base):
    """A change to the access of a taker or a group."""


class Attempt(AttemptMixin[str], Base):
    """One taker's attempt."""


class AttemptResponse(AttemptResponseMixin, Base):
    """The response in one slot of an attempt."""


class TryEvent(TryEventMixin, Base):
    """A check of a response."""


class GradeEvent(GradeEventMixin[str], Base):
    """A grade of a response."""


class QuizGrade(QuizGradeMixin[str], Base):
    """The grade of one taker in an assignment."""


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
