"""The mechanism of verbs: one function over a `Session`, called with the session you have.

For type checkers a verb is a descriptor with two faces (sync and async) over one signature. At run time it is
a plain function, so help(), inspect and pickle work. Measured alternatives are in decision 0008.
"""

from __future__ import annotations

import functools
import itertools
import secrets
import uuid
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Concatenate, Final, Generic, ParamSpec, Protocol, Self, TypeVar, cast, overload

from sqlalchemy import ColumnElement, CursorResult, Executable, Row, Select, __version__, bindparam, inspect, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import QueryableAttribute, Session, scoped_session
from sqlalchemy.sql import ClauseElement

from quizkit.crud._arguments import arguments_of, column_check
from quizkit.crud._changes import differing, refuse_other_version
from quizkit.crud._pages import FIRST, page_of, refuse_limit
from quizkit.crud._repeats import refuse_other_call
from quizkit.crud._savepoints import savepoint
from quizkit.crud._tables import (
    MARIADB,
    TENANT,
    as_text,
    change_of,
    fresh,
    given_columns,
    in_steps,
    insert_new,
    is_duplicate,
    owned,
)
from quizkit.errors import Misuse
from quizkit.models import Models
from quizkit.models._row import Row as ModelRow
from quizkit.models._row import is_ours
from quizkit.rules.windows import in_utc
from quizkit.schemas import Page
from quizkit.sessions import refuse_autocommit, refuse_unconfigured
from quizkit.vocabulary import uuid7

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession, async_scoped_session

__all__ = ["BoundVerb", "Noun", "Values", "Verb", "Where", "lone_verb", "verb"]

P = ParamSpec("P")
S = TypeVar("S")
T = TypeVar("T")
R_co = TypeVar("R_co", covariant=True)

Build = Callable[[Models[Any], str], Executable]
NewId = Callable[[], uuid.UUID]
Values = Mapping[QueryableAttribute[Any], Any]
Where = Sequence[ColumnElement[bool]]

NOTHING: Final[Values] = {}


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


def lone_verb(run: Callable[Concatenate[Any, Session, P], R_co]) -> Verb[P, R_co]:
    """Make a verb that only reads, or writes with a single statement, and so needs no transaction around it."""
    return _verb(run, alone=True)


def _verb(run: Callable[Concatenate[Any, Session, P], R_co], *, alone: bool) -> Verb[P, R_co]:
    arguments = arguments_of(run)

    @functools.wraps(run)
    def call(noun: Any, session: Any, /, *args: P.args, **kwargs: P.kwargs) -> Any:
        if isinstance(session, Session):
            refuse_unconfigured(session, noun._models.attempt)  # noqa: SLF001 - a verb is of its noun
            if not alone:
                refuse_autocommit(session, noun._models.attempt)  # noqa: SLF001 - as above
            args, kwargs = cast("Any", arguments.checked(noun, args, cast("Any", kwargs)))
            if session.autoflush:  # Core statements do not in SQLAlchemy 2.0: the host's pending rows go first
                session.flush()
            return run(noun, session, *args, **kwargs)
        if hasattr(session, "run_sync"):
            return session.run_sync(functools.partial(call, noun), *args, **kwargs)
        if isinstance(session, scoped_session) or hasattr(session, "session_factory"):
            return call(noun, session(), *args, **kwargs)
        raise Misuse(
            "session_kind",
            "The first argument is a Session, an AsyncSession, or a scoped session of either kind",
        )

    return cast("Verb[P, R_co]", call)


def _refuse_tenant(models: Models[Any], tenant: Any) -> None:
    if models.config.tenant is not None and tenant is None:
        raise Misuse("tenant_missing", "These tables have tenants: use Tenants(models, str).of(tenant)")
    if models.config.tenant is None and tenant is not None:
        raise Misuse("tenant_unknown", "These tables have no tenants: set TableConfig(tenant=TenantColumn())")


class Noun(Generic[S]):
    """Verbs over one kind of thing, for one set of models and, where there are tenants, for one of them."""

    def __init__(self, models: Models[S], *, tenant: Any = None) -> None:
        """Bind the verbs.

        Raises:
            Misuse: `tenant_missing`, `tenant_unknown`: the tables have tenants and none was given, or the reverse.
        """
        _refuse_tenant(models, tenant)
        self._models = models
        self._tenant = tenant
        self._subject = column_check(models.config.subject.type_)
        self._built: dict[tuple[Build, str, tuple[str, ...]], Executable] = {}

    def of(self, tenant: Any) -> Self:
        """Return the same verbs for another tenant; what is known of tables and statements is shared.

        Raises:
            Misuse: `tenant_missing`, `tenant_unknown`.
        """
        _refuse_tenant(self._models, tenant)
        other = object.__new__(type(self))
        vars(other).update(vars(self), _tenant=tenant)
        return other

    def __reduce__(self) -> tuple[Any, ...]:
        # The statements stay at home.
        return functools.partial(type(self), self._models, tenant=self._tenant), ()

    def _statement(self, session: Session, build: Build, extra: tuple[str, ...] = ()) -> Executable:
        """Return what `build` makes of the models: built once for each dialect, 5 to 20 times cheaper than each call."""
        dialect = session.get_bind(self._models.attempt).dialect
        found = self._built.get((build, dialect.name, extra))
        if found is None:
            made = build(self._models, dialect.name)
            if extra:
                table = cast("Any", made).table
                made = cast("Any", made).values({name: bindparam(name, type_=table.c[name].type) for name in extra})
            found = _cacheable(made, dialect, (*given_columns(self._models, made), *extra))
            self._built[build, dialect.name, extra] = found
        return found

    def _run(
        self, session: Session, build: Build, values: Mapping[str, Any] | None = None, extra: tuple[str, ...] = ()
    ) -> CursorResult[Any]:
        done = session.execute(self._statement(session, build, extra), self._bound(values or {}))
        return cast("CursorResult[Any]", done)

    def _make(
        self,
        session: Session,
        model: type[ModelRow],
        build: Build,
        row: Mapping[str, Any],
        extra: tuple[str, ...] = (),
        *,
        given: bool,
    ) -> bool:
        """Insert what is made; return False where the same call has made it already, under the id that it `given`.

        Raises:
            Refused: `id_taken`: another call has made something with this id.
        """
        if not given:
            self._run(session, build, row, extra)
            return True
        dialect = session.get_bind(self._models.attempt).dialect.name
        met: IntegrityError | None = None
        try:
            done = session.execute(insert_new(self._models, model, dialect), self._bound(row))
            if not cast("CursorResult[Any]", done).returns_rows or done.first() is not None:
                return True
        except IntegrityError as error:
            if not is_duplicate(error):
                raise
            met = error
        table = self._models.table(model)
        this = select(table).where(table.c.id == row["id"], *owned(self._models, model))
        there = session.execute(fresh(this, dialect), self._bound({})).one_or_none()
        if there is None and met is not None:  # another key is there already, of the host's
            raise met
        if there is not None and "made_from" in row:
            refuse_other_call(there.made_from, row["made_from"])
        return False

    def _savepoint(self, session: Session, build: Build) -> AbstractContextManager[Callable[[], None]]:
        """Begin a savepoint on the connection that gets what `build` makes: see `_savepoints.savepoint`."""
        return savepoint(session, self._statement(session, build))

    def _make_all(self, session: Session, model: type[ModelRow], rows: Iterable[Mapping[str, Any]]) -> bool:
        """Insert what is made under ids of a client's, all of it or nothing; return False where one of the ids is there.

        In the order of the ids, so that no two calls wait for each other. The savepoint takes back what came before an
        id that is there, and the transaction goes on.
        """
        bound = [self._bound(row) for row in sorted(rows, key=itemgetter("id"))]
        if not bound:
            return True
        dialect = session.get_bind(self._models.attempt).dialect.name
        insert = insert_new(self._models, model, dialect)
        met: IntegrityError | None = None
        with savepoint(session, insert) as take_back:
            try:
                done = cast("CursorResult[Any]", session.execute(insert, bound))
                all_new = not done.returns_rows or len(done.all()) == len(bound)
            except IntegrityError as error:
                if not is_duplicate(error):
                    raise
                all_new, met = False, error
            if not all_new:
                take_back()
        if met is not None and not self._is_any_there(session, model, [row["id"] for row in bound], dialect):
            raise met  # another key is there already, of the host's
        return all_new

    def _is_any_there(self, session: Session, model: type[ModelRow], those: list[uuid.UUID], dialect: str) -> bool:
        table = self._models.table(model)
        for some in in_steps(those):
            this = select(table.c.id).where(table.c.id.in_(some), *owned(self._models, model)).limit(1)
            if session.execute(fresh(this, dialect), self._bound({})).first() is not None:
                return True
        return False

    def _is_made(self, session: Session, model: type[ModelRow], id_: uuid.UUID | None, made_from: str | None) -> bool:
        """Return whether the same call has made something already.

        Raises:
            Refused: `id_taken`: another call has.
        """
        if id_ is None:
            return False
        table = self._models.table(model)
        this = select(table.c.made_from).where(table.c.id == id_, *owned(self._models, model))
        there = session.execute(this, self._bound({})).one_or_none()
        if there is not None:
            refuse_other_call(there.made_from, made_from)
        return there is not None

    def _change(
        self,
        session: Session,
        model: type[ModelRow],
        old: Any,
        new: Mapping[str, Any],
        shown: Callable[[Mapping[str, Any]], T],
        *,
        at: datetime,
        version: int | None,
    ) -> T:
        """Write of a locked row what differs from what it is, and nothing else; return it as it is now.

        Nothing to change is no conflict. The statement is made anew for each set of columns, of which there are too many
        to keep; SQLAlchemy knows the text of those it has met.
        """
        columns = old._asdict()
        changed = differing(columns, new)
        if changed:
            refuse_other_version(version, old.version, lambda: shown(columns))
            values = {f"_{name}": value for name, value in {**changed, "updated_at": at}.items()}
            session.execute(change_of(self._models, model, changed), self._bound({"_id": old.id, **values}))
            columns |= {**changed, "updated_at": at, "version": old.version + 1}
        return shown(columns)

    def _many(
        self, session: Session, build: Build, rows: Sequence[Mapping[str, Any]], extra: tuple[str, ...] = ()
    ) -> None:
        if rows:
            session.execute(self._statement(session, build, extra), [self._bound(row) for row in rows])

    def _first(self, session: Session, build: Build, values: Mapping[str, Any]) -> Row[Any] | None:
        return self._run(session, build, values).one_or_none()

    def _page(
        self,
        session: Session,
        build: Build,
        made: Callable[[Any], T],
        *,
        where: Where,
        after: uuid.UUID | None,
        limit: int,
        **values: Any,
    ) -> Page[T]:
        """Return a page of what a select finds, under further conditions, which are the host's."""
        refuse_limit(limit)
        statement = self._statement(session, build)
        if where:
            statement = cast("Select[Any]", statement).where(*where)
        bound = self._bound({**values, "after": after or FIRST, "limit": limit + 1})
        return page_of(session.execute(statement, bound).all(), limit, made)

    def _bound(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        return values if self._tenant is None else {**values, TENANT: self._tenant}


def added_by_host(model: type[ModelRow], values: Values) -> dict[str, Any]:
    """Return the values for columns that the host added to a table, by the names of the columns.

    Raises:
        Misuse: `values_column`: a key is not such a column; `argument_type`.
        Invalid: `argument_invalid`: a column could not hold its value.
    """
    columns = inspect(model).column_attrs
    found = {}
    for attribute, value in values.items():
        name = getattr(attribute, "key", "")
        if getattr(attribute, "class_", None) is not model or name not in columns or is_ours(model, name):
            raise Misuse("values_column", "values= is for columns that you added to the class of what is created")
        column = columns[name].columns[0]
        if value is not None and not isinstance(value, ClauseElement):
            column_check(column.type)("values", value)
        found[column.name] = value
    return found


def _cacheable(statement: Executable, dialect: Any, columns: Sequence[str]) -> Executable:
    """Return ON CONFLICT as text for SQLAlchemy 2.0, which compiles it anew at every call; 2.1 needs nothing.

    `columns` are those that are given with each call.
    """
    if not __version__.startswith("2.0.") or getattr(statement, "_post_values_clause", None) is None:
        return statement
    if dialect.name in MARIADB:  # writes otherwise when it knows the server's version, which a new dialect does not
        return statement
    written = cast("Any", statement)
    if any(column.default is not None for column in written.table.columns):
        return statement  # a default in Python, of the host's: text would leave it out
    returned = list(getattr(statement, "_returning", ()))
    plain = as_text(written, dialect, list(columns) if written.select is None else None)
    return plain.columns(*returned) if returned else plain


_TAIL_BITS: Final = 60
_STEP_BITS: Final = 32
_TAIL_BYTES: Final = 8


def moment(now: datetime | None) -> datetime:
    """Return the caller's moment in UTC, else the present one.

    Raises:
        Misuse: `naive_moment`: the moment has no time zone.
        Invalid: `moment_range`: it is before 1970 or after 2999.
    """
    if now is None:
        return datetime.now(UTC)
    if now.tzinfo is None:
        raise Misuse("naive_moment", "A moment needs a time zone: use datetime.now(UTC)")
    return in_utc(now)


def ids(new_id: NewId | None, now: datetime) -> NewId:
    """Return where ids come from: the caller, else UUIDs version 7 of this moment, each above the one before.

    Things that are made together share a moment; so that they sort as they were made, the random tail grows by
    a random step each time (RFC 9562 §6.2, method 2).
    """
    if new_id is not None:
        return new_id
    tails = itertools.accumulate(
        iter(lambda: 1 + secrets.randbits(_STEP_BITS), None), initial=secrets.randbits(_TAIL_BITS)
    )
    return lambda: uuid7(now, next(tails).to_bytes(_TAIL_BYTES, "big"))


def id_after(last: uuid.UUID) -> uuid.UUID:
    """Return an id above one, by a random step: others may be looking for one after the same."""
    return uuid.UUID(int=last.int + 1 + secrets.randbits(_STEP_BITS))
