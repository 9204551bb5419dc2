"""Ready-made classes for applications without models of their own. Ids of users are opaque strings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from quizkit.models._mounting import mount

if TYPE_CHECKING:
    from quizkit.models.assignments import AccessEventMixin, AssignmentMixin
    from quizkit.models.attempts import (
        AttemptEventMixin,
        AttemptMixin,
        AttemptResponseMixin,
        GradeEventMixin,
        QuizGradeMixin,
        TryEventMixin,
    )
    from quizkit.models.banks import BankMixin
    from quizkit.models.categories import CategoryMixin
    from quizkit.models.questions import QuestionMixin, QuestionRevisionMixin, QuestionTagMixin
    from quizkit.models.quizzes import QuizMixin, QuizRevisionMixin, SectionMixin, SlotMixin


class Base(DeclarativeBase):
    """The declarative base of the ready-made classes."""

    metadata = MetaData()


models: Final = mount(Base)

if TYPE_CHECKING:
    # For type checkers, so that the names are valid annotations.

    class Bank(BankMixin, Base): ...

    class Category(CategoryMixin, Base): ...

    class Question(QuestionMixin, Base): ...

    class QuestionRevision(QuestionRevisionMixin, Base): ...

    class QuestionTag(QuestionTagMixin, Base): ...

    class Quiz(QuizMixin[str], Base): ...

    class QuizRevision(QuizRevisionMixin, Base): ...

    class Section(SectionMixin, Base): ...

    class Slot(SlotMixin, Base): ...

    class Assignment(AssignmentMixin, Base): ...

    class AccessEvent(AccessEventMixin[str], Base): ...

    class Attempt(AttemptMixin[str], Base): ...

    class AttemptEvent(AttemptEventMixin[str], Base): ...

    class AttemptResponse(AttemptResponseMixin, Base): ...

    class TryEvent(TryEventMixin, Base): ...

    class GradeEvent(GradeEventMixin[str], Base): ...

    class QuizGrade(QuizGradeMixin[str], Base): ...

else:
    Bank = models.bank
    Category = models.category
    Question = models.question
    QuestionRevision = models.question_revision
    QuestionTag = models.question_tag
    Quiz = models.quiz
    QuizRevision = models.quiz_revision
    Section = models.section
    Slot = models.slot
    Assignment = models.assignment
    AccessEvent = models.access_event
    Attempt = models.attempt
    AttemptEvent = models.attempt_event
    AttemptResponse = models.attempt_response
    TryEvent = models.try_event
    GradeEvent = models.grade_event
    QuizGrade = models.quiz_grade
