"""Parts of statements about attempts that several nouns use."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import String, Update, literal, update

from quizkit.models import Models
from quizkit.vocabulary import AttemptPurpose, AttemptState

__all__ = ["OPEN", "REAL", "update_attempt"]

OPEN: Final = literal(AttemptState.OPEN.value, String(16))
REAL: Final = literal(AttemptPurpose.REAL.value, String(16))


def update_attempt(m: Models[Any]) -> Update:
    """Return an update that other transactions detect as a change of the attempt, at every isolation level."""
    table = m.table(m.attempt)
    return update(table).values(changes=table.c.changes + 1)
