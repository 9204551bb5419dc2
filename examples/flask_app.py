"""Quizzes over HTTP with Flask and sync, scoped sessions.

Run it with `flask --app flask_app run` after `quizkit db upgrade --url sqlite:///quiz.db`. The database is
`QUIZKIT_DATABASE_URL`, by default sqlite:///quiz.db.
"""

from __future__ import annotations

import os
from typing import Any
from uuid import UUID

from flask import Flask, Response, abort, request
from pydantic import BaseModel, ValidationError
from sqlalchemy import create_engine
from sqlalchemy.orm import scoped_session, sessionmaker

from quizkit.crud import attempts, quizzes
from quizkit.errors import Invalid, QuizkitError
from quizkit.schemas import QuizCreate, SaveResponse
from quizkit.sessions import configure_sqlite

engine = create_engine(os.environ.get("QUIZKIT_DATABASE_URL", "sqlite:///quiz.db"))
if engine.dialect.name == "sqlite":
    configure_sqlite(engine)
session = scoped_session(sessionmaker(engine))

app = Flask(__name__)


@app.after_request
def commit(response: Response) -> Response:
    """Commit a successful request before the reply; quizkit itself never commits.

    Not when the request is torn down: that is too late to answer that the commit has failed.
    """
    if response.status_code < 400:
        session.commit()
    return response


@app.teardown_request
def end(_error: BaseException | None) -> None:
    """Return the connection, and roll back uncommitted changes."""
    session.remove()


@app.errorhandler(QuizkitError)
def on_quizkit_error(error: QuizkitError) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Reply with a problem (RFC 9457), and store nothing."""
    return error.problem(), error.http_status, {"Content-Type": "application/problem+json"}


def body(shape: type[BaseModel]) -> Any:
    """Parse the body; problems are reported without repeating the input."""
    try:
        return shape.model_validate_json(request.data)
    except ValidationError as error:
        refused = Invalid.of(error, "body")
    raise refused  # outside: inside, the input would hang on it


def taker() -> str:
    """Return the current user. A real application reads it from its login, never from the body."""
    return request.headers.get("X-User") or abort(401)


def shown(model: BaseModel, status: int = 200) -> Response:
    """Reply with a schema."""
    return Response(model.model_dump_json(), status, mimetype="application/json")


@app.post("/quizzes")
def create_quiz() -> Response:
    """Create a quiz and publish it."""
    quiz = quizzes.create(session, body(QuizCreate))
    return shown(quizzes.publish(session, quiz.id), 201)


@app.get("/quizzes")
def list_quizzes() -> Response:
    """List quizzes."""
    after = request.args.get("after", type=UUID)
    return shown(quizzes.page(session, after=after))


@app.post("/quizzes/<uuid:quiz_id>/attempts")
def start(quiz_id: UUID) -> Response:
    """Start an attempt, or continue the open one."""
    return shown(attempts.start(session, quiz_id, taker=taker()), 201)


@app.get("/attempts/<uuid:attempt_id>")
def paper(attempt_id: UUID) -> Response:
    """Show the paper."""
    return Response(attempts.paper_json(session, attempt_id, taker=taker()), mimetype="application/json")


@app.put("/attempts/<uuid:attempt_id>")
def save(attempt_id: UUID) -> Response:
    """Save one response."""
    return shown(attempts.save(session, attempt_id, body(SaveResponse), taker=taker()))


@app.post("/attempts/<uuid:attempt_id>/submit")
def submit(attempt_id: UUID) -> Response:
    """Finish an attempt."""
    return shown(attempts.submit(session, attempt_id, taker=taker()))
