"""The public API as a user sees it, with classes of their own and int users."""

from typing import assert_type
from uuid import UUID

from sqlalchemy import BigInteger, MetaData, String
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from quizkit.crud import Quizkit
from quizkit.models import (
    AssignmentMixin,
    AttemptMixin,
    AttemptResponseMixin,
    BankMixin,
    GradeEventMixin,
    Models,
    QuestionMixin,
    QuestionRevisionMixin,
    QuizMixin,
    QuizRevisionMixin,
    SectionMixin,
    SlotMixin,
    SubjectColumn,
    TableConfig,
)
from quizkit.models import Attempt as ReadyAttempt
from quizkit.schemas import AttemptReturn, Paper


class Base(DeclarativeBase):
    metadata = MetaData(info={"quizkit": TableConfig(subject=SubjectColumn(type_=BigInteger(), references="users.id"))})


class Exam(QuizMixin[int], Base):
    course: Mapped[str | None] = mapped_column(String(20))


class Bank(BankMixin, Base): ...


class Question(QuestionMixin, Base): ...


class QuestionRevision(QuestionRevisionMixin, Base): ...


class ExamRevision(QuizRevisionMixin, Base): ...


class Section(SectionMixin, Base): ...


class Slot(SlotMixin, Base): ...


class Assignment(AssignmentMixin, Base): ...


class Sitting(AttemptMixin[int], Base): ...


class Answer(AttemptResponseMixin, Base): ...


class GradeEvent(GradeEventMixin[int], Base): ...


models = Models(
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
kit = Quizkit(models)


async def right(session: AsyncSession, sync: Session, quiz_id: UUID) -> None:
    assert_type(kit, Quizkit[int])
    assert_type(await kit.attempts.start(session, quiz_id, taker=7), Paper)
    assert_type(kit.attempts.get(sync, quiz_id, taker=7), AttemptReturn[int])
    assert_type(Exam().course, str | None)
    assert_type(Sitting().taker_id, int | None)


async def misuses(session: AsyncSession, quiz_id: UUID) -> None:
    await kit.attempts.start(session, quiz_id, taker="7")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    Models(  # type: ignore[misc]
        quiz=Exam,
        bank=Bank,
        question=Question,
        question_revision=QuestionRevision,
        quiz_revision=ExamRevision,
        section=Section,
        slot=Slot,
        assignment=Assignment,
        attempt=ReadyAttempt,
        attempt_response=Answer,
        grade_event=GradeEvent,  # pyright: ignore[reportArgumentType]
    )
