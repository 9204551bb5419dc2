"""Attempts are finished with `rules.timing.finished_at` and `rules.lateness.counted` as SQL, with equal results."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Engine, insert, select
from sqlalchemy.orm import Session

from quizkit.crud import attempts, kit
from quizkit.crud._core.context import Work
from quizkit.crud._grades.compute import stored_points
from quizkit.crud.attempts._finish import statements
from quizkit.crud.attempts._finish.timing_statements import finished_at, overdue_at
from quizkit.models import Attempt, AttemptResponse, models
from quizkit.questions import TrueFalse
from quizkit.rules import lateness, timing
from quizkit.rules.timing import Deadline
from quizkit.schemas import SaveResponse
from quizkit.testing import QuizFactory
from quizkit.vocabulary import AttemptState, TimeUp
from taking import MINUTE, NOON

ATTEMPT: Any = Attempt.__table__
RESPONSE: Any = AttemptResponse.__table__

NOTHING: dict[str, Any] = {"received_at": None}
Case = tuple[dict[str, Any], dict[str, Any]]
"""The columns of an attempt, and of its response; `NOTHING` for an attempt without a response."""


def moments(*minutes: int | None) -> list[datetime | None]:
    return [None if minute is None else NOON + minute * MINUTE for minute in minutes]


def timed() -> list[Case]:
    """Attempts whose deadline has passed, has not, or is invalid: before the start, missing, or in the wrong order."""
    names = ("started_at", "due_at", "on_time_until", "accepts_until", "time_up")
    columns = itertools.product(
        moments(-5, 1), moments(None, -6, -4, 1), moments(None, -3), moments(None, -7, -2, 0, 3), [TimeUp.SUBMIT, TimeUp.ABANDON]
    )  # fmt: skip
    received = [NOTHING, *({"received_at": moment} for moment in moments(-4, -3, -2))]
    return [(dict(zip(names, one, strict=True)), response) for one in columns for response in received]


def counting() -> list[Case]:
    """Late and timely responses, with and without points, with and without an earlier response in time."""
    end = NOON - MINUTE
    attempt = {"started_at": end - MINUTE, "due_at": end, "on_time_until": end, "accepts_until": end + MINUTE / 2}
    amounts = [None, Decimal("-1.0000001"), Decimal(0), Decimal("0.3333333"), Decimal(1)]
    kept: list[dict[str, Any]] = [{}, *({"kept_received_at": end, "kept_points": points} for points in amounts)]
    return [
        (
            {**attempt, "time_up": TimeUp.ACCEPT_LATE},
            {"received_at": received, "effective_points": points, "late_points": reduced, "counts": counts, **one},
        )
        for received in (end, end + timedelta(microseconds=1))
        for points in amounts
        for reduced in amounts
        for counts in (True, False)
        for one in kept
    ]


def template(session: Session) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return the rows of an open attempt and of its response."""
    quiz = QuizFactory.create(session=session, questions=[TrueFalse(content="?", answer=True)])
    started = attempts.start(session, quiz.id, taker=f"ann {uuid.uuid4()}", now=NOON - 9 * MINUTE).attempt_id
    yes = SaveResponse(slot=1, sequence=1, response={"answer": True})
    attempts.save(session, started, yes, taker=_taker(session, started), now=NOON - 9 * MINUTE)
    attempt = session.execute(select(ATTEMPT).where(ATTEMPT.c.id == started)).one()
    response = session.execute(select(RESPONSE).where(RESPONSE.c.attempt_id == started)).one()
    return dict(attempt._mapping), dict(response._mapping)


def _taker(session: Session, attempt_id: uuid.UUID) -> Any:
    return session.execute(select(ATTEMPT.c.taker_id).where(ATTEMPT.c.id == attempt_id)).scalar_one()


def inserted(session: Session, cases: Sequence[Case]) -> list[uuid.UUID]:
    """Store an attempt for each case, each for another taker, and return their ids."""
    attempt, response = template(session)
    ids = [uuid.uuid4() for _ in cases]
    rows = [
        {**attempt, **columns, "id": one, "taker_id": f"taker {one}"}
        for one, (columns, _) in zip(ids, cases, strict=True)
    ]
    session.execute(insert(ATTEMPT), rows)
    answers = [
        {**response, "kept_points": None, "kept_received_at": None, **columns, "attempt_id": one}
        for one, (_, columns) in zip(ids, cases, strict=True)
        if columns is not NOTHING
    ]
    session.execute(insert(RESPONSE), answers)
    return ids


def finished(session: Session, cases: Sequence[Case]) -> list[Any]:
    """Return what the statements that finish attempts store, in the order of the cases; rolled back afterwards."""
    work = Work(kit.attempts._context, session, session.connection(), NOON)
    ids = inserted(session, cases)
    this = {"__attempts": ids, "__now": NOON}
    foreseen = select(ATTEMPT.c.id, finished_at(models, overdue_at(models)).label("at")).where(ATTEMPT.c.id.in_(ids))
    before = {row.id: row.at for row in session.execute(foreseen, {"__now": NOON})}
    work.run(statements.close_all, this)
    work.run(statements.add_up_all, this)
    names = ("state", "submitted_at", "late", "score", "needs_grading")
    after = session.execute(select(ATTEMPT.c.id, *(ATTEMPT.c[name] for name in names)).where(ATTEMPT.c.id.in_(ids)))
    rows = {row.id: SimpleNamespace(**row._mapping, foreseen=before[row.id]) for row in after}
    session.rollback()
    return [rows[one] for one in ids]


def test_the_finishing_time_in_sql_equals_that_of_the_rule(engine: Engine) -> None:
    cases = timed()
    with Session(engine) as session:
        rows = finished(session, cases)

    for (attempt, response), row in zip(cases, rows, strict=True):
        deadline = Deadline(attempt["due_at"], attempt["on_time_until"], attempt["accepts_until"])
        at = timing.finished_at(attempt["started_at"], deadline, last_received_at=response["received_at"], now=NOON)
        over = timing.state_at(AttemptState.OPEN, attempt["accepts_until"], NOON) is AttemptState.OVERDUE
        abandoned = over and attempt["time_up"] is TimeUp.ABANDON
        state = AttemptState.ABANDONED if abandoned else AttemptState.SUBMITTED
        assert (row.submitted_at, row.state) == (at, state), (attempt, response)
        assert row.foreseen == at or not over, (attempt, response)


def row_of(attempt: Mapping[str, Any]) -> Any:
    return SimpleNamespace(on_time_until=attempt["on_time_until"], late_seconds=None)


def test_the_counted_points_in_sql_equal_those_of_the_rule(engine: Engine) -> None:
    cases = counting()
    with Session(engine) as session:
        rows = finished(session, cases)

    for (attempt, response), row in zip(cases, rows, strict=True):
        columns = SimpleNamespace(**{"kept_received_at": None, "kept_points": None, **response})
        result = lateness.counted(stored_points(columns, row_of(attempt)))
        expected = (result.known, result.points is None, result.late) if response["counts"] else (0, False, False)
        assert (row.score, row.needs_grading, row.late) == expected, response


def test_the_cases_contain_every_outcome() -> None:
    results = [lateness.counted(stored_points(SimpleNamespace(**{"kept_received_at": None, "kept_points": None, **one}), row_of(attempt))) for attempt, one in counting()]  # fmt: skip

    assert {(one.kept, one.late, one.points is None) for one in results} == {
        (True, False, False), (False, True, False), (False, False, False), (False, True, True), (False, False, True),
    }  # fmt: skip
