"""Quizzes over HTTP with Litestar and async sessions.

Run it with `litestar --app litestar_app:app run` after `quizkit db upgrade --url sqlite:///quiz.db`. The database
is `QUIZKIT_DATABASE_URL`, by default sqlite+aiosqlite:///quiz.db.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import UUID

from litestar import Litestar, MediaType, Request, Response, get, post, put
from litestar.di import Provide
from litestar.exceptions import NotAuthorizedException
from litestar.params import Parameter
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from quizkit.crud import attempts, quizzes
from quizkit.errors import QuizkitError
from quizkit.schemas import Outcome, Page, Paper, QuizCreate, QuizReturn, Saved, SaveResponse
from quizkit.sessions import configure_sqlite


@asynccontextmanager
async def lifespan(app: Litestar) -> AsyncGenerator[None, None]:
    """Create the engine when the application starts and dispose of it when it stops."""
    engine = create_async_engine(os.environ.get("QUIZKIT_DATABASE_URL", "sqlite+aiosqlite:///quiz.db"))
    if engine.dialect.name == "sqlite":
        configure_sqlite(engine)
    app.state.sessionmaker = async_sessionmaker(engine, expire_on_commit=False)
    yield
    await engine.dispose()


async def get_session(request: Request[Any, Any, Any]) -> AsyncIterator[AsyncSession]:
    """Yield a session for one request and commit if it succeeds. quizkit itself never commits."""
    async with request.app.state.sessionmaker() as session, session.begin():
        yield session


async def get_taker(x_user: Annotated[str | None, Parameter(header="X-User")] = None) -> str:
    """Return the current user. A real application reads it from its login, never from the body."""
    if not x_user:
        raise NotAuthorizedException
    return x_user


def on_quizkit_error(_request: Request[Any, Any, Any], error: QuizkitError) -> Response[Any]:
    """Reply with a problem (RFC 9457)."""
    return Response(error.problem(), status_code=error.http_status, media_type="application/problem+json")


@post("/quizzes")
async def create_quiz(data: QuizCreate, session: AsyncSession) -> QuizReturn[str]:
    """Create a quiz and publish it."""
    quiz = await quizzes.create(session, data)
    return await quizzes.publish(session, quiz.id)


@get("/quizzes")
async def list_quizzes(session: AsyncSession, after: UUID | None = None) -> Page[QuizReturn[str]]:
    """List quizzes."""
    return await quizzes.page(session, after=after)


@post("/quizzes/{quiz_id:uuid}/attempts")
async def start(quiz_id: UUID, taker: str, session: AsyncSession) -> Paper:
    """Start an attempt, or continue the open one."""
    return await attempts.start(session, quiz_id, taker=taker)


@get("/attempts/{attempt_id:uuid}", media_type=MediaType.JSON)
async def paper(attempt_id: UUID, taker: str, session: AsyncSession) -> bytes:
    """Show the paper, which is already JSON."""
    return await attempts.paper_json(session, attempt_id, taker=taker)


@put("/attempts/{attempt_id:uuid}")
async def save(attempt_id: UUID, data: SaveResponse, taker: str, session: AsyncSession) -> Saved:
    """Save one response."""
    return await attempts.save(session, attempt_id, data, taker=taker)


@post("/attempts/{attempt_id:uuid}/submit", status_code=200)
async def submit(attempt_id: UUID, taker: str, session: AsyncSession) -> Outcome:
    """Finish an attempt."""
    return await attempts.submit(session, attempt_id, taker=taker)


app = Litestar(
    [create_quiz, list_quizzes, start, paper, save, submit],
    dependencies={"session": Provide(get_session), "taker": Provide(get_taker)},
    exception_handlers={QuizkitError: on_quizkit_error},
    lifespan=[lifespan],
)
