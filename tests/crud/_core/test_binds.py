"""Every statement goes to the database that is bound to quizkit's classes, whatever the session's default is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event, inspect
from sqlalchemy.orm import Session

from conftest import Database
from quizkit.crud import Quizkit
from quizkit.errors import UsageError
from quizkit.models import Base, models
from quizkit.schemas import BankCreate, QuizCreate
from quizkit.testing import broken_invariants
from test_transactions import Ready

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


@pytest.mark.parametrize("kind", ["base", "base alone", "classes", "classes alone", "routed"])
def test_every_verb_uses_the_engine_bound_to_its_classes(database: Database, other: Engine, kind: str) -> None:
    ours = database.engine()
    kit = Quizkit(models)
    with session_of(kind, ours, other) as session:
        ready = Ready(session, "binds")
        for verb, arguments, more in ready.calls(kit).values():
            verb(session, *arguments, **more)
        assert broken_invariants(session, quiz_id=ready.quiz.id) == []
        session.rollback()
    ours.dispose()


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
