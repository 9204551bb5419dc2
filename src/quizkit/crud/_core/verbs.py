"""The machinery of verbs: one function over a `Session`, callable with whatever session you have.

For type checkers a verb is a descriptor with a sync and an async overload of one signature. At run time it is a plain
function, so that help(), inspect and pickle work. Decision 0008 has the alternatives that were measured.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, Protocol, Self, TypeVar, cast, overload

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, scoped_session

from quizkit.crud._core.anonymous import Anonymous
from quizkit.crud._core.arguments import arguments_of
from quizkit.crud._core.clock import NewId
from quizkit.crud._core.context import Context, S, Work, context_of
from quizkit.crud._core.differing import differing_error
from quizkit.crud._core.missing import missing_error
from quizkit.errors import UsageError
from quizkit.models import Models
from quizkit.sessions import refuse_autocommit, refuse_unconfigured

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession, async_scoped_session

__all__ = ["BoundVerb", "Verb", "VerbGroup", "reading", "single_statement", "verb"]

P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)


class BoundVerb(Protocol[P, R_co]):
    """A verb of a group: await it with an async session, call it with a sync one."""

    @overload
    def __call__(
        self, session: AsyncSession | async_scoped_session[Any], /, *args: P.args, **kwargs: P.kwargs
    ) -> Coroutine[Any, Any, R_co]: ...
    @overload
    def __call__(self, session: Session | scoped_session[Any], /, *args: P.args, **kwargs: P.kwargs) -> R_co: ...


class Verb(Protocol[P, R_co]):
    """The type of a method that is decorated with `verb`, for type checkers."""

    @overload
    def __get__(self, group: None, owner: Any, /) -> Callable[Concatenate[Any, Session, P], R_co]: ...
    @overload
    def __get__(self, group: object, owner: Any, /) -> BoundVerb[P, R_co]: ...


def verb(run: Callable[Concatenate[Any, Session, P], R_co]) -> Verb[P, R_co]:
    """Turn a method over a `Session` into a verb that accepts every kind of session. It flushes and never commits.

    Before it writes, it rejects a session that commits after each statement.
    """
    return _verb(run, needs_transaction=True)


def single_statement(run: Callable[Concatenate[Any, Session, P], R_co]) -> Verb[P, R_co]:
    """Turn a method over a `Session` into a verb that writes with one statement.

    Such a call needs no surrounding transaction, so the verb also accepts a session that commits after each statement.
    A verb some of whose calls write with more rejects such a session in those calls (`sessions.refuse_autocommit`).
    """
    return _verb(run, needs_transaction=False)


def reading(run: Callable[Concatenate[Any, Session, P], R_co]) -> Verb[P, R_co]:
    """Turn a method over a `Session` into a verb that only reads.

    A session that sends its reads to another server sends this verb there. It needs no surrounding transaction.
    """
    return _verb(run, needs_transaction=False, reads=True)


def _verb(
    run: Callable[Concatenate[Any, Session, P], R_co], *, needs_transaction: bool, reads: bool = False
) -> Verb[P, R_co]:
    arguments = arguments_of(run)

    @functools.wraps(run)
    def call(group: Any, session: Any, /, *args: P.args, **kwargs: P.kwargs) -> Any:
        if isinstance(session, Session):
            context: Context[Any] = group._context  # noqa: SLF001 - a verb is a method of its group
            _refuse_flushing(session)
            args, kwargs = cast("Any", arguments.checked(context, args, cast("Any", kwargs)))
            connection = context.connection(session, reads=reads)
            refuse_unconfigured(connection)
            if needs_transaction:
                refuse_autocommit(connection)
            if session.autoflush:  # Core statements do not flush in SQLAlchemy 2.0: flush the host's pending rows first
                session.flush()
            try:
                return run(group._on(connection), session, *args, **kwargs)  # noqa: SLF001 - as above
            except DBAPIError as error:
                missing = missing_error(context.models, error) or differing_error(context.models, error)
                if missing is None:
                    raise
            raise missing  # outside the block, because the driver's error contains input
        if hasattr(session, "run_sync"):
            return session.run_sync(functools.partial(call, group), *args, **kwargs)
        if isinstance(session, scoped_session) or hasattr(session, "session_factory"):
            return call(group, session(), *args, **kwargs)
        raise UsageError(
            "session_kind",
            "The first argument must be a Session, an AsyncSession, or a scoped session of either kind",
        )

    return cast("Verb[P, R_co]", call)


def _refuse_flushing(session: Session) -> None:
    if session._flushing:  # noqa: SLF001 - also read in SQLAlchemy's recipe for get_bind; it has no public name
        raise UsageError(
            "session_flushing",
            "A verb cannot run in a listener of a flush (before_flush, after_insert and the like): call it before "
            "session.flush() or after it, in the same transaction",
        )


class VerbGroup(Generic[S]):
    """Verbs for one kind of object, bound to one set of models and, with tenants, to one tenant.

    In a verb, `self` is a copy for that call: what a verb assigns to it is lost.
    """

    _connection: Connection

    def __init__(self, models: Models[S] | Context[S], *, tenant: Any = None) -> None:
        """Bind the verbs.

        Raises:
            UsageError: `tenant_missing`: the tables have tenants and none was given; `tenant_unknown`: the reverse;
                `tenant_type`: the tenant does not fit its column; `context_options`: the tenant would be ignored.
        """
        self._context = context_of(models, tenant=tenant)

    @property
    def models(self) -> Models[S]:
        """The classes whose tables these verbs use."""
        return self._context.models

    def of(self, tenant: Any) -> Self:
        """Return the same verbs for another tenant; both share statements and caches.

        Raises:
            UsageError: `tenant_missing`, `tenant_unknown`, `tenant_type`.
        """
        return type(self)(self._context.of(tenant))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._context,)

    def _on(self, connection: Connection) -> Self:
        """Return the same verbs for one call, whose connection `_verb` has checked: a session may answer differently."""
        group = object.__new__(type(self))
        vars(group).update(vars(self), _connection=connection)
        return group

    def _work_of(
        self, session: Session, taker: S | Anonymous, now: datetime | None = None, new_id: NewId | None = None
    ) -> tuple[Work[S], Any]:
        """Return the `Work` of the call of a taker's verb, and the taker as its statements know them."""
        work = self._work(session, now, new_id)
        return (work.for_anonymous(), taker.key) if isinstance(taker, Anonymous) else (work, taker)

    def _work(self, session: Session, now: datetime | None = None, new_id: NewId | None = None) -> Work[S]:
        """Return the `Work` of the call of a verb."""
        return Work(self._context, session, self._connection, now, new_id)
