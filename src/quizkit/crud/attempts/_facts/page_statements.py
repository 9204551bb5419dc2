"""The SQL statements for pages of a taker's attempts."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Executable, bindparam

from quizkit.crud._core.paging import AFTER, LIMIT
from quizkit.crud._core.tables import ID
from quizkit.crud.attempts._facts.statements import attempt_rows, this_taker
from quizkit.models import Models


def page(m: Models[Any], _dialect: str) -> Executable:
    """Select a page of this taker's attempts, at all quizzes."""
    table = m.table(m.attempt)
    found: Executable = (
        attempt_rows(m).where(table.c.taker_id == this_taker(m), table.c.id > AFTER).order_by(table.c.id).limit(LIMIT)
    )
    return found


def page_of_quiz(m: Models[Any], _dialect: str) -> Executable:
    """Select a page of this taker's attempts, at one quiz."""
    table = m.table(m.attempt)
    found: Executable = (
        attempt_rows(m)
        .where(
            table.c.taker_id == this_taker(m),
            table.c.quiz_id == bindparam("quiz_id", type_=ID),
            table.c.id > AFTER,
        )
        .order_by(table.c.id)
        .limit(LIMIT)
    )
    return found
