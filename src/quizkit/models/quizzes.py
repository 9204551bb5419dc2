"""Quizzes, their revisions, and what a revision is made of."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Generic

from sqlalchemy import JSON, Boolean, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from quizkit.models._config import TableConfig, config_of
from quizkit.models._row import Changing, Identified, Row, S
from quizkit.models._types import ID, ExactFraction, ExactPoints, UtcDateTime, words
from quizkit.vocabulary import Behaviour, Counting, GradingMethod, Navigation, QuizState, TimeUp

__all__ = ["QuizMixin", "QuizRevisionMixin", "SectionMixin", "SlotMixin"]


class _Policy(Row):
    """How a quiz is taken. A quiz has what its author edits, a revision what was published."""

    title: Mapped[str] = mapped_column(words(128))
    description: Mapped[str | None] = mapped_column(words(512), nullable=True)
    max_attempts: Mapped[int | None] = mapped_column(Integer(), nullable=True)
    time_limit_seconds: Mapped[int | None] = mapped_column(Integer(), nullable=True)
    grace_seconds: Mapped[int] = mapped_column(Integer())
    shuffle_questions: Mapped[bool] = mapped_column(Boolean(create_constraint=False))
    behaviour: Mapped[str] = mapped_column(words(32))
    penalty: Mapped[Fraction] = mapped_column(ExactFraction(), doc="What each try costs, as a share of the points.")
    min_delay_seconds: Mapped[int] = mapped_column(Integer())
    time_up: Mapped[str] = mapped_column(words(16))
    late_seconds: Mapped[int | None] = mapped_column(Integer(), nullable=True)
    late_penalty: Mapped[Fraction] = mapped_column(ExactFraction(), doc="What a late answer loses, as a share.")
    grading_method: Mapped[str] = mapped_column(words(16))
    max_grade: Mapped[Decimal | None] = mapped_column(
        ExactPoints(16), nullable=True, doc="What the whole quiz is worth as a grade; null for its points."
    )
    pass_grade: Mapped[Decimal | None] = mapped_column(ExactPoints(16), nullable=True)
    review: Mapped[dict[str, Any]] = mapped_column(JSON(), doc="Moments by item; see quizkit.schemas.ReviewPolicy.")
    feedback_bands: Mapped[list[Any]] = mapped_column(JSON())

    @classmethod
    def _policy_words(cls, config: TableConfig) -> Iterable[Any]:
        yield cls._one_of(config, "behaviour", Behaviour)
        yield cls._one_of(config, "time_up", TimeUp)
        yield cls._one_of(config, "grading_method", GradingMethod)


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
        yield from cls._policy_words(config)
        yield cls._holds(config, "max_attempts", "max_attempts >= 1")
        yield cls._holds(config, "time_limit_seconds", "time_limit_seconds >= 1")


class QuizRevisionMixin(_Policy, Identified):
    """A quiz as it was published, or the draft of what will be published next (`published_at` is null).

    A published revision never changes. `content_hash` is over the ids and hashes of its questions, in order.
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
        yield from cls._policy_words(config)
        yield cls._holds(config, "number", "number >= 1")


class SectionMixin(Identified):
    """A part of a revision, with an order, pages and a way through them of its own."""

    role = "section"

    quiz_revision_id: Mapped[uuid.UUID] = mapped_column(ID)
    position: Mapped[int] = mapped_column(Integer())
    title: Mapped[str | None] = mapped_column(words(128), nullable=True)
    shuffle: Mapped[bool] = mapped_column(Boolean(create_constraint=False))
    navigation: Mapped[str] = mapped_column(words(16))
    per_page: Mapped[int | None] = mapped_column(Integer(), nullable=True, doc="Questions on a page; null for all.")

    @classmethod
    def _constraints(cls, config: TableConfig) -> Iterable[Any]:
        yield cls._refers(config, "quiz_revision_id", "quiz_revision")
        yield cls._one_of(config, "navigation", Navigation)
        yield cls._holds(config, "per_page", "per_page >= 1")
        yield UniqueConstraint(
            *config.key("quiz_revision_id", "position"),
            name=config.name("uq", cls.role, "quiz_revision_id", "position"),
        )


class SlotMixin(Identified):
    """A place for a question, or for several that are drawn when an attempt starts.

    With a `question_id` it is for that question: for the revision that is `pinned`, else for the latest while in a
    draft, which publishing pins. Else it draws `draw_count` questions from a bank: of a category and those under it,
    if there is one, and with all of the tags. `points` replaces what a question is worth by itself, where it is set.
    """

    role = "slot"

    section_id: Mapped[uuid.UUID] = mapped_column(ID)
    position: Mapped[int] = mapped_column(Integer())
    question_id: Mapped[uuid.UUID | None] = mapped_column(ID, nullable=True)
    question_revision_id: Mapped[uuid.UUID | None] = mapped_column(ID, nullable=True)
    pinned: Mapped[bool] = mapped_column(Boolean(create_constraint=False))
    points: Mapped[Decimal | None] = mapped_column(ExactPoints(12), nullable=True)
    counting: Mapped[str] = mapped_column(words(16))
    requires_previous: Mapped[bool] = mapped_column(Boolean(create_constraint=False))
    draw_count: Mapped[int | None] = mapped_column(Integer(), nullable=True)
    draw_bank_id: Mapped[uuid.UUID | None] = mapped_column(ID, nullable=True)
    draw_category_id: Mapped[uuid.UUID | None] = mapped_column(ID, nullable=True)
    draw_tags: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True), nullable=True)
    draw_fresh: Mapped[bool | None] = mapped_column(
        Boolean(create_constraint=False), nullable=True, doc="Whether a taker gets none that they have had before."
    )

    @classmethod
    def _constraints(cls, config: TableConfig) -> Iterable[Any]:
        yield cls._refers(config, "section_id", "section")
        yield cls._refers(config, "question_id", "question")
        yield cls._refers(config, "question_revision_id", "question_revision")
        yield cls._refers(config, "draw_bank_id", "bank")
        yield cls._refers(config, "draw_category_id", "category")
        yield UniqueConstraint(
            *config.key("section_id", "position"), name=config.name("uq", cls.role, "section_id", "position")
        )
        for column in ("question_id", "question_revision_id", "draw_bank_id", "draw_category_id"):
            yield Index(config.name("ix", cls.role, column), *config.key(column))
        yield cls._one_of(config, "counting", Counting)
        yield cls._holds(config, "points", "points >= 0")
        yield cls._holds(config, "kind", "(question_id IS NULL) = (draw_bank_id IS NOT NULL)")
        yield cls._holds(config, "draw_count", "draw_count >= 1")
