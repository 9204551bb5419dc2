"""The public API as a user sees it, with classes of their own and int users."""

from typing import assert_type
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Integer, MetaData, String, Uuid
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

from quizkit import migrations
from quizkit.crud import Quizkit, Tenants
from quizkit.models import (
    AttemptMixin,
    BankMixin,
    Models,
    Quiz,
    QuizMixin,
    SubjectColumn,
    TableConfig,
    TenantColumn,
    mount,
    subject_join,
)
from quizkit.models import Attempt as ReadyAttempt
from quizkit.schemas import AttemptReturn, Expired, Page, Paper, QuizCreate, QuizReturn
from quizkit.sessions import run_transaction


class Base(DeclarativeBase):
    metadata = MetaData(info={"quizkit": TableConfig(subject=SubjectColumn(type_=BigInteger(), references="users.id"))})


class Exam(QuizMixin[int], Base):
    course: Mapped[str | None] = mapped_column(String(20))


class Bank(BankMixin, Base): ...


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)


class ExamAttempt(AttemptMixin[int], Base):
    room: Mapped[str | None] = mapped_column(String(20))


models = mount(Base, quiz=Exam, bank=Bank, attempt=ExamAttempt)
made = mount(Base, prefix="lms_", subject=BigInteger(), references="users.id")
kit = Quizkit(models)
tenants = Tenants(models, str)


async def right(
    session: AsyncSession,
    sync: Session,
    quiz_id: UUID,
    maker: sessionmaker[Session],
    amaker: async_sessionmaker[AsyncSession],
) -> None:
    assert_type(kit, Quizkit[int])
    assert_type(models, Models[int])
    assert_type(made, Models[int])
    assert_type(mount(Base, prefix="a_"), Models[str])
    assert_type(mount(Base, prefix="b_", bank=Bank), Models[str])
    assert_type(mount(Base, prefix="c_", subject=Uuid(), ondelete="SET NULL", tenant=String(20)), Models[UUID])
    assert_type(mount(Base, subject=BigInteger(), bank=Bank, tenant=TenantColumn()), Models[int])
    assert_type(mount(Base, subject=BigInteger().with_variant(Integer(), "sqlite"), quiz=Exam), Models[int])
    assert_type(models.quiz().author_id, int | None)
    assert_type(made.quiz().title, str)
    assert_type(await Quizkit(made).attempts.start(session, quiz_id, taker=7), Paper)
    assert_type(kit.quizzes.page(sync, where=[made.quiz.title == "Rivers"]), Page[QuizReturn[int]])
    assert_type(_named(Quiz()), str)
    data = QuizCreate(title="Rivers")
    assert_type(kit.quizzes.create(sync, data, author=7, values={Exam.course: "B1"}), QuizReturn[int])
    assert_type(
        await kit.quizzes.page(session, where=[Exam.course == "B1", Exam.author_id == 7]), Page[QuizReturn[int]]
    )
    assert_type(await kit.attempts.start(session, quiz_id, taker=7, values={ExamAttempt.room: "A"}), Paper)
    assert_type(kit.attempts.page(sync, taker=7, where=[ExamAttempt.room == "A"]), Page[AttemptReturn[int]])
    expired = kit.gradebook.expire_due(sync)
    assert_type(expired, Expired[int])
    assert_type(expired.attempts[0].taker_id, int | None)
    assert_type(Exam().author_id, int | None)
    assert_type(tenants, Tenants[int, str])
    assert_type(tenants.of("acme"), Quizkit[int])
    assert_type(run_transaction(maker, sync_work), int)
    assert_type(await run_transaction(amaker, async_work, patience=3), str)
    assert_type(subject_join(User.id, ExamAttempt.taker_id), ColumnElement[bool])
    assert_type(migrations.ensure_schema_current(sync.get_bind().engine), None)
    assert_type(await kit.attempts.start(session, quiz_id, taker=7), Paper)
    assert_type(kit.attempts.get(sync, quiz_id, taker=7), AttemptReturn[int])
    assert_type(Exam().course, str | None)
    assert_type(ExamAttempt().taker_id, int | None)


def _named(quiz: Quiz) -> str:
    return quiz.title


def sync_work(session: Session) -> int:
    return len(kit.quizzes.page(session).items)


async def async_work(session: AsyncSession) -> str:
    return (await kit.quizzes.page(session)).items[0].title


async def misuses(
    session: AsyncSession,
    sync: Session,
    quiz_id: UUID,
    maker: sessionmaker[Session],
    amaker: async_sessionmaker[AsyncSession],
) -> None:
    data = QuizCreate(title="Rivers")
    kit.quizzes.create(sync, data, author="7")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    kit.quizzes.create(sync, data, values={"course": "B1"})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType, reportCallIssue]
    kit.quizzes.page(sync, where=Exam.course == "B1")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    tenants.of(7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    run_transaction(amaker, sync_work)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType, reportCallIssue]
    SubjectColumn(ondelete="CASCADE")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await kit.attempts.start(session, quiz_id, taker="7")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    await Quizkit(made).attempts.start(session, quiz_id, taker="7")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    made.quiz.titel  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    mount(Base, subject=BigInteger(), attempt=ReadyAttempt)  # type: ignore[misc]  # pyright: ignore[reportArgumentType]
    mount(Base, quiz=Exam, attempt=ReadyAttempt)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType, reportCallIssue]
    mount(Base, subject=String(36), quiz=Exam)  # type: ignore[misc]  # pyright: ignore[reportArgumentType]
    mount(Base, attempt=ReadyAttempt, quiz=Exam)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType, reportCallIssue]
    mount(Base, bank=Exam)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType, reportCallIssue]
    mount(Base, quizz=Exam)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    mount(Base, subject=Integer)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    mount(Base, ondelete="CASCADE")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    mount(Base(), subject=BigInteger())  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    mount(Base.metadata)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    _named(Exam())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
