"""Running the packaged migrations over a connection, an engine or a URL, sync or async."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TypeVar, overload

from sqlalchemy import URL, Connection, Engine, create_engine, inspect, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.schema import CreateSchema

from quizkit.errors import MissingExtra, Misuse
from quizkit.models import TableConfig, models
from quizkit.models._config import DEFAULT, INFO_KEY
from quizkit.sessions import configure_sqlite

if TYPE_CHECKING:
    from alembic.config import Config

__all__ = ["check", "current", "downgrade", "head", "read_url", "upgrade"]

T = TypeVar("T")

# Alembic's context is one for the whole process.
_LOCK: Final = threading.Lock()

SyncTarget = Connection | Engine | URL | str
AsyncTarget = AsyncConnection | AsyncEngine


def _config(connection: Connection | None, config: TableConfig) -> Config:
    from alembic.config import Config  # noqa: PLC0415 - Alembic loads when a migration runs

    made = Config()
    made.set_main_option("script_location", "quizkit:migrations")
    made.set_main_option("path_separator", "newline")
    made.attributes.update(connection=connection, quizkit=config)
    return made


def _upgrade(connection: Connection, config: TableConfig, revision: str) -> None:
    from alembic import command  # noqa: PLC0415 - Alembic loads when a migration runs

    if config.schema:
        connection.execute(CreateSchema(config.schema, if_not_exists=True))
    _command(command.upgrade, connection, config, revision)


def _downgrade(connection: Connection, config: TableConfig, revision: str) -> None:
    from alembic import command  # noqa: PLC0415 - Alembic loads when a migration runs

    _command(command.downgrade, connection, config, revision)


def _command(run: Callable[[Config, str], None], connection: Connection, config: TableConfig, revision: str) -> None:
    from alembic.util import CommandError  # noqa: PLC0415 - Alembic loads when a migration runs

    try:
        with _LOCK:
            run(_config(connection, config), revision)
    except CommandError:
        raise Misuse(
            "revision_unknown",
            "There is no such revision, or the database is at one that this release does not know",
        ) from None


def _current(connection: Connection, config: TableConfig) -> str | None:
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415 - Alembic loads when a migration runs

    options = {"version_table": config.table("alembic_version"), "version_table_schema": config.schema}
    return MigrationContext.configure(connection, opts=options).get_current_revision()


def _check(connection: Connection, config: TableConfig) -> list[str]:
    """Compare the database with what this release maps; needs no version table."""
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415 - Alembic loads when a migration runs
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415 - Alembic loads when a migration runs

    expected = reference_metadata(config)

    def include_name(name: str | None, kind: str, parents: Any) -> bool:
        if kind == "schema":
            return name == config.schema
        return parents["schema_qualified_table_name"] in expected.tables if kind == "table" else True

    options = {"compare_type": True, "include_name": include_name, "include_schemas": config.schema is not None}
    context = MigrationContext.configure(connection, opts={**options, "target_metadata": expected})
    found = [_described(difference) for difference in compare_metadata(context, expected)]
    inspector = inspect(connection)
    for table in expected.sorted_tables:  # compare_metadata does not look at primary keys
        if inspector.has_table(table.name, schema=table.schema):
            stored = inspector.get_pk_constraint(table.name, schema=table.schema)["constrained_columns"]
            wanted = [column.name for column in table.primary_key.columns]
            if stored != wanted:
                found.append(f"primary key of {table.name} is ({', '.join(stored)}), not ({', '.join(wanted)})")
    return found


def _described(difference: Any) -> str:
    if isinstance(difference, list):
        return "; ".join(_described(one) for one in difference)
    kind, *rest = difference
    names = [str(getattr(part, "name", part)) for part in rest if part is not None and not isinstance(part, dict)]
    return f"{kind.replace('_', ' ')}: {' '.join(names)}"


def reference_metadata(config: TableConfig) -> Any:
    """Return the tables of this release under a configuration, without what belongs to the host."""
    from sqlalchemy import MetaData  # noqa: PLC0415 - beside its only use
    from sqlalchemy.orm import DeclarativeBase  # noqa: PLC0415 - beside its only use

    if config == DEFAULT:
        return models.metadata
    # The foreign key to the host's users is the host's: packaged revisions never mention its tables.
    config = replace(config, subject=replace(config.subject, references=None))
    base = type("Reference", (DeclarativeBase,), {"metadata": MetaData(info={INFO_KEY: config})})
    for table_class in models.__dataclass_fields__:
        ready = getattr(models, table_class)
        mixin = next(cls for cls in ready.__mro__[1:] if getattr(cls, "role", None) == ready.role)
        type(ready.__name__, (mixin, base), {"__module__": __name__})
    return base.metadata  # type: ignore[attr-defined] # made above


# ---------------------------------------------------------------------------------------------- where to run


def _run(target: Any, work: Callable[[Connection], T]) -> Any:
    if isinstance(target, Connection):
        if not target.in_transaction():
            target.begin()  # else Alembic begins one and commits it
        return work(target)
    if isinstance(target, Engine):
        with target.begin() as connection:
            return work(connection)
    if isinstance(target, AsyncConnection):
        return target.run_sync(lambda connection: _run(connection, work))
    if isinstance(target, AsyncEngine):
        return _run_async(target, work)
    if isinstance(target, str | URL):
        return _run_url(target, work)
    raise Misuse("migration_target", "A migration runs over a connection, an engine or a URL, sync or async")


async def _run_async(engine: AsyncEngine, work: Callable[[Connection], T]) -> T:
    async with engine.begin() as connection:
        return await connection.run_sync(work)


def _run_url(target: str | URL, work: Callable[[Connection], T]) -> T:
    url, is_async = read_url(target)
    if not is_async:
        engine = create_engine(url)
        try:
            _configure(engine)
            with engine.begin() as connection:
                return work(connection)
        finally:
            engine.dispose()

    async def run() -> T:
        async_engine = create_async_engine(url)
        try:
            _configure(async_engine)
            return await _run_async(async_engine, work)
        finally:
            await async_engine.dispose()

    return _outside_any_loop(run)


def _configure(engine: Engine | AsyncEngine) -> None:
    if engine.dialect.name == "sqlite":
        configure_sqlite(engine)


def _outside_any_loop(run: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run in a thread of its own: the caller may be inside a running loop, where asyncio.run is refused."""
    done: list[T] = []
    failed: list[BaseException] = []

    def body() -> None:
        try:
            done.append(asyncio.run(run()))
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            failed.append(error)

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return done[0]


_EXTRAS: Final = {"aiosqlite": "sqlite", "asyncpg": "postgresql", "psycopg": "psycopg", "asyncmy": "mariadb", "pymysql": "mariadb"}  # fmt: skip


def read_url(target: str | URL) -> tuple[URL, bool]:
    """Return a URL and whether its driver is async. A bare `postgresql://` takes the driver that is installed.

    Raises:
        Misuse: it is not a database URL. The URL is not repeated: it may hold a password.
        MissingExtra: its driver is not installed.
    """
    try:
        url = make_url(target)
        if url.drivername in {"postgresql", "postgres"}:
            url = url.set(drivername=f"postgresql+{_installed('psycopg', 'asyncpg')}")
        elif url.drivername in {"mariadb", "mysql"}:
            url = url.set(drivername=f"{url.drivername}+{_installed('pymysql', 'asyncmy')}")
        dialect = url.get_dialect()
        dialect.import_dbapi()
    except (ArgumentError, NoSuchModuleError, ValueError):
        raise Misuse("database_url", "This is not a database URL, such as sqlite:///quiz.db") from None
    except ModuleNotFoundError as error:
        driver = (error.name or "").partition(".")[0]
        if driver not in _EXTRAS:
            raise Misuse("database_driver", f"quizkit knows the drivers {', '.join(_EXTRAS)} and pysqlite") from None
        raise MissingExtra.named(_EXTRAS[driver], f"The database driver {driver}") from None
    return url, bool(dialect.is_async)


def _installed(*drivers: str) -> str:
    from importlib.util import find_spec  # noqa: PLC0415 - beside its only use

    return next((driver for driver in drivers if find_spec(driver)), drivers[0])


# ---------------------------------------------------------------------------------------------- what to call


@overload
def upgrade(target: AsyncTarget, revision: str = ..., *, config: TableConfig = ...) -> Coroutine[Any, Any, None]: ...
@overload
def upgrade(target: SyncTarget, revision: str = ..., *, config: TableConfig = ...) -> None: ...
def upgrade(target: SyncTarget | AsyncTarget, revision: str = "head", *, config: TableConfig = DEFAULT) -> Any:
    """Bring quizkit's tables to a revision, the newest unless told otherwise.

    An engine or a URL runs in a transaction of its own; a connection in yours, which you commit.
    """
    return _run(target, lambda connection: _upgrade(connection, config, revision))


@overload
def downgrade(target: AsyncTarget, revision: str, *, config: TableConfig = ...) -> Coroutine[Any, Any, None]: ...
@overload
def downgrade(target: SyncTarget, revision: str, *, config: TableConfig = ...) -> None: ...
def downgrade(target: SyncTarget | AsyncTarget, revision: str, *, config: TableConfig = DEFAULT) -> Any:
    """Take quizkit's tables back to a revision; `base` drops them all, with what is in them."""
    return _run(target, lambda connection: _downgrade(connection, config, revision))


@overload
def current(target: AsyncTarget, *, config: TableConfig = ...) -> Coroutine[Any, Any, str | None]: ...
@overload
def current(target: SyncTarget, *, config: TableConfig = ...) -> str | None: ...
def current(target: SyncTarget | AsyncTarget, *, config: TableConfig = DEFAULT) -> Any:
    """Return the revision that the database is at, None before the first."""
    return _run(target, lambda connection: _current(connection, config))


@overload
def check(target: AsyncTarget, *, config: TableConfig = ...) -> Coroutine[Any, Any, list[str]]: ...
@overload
def check(target: SyncTarget, *, config: TableConfig = ...) -> list[str]: ...
def check(target: SyncTarget | AsyncTarget, *, config: TableConfig = DEFAULT) -> Any:
    """Return how the database differs from what this release expects: one sentence each, none where it is right."""
    return _run(target, lambda connection: _check(connection, config))


def head() -> str:
    """Return the newest revision of this release."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - Alembic loads when a migration runs

    newest = ScriptDirectory.from_config(_config(None, DEFAULT)).get_current_head()
    return newest or ""
