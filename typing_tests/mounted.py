"""The public API as a user sees it, with classes of their own and int users."""

from typing import assert_type
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, MetaData, String
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

from quizkit import migrations
from quizkit.crud import Quizkit, Tenants
from quizkit.models import (
    AccessEventMixin,
    AssignmentMixin,
    AttemptMixin,
    AttemptResponseMixin,
    BankMixin,
    CategoryMixin,
    GradeEventMixin,
    Models,
    QuestionMixin,
    QuestionRevisionMixin,
    QuestionTagMixin,
    QuizGradeMixin,
    QuizMixin,
    QuizRevisionMixin,
    SectionMixin,
    SlotMixin,
    SubjectColumn,
    TableConfig,
    TryEventMixin,
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


class Category(CategoryMixin, Base): ...


class Question(QuestionMixin, Base): ...


class QuestionRevision(QuestionRevisionMixin, Base): ...


class QuestionTag(QuestionTagMixin, Base): ...


class ExamRevision(QuizRevisionMixin, Base): ...


class Section(SectionMixin, Base): ...


class Slot(SlotMixin, Base): ...


class Assignment(AssignmentMixin, Base): ...


class AccessEvent(AccessEventMixin[int], Base): ...


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)


class ExamAttempt(AttemptMixin[int], Base):
    room: Mapped[str | None] = mapped_column(String(20))


class Answer(AttemptResponseMixin, Base): ...


class TryEvent(TryEventMixin, Base): ...


class GradeEvent(GradeEventMixin[int], Base): ...


class QuizGrade(QuizGradeMixin[int], Base): ...


models = Models(
    quiz=Exam,
    bank=Bank,
    category=Category,
    question=Question,
    question_revision=QuestionRevision,
    question_tag=QuestionTag,
    quiz_revision=ExamRevision,
    section=Section,
    slot=Slot,
    assignment=Assignment,
    access_event=AccessEvent,
    attempt=ExamAttempt,
    attempt_response=Answer,
    try_event=TryEvent,
    grade_event=GradeEvent,
    quiz_grade=QuizGrade,
)
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
    data = QuizCreate(title="Rivers")
    assert_type(kit.quizzes.create(sync, data, author=7, values={Exam.course: "B1"}), QuizReturn[int])
    assert_type(
        await kit.quizzes.page(session, where=[Exam.course == "B1", Exam.author_id == 7]), Page[QuizReturn[int]]
    )
    assert_type(await kit.attempts.start(session, quiz_id, taker=7, values={ExamAttempt.room: "A"}), Paper)
    assert_type(kit.attempts.page(sync, taker=7, where=[ExamAttempt.room == "A"]), Page[AttemptReturn[int]])
    assert_type(kit.gradebook.expire_due(sync), Expired)
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
    kit.quizzes.create(sync, data, values={"course": "B1"})  # type: ignore[dict-item]  # pyright: ignore[reportArgumentType, reportCallIssue]
    kit.quizzes.page(sync, where=Exam.course == "B1")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    tenants.of(7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    run_transaction(amaker, sync_work)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType, reportCallIssue]
    SubjectColumn(ondelete="CASCADE")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await kit.attempts.start(session, quiz_id, taker="7")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    Models(  # type: ignore[misc]
        quiz=Exam,
        bank=Bank,
        category=Category,
        question=Question,
        question_revision=QuestionRevision,
        question_tag=QuestionTag,
        quiz_revision=ExamRevision,
        section=Section,
        slot=Slot,
        assignment=Assignment,
        access_event=AccessEvent,
        attempt=ReadyAttempt,  # pyright: ignore[reportArgumentType]
        attempt_response=Answer,
        try_event=TryEvent,
        grade_event=GradeEvent,
        quiz_grade=QuizGrade,
    )
