"""Running the packaged migrations on a connection, an engine or a URL, sync or async."""

from __future__ import annotations

import asyncio
import hashlib
import io
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Final, TypeVar, overload

from sqlalchemy import URL, Connection, Engine, create_engine, text
from sqlalchemy.exc import NoSuchModuleError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.schema import CreateSchema

from quizkit.errors import Interrupted, UsageError
from quizkit.migrations._check import as_translated, other_ids
from quizkit.migrations._check import check as _check
from quizkit.migrations._urls import read_url
from quizkit.migrations._versions import current_revision, is_unversioned, refuse_unversioned
from quizkit.models import TableConfig
from quizkit.models._config import DEFAULT
from quizkit.models._migrating import how_to_migrate
from quizkit.models._types import MARIADB
from quizkit.sessions import configure_sqlite, in_transaction

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

__all__ = [
    "check",
    "current",
    "downgrade",
    "ensure_schema_current",
    "head",
    "scripts",
    "sql",
    "stamp",
    "unversioned",
    "upgrade",
]

T = TypeVar("T")

# Alembic's context is global to the process.
_LOCK: Final = threading.Lock()
_PATIENCE_SECONDS: Final = 600

SyncTarget = Connection | Engine | URL | str
AsyncTarget = AsyncConnection | AsyncEngine


def _config(config: TableConfig, **attributes: Any) -> Config:
    from alembic.config import Config  # noqa: PLC0415 - Alembic loads when a migration runs

    made = Config(output_buffer=attributes.get("output"))
    made.set_main_option("script_location", "quizkit:migrations")
    made.set_main_option("path_separator", "newline")
    made.attributes.update(quizkit=config, **attributes)
    return made


def scripts() -> ScriptDirectory:
    """Return the packaged revisions."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - Alembic loads when a migration runs

    return ScriptDirectory.from_config(_config(DEFAULT))


def _upgrade(connection: Connection, config: TableConfig, revision: str) -> None:
    from alembic import command  # noqa: PLC0415 - Alembic loads when a migration runs

    _refuse_mysql(connection)
    if config.schema and connection.dialect.name != "sqlite":
        connection.execute(CreateSchema(config.schema, if_not_exists=True))
    refuse_unversioned(connection, config)
    _command(command.upgrade, connection, config, revision)


def _downgrade(connection: Connection, config: TableConfig, revision: str) -> None:
    from alembic import command  # noqa: PLC0415 - Alembic loads when a migration runs

    _command(command.downgrade, connection, config, revision)


def _stamp(connection: Connection, config: TableConfig, revision: str, *, force: bool) -> None:
    from alembic import command  # noqa: PLC0415 - Alembic loads when a migration runs

    if not force and revision in {"head", head()} and _check(connection, config):
        raise UsageError(
            "stamp_wrong",
            "The tables differ from what this release expects (see quizkit db check), so a later upgrade would fail",
        )
    _command(command.stamp, connection, config, revision)


def _refuse_mysql(connection: Connection) -> None:
    if connection.dialect.name in MARIADB and not getattr(connection.dialect, "is_mariadb", False):
        raise UsageError("database_unsupported", "quizkit runs on PostgreSQL, SQLite and MariaDB; this is MySQL")


def _command(run: Callable[[Config, str], None], connection: Connection, config: TableConfig, revision: str) -> None:
    from alembic.util import CommandError  # noqa: PLC0415 - Alembic loads when a migration runs

    try:
        with _LOCK:
            run(_config(config, connection=connection), revision)
    except CommandError:
        raise UsageError(
            "revision_unknown",
            "The revision does not exist, or the database is at a revision that this release does not have",
        ) from None
    except Exception as error:
        if connection.dialect.name not in MARIADB:
            raise  # the transaction rolls everything back
        raise Interrupted(
            "migration_interrupted",
            "The migration stopped half-way, and MariaDB cannot roll it back. Fix the cause and run the same command "
            "again; it skips the steps that are done",
        ) from error


def _ensure(connection: Connection, config: TableConfig) -> None:
    advice = how_to_migrate(config)
    config = as_translated(connection, config)
    found, newest = current_revision(connection, config), head()
    if found == newest and (others := other_ids(connection, config)):
        raise UsageError(
            "tables_differ",
            f"The tables of quizkit were mounted with other ids than this configuration has: {others[0]}. Pass the "
            "configuration of the models that have these tables (config=models.config), and use their kit",
        )
    if found == newest or (found is None and not _check(connection, config)):
        return
    at = f"at {found}" if found else "missing, or different from what this release expects"
    raise UsageError(
        "schema_not_current",
        f"The tables of quizkit are {at}; this release needs {newest}. {advice}",
        found=found,
        needed=newest,
    )


# ---------------------------------------------------------------------------------------------- locks


def _lock_name(config: TableConfig) -> str:
    return config.qualified("alembic_version")


@contextmanager
def _server_lock(connection: Connection, config: TableConfig) -> Iterator[None]:
    """Allow one runner at a time on MariaDB, until after its commit: DDL commits there, so a row lock would not last."""
    if connection.dialect.name not in MARIADB:
        yield
        return
    named = {"name": _lock_name(config)[-64:]}
    got = connection.execute(text("SELECT GET_LOCK(:name, :patience)"), {**named, "patience": _PATIENCE_SECONDS})
    if got.scalar() != 1:
        raise UsageError("migration_locked", f"Another migration has been running for {_PATIENCE_SECONDS} seconds")
    connection.commit()
    try:
        yield
    finally:
        connection.execute(text("SELECT RELEASE_LOCK(:name)"), named)
        connection.commit()


def _transaction_lock(connection: Connection, config: TableConfig) -> None:
    """Allow one runner at a time; the lock ends with the transaction, even behind a connection pooler.

    On SQLite it is the write lock. It also begins the transaction, because a driver does not begin one before DDL.
    """
    if connection.dialect.name == "sqlite":
        if not in_transaction(connection):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
    elif connection.dialect.name == "postgresql":
        key = int.from_bytes(hashlib.sha256(_lock_name(config).encode()).digest()[:8], "big", signed=True)
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


# ---------------------------------------------------------------------------------------------- targets


def _run(target: Any, work: Callable[[Connection], T], alone: TableConfig | None = None) -> Any:
    """Do the work on a connection of the target; with `alone`, lock out other runners on the same tables."""
    if isinstance(target, Connection):
        if not target.in_transaction():
            target.begin()  # otherwise Alembic begins a transaction and commits it
        if alone is not None:
            _transaction_lock(target, alone)
        return work(target)
    if isinstance(target, Engine):
        with target.connect() as connection:
            return _in_transaction(connection, work, alone)
    if isinstance(target, AsyncConnection):
        return target.run_sync(lambda connection: _run(connection, work, alone))
    if isinstance(target, AsyncEngine):
        return _run_async(target, work, alone)
    if isinstance(target, str | URL):
        return _run_url(target, work, alone)
    raise UsageError("migration_target", "A migration needs a connection, an engine or a URL, sync or async")


def _in_transaction(connection: Connection, work: Callable[[Connection], T], alone: TableConfig | None) -> T:
    with _server_lock(connection, alone) if alone is not None else nullcontext(), connection.begin():
        if alone is not None:
            _transaction_lock(connection, alone)
        return work(connection)


async def _run_async(engine: AsyncEngine, work: Callable[[Connection], T], alone: TableConfig | None) -> T:
    async with engine.connect() as connection:
        return await connection.run_sync(_in_transaction, work, alone)


def _run_url(target: str | URL, work: Callable[[Connection], T], alone: TableConfig | None) -> T:
    url, is_async = read_url(target)
    if not is_async:
        engine = create_engine(url, connect_args=_connect_args(url))
        try:
            _configure(engine)
            done: T = _run(engine, work, alone)
            return done
        finally:
            engine.dispose()

    async def run() -> T:
        async_engine = create_async_engine(url, connect_args=_connect_args(url))
        try:
            _configure(async_engine)
            return await _run_async(async_engine, work, alone)
        finally:
            await async_engine.dispose()

    return _outside_any_loop(run)


# Server-side prepared statements are useless to a migration, and fail behind a transaction pooler.
_UNPREPARED: Final[dict[str, dict[str, Any]]] = {
    "psycopg": {"prepare_threshold": None},
    "asyncpg": {"statement_cache_size": 0, "prepared_statement_cache_size": 0},
}


def _connect_args(url: URL) -> dict[str, Any]:
    return _UNPREPARED.get(url.get_driver_name(), {})


def _configure(engine: Engine | AsyncEngine) -> None:
    if engine.dialect.name == "sqlite":
        configure_sqlite(engine)


def _outside_any_loop(run: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run in a separate thread: the caller may be inside a running loop, where asyncio.run does not work."""
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


# ---------------------------------------------------------------------------------------------- public functions


@overload
def upgrade(target: AsyncTarget, revision: str = ..., *, config: TableConfig = ...) -> Coroutine[Any, Any, None]: ...
@overload
def upgrade(target: SyncTarget, revision: str = ..., *, config: TableConfig = ...) -> None: ...
def upgrade(target: SyncTarget | AsyncTarget, revision: str = "head", *, config: TableConfig = DEFAULT) -> Any:
    """Upgrade quizkit's tables to a revision, by default the newest.

    With an engine or a URL it runs in its own transaction; with a connection it runs in yours, which you commit.

    Raises:
        UsageError: `tables_exist`: the tables are part of your own history, or `create_all` made them;
            `revision_unknown`.
        Interrupted: `migration_interrupted`.
    """
    return _run(target, lambda connection: _upgrade(connection, config, revision), alone=config)


@overload
def downgrade(target: AsyncTarget, revision: str, *, config: TableConfig = ...) -> Coroutine[Any, Any, None]: ...
@overload
def downgrade(target: SyncTarget, revision: str, *, config: TableConfig = ...) -> None: ...
def downgrade(target: SyncTarget | AsyncTarget, revision: str, *, config: TableConfig = DEFAULT) -> Any:
    """Downgrade quizkit's tables to a revision; `base` drops all of them with their rows."""
    return _run(target, lambda connection: _downgrade(connection, config, revision), alone=config)


@overload
def stamp(
    target: AsyncTarget, revision: str = ..., *, config: TableConfig = ..., force: bool = ...
) -> Coroutine[Any, Any, None]: ...
@overload
def stamp(target: SyncTarget, revision: str = ..., *, config: TableConfig = ..., force: bool = ...) -> None: ...
def stamp(
    target: SyncTarget | AsyncTarget, revision: str = "head", *, config: TableConfig = DEFAULT, force: bool = False
) -> Any:
    """Set the revision in the version table without changing any other table.

    Use it for tables that were created in another way, such as by your own history. It sets the newest revision only if
    `check` finds no difference, or with `force`: with a wrong revision later upgrades skip changes that are missing.

    Raises:
        UsageError: `stamp_wrong`, `revision_unknown`.
    """
    return _run(target, lambda connection: _stamp(connection, config, revision, force=force), alone=config)


@overload
def current(target: AsyncTarget, *, config: TableConfig = ...) -> Coroutine[Any, Any, str | None]: ...
@overload
def current(target: SyncTarget, *, config: TableConfig = ...) -> str | None: ...
def current(target: SyncTarget | AsyncTarget, *, config: TableConfig = DEFAULT) -> Any:
    """Return the current revision of the database, None before the first."""
    return _run(target, lambda connection: current_revision(connection, config))


def unversioned(target: SyncTarget, *, config: TableConfig = DEFAULT) -> bool:
    """Return whether the tables exist, but no version table of quizkit's records their revision."""
    found: bool = _run(target, lambda connection: is_unversioned(connection, config))
    return found


@overload
def check(target: AsyncTarget, *, config: TableConfig = ...) -> Coroutine[Any, Any, list[str]]: ...
@overload
def check(target: SyncTarget, *, config: TableConfig = ...) -> list[str]: ...
def check(target: SyncTarget | AsyncTarget, *, config: TableConfig = DEFAULT) -> Any:
    """Return the differences between the database and this release, one sentence each; empty if there are none."""
    return _run(target, lambda connection: _check(connection, config))


@overload
def ensure_schema_current(target: AsyncTarget, *, config: TableConfig = ...) -> Coroutine[Any, Any, None]: ...
@overload
def ensure_schema_current(target: SyncTarget, *, config: TableConfig = ...) -> None: ...
def ensure_schema_current(target: SyncTarget | AsyncTarget, *, config: TableConfig = DEFAULT) -> Any:
    """Raise UsageError if the tables are not those of this release. Call it once when your application starts.

    With quizkit's version table this reads the version and the columns of one table. If your own history creates the tables there is no version
    table, so it compares the tables themselves.

    Raises:
        UsageError: `schema_not_current`; the message names the command that fixes it.
    """
    return _run(target, lambda connection: _ensure(connection, config))


def head() -> str:
    """Return the newest revision of this release."""
    newest = scripts().get_current_head()
    return newest or ""


def sql(dialect: str, revision: str = "head", *, config: TableConfig = DEFAULT) -> str:
    """Return the SQL statements of an upgrade, for review and manual execution; it connects to no database.

    Args:
        dialect: `postgresql`, `sqlite` or `mariadb`.
        revision: the target revision, starting from an empty database; or `from:to`.
        config: the configuration of the tables.

    Raises:
        UsageError: `dialect_unknown`, `revision_unknown`.
    """
    from alembic import command  # noqa: PLC0415 - Alembic loads when a migration runs
    from alembic.util import CommandError  # noqa: PLC0415 - as above

    written = io.StringIO()
    try:
        with _LOCK:
            command.upgrade(_config(config, dialect=dialect, output=written), revision, sql=True)
    except NoSuchModuleError:
        raise UsageError("dialect_unknown", "quizkit runs on postgresql, sqlite and mariadb") from None
    except CommandError:
        raise UsageError("revision_unknown", "This release of quizkit does not have this revision") from None
    return written.getvalue()
