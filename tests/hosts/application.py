"""One application with everything that hosts were seen to do, and its session."""

from __future__ import annotations

import uuid
from dataclasses import fields
from typing import Any

from sqlalchemy import Delete, Engine, MetaData, String, Update, create_engine, event, false, insert, select
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.schema import CreateSchema, DropSchema

from mounting import Host, hostile
from quizkit.crud import Quizkit, Tenants
from quizkit.models import Models, TenantColumn, models
from quizkit.models._row import Row
from quizkit.sessions import READ_ONLY

TENANT = "acme"
USERS = (7_000_001, 7_000_002, 7_000_003, 7_000_004)
SEES_ALL = {"of_the_host": True, "hidden": False}
"""Execution options of a query of the host that its own filter does not apply to."""


def refuse_statements(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
    raise AssertionError(f"this statement went to the default engine: {statement}")


def refuse_writes(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
    if not statement.startswith(("BEGIN", "SELECT", "WITH")) or " FOR " in statement:
        raise AssertionError(f"this statement went to the follower: {statement}")


class HostSession(Session):
    """Filters that hide every row, and listeners that reject what they do not expect."""


class RoutedSession(HostSession):
    """Three engines: one for writes and one for reads of mapped classes, and one for everything else."""

    default: Engine
    leader: Engine
    follower: Engine

    def get_bind(self, mapper: Any = None, clause: Any = None, **_more: Any) -> Any:
        if mapper is None:
            return self.default
        return self.leader if self._flushing or isinstance(clause, Update | Delete) else self.follower


@event.listens_for(HostSession, "do_orm_execute")
def filter_rows(state: ORMExecuteState) -> None:
    if state.is_column_load:
        return
    if "of_the_host" not in state.execution_options:
        raise AssertionError("a statement of nobody")
    if state.is_select and state.execution_options.get("hidden", True):
        state.statement = state.statement.options(with_loader_criteria(Row, false(), include_aliases=True))


@event.listens_for(HostSession, "before_flush")
def refuse_rows(session: Session, *_more: Any) -> None:
    if any(isinstance(row, Row) for row in (*session.new, *session.dirty, *session.deleted)):
        raise AssertionError("a row of quizkit was flushed")


def session_kind(engine: Engine, **options: Any) -> type[HostSession]:
    """Return the host's session class that routes to an engine of quizkit's tables, with execution options."""
    default, follower = useless_engine(), engine.execution_options(**options, **{READ_ONLY: True})
    event.listen(follower, "before_cursor_execute", refuse_writes)
    return type(
        "Routed",
        (RoutedSession,),
        {"default": default, "leader": engine.execution_options(**options), "follower": follower},
    )


def bound_kind(engine: Engine, base: type[Any]) -> type[HostSession]:
    """Return the host's session class that binds its base to the engine, and everything else to another."""

    class BoundSession(HostSession):
        def __init__(self, **options: Any) -> None:
            super().__init__(**{**options, "bind": useless_engine(), "binds": {base: engine}})

    return BoundSession


def useless_engine() -> Engine:
    """Return an engine that refuses every statement."""
    made = create_engine("sqlite://")
    event.listen(made, "before_cursor_execute", refuse_statements)
    return made


class Application:
    """The hostile host of the tests, with all tables in a schema of its own where databases have schemas."""

    def __init__(self, kind: str, *, tenants: bool = False, translated: bool = False, bound: bool = False) -> None:
        column = TenantColumn(type_=String(20)) if tenants else None
        # In MariaDB it is a database of the server, which other runs of the tests use at the same time.
        self.schema = None if kind == "sqlite" else f"hosts_{uuid.uuid4().hex[:12]}"
        self.options: dict[str, Any] = {"schema_translate_map": {None: self.schema or "main"}} if translated else {}
        self.bound = bound
        self.host: Host = hostile("h_", own_schema=None if translated else self.schema, tenant=column)
        self.models: Models[Any] = self.host.models
        of: Any = Tenants(self.models, str).of(TENANT) if tenants else Quizkit(self.models)
        self.kit: Quizkit[Any] = of

    def session_kind(self, engine: Engine) -> type[HostSession]:
        return bound_kind(engine, self.host.base) if self.bound else session_kind(engine, **self.options)

    @property
    def metadata(self) -> MetaData:
        return self.host.metadata

    def engine(self, engine: Engine) -> Engine:
        """Return an engine whose statements find the tables."""
        return engine.execution_options(**self.options)

    def create(self, engine: Engine) -> None:
        with self.engine(engine).begin() as connection:
            if self.schema:
                connection.execute(CreateSchema(self.schema))
            self.metadata.create_all(connection)
            connection.execute(insert(self.host.User.__table__), [{"id": user} for user in USERS])

    def drop(self, engine: Engine) -> None:
        if self.schema:  # SQLite has none, and a file for each test
            with self.engine(engine).begin() as connection:
                self.metadata.drop_all(connection)
                connection.execute(DropSchema(self.schema))

    def copy(self, source: Session, target: Engine) -> None:
        """Copy all rows of the ready-made tables into the host's, with integers as user ids."""
        roles = {models.table(getattr(models, field.name)): field.name for field in fields(models)}
        with self.engine(target).begin() as connection:
            for table in models.tables():
                own = self.models.table(getattr(self.models, roles[table]))
                rows = source.connection().execute(select(table)).mappings().all()
                subjects = {column.name for column in table.c if column.type is models.config.subject.type_}
                if rows:
                    connection.execute(insert(own), [self._copied(row, subjects) for row in rows])

    def _copied(self, row: Any, subjects: set[str]) -> dict[str, Any]:
        found = {name: int(value) if name in subjects and value is not None else value for name, value in row.items()}
        return found if self.kit.tenant is None else {**found, "tenant_id": TENANT}
