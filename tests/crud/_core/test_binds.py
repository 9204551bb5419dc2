"""Every statement goes to the database that is bound to quizkit's classes, whatever the session's default is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Delete, Engine, Update, create_engine, event, inspect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from conftest import Database, statements
from quizkit.crud import Quizkit
from quizkit.errors import UsageError
from quizkit.models import Base, models
from quizkit.schemas import BankCreate, QuizCreate
from quizkit.testing import broken_invariants
from ready import Ready

CLASSES = [mapper.class_ for mapper in inspect(models.attempt).registry.mappers]


@pytest.fixture
def other() -> Iterator[Engine]:
    """Another database of the host, to which no statement may go."""
    engine = create_engine("sqlite://")

    def refuse(*_arguments: Any) -> None:
        raise AssertionError("this statement went to the other database")

    event.listen(engine, "before_cursor_execute", refuse)
    yield engine
    engine.dispose()


class Leader(Session):
    """The read/write routing of SQLAlchemy's documentation ("Custom Vertical Partitioning"): reads go to a follower."""

    leader: Engine
    follower: Engine

    def get_bind(self, mapper: Any = None, clause: Any = None, **_more: Any) -> Any:
        if mapper and issubclass(mapper.class_, Elsewhere):
            raise AssertionError("this is not the host's own class")
        if self._flushing or isinstance(clause, Update | Delete):
            return self.leader
        return self.follower


class Elsewhere:
    """A class of the host."""


def leading(leader: Engine, follower: Engine) -> Session:
    session = Leader()
    session.leader, session.follower = leader, follower
    return session


class Routed(Session):
    """A session that chooses its database by the class of a statement."""

    ours: Engine
    other: Engine

    def get_bind(self, mapper: Any = None, **_more: Any) -> Any:
        return self.other if mapper is None else self.ours


def session_of(kind: str, ours: Engine, other: Engine) -> Session:
    if kind == "routed":
        session = Routed()
        session.ours, session.other = ours, other
        return session
    binds: Any = {Base: ours} if kind.startswith("base") else dict.fromkeys(CLASSES, ours)
    return Session(None if kind.endswith("alone") else other, binds=binds)


@pytest.mark.parametrize("default", [True, False])
def test_binds_that_split_quizkits_tables_are_refused(engine: Engine, other: Engine, *, default: bool) -> None:
    """The host would read from one database what a verb wrote to another."""
    binds: Any = {models.quiz: other} if default else {**dict.fromkeys(CLASSES, engine), models.quiz: other}
    with Session(engine if default else None, binds=binds) as session:
        with pytest.raises(UsageError, match="Quiz") as refused:
            Quizkit(models).banks.page(session)
        assert refused.value.code == "session_binds"


@pytest.mark.parametrize("kind", ["base", "base alone", "classes", "classes alone", "routed"])
def test_every_verb_uses_the_engine_bound_to_its_classes(database: Database, other: Engine, kind: str) -> None:
    ours = database.engine()
    kit = Quizkit(models)
    with session_of(kind, ours, other) as session:
        ready = Ready(session, "binds")
        for verb, arguments, more in {**ready.reads(kit), **ready.calls(kit)}.values():
            verb(session, *arguments, **more)
        assert broken_invariants(session, quiz_id=ready.quiz.id) == []
        session.rollback()
    ours.dispose()


def committed(engine: Engine) -> Ready:
    with Session(engine) as session, session.begin():
        return Ready(session, "binds")


def test_a_verb_that_writes_sends_everything_to_the_engine_for_updates(database: Database, other: Engine) -> None:
    """Also its reads: a follower does not have what the transaction has written, and no locks of the leader's rows."""
    leader = database.engine()
    ready = committed(leader)
    with leading(leader, other) as session:
        for verb, arguments, more in ready.calls(Quizkit(models)).values():
            verb(session, *arguments, **more)
        session.rollback()
    leader.dispose()


def test_a_verb_that_only_reads_reads_where_the_session_reads(database: Database, other: Engine) -> None:
    follower = database.engine()
    ready = committed(follower)
    with leading(other, follower) as session, statements(follower) as sent:
        for verb, arguments, more in ready.reads(Quizkit(models)).values():
            verb(session, *arguments, **more)
        assert broken_invariants(session, quiz_id=ready.quiz.id) == []
    follower.dispose()

    assert [one for one in sent if not one.startswith(("SELECT", "WITH")) or "FOR UPDATE" in one] == []
    assert len(sent) > 30


class Alternating(Session):
    """A session that spreads its work over several engines for one database, as over followers picked at random."""

    engines: tuple[Engine, Engine]
    asked: int = 0

    def get_bind(self, mapper: Any = None, **_more: Any) -> Any:
        self.asked += 1
        return self.engines[self.asked % 2]


def test_a_verb_asks_the_session_once_for_a_connection(database: Database) -> None:
    """Two answers may differ: one engine would be checked and the other used, with a transaction on both."""
    first, second = database.engine(), database.engine()
    ready, kit = committed(first), Quizkit(models)
    checked = {"broken": (broken_invariants, (), {"quiz_id": ready.quiz.id})}
    asked = {}
    for name, (verb, arguments, more) in {**ready.calls(kit), **ready.reads(kit), **checked}.items():
        with Alternating() as session:
            session.engines = first, second
            verb(session, *arguments, **more)
            asked[name] = session.asked
            session.rollback()
    first.dispose()
    second.dispose()

    assert {name: count for name, count in asked.items() if count != 1} == {}
    assert len(asked) > 50


async def test_async_sessions_route_in_the_same_way(database: Database, other: Engine) -> None:
    engine = database.async_engine()

    class Writes(Leader):
        leader, follower = engine.sync_engine, other

    class Binds(Session):
        def __init__(self, **more: Any) -> None:
            super().__init__(**{**more, "binds": {Base: engine.sync_engine}})

    for kind in (Writes, Binds):
        async with AsyncSession(sync_session_class=kind) as session:
            made = await Quizkit(models).quizzes.create(session, QuizCreate(title="x"))
            changed = await Quizkit(models).quizzes.archive(session, made.id)
            await session.rollback()
        assert changed.state == "archived"
    await engine.dispose()


def test_the_checks_of_an_engine_ask_the_one_that_is_written_to(database: Database) -> None:
    """A follower may well be in AUTOCOMMIT."""
    plain, commits = database.engine(), database.engine(isolation_level="AUTOCOMMIT")
    new = QuizCreate(title="x")
    with leading(plain, commits) as session:
        made = Quizkit(models).quizzes.create(session, new)
        assert made.title == "x"
        session.rollback()
    with leading(commits, plain) as session:
        with pytest.raises(UsageError) as refused:
            Quizkit(models).quizzes.create(session, new)
        Quizkit(models).quizzes.page(session, limit=1)
    plain.dispose()
    commits.dispose()

    assert refused.value.code == "autocommit"


def test_an_unconfigured_sqlite_engine_is_found_where_the_verb_goes(in_memory: Engine) -> None:
    unconfigured = create_engine("sqlite://")
    kit = Quizkit(models)
    with leading(unconfigured, in_memory) as session:
        kit.banks.page(session)
        with pytest.raises(UsageError) as refused:
            kit.banks.create(session, BankCreate(name="x"))
    with leading(in_memory, unconfigured) as session:
        kit.banks.create(session, BankCreate(name="x"))
        with pytest.raises(UsageError):
            kit.banks.page(session)
        session.rollback()
    unconfigured.dispose()

    assert refused.value.code == "sqlite_unconfigured"


@pytest.mark.parametrize("kind", ["base", "classes", "routed"])
def test_a_bound_autocommit_engine_is_refused(database: Database, other: Engine, kind: str) -> None:
    commits = database.engine(isolation_level="AUTOCOMMIT")
    with session_of(kind, commits, other) as session, pytest.raises(UsageError) as refused:
        Quizkit(models).quizzes.create(session, QuizCreate(title="x"))
    commits.dispose()

    assert refused.value.code == "autocommit"


def test_a_driver_in_autocommit_mode_is_refused(database: Database) -> None:
    if database.kind == "sqlite":
        pytest.skip("configure_sqlite sets autocommit in the driver and begins transactions itself")
    engine = create_engine(database.sync_url, connect_args={"autocommit": True})
    with Session(engine) as session, pytest.raises(UsageError) as refused:
        Quizkit(models).banks.create(session, BankCreate(name="x"))
    engine.dispose()

    assert refused.value.code == "autocommit"
