"""What quizkit requires of your engine and your transactions.

With the defaults of its drivers, SQLite accepts broken foreign keys, keeps savepoints after a full rollback, and
fails with "database is locked" when two transactions read before they write. `configure_sqlite` fixes this.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import suppress
from traceback import walk_tb
from typing import TYPE_CHECKING, Any, Final, TypeVar, overload

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError

from quizkit.errors import UsageError

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
"""Execution option for read-only sessions on SQLite: they begin without taking the write lock."""

_MARK: Final = "quizkit_sqlite"


def configure_sqlite(engine: Engine | AsyncEngine, *, busy_timeout_ms: int = 30_000) -> None:
    """Configure a SQLite engine, sync or async, for quizkit. Call it once, before the first connection.

    It enforces foreign keys. A transaction takes the write lock when it begins (BEGIN IMMEDIATE), so that others wait
    up to `busy_timeout_ms` instead of failing. Files use a write-ahead log. A connection or session with the
    execution option `quizkit_read_only=True` begins without the write lock.

    DDL becomes part of the transaction, as on PostgreSQL: a `create_all` on a connection must be committed, or the
    tables are gone with it (`create_all(engine)` commits itself).

    Raises:
        UsageError: the engine is not a SQLite engine.
    """
    target = engine if isinstance(engine, Engine) else engine.sync_engine
    if target.dialect.name != "sqlite":
        raise UsageError("not_sqlite", "configure_sqlite is only for SQLite engines; other databases do not need it")
    if getattr(target, _MARK, False):
        return
    setattr(target, _MARK, True)

    @event.listens_for(target, "connect")
    def on_connect(connection: Any, record: Any) -> None:
        # The driver issues its own BEGIN too late (before the first write) and leaks savepoints; on_begin issues one at the start.
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
        # After a failed COMMIT (a deferred foreign key, a full disk) SQLite's transaction stays open, but SQLAlchemy
        # treats it as over: the connection would go back to the pool with the write lock.
        if state.asyncio_safe and getattr(record.driver_connection, "in_transaction", False):
            connection.rollback()

    @event.listens_for(target, "invalidate")
    def on_invalidate(connection: Any, _record: Any, _error: Any) -> None:
        # A task was cancelled in the middle of a statement. SQLite keeps the connection and its write lock while
        # that statement is referenced, even after closing; a rollback releases the lock.
        with suppress(Exception, asyncio.CancelledError):
            connection.rollback()


def refuse_unconfigured(session: Session | Connection) -> None:
    """Raise UsageError if the session's SQLite connection is not configured.

    It sends no statement: `configure_sqlite` marks the connection. If the session has more than one engine, pass the
    connection.

    Raises:
        UsageError: `sqlite_unconfigured`; the message contains the line that fixes it.
    """
    connection = _connection_of(session)
    if connection.dialect.name == "sqlite" and _MARK not in connection.info:
        raise UsageError(
            "sqlite_unconfigured",
            "This SQLite engine does not enforce foreign keys and does not take the write lock in time. "
            "Call quizkit.sessions.configure_sqlite(engine) once, after create_engine and before the first connection, "
            "or call engine.dispose() first",
        )


def refuse_autocommit(session: Session | Connection) -> None:
    """Raise UsageError if the session commits after each statement.

    A failure would leave a verb of several statements half done. The check sends no statement. If the session has more
    than one engine, pass the connection.

    Raises:
        UsageError: `autocommit`; the message says how to fix it.
    """
    if _commits_each_statement(_connection_of(session)):
        raise UsageError(
            "autocommit",
            "This verb sends several statements in one transaction, but the session commits after each one. "
            'Use engine.execution_options(isolation_level="READ COMMITTED")',
        )


def _connection_of(session: Session | Connection) -> Connection:
    """Return the connection of a session's default engine; a connection itself."""
    return session if isinstance(session, Connection) else session.connection()


def in_transaction(connection: Connection) -> bool:
    """Return whether SQLite itself is in a transaction; by default drivers begin one late."""
    driver: Any = connection.connection.driver_connection
    return bool(driver.in_transaction)


def _commits_each_statement(connection: Connection) -> bool:
    level = connection.get_execution_options().get("isolation_level")
    if level is None:
        # SQLAlchemy has no public attribute for the argument of `create_engine(isolation_level=...)`.
        level = getattr(connection.dialect, "_on_connect_isolation_level", None)
    return level == "AUTOCOMMIT" or _driver_commits(connection)


def _driver_commits(connection: Connection) -> bool:
    """Return whether the driver itself is set to commit each statement, as by `connect_args={"autocommit": True}`."""
    if connection.dialect.name == "sqlite":
        return False  # `configure_sqlite` leaves the driver in that mode and begins transactions itself
    driver: Any = connection.connection.dbapi_connection
    ask = getattr(driver, "get_autocommit", None)
    return bool(ask()) if ask is not None else getattr(driver, "autocommit", False) is True


# ---------------------------------------------------------------------------------------------- retries

# https://www.postgresql.org/docs/current/errcodes-appendix.html: serialization failure, deadlock, lock not available; too
# many connections; a server that is shut down, has crashed, or is not up yet.
_STATES: Final = frozenset({"40001", "40P01", "55P03", "53300", "57P01", "57P02", "57P03"})
_CONNECTION: Final = "08"
# https://mariadb.com/kb/en/mariadb-error-codes/: record changed since the last read, lock wait timed out, deadlock; too many
# connections, a server that shuts down, a connection that was killed; cannot connect, gone away, lost.
_NUMBERS: Final = frozenset({1020, 1205, 1213, 1040, 1053, 1927, 2002, 2003, 2006, 2013})
# Errors of a former primary, or of a node that has lost its cluster: another connection may reach the right server.
_ELSEWHERE: Final[frozenset[str | int]] = frozenset({"25006", 1290, 1047})
# SQLITE_BUSY and SQLITE_LOCKED, as primary result codes. https://www.sqlite.org/rescode.html
_SQLITE: Final = frozenset({5, 6})
_PRIMARY_CODE: Final = 0xFF

_DRIVERS: Final = ("asyncpg", "psycopg", "asyncmy", "pymysql")

PATIENCE: Final = 30.0
"""Seconds for which `run_transaction` retries after the first failure: a failover takes a few seconds."""


def is_retryable(error: BaseException) -> bool:
    """Return whether the same transaction may succeed if it is run again from its start.

    True for conflicts with other transactions (a deadlock, a serialization failure, a lock timeout, a busy SQLite
    database), and for a server that is unavailable: the connection is lost or refused, or the server is shutting down,
    is starting, has too many connections, or is read-only because another one has taken over. The error is
    SQLAlchemy's or the driver's, or was raised from one. An `OSError` counts only if it comes from a driver.

    PostgreSQL: class 08, 40001, 40P01, 53300, 55P03, 57P01 to 57P03, 25006. MariaDB: 1020, 1040, 1047, 1053, 1205,
    1213, 1290, 1927, 2002, 2003, 2006, 2013. psycopg does not report why it cannot connect, so a wrong password counts
    too.
    """
    return any(_may_pass(cause) for cause in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and its chain of causes."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        if isinstance(cause, DBAPIError) and cause.orig is not None:
            yield cause.orig
        cause = cause.__cause__


def _may_pass(error: BaseException) -> bool:
    if isinstance(error, DBAPIError):
        return error.connection_invalidated
    if isinstance(error, OSError):  # asyncpg reports network failures as plain Python errors
        return _is_drivers(error)
    state, number = error_codes(error)
    return (
        state in _STATES
        or (state or "").startswith(_CONNECTION)
        or number in _NUMBERS
        or bool(_ELSEWHERE & {state, number})
        or (getattr(error, "sqlite_errorcode", None) or 0) & _PRIMARY_CODE in _SQLITE
        or _never_connected(error)
        or _was_cut_off(error)
    )


def error_codes(error: BaseException) -> tuple[str | None, int | None]:
    """Return the PostgreSQL code and the MariaDB number of a driver's error; None for one that it does not have."""
    state, number = getattr(error, "sqlstate", None), error.args[0] if error.args else None
    is_mariadb = type(error).__module__.partition(".")[0] in {"asyncmy", "pymysql"}
    return state if isinstance(state, str) else None, number if is_mariadb and isinstance(number, int) else None


def _is_drivers(error: BaseException) -> bool:
    """Return whether an error comes from a driver, and not from other work, such as reading a file."""
    modules = (frame.f_globals.get("__name__", "") for frame, _ in walk_tb(error.__traceback__))
    return any(module.partition(".")[0] in _DRIVERS for module in modules)


def _never_connected(error: BaseException) -> bool:
    # libpq reports it without a code, only as a sentence in the server's language.
    kind = type(error)
    is_psycopg = kind.__module__.partition(".")[0] == "psycopg"
    return is_psycopg and kind.__name__ in {"OperationalError", "ConnectionTimeout"} and error_codes(error)[0] is None


def _was_cut_off(error: BaseException) -> bool:
    # asyncpg has no code for a server that disconnects in the middle of a reply: "cannot switch to state 12; ...".
    kind = type(error)
    return kind.__module__.partition(".")[0] == "asyncpg" and kind.__name__ == "InternalClientError"


def _is_elsewhere(error: BaseException) -> bool:
    """Return whether the server behind this connection will keep refusing."""
    return any(_ELSEWHERE & set(error_codes(cause)) for cause in _causes(error) if not isinstance(cause, DBAPIError))


def _pause(turn: int) -> float:
    """Return the seconds to wait before the next run: random, so that two conflicting clients do not collide again."""
    return random.uniform(0, min(1.0, 0.025 * 2**turn))


class _Patience:
    """Decides how long to wait before the next run, or that there is none."""

    def __init__(self, patience: float, pause: Callable[[int], float]) -> None:
        self.seconds, self.pause, self.turn = patience, pause, 0
        self.ends: float | None = None

    def wait(self, error: Exception) -> float:
        """Return the seconds to wait; raise the error if another run would not help."""
        self.turn += 1
        now = time.monotonic()
        if self.ends is None:  # counted from the first failure, so that a long transaction is retried too
            self.ends = now + self.seconds
        seconds = self.pause(self.turn)
        if now + seconds >= self.ends or not is_retryable(error):
            raise error
        return seconds


@overload
def run_transaction(
    sessionmaker: Callable[[], Session],
    work: Callable[[Session], R],
    *,
    patience: float = ...,
    pause: Callable[[int], float] = ...,
) -> R: ...
@overload
def run_transaction(
    sessionmaker: Callable[[], AsyncSession],
    work: Callable[[AsyncSession], Awaitable[R]],
    *,
    patience: float = ...,
    pause: Callable[[int], float] = ...,
) -> Coroutine[Any, Any, R]: ...
def run_transaction(
    sessionmaker: Callable[[], Any],
    work: Callable[[Any], Any],
    *,
    patience: float = PATIENCE,
    pause: Callable[[int], float] = _pause,
) -> Any:
    """Run `work(session)` in a transaction and commit it; on a retryable error run it again from the start.

    It retries for `patience` seconds after the first failure, which is long enough for a server restart or a failover.
    **`work` must be idempotent**: if the reply to COMMIT is lost, it runs again although its changes are stored. Verbs
    are idempotent if you pass the ids of new rows (docs/discussion/transactions.md); everything else in `work` must be
    too.

    Args:
        sessionmaker: yours, sync or async; it makes a new session for each run.
        work: the work to do with the session; it must not commit. A coroutine function for async sessions.
        patience: for how many seconds after the first failure a new run may begin; 0 for a single run.
        pause: returns the seconds to wait after run 1, 2, …; by default random and growing, at most one second.

    Returns:
        The return value of `work`; with an async session, await it.

    Raises:
        UsageError: `patience_negative`; `work_kind`: a coroutine function with sync sessions.
        Exception: the error of the last run; it is raised immediately if another run would not help.
    """
    if not patience >= 0:
        raise UsageError("patience_negative", "patience= must be a number of seconds that is at least 0")
    first = sessionmaker()
    run = _run_async if hasattr(first, "run_sync") else _run_sync
    return run(first, sessionmaker, work, _Patience(patience, pause))


def _run_sync(first: Any, sessionmaker: Callable[[], Any], work: Callable[[Any], R], patience: _Patience) -> R:
    made = first
    while True:
        try:
            with made as session, session.begin():
                try:
                    return _not_to_be_awaited(work(session))
                except Exception as error:
                    if _is_elsewhere(error):
                        session.invalidate()
                    raise
        except Exception as error:  # noqa: BLE001 - wait raises it again, unless another run may help
            time.sleep(patience.wait(error))
        made = sessionmaker()


def _not_to_be_awaited(done: R) -> R:
    if isinstance(done, Coroutine):
        done.close()
        raise UsageError("work_kind", "A coroutine function needs an async sessionmaker")
    return done


async def _run_async(
    first: Any, sessionmaker: Callable[[], Any], work: Callable[[Any], Awaitable[R]], patience: _Patience
) -> R:
    made = first
    while True:
        try:
            async with made as session, session.begin():
                try:
                    return await work(session)
                except Exception as error:
                    if _is_elsewhere(error):
                        await session.invalidate()
                    raise
        except Exception as error:  # noqa: BLE001 - as above
            await asyncio.sleep(patience.wait(error))
        made = sessionmaker()
