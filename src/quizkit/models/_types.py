"""Column types that hold the same values on every database.

Driver defaults do not: SQLite drops the offset of a time and corrupts decimals, MariaDB drops microseconds and
says that É is e. Packaged migrations write the same as plain types, so that no type of ours ends up in a host's files.
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
"""The two names under which SQLAlchemy speaks to MariaDB."""

# By code point, and trailing spaces count; as on PostgreSQL and SQLite.
BY_CODE_POINT: Final = "utf8mb4_nopad_bin"

# Not MariaDB's own type: it is there under one name of the dialect only, and older servers sort it by other bytes.
ID: Final[TypeEngine[uuid.UUID]] = Uuid().with_variant(Uuid(native_uuid=False), *MARIADB)


def words(length: int) -> TypeEngine[str]:
    """Return the type of a text with at most `length` characters, compared by code point on every database."""
    return String(length).with_variant(String(length, collation=BY_CODE_POINT), *MARIADB)


class ExactPoints(TypeDecorator[Decimal]):
    """Points with 7 decimal places, exact on every database, also in sums."""

    impl = Numeric
    cache_ok = True

    def __init__(self, digits: int) -> None:
        super().__init__(digits, PLACES)
        self.digits = digits

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the plain type of the dialect."""
        return dialect.type_descriptor(BigInteger() if dialect.name == "sqlite" else Numeric(self.digits, PLACES))

    def process_bind_param(self, value: Decimal | int | None, dialect: Dialect) -> Any:
        """Return what is stored; refuse what would lose a digit."""
        if value is None:
            return None
        if isinstance(value, bool | float):
            raise UsageError("points_type", "Points are a Decimal or an int, never a float")
        scaled = shifted(Decimal(value), PLACES)
        if not scaled.is_finite() or scaled.as_integer_ratio()[1] != 1:
            raise UsageError("points_places", f"Points have at most {PLACES} decimal places")
        return int(scaled) if dialect.name == "sqlite" else Decimal(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """Return the stored number without trailing zeros."""
        if value is None:
            return None
        return plain(shifted(Decimal(value), -PLACES) if dialect.name == "sqlite" else Decimal(value))


class ExactFraction(TypeDecorator[Fraction]):
    """A fraction as text, such as 1/3: exact, and never compared or summed in the database."""

    impl = String
    cache_ok = True
    longest: Final = 100

    def __init__(self) -> None:
        super().__init__(self.longest)

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the plain type of the dialect."""
        return dialect.type_descriptor(words(self.longest).dialect_impl(dialect))

    def process_bind_param(self, value: Fraction | None, dialect: Dialect) -> str | None:
        """Return what is stored: one that is too long to be kept loses digits after the fortieth."""
        if value is None:
            return None
        written = str(value)
        return written if len(written) <= self.longest else str(value.limit_denominator(10**40))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Fraction | None:
        """Return the stored fraction."""
        return None if value is None else Fraction(value)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment with microseconds, stored in UTC and given back in UTC."""

    impl = DateTime
    cache_ok = True

    def __init__(self) -> None:
        super().__init__(timezone=True)

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the plain type of the dialect."""
        if dialect.name in MARIADB:
            from sqlalchemy.dialects.mysql import DATETIME  # noqa: PLC0415 - importing quizkit loads no dialect

            return dialect.type_descriptor(DATETIME(fsp=6))
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC; refuse one without a zone, which could mean 24 different ones."""
        if value is None:
            return None
        if value.tzinfo is None or value.utcoffset() is None:
            raise UsageError("naive_moment", "A moment needs a time zone: use datetime.now(UTC)")
        moment = value.astimezone(UTC)
        return moment if dialect.name == "postgresql" else moment.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment, aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
