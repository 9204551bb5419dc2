"""F24: a migration that is interrupted anywhere, and two that run at once."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from sqlalchemy import create_engine, event, inspect, text
from sqlalchemy.exc import OperationalError

from conftest import ROUNDS, Database
from quizkit import migrations
from quizkit.errors import Interrupted, UsageError
from quizkit.models import TableConfig, TenantColumn

TENANTS = TableConfig(prefix="t_", tenant=TenantColumn())


class Pulled(Exception):
    """The simulated loss of the connection."""


def ddl(url: str, *, fail_at: int | None, down: bool = False, config: TableConfig = TENANTS) -> int:
    """Run a migration, interrupt it at a statement that changes tables, and return how many such statements ran."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        from quizkit.sessions import configure_sqlite

        configure_sqlite(engine)
    seen = 0

    @event.listens_for(engine, "before_cursor_execute")
    def count(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        nonlocal seen
        if statement.lstrip().upper().startswith(("CREATE", "DROP", "INSERT", "DELETE")):
            seen += 1
            if seen == fail_at:
                raise Pulled

    try:
        if down:
            migrations.downgrade(engine, "base", config=config)
        else:
            migrations.upgrade(engine, config=config)
    finally:
        engine.dispose()
    return seen


@pytest.mark.parametrize("down", [False, True])
def test_an_interrupted_migration_leaves_nothing_or_can_be_run_again(empty: Database, down: bool) -> None:
    """Interrupted at each statement in turn; in the everyday run at each seventh."""
    url = empty.sync_url
    total = ddl(url, fail_at=None)
    if down:
        total = ddl(url, fail_at=None, down=True)
    else:
        ddl(url, fail_at=None, down=True)
    whole = empty.kind != "mariadb"
    for n in range(1, total + 1, 1 if ROUNDS > 10 else 7):
        if down:
            ddl(url, fail_at=None)
        with pytest.raises(Pulled if whole else Interrupted) as stopped:
            ddl(url, fail_at=n, down=down)
        if whole:
            assert (migrations.check(url, config=TENANTS) == []) is down
            assert (migrations.current(url, config=TENANTS) is None) is not down
        else:
            assert "run the same command again" in str(stopped.value)
            assert isinstance(stopped.value.__cause__, Pulled)
        ddl(url, fail_at=None, down=down)
        if down:
            assert len(migrations.check(url, config=TENANTS)) >= 11
        else:
            assert migrations.check(url, config=TENANTS) == []
            assert migrations.current(url, config=TENANTS) == migrations.head()
            ddl(url, fail_at=None, down=True)
    assert total >= 12


def test_an_unconfigured_engine_is_migrated_completely_or_not_at_all(tmp_path: Any) -> None:
    """SQLite's driver begins no transaction before DDL; the runner does."""
    for n in (3, 9):
        engine = create_engine(f"sqlite:///{tmp_path}/plain.db")
        seen = 0

        def pull(_connection: Any, _cursor: Any, statement: str, *_more: Any, n: int = n) -> None:
            nonlocal seen
            seen += statement.lstrip().startswith("CREATE")
            if seen == n:
                raise Pulled

        event.listen(engine, "before_cursor_execute", pull)
        with pytest.raises(Pulled):
            migrations.upgrade(engine)
        event.remove(engine, "before_cursor_execute", pull)
        assert inspect(engine).get_table_names() == []
        engine.dispose()


def test_a_table_of_another_application_is_not_mistaken_for_quizkits(empty: Database) -> None:
    engine = empty.engine()
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE quizkit_slot (id INTEGER)"))
    with pytest.raises(UsageError, match="already exists") as refused:
        migrations.upgrade(engine)
    assert refused.value.code == "tables_exist"
    assert inspect(engine).get_table_names() == ["quizkit_slot"]
    engine.dispose()


def test_two_runners_at_once_migrate_once(empty: Database) -> None:
    program = "import sys; from quizkit import migrations; migrations.upgrade(sys.argv[1])"
    urls = [empty.sync_url] * 3 + ([] if empty.kind == "postgresql" else [empty.async_url])
    for _ in range(1 if ROUNDS <= 10 else 10):
        runners = [subprocess.Popen([sys.executable, "-c", program, url], stderr=subprocess.PIPE) for url in urls]
        failed = [
            error.decode() for runner in runners for error in [runner.communicate(timeout=120)[1]] if runner.returncode
        ]

        assert failed == []
        assert migrations.check(empty.sync_url) == []
        engine = empty.engine()
        with engine.connect() as connection:
            versions = connection.execute(text("SELECT version_num FROM quizkit_alembic_version")).all()
        engine.dispose()
        assert [tuple(row) for row in versions] == [(migrations.head(),)]
        migrations.downgrade(empty.sync_url, "base")


def test_a_runner_on_postgresql_waits_for_another_one_before_it_looks_at_any_table(empty: Database) -> None:
    if empty.kind != "postgresql":
        pytest.skip("the advisory lock is that of PostgreSQL")
    engine = empty.engine()
    with engine.connect() as first, engine.connect() as second:
        migrations.upgrade(first)
        second.execute(text("SET lock_timeout = '100ms'"))
        with pytest.raises(OperationalError) as refused:
            migrations.upgrade(second)
        second.rollback()
        first.rollback()
    engine.dispose()

    assert "pg_advisory_xact_lock" in str(refused.value.statement)


def test_a_runner_gives_up_if_another_one_never_ends(empty: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    if empty.kind != "mariadb":
        pytest.skip("elsewhere the lock is that of a transaction, and the database decides how long to wait")
    monkeypatch.setattr("quizkit.migrations._runner._PATIENCE_SECONDS", 0)
    engine = empty.engine()
    with engine.connect() as other:
        other.execute(text("SELECT GET_LOCK('quizkit_alembic_version', 0)"))
        with pytest.raises(UsageError) as refused:
            migrations.upgrade(empty.sync_url)
        assert inspect(other).get_table_names() == []
    engine.dispose()

    assert refused.value.code == "migration_locked"


def test_a_runner_releases_its_lock(empty: Database) -> None:
    engine = empty.engine(pool_size=1)
    for _ in range(2):
        migrations.upgrade(engine)
        migrations.upgrade(empty.sync_url)  # another connection, while the first one is in its pool
        migrations.downgrade(engine, "base")
    engine.dispose()


# ---------------------------------------------------------------------------------------------- stamp, sql, ensure


def test_the_printed_sql_creates_the_same_tables(empty: Database) -> None:
    config = TableConfig(prefix="printed_", tenant=TenantColumn())
    written = migrations.sql(empty.kind, config=config)
    engine = create_engine(empty.sync_url)
    with engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        if empty.kind == "sqlite":
            raw.executescript(written)
        else:
            cursor = raw.cursor()
            for statement in written.split(";\n"):
                if statement.strip() and statement.strip() not in {"BEGIN", "COMMIT"}:
                    cursor.execute(statement)
            raw.commit()
    engine.dispose()

    assert migrations.check(empty.sync_url, config=config) == []
    assert migrations.current(empty.sync_url, config=config) == migrations.head()


def test_the_printed_sql_creates_the_schema_before_the_version_table() -> None:
    written = migrations.sql("postgresql", config=TableConfig(schema="exams"))

    assert written.index("CREATE SCHEMA IF NOT EXISTS exams") < written.index("exams.quizkit_alembic_version")


@pytest.mark.parametrize(
    ("dialect", "revision", "code"),
    [("frob", "head", "dialect_unknown"), ("sqlite", "nowhere", "revision_unknown")],
)
def test_sql_for_an_unknown_revision_is_refused(dialect: str, revision: str, code: str) -> None:
    with pytest.raises(UsageError) as refused:
        migrations.sql(dialect, revision)
    assert refused.value.code == code


def test_tables_are_stamped_only_if_they_match_the_models(empty: Database) -> None:
    with pytest.raises(UsageError) as refused:
        migrations.stamp(empty.sync_url)
    assert refused.value.code == "stamp_wrong"
    assert migrations.current(empty.sync_url) is None

    migrations.stamp(empty.sync_url, force=True)
    assert migrations.current(empty.sync_url) == migrations.head()
    migrations.stamp(empty.sync_url, "base")
    assert migrations.current(empty.sync_url) is None


def test_an_application_refuses_to_start_with_old_tables(empty: Database) -> None:
    engine = empty.engine()
    with pytest.raises(UsageError, match="quizkit db upgrade") as refused:
        migrations.ensure_schema_current(engine)
    assert refused.value.params == {"found": None, "needed": migrations.head()}

    migrations.upgrade(engine)
    migrations.ensure_schema_current(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE quizkit_alembic_version SET version_num = 'quizkit_0000'"))
    with pytest.raises(UsageError, match="at quizkit_0000"):
        migrations.ensure_schema_current(engine)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE quizkit_alembic_version"))
    migrations.ensure_schema_current(engine)  # the tables were created in another way, and match
    engine.dispose()


def test_messages_about_mounted_tables_name_both_ways_with_their_tables(empty: Database) -> None:
    config = TableConfig(prefix="gone_")
    engine = empty.engine()
    with pytest.raises(UsageError) as at_start:
        migrations.ensure_schema_current(engine, config=config)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE gone_quiz (id INTEGER)"))
    with pytest.raises(UsageError) as at_upgrade:
        migrations.upgrade(engine, config=config)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE gone_quiz"))
    engine.dispose()

    for refused, alone in ((at_start, "quizkit db upgrade"), (at_upgrade, "quizkit db stamp")):
        message = refused.value.message
        assert "quizkit db revision-for-host --tables MODULE:KIT, then alembic upgrade head" in message
        assert f"run: {alone} --tables MODULE:KIT" in message


async def test_an_application_with_an_async_engine_refuses_to_start_with_old_tables(tmp_path: Any) -> None:
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path}/a.db")
    with pytest.raises(UsageError, match="quizkit db upgrade"):
        await migrations.ensure_schema_current(engine)
    await migrations.upgrade(engine)
    await migrations.ensure_schema_current(engine)
    await migrations.stamp(engine)
    await engine.dispose()


def test_ensuring_the_schema_reads_the_version_and_the_columns_of_one_table(empty: Database) -> None:
    from conftest import statements

    engine = empty.engine()
    migrations.upgrade(engine)
    migrations.ensure_schema_current(engine)
    with statements(engine) as sent:
        migrations.ensure_schema_current(engine)
    engine.dispose()

    assert len([statement for statement in sent if "version_num" in statement]) == 1
    assert len(sent) <= 8


def test_mysql_is_refused_before_anything_is_created(monkeypatch: pytest.MonkeyPatch, empty: Database) -> None:
    if empty.kind != "mariadb":
        pytest.skip("only MySQL looks like MariaDB")
    engine = empty.engine()
    with engine.connect() as connection:
        monkeypatch.setattr(connection.dialect, "is_mariadb", False)
        with pytest.raises(UsageError, match="this is MySQL"):
            migrations.upgrade(connection)
    monkeypatch.undo()
    assert inspect(engine).get_table_names() == []
    engine.dispose()
