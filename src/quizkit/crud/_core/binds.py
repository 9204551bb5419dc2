"""Which database of a session the verbs use: one connection for each call."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import fields
from typing import Any

from sqlalchemy import inspect, select, update
from sqlalchemy.exc import UnboundExecutionError
from sqlalchemy.orm import Session

from quizkit.errors import UsageError
from quizkit.models import Models

__all__ = ["bind_arguments", "refuse_several_binds"]


def bind_arguments(m: Models[Any], *, reads: bool) -> dict[str, Any]:
    """Return the arguments with which a session chooses the engine of a call: a mapper, and a select or an update.

    A verb that writes also reads where it writes. It asks with an update, because sessions that send reads to another
    server recognize one, as in SQLAlchemy's documentation, but not each of quizkit's statements.
    """
    table = m.table(m.attempt)
    return {"mapper": inspect(m.attempt), "clause": select(table) if reads else update(table)}


def refuse_several_binds(session: Session, models: Models[Any]) -> None:
    """Refuse a session that sends some of quizkit's classes to another database than the others.

    Raises:
        UsageError: `session_binds`.
    """
    # A `get_bind` of the host may answer differently each time, so only `binds=` is looked at.
    known = vars(session)
    binds = known.get("binds") or known.get("_Session__binds")  # SQLAlchemy 2.1, and 2.0
    if not binds or type(session).get_bind is not Session.get_bind:
        return
    found: dict[Any, str] = {}
    for model in (getattr(models, field.name) for field in fields(models)):
        with suppress(UnboundExecutionError):
            # Engines with other options share the pool.
            found.setdefault(session.get_bind(inspect(model)).engine.pool, model.__name__)
    if len(found) > 1:
        raise UsageError(
            "session_binds",
            f"binds= of the session sends {' and '.join([*found.values()][:2])} to different databases, and quizkit's tables "
            "refer to one another: bind their base, binds={Base: engine}",
        )
