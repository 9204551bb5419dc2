"""The routes."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated
from uuid import UUID

from fastapi import Depends, FastAPI, Header, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import engine, get_session
from app.models import Course, User
from app.quizzes import Attempt, Quiz, kit
from quizkit import migrations
from quizkit.errors import QuizkitError
from quizkit.schemas import Outcome, Page, Paper, QuizCreate, QuizReturn, Saved, SaveResponse


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncGenerator[None, None]:
    """Refuse to start with tables of another release of quizkit."""
    await migrations.ensure_schema_current(engine, config=kit.models.config)
    yield
    await engine.dispose()


app = FastAPI(title="School", lifespan=lifespan)
# new: the scope. Without it FastAPI answers first and commits then.
SessionDep = Annotated[AsyncSession, Depends(get_session, scope="function")]


async def get_user(session: SessionDep, x_user: Annotated[int, Header()]) -> User:
    """Return the current user. A real application reads it from its login."""
    user = await session.get(User, x_user)
    if user is None:
        raise HTTPException(401)
    return user


UserDep = Annotated[User, Depends(get_user)]


@app.exception_handler(QuizkitError)
async def on_quizkit_error(_request: Request, error: QuizkitError) -> JSONResponse:
    """Answer with a problem (RFC 9457)."""
    return JSONResponse(error.problem(), error.http_status, media_type="application/problem+json")


@app.post("/courses/{course_id}/quizzes", status_code=201, response_model=QuizReturn[int])
async def create_quiz(course_id: int, data: QuizCreate, user: UserDep, session: SessionDep) -> QuizReturn[int]:
    """Make a quiz for a course, and publish it."""
    course = await session.get(Course, course_id)
    if course is None or course.teacher_id != user.id:
        raise HTTPException(404)
    quiz = await kit.quizzes.create(session, data, author=user.id, values={Quiz.course_id: course_id})
    return await kit.quizzes.publish(session, quiz.id)


@app.get("/courses/{course_id}/quizzes", response_model=Page[QuizReturn[int]])
async def list_quizzes(course_id: int, session: SessionDep, after: UUID | None = None) -> Page[QuizReturn[int]]:
    """List the quizzes of a course."""
    return await kit.quizzes.page(session, where=[Quiz.course_id == course_id], after=after)


@app.post("/quizzes/{quiz_id}/attempts", status_code=201, response_model=Paper)
async def start(quiz_id: UUID, user: UserDep, session: SessionDep) -> Paper:
    """Start an attempt, or continue the open one."""
    return await kit.attempts.start(session, quiz_id, taker=user.id)


@app.get("/attempts/{attempt_id}", response_model=Paper)
async def paper(attempt_id: UUID, user: UserDep, session: SessionDep) -> Response:
    """Show the paper."""
    return Response(await kit.attempts.paper_json(session, attempt_id, taker=user.id), media_type="application/json")


@app.put("/attempts/{attempt_id}", response_model=Saved)
async def save(attempt_id: UUID, data: SaveResponse, user: UserDep, session: SessionDep) -> Saved:
    """Save one response."""
    return await kit.attempts.save(session, attempt_id, data, taker=user.id)


@app.post("/attempts/{attempt_id}/submit", response_model=Outcome)
async def submit(attempt_id: UUID, user: UserDep, session: SessionDep) -> Outcome:
    """Finish an attempt."""
    return await kit.attempts.submit(session, attempt_id, taker=user.id)


@app.get("/quizzes/{quiz_id}/takers")
async def takers(quiz_id: UUID, session: SessionDep) -> list[str]:
    """Say who took a quiz: a query of the application's own, over its own relationship."""
    rows = select(User.email).join(Attempt.taker).where(Attempt.quiz_id == quiz_id).order_by(User.email)
    return list(await session.scalars(rows))
