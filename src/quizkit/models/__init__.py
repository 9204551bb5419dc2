"""SQLAlchemy models: `mount` for your own declarative base, generic mixins for your own classes, ready-made classes.

The ready-made classes are mapped when one of them is first used (decision 0072): a host that mounts its own does not pay
for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from quizkit import _first_use
from quizkit.models._bundle import Models
from quizkit.models._config import SubjectColumn, TableConfig, TenantColumn, config_of
from quizkit.models._mounting import mount
from quizkit.models._subjects import subject_join
from quizkit.models._types import ExactFraction, ExactPoints, UtcDateTime
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

if TYPE_CHECKING:
    from quizkit.models._ready import (
        AccessEvent,
        Assignment,
        Attempt,
        AttemptEvent,
        AttemptResponse,
        Bank,
        Base,
        Category,
        GradeEvent,
        Question,
        QuestionRevision,
        QuestionTag,
        Quiz,
        QuizGrade,
        QuizRevision,
        Section,
        Slot,
        TryEvent,
        models,
    )

__all__ = [
    "AccessEvent",
    "AccessEventMixin",
    "Assignment",
    "AssignmentMixin",
    "Attempt",
    "AttemptEvent",
    "AttemptEventMixin",
    "AttemptMixin",
    "AttemptResponse",
    "AttemptResponseMixin",
    "Bank",
    "BankMixin",
    "Base",
    "Category",
    "CategoryMixin",
    "ExactFraction",
    "ExactPoints",
    "GradeEvent",
    "GradeEventMixin",
    "Models",
    "Question",
    "QuestionMixin",
    "QuestionRevision",
    "QuestionRevisionMixin",
    "QuestionTag",
    "QuestionTagMixin",
    "Quiz",
    "QuizGrade",
    "QuizGradeMixin",
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
    "TryEvent",
    "TryEventMixin",
    "UtcDateTime",
    "config_of",
    "models",
    "mount",
    "subject_join",
]

if not TYPE_CHECKING:  # a checker that sees a `__getattr__` accepts every name
    _READY = {name: "quizkit.models._ready" for name in __all__ if name not in globals()}
    __getattr__, __dir__ = _first_use.at_first_use(__name__, _READY)
