from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Engine, Integer, MetaData, StaticPool, Table, create_engine, func, insert, select
from sqlalchemy.exc import StatementError

from quizkit.models import ExactPoints, UtcDateTime

TABLE = Table(
    "types_for_a_test",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("points", ExactPoints(16)),
    Column("at", UtcDateTime()),
)


@pytest.fixture(autouse=True)
def table(request: pytest.FixtureRequest) -> Any:
    """The table, for tests that have a database."""
    if "engine" not in request.fixturenames:
        yield
        return
    engine = request.getfixturevalue("engine")
    TABLE.create(engine)
    yield
    TABLE.drop(engine)


def stored(engine: Engine, **values: Any) -> Any:
    with engine.connect() as connection:
        connection.execute(insert(TABLE), [values])
        row = connection.execute(select(TABLE)).one()
        connection.rollback()
    return row


@pytest.mark.parametrize("points", ["0.3333333", "9999", "-0.0000001", "123456789.1234567", "0", "0.1"])
def test_points_are_stored_exactly(engine: Engine, points: str) -> None:
    row = stored(engine, id=1, points=Decimal(points))

    assert row.points == Decimal(points)
    assert isinstance(row.points, Decimal)


def test_points_add_up_exactly_in_the_database(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(insert(TABLE), [{"id": n, "points": Decimal("0.1")} for n in range(1, 31)])
        total = connection.execute(select(func.sum(TABLE.c.points))).scalar_one()
        connection.rollback()

    assert total == 3


@pytest.mark.parametrize("points", [0.1, True, Decimal("0.12345678")])
def test_points_that_would_lose_a_digit_are_refused(points: Any) -> None:
    engine = create_engine("sqlite://")
    with engine.connect() as connection, pytest.raises(StatementError, match="Points"):
        TABLE.create(connection)
        connection.execute(insert(TABLE), [{"id": 1, "points": points}])
    engine.dispose()


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC),
        datetime(2026, 3, 1, 12, 0, 0, 1, tzinfo=timezone(timedelta(hours=5, minutes=30))),
        datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    ],
)
def test_times_are_read_back_in_utc(engine: Engine, moment: datetime) -> None:
    row = stored(engine, id=1, at=moment)

    assert row.at == moment
    assert row.at.tzinfo is UTC


def test_a_time_without_a_zone_is_refused() -> None:
    engine = create_engine("sqlite://")
    with engine.connect() as connection, pytest.raises(StatementError, match="time zone"):
        TABLE.create(connection)
        connection.execute(insert(TABLE), [{"id": 1, "at": datetime(2026, 3, 1)}])  # noqa: DTZ001 - that is the point
    engine.dispose()


@given(st.decimals(-(10**9) + 1, 10**9 - 1, places=7), st.datetimes(timezones=st.timezones()))
def test_every_valid_value_is_read_back_from_sqlite(points: Decimal, at: datetime) -> None:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    TABLE.create(engine)
    try:
        in_utc = at.astimezone(UTC)
    except OverflowError:
        return
    row = stored(engine, id=1, points=points, at=in_utc)
    engine.dispose()

    assert (row.points, row.at) == (points, in_utc)
