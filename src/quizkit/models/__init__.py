"""What is stored: generic mixins to mount on your own declarative base, and ready-made classes made from them."""

from __future__ import annotations

from quizkit.models._bundle import Models
from quizkit.models._config import SubjectColumn, TableConfig, TenantColumn, config_of
from quizkit.models._ready import (
    Assignment,
    Attempt,
    AttemptResponse,
    Bank,
    Base,
    GradeEvent,
    Question,
    QuestionRevision,
    Quiz,
    QuizRevision,
    Section,
    Slot,
    models,
)
from quizkit.models._subjects import subject_join
from quizkit.models._types import ExactPoints, UtcDateTime
from quizkit.models.attempts import AttemptMixin, AttemptResponseMixin, GradeEventMixin
from quizkit.models.banks import BankMixin
from quizkit.models.questions import QuestionMixin, QuestionRevisionMixin
from quizkit.models.quizzes import AssignmentMixin, QuizMixin, QuizRevisionMixin, SectionMixin, SlotMixin

__all__ = [
    "Assignment",
    "AssignmentMixin",
    "Attempt",
    "AttemptMixin",
    "AttemptResponse",
    "AttemptResponseMixin",
    "Bank",
    "BankMixin",
    "Base",
    "ExactPoints",
    "GradeEvent",
    "GradeEventMixin",
    "Models",
    "Question",
    "QuestionMixin",
    "QuestionRevision",
    "QuestionRevisionMixin",
    "Quiz",
    "QuizMixin",
    "QuizRevision",
    "QuizRevisionMixin",
    "Section",
    "SectionMixin",
    "Slot",
    "SlotMixin",
    "SubjectColumn",
    "TableConfig",
    "TenantColumn",
    "UtcDateTime",
    "config_of",
    "models",
    "subject_join",
]
