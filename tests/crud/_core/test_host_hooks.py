"""No hook of the host's session changes or sees a statement of a verb: not some of them, and not all."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine, event, false, inspect, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria

from quizkit.crud import Quizkit, quizzes
from quizkit.errors import UsageError
from quizkit.models import Quiz, models
from quizkit.questions import TrueFalse
from quizkit.schemas import QuizCreate
from quizkit.testing import broken_invariants
from ready import Ready

CLASSES = [mapper.class_ for mapper in inspect(models.attempt).registry.mappers]


class Filtered(Session):
    """A session whose selects never see a row of quizkit: a soft delete or a tenant that hides everything."""


@event.listens_for(Filtered, "do_orm_execute")
def hide(state: ORMExecuteState) -> None:
    if state.is_select and not state.is_column_load and not state.is_relationship_load:
        hidden = [with_loader_criteria(model, false(), include_aliases=True) for model in CLASSES]
        state.statement = state.statement.options(*hidden)


class Strict(Session):
    """A session that rejects whatever statement does not say which tenant it is for."""


@event.listens_for(Strict, "do_orm_execute")
def refuse(state: ORMExecuteState) -> None:
    if "tenant" not in state.execution_options:
        raise AssertionError("a statement without a tenant")


@pytest.mark.parametrize("kind", [Filtered, Strict])
def test_every_verb_works_in_a_session_with_filters(engine: Engine, kind: type[Session]) -> None:
    kit = Quizkit(models)
    with kind(engine) as session:
        ready = Ready(session, "hooks")
        for verb, arguments, more in ready.calls(kit).values():
            verb(session, *arguments, **more)
        assert broken_invariants(session, quiz_id=ready.quiz.id) == []
        session.rollback()


def test_every_read_returns_what_it_returns_without_filters(engine: Engine) -> None:
    with Filtered(engine) as session:
        ready = Ready(session, "hooks")
        with Session(session.connection(), join_transaction_mode="create_savepoint") as plain:
            filtered, unfiltered = ready.reads(Quizkit(models)), ready.reads(Quizkit(models))
            for name, (verb, arguments, more) in filtered.items():
                timed = {"now": ready.tomorrow, **more} if name.startswith("attempts.paper") else more
                expected = unfiltered[name][0](plain, *arguments, **timed)
                assert verb(session, *arguments, **timed) == expected, name
        assert session.scalars(select(Quiz).where(Quiz.id == ready.quiz.id)).all() == []
        session.rollback()


async def test_an_async_session_is_not_filtered_either(async_engine: Any) -> None:
    asked = [TrueFalse(content="Is the Rhine a river?", answer=True)]
    async with AsyncSession(async_engine, sync_session_class=Filtered) as session:
        made = await quizzes.create(session, QuizCreate(title="Rivers", questions=asked))
        assert (await session.scalars(select(Quiz).where(Quiz.id == made.id))).all() == []
        assert (await quizzes.publish(session, made.id)).state == "published"
        await session.rollback()


@pytest.mark.parametrize("autoflush", [True, False])
@pytest.mark.parametrize("name", ["before_flush", "after_flush", "before_update"])
def test_a_verb_in_a_listener_of_a_flush_is_refused(engine: Engine, name: str, autoflush: bool) -> None:
    with Session(engine, autoflush=autoflush) as session:
        made = quizzes.create(session, QuizCreate(title="Rivers"))

        def listen(*_more: Any) -> None:
            quizzes.publish(session, made.id)

        target = Quiz if name == "before_update" else session
        event.listen(target, name, listen)
        session.get_one(Quiz, made.id).title = "The host's title"
        try:
            with pytest.raises(UsageError, match=r"before session\.flush\(\) or after it") as refused:
                session.flush()
        finally:
            event.remove(target, name, listen)
        session.rollback()

    assert refused.value.code == "session_flushing"
