from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from conftest import ROUNDS, together
from quizkit.crud import Quizkit
from quizkit.errors import Misuse
from quizkit.models import Attempt, models
from quizkit.questions import Essay, TrueFalse
from quizkit.schemas import Expired, SaveResponse
from quizkit.testing import QuizFactory, broken_invariants

THEN = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
DUE = THEN + timedelta(seconds=60)
ASKED = [TrueFalse(content="The Rhine is a river.", answer=True), Essay(content="Why?")]


@pytest.fixture
def own() -> Quizkit[str]:
    return Quizkit(models)


def begun(session: Session, own: Quizkit[str], count: int = 1, **policy: Any) -> list[uuid.UUID]:
    """Attempts of a minute, begun long ago, with a right answer in each."""
    finish_all(session, own)
    quiz = QuizFactory.create(session=session, questions=ASKED, **{"time_limit_seconds": 60, **policy})
    made = []
    for number in range(count):
        taker = f"taker {number}"
        made.append(own.attempts.start(session, quiz.id, taker=taker, now=THEN).attempt_id)
        data = SaveResponse(slot=1, sequence=1, response={"answer": True})
        own.attempts.save(session, made[-1], data, taker=taker, now=THEN)
    return made


def finish_all(session: Session, own: Quizkit[str]) -> None:
    while own.gradebook.expire_due(session, limit=200).more:
        pass


def test_an_attempt_whose_taker_is_gone_is_graded_on_what_was_saved(engine: Engine, own: Quizkit[str]) -> None:
    """F15: finished when time ran out, and not when somebody looked."""
    with Session(engine) as session:
        (attempt,) = begun(session, own)
        done = own.gradebook.expire_due(session, now=DUE + timedelta(hours=3))
        outcome = own.attempts.result(session, attempt, taker="taker 0")
        assert broken_invariants(session) == []
        session.rollback()

    assert done == Expired(finished=1, more=False)
    assert (outcome.score, outcome.submitted_at) == (Decimal(1), DUE)


def test_an_answer_that_a_person_must_grade_is_still_to_be_graded(engine: Engine, own: Quizkit[str]) -> None:
    with Session(engine) as session:
        (attempt,) = begun(session, own)
        data = SaveResponse(slot=2, sequence=1, response={"text": "Because."})
        own.attempts.save(session, attempt, data, taker="taker 0", now=THEN)
        own.gradebook.expire_due(session, now=DUE + timedelta(hours=3))
        outcome = own.attempts.result(session, attempt, taker="taker 0")
        session.rollback()

    assert (outcome.score, outcome.needs_grading) == (Decimal(1), True)


@pytest.mark.parametrize(("late", "finished"), [(-1, 0), (0, 0), (1, 1)])
def test_the_grace_is_waited_for_to_the_microsecond(
    engine: Engine, own: Quizkit[str], late: int, finished: int
) -> None:
    with Session(engine) as session:
        begun(session, own, grace_seconds=5)
        at = DUE + timedelta(seconds=5, microseconds=late)
        assert own.gradebook.expire_due(session, now=at).finished == finished
        session.rollback()


def test_attempts_without_a_limit_stay_open(engine: Engine, own: Quizkit[str]) -> None:
    with Session(engine) as session:
        begun(session, own, time_limit_seconds=None)
        assert own.gradebook.expire_due(session).finished == 0
        session.rollback()


def test_a_step_says_whether_there_is_more_to_do(engine: Engine, own: Quizkit[str]) -> None:
    with Session(engine) as session:
        begun(session, own, 5)
        steps = [own.gradebook.expire_due(session, limit=2) for _ in range(4)]
        session.rollback()

    assert [(step.finished, step.more) for step in steps] == [(2, True), (2, True), (1, False), (0, False)]


@pytest.mark.parametrize("limit", [0, -1, 201])
def test_a_step_has_a_size(engine: Engine, own: Quizkit[str], limit: int) -> None:
    with Session(engine) as session, pytest.raises(Misuse):
        own.gradebook.expire_due(session, limit=limit)


def test_any_number_of_workers_finish_each_attempt_once(engine: Engine, own: Quizkit[str]) -> None:
    for _ in range(max(2, ROUNDS // 5)):
        with Session(engine) as session, session.begin():
            made = begun(session, own, 12)

        def work(session: Session) -> int:
            finished = 0
            while True:
                step = Quizkit(models).gradebook.expire_due(session, limit=2)
                session.commit()
                finished += step.finished
                if not step.finished:
                    return finished

        done = together(engine, work, work, work, work)

        assert sum(done) == 12, done
        with Session(engine) as session:
            rows = session.execute(select(Attempt.state, Attempt.score).where(Attempt.id.in_(made))).all()
            assert {tuple(row) for row in rows} == {("submitted", Decimal(1))}
            assert broken_invariants(session) == []


def test_a_worker_races_the_takers_own_submit(engine: Engine, own: Quizkit[str]) -> None:
    for _ in range(max(2, ROUNDS // 5)):
        with Session(engine) as session, session.begin():
            (attempt,) = begun(session, own)

        def work(session: Session) -> Any:
            return Quizkit(models).gradebook.expire_due(session).finished

        def submit(session: Session, attempt: uuid.UUID = attempt) -> Any:
            return Quizkit(models).attempts.submit(session, attempt, taker="taker 0").score

        results = together(engine, work, submit)

        assert results[0] in {0, 1}
        assert results[1] == 1
        with Session(engine) as session:
            assert own.attempts.result(session, attempt, taker="taker 0").submitted_at == DUE
