"""Overrides that add to the rules of the assignment, and so follow it."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import pytest
from pydantic import ValidationError

from conftest import Caller
from quizkit.crud import assignments, attempts
from quizkit.errors import Refused
from quizkit.schemas import (
    AccessSettings,
    AccommodationSettings,
    AssignmentCreate,
    AssignmentSettings,
    AssignmentUpdate,
)
from taking import HOUR, MINUTE, NOON, SECOND, published, start_attempt

pytestmark = pytest.mark.usefixtures("unbroken")


def exam(call: Caller, **policy: Any) -> tuple[uuid.UUID, uuid.UUID]:
    """An exam from noon to two."""
    quiz_id = published(call, **policy)
    data = AssignmentCreate(quiz_id=quiz_id, opens_at=NOON, closes_at=NOON + 2 * HOUR)
    return quiz_id, call(assignments.create, data).id


def override(call: Caller, where: uuid.UUID, /, taker: str | None = "ann", **settings: Any) -> Any:
    more = {"group": settings.pop("group")} if "group" in settings else {}
    return call(assignments.override, where, AccessSettings(**settings), taker=taker, now=NOON, **more)


def test_an_hour_more_follows_an_exam_that_moves(call: Caller) -> None:
    quiz_id, where = exam(call)
    event = override(call, where, closes_plus_seconds=3600)
    moved = AssignmentUpdate(opens_at=NOON + 24 * HOUR, closes_at=NOON + 26 * HOUR)
    call(assignments.update, where, moved)

    assert event.effect.ends_at == NOON + 3 * HOUR
    assert event.settings == {"closes_plus_seconds": 3600}
    tomorrow: dict[str, Any] = {"assignment_id": where, "now": NOON + 24 * HOUR}
    assert start_attempt(call, quiz_id, **tomorrow).due_at == NOON + 27 * HOUR
    assert start_attempt(call, quiz_id, "ben", **tomorrow).due_at == NOON + 26 * HOUR


def test_one_more_attempt_follows_the_assignment(call: Caller) -> None:
    quiz_id, where = exam(call, max_attempts=1)
    override(call, where, plus_attempts=1)

    def attempt() -> None:
        paper = start_attempt(call, quiz_id, assignment_id=where)
        call(attempts.submit, paper.attempt_id, taker="ann", now=NOON)

    attempt()
    attempt()
    with pytest.raises(Refused) as refused:
        attempt()
    assert refused.value.code == "no_attempts_left"
    call(assignments.update, where, AssignmentUpdate(settings=AssignmentSettings(max_attempts=2)))
    attempt()


def test_explain_access_returns_what_an_override_adds(call: Caller) -> None:
    taker = f"ann {uuid.uuid4()}"
    quiz_id, where = exam(call, time_limit_seconds=3600)
    override(call, where, taker=None, group="7b", time_limit_plus_seconds=600)
    override(call, where, taker=taker, opens_plus_seconds=-60)
    call(assignments.accommodate, AccommodationSettings(time_factor=2), taker=taker)

    report = call(attempts.explain_access, quiz_id, taker=taker, assignment_id=where, groups=["7b"], now=NOON)
    values = {one.name: one for one in report.values}
    assert (values["time_limit_seconds"].value, values["time_limit_seconds"].base) == (8400, 4200)
    assert (values["time_limit_seconds"].plus, values["time_limit_seconds"].group) == (600, "7b")
    assert (values["opens_at"].value, values["opens_at"].plus) == (NOON - MINUTE, -60)
    assert values["closes_at"].plus is None


def test_more_time_reaches_an_open_attempt(call: Caller) -> None:
    quiz_id, where = exam(call, time_limit_seconds=3600)
    start_attempt(call, quiz_id, assignment_id=where)

    (listed,) = override(call, where, time_limit_plus_seconds=600).open_attempts

    assert (listed.due_at, listed.applies) == (NOON + 70 * MINUTE, True)


def test_the_key_is_withheld_until_an_addition_to_the_close_is_over(call: Caller) -> None:
    quiz_id, where = exam(call)
    override(call, where, taker="ben", closes_plus_seconds=60)
    paper = start_attempt(call, quiz_id, assignment_id=where)
    call(attempts.submit, paper.attempt_id, taker="ann", now=NOON)

    def key(at: datetime) -> Any:
        return call(attempts.result, paper.attempt_id, taker="ann", now=at).questions[0].right_response

    assert key(NOON + 2 * HOUR + 59 * SECOND) is None
    assert key(NOON + 2 * HOUR + 61 * SECOND) is not None


@pytest.mark.parametrize(
    "settings",
    [
        {"closes_at": NOON, "closes_plus_seconds": 60},
        {"max_attempts": None, "plus_attempts": 1},
        {"time_limit_plus_seconds": 0},
        {"time_limit_plus_seconds": None},
        {"plus_attempts": 0},
        {"plus_attempts": 1001},
        {"closes_plus_seconds": 31_536_001},
        {"opens_plus_seconds": -31_536_001},
    ],
)
def test_an_addition_with_a_value_or_beyond_its_bounds_is_no_override(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        AccessSettings(**settings)
