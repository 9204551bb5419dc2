"""A value that does not fit its column is refused before any statement."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
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
from sqlalchemy.dialects import mysql

from quizkit.crud._core.column_values import column_check
from quizkit.errors import QuizkitError
from quizkit.vocabulary import Behaviour


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (String(3), ["abc", "", "\U0001f600" * 3], ["abcd", "a\0", "\ud800", 7, True, b"x", None, 7.5]),
        (String(), ["x" * 10_000], ["a\0"]),
        (SmallInteger(), [0, 2**15 - 1, -(2**15)], [2**15, True, 7.5, "7", Decimal(7)]),
        (Integer(), [2**31 - 1], [2**31]),
        (BigInteger(), [2**63 - 1, -(2**63)], [2**63, 2**70]),
        (Uuid(), [uuid.UUID(int=1)], [str(uuid.UUID(int=1)), 7, None]),
        (Boolean(), [True, False], [1, "yes", None]),
        (Date(), [date(2030, 1, 1)], [datetime(2030, 1, 1, tzinfo=UTC), "2030-01-01", 7]),
        (DateTime(), [datetime(2030, 1, 1, tzinfo=UTC)], [date(2030, 1, 1), "2030-01-01", 7]),
        (Time(), [time(12)], ["12:00", 12]),
        (Interval(), [timedelta(1)], [86_400, "P1D"]),
        (LargeBinary(), [b"x"], ["x", 7]),
        (Numeric(4, 2), [Decimal("99.99"), -99], [Decimal(100), 1_234_567, 9.5, "9", Decimal("NaN"), True]),
        (Numeric(4, 2, asdecimal=False), [9.5, 9], [float("inf"), "9"]),
        (Float(), [9.5, 9], [float("nan"), "9", False]),
        (Enum("north", "south"), ["north"], ["west", 7, None]),
        (Enum(Behaviour), [Behaviour.DEFERRED, "DEFERRED"], ["west", 7]),
        (Integer().with_variant(BigInteger(), "postgresql"), [2**40], [2**63, "7"]),
        (mysql.INTEGER(unsigned=True), [2**32 - 1], [-1, 2**32]),
        (mysql.BIGINT(unsigned=True), [2**64 - 1], [-1, 2**64]),
        (Uuid(as_uuid=False), [str(uuid.UUID(int=1)), uuid.UUID(int=1).hex], ["seven", uuid.UUID(int=1)]),
    ],
    ids=repr,
)
def test_the_checks_follow_the_type_of_the_column(kind: Any, good: list[Any], bad: list[Any]) -> None:
    check = column_check(kind)

    for value in good:
        assert check("taker", value) is value
    for value in bad:
        with pytest.raises(QuizkitError) as refused:
            check("taker", value)
        assert refused.value.code in {"argument_invalid", "argument_type"}
