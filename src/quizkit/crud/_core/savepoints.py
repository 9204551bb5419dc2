"""Taking back what a verb has done, without ending the host's transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

__all__ = ["savepoint"]

_SAVEPOINT: Final = text("SAVEPOINT quizkit")
_ROLLBACK: Final = text("ROLLBACK TO SAVEPOINT quizkit")
_RELEASE: Final = text("RELEASE SAVEPOINT quizkit")


@contextmanager
def savepoint(session: Session, statement: Any) -> Iterator[Callable[[], None]]:
    """Run a block in a savepoint, on the connection to which the session sends a statement.

    Calling what is yielded, or an error, rolls it back. Said as text: after a deadlock MariaDB has no savepoint left, and
    SQLAlchemy's own would replace that error, which is retryable, by another.
    """
    connection = session.connection(bind_arguments={"clause": statement})
    connection.execute(_SAVEPOINT)
    try:
        yield lambda: _roll_back(connection)
    except Exception:
        with suppress(SQLAlchemyError):  # after a deadlock, or when the connection is lost, there is none left
            _roll_back(connection)
            connection.execute(_RELEASE)
        raise
    connection.execute(_RELEASE)


def _roll_back(connection: Any) -> None:
    connection.execute(_ROLLBACK)
