from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session

from conftest import Database, on_sqlite, statements
from quizkit import migrations
from quizkit.crud import Quizkit, banks, quizzes
from quizkit.errors import UsageError
from quizkit.models import models
from quizkit.schemas import BankCreate, QuizCreate
from quizkit.sessions import READ_ONLY, configure_sqlite


@pytest.fixture
def sqlite(tmp_path: Path) -> Database:
    made = on_sqlite(tmp_path / "quiz.db")
    migrations.upgrade(made.sync_url)
    return made


def test_a_verb_refuses_an_unconfigured_engine_and_names_the_line_that_fixes_it(sqlite: Database) -> None:
    engine = create_engine(sqlite.sync_url)
    with Session(engine) as session, pytest.raises(UsageError, match=r"configure_sqlite\(engine\)") as refused:
        quizzes.create(session, QuizCreate(title="Rivers"))
    engine.dispose()

    assert refused.value.code == "sqlite_unconfigured"


def test_configuring_an_engine_that_has_connected_needs_a_dispose(sqlite: Database) -> None:
    engine = create_engine(sqlite.sync_url)
    with Session(engine) as session:
        session.connection()
    configure_sqlite(engine)
    with Session(engine) as session, pytest.raises(UsageError) as refused:
        quizzes.create(session, QuizCreate(title="Rivers"))
    assert "before the first connection, or call engine.dispose() first" in refused.value.message

    engine.dispose()
    with Session(engine) as session:
        assert quizzes.create(session, QuizCreate(title="Rivers")).title == "Rivers"
    engine.dispose()


async def test_a_verb_refuses_an_unconfigured_async_engine(sqlite: Database) -> None:
    engine = create_async_engine(sqlite.async_url)
    async with AsyncSession(engine) as session:
        with pytest.raises(UsageError, match="configure_sqlite"):
            await quizzes.create(session, QuizCreate(title="Rivers"))
    await engine.dispose()


def test_checking_the_engine_takes_no_statement(sqlite: Database) -> None:
    engine = sqlite.engine()
    with statements(engine) as sent, Session(engine) as session:
        banks.create(session, BankCreate(name="Bank"))
    engine.dispose()

    assert len(sent) == 1


def test_configure_sqlite_sets_the_documented_pragmas(sqlite: Database) -> None:
    engine = sqlite.engine()
    configure_sqlite(engine)  # a second call has no effect
    with engine.connect() as connection:
        pragmas = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("foreign_keys", "journal_mode", "busy_timeout")
        }
    engine.dispose()

    assert pragmas == {"foreign_keys": 1, "journal_mode": "wal", "busy_timeout": 30_000}


def test_a_broken_foreign_key_is_refused(sqlite: Database) -> None:
    engine = sqlite.engine()
    with engine.connect() as connection, pytest.raises(IntegrityError):
        connection.execute(
            text("INSERT INTO quizkit_section (id, quiz_revision_id, position, created_at) VALUES ('a', 'b', 1, '')")
        )
    engine.dispose()


def test_a_released_savepoint_is_rolled_back_with_its_transaction(sqlite: Database) -> None:
    engine = sqlite.engine()
    with Session(engine) as session:
        with session.begin_nested():
            banks.create(session, BankCreate(name="Bank"))
        session.rollback()
    with Session(engine) as session:
        assert banks.page(session).items == ()
    engine.dispose()


def test_read_only_transactions_do_not_acquire_the_write_lock(sqlite: Database) -> None:
    writing, reading = sqlite.engine(), sqlite.engine()
    with Session(writing) as writer:
        banks.create(writer, BankCreate(name="Bank"))  # holds the write lock until it ends
        with Session(reading.execution_options(**{READ_ONLY: True})) as reader:
            assert banks.page(reader).items == ()
        writer.rollback()
    writing.dispose()
    reading.dispose()


def test_transactions_that_read_before_they_write_wait_for_each_other(sqlite: Database) -> None:
    """Under the driver's own BEGIN most of these fail with "database is locked"."""
    engine = sqlite.engine()
    failures: list[BaseException] = []

    def read_then_write() -> None:
        try:
            for _ in range(10):
                with Session(engine) as session, session.begin():
                    seen = len(banks.page(session, limit=200).items)
                    banks.create(session, BankCreate(name=f"after {seen}"))
        except BaseException as error:  # noqa: BLE001 - counted below
            failures.append(error)

    threads = [threading.Thread(target=read_then_write) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with Session(engine) as session:
        names = [bank.name for bank in banks.page(session, limit=200).items]
    engine.dispose()
    assert failures == []
    assert sorted(names) == sorted(f"after {n}" for n in range(50))


BREAK = (
    text("CREATE TABLE promised (id INTEGER PRIMARY KEY)"),
    text("CREATE TABLE broken (id INTEGER REFERENCES promised (id) DEFERRABLE INITIALLY DEFERRED)"),
)
BROKEN = text("INSERT INTO broken VALUES (1)")


def test_a_failed_commit_releases_the_write_lock(sqlite: Database) -> None:
    engine, other = sqlite.engine(), create_engine(sqlite.sync_url)
    configure_sqlite(other, busy_timeout_ms=50)
    with engine.begin() as connection:
        for statement in BREAK:
            connection.execute(statement)
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(BROKEN)
    with Session(other) as session, session.begin():
        banks.create(session, BankCreate(name="Bank"))
    with Session(engine) as session:
        session.execute(BROKEN)
        with pytest.raises(IntegrityError):
            session.commit()
    with Session(other) as session, session.begin():
        banks.create(session, BankCreate(name="Bank"))
    with Session(engine) as session, session.begin():
        assert len(banks.page(session).items) == 2
        assert session.scalar(text("SELECT count(*) FROM broken")) == 0
    engine.dispose()
    other.dispose()


async def test_a_failed_commit_of_an_async_session_releases_the_write_lock(sqlite: Database) -> None:
    engine, other = sqlite.async_engine(), create_engine(sqlite.sync_url)
    configure_sqlite(other, busy_timeout_ms=50)
    async with engine.begin() as connection:
        for statement in BREAK:
            await connection.execute(statement)
    async with AsyncSession(engine) as session:
        await session.execute(BROKEN)
        with pytest.raises(IntegrityError):
            await session.commit()
    with Session(other) as quick, quick.begin():
        banks.create(quick, BankCreate(name="Bank"))
    async with AsyncSession(engine) as session, session.begin():
        assert len((await banks.page(session)).items) == 1
    await engine.dispose()
    other.dispose()


def test_configuring_is_refused_for_other_databases() -> None:
    engine = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")

    with pytest.raises(UsageError) as refused:
        configure_sqlite(engine)
    assert refused.value.code == "not_sqlite"


def test_a_process_ends_when_its_async_engine_is_disposed(tmp_path: Path) -> None:
    program = f"""
import asyncio
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from quizkit import migrations
from quizkit.crud import banks
from quizkit.sessions import configure_sqlite
async def main():
    engine = create_async_engine("sqlite+aiosqlite:///{tmp_path}/a.db")
    configure_sqlite(engine)
    await migrations.upgrade(engine)
    async with AsyncSession(engine) as session:
        print(len((await banks.page(session)).items))
    await engine.dispose()
asyncio.run(main())
"""
    done: Any = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)

    assert done.stdout == "0\n"


def test_the_engine_bound_to_a_class_is_the_one_that_is_checked(tmp_path: Path) -> None:
    """A host's default engine may be another database, or missing."""
    ours = create_engine(f"sqlite:///{tmp_path}/ours.db")
    configure_sqlite(ours)
    migrations.upgrade(ours)
    theirs = create_engine("sqlite://")  # not configured, and in autocommit mode
    binds: Any = {mapper.class_: ours for mapper in inspect(models.attempt).registry.mappers}
    kit = Quizkit(models)

    for default in (None, theirs, theirs.execution_options(isolation_level="AUTOCOMMIT")):
        with Session(default, binds=binds) as session, session.begin():
            assert kit.quizzes.create(session, QuizCreate(title="Rivers")).title == "Rivers"
    binds = {model: ours.execution_options(isolation_level="AUTOCOMMIT") for model in binds}
    with Session(ours, binds=binds) as session, pytest.raises(UsageError, match="several statements"):
        kit.quizzes.create(session, QuizCreate(title="Rivers"))
    ours.dispose()
    theirs.dispose()
