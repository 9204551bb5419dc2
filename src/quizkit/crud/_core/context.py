"""What every use case works with: the host's tables and tenant, and the session and time of a call."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar, cast

from sqlalchemy import ColumnElement, Connection, CursorResult, Executable, Row, Select, __version__, bindparam
from sqlalchemy.orm import Session

from quizkit.crud._core.binds import bind_arguments, refuse_several_binds
from quizkit.crud._core.cache import Caches
from quizkit.crud._core.clock import NewId, new_ids, utc_now_or
from quizkit.crud._core.column_values import column_check
from quizkit.crud._core.dialects import MARIADB, as_text
from quizkit.crud._core.expiring import Written, expire, written_by
from quizkit.crud._core.tables import TENANT, given_columns
from quizkit.errors import QuizkitError, UsageError
from quizkit.models import Models, TenantColumn

__all__ = ["Build", "Context", "S", "Work", "context_of", "tenants_unknown"]

S = TypeVar("S")

Build: TypeAlias = Callable[[Models[Any], str], Executable]
"""A statement builder: it takes the models and the name of the dialect."""


class Built(NamedTuple):
    """A statement, and what it changes of rows that existed before it."""

    statement: Executable
    written: Written | None


class Statements:
    """The statements of a kit, each built once per dialect: building one costs 5 to 20 times as much as a lookup."""

    def __init__(self) -> None:
        self._built: dict[tuple[Build, str, tuple[str, ...], bool], Built] = {}
        self._binds: dict[bool, dict[str, Any]] = {}
        self._for_anonymous: Statements | None = None

    @property
    def for_anonymous(self) -> Statements:
        """The statements for anonymous takers, who are found by another column."""
        if self._for_anonymous is None:
            self._for_anonymous = Statements()
        return self._for_anonymous

    def __len__(self) -> int:
        return len(self._built)

    def binds(self, models: Models[Any], *, reads: bool) -> dict[str, Any]:
        """Return the arguments with which a session chooses the engine of a call."""
        found = self._binds.get(reads)
        if found is None:
            found = self._binds[reads] = bind_arguments(models, reads=reads)
        return found

    def of(
        self, models: Models[Any], build: Build, dialect: Any, extra: tuple[str, ...] = (), *, translated: bool = False
    ) -> Built:
        """Return the statement that `build` creates.

        Args:
            models: the host's classes.
            build: creates the statement.
            dialect: the dialect of the database.
            extra: the names of columns of the host that an insert also sets.
            translated: whether the connection translates the schema of the tables.
        """
        key = build, dialect.name, extra, translated
        found = self._built.get(key)
        if found is None:
            statement = build(models, dialect.name)
            if extra:
                insert = cast("Any", statement)
                statement = insert.values({name: bindparam(name, type_=insert.table.c[name].type) for name in extra})
            schema = (models.config.schema,) if translated else ()
            cacheable = _cacheable(statement, dialect, (*given_columns(models, statement), *extra), schema)
            found = Built(cacheable, written_by(models, statement, dialect))
            self._built[key] = found
        return found


@dataclass(frozen=True, eq=False, slots=True)
class Context(Generic[S]):
    """A set of models and, with tenants, one tenant; with the caches of statements and rows.

    Attributes:
        models: the host's classes.
        tenant: the tenant whose rows every statement sees; None without tenants.
        admit: the host's own check of who may start an attempt.
        statements: shared by the tenants of one kit.
        caches: shared by the tenants of one kit.
        subject: the check of a user id, by the column that holds it.
    """

    models: Models[S]
    tenant: Any = None
    admit: Callable[[Any], None] | None = None
    statements: Statements = field(default_factory=Statements)
    caches: Caches = field(default_factory=Caches)
    subject: Callable[[str, Any], Any] = field(init=False)

    def __post_init__(self) -> None:
        """Reject a tenant that the tables cannot have, here for every kit and every group of verbs.

        Raises:
            UsageError: `tenant_missing`: the tables have tenants and none was given; `tenant_unknown`: the reverse;
                `tenant_type`: the tenant does not fit its column.
        """
        column = self.models.config.tenant
        if column is None and self.tenant is not None:
            raise tenants_unknown()
        if column is not None:
            _refuse_tenant(column, self.tenant)
        object.__setattr__(self, "subject", column_check(self.models.config.subject.type_))

    def of(self, tenant: Any) -> Context[S]:
        """Return the context of another tenant.

        Raises:
            UsageError: `tenant_missing`, `tenant_unknown`, `tenant_type`.
        """
        return Context(self.models, tenant, self.admit, self.statements, self.caches)

    def for_anonymous(self) -> Context[S]:
        """Return the context of a call for an anonymous taker."""
        if self.models.is_anonymous:
            return self
        return Context(self.models.for_anonymous(), self.tenant, self.admit, self.statements.for_anonymous, self.caches)

    def connection(self, session: Session, *, reads: bool) -> Connection:
        """Return the connection of a session on which a call sends its statements; `reads` if it never writes."""
        refuse_several_binds(session, self.models)
        return session.connection(bind_arguments=self.statements.binds(self.models, reads=reads))

    def __reduce__(self) -> tuple[Any, ...]:
        # Statements and caches are not pickled.
        return Context, (self.models, self.tenant, self.admit)


def context_of(models: Models[S] | Context[S], **options: Any) -> Context[S]:
    """Return the context of some models, or an existing one, which has its tenant and its access check already.

    Raises:
        UsageError: `context_options`: an option beside an existing context would be ignored; `tenant_missing`,
            `tenant_unknown`, `tenant_type`.
    """
    if not isinstance(models, Context):
        return Context(models, **options)
    given = [f"{name}=" for name, value in options.items() if value is not None]
    if given:
        raise UsageError("context_options", f"This context has its own options: leave out {' and '.join(given)}")
    return models


def tenants_unknown() -> UsageError:
    """Return the error for a tenant of tables without tenants."""
    return UsageError("tenant_unknown", "These tables have no tenants: pass tenant= to mount, or set it in TableConfig")


def _refuse_tenant(column: TenantColumn, tenant: Any) -> None:
    """Raise `UsageError` if a tenant is missing or does not fit its column."""
    if tenant is None:
        raise UsageError("tenant_missing", "These tables have tenants: use Tenants(models, str).of(tenant)")
    with suppress(QuizkitError):
        column_check(column.type_)("tenant", tenant)
        return
    raise UsageError("tenant_type", "The tenant does not fit its column")


class Work(Generic[S]):
    """One call of a verb: a context, a connection and a time.

    Every statement goes to the connection, past the ORM, so that no hook of the host's session changes some of them and
    not others. Decision 0069.

    Attributes:
        context: the tables, and the tenant.
        session: the caller's session, synchronous; never committed.
        connection: the connection of the session on which the call sends all its statements.
        now: the time of the call, in UTC.
        dialect: the dialect of the database that has the tables.
    """

    __slots__ = ("_new_id", "connection", "context", "dialect", "now", "session")

    def __init__(
        self,
        context: Context[S],
        session: Session,
        connection: Connection,
        now: datetime | None = None,
        new_id: NewId | None = None,
    ) -> None:
        """Begin a call.

        Raises:
            UsageError: `naive_moment`: the datetime has no time zone.
            Invalid: `moment_range`: the datetime is before 1970 or after 2999.
        """
        self.context = context
        self.session = session
        self.now = utc_now_or(now)
        self.connection = connection
        self.dialect: Any = connection.dialect
        self._new_id = new_id

    @property
    def models(self) -> Models[S]:
        """The host's classes."""
        return self.context.models

    @property
    def tenant(self) -> Any:
        """The tenant whose rows every statement sees."""
        return self.context.tenant

    @property
    def on_mariadb(self) -> bool:
        """Whether the tables are in MariaDB."""
        return self.dialect.name in MARIADB

    def for_anonymous(self) -> Work[S]:
        """Return the same call for an anonymous taker: its statements find takers by the hash of their token."""
        work = Work(self.context.for_anonymous(), self.session, self.connection, self.now)
        work._new_id = self.new_id
        return work

    @property
    def is_translated(self) -> bool:
        """Whether the connection translates the schema of the tables (`schema_translate_map`)."""
        return self.models.config.schema in (self.connection.get_execution_options().get("schema_translate_map") or ())

    def new_id(self) -> uuid.UUID:
        """Return a new id: from the caller, or a UUID version 7 of this time, greater than the ones before."""
        if self._new_id is None:
            self._new_id = new_ids(self.now)
        return self._new_id()

    def statement(self, build: Build, extra: tuple[str, ...] = ()) -> Executable:
        """Return the statement that `build` creates."""
        return self._built(build, extra).statement

    def _built(self, build: Build, extra: tuple[str, ...]) -> Built:
        return self.context.statements.of(
            self.context.models, build, self.dialect, extra, translated=self.is_translated
        )

    def bound(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the parameters of a statement, with the tenant added."""
        return values if self.context.tenant is None else {**values, TENANT: self.context.tenant}

    def run(
        self, build: Build, values: Mapping[str, Any] | None = None, extra: tuple[str, ...] = ()
    ) -> CursorResult[Any]:
        """Execute a statement once."""
        built, bound = self._built(build, extra), self.bound(values or {})
        done = self.connection.execute(built.statement, bound)
        self._expire(built.written, [bound])
        return done

    def run_many(self, build: Build, rows: Sequence[Mapping[str, Any]], extra: tuple[str, ...] = ()) -> None:
        """Execute a statement once for each row; do nothing without rows."""
        if rows:
            built, bound = self._built(build, extra), [self.bound(row) for row in rows]
            self.connection.execute(built.statement, bound)
            self._expire(built.written, bound)

    def execute(self, statement: Executable, values: Mapping[str, Any]) -> CursorResult[Any]:
        """Execute a statement that was built for this call only."""
        bound = self.bound(values)
        done = self.connection.execute(statement, bound)
        if self.session.identity_map:
            self._expire(written_by(self.models, statement, self.dialect), [bound])
        return done

    def execute_many(self, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> CursorResult[Any]:
        """Execute an insert of new rows that was built for this call only; rows already contain the tenant."""
        return self.connection.execute(statement, rows)

    def _expire(self, written: Written | None, rows: Sequence[Mapping[str, Any]]) -> None:
        if written is not None and self.session.identity_map:
            expire(self.session, written, rows)

    def first(
        self, build: Build, values: Mapping[str, Any], columns: Sequence[ColumnElement[Any]] = ()
    ) -> Row[Any] | None:
        """Return the only row of a statement, or None if there is none; `columns` are added to a select."""
        if columns:
            extended = cast("Select[Any]", self.statement(build)).add_columns(*columns)
            return self.execute(extended, values).one_or_none()
        return self.run(build, values).one_or_none()


def _cacheable(
    statement: Executable, dialect: Any, columns: Sequence[str], schema: tuple[str | None, ...]
) -> Executable:
    """Return an ON CONFLICT statement as text. SQLAlchemy 2.0 would compile it at every call; 2.1 needs no such help.

    `columns` are the columns whose values are passed with each call; `schema` is that of the tables, if it is translated.
    """
    if not __version__.startswith("2.0.") or getattr(statement, "_post_values_clause", None) is None:
        return statement
    if dialect.name in MARIADB:  # its SQL depends on the server's version, which a new dialect does not know
        return statement
    written = cast("Any", statement)
    if any((column.default or column.onupdate) is not None for column in written.table.columns):
        return statement  # the host has a default or a new value in Python, which text would lose
    returned = list(getattr(statement, "_returning", ()))
    plain = as_text(written, dialect, list(columns) if written.select is None else None, schema=schema)
    return plain.columns(*returned) if returned else plain
