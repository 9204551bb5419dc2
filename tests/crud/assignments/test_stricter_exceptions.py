"""A change of an assignment returns the overrides that are stricter than its new rules."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from conftest import Caller
from quizkit.crud import assignments, quizzes
from quizkit.schemas import AccessSettings, AssignmentCreate, AssignmentSettings, AssignmentUpdate, QuizCreate
from quizkit.vocabulary import TimeUp
from taking import HOUR, MINUTE, NOON, published, yes

pytestmark = pytest.mark.usefixtures("unbroken")


def override(call: Caller, where: uuid.UUID, at: int, /, **settings: Any) -> uuid.UUID:
    whom = {name: settings.pop(name) for name in ("taker", "group") if name in settings}
    now = NOON + at * MINUTE
    event = call(assignments.override, where, AccessSettings(**settings), now=now, **(whom or {"taker": "ann"}))
    found: uuid.UUID = event.id
    return found


def test_an_override_that_closes_earlier_than_the_moved_exam_is_returned(call: Caller) -> None:
    data = AssignmentCreate(quiz_id=published(call), opens_at=NOON, closes_at=NOON + HOUR)
    where = call(assignments.create, data).id
    override(call, where, 1, closes_at=NOON + HOUR + MINUTE)
    mine = override(call, where, 2, closes_at=NOON + 2 * HOUR)
    theirs = override(call, where, 3, group="7b", closes_at=NOON + 2 * HOUR, max_attempts=1)
    override(call, where, 4, taker="ben", closes_plus_seconds=60)
    later = AssignmentUpdate(closes_at=NOON + 3 * HOUR)

    found = call(assignments.update, where, later)

    assert [one.model_dump() for one in found.stricter_exceptions] == [
        {"event_id": mine, "group_name": None, "fields": ("closes_at",)},
        {"event_id": theirs, "group_name": "7b", "fields": ("max_attempts", "closes_at")},
    ]
    assert call(assignments.update, where, later) == found
    assert call(assignments.get, where).stricter_exceptions == ()
    assert call(assignments.update, where, AssignmentUpdate(closes_at=NOON + HOUR)).stricter_exceptions[0].fields == (
        "max_attempts",
    )


@pytest.mark.parametrize(
    ("given", "rule", "field"),
    [
        ({"max_attempts": 2}, {"max_attempts": 3}, "max_attempts"),
        ({"time_limit_seconds": 600}, {"time_limit_seconds": 601}, "time_limit_seconds"),
        ({"grace_seconds": 0}, {"grace_seconds": 1}, "grace_seconds"),
        ({"time_up": TimeUp.SUBMIT}, {"time_up": TimeUp.ACCEPT_LATE}, "time_up"),
    ],
)
def test_an_override_is_returned_only_while_it_is_stricter_than_the_settings(
    call: Caller, given: dict[str, Any], rule: dict[str, Any], field: str
) -> None:
    where = call(assignments.create, AssignmentCreate(quiz_id=published(call))).id
    event_id = override(call, where, 1, **given)

    def stricter(settings: dict[str, Any]) -> Any:
        update = AssignmentUpdate(settings=AssignmentSettings(**settings))
        return call(assignments.update, where, update).stricter_exceptions

    (found,) = stricter(rule)
    assert (found.event_id, found.fields) == (event_id, (field,))
    assert stricter(given) == ()


def test_an_override_of_a_quiz_that_is_not_published_is_compared_with_the_assignment(call: Caller) -> None:
    quiz = call(quizzes.create, QuizCreate(title="Rivers", questions=[yes()]))
    where = call(assignments.create, AssignmentCreate(quiz_id=quiz.id, closes_at=NOON)).id
    event_id = override(call, where, 1, closes_at=NOON)

    (found,) = call(assignments.update, where, AssignmentUpdate(closes_at=NOON + HOUR)).stricter_exceptions
    assert found.event_id == event_id
