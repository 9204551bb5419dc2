"""Quizzes over HTTP with FastAPI, Pydantic and async SQLAlchemy, on top of quizkit.

Run it with `uvicorn fastapi_app:app` after `quizkit db upgrade --url sqlite:///quiz.db`.
The database is `QUIZKIT_DATABASE_URL`, by default sqlite+aiosqlite:///quiz.db.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, FastAPI, Header, Request, Response, status
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from quizkit.crud import attempts, questions, quizzes
from quizkit.errors import QuizkitError
from quizkit.questions import AnyQuestion
from quizkit.schemas import (
    Outcome,
    Page,
    Paper,
    ProblemDetails,
    QuestionReturn,
    QuizCreate,
    QuizReturn,
    Saved,
    SaveResponse,
)
from quizkit.sessions import configure_sqlite


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None, None]:
    """Create the engine when the application starts and dispose of it when it stops."""
    engine = create_async_engine(os.environ.get("QUIZKIT_DATABASE_URL", "sqlite+aiosqlite:///quiz.db"))
    if engine.dialect.name == "sqlite":
        configure_sqlite(engine)
    app.state.sessionmaker = async_sessionmaker(engine, expire_on_commit=False)
    yield
    await engine.dispose()


PROBLEMS: dict[int | str, dict[str, Any]] = {
    404: {"model": ProblemDetails, "description": "Not found"},
    409: {"model": ProblemDetails, "description": "Refused by the rules"},
}
app = FastAPI(title="Quizzes", lifespan=lifespan, responses=PROBLEMS)


async def get_session(request: Request) -> AsyncIterator[AsyncSession]:
    """Yield a session for one request and commit before the reply if it succeeds. quizkit itself never commits."""
    async with request.app.state.sessionmaker() as session, session.begin():
        yield session


def get_taker(x_user: Annotated[str, Header(max_length=64)]) -> str:
    """Return the current user. A real application reads it from its login, never from the body."""
    return x_user


# Without the scope FastAPI replies first and commits afterwards, so a reply could report data that is then lost.
AsyncSessionDep = Annotated[AsyncSession, Depends(get_session, scope="function")]
TakerDep = Annotated[str, Depends(get_taker)]


@app.exception_handler(QuizkitError)
async def on_quizkit_error(_request: Request, error: QuizkitError) -> JSONResponse:
    """Reply with an RFC 9457 problem: a stable code, a sentence, and never the input."""
    return JSONResponse(error.problem(), error.http_status, media_type="application/problem+json")


@app.exception_handler(RequestValidationError)
async def on_invalid_request(_request: Request, error: RequestValidationError) -> JSONResponse:
    """Reply as FastAPI does, without repeating the input: it may be a response, or a key.

    The last part of the path of an unknown field is input too.
    """
    faults = [
        {"loc": one["loc"][:-1] if one["type"] == "extra_forbidden" else one["loc"], "type": one["type"]}
        for one in error.errors()
    ]
    return JSONResponse({"detail": faults}, 422)


# ---------------------------------------------------------------------------------------------- authors


@app.post("/quizzes", status_code=status.HTTP_201_CREATED, response_model=QuizReturn[str])
async def create_quiz(data: QuizCreate, session: AsyncSessionDep) -> QuizReturn[str]:
    """Create a quiz."""
    return await quizzes.create(session, data)


@app.get("/quizzes", response_model=Page[QuizReturn[str]])
async def list_quizzes(session: AsyncSessionDep, after: UUID | None = None) -> Page[QuizReturn[str]]:
    """List quizzes."""
    return await quizzes.page(session, after=after)


@app.get("/quizzes/{quiz_id}", response_model=QuizReturn[str])
async def get_quiz(quiz_id: UUID, session: AsyncSessionDep) -> QuizReturn[str]:
    """Show a quiz."""
    return await quizzes.get(session, quiz_id)


@app.post("/quizzes/{quiz_id}/questions", status_code=status.HTTP_201_CREATED, response_model=list[QuestionReturn])
async def add_questions(quiz_id: UUID, data: list[AnyQuestion], session: AsyncSessionDep) -> tuple[QuestionReturn, ...]:
    """Add questions to a quiz. Authors get the key back."""
    return await questions.add(session, data, quiz_id=quiz_id)


@app.post("/quizzes/{quiz_id}/publish", response_model=QuizReturn[str])
async def publish_quiz(quiz_id: UUID, session: AsyncSessionDep) -> QuizReturn[str]:
    """Publish a quiz."""
    return await quizzes.publish(session, quiz_id)


# ---------------------------------------------------------------------------------------------- takers


@app.post("/quizzes/{quiz_id}/attempts", status_code=status.HTTP_201_CREATED, response_model=Paper)
async def start_attempt(quiz_id: UUID, taker: TakerDep, session: AsyncSessionDep) -> Paper:
    """Start an attempt, or continue the open one."""
    return await attempts.start(session, quiz_id, taker=taker)


@app.get("/attempts/{attempt_id}/paper", response_model=Paper)
async def get_paper(attempt_id: UUID, taker: TakerDep, session: AsyncSessionDep) -> Response:
    """Show the paper: it is already JSON, so it is not validated and dumped again."""
    return Response(await attempts.paper_json(session, attempt_id, taker=taker), media_type="application/json")


@app.put("/attempts/{attempt_id}/responses", response_model=Saved)
async def save_response(attempt_id: UUID, data: SaveResponse, taker: TakerDep, session: AsyncSessionDep) -> Saved:
    """Save one response."""
    return await attempts.save(session, attempt_id, data, taker=taker)


@app.post("/attempts/{attempt_id}/submit", response_model=Outcome)
async def submit_attempt(attempt_id: UUID, taker: TakerDep, session: AsyncSessionDep) -> Outcome:
    """Finish an attempt."""
    return await attempts.submit(session, attempt_id, taker=taker)


@app.get("/attempts/{attempt_id}/result", response_model=Outcome)
async def get_result(attempt_id: UUID, taker: TakerDep, session: AsyncSessionDep) -> Outcome:
    """Show the result of a finished attempt."""
    return await attempts.result(session, attempt_id, taker=taker)
