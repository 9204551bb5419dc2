"""Routes of a host as it would write them. Both checkers pass every line."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Depends, FastAPI, Header, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from host_models import Course, Exam, Item, Room, Sitting, User, kit
from pydantic import BaseModel, ConfigDict
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from quizkit import migrations
from quizkit.errors import Invalid, NotFound, QuizkitError
from quizkit.formats import gift
from quizkit.questions import (
    AnyQuestion,
    Choice,
    NumberAnswer,
    Numeric,
    Option,
    Text,
    TrueFalse,
)
from quizkit.schemas import (
    AccessReport,
    AccessSettings,
    AccommodationSettings,
    AssignmentCreate,
    AssignmentReturn,
    BankCreate,
    CategoryCreate,
    Checked,
    CheckResponse,
    DrawSlot,
    FeedbackBand,
    LeaderboardEntry,
    Outcome,
    Page,
    Paper,
    QuestionReturn,
    QuestionSlot,
    QuizCreate,
    QuizOutline,
    QuizReturn,
    QuizUpdate,
    Review,
    ReviewPolicy,
    Saved,
    SaveResponse,
    SectionOutline,
)
from quizkit.sessions import configure_sqlite, run_transaction
from quizkit.vocabulary import AttemptState, Behaviour, GradingMethod, ReviewMoment

engine = create_async_engine("sqlite+aiosqlite:///school.db")
configure_sqlite(engine)
sessions = async_sessionmaker(engine, expire_on_commit=False)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    await migrations.ensure_schema_current(engine, config=kit.models.config)
    yield
    await engine.dispose()


app = FastAPI(lifespan=lifespan)


class ExamCreate(QuizCreate):
    """A quiz with a course."""

    course_id: int


class ExamShown(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: UUID
    title: str
    course: str | None


async def get_session() -> AsyncIterator[AsyncSession]:
    async with sessions() as session, session.begin():
        yield session


async def get_user(x_user: Annotated[int, Header()]) -> int:
    return x_user


SessionDep = Annotated[AsyncSession, Depends(get_session, scope="function")]
UserDep = Annotated[int, Depends(get_user)]


@app.exception_handler(QuizkitError)
async def on_error(request: Request, error: QuizkitError) -> JSONResponse:
    return JSONResponse(error.problem(), error.http_status)


@app.post("/exams", status_code=201)
async def create(data: ExamCreate, session: SessionDep, user: UserDep) -> QuizReturn[int]:
    if await session.get(Course, data.course_id) is None:
        raise HTTPException(404)
    policy = QuizCreate(
        title=data.title,
        questions=data.questions,
        max_grade=data.max_grade,
        feedback_bands=[*data.feedback_bands, FeedbackBand(minimum="1/2", content="Passed")],
        behaviour=Behaviour.INTERACTIVE,
        grading_method=GradingMethod.LAST,
        review=ReviewPolicy(marks=[ReviewMoment.LATER]),
    )
    return await kit.quizzes.create(session, policy, author=user, values={Exam.course_id: data.course_id})


@app.get("/exams")
async def exams(session: SessionDep, user: UserDep, course: int, after: UUID | None = None) -> list[ExamShown]:
    mine = [Exam.author_id == user, Exam.course_id == course, Exam.title.is_not(None)]
    page = await kit.quizzes.page(session, where=mine, columns=[Exam.course_id], after=after, limit=20)
    titles = {id_: title for id_, title in (await session.execute(select(Course.id, Course.title))).tuples()}
    return [ExamShown(id=e.id, title=e.title, course=titles.get(e.columns["course_id"])) for e in page.items]


@app.patch("/exams/{quiz_id}")
async def update(quiz_id: UUID, data: QuizUpdate, session: SessionDep, version: int) -> QuizReturn[int]:
    return await kit.quizzes.update(session, quiz_id, data, version=version)


@app.post("/exams/{quiz_id}/questions")
async def add(quiz_id: UUID, question: AnyQuestion, session: SessionDep) -> QuestionReturn:
    (added,) = await kit.questions.add(session, [question], quiz_id=quiz_id, values={Item.level: 2})
    return added


@app.post("/banks")
async def bank(request: Request, session: SessionDep) -> Page[QuestionReturn]:
    report = gift.read(await request.body())
    if report.problems:
        raise HTTPException(422, [problem.code for problem in report.problems])
    made = await kit.banks.create(session, BankCreate(name="Rivers"))
    water = await kit.categories.create(session, CategoryCreate(bank_id=made.id, name="Water"))
    await kit.questions.add(session, report.questions, bank_id=made.id, category_id=water.id)
    return await kit.questions.page(session, bank_id=made.id, tags=["long"], where=[Item.level > 1])


@app.put("/exams/{quiz_id}/outline")
async def outline(quiz_id: UUID, bank_id: UUID, first: UUID, session: SessionDep) -> QuizOutline:
    sections = [
        SectionOutline(title="One", slots=[QuestionSlot(question_id=first, points=2)]),
        SectionOutline(title="Two", shuffle=True, slots=[DrawSlot(bank_id=bank_id, count=3, tags=["long"])]),
    ]
    await kit.quizzes.set_outline(session, quiz_id, QuizOutline(sections=sections))
    if problems := await kit.quizzes.lint(session, quiz_id):
        raise HTTPException(409, [problem.code for problem in problems])
    await kit.quizzes.publish(session, quiz_id)
    return await kit.quizzes.outline(session, quiz_id)


@app.post("/exams/{quiz_id}/rooms")
async def give(quiz_id: UUID, closes_at: datetime, room: str, session: SessionDep, user: UserDep) -> AssignmentReturn:
    data = AssignmentCreate(quiz_id=quiz_id, context="7b", opens_at=closes_at - timedelta(hours=2), closes_at=closes_at)
    assigned = await kit.assignments.create(session, data, values={Room.room: room})
    longer = await kit.assignments.override(
        session, assigned.id, AccessSettings(time_limit_seconds=None), taker=7, actor=user, reason="Ill"
    )
    if longer.effect is not None and longer.effect.ends_at is not None and longer.effect.ends_at > closes_at:
        raise HTTPException(409)
    more = AccommodationSettings(time_factor="1.25")
    await kit.assignments.accommodate(session, more, taker=8, actor=user, effect_in=assigned.id)
    await kit.assignments.extend(session, assigned.id, seconds=60)
    await kit.assignments.page(session, where=[Room.room == "A"], columns=[Room.room])
    return assigned


@app.post("/exams/{quiz_id}/attempts")
async def start(quiz_id: UUID, user: UserDep, attempt_id: UUID) -> Paper:
    async def work(session: AsyncSession) -> Paper:
        values = {Sitting.device: "tablet"}
        return await kit.attempts.start(session, quiz_id, taker=user, attempt_id=attempt_id, values=values)

    return await run_transaction(sessions, work)


@app.get("/exams/{quiz_id}/access")
async def access(quiz_id: UUID, session: SessionDep, user: UserDep) -> AccessReport:
    return await kit.attempts.explain_access(session, quiz_id, taker=user, groups=["7b"])


@app.put("/attempts/{attempt_id}/responses")
async def save(attempt_id: UUID, data: SaveResponse, session: SessionDep, user: UserDep) -> Saved:
    return await kit.attempts.save(session, attempt_id, data, taker=user)


@app.post("/attempts/{attempt_id}/checks")
async def check(attempt_id: UUID, data: CheckResponse, session: SessionDep, user: UserDep) -> Checked:
    checked = await kit.attempts.check(session, attempt_id, data, taker=user)
    if checked.question.points is not None and checked.question.points > 3:
        await kit.attempts.flag(session, attempt_id, slot=data.slot, taker=user)
    return checked


@app.post("/attempts/{attempt_id}/submit")
async def submit(attempt_id: UUID, session: SessionDep, user: UserDep) -> Outcome:
    try:
        return await kit.attempts.submit(session, attempt_id, taker=user)
    except (NotFound, Invalid) as error:
        raise HTTPException(error.http_status, error.code) from error


@app.get("/attempts/{attempt_id}/paper")
async def paper(attempt_id: UUID, session: SessionDep, user: UserDep) -> Response:
    return Response(await kit.attempts.paper_json(session, attempt_id, taker=user), media_type="application/json")


@app.get("/attempts/{attempt_id}/review")
async def review(attempt_id: UUID, session: SessionDep, user: UserDep) -> Review:
    found = await kit.attempts.review(session, attempt_id, taker=user)
    total = sum(question.points or 0 for question in found.questions)
    assert total >= 0
    return found


@app.get("/exams/{quiz_id}/board")
async def board(quiz_id: UUID, session: SessionDep) -> list[LeaderboardEntry[int]]:
    page = await kit.gradebook.leaderboard(session, quiz_id, limit=10)
    return [entry for entry in page.items if entry.rank <= 3]


@app.get("/me/average")
async def average(session: SessionDep, user: UserDep) -> float | None:
    grade = select(func.avg(Sitting.score)).where(Sitting.taker_id == user, Sitting.state == AttemptState.SUBMITTED)
    names = select(User.name).join(Sitting, Sitting.taker_id == User.id).where(Sitting.quiz_revision_id.is_not(None))
    assert list(await session.scalars(names)) is not None
    found = await session.scalar(grade)
    return None if found is None else float(found)


def example_questions() -> list[Text]:
    asked = [
        TrueFalse(content="The Rhine is long.", answer=True),
        Numeric(content="How long?", points="1.5", answers=[NumberAnswer(value=1230, tolerance=20)]),
        Choice(content="Which?", options=[Option(content="A", correct=True), Option(content="B", weight="-1/2")]),
    ]
    return [question.content for question in asked]
