"""Quizzes, their revisions, and what a revision is made of."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, Generic

from sqlalchemy import Boolean, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from quizkit.models._config import TableConfig, config_of
from quizkit.models._row import Changing, Identified, S
from quizkit.models._types import ID, ExactPoints, UtcDateTime, words
from quizkit.vocabulary import QuizState

__all__ = ["AssignmentMixin", "QuizMixin", "QuizRevisionMixin", "SectionMixin", "SlotMixin"]


class _Policy:
    """How a quiz is taken. A quiz has what its author edits, a revision what was published."""

    title: Mapped[str] = mapped_column(words(128))
    description: Mapped[str | None] = mapped_column(words(512), nullable=True)
    max_attempts: Mapped[int | None] = mapped_column(Integer(), nullable=True)
    time_limit_seconds: Mapped[int | None] = mapped_column(Integer(), nullable=True)
    grace_seconds: Mapped[int] = mapped_column(Integer())
    shuffle_questions: Mapped[bool] = mapped_column(Boolean(create_constraint=False))


class QuizMixin(_Policy, Changing, Generic[S]):
    """A quiz as its author edits it. `revision` is the number of the published revision, if there is one."""

    role = "quiz"

    bank_id: Mapped[uuid.UUID] = mapped_column(ID)
    state: Mapped[str] = mapped_column(words(16))
    revision: Mapped[int | None] = mapped_column(Integer(), nullable=True)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime(), nullable=True)

    @declared_attr
    def author_id(cls) -> Mapped[S | None]:  # noqa: N805 - SQLAlchemy hands over the class
        """The host's user who made it; null where nobody was named."""
        subject = config_of(cls.metadata).subject
        named = config_of(cls.metadata).name("fk", cls.role, "author_id")
        return mapped_column(subject.type_, *subject.foreign_keys(named), nullable=True)

    @classmethod
    def _constraints(cls, config: TableConfig) -> Iterable[Any]:
        yield cls._refers(config, "bank_id", "bank")
        yield Index(config.name("ix", cls.role, "bank_id"), *config.key("bank_id"))
        yield Index(config.name("ix", cls.role, "author_id"), *config.key("author_id", "id"))
        yield cls._one_of(config, "state", QuizState)
        yield cls._holds(config, "max_attempts", "max_attempts >= 1")
        yield cls._holds(config, "time_limit_seconds", "time_limit_seconds >= 1")


class QuizRevisionMixin(_Policy, Identified):
    """A quiz as it was published, or the draft of what will be published next (`published_at` is null).

    A published revision never changes. `content_hash` is over the hashes of its questions, in order.
    """

    role = "quiz_revision"

    quiz_id: Mapped[uuid.UUID] = mapped_column(ID)
    number: Mapped[int] = mapped_column(Integer())
    max_score: Mapped[Decimal | None] = mapped_column(ExactPoints(16), nullable=True)
    content_hash: Mapped[str | None] = mapped_column(words(64), nullable=True)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime(), nullable=True)

    @classmethod
    def _constraints(cls, config: TableConfig) -> Iterable[Any]:
        yield cls._refers(config, "quiz_id", "quiz")
        yield UniqueConstraint(*config.key("quiz_id", "number"), name=config.name("uq", cls.role, "quiz_id", "number"))
        yield cls._holds(config, "number", "number >= 1")


class SectionMixin(Identified):
    """A part of a revision, with an order of its own."""

    role = "section"

    quiz_revision_id: Mapped[uuid.UUID] = mapped_column(ID)
    position: Mapped[int] = mapped_column(Integer())
    title: Mapped[str | None] = mapped_column(words(128), nullable=True)

    @classmethod
    def _constraints(cls, config: TableConfig) -> Iterable[Any]:
        yield cls._refers(config, "quiz_revision_id", "quiz_revision")
        yield UniqueConstraint(
            *config.key("quiz_revision_id", "position"),
            name=config.name("uq", cls.role, "quiz_revision_id", "position"),
        )


class SlotMixin(Identified):
    """A place for a question. It follows the latest revision while in a draft, and pins one when published.

    `points` replaces what the question is worth by itself, where it is set.
    """

    role = "slot"

    section_id: Mapped[uuid.UUID] = mapped_column(ID)
    position: Mapped[int] = mapped_column(Integer())
    question_id: Mapped[uuid.UUID] = mapped_column(ID)
    question_revision_id: Mapped[uuid.UUID | None] = mapped_column(ID, nullable=True)
    points: Mapped[Decimal | None] = mapped_column(ExactPoints(12), nullable=True)

    @classmethod
    def _constraints(cls, config: TableConfig) -> Iterable[Any]:
        yield cls._refers(config, "section_id", "section")
        yield cls._refers(config, "question_id", "question")
        yield cls._refers(config, "question_revision_id", "question_revision")
        yield UniqueConstraint(
            *config.key("section_id", "position"), name=config.name("uq", cls.role, "section_id", "position")
        )
        yield Index(config.name("ix", cls.role, "question_id"), *config.key("question_id"))
        yield Index(config.name("ix", cls.role, "question_revision_id"), *config.key("question_revision_id"))
        yield cls._holds(config, "points", "points >= 0")


class AssignmentMixin(Changing):
    """A quiz given to somebody: a window, a policy, and what the host calls it (`context`, such as a course).

    Publishing makes a default one, so the simple path never sees it. What is null here follows the quiz.
    """

    role = "assignment"

    quiz_id: Mapped[uuid.UUID] = mapped_column(ID)
    default_marker: Mapped[bool | None] = mapped_column(
        Boolean(create_constraint=False),
        nullable=True,
        doc="True for the default assignment and else null, so that a unique key allows one for each quiz.",
    )
    context: Mapped[str | None] = mapped_column(words(255), nullable=True)
    opens_at: Mapped[datetime | None] = mapped_column(UtcDateTime(), nullable=True)
    closes_at: Mapped[datetime | None] = mapped_column(UtcDateTime(), nullable=True)
    max_attempts: Mapped[int | None] = mapped_column(Integer(), nullable=True)
    time_limit_seconds: Mapped[int | None] = mapped_column(Integer(), nullable=True)

    @classmethod
    def _constraints(cls, config: TableConfig) -> Iterable[Any]:
        yield cls._refers(config, "quiz_id", "quiz")
        yield UniqueConstraint(*config.key("quiz_id", "default_marker"), name=config.name("uq", cls.role, "default"))
