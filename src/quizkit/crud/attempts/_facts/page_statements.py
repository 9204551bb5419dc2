"""The SQL statements for pages of a taker's attempts."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Executable, bindparam

from quizkit.crud._core.paging import in_id_order
from quizkit.crud._core.tables import ID
from quizkit.crud.attempts._facts.statements import attempt_rows, this_taker
from quizkit.models import Models


def page(m: Models[Any], _dialect: str) -> Executable:
    """Select a page of this taker's attempts, at all quizzes."""
    table = m.table(m.attempt)
    return in_id_order(attempt_rows(m).where(table.c[m.taker_column] == this_taker(m)), table)


def page_of_quiz(m: Models[Any], _dialect: str) -> Executable:
    """Select a page of this taker's attempts, at one quiz."""
    table = m.table(m.attempt)
    of_quiz = table.c.quiz_id == bindparam("quiz_id", type_=ID)
    return in_id_order(attempt_rows(m).where(table.c[m.taker_column] == this_taker(m), of_quiz), table)
