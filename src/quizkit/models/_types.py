"""Column types that store the same values on every database.

The drivers' defaults do not: SQLite drops the offset of a time and corrupts decimals, MariaDB drops microseconds and
treats É and e as equal. Packaged migrations use the equivalent plain types, so that a host's files contain no type of
quizkit.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from sqlalchemy import BigInteger, DateTime, Dialect, Numeric, String, Uuid
from sqlalchemy.types import TypeDecorator, TypeEngine

from quizkit._exact import plain, shifted
from quizkit.errors import UsageError

__all__ = ["ID", "MARIADB", "ExactFraction", "ExactPoints", "UtcDateTime", "words"]

PLACES: Final = 7

MARIADB: Final = frozenset({"mysql", "mariadb"})
"""The two dialect names of SQLAlchemy for MariaDB."""

# Compares by code point, and trailing spaces count, as on PostgreSQL and SQLite.
BY_CODE_POINT: Final = "utf8mb4_nopad_bin"

# Not MariaDB's UUID type: only one of the two dialect names has it, and older servers sort it by different bytes.
ID: Final[TypeEngine[uuid.UUID]] = Uuid().with_variant(Uuid(native_uuid=False), *MARIADB)


def words(length: int) -> TypeEngine[str]:
    """Return the type for text of at most `length` characters, compared by code point on every database."""
    return String(length).with_variant(String(length, collation=BY_CODE_POINT), *MARIADB)


class ExactPoints(TypeDecorator[Decimal]):
    """Points with 7 decimal places, exact on every database, including in sums."""

    impl = Numeric
    cache_ok = True

    def __init__(self, digits: int) -> None:
        super().__init__(digits, PLACES)
        self.digits = digits

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the plain type of the dialect."""
        return dialect.type_descriptor(BigInteger() if dialect.name == "sqlite" else Numeric(self.digits, PLACES))

    def process_bind_param(self, value: Decimal | int | None, dialect: Dialect) -> Any:
        """Return the stored value; raise UsageError if it would lose a digit."""
        if value is None:
            return None
        if isinstance(value, bool | float):
            raise UsageError("points_type", "Points must be a Decimal or an int, not a float")
        scaled = shifted(Decimal(value), PLACES)
        if not scaled.is_finite() or scaled.as_integer_ratio()[1] != 1:
            raise UsageError("points_places", f"Points must have at most {PLACES} decimal places")
        return int(scaled) if dialect.name == "sqlite" else Decimal(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """Return the stored number without trailing zeros."""
        if value is None:
            return None
        return plain(shifted(Decimal(value), -PLACES) if dialect.name == "sqlite" else Decimal(value))


class ExactFraction(TypeDecorator[Fraction]):
    """A fraction as text, such as 1/3: exact, but not for comparisons or sums in the database."""

    impl = String
    cache_ok = True
    longest: Final = 100

    def __init__(self) -> None:
        super().__init__(self.longest)

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the plain type of the dialect."""
        return dialect.type_descriptor(words(self.longest).dialect_impl(dialect))

    def process_bind_param(self, value: Fraction | None, dialect: Dialect) -> str | None:
        """Return the stored text; a fraction that is too long for the column loses digits after the fortieth."""
        if value is None:
            return None
        written = str(value)
        return written if len(written) <= self.longest else str(value.limit_denominator(10**40))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Fraction | None:
        """Return the stored fraction."""
        return None if value is None else Fraction(value)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time with microseconds, stored and returned in UTC."""

    impl = DateTime
    cache_ok = True

    def __init__(self) -> None:
        super().__init__(timezone=True)

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the plain type of the dialect."""
        if dialect.name in MARIADB:
            from sqlalchemy.dialects.mysql import DATETIME  # noqa: PLC0415 - importing quizkit must not load a dialect

            return dialect.type_descriptor(DATETIME(fsp=6))
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the time in UTC; raise UsageError if it has no zone, because it is ambiguous."""
        if value is None:
            return None
        if value.tzinfo is None or value.utcoffset() is None:
            raise UsageError("naive_moment", "A time must have a time zone: use datetime.now(UTC)")
        moment = value.astimezone(UTC)
        return moment if dialect.name == "postgresql" else moment.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the time, aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
