"""Overrides and extensions take local times in the zone of the assignment."""

from __future__ import annotations

import os
import uuid
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import ValidationError

from conftest import Caller
from quizkit.crud import assignments, attempts
from quizkit.errors import Invalid, Refused, UsageError
from quizkit.schemas import AccessSettings, AssignmentCreate
from quizkit.vocabulary import uuid7
from taking import HOUR, MINUTE, NOON, SECOND, TICK, published, start_attempt

pytestmark = pytest.mark.usefixtures("unbroken")


def local(*parts: int, fold: int = 0) -> datetime:
    year, month, day, hour, minute = (*parts, 0, 0)[:5]
    return datetime(year, month, day, hour, minute, fold=fold)  # noqa: DTZ001 - local times are the subject


def exam(call: Caller, zone: str | None = "Europe/Vienna", **window: Any) -> tuple[uuid.UUID, uuid.UUID]:
    """An exam in Vienna, where noon in UTC is one o'clock."""
    quiz_id = published(call, time_limit_seconds=3600)
    return quiz_id, call(assignments.create, AssignmentCreate(quiz_id=quiz_id, zone=zone, **window)).id


def closing(call: Caller, where: uuid.UUID, closes_at: datetime) -> datetime:
    settings = AccessSettings(closes_at=closes_at)
    event = call(assignments.override, where, settings, taker="ann", now=NOON)
    return datetime.fromisoformat(event.settings["closes_at"])


@pytest.mark.parametrize(
    ("moment", "utc"),
    [
        (local(2026, 3, 1, 15), datetime(2026, 3, 1, 14, tzinfo=UTC)),
        # Clocks are set forward from two to three, and back from three to two.
        (local(2026, 3, 29, 1, 59), datetime(2026, 3, 29, 0, 59, tzinfo=UTC)),
        (local(2026, 3, 29, 2, 30), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        (local(2026, 3, 29, 3, 30), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        (local(2026, 10, 25, 2, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (local(2026, 10, 25, 2, 30, fold=1), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
        # A time with an offset has its own.
        (datetime(2026, 3, 1, 15, tzinfo=timezone(timedelta(hours=2))), datetime(2026, 3, 1, 13, tzinfo=UTC)),
    ],
)
def test_a_local_time_of_an_override_is_in_the_zone_of_the_assignment(
    call: Caller, moment: datetime, utc: datetime
) -> None:
    _, where = exam(call)

    assert closing(call, where, moment) == utc


def test_a_local_time_without_a_zone_is_refused_and_nothing_is_stored(call: Caller) -> None:
    quiz_id, where = exam(call, None, closes_at=NOON + 2 * HOUR)
    start_attempt(call, quiz_id, assignment_id=where)

    with pytest.raises(Invalid) as refused:
        closing(call, where, local(2026, 3, 1, 15))
    assert refused.value.code == "zone_missing"
    for taker in ("ann", None):
        with pytest.raises(Invalid) as refused:
            call(assignments.extend, where, taker=taker, until=local(2026, 3, 1, 15), now=NOON)
        assert refused.value.code == "zone_missing"
    assert call(assignments.events, assignment_id=where).items == ()


@pytest.mark.parametrize("moment", [local(1969, 12, 31), local(3000, 1, 2), datetime(3001, 1, 1, tzinfo=UTC)])
def test_a_time_outside_the_supported_years_is_refused(call: Caller, moment: datetime) -> None:
    _, where = exam(call, closes_at=NOON)

    with pytest.raises((Invalid, ValidationError)):
        closing(call, where, moment)
    with pytest.raises(Invalid) as refused:
        call(assignments.extend, where, until=moment, now=NOON)
    assert refused.value.code == "moment_range"


def test_everybody_gets_the_time_from_the_old_end_to_the_new_one(call: Caller) -> None:
    quiz_id, where = exam(call, closes_at=local(2026, 3, 1, 15))
    attempt_id = start_attempt(call, quiz_id, assignment_id=where).attempt_id

    extended = call(assignments.extend, where, until=local(2026, 3, 1, 15, 10), now=NOON)

    assert extended.attempts == 1
    assert call(assignments.get, where).closes_at == NOON + 2 * HOUR + 10 * MINUTE
    assert call(attempts.get, attempt_id, taker="ann", now=NOON).due_at == NOON + 70 * MINUTE
    (event,) = call(assignments.events, assignment_id=where).items
    assert event.settings == {"until": "2026-03-01T14:10:00+00:00", "seconds": 600, "attempts": 1}


def test_the_due_date_is_the_end_that_moves_to_the_given_time(call: Caller) -> None:
    _, where = exam(call, due_at=NOON + HOUR, closes_at=NOON + 2 * HOUR)

    call(assignments.extend, where, until=NOON + HOUR + MINUTE, now=NOON)

    found = call(assignments.get, where)
    assert (found.due_at, found.closes_at) == (NOON + HOUR + MINUTE, NOON + 2 * HOUR + MINUTE)


def test_one_taker_gets_time_until_the_given_time(call: Caller) -> None:
    quiz_id, where = exam(call, closes_at=NOON + 3 * HOUR)
    mine = start_attempt(call, quiz_id, assignment_id=where).attempt_id
    other = start_attempt(call, quiz_id, "ben", assignment_id=where).attempt_id

    call(assignments.extend, where, taker="ann", until=local(2026, 3, 1, 14, 30), now=NOON)

    assert call(attempts.get, mine, taker="ann", now=NOON).due_at == NOON + 90 * MINUTE
    assert call(attempts.get, other, taker="ben", now=NOON).due_at == NOON + HOUR


def test_an_extension_until_a_time_is_rounded_up_to_whole_seconds(call: Caller) -> None:
    quiz_id, where = exam(call)
    paper = start_attempt(call, quiz_id, assignment_id=where, now=NOON + TICK)

    call(assignments.extend, where, taker="ann", until=NOON + HOUR + SECOND, now=NOON)

    found = call(attempts.get, paper.attempt_id, taker="ann", now=NOON)
    assert found.due_at == NOON + HOUR + SECOND + TICK


def test_an_extension_until_a_time_is_given_once(call: Caller) -> None:
    quiz_id, where = exam(call, closes_at=NOON + 2 * HOUR)
    start_attempt(call, quiz_id, assignment_id=where)
    given: dict[str, Any] = {"until": NOON + 3 * HOUR, "event_id": uuid7(NOON, os.urandom(8)), "now": NOON}

    first = call(assignments.extend, where, **given)
    assert call(assignments.extend, where, **given) == first
    assert call(assignments.get, where).closes_at == NOON + 3 * HOUR
    for other in ({"until": NOON + 4 * HOUR}, {"seconds": 3600, "until": None}):
        with pytest.raises(Refused) as refused:
            call(assignments.extend, where, **{**given, **other})
        assert refused.value.code == "id_taken"


@pytest.mark.parametrize("taker", [None, "ann"])
def test_an_extension_until_a_time_needs_an_end_and_a_later_time(call: Caller, taker: str | None) -> None:
    quiz_id = published(call)
    where = call(assignments.create, AssignmentCreate(quiz_id=quiz_id)).id
    start_attempt(call, quiz_id, assignment_id=where)
    with pytest.raises(Refused) as refused:
        call(assignments.extend, where, taker=taker, until=NOON + HOUR, now=NOON)
    assert refused.value.code == "no_end_to_extend"

    quiz_id, where = exam(call, closes_at=NOON + HOUR)
    start_attempt(call, quiz_id, assignment_id=where)
    for until in (NOON, NOON + HOUR, NOON + 9000 * HOUR):
        with pytest.raises(UsageError) as wrong:
            call(assignments.extend, where, taker=taker, until=until, now=NOON)
        assert wrong.value.code == "extension_seconds"


def test_an_extension_takes_either_seconds_or_a_time(call: Caller) -> None:
    _, where = exam(call, closes_at=NOON)

    for given in ({}, {"seconds": 60, "until": NOON + HOUR}):
        with pytest.raises(UsageError) as wrong:
            call(assignments.extend, where, now=NOON, **given)
        assert wrong.value.code == "extension_how"


def test_one_taker_without_an_open_attempt_gets_no_time_until_a_time(call: Caller) -> None:
    _, where = exam(call, closes_at=NOON)

    with pytest.raises(Refused) as refused:
        call(assignments.extend, where, taker="ann", until=NOON + HOUR, now=NOON)
    assert refused.value.code == "no_open_attempt"
