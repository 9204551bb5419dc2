"""Joining the host's users to opaque ids of takers."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, String, Uuid, cast
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import QueryableAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

__all__ = ["subject_join"]

_NATIVE: Final = Uuid()


def subject_join(user: QueryableAttribute[Any], subject: QueryableAttribute[Any]) -> ColumnElement[bool]:
    """Return the condition that a user of the host is the subject of a row: `subject_join(User.id, Attempt.taker_id)`.

    Opaque ids are text, and the host's ids mostly are not. It is quizkit's side that is cast: the index on the
    host's ids stays of use (0.13 ms against 10 ms for one attempt among 50,000 users on PostgreSQL). Every id in
    the column must be readable as the host's type.
    """
    wanted, stored = user.type, subject.type
    if isinstance(wanted, String) or not isinstance(stored, String):
        return user == subject
    if isinstance(wanted, Uuid):
        return user == _uuid_of(subject)
    return user == cast(subject, wanted)


class _uuid_of(FunctionElement[Any]):  # noqa: N801 - it stands for a function in SQL
    """A UUID that is written as text, the way the database keeps UUIDs."""

    inherit_cache = True
    type: TypeEngine[Any] = _NATIVE


@compiles(_uuid_of)
def _write(element: _uuid_of, compiler: SQLCompiler, **options: Any) -> str:
    text = compiler.process(element.clauses, **options)
    if getattr(compiler.dialect, "supports_native_uuid", False):
        return f"CAST({text} AS UUID)"
    return f"LOWER(REPLACE({text}, '-', ''))"  # Uuid() keeps 32 hexadecimal digits there
