"""The mapped classes by role, as the verbs use them."""

from __future__ import annotations

import copy
from dataclasses import dataclass, fields
from typing import Any, Generic, Self, cast

from sqlalchemy import MetaData, Table

from quizkit.errors import UsageError
from quizkit.models._config import TableConfig, config_of_class
from quizkit.models._row import Row, S
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

__all__ = ["Models"]


@dataclass(frozen=True, kw_only=True)
class Models(Generic[S]):
    """Your mounted classes, by role. They determine the type of subject ids."""

    bank: type[BankMixin]
    category: type[CategoryMixin]
    question: type[QuestionMixin]
    question_revision: type[QuestionRevisionMixin]
    question_tag: type[QuestionTagMixin]
    quiz: type[QuizMixin[S]]
    quiz_revision: type[QuizRevisionMixin]
    section: type[SectionMixin]
    slot: type[SlotMixin]
    assignment: type[AssignmentMixin]
    access_event: type[AccessEventMixin[S]]
    attempt: type[AttemptMixin[S]]
    attempt_event: type[AttemptEventMixin[S]]
    attempt_response: type[AttemptResponseMixin]
    try_event: type[TryEventMixin]
    grade_event: type[GradeEventMixin[S]]
    quiz_grade: type[QuizGradeMixin[S]]

    taker_column = "taker_id"
    """The column of attempts and grades by which statements find those of a taker."""

    def for_anonymous(self) -> Self:
        """Return the same classes for statements that find takers by the hash of their token."""
        copied = copy.copy(self)
        object.__setattr__(copied, "taker_column", "token_hash")
        return copied

    @property
    def is_anonymous(self) -> bool:
        """Whether statements find takers by the hash of their token."""
        return self.taker_column != "taker_id"

    def __post_init__(self) -> None:
        """Reject classes of several metadata, of which `create_all` and migrations would see some.

        Raises:
            UsageError: `mount_class`.
        """
        other = [field.name for field in fields(self) if getattr(self, field.name).metadata is not self.metadata]
        if other:
            raise UsageError(
                "mount_class", f"The classes of {', '.join(other)} are mapped on another metadata than that of quiz"
            )

    @property
    def metadata(self) -> MetaData:
        """The metadata of the tables."""
        return self.quiz.metadata

    @property
    def config(self) -> TableConfig:
        """The configuration of the tables."""
        return config_of_class(self.quiz)

    def tables(self) -> list[Table]:
        """Return the tables, each after those that it references."""
        mine = {self.table(getattr(self, field.name)) for field in fields(self)}
        return [table for table in self.metadata.sorted_tables if table in mine]

    @staticmethod
    def table(model: type[Row]) -> Table:
        """Return the table of a mounted class."""
        mounted: Any = model
        return cast("Table", mounted.__table__)
