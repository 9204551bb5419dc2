"""Savepoints: undo what a verb has written without ending the host's transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

__all__ = ["savepoint"]

_SAVEPOINT: Final = text("SAVEPOINT quizkit_take_back")
_ROLLBACK: Final = text("ROLLBACK TO SAVEPOINT quizkit_take_back")
_RELEASE: Final = text("RELEASE SAVEPOINT quizkit_take_back")


@contextmanager
def savepoint(connection: Connection) -> Iterator[Callable[[], None]]:
    """Run a block in a savepoint.

    An error, or a call of the yielded function, rolls the savepoint back. The SQL is plain text because MariaDB drops
    savepoints after a deadlock: SQLAlchemy's own savepoint would replace that retryable error with another one.
    """
    connection.execute(_SAVEPOINT)
    try:
        yield lambda: _roll_back(connection)
    except Exception:
        with suppress(SQLAlchemyError):  # the savepoint is gone after a deadlock or a lost connection
            _roll_back(connection)
            connection.execute(_RELEASE)
        raise
    connection.execute(_RELEASE)


def _roll_back(connection: Connection) -> None:
    connection.execute(_ROLLBACK)
