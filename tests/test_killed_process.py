"""F22: a process that is killed at any time leaves only what it committed."""

from __future__ import annotations

import random
import subprocess
import sys
import time
import uuid

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from conftest import ROUNDS, Database
from quizkit.crud import attempts
from quizkit.testing import QuizFactory, broken_invariants
from quizkit.vocabulary import AttemptState

TAKE = """
import sys, uuid
from sqlalchemy import create_engine
from sqlalchemy.orm import Session
from quizkit.crud import attempts
from quizkit.schemas import SaveResponse
from quizkit.sessions import configure_sqlite

url, quiz = sys.argv[1], uuid.UUID(sys.argv[2])
engine = create_engine(url)
if engine.dialect.name == "sqlite":
    configure_sqlite(engine)

def commit(step, verb, *args, **values):
    with Session(engine) as session, session.begin():
        done = verb(session, *args, taker="ann", **values)
    print(step, attempt or done.attempt_id, flush=True)
    return done

while True:
    attempt = None
    attempt = commit("start", attempts.start, quiz).attempt_id
    data = SaveResponse(slot=1, sequence=1, response={"answer": True})
    commit("save", attempts.save, attempt, data)
    commit("submit", attempts.submit, attempt)
"""
"""A taker in a separate process, which prints each step after the commit."""


def test_a_killed_process_leaves_only_what_it_committed(database: Database, engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        quiz = QuizFactory.create(session=session, max_attempts=None)
    started = 0
    for _ in range(max(1, ROUNDS // 6)):
        steps = steps_until_killed(database.sync_url, quiz.id)
        started += len(steps)
        with Session(engine) as session:
            assert broken_invariants(session) == []
            for step, attempt_id in steps:
                attempt = attempts.get(session, attempt_id, taker="ann")
                assert attempt.state is AttemptState.SUBMITTED or step != "submit"
                if step == "save":
                    assert attempts.paper(session, attempt_id, taker="ann").questions[0].sequence == 1
        with Session(engine) as session, session.begin():
            goes_on = attempts.start(session, quiz.id, taker="ann")  # the open attempt, or the next one
            attempts.submit(session, goes_on.attempt_id, taker="ann")

    assert started > 0


def steps_until_killed(url: str, quiz_id: uuid.UUID) -> list[tuple[str, uuid.UUID]]:
    """Let a process take a quiz repeatedly, kill it some time after its first step, and return its steps."""
    command = [sys.executable, "-c", TAKE, url, str(quiz_id)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline()]
        time.sleep(random.uniform(0, 0.3))
        assert process.poll() is None, "it runs until it is killed"
        process.kill()
        lines += process.stdout.read().splitlines()
    whole = [line.split() for line in lines if line.strip()]
    return [(step, uuid.UUID(attempt)) for step, attempt in (line for line in whole if len(line[-1]) == 36)]
