"""Factories that store quizzes."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, Integer, MetaData, String, create_engine, select
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from quizkit.crud import Quizkit
from quizkit.models import QuizMixin, SubjectColumn, TableConfig, mount
from quizkit.sessions import configure_sqlite
from quizkit.testing import QuizFactory


class Base(DeclarativeBase):
    pass


kit = Quizkit(mount(Base, subject=Integer()))


class OwnBase(DeclarativeBase):
    metadata = MetaData(info={"quizkit": TableConfig(prefix="own_", subject=SubjectColumn(type_=Integer()))})


class Exam(QuizMixin[int], OwnBase):
    course: Mapped[str] = mapped_column(String(20))  # NOT NULL, without a default


own = Quizkit(mount(OwnBase, quiz=Exam))


@pytest.fixture
def engine() -> Engine:
    engine = create_engine("sqlite://")
    configure_sqlite(engine)
    Base.metadata.create_all(engine)
    OwnBase.metadata.create_all(engine)
    return engine


def test_a_quiz_is_stored_where_the_tables_of_its_kit_are(engine: Engine) -> None:
    with Session(binds={Base: engine}) as session, session.begin():
        made = QuizFactory.create(session=session, kit=kit, title="Lakes")

        assert session.scalars(select(kit.models.quiz.title)).all() == ["Lakes"]
        assert kit.quizzes.get(session, made.id).state == "published"
    engine.dispose()


def test_a_quiz_gets_its_author_and_the_values_of_own_columns(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        made = QuizFactory.create(session=session, kit=own, author=7, values={Exam.course: "geo"})

        assert made.author_id == 7
        assert session.get_one(Exam, made.id).course == "geo"
    engine.dispose()


async def test_an_async_session_gives_the_same(tmp_path: Path) -> None:
    engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path}/quiz.db")
    configure_sqlite(engine)
    async with engine.begin() as connection:
        await connection.run_sync(OwnBase.metadata.create_all)
    async with AsyncSession(engine) as session, session.begin():
        made = await QuizFactory.create(
            session=session, kit=own, published=False, author=7, values={Exam.course: "geo"}
        )

        assert (made.author_id, made.state) == (7, "draft")
        assert (await session.get_one(Exam, made.id)).course == "geo"
    await engine.dispose()
