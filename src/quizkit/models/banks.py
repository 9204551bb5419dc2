"""Banks: where questions are kept."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from quizkit.models._row import Changing
from quizkit.models._types import words

__all__ = ["BankMixin"]


class BankMixin(Changing):
    """A bank of questions. Every quiz has one for the questions that were written for it."""

    role = "bank"

    name: Mapped[str] = mapped_column(words(128))
