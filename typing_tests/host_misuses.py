"""Mistakes of the host of host_models. Each line is reported by the checkers for which it has a comment."""

from uuid import UUID

from host_models import Base, Course, Exam, Room, Sitting, User, kit, models
from sqlalchemy import Integer, String
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from quizkit import migrations
from quizkit.crud import AccessRequest, Quizkit, Tenants
from quizkit.models import (
    Attempt,
    QuizMixin,
    SubjectColumn,
    TableConfig,
    mount,
)
from quizkit.questions import Choice, NumberAnswer, Numeric, Option, TrueFalse
from quizkit.schemas import (
    AccommodationSettings,
    AssignmentCreate,
    BankCreate,
    CategoryCreate,
    CheckResponse,
    DrawSlot,
    QuestionSlot,
    QuizCreate,
    QuizOutline,
    QuizReturn,
    QuizUpdate,
    ReviewPolicy,
    SaveResponse,
    SectionOutline,
)
from quizkit.sessions import run_transaction
from quizkit.testing import (
    QuizFactory,
    TrueFalseFactory,
    broken_invariants,
    check_question,
    questions,
    responses_for,
)


class TextQuiz(QuizMixin[str], Base): ...


def str_admit(request: AccessRequest[str]) -> None: ...


async def mistakes(session: AsyncSession, sync: Session, one: UUID, quiz: QuizReturn[int], save: SaveResponse) -> None:
    q = QuizCreate(title="x")
    Quizkit(models, admit=str_admit)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await kit.attempts.start(session, one, taker="7")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    await kit.attempts.start(session, one, taker=None)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    await kit.attempts.start(session, quiz, taker=7)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    await kit.attempts.start(session, str(one), taker=7)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    await kit.attempts.start(session, one, 7)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    kit.attempts.start(session, one, taker=7)  # type: ignore[unused-coroutine]  # pyright: ignore[reportUnusedCoroutine]
    await kit.quizzes.create(session, q, author="tina")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    await kit.quizzes.create(session, {"title": "x"})  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    await kit.quizzes.create(session, title="x")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    await kit.quizzes.create(session, q, values={"course_id": 3})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType, reportCallIssue]
    await kit.quizzes.create(session, q, value={Exam.course_id: 3})  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    await kit.quizzes.page(session, where=Exam.course_id == 3)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    await kit.quizzes.page(session, where=[Exam.course_id])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType, reportCallIssue]
    await kit.quizzes.page(session, where={"course_id": 3})  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    await kit.quizzes.page(session, columns=["course_id"])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType, reportCallIssue]
    await kit.quizzes.page(session, columns=Exam.course_id)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    await kit.quizzes.page(session, limit="20")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    await kit.quizzes.page(session, after=3)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    await kit.quizzes.update(session, one, q)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    await kit.quizzes.update(session, one, QuizUpdate(behaviour="interactiv"))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await kit.questions.add(session, TrueFalse(content="x", answer=True), quiz_id=one)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType, reportCallIssue]
    await kit.questions.add(session, [{"type": "true_false"}], quiz_id=one)  # type: ignore[list-item]  # pyright: ignore[reportArgumentType, reportCallIssue]
    await kit.questions.add(session, [TrueFalse(content="x", answer=True)], quiz=one)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    await kit.attempts.save(session, one, {"slot": 1}, taker=7)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    await kit.attempts.save(session, one, SaveResponse(slot=1, sequence="1", response={}), taker=7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await kit.attempts.save(session, one, CheckResponse(slot=1, sequence=1, response={}, number=1), taker=7)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    await kit.attempts.submit(session, one)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    await kit.assignments.create(session, AssignmentCreate(quiz_id=quiz))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await kit.assignments.override(session, one, AccommodationSettings(), taker=7)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    await kit.assignments.accommodate(session, AccommodationSettings(time_factor=1.25), taker=7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await kit.assignments.extend(session, one, seconds="60")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    await kit.gradebook.leaderboard(session, one, where=[True])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType, reportCallIssue]
    quiz.title = "y"  # pyright: ignore[reportAttributeAccessIssue]
    mount(Base, quiz=Room)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType, reportCallIssue]
    mount(Base, quiz=Exam, attempt=Attempt)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType, reportCallIssue]
    mount(Base, quiz=TextQuiz, attempt=Sitting)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType, reportCallIssue]
    mount(Base, quiz=Exam())  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    mount(Base, quizzes=Exam)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    mount(Base, quiz=Course)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType, reportCallIssue]
    mount(Base, subject=int)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    mount(Base, subject=Integer)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    mount(Base, subject=String(36), attempt=Sitting)  # type: ignore[misc]  # pyright: ignore[reportArgumentType]
    mount(Base, ondelete="CASCADE")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    mount(Base, references=User.id)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    mount(Base, prefix=None, tenant=str)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    mount(User.metadata)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    Quizkit(Base)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Quizkit(mount)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Tenants(models, "acme")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Tenants(models, str).of(7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    SubjectColumn(type_=int)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    TableConfig(subject=Integer())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    run_transaction(session, mistakes)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    QuizFactory.create(title="x")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    QuizFactory.create(session=one)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    check_question("x")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    responses_for(one, "right")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    responses_for(TrueFalse(content="x", answer=True), "perfect")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    questions(Choice)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    TrueFalseFactory.build().options  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    await broken_invariants(one)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    migrations.upgrade("x", config=models)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    ReviewPolicy(marks="later")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    QuizOutline(sections=[QuestionSlot(question_id=one)])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    SectionOutline(slots=[one])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    DrawSlot(bank_id=one, count="3")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Choice(content="x", options=[Option(content="a", weight=0.5)])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Numeric(content="x", answers=[NumberAnswer(value=1.5)])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    TrueFalse(content="x", answer="yes")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    BankCreate(title="x")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    CategoryCreate(name="x")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Exam().label()  # type: ignore[operator]  # pyright: ignore[reportCallIssue]
    models.quiz.course_id  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    models.quizz  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    quiz.columns.course  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    kit.quizzes.publish(one)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    kit.quiz.publish(session, one)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    await kit.quizzes.publish(sync, one)  # type: ignore[misc]  # pyright: ignore[reportGeneralTypeIssues]
