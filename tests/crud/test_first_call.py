"""A verb loads its module at its first call, and nobody notices."""

from __future__ import annotations

import pytest

from fresh_process import in_a_fresh_process

HEAD = """
import json, sys, threading
from sqlalchemy import create_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool
from quizkit.crud import attempts, categories, previews, quizzes
from quizkit.models import Base
from quizkit.questions import TrueFalse
from quizkit.schemas import QuizCreate, SaveResponse
from quizkit.sessions import configure_sqlite

def a_session():
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    configure_sqlite(engine)
    Base.metadata.create_all(engine)
    return Session(engine)

def verbs():
    return {name for name in sys.modules if name.startswith(("quizkit.crud.quizzes.", "quizkit.crud.attempts."))}

def new_quiz(session):
    return quizzes.create(session, QuizCreate(title="Rivers", questions=[TrueFalse(content="?", answer=True)]))
"""


@pytest.mark.parametrize(
    ("call", "module"),
    [
        ("new_quiz(session)", "quizkit.crud.quizzes.create"),
        ("quizzes.page(session)", "quizkit.crud.quizzes.find"),
        ("attempts.page(session, taker='ann')", "quizkit.crud.attempts.find"),
    ],
)
def test_the_first_call_of_a_verb_loads_its_module_and_the_next_loads_nothing(call: str, module: str) -> None:
    program = f"""{HEAD}
session = a_session()
before = verbs()
{call}
first, all_ = verbs(), set(sys.modules)
{call}
print(json.dumps([sorted(first - before), sorted(set(sys.modules) - all_)]))
"""
    first, second = in_a_fresh_process(program)

    assert module in first
    assert not {name for name in first if name.endswith((".publish", ".start", ".submit"))}
    assert second == []


THREADS = """
sys.setswitchinterval(1e-6)
COUNT = 8
sessions = [a_session() for _ in range(COUNT)]
start, faults, answers = threading.Barrier(COUNT), [], set()

def use(session):
    start.wait()
    try:
        quiz = quizzes.publish(session, new_quiz(session).id)
        paper = attempts.start(session, quiz.id, taker="ann")
        saved = attempts.save(
            session, paper.attempt_id, SaveResponse(slot=1, sequence=1, response={"answer": True}), taker="ann"
        )
        outcome = attempts.submit(session, paper.attempt_id, taker="ann")
        trial = previews.start(session, quiz.id, actor="bob")
        answers.add((saved.status, str(outcome.grade), trial.questions[0].view.content.text))
    except BaseException as error:
        faults.append(repr(error))

threads = [threading.Thread(target=use, args=[session]) for session in sessions]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(json.dumps([faults, sorted(answers)]))
"""


def test_threads_may_call_a_verb_first_at_the_same_time() -> None:
    assert in_a_fresh_process(HEAD + THREADS) == [[], [["stored", "1", "?"]]]
