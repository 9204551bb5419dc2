"""The same verbs over classes of a host: own base, own names, own prefix, int users with a real foreign key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import BigInteger, Engine, Integer, MetaData, String
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from conftest import Database
from quizkit import migrations, models
from quizkit.crud import Quizkit
from quizkit.models import Models, SubjectColumn, TableConfig
from quizkit.questions import Essay, TrueFalse
from quizkit.schemas import BankReturn, QuizCreate, QuizReturn, SaveResponse
from quizkit.testing import Invariants, QuizFactory

BigId = BigInteger().with_variant(Integer(), "sqlite")
CONFIG = TableConfig(prefix="exam_", subject=SubjectColumn(type_=BigId, references="exam_users.id"))


class Base(DeclarativeBase):
    metadata = MetaData(info={"quizkit": CONFIG}, naming_convention={"pk": "pkey_%(table_name)s"})


class User(Base):
    __tablename__ = "exam_users"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)


class Exam(models.QuizMixin, Base):
    course: Mapped[str | None] = mapped_column(String(20))


class Bank(models.BankMixin, Base): ...


class Question(models.QuestionMixin, Base): ...


class QuestionRevision(models.QuestionRevisionMixin, Base): ...


class ExamRevision(models.QuizRevisionMixin, Base): ...


class Section(models.SectionMixin, Base): ...


class Slot(models.SlotMixin, Base): ...


class Assignment(models.AssignmentMixin, Base): ...


class Sitting(models.AttemptMixin[int], Base): ...


class Answer(models.AttemptResponseMixin, Base): ...


class GradeEvent(models.GradeEventMixin[int], Base): ...


MOUNTED = Models(
    quiz=Exam,
    bank=Bank,
    question=Question,
    question_revision=QuestionRevision,
    quiz_revision=ExamRevision,
    section=Section,
    slot=Slot,
    assignment=Assignment,
    attempt=Sitting,
    attempt_response=Answer,
    grade_event=GradeEvent,
)
KIT = Quizkit(MOUNTED)


@pytest.fixture
def host(database: Database) -> Iterator[Engine]:
    engine = database.engine()
    Base.metadata.create_all(engine)
    yield engine
    Base.metadata.drop_all(engine)
    engine.dispose()


def test_an_attempt_over_mounted_classes(host: Engine) -> None:
    with Session(host) as session, session.begin():
        session.add(User(id=7))
        asked = [TrueFalse(content="The Rhine is a river.", answer=True), Essay(content="Why?")]
        quiz = KIT.quizzes.create(session, QuizCreate(title="Rivers", questions=asked))
        KIT.quizzes.publish(session, quiz.id)
        paper = KIT.attempts.start(session, quiz.id, taker=7)
        data = SaveResponse(slot=1, sequence=1, response={"answer": True})
        KIT.attempts.save(session, paper.attempt_id, data, taker=7)
        outcome = KIT.attempts.submit(session, paper.attempt_id, taker=7)
        assert KIT.attempts.get(session, paper.attempt_id, taker=7).taker_id == 7
        assert Invariants(MOUNTED).broken(session) == []

    assert outcome.score == 1


def test_a_taker_who_is_no_user_of_the_host_is_refused_by_the_database(host: Engine) -> None:
    with Session(host) as session:
        quiz = QuizFactory.create(session=session, kit=KIT)
        with pytest.raises(IntegrityError):
            KIT.attempts.start(session, quiz.id, taker=99)


def test_the_packaged_migration_makes_the_same_tables(database: Database) -> None:
    config = replace(CONFIG, prefix="migrated_")
    migrations.upgrade(database.sync_url, config=config)
    found = migrations.check(database.sync_url, config=config)
    migrations.downgrade(database.sync_url, "base", config=config)

    assert found == []


def test_a_row_of_a_host_reads_as_a_schema(host: Engine) -> None:
    with Session(host) as session:
        quiz = KIT.quizzes.create(session, QuizCreate(title="Rivers"))
        row: Any = session.get(Exam, quiz.id)
        bank: Any = session.get(Bank, quiz.bank_id)

        assert QuizReturn.model_validate(row) == quiz
        assert BankReturn.model_validate(bank).name == "Rivers"
        session.rollback()
