"""Sessions that are rolled back after each test, even if the code under test commits."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from sqlalchemy import Engine
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm import Session

from quizkit.sessions import refuse_unconfigured

__all__ = ["rolled_back", "rolled_back_sync"]


@asynccontextmanager
async def rolled_back(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    """Yield an async session whose commits are savepoints of a transaction that is rolled back at the end.

    On SQLite it requires an engine configured with `configure_sqlite` and raises UsageError for others: with the
    driver's own transactions the rows of a released savepoint would stay.
    """
    async with engine.connect() as connection:
        outer = await connection.begin()
        try:
            async with AsyncSession(
                connection, join_transaction_mode="create_savepoint", expire_on_commit=False
            ) as session:
                await session.run_sync(refuse_unconfigured)
                yield session
        finally:
            await outer.rollback()


@contextmanager
def rolled_back_sync(engine: Engine) -> Iterator[Session]:
    """Yield a session whose commits are savepoints of a transaction that is rolled back at the end."""
    with engine.connect() as connection:
        outer = connection.begin()
        try:
            with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
                refuse_unconfigured(session)
                yield session
        finally:
            outer.rollback()
