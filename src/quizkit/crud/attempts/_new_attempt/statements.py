"""The SQL statements for starting an attempt."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Executable, String, bindparam, select

from quizkit.crud._core.attempt_statements import REAL
from quizkit.crud._core.dialects import MARIADB, current_read, force_index, insert_of
from quizkit.crud._core.tables import ID, insert_into, tenant_filter
from quizkit.crud._grades.statements import grade_key, number_key
from quizkit.crud.attempts._facts.statements import attempt_rows, this_taker
from quizkit.models import Models


def newest(m: Models[Any], _dialect: str) -> Executable:
    """Select this taker's newest attempt at an assignment, the only one that can be open."""
    found: Executable = _newest(m)
    return found


def newest_now(m: Models[Any], dialect: str) -> Executable:
    """Select the newest attempt as it is now, after an insert met one that the snapshot does not show."""
    found: Executable = current_read(_newest(m), dialect)
    return found


def _newest(m: Models[Any]) -> Any:
    table = m.table(m.attempt)
    return (
        attempt_rows(m)
        .where(
            table.c.assignment_id == bindparam("assignment_id", type_=ID),
            table.c[m.taker_column] == this_taker(m),
            table.c.purpose == bindparam("__purpose", type_=String(16)),
        )
        .order_by(table.c.number.desc())
        .limit(1)
    )


def id_of(m: Models[Any], _dialect: str) -> Executable:
    """Select the id of an attempt, whoever its taker is."""
    table = m.table(m.attempt)
    return select(table.c.id).where(table.c.id == bindparam("__attempt", type_=ID), *tenant_filter(m, m.attempt))


def papers_before(m: Models[Any], _dialect: str) -> Executable:
    """Select the papers of this taker's earlier attempts."""
    table = m.table(m.attempt)
    return select(table.c.paper).where(
        table.c[m.taker_column] == this_taker(m), table.c.purpose == REAL, *tenant_filter(m, m.attempt)
    )


def papers_now(m: Models[Any], dialect: str) -> Executable:
    """Select the papers of this taker's attempts in an assignment by number; these attempts are known to exist.

    It reads current rows, because a snapshot may be older. It uses a complete unique key, so that MariaDB locks rows
    and no gaps.
    """
    table = m.table(m.attempt)
    found = select(table.c.paper).where(
        table.c.assignment_id == bindparam("assignment_id", type_=ID),
        table.c[m.taker_column] == this_taker(m),
        table.c.purpose == REAL,
        table.c.number.in_(bindparam("__numbers", type_=table.c.number.type, expanding=True)),
        *tenant_filter(m, m.attempt),
    )
    return current_read(force_index(found, table, dialect, m.config.name("uq", m.attempt.role, number_key(m))), dialect)


def passed(m: Models[Any], _dialect: str) -> Executable:
    """Select whether the grade of this taker in an assignment passes."""
    found: Executable = _passed(m)
    return found


def passed_now(m: Models[Any], dialect: str) -> Executable:
    """Select the same from the current row, after an insert met an attempt that the snapshot does not show."""
    table, key = m.table(m.quiz_grade), m.config.name("uq", m.quiz_grade.role, grade_key(m))
    return current_read(force_index(_passed(m), table, dialect, key), dialect)


def _passed(m: Models[Any]) -> Any:
    table = m.table(m.quiz_grade)
    return select(table.c.passed).where(
        table.c.assignment_id == bindparam("assignment_id", type_=ID),
        table.c[m.taker_column] == this_taker(m),
        *tenant_filter(m, m.quiz_grade),
    )


def questions_of(m: Models[Any], _dialect: str) -> Executable:
    """Select the question ids and identities of question revisions."""
    found: Executable = _questions_of(m)
    return found


def questions_now(m: Models[Any], dialect: str) -> Executable:
    """Select the same for revisions that are known to exist, although a snapshot may not show them."""
    return current_read(force_index(_questions_of(m), m.table(m.question_revision), dialect), dialect)


def _questions_of(m: Models[Any]) -> Any:
    table = m.table(m.question_revision)
    ids = bindparam("__revisions", type_=ID, expanding=True)
    return select(table.c.question_id, table.c.identity).where(
        table.c.id.in_(ids), *tenant_filter(m, m.question_revision)
    )


def insert_attempt(m: Models[Any], dialect: str) -> Executable:
    """Insert an attempt, or nothing if another start was faster. The id is returned only if the row was inserted.

    MariaDB's INSERT IGNORE would ignore every kind of error. Without it, a duplicate key is an error that undoes only
    this statement.
    """
    table = m.table(m.attempt)
    if dialect in MARIADB:
        return insert_into(m, m.attempt)
    new: Any = insert_into(m, m.attempt, insert_of(dialect))
    statement: Executable = new.on_conflict_do_nothing().returning(table.c.id)
    return statement
