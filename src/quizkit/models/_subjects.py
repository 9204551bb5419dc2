"""Joins of the host's users with opaque ids of takers."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Integer, String, Uuid, cast
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import QueryableAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

__all__ = ["subject_join"]

_WHOLE: Final = "^(0|-?[1-9][0-9]{0,17})$"
_UUID: Final = "^([0-9a-fA-F]{32}|[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12})$"


def subject_join(user: QueryableAttribute[Any], subject: QueryableAttribute[Any]) -> ColumnElement[bool]:
    """Return the condition that a user of the host is the subject of a row: `subject_join(User.id, Attempt.taker_id)`.

    Opaque ids are text, but the host's ids usually are not. The join casts quizkit's side, so that the index on the
    host's ids can be used (0.13 ms against 10 ms for one attempt among 50,000 users on PostgreSQL). An id that is
    neither an integer nor a UUID, such as that of a guest, matches no user.
    """
    wanted, stored = user.type, subject.type
    if isinstance(wanted, String) or not isinstance(stored, String):
        return user == subject
    if isinstance(wanted, Uuid):
        return user == _uuid_of(subject)
    if isinstance(wanted, Integer):
        return user == _integer_of(subject)
    return user == cast(subject, wanted)


class _integer_of(FunctionElement[Any]):  # noqa: N801 - it stands for a function in SQL
    """An integer from text; null for any other text."""

    inherit_cache = True
    type: TypeEngine[Any] = BigInteger()


class _uuid_of(FunctionElement[Any]):  # noqa: N801 - it stands for a function in SQL
    """A UUID from text, in the form that the database stores; null for any other text."""

    inherit_cache = True
    type: TypeEngine[Any] = Uuid()


@compiles(_integer_of)
def _write_integer(element: _integer_of, compiler: SQLCompiler, **options: Any) -> str:
    text = compiler.process(element.clauses, **options)
    if compiler.dialect.name == "sqlite":
        return f"CASE WHEN CAST(CAST({text} AS INTEGER) AS TEXT) = {text} THEN CAST({text} AS INTEGER) END"
    matches, number = ("~", "BIGINT") if compiler.dialect.name == "postgresql" else ("REGEXP", "SIGNED")
    return f"CASE WHEN {text} {matches} '{_WHOLE}' THEN CAST({text} AS {number}) END"


@compiles(_uuid_of)
def _write_uuid(element: _uuid_of, compiler: SQLCompiler, **options: Any) -> str:
    text = compiler.process(element.clauses, **options)
    if compiler.dialect.name == "postgresql":
        return f"CASE WHEN {text} ~ '{_UUID}' THEN CAST({text} AS UUID) END"
    return f"LOWER(REPLACE({text}, '-', ''))"  # Uuid() stores 32 hexadecimal digits there
