"""Categories: a tree that sorts the questions of a bank."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from quizkit.models._config import TableConfig
from quizkit.models._row import Changing
from quizkit.models._types import ID, words

__all__ = ["CategoryMixin"]


class CategoryMixin(Changing):
    """A category of a bank, at the top level or under a parent in the same bank."""

    role = "category"

    bank_id: Mapped[uuid.UUID] = mapped_column(ID)
    parent_id: Mapped[uuid.UUID | None] = mapped_column(ID, nullable=True)
    name: Mapped[str] = mapped_column(words(128))

    @classmethod
    def _constraints(cls, config: TableConfig) -> Iterable[Any]:
        yield cls._refers(config, "bank_id", "bank")
        yield cls._refers(config, "parent_id", "category")
        yield Index(config.name("ix", cls.role, "bank_id"), *config.key("bank_id", "id"))
        yield Index(config.name("ix", cls.role, "parent_id"), *config.key("parent_id"))
