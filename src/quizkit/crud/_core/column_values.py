"""Values for columns of the host: of the right type, and small enough for the column, before any statement."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Enum,
    Float,
    Integer,
    Interval,
    LargeBinary,
    Numeric,
    SmallInteger,
    String,
    Time,
    Uuid,
)
from sqlalchemy.types import TypeEngine

from quizkit.crud._core.arguments import kind_error, value_error
from quizkit.errors import QuizkitError
from quizkit.questions._unicode import LONE

__all__ = ["column_check"]


def column_check(kind: TypeEngine[Any]) -> Callable[[str, Any], Any]:
    """Return the check of a value for a column of the host: the right type, and small enough for the column.

    A custom type of the host does its own checks; then only text is checked here. Of a type with variants for some
    databases, the value must fit one.
    """
    kinds = (kind, *kind._variant_mapping.values())  # noqa: SLF001 - it has no public name
    checks = [_check_of(one) for one in kinds]
    return checks[0] if len(checks) == 1 else _any_of(checks)


def _any_of(checks: Sequence[Callable[[str, Any], Any]]) -> Callable[[str, Any], Any]:
    def check(name: str, value: Any) -> Any:
        for one in checks[:-1]:
            with suppress(QuizkitError):
                return one(name, value)
        return checks[-1](name, value)

    return check


def _check_of(kind: TypeEngine[Any]) -> Callable[[str, Any], Any]:
    if isinstance(kind, Uuid):
        return _uuid_check if kind.as_uuid else _uuid_text_check
    if isinstance(kind, Integer):
        bits = 16 if isinstance(kind, SmallInteger) else 64 if isinstance(kind, BigInteger) else 32
        least = 0 if getattr(kind, "unsigned", False) else -(2 ** (bits - 1))  # MySQL and MariaDB have such types
        return _integer_check(range(least, least + 2**bits))
    if isinstance(kind, Enum):
        return _enum_check(kind)
    if isinstance(kind, String):
        return _string_check(kind.length)
    if isinstance(kind, Numeric | Float):  # SQLAlchemy 2.1 derives neither from the other
        return _number_check(kind)
    for column, wanted, words in _KINDS:
        if isinstance(kind, column):
            return _kind_check(wanted, words)
    return lambda name, value: _storable(name, value) if isinstance(value, str) else value


def _uuid_check(name: str, value: Any) -> Any:
    if not isinstance(value, uuid.UUID):
        raise kind_error(name, "a uuid.UUID")
    return value


_UUID_TEXT: Final = re.compile(r"[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}")


def _uuid_text_check(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        raise kind_error(name, "a str, like its column")
    if _UUID_TEXT.fullmatch(value) is None:
        raise value_error(name, "uuid_parsing", "This is not a UUID")
    return value


_KINDS: Final[tuple[tuple[Any, type, str], ...]] = (
    (Boolean, bool, "a bool"),
    (DateTime, datetime, "a datetime"),
    (Date, date, "a date"),
    (Time, time, "a time"),
    (Interval, timedelta, "a timedelta"),
    (LargeBinary, bytes, "bytes"),
)


def _kind_check(wanted: type, words: str) -> Callable[[str, Any], Any]:
    def check(name: str, value: Any) -> Any:
        if not isinstance(value, wanted) or (wanted is date and isinstance(value, datetime)):
            raise kind_error(name, f"{words}, like its column")
        return value

    return check


def _enum_check(kind: Enum) -> Callable[[str, Any], Any]:
    def check(name: str, value: Any) -> Any:
        fits = isinstance(value, str) and value in kind.enums
        if not fits and (kind.enum_class is None or not isinstance(value, kind.enum_class)):
            raise value_error(name, "enum", "The column has no such value")
        return value

    return check


def _number_check(kind: Numeric[Any] | Float[Any]) -> Callable[[str, Any], Any]:
    wanted = (int, Decimal) if kind.asdecimal else (int, Decimal, float)
    digits = None if kind.precision is None or not kind.asdecimal else kind.precision - (kind.scale or 0)

    def check(name: str, value: Any) -> Any:
        if not isinstance(value, wanted) or isinstance(value, bool):
            raise kind_error(name, "a Decimal or an int, like its column" if kind.asdecimal else "a number")
        if not isfinite(value) or (digits is not None and abs(value) >= 10**digits):
            raise value_error(name, "number_range", "The column cannot hold this number")
        return value

    return check


def _integer_check(known: range) -> Callable[[str, Any], Any]:
    def check(name: str, value: Any) -> Any:
        if not isinstance(value, int) or isinstance(value, bool):
            raise kind_error(name, "an int, like its column")
        if value not in known:
            raise value_error(name, "int_range", "The column cannot hold this number")
        return value

    return check


def _string_check(length: int | None) -> Callable[[str, Any], Any]:
    def check(name: str, value: Any) -> Any:
        if not isinstance(value, str):
            raise kind_error(name, "a str, like its column")
        if length is not None and len(value) > length:
            raise value_error(name, "string_too_long", f"The column holds at most {length} characters")
        return _storable(name, value)

    return check


def _storable(name: str, value: str) -> str:
    """Return an id of the host unchanged; reject text that no database or driver accepts."""
    if "\0" in value:
        raise value_error(name, "text_nul", "Text must not contain the NUL character")
    if not value.isascii() and LONE.search(value):
        raise value_error(name, "text_surrogate", "Text must not contain lone surrogates")
    return value
