"""Banks: collections of questions."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from quizkit.models._row import Changing
from quizkit.models._types import words

__all__ = ["BankMixin"]


class BankMixin(Changing):
    """A bank of questions. Every quiz has its own bank for the questions that are written for it."""

    role = "bank"

    name: Mapped[str] = mapped_column(words(128))
