"""Your engine, your transaction: what quizkit needs of them.

SQLite as drivers set it up accepts broken foreign keys, keeps savepoints after a rollback of the whole, and
answers "database is locked" as soon as two transactions read before they write. `configure_sqlite` ends that.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar, overload

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError

from quizkit.errors import Misuse

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
    from sqlalchemy.orm import Session

__all__ = [
    "READ_ONLY",
    "configure_sqlite",
    "is_retryable",
    "refuse_autocommit",
    "refuse_unconfigured",
    "run_transaction",
]

R = TypeVar("R")

READ_ONLY: Final = "quizkit_read_only"
"""Execution option for sessions on SQLite that only read: they begin without taking the write lock."""

_MARK: Final = "quizkit_sqlite"


def configure_sqlite(engine: Engine | AsyncEngine, *, busy_timeout_ms: int = 30_000) -> None:
    """Make a SQLite engine, sync or async, hold what quizkit promises. Call it once, before the first connection.

    Foreign keys are enforced; a transaction takes the write lock when it begins (BEGIN IMMEDIATE), so that
    others wait up to `busy_timeout_ms` instead of failing; files use a write-ahead log. A connection or session
    with the execution option `quizkit_read_only=True` begins without the write lock.

    Raises:
        Misuse: the engine is not one for SQLite.
    """
    target = engine if isinstance(engine, Engine) else engine.sync_engine
    if target.dialect.name != "sqlite":
        raise Misuse("not_sqlite", "configure_sqlite is for SQLite engines; other databases need nothing")
    if getattr(target, _MARK, False):
        return
    setattr(target, _MARK, True)

    @event.listens_for(target, "connect")
    def on_connect(connection: Any, record: Any) -> None:
        # The driver's own BEGIN comes too late (before the first write) and leaks savepoints; ours is in on_begin.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute(f"PRAGMA busy_timeout = {int(busy_timeout_ms)}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.close()
        record.info[_MARK] = True

    @event.listens_for(target, "begin")
    def on_begin(connection: Connection) -> None:
        if _commits_each_statement(connection):
            return
        read_only = connection.get_execution_options().get(READ_ONLY, False)
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    @event.listens_for(target, "reset")
    def on_reset(connection: Any, record: Any, state: Any) -> None:
        # A COMMIT that fails (a deferred foreign key, a full disk) leaves SQLite's transaction open, and SQLAlchemy
        # believes that it is over: the connection would go back to the pool with the write lock.
        if state.asyncio_safe and getattr(record.driver_connection, "in_transaction", False):
            connection.rollback()

    @event.listens_for(target, "invalidate")
    def on_invalidate(connection: Any, _record: Any, _error: Any) -> None:
        # A task was cancelled in the middle of a statement. SQLite keeps a connection, and its write lock, for as
        # long as that statement is referred to, even when it is closed; after a rollback there is no lock to keep.
        with suppress(Exception, asyncio.CancelledError):
            connection.rollback()


def refuse_unconfigured(session: Session) -> None:
    """Refuse a session whose SQLite connection is not configured. Costs no statement: the mark is on the connection.

    Raises:
        Misuse: with the line that mends it.
    """
    if session.get_bind().dialect.name == "sqlite" and _MARK not in session.connection().info:
        raise Misuse(
            "sqlite_unconfigured",
            "This SQLite engine does not enforce foreign keys and loses locks. "
            "Once, after create_engine: quizkit.sessions.configure_sqlite(engine)",
        )


def refuse_autocommit(session: Session) -> None:
    """Refuse a session that commits after each statement: what takes several would be half done when one fails.

    Costs no statement.

    Raises:
        Misuse: with what mends it.
    """
    if _commits_each_statement(session.connection()):
        raise Misuse(
            "autocommit",
            "This verb sends several statements that belong together, and the session commits after each one. "
            'Use it with a transaction: engine.execution_options(isolation_level="READ COMMITTED")',
        )


def in_transaction(connection: Connection) -> bool:
    """Return whether SQLite itself is in a transaction; drivers that are left to themselves begin one late."""
    driver: Any = connection.connection.driver_connection
    return bool(driver.in_transaction)


def _commits_each_statement(connection: Connection) -> bool:
    level = connection.get_execution_options().get("isolation_level")
    if level is None:
        # SQLAlchemy has no public name for what `create_engine(isolation_level=...)` was given.
        level = getattr(connection.dialect, "_on_connect_isolation_level", None)
    return level == "AUTOCOMMIT"


# ---------------------------------------------------------------------------------------------- try again

# Serialization failure, deadlock. https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html
_STATES: Final = frozenset({"40001", "40P01"})
# Record changed since the last read, lock wait timed out, deadlock. https://mariadb.com/kb/en/mariadb-error-codes/
_NUMBERS: Final = frozenset({1020, 1205, 1213})
# SQLITE_BUSY and SQLITE_LOCKED, without what the extended codes add. https://www.sqlite.org/rescode.html
_SQLITE: Final = frozenset({5, 6})
_PRIMARY_CODE: Final = 0xFF


def is_retryable(error: BaseException) -> bool:
    """Return whether the same transaction, run again from its start, may succeed.

    True for a serialization failure (40001), a deadlock (40P01, 1213), a lock that was waited for in vain (1205),
    a record that changed since it was read (1020), a busy SQLite database, and a connection that was lost. The
    error is SQLAlchemy's, or was raised from it.
    """
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, DBAPIError):
        cause = cause.__cause__
    if cause is None:
        return False
    if cause.connection_invalidated:
        return True
    original: Any = cause.orig
    number = original.args[0] if original is not None and original.args else None
    return (
        getattr(original, "sqlstate", None) in _STATES
        or (getattr(original, "sqlite_errorcode", None) or 0) & _PRIMARY_CODE in _SQLITE
        or (isinstance(number, int) and number in _NUMBERS)
    )


def _pause(turn: int) -> float:
    """Return the seconds to wait before the next turn: random, so that two who met do not meet again."""
    return random.uniform(0, min(1.0, 0.025 * 2**turn))


@overload
def run_transaction(
    sessionmaker: Callable[[], Session],
    work: Callable[[Session], R],
    *,
    attempts: int = ...,
    pause: Callable[[int], float] = ...,
) -> R: ...
@overload
def run_transaction(
    sessionmaker: Callable[[], AsyncSession],
    work: Callable[[AsyncSession], Awaitable[R]],
    *,
    attempts: int = ...,
    pause: Callable[[int], float] = ...,
) -> Coroutine[Any, Any, R]: ...
def run_transaction(
    sessionmaker: Callable[[], Any],
    work: Callable[[Any], Any],
    *,
    attempts: int = 5,
    pause: Callable[[int], float] = _pause,
) -> Any:
    """Run `work(session)` in a transaction and commit it; run all of it again where that may help.

    Every verb may be repeated: `start` by a client-made id, `save` by its sequence number, `submit` by the state.
    That the reply to COMMIT was lost is then no matter either. What else `work` does must be repeatable too.

    Args:
        sessionmaker: yours, sync or async; it makes a session for each turn.
        work: what to do with the session; it does not commit. A coroutine function for async sessions.
        attempts: how many turns there are at most.
        pause: the seconds to wait after turn 1, 2, …; random and growing unless given.

    Returns:
        what `work` returned; with an async session, await it.

    Raises:
        Misuse: `attempts_below_one`, `work_kind`: sync sessions for a coroutine function.
        Exception: what the last turn raised; at once, if a further turn would not help.
    """
    if attempts < 1:
        raise Misuse("attempts_below_one", "A transaction is attempted at least once")
    session = sessionmaker()
    run = _run_async if hasattr(session, "run_sync") else _run_sync
    return run(itertools.chain([session], iter(sessionmaker, None)), work, attempts, pause)


def _run_sync(sessions: Any, work: Callable[[Any], R], attempts: int, pause: Callable[[int], float]) -> R:
    for turn in itertools.count(1):
        try:
            with next(sessions) as session, session.begin():
                return _not_to_be_awaited(work(session))
        except Exception as error:
            if turn >= attempts or not is_retryable(error):
                raise
        time.sleep(pause(turn))
    raise AssertionError  # pragma: no cover - counting does not end


def _not_to_be_awaited(done: R) -> R:
    if isinstance(done, Coroutine):
        done.close()
        raise Misuse("work_kind", "A coroutine function needs an async sessionmaker")
    return done


async def _run_async(
    sessions: Any, work: Callable[[Any], Awaitable[R]], attempts: int, pause: Callable[[int], float]
) -> R:
    for turn in itertools.count(1):
        try:
            async with next(sessions) as session, session.begin():
                return await work(session)
        except Exception as error:
            if turn >= attempts or not is_retryable(error):
                raise
        await asyncio.sleep(pause(turn))
    raise AssertionError  # pragma: no cover - counting does not end
