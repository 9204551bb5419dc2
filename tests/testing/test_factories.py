"""Factories that store quizzes."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, Integer, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Session

from quizkit.crud import Quizkit
from quizkit.models import mount
from quizkit.sessions import configure_sqlite
from quizkit.testing import QuizFactory


class Base(DeclarativeBase):
    pass


kit = Quizkit(mount(Base, subject=Integer()))


@pytest.fixture
def engine() -> Engine:
    engine = create_engine("sqlite://")
    configure_sqlite(engine)
    Base.metadata.create_all(engine)
    return engine


def test_a_quiz_is_stored_where_the_tables_of_its_kit_are(engine: Engine) -> None:
    with Session(binds={Base: engine}) as session, session.begin():
        made = QuizFactory.create(session=session, kit=kit, title="Lakes")

        assert session.scalars(select(kit.models.quiz.title)).all() == ["Lakes"]
        assert kit.quizzes.get(session, made.id).state == "published"
    engine.dispose()
