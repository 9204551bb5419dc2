"""Questions and their immutable revisions."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from quizkit.models._config import TableConfig
from quizkit.models._row import NAME, Changing, Identified, Row
from quizkit.models._types import ID, ExactPoints, words

__all__ = ["QuestionMixin", "QuestionRevisionMixin", "QuestionTagMixin"]


SEARCHED = 4000


class QuestionMixin(Changing):
    """A question. Its content is in its revisions; `revision` is the number of the latest, null if there is none yet.

    `draft` is what its author has written since then, if that is not complete; takers never get it (decision 0075).
    `type`, `title` and `search` are those of the draft, if there is one.
    """

    role = "question"

    bank_id: Mapped[uuid.UUID] = mapped_column(ID)
    category_id: Mapped[uuid.UUID | None] = mapped_column(ID, nullable=True)
    type: Mapped[str] = mapped_column(words(NAME))
    title: Mapped[str | None] = mapped_column(words(1000), nullable=True)
    revision: Mapped[int | None] = mapped_column(Integer(), nullable=True)
    draft: Mapped[dict[str, Any] | None] = mapped_column(
        JSON(none_as_null=True),
        nullable=True,
        deferred=True,
        doc="The body of an incomplete question, its problems and the hash of both; null if it is complete.",
    )
    search: Mapped[str] = mapped_column(words(SEARCHED), doc="Title and prompt, folded and truncated, for searching.")

    @classmethod
    def _constraints(cls, config: TableConfig) -> Iterable[Any]:
        yield cls._refers(config, "bank_id", "bank")
        yield cls._refers(config, "category_id", "category")
        yield Index(config.name("ix", cls.role, "category_id"), *config.key("category_id", "id"))
        yield Index(config.name("ix", cls.role, "bank_id"), *config.key("bank_id", "id"))
        yield cls._holds(config, "revision", "revision >= 1")
        yield cls._holds(config, "content", "revision IS NOT NULL OR draft IS NOT NULL")


class QuestionRevisionMixin(Identified):
    """A revision of a question. Immutable and never deleted, because attempts are graded against it.

    `body` is the author's complete JSON with the key; it is deferred, because queries for takers never need it.
    `view` is what takers see, in canonical order; `tags` they see if the section shows them. `identity` is equal for questions with the same content and key. The
    type column has no CHECK, because the set of types is open.
    """

    role = "question_revision"

    question_id: Mapped[uuid.UUID] = mapped_column(ID)
    number: Mapped[int] = mapped_column(Integer())
    type: Mapped[str] = mapped_column(words(NAME))
    points: Mapped[Decimal] = mapped_column(ExactPoints(12))
    body_version: Mapped[int] = mapped_column(Integer())
    content_hash: Mapped[str] = mapped_column(words(64))
    identity: Mapped[str] = mapped_column(words(64))
    view: Mapped[dict[str, Any]] = mapped_column(JSON())
    tags: Mapped[list[str]] = mapped_column(JSON())
    body: Mapped[dict[str, Any]] = mapped_column(JSON(), deferred=True)

    @classmethod
    def _constraints(cls, config: TableConfig) -> Iterable[Any]:
        yield cls._refers(config, "question_id", "question")
        yield UniqueConstraint(
            *config.key("question_id", "number"), name=config.name("uq", cls.role, "question_id", "number")
        )
        yield Index(config.name("ix", cls.role, "identity"), *config.key("identity", "question_id"))
        yield cls._holds(config, "number", "number >= 1")
        yield cls._holds(config, "points", "points >= 0")


class QuestionTagMixin(Row):
    """A tag of the latest revision of a question, or of its draft if it has no revision yet, as tags are compared."""

    role = "question_tag"
    keys = ("question_id", "tag")

    question_id: Mapped[uuid.UUID] = mapped_column(ID)
    tag: Mapped[str] = mapped_column(words(3 * NAME))  # folding the case can make a tag three times as long

    @classmethod
    def _constraints(cls, config: TableConfig) -> Iterable[Any]:
        yield cls._refers(config, "question_id", "question")
        yield Index(config.name("ix", cls.role, "tag"), *config.key("tag", "question_id"))
