"""The mechanism of verbs: one function over a `Session`, called with the session you have.

For type checkers a verb is a descriptor with two faces (sync and async) over one signature. At run time it is
a plain function, so help(), inspect and pickle work. Measured alternatives are in decision 0008.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, Protocol, Self, TypeVar, cast, overload

from sqlalchemy.orm import Session, scoped_session

from quizkit.crud._core.arguments import arguments_of
from quizkit.crud._core.clock import NewId
from quizkit.crud._core.context import Context, S, Work
from quizkit.errors import UsageError
from quizkit.models import Models
from quizkit.sessions import refuse_autocommit, refuse_unconfigured

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession, async_scoped_session

__all__ = ["BoundVerb", "Verb", "VerbGroup", "single_statement", "verb"]

P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)


class BoundVerb(Protocol[P, R_co]):
    """A verb of a noun: awaited with an async session, called with a sync one."""

    @overload
    def __call__(
        self, session: AsyncSession | async_scoped_session[Any], /, *args: P.args, **kwargs: P.kwargs
    ) -> Coroutine[Any, Any, R_co]: ...
    @overload
    def __call__(self, session: Session | scoped_session[Any], /, *args: P.args, **kwargs: P.kwargs) -> R_co: ...


class Verb(Protocol[P, R_co]):
    """What a type checker sees of a method that `verb` decorates."""

    @overload
    def __get__(self, noun: None, owner: Any, /) -> Callable[Concatenate[Any, Session, P], R_co]: ...
    @overload
    def __get__(self, noun: object, owner: Any, /) -> BoundVerb[P, R_co]: ...


def verb(run: Callable[Concatenate[Any, Session, P], R_co]) -> Verb[P, R_co]:
    """Make a method over a `Session` a verb that takes every kind of session. It flushes and never commits.

    It refuses a session that commits after each statement, before it writes.
    """
    return _verb(run, alone=False)


def single_statement(run: Callable[Concatenate[Any, Session, P], R_co]) -> Verb[P, R_co]:
    """Make a verb that only reads, or writes with a single statement, and so needs no transaction around it."""
    return _verb(run, alone=True)


def _verb(run: Callable[Concatenate[Any, Session, P], R_co], *, alone: bool) -> Verb[P, R_co]:
    arguments = arguments_of(run)

    @functools.wraps(run)
    def call(noun: Any, session: Any, /, *args: P.args, **kwargs: P.kwargs) -> Any:
        if isinstance(session, Session):
            context: Context[Any] = noun._context  # noqa: SLF001 - a verb is of its noun
            refuse_unconfigured(session, context.models.attempt)
            if not alone:
                refuse_autocommit(session, context.models.attempt)
            args, kwargs = cast("Any", arguments.checked(context, args, cast("Any", kwargs)))
            if session.autoflush:  # Core statements do not in SQLAlchemy 2.0: the host's pending rows go first
                session.flush()
            return run(noun, session, *args, **kwargs)
        if hasattr(session, "run_sync"):
            return session.run_sync(functools.partial(call, noun), *args, **kwargs)
        if isinstance(session, scoped_session) or hasattr(session, "session_factory"):
            return call(noun, session(), *args, **kwargs)
        raise UsageError(
            "session_kind",
            "The first argument is a Session, an AsyncSession, or a scoped session of either kind",
        )

    return cast("Verb[P, R_co]", call)


class VerbGroup(Generic[S]):
    """Verbs over one kind of thing, for one set of models and, where there are tenants, for one of them."""

    def __init__(self, models: Models[S] | Context[S], *, tenant: Any = None) -> None:
        """Bind the verbs.

        Raises:
            UsageError: `tenant_missing`, `tenant_unknown`: the tables have tenants and none was given, or the reverse.
        """
        self._context = models if isinstance(models, Context) else Context(models, tenant)

    @property
    def models(self) -> Models[S]:
        """The classes over whose tables these verbs work."""
        return self._context.models

    def of(self, tenant: Any) -> Self:
        """Return the same verbs for another tenant; what is known of tables and statements is shared.

        Raises:
            UsageError: `tenant_missing`, `tenant_unknown`.
        """
        return type(self)(self._context.of(tenant))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._context,)

    def _work(self, session: Session, now: datetime | None = None, new_id: NewId | None = None) -> Work[S]:
        """Begin a call."""
        return Work(self._context, session, now, new_id)
