"""Attempts, responses, tries, and the resulting grades."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Generic

from sqlalchemy import JSON, Boolean, Index, Integer, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from quizkit.models._config import TableConfig, config_of_class
from quizkit.models._row import NAME, Identified, Row, S
from quizkit.models._types import ID, ExactFraction, ExactPoints, UtcDateTime, words
from quizkit.vocabulary import (
    Action,
    AttemptEventKind,
    AttemptPurpose,
    AttemptState,
    GradeSource,
    GradingMethod,
    TimeUp,
)

__all__ = [
    "AttemptEventMixin",
    "AttemptMixin",
    "AttemptResponseMixin",
    "GradeEventMixin",
    "QuizGradeMixin",
    "TryEventMixin",
]


class AttemptMixin(Identified, Generic[S]):
    """One taker's attempt. Its assignment, revision, seed, paper and deadline are fixed when it starts.

    Exactly one of `taker_id` (the host's user) and `pseudonym` (an anonymous or erased taker) is set, except that with
    `ondelete="SET NULL"` the attempts of a deleted user have neither. `token_hash` finds those of an anonymous taker. `paper` lists the questions in the order of the
    attempt as `[position of the slot in the revision, question revision id, page]`; a drawn question also has the
    beginning of its content hash. `policy` is a copy of the attempt policy at the start.
    """

    role = "attempt"

    quiz_id: Mapped[uuid.UUID] = mapped_column(ID)
    assignment_id: Mapped[uuid.UUID] = mapped_column(ID)
    quiz_revision_id: Mapped[uuid.UUID] = mapped_column(ID)
    pseudonym: Mapped[str | None] = mapped_column(words(NAME), nullable=True)
    token_hash: Mapped[str | None] = mapped_column(
        words(64), nullable=True, doc="SHA-256 of an anonymous taker's token; null for a user."
    )
    claimed_hash: Mapped[str | None] = mapped_column(
        words(64), nullable=True, doc="SHA-256 of the token with which a user has claimed it."
    )
    purpose: Mapped[str] = mapped_column(words(16), doc="real, or preview, which never counts.")
    number: Mapped[int] = mapped_column(Integer())
    state: Mapped[str] = mapped_column(words(16))
    open_marker: Mapped[bool | None] = mapped_column(
        Boolean(create_constraint=False),
        nullable=True,
        doc="True while open, otherwise null, so that a unique key allows one open attempt (MariaDB has no partial index).",
    )
    seed: Mapped[str] = mapped_column(words(32), doc="In hexadecimal; never leaves the server.")
    checksum: Mapped[str] = mapped_column(
        words(64), doc="SHA-256 of the columns that never change; it identifies cached facts about the attempt."
    )
    algorithm: Mapped[int] = mapped_column(
        SmallInteger(), doc="The version of the algorithm that composes a paper from the seed."
    )
    paper: Mapped[list[Any]] = mapped_column(JSON())
    policy: Mapped[dict[str, Any]] = mapped_column(JSON())
    exceptions: Mapped[dict[str, Any]] = mapped_column(
        JSON(), doc="The groups named at the start, and the overrides and accommodations that apply to it."
    )
    started_at: Mapped[datetime] = mapped_column(UtcDateTime())
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime(), nullable=True)
    accepts_until: Mapped[datetime | None] = mapped_column(
        UtcDateTime(), nullable=True, doc="The last time for a response, inclusive."
    )
    on_time_until: Mapped[datetime | None] = mapped_column(
        UtcDateTime(), nullable=True, doc="due_at plus the grace period."
    )
    closes_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime(), nullable=True, doc="When the quiz closes for the taker."
    )
    submittable_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime(), nullable=True, doc="The first time at which its taker can submit it before the deadline."
    )
    time_up: Mapped[str] = mapped_column(words(16))
    current_page: Mapped[int] = mapped_column(SmallInteger(), doc="The current page, from 1.")
    current_slot: Mapped[int | None] = mapped_column(
        SmallInteger(), nullable=True, doc="The slot whose time is being counted."
    )
    current_since: Mapped[datetime | None] = mapped_column(UtcDateTime(), nullable=True)
    opened: Mapped[dict[str, Any]] = mapped_column(
        JSON(), doc="By page: when it was first visited; only of papers with time limits for sections or questions."
    )
    notes: Mapped[dict[str, Any]] = mapped_column(
        JSON(), doc="By slot: a flag, the microseconds that the taker has spent on it, and the number of tries."
    )
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime(), nullable=True)
    late: Mapped[bool] = mapped_column(Boolean(create_constraint=False))
    score: Mapped[Decimal | None] = mapped_column(ExactPoints(16), nullable=True)
    max_score: Mapped[Decimal] = mapped_column(ExactPoints(16))
    needs_grading: Mapped[bool] = mapped_column(Boolean(create_constraint=False))
    late_seconds: Mapped[int | None] = mapped_column(
        Integer(), nullable=True, doc="How late it counts as, by staff; 0 is on time, null by the clock."
    )
    voided_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime(), nullable=True, doc="When staff voided it; then it never counts."
    )
    changes: Mapped[int] = mapped_column(
        Integer(),
        doc="The number of changes to it. On PostgreSQL every change updates it, because a lock alone does not reveal "
        "an older snapshot.",
    )

    @declared_attr
    def taker_id(cls) -> Mapped[S | None]:  # noqa: N805 - SQLAlchemy hands over the class
        """The host's user; null for an anonymous or erased taker."""
        subject = config_of_class(cls).subject
        named = config_of_class(cls).name("fk", cls.role, "taker_id")
        return mapped_column(subject.type_, *subject.foreign_keys(named), nullable=True, sort_order=-1)

    @classmethod
    def _constraints(cls, config: TableConfig) -> Iterable[Any]:
        yield cls._refers(config, "quiz_id", "quiz")
        yield cls._refers(config, "assignment_id", "assignment")
        yield cls._refers(config, "quiz_revision_id", "quiz_revision")
        taker = config.key("assignment_id", "taker_id")
        yield UniqueConstraint(*taker, "purpose", "open_marker", name=config.name("uq", cls.role, "open"))
        yield UniqueConstraint(*taker, "purpose", "number", name=config.name("uq", cls.role, "number"))
        token = config.key("assignment_id", "token_hash")
        yield UniqueConstraint(*token, "purpose", "open_marker", name=config.name("uq", cls.role, "token_open"))
        yield UniqueConstraint(*token, "purpose", "number", name=config.name("uq", cls.role, "token_number"))
        yield Index(config.name("ix", cls.role, "quiz_id"), *config.key("quiz_id", "id"))
        yield Index(config.name("ix", cls.role, "due"), *config.key("open_marker", "accepts_until"))
        yield Index(config.name("ix", cls.role, "taker_id"), *config.key("taker_id", "id"))
        yield Index(config.name("ix", cls.role, "token_hash"), *config.key("token_hash", "id"))
        yield cls._one_of(config, "state", tuple(s for s in AttemptState if s is not AttemptState.OVERDUE))
        yield cls._one_of(config, "purpose", AttemptPurpose)
        yield cls._holds(config, "number", "number >= 1")
        if config.subject.ondelete == "RESTRICT":
            # With SET NULL the database itself clears the taker of a deleted user, and nothing writes a pseudonym.
            # MariaDB refuses a check on a column that a foreign key clears.
            yield cls._holds(config, "token", "token_hash IS NULL OR taker_id IS NULL")
            yield cls._holds(config, "taker", "(taker_id IS NULL) <> (pseudonym IS NULL)")
        yield cls._holds(config, "finished", "(state = 'open') = (submitted_at IS NULL)")
        yield cls._holds(config, "order", "submitted_at >= started_at")
        yield cls._one_of(config, "time_up", TimeUp)
        yield cls._holds(config, "repaired", "state <> 'open' OR (voided_at IS NULL AND late_seconds IS NULL)")


class AttemptEventMixin(Identified, Generic[S]):
    """Something that staff did with an attempt. Append-only.

    `settings` is what was asked for, `before` what changed then: the state, the score and so on until this event.
    """

    role = "attempt_event"

    attempt_id: Mapped[uuid.UUID] = mapped_column(ID)
    kind: Mapped[str] = mapped_column(words(16))
    settings: Mapped[dict[str, Any]] = mapped_column(JSON())
    before: Mapped[dict[str, Any]] = mapped_column(JSON())
    reason: Mapped[str] = mapped_column(words(1000))

    @declared_attr
    def actor_id(cls) -> Mapped[S | None]:  # noqa: N805 - SQLAlchemy hands over the class
        """The user who did it; null for a program."""
        subject = config_of_class(cls).subject
        named = config_of_class(cls).name("fk", cls.role, "actor_id")
        return mapped_column(subject.type_, *subject.foreign_keys(named), nullable=True)

    @classmethod
    def _constraints(cls, config: TableConfig) -> Iterable[Any]:
        yield cls._refers(config, "attempt_id", "attempt")
        yield cls._one_of(config, "kind", AttemptEventKind)
        yield Index(config.name("ix", cls.role, "attempt_id"), *config.key("attempt_id", "id"))


class AttemptResponseMixin(Row):
    """The last response in one slot of an attempt, and its points.

    `effective_points` is the result of all grades of this response, null if it needs manual grading; `late_points` is
    the result if it counts as late. `kept_…` is the last response that was on time, if a late one has replaced it;
    `rules.lateness` decides which of the two counts when the attempt is finished.
    """

    role = "attempt_response"
    keys = ("attempt_id", "slot")

    attempt_id: Mapped[uuid.UUID] = mapped_column(ID)
    slot: Mapped[int] = mapped_column(SmallInteger(), autoincrement=False)
    question_revision_id: Mapped[uuid.UUID] = mapped_column(ID)
    response: Mapped[Any] = mapped_column(JSON())
    sequence: Mapped[int] = mapped_column(Integer())
    picked: Mapped[str | None] = mapped_column(
        words(32), nullable=True, doc="The option that was picked, if it is a single one; for statistics in SQL."
    )
    effective_points: Mapped[Decimal | None] = mapped_column(ExactPoints(12), nullable=True, deferred=True)
    counts: Mapped[bool] = mapped_column(
        Boolean(create_constraint=False), doc="Whether its points are part of the score."
    )
    answered: Mapped[bool] = mapped_column(
        Boolean(create_constraint=False), doc="Whether it is not blank; counted in lists of supervision."
    )
    certainty: Mapped[str | None] = mapped_column(words(8), nullable=True, doc="How certain the taker is.")
    marker: Mapped[str] = mapped_column(words(80), deferred=True)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime())
    late_points: Mapped[Decimal | None] = mapped_column(ExactPoints(12), nullable=True, deferred=True)
    kept_response: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    kept_sequence: Mapped[int | None] = mapped_column(Integer(), nullable=True)
    kept_certainty: Mapped[str | None] = mapped_column(words(8), nullable=True)
    kept_points: Mapped[Decimal | None] = mapped_column(ExactPoints(12), nullable=True, deferred=True)
    kept_received_at: Mapped[datetime | None] = mapped_column(UtcDateTime(), nullable=True)

    @classmethod
    def _constraints(cls, config: TableConfig) -> Iterable[Any]:
        yield cls._refers(config, "attempt_id", "attempt")
        yield cls._refers(config, "question_revision_id", "question_revision")
        yield cls._holds(config, "slot", "slot >= 1")
        yield cls._holds(config, "sequence", "sequence >= 1")


class TryEventMixin(Row):
    """A check of a response, or a `try_again` step after one. Append-only.

    `fraction` is the result of marking the response, null if it needs manual grading; `worth` is the share of the
    points that the question has earned with it, after penalties.
    """

    role = "try_event"
    keys = ("attempt_id", "slot", "number")

    attempt_id: Mapped[uuid.UUID] = mapped_column(ID)
    slot: Mapped[int] = mapped_column(SmallInteger(), autoincrement=False)
    number: Mapped[int] = mapped_column(SmallInteger(), autoincrement=False)
    action: Mapped[str] = mapped_column(words(16))
    tries: Mapped[int] = mapped_column(SmallInteger(), doc="The number of counted checks, including this one.")
    sequence: Mapped[int | None] = mapped_column(Integer(), nullable=True)
    response: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    certainty: Mapped[str | None] = mapped_column(words(8), nullable=True)
    fraction: Mapped[Fraction | None] = mapped_column(ExactFraction(), nullable=True)
    worth: Mapped[Fraction | None] = mapped_column(ExactFraction(), nullable=True)
    parts: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), nullable=True)
    marker: Mapped[str | None] = mapped_column(words(80), nullable=True)
    trace: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), nullable=True, deferred=True)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime())

    @classmethod
    def _constraints(cls, config: TableConfig) -> Iterable[Any]:
        yield cls._refers(config, "attempt_id", "attempt")
        yield cls._one_of(config, "action", (Action.CHECK, Action.TRY_AGAIN))
        yield cls._holds(config, "slot", "slot >= 1")
        yield cls._holds(config, "number", "number >= 1")


class GradeEventMixin(Identified, Generic[S]):
    """A grade of one response: manual, by a regrade or by an override. Append-only; no verb writes one yet."""

    role = "grade_event"

    attempt_id: Mapped[uuid.UUID] = mapped_column(ID)
    slot: Mapped[int] = mapped_column(SmallInteger())
    source: Mapped[str] = mapped_column(words(16))
    points: Mapped[Decimal | None] = mapped_column(ExactPoints(12), nullable=True)
    fraction: Mapped[str | None] = mapped_column(words(100), nullable=True, doc="Exact, such as 1/3.")
    marker: Mapped[str] = mapped_column(words(80))
    trace: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), nullable=True)
    reason: Mapped[str | None] = mapped_column(words(1000), nullable=True)

    @declared_attr
    def actor_id(cls) -> Mapped[S | None]:  # noqa: N805 - SQLAlchemy hands over the class
        """The user who gave the grade; null for a program."""
        subject = config_of_class(cls).subject
        named = config_of_class(cls).name("fk", cls.role, "actor_id")
        return mapped_column(subject.type_, *subject.foreign_keys(named), nullable=True)

    @classmethod
    def _constraints(cls, config: TableConfig) -> Iterable[Any]:
        yield cls._refers(config, "attempt_id", "attempt")
        yield cls._one_of(config, "source", GradeSource)
        yield Index(config.name("ix", cls.role, "attempt_id"), *config.key("attempt_id", "slot", "id"))


class QuizGradeMixin(Identified, Generic[S]):
    """The grade of one taker in one assignment, computed from the attempts that count.

    It is a projection: it always equals the grade computed from the attempts.
    """

    role = "quiz_grade"

    quiz_id: Mapped[uuid.UUID] = mapped_column(ID)
    assignment_id: Mapped[uuid.UUID] = mapped_column(ID)
    pseudonym: Mapped[str | None] = mapped_column(words(NAME), nullable=True)
    token_hash: Mapped[str | None] = mapped_column(
        words(64), nullable=True, doc="SHA-256 of an anonymous taker's token; null for a user."
    )
    grade: Mapped[Decimal | None] = mapped_column(
        ExactPoints(16),
        nullable=True,
        doc="Rounded half up to 5 places; null while it needs manual grading.",
    )
    max_grade: Mapped[Decimal] = mapped_column(ExactPoints(16))
    passed: Mapped[bool | None] = mapped_column(Boolean(create_constraint=False), nullable=True)
    attempts: Mapped[int] = mapped_column(Integer(), doc="The number of attempts that count.")
    needs_grading: Mapped[bool] = mapped_column(Boolean(create_constraint=False))
    grading_method: Mapped[str | None] = mapped_column(
        words(16), nullable=True, doc="How the attempts are combined; null while none counts."
    )
    best_attempts: Mapped[int | None] = mapped_column(Integer(), nullable=True)
    pass_grade: Mapped[Decimal | None] = mapped_column(ExactPoints(16), nullable=True)
    reached_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime(),
        nullable=True,
        doc="When the last of the attempts that the grade is made of was finished; null without a grade.",
    )
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime())

    @declared_attr
    def taker_id(cls) -> Mapped[S | None]:  # noqa: N805 - SQLAlchemy hands over the class
        """The host's user; null for an anonymous or erased taker."""
        subject = config_of_class(cls).subject
        named = config_of_class(cls).name("fk", cls.role, "taker_id")
        return mapped_column(subject.type_, *subject.foreign_keys(named), nullable=True)

    @classmethod
    def _constraints(cls, config: TableConfig) -> Iterable[Any]:
        yield cls._refers(config, "quiz_id", "quiz")
        yield cls._refers(config, "assignment_id", "assignment")
        yield UniqueConstraint(*config.key("assignment_id", "taker_id"), name=config.name("uq", cls.role, "taker"))
        yield UniqueConstraint(*config.key("assignment_id", "token_hash"), name=config.name("uq", cls.role, "token"))
        yield Index(config.name("ix", cls.role, "grade"), *config.key("assignment_id", "grade", "id"))
        yield Index(config.name("ix", cls.role, "taker_id"), *config.key("taker_id", "id"))
        yield cls._one_of(config, "grading_method", GradingMethod)
        yield cls._holds(config, "reached", "(grade IS NULL) = (reached_at IS NULL)")
