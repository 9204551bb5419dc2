"""Assignments of quizzes, and changes to the access of takers and groups."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Generic

from sqlalchemy import JSON, Boolean, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from quizkit.models._config import TableConfig, config_of_class
from quizkit.models._row import NAME, Changing, Identified, S
from quizkit.models._types import ID, UtcDateTime, words
from quizkit.vocabulary import AccessKind

__all__ = ["AccessEventMixin", "AssignmentMixin"]


class AssignmentMixin(Changing):
    """An assignment of a quiz: a window, a policy, and the host's name for it (`context`, such as a course).

    Publishing creates a default assignment, so simple uses need no other. Settings that are not in `settings` are
    inherited from the quiz.
    """

    role = "assignment"

    quiz_id: Mapped[uuid.UUID] = mapped_column(ID)
    default_marker: Mapped[bool | None] = mapped_column(
        Boolean(create_constraint=False),
        nullable=True,
        doc="True for the default assignment, otherwise null, so that a unique key allows one for each quiz.",
    )
    context: Mapped[str | None] = mapped_column(words(255), nullable=True)
    zone: Mapped[str | None] = mapped_column(
        words(NAME), nullable=True, doc="The author's time zone; times are stored in UTC."
    )
    opens_at: Mapped[datetime | None] = mapped_column(UtcDateTime(), nullable=True)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime(), nullable=True)
    closes_at: Mapped[datetime | None] = mapped_column(UtcDateTime(), nullable=True)
    settings: Mapped[dict[str, Any]] = mapped_column(
        JSON(), doc="The settings that differ from the quiz; see AssignmentSettings."
    )
    notices: Mapped[list[Any]] = mapped_column(JSON(), doc="Notices on papers; see quizkit.schemas.Notice.")

    @classmethod
    def _constraints(cls, config: TableConfig) -> Iterable[Any]:
        yield cls._refers(config, "quiz_id", "quiz")
        yield UniqueConstraint(*config.key("quiz_id", "default_marker"), name=config.name("uq", cls.role, "default"))
        yield Index(config.name("ix", cls.role, "context"), *config.key("context", "id"))


class AccessEventMixin(Identified, Generic[S]):
    """A change to access: an override, an extension or an accommodation. Append-only.

    The newest override of a taker or a group applies, and the newest accommodation of a person. One with empty
    `settings` revokes the earlier ones. An accommodation belongs to no assignment.
    """

    role = "access_event"

    assignment_id: Mapped[uuid.UUID | None] = mapped_column(ID, nullable=True)
    kind: Mapped[str] = mapped_column(words(16))
    group_name: Mapped[str | None] = mapped_column(words(NAME), nullable=True)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON())
    apply_to_open: Mapped[bool] = mapped_column(
        Boolean(create_constraint=False), doc="Whether it was also meant for attempts that were open then."
    )
    reason: Mapped[str | None] = mapped_column(words(1000), nullable=True)

    @declared_attr
    def taker_id(cls) -> Mapped[S | None]:  # noqa: N805 - SQLAlchemy hands over the class
        """The taker; null if the event is for a group or for everybody."""
        subject = config_of_class(cls).subject
        named = config_of_class(cls).name("fk", cls.role, "taker_id")
        return mapped_column(subject.type_, *subject.foreign_keys(named), nullable=True)

    @declared_attr
    def actor_id(cls) -> Mapped[S | None]:  # noqa: N805 - SQLAlchemy hands over the class
        """The user who made the change; null for a program."""
        subject = config_of_class(cls).subject
        named = config_of_class(cls).name("fk", cls.role, "actor_id")
        return mapped_column(subject.type_, *subject.foreign_keys(named), nullable=True)

    @classmethod
    def _constraints(cls, config: TableConfig) -> Iterable[Any]:
        yield cls._refers(config, "assignment_id", "assignment")
        yield cls._one_of(config, "kind", AccessKind)
        yield Index(config.name("ix", cls.role, "assignment_id"), *config.key("assignment_id", "id"))
        yield Index(config.name("ix", cls.role, "taker_id"), *config.key("taker_id", "assignment_id", "id"))
