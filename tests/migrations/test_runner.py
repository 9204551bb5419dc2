from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from sqlalchemy import Engine, Table, create_engine, inspect, select, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import Session

from conftest import Database
from quizkit import migrations
from quizkit.crud import attempts, banks
from quizkit.errors import MissingExtra, UsageError
from quizkit.models import TableConfig, models
from quizkit.schemas import BankCreate, SaveResponse
from quizkit.testing import QuizFactory


def test_the_head_and_the_models_are_equal(empty: Database) -> None:
    migrations.upgrade(empty.sync_url)

    assert migrations.check(empty.sync_url) == []
    assert migrations.current(empty.sync_url) == migrations.head() == "quizkit_0001"


def test_checks_and_foreign_keys_equal_those_of_the_models(empty: Database) -> None:
    """Alembic's comparison ignores CHECK constraints and ON DELETE."""
    migrations.upgrade(empty.sync_url)
    engine = create_engine(empty.sync_url)
    found = inspect(engine)
    for table in models.tables():
        checks = {str(c.name) for c in table.constraints if str(c.name).startswith("ck_")}
        keys = {str(c.name) for c in table.constraints if str(c.name).startswith("fk_")}
        assert {c["name"] for c in found.get_check_constraints(table.name)} == checks
        stored = found.get_foreign_keys(table.name)
        assert {key["name"] for key in stored} == keys
        default = None if empty.kind == "mariadb" else "RESTRICT"  # MariaDB omits its default
        assert {key["options"].get("ondelete") for key in stored} <= {default}
    engine.dispose()


def test_a_downgrade_can_be_upgraded_again(empty: Database) -> None:
    migrations.upgrade(empty.sync_url)
    migrations.upgrade(empty.sync_url)  # nothing to do
    migrations.downgrade(empty.sync_url, "base")

    assert migrations.current(empty.sync_url) is None
    assert len(migrations.check(empty.sync_url)) >= 11
    migrations.upgrade(empty.sync_url)
    assert migrations.check(empty.sync_url) == []


def test_the_version_table_is_quizkits_own(empty: Database) -> None:
    migrations.upgrade(empty.sync_url)
    engine = create_engine(empty.sync_url)
    names = inspect(engine).get_table_names()
    engine.dispose()

    assert "quizkit_alembic_version" in names
    assert "alembic_version" not in names


def test_a_connection_runs_in_the_callers_transaction(empty: Database) -> None:
    engine = empty.engine()
    with engine.connect() as connection:
        migrations.upgrade(connection)
        assert migrations.current(connection) == migrations.head()
        connection.rollback()
    engine.dispose()

    assert migrations.current(empty.sync_url) is None


def test_an_engine_is_migrated_and_usable_afterwards(empty: Database) -> None:
    engine = empty.engine()
    migrations.upgrade(engine)
    with Session(engine) as session, session.begin():
        banks.create(session, BankCreate(name="Bank"))

    assert migrations.check(engine) == []
    engine.dispose()


async def test_async_engines_connections_and_urls_work_inside_a_running_loop(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/a.db"
    engine = create_async_engine(url)
    await migrations.upgrade(engine)
    async with engine.connect() as connection:
        assert await migrations.current(connection) == migrations.head()
        assert await migrations.check(connection) == []
    await migrations.downgrade(engine, "base")
    await engine.dispose()

    assert asyncio.get_running_loop().is_running()
    assert migrations.current(url) is None
    migrations.upgrade(url)
    assert migrations.check(url) == []


def test_an_async_postgresql_driver_is_migrated(migrated_postgresql: Database) -> None:
    assert migrations.current(migrated_postgresql.async_url) == migrations.head()
    assert migrations.check(migrated_postgresql.async_url) == []


def test_check_reports_missing_tables_and_ignores_the_hosts_own(empty: Database) -> None:
    migrations.upgrade(empty.sync_url)
    engine = create_engine(empty.sync_url)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE quizkit_bank ADD COLUMN course INTEGER"))
        connection.execute(text("CREATE INDEX ix_of_the_host ON quizkit_bank (course)"))
    assert migrations.check(empty.sync_url) == []

    with engine.begin() as connection:
        on = " ON quizkit_attempt" if empty.kind == "mariadb" else ""
        connection.execute(text(f"DROP INDEX ix_quizkit_attempt_taker_id{on}"))
        connection.execute(text("ALTER TABLE quizkit_assignment DROP COLUMN zone"))
    engine.dispose()

    found = migrations.check(empty.sync_url)

    assert len(found) == 2
    assert any("ix_quizkit_attempt_taker_id" in difference for difference in found)
    assert any("zone" in difference for difference in found)


def test_check_compares_check_constraints_and_delete_rules(empty: Database) -> None:
    if empty.kind == "sqlite":
        pytest.skip("SQLite cannot change a constraint of an existing table")
    migrations.upgrade(empty.sync_url)
    engine = create_engine(empty.sync_url)
    key = "fk_quizkit_slot_section_id"
    drop = {"postgresql": "CONSTRAINT", "mariadb": "FOREIGN KEY"}[empty.kind]
    with engine.begin() as connection:
        for change in (
            "DROP CONSTRAINT ck_quizkit_slot_points",
            f"DROP {drop} {key}",
            f"ADD CONSTRAINT {key} FOREIGN KEY (section_id) REFERENCES quizkit_section (id) ON DELETE CASCADE",
        ):
            connection.execute(text(f"ALTER TABLE quizkit_slot {change}"))
    engine.dispose()

    found = migrations.check(empty.sync_url)

    assert "check ck_quizkit_slot_points of quizkit_slot is missing" in found
    assert f"foreign key {key} of quizkit_slot is not ON DELETE RESTRICT" in found


def test_check_compares_primary_keys(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/pk.db"
    migrations.upgrade(url)
    engine = create_engine(url)
    with engine.begin() as connection:
        created = connection.execute(text("SELECT sql FROM sqlite_master WHERE name = 'quizkit_bank'")).scalar_one()
        connection.execute(text("DROP TABLE quizkit_bank"))
        connection.execute(text(created.replace("PRIMARY KEY (id)", "PRIMARY KEY (id, name)")))
    engine.dispose()

    assert "primary key of quizkit_bank is (id, name), not (id)" in migrations.check(url)


def test_another_prefix_and_schema_have_tables_of_their_own(migrated_postgresql: Database) -> None:
    config = TableConfig(prefix="exam_", schema="exams")
    migrations.upgrade(migrated_postgresql.sync_url, config=config)

    assert migrations.check(migrated_postgresql.sync_url, config=config) == []
    engine = create_engine(migrated_postgresql.sync_url)
    names = inspect(engine).get_table_names(schema="exams")
    migrations.downgrade(migrated_postgresql.sync_url, "base", config=config)
    engine.dispose()
    assert {"exam_attempt", "exam_alembic_version"} <= set(names)


@pytest.mark.parametrize("url", ["nowhere", "frob://x", "", "postgresql+nodriver://user:secret@host/db"])
def test_an_invalid_url_is_reported_without_repeating_it(url: str) -> None:
    with pytest.raises(UsageError) as refused:
        migrations.upgrade(url)

    assert "secret" not in str(refused.value)


def test_a_missing_driver_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "asyncpg", None)
    with pytest.raises(MissingExtra, match=re.escape("quizkit[postgresql]")):
        migrations.current("postgresql+asyncpg://nobody@127.0.0.1/none")


def test_a_target_of_another_kind_is_refused() -> None:
    with pytest.raises(UsageError, match="a connection, an engine or a URL"):
        migrations.current(7)  # type: ignore[call-overload] # that is the point


def test_a_url_without_a_driver_uses_the_installed_one() -> None:
    url, is_async = migrations.read_url("postgresql://nobody@127.0.0.1/none")

    assert (url.drivername, is_async) == ("postgresql+psycopg", False)
    assert migrations.read_url("mysql://root@127.0.0.1/none")[0].drivername == "mysql+pymysql"


@pytest.mark.parametrize("driver", ["sqlite", "sqlite+aiosqlite"])
def test_an_unknown_revision_is_refused_and_leaves_nothing_behind(tmp_path: Path, driver: str) -> None:
    url = f"{driver}:///{tmp_path}/a.db"

    with pytest.raises(UsageError) as refused:
        migrations.upgrade(url, "nowhere")

    assert refused.value.code == "revision_unknown"
    assert migrations.current(url) is None


def test_plain_alembic_names_the_command_to_run_instead() -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "quizkit:migrations")
    config.set_main_option("path_separator", "newline")
    with pytest.raises(UsageError, match="quizkit db"):
        command.current(config)


def test_an_upgrade_keeps_every_row_and_every_value(empty: Database) -> None:
    """F25, for the only release so far; a later revision must add an upgrade from the one before it."""
    migrations.upgrade(empty.sync_url)
    engine = empty.engine()
    with Session(engine) as session, session.begin():
        quiz = QuizFactory.create(session=session, time_limit_seconds=60)
        attempt = attempts.start(session, quiz.id, taker="ann É")
        data = SaveResponse(slot=1, sequence=1, response={"answer": True})
        attempts.save(session, attempt.attempt_id, data, taker="ann É")
        attempts.submit(session, attempt.attempt_id, taker="ann É")
    before = {table.name: _rows(engine, table) for table in models.tables()}

    migrations.upgrade(empty.sync_url)

    assert {table.name: _rows(engine, table) for table in models.tables()} == before
    assert len(before["quizkit_attempt_response"]) == len(before["quizkit_quiz_grade"]) == 1
    engine.dispose()


def _rows(engine: Engine, table: Table) -> list[str]:
    with engine.connect() as connection:
        return sorted(map(repr, connection.execute(select(table))))
