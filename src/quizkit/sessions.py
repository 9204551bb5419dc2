"""Your engine, your transaction: what quizkit needs of them.

SQLite as drivers set it up accepts broken foreign keys, keeps savepoints after a rollback of the whole, and
answers "database is locked" as soon as two transactions read before they write. `configure_sqlite` ends that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Engine, event

from quizkit.errors import Misuse

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine
    from sqlalchemy.orm import Session

__all__ = ["READ_ONLY", "configure_sqlite", "refuse_unconfigured"]

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
        read_only = connection.get_execution_options().get(READ_ONLY, False)
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


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
