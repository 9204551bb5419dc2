"""Taking back what a verb has done, without ending the host's transaction."""

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

    Calling what is yielded, or an error, rolls it back. Said as text: after a deadlock MariaDB has no savepoint left, and
    SQLAlchemy's own would replace that error, which is retryable, by another.
    """
    connection.execute(_SAVEPOINT)
    try:
        yield lambda: _roll_back(connection)
    except Exception:
        with suppress(SQLAlchemyError):  # after a deadlock, or when the connection is lost, there is none left
            _roll_back(connection)
            connection.execute(_RELEASE)
        raise
    connection.execute(_RELEASE)


def _roll_back(connection: Connection) -> None:
    connection.execute(_ROLLBACK)
