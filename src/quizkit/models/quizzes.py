"""Quizzes, their revisions, and the sections and slots of a revision."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Generic

from sqlalchemy import JSON, Boolean, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from quizkit.models._config import TableConfig, config_of_class
from quizkit.models._row import Changing, Identified, Row, S
from quizkit.models._types import ID, ExactFraction, ExactPoints, UtcDateTime, words
from quizkit.vocabulary import Behaviour, Counting, GradingMethod, Navigation, Prefill, QuizState, TimeUp

__all__ = ["QuizMixin", "QuizRevisionMixin", "SectionMixin", "SlotMixin"]


SEARCHED = 1000


class _Policy(Row):
    """The policy of a quiz. The columns of a quiz are those that its author edits; a revision has the published ones."""

    title: Mapped[str] = mapped_column(words(128))
    description: Mapped[str | None] = mapped_column(words(512), nullable=True)
    max_attempts: Mapped[int | None] = mapped_column(Integer(), nullable=True)
    time_limit_seconds: Mapped[int | None] = mapped_column(Integer(), nullable=True)
    grace_seconds: Mapped[int] = mapped_column(Integer())
    shuffle_questions: Mapped[bool] = mapped_column(Boolean(create_constraint=False))
    shuffle_sections: Mapped[bool] = mapped_column(Boolean(create_constraint=False))
    behaviour: Mapped[str] = mapped_column(words(32))
    penalty: Mapped[Fraction] = mapped_column(
        ExactFraction(), doc="The penalty for each try, as a share of the points."
    )
    prefill: Mapped[str] = mapped_column(words(16), doc="What a new attempt takes over from the last one.")
    check_delay_seconds: Mapped[int] = mapped_column(Integer(), doc="The time between two checks of a question.")
    wrong_penalty: Mapped[Fraction] = mapped_column(
        ExactFraction(), doc="The share of its points that each wrong response loses."
    )
    negative_grades: Mapped[bool] = mapped_column(Boolean(create_constraint=False))
    min_time_seconds: Mapped[int] = mapped_column(
        Integer(), doc="How long after its start an attempt can be submitted at the earliest."
    )
    delays_seconds: Mapped[list[int]] = mapped_column(
        JSON(), doc="The times between two attempts, in order; the last one repeats."
    )
    stop_after_passing: Mapped[bool] = mapped_column(Boolean(create_constraint=False))
    time_up: Mapped[str] = mapped_column(words(16))
    late_seconds: Mapped[int | None] = mapped_column(Integer(), nullable=True)
    late_penalty: Mapped[Fraction] = mapped_column(
        ExactFraction(), doc="The share of its points that a late response loses."
    )
    credit: Mapped[list[Any]] = mapped_column(JSON(), doc="Steps; see quizkit.schemas.CreditStep.")
    grading_method: Mapped[str] = mapped_column(words(16))
    best_attempts: Mapped[int] = mapped_column(Integer())
    max_grade: Mapped[Decimal | None] = mapped_column(
        ExactPoints(16), nullable=True, doc="The maximum grade; null for the sum of the points."
    )
    pass_grade: Mapped[Decimal | None] = mapped_column(ExactPoints(16), nullable=True)
    review: Mapped[dict[str, Any]] = mapped_column(
        JSON(), doc="Review moments by item; see quizkit.schemas.ReviewPolicy."
    )
    feedback_bands: Mapped[list[Any]] = mapped_column(JSON())

    @classmethod
    def _policy_words(cls, config: TableConfig) -> Iterable[Any]:
        yield cls._one_of(config, "behaviour", Behaviour)
        yield cls._one_of(config, "time_up", TimeUp)
        yield cls._one_of(config, "grading_method", GradingMethod)
        yield cls._one_of(config, "prefill", Prefill)


class QuizMixin(_Policy, Changing, Generic[S]):
    """A quiz as its author edits it. `revision` is the number of the published revision, if any."""

    role = "quiz"

    bank_id: Mapped[uuid.UUID] = mapped_column(ID)
    state: Mapped[str] = mapped_column(words(16))
    search: Mapped[str] = mapped_column(
        words(SEARCHED), doc="Title and description, folded and truncated, for searching."
    )
    question_count: Mapped[int] = mapped_column(Integer(), doc="How many questions the outline has, without draws.")
    draw_count: Mapped[int] = mapped_column(Integer(), doc="How many questions the outline draws at most.")
    max_score: Mapped[Decimal | None] = mapped_column(
        ExactPoints(16), nullable=True, doc="The points of the published revision."
    )
    revision: Mapped[int | None] = mapped_column(Integer(), nullable=True)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime(), nullable=True)
    assignment_id: Mapped[uuid.UUID | None] = mapped_column(
        ID,
        nullable=True,
        doc="The default assignment; null before the first publishing. No foreign key: assignments refer to quizzes.",
    )

    @declared_attr
    def author_id(cls) -> Mapped[S | None]:  # noqa: N805 - SQLAlchemy hands over the class
        """The host's user who created it; null if none was given."""
        subject = config_of_class(cls).subject
        named = config_of_class(cls).name("fk", cls.role, "author_id")
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
    """A published revision of a quiz, or the draft of the next one (`published_at` is null).

    A published revision never changes. `content_hash` covers the ids and hashes of its questions, in order.
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
    """A section of a revision, with its own order, pages and navigation."""

    role = "section"

    quiz_revision_id: Mapped[uuid.UUID] = mapped_column(ID)
    position: Mapped[int] = mapped_column(Integer())
    title: Mapped[str | None] = mapped_column(words(128), nullable=True)
    shuffle: Mapped[bool] = mapped_column(Boolean(create_constraint=False))
    navigation: Mapped[str] = mapped_column(words(16))
    per_page: Mapped[int | None] = mapped_column(
        Integer(), nullable=True, doc="The number of questions on a page; null for all."
    )
    time_limit_seconds: Mapped[int | None] = mapped_column(
        Integer(), nullable=True, doc="The time for the section from the first visit; null for no limit."
    )
    pass_share: Mapped[Fraction | None] = mapped_column(
        ExactFraction(), nullable=True, doc="The share of its points that must be reached to pass; null for any."
    )
    show_tags: Mapped[bool] = mapped_column(
        Boolean(create_constraint=False), doc="Whether takers see the tags of its questions."
    )

    @classmethod
    def _constraints(cls, config: TableConfig) -> Iterable[Any]:
        yield cls._refers(config, "quiz_revision_id", "quiz_revision")
        yield cls._one_of(config, "navigation", Navigation)
        yield cls._holds(config, "per_page", "per_page >= 1")
        yield cls._holds(config, "time_limit_seconds", "time_limit_seconds >= 1")
        yield UniqueConstraint(
            *config.key("quiz_revision_id", "position"),
            name=config.name("uq", cls.role, "quiz_revision_id", "position"),
        )


class SlotMixin(Identified):
    """A slot for a question, or for several that are drawn when an attempt starts.

    With a `question_id` the slot is for that question: the revision that is `pinned`, or the latest one while in a
    draft, which publishing pins. Without one it draws `draw_count` questions from a bank: only from a category and its
    subcategories, if one is given, and only those with all of the tags. `points` overrides the points of the question.
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
    time_limit_seconds: Mapped[int | None] = mapped_column(
        Integer(), nullable=True, doc="The time for each question from the first visit; null for no limit."
    )
    pass_share: Mapped[Fraction | None] = mapped_column(
        ExactFraction(), nullable=True, doc="The share of its points that must be reached to pass; null for any."
    )
    draw_count: Mapped[int | None] = mapped_column(Integer(), nullable=True)
    draw_bank_id: Mapped[uuid.UUID | None] = mapped_column(ID, nullable=True)
    draw_category_id: Mapped[uuid.UUID | None] = mapped_column(ID, nullable=True)
    draw_tags: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True), nullable=True)
    draw_fresh: Mapped[bool | None] = mapped_column(
        Boolean(create_constraint=False),
        nullable=True,
        doc="Whether to draw only questions that were on no earlier paper of the taker.",
    )
    draw_min: Mapped[int | None] = mapped_column(
        Integer(), nullable=True, doc="How many questions are enough; null for `draw_count`."
    )
    draw_unseen_first: Mapped[bool | None] = mapped_column(
        Boolean(create_constraint=False),
        nullable=True,
        doc="Whether questions that were on an earlier paper of the taker are drawn only after the others.",
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
        yield cls._holds(config, "time_limit_seconds", "time_limit_seconds >= 1")
        yield cls._holds(config, "kind", "(question_id IS NULL) = (draw_bank_id IS NOT NULL)")
        yield cls._holds(config, "draw_count", "draw_count >= 1")
        yield cls._holds(config, "draw_min", "draw_min BETWEEN 1 AND draw_count")
