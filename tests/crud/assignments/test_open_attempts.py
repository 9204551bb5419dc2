"""Overrides and accommodations reach takers whose attempts are open, and list those that they do not change."""

from __future__ import annotations

import os
import uuid
from datetime import datetime
from typing import Any

import pytest

from conftest import Caller
from quizkit.crud import assignments, attempts, quizzes
from quizkit.errors import Refused
from quizkit.schemas import AccessSettings, AccommodationSettings, AssignmentCreate, AssignmentUpdate, QuizUpdate
from quizkit.vocabulary import TimeUp, uuid7
from taking import HOUR, MINUTE, NOON, SECOND, TICK, answer, published, start_attempt

pytestmark = pytest.mark.usefixtures("unbroken")

LATER = NOON + 5 * MINUTE


@pytest.fixture
def taker() -> str:
    return f"ann {uuid.uuid4()}"


def exam(call: Caller, **given: Any) -> tuple[uuid.UUID, uuid.UUID]:
    """An exam of an hour, and its assignment."""
    quiz_id = published(call, **{"time_limit_seconds": 3600, "grace_seconds": 30, **given})
    return quiz_id, call(assignments.create, AssignmentCreate(quiz_id=quiz_id)).id


def override(call: Caller, where: uuid.UUID, /, taker: str | None = None, **settings: Any) -> Any:
    names = ("group", "apply_to_open", "event_id")
    more = {name: settings.pop(name) for name in names if name in settings}
    return call(assignments.override, where, AccessSettings(**settings), taker=taker, now=LATER, **more)


def due(call: Caller, attempt_id: uuid.UUID, taker: str) -> datetime | None:
    found: datetime | None = call(attempts.get, attempt_id, taker=taker, now=LATER).due_at
    return found


def test_an_override_moves_the_deadline_of_an_open_attempt(call: Caller, taker: str) -> None:
    quiz_id, where = exam(call)
    attempt_id = start_attempt(call, quiz_id, taker, assignment_id=where).attempt_id
    other = start_attempt(call, quiz_id, "ben", assignment_id=where).attempt_id

    (listed,) = override(call, where, taker, time_limit_seconds=5400).open_attempts

    assert listed.model_dump() == {
        "attempt_id": attempt_id,
        "assignment_id": where,
        "taker_id": taker,
        "due_at": NOON + 90 * MINUTE,
        "applies": True,
    }
    assert due(call, attempt_id, taker) == NOON + 90 * MINUTE
    assert due(call, other, "ben") == NOON + HOUR
    on_time = NOON + 90 * MINUTE + 30 * SECOND
    call(attempts.save, attempt_id, answer(1, answer=True), taker=taker, now=on_time)
    with pytest.raises(Refused) as refused:
        call(attempts.save, attempt_id, answer(1, 2, answer=True), taker=taker, now=on_time + TICK)
    assert refused.value.code == "attempt_overdue"


def test_an_accommodation_moves_the_deadlines_in_every_assignment(call: Caller, taker: str) -> None:
    (one, here), (other, there) = exam(call), exam(call, time_limit_seconds=600)
    first = start_attempt(call, one, taker, assignment_id=here).attempt_id
    second = start_attempt(call, other, taker, assignment_id=there).attempt_id

    event = call(assignments.accommodate, AccommodationSettings(time_factor="1.5"), taker=taker, now=LATER)

    assert {listed.attempt_id: listed.due_at for listed in event.open_attempts} == {
        first: NOON + 90 * MINUTE,
        second: NOON + 15 * MINUTE,
    }
    assert due(call, first, taker) == NOON + 90 * MINUTE
    assert due(call, second, taker) == NOON + 15 * MINUTE


def test_an_override_of_a_group_reaches_those_who_started_as_its_members(call: Caller) -> None:
    quiz_id, where = exam(call)
    member = start_attempt(call, quiz_id, "ann", assignment_id=where, groups=["a", "b"]).attempt_id
    other = start_attempt(call, quiz_id, "ben", assignment_id=where, groups=["a"]).attempt_id

    (listed,) = override(call, where, group="b", time_limit_seconds=5400).open_attempts

    assert (listed.attempt_id, listed.taker_id, listed.applies) == (member, "ann", True)
    assert (due(call, member, "ann"), due(call, other, "ben")) == (NOON + 90 * MINUTE, NOON + HOUR)


def test_the_takers_own_override_stays_stronger_than_a_later_one_of_a_group(call: Caller, taker: str) -> None:
    quiz_id, where = exam(call)
    override(call, where, taker, time_limit_seconds=4000)
    start_attempt(call, quiz_id, taker, assignment_id=where, groups=["a"])

    (listed,) = override(call, where, group="a", time_limit_seconds=9000).open_attempts
    assert (listed.due_at, listed.applies) == (NOON + 4000 * SECOND, True)
    (listed,) = override(call, where, taker).open_attempts
    assert (listed.due_at, listed.applies) == (NOON + 9000 * SECOND, True)


@pytest.mark.parametrize("stricter", [{"time_limit_seconds": 60}, {"closes_at": NOON + MINUTE}, {"grace_seconds": 0}])
def test_an_exception_never_ends_an_open_attempt_earlier_and_reports_it(
    call: Caller, taker: str, stricter: dict[str, Any]
) -> None:
    quiz_id, where = exam(call)
    attempt_id = start_attempt(call, quiz_id, taker, assignment_id=where).attempt_id

    event = override(call, where, taker, **stricter)

    (listed,) = event.open_attempts
    assert (listed.attempt_id, listed.due_at, listed.applies) == (attempt_id, NOON + HOUR, False)
    assert due(call, attempt_id, taker) == NOON + HOUR
    report = call(attempts.explain_access, quiz_id, taker=taker, assignment_id=where, now=LATER)
    assert report.open_without == (event.id,)


def test_removing_an_exception_leaves_an_open_attempt_its_time(call: Caller, taker: str) -> None:
    quiz_id, where = exam(call)
    longer = override(call, where, taker, time_limit_seconds=5400)
    start_attempt(call, quiz_id, taker, assignment_id=where)

    removed = override(call, where, taker)
    (listed,) = removed.open_attempts
    assert (listed.due_at, listed.applies) == (NOON + 90 * MINUTE, False)
    (listed,) = override(call, where, taker, time_limit_seconds=7200).open_attempts
    assert (listed.due_at, listed.applies) == (NOON + 2 * HOUR, True)
    assert longer.open_attempts == ()


def test_an_exception_for_later_attempts_leaves_open_ones_and_lists_them(call: Caller, taker: str) -> None:
    quiz_id, where = exam(call, max_attempts=2)
    attempt_id = start_attempt(call, quiz_id, taker, assignment_id=where).attempt_id

    event = override(call, where, taker, time_limit_seconds=5400, apply_to_open=False)
    (listed,) = event.open_attempts
    assert (event.apply_to_open, listed.due_at, listed.applies) == (False, NOON + HOUR, False)
    report = call(attempts.explain_access, quiz_id, taker=taker, assignment_id=where, now=LATER)
    assert (report.open_due_at, report.open_without) == (NOON + HOUR, (event.id,))
    assert report.effect.ends_at == LATER + 90 * MINUTE

    call(attempts.submit, attempt_id, taker=taker, now=LATER)
    assert start_attempt(call, quiz_id, taker, assignment_id=where, now=LATER).due_at == LATER + 90 * MINUTE


def test_the_next_exception_counts_from_what_the_attempt_has(call: Caller, taker: str) -> None:
    """Not from an exception that did not apply to it."""
    quiz_id, where = exam(call)
    start_attempt(call, quiz_id, taker, assignment_id=where)
    override(call, where, taker, time_limit_seconds=5400, apply_to_open=False)

    (listed,) = override(call, where, taker, time_limit_seconds=5400).open_attempts

    assert (listed.due_at, listed.applies) == (NOON + 90 * MINUTE, True)
    report = call(attempts.explain_access, quiz_id, taker=taker, assignment_id=where, now=LATER)
    assert (report.open_due_at, report.open_without) == (NOON + 90 * MINUTE, ())


@pytest.mark.parametrize("whom", ["everybody", "one"])
def test_an_extension_and_an_exception_add_up(call: Caller, taker: str, whom: str) -> None:
    quiz_id, where = exam(call)
    attempt_id = start_attempt(call, quiz_id, taker, assignment_id=where).attempt_id
    one = taker if whom == "one" else None

    call(assignments.extend, where, taker=one, seconds=600, now=LATER)
    call(assignments.accommodate, AccommodationSettings(time_factor="1.5"), taker=taker, now=LATER)
    call(assignments.extend, where, taker=one, seconds=60, now=LATER)

    assert due(call, attempt_id, taker) == NOON + 101 * MINUTE


def test_a_change_of_the_assignment_does_not_arrive_with_an_exception(call: Caller, taker: str) -> None:
    quiz_id, where = exam(call, time_limit_seconds=None)
    call(assignments.update, where, AssignmentUpdate(closes_at=NOON + 2 * HOUR))
    attempt_id = start_attempt(call, quiz_id, taker, assignment_id=where).attempt_id
    call(assignments.update, where, AssignmentUpdate(closes_at=NOON + HOUR))

    call(assignments.accommodate, AccommodationSettings(extra_seconds=600), taker=taker, now=LATER)

    assert due(call, attempt_id, taker) == NOON + 2 * HOUR + 10 * MINUTE


def test_the_time_limit_is_that_of_the_revision_with_which_an_attempt_was_started(call: Caller, taker: str) -> None:
    quiz_id, where = exam(call)
    attempt_id = start_attempt(call, quiz_id, taker, assignment_id=where).attempt_id
    call(quizzes.update, quiz_id, QuizUpdate(time_limit_seconds=600))
    call(quizzes.publish, quiz_id)

    call(assignments.accommodate, AccommodationSettings(time_factor=2), taker=taker, now=LATER)

    assert due(call, attempt_id, taker) == NOON + 2 * HOUR


def test_the_window_in_which_an_attempt_was_started_decides_its_end(call: Caller, taker: str) -> None:
    quiz_id, where = exam(call, time_limit_seconds=None)
    override(call, where, group="a", opens_at=NOON, closes_at=NOON + HOUR)
    override(call, where, group="b", opens_at=NOON + 3 * HOUR, closes_at=NOON + 4 * HOUR)
    attempt_id = start_attempt(call, quiz_id, taker, assignment_id=where, groups=["a", "b"]).attempt_id

    override(call, where, group="a", opens_at=NOON, closes_at=NOON + 2 * HOUR)
    override(call, where, group="b", opens_at=NOON + 3 * HOUR, closes_at=NOON + 5 * HOUR)

    assert due(call, attempt_id, taker) == NOON + 2 * HOUR


def test_late_responses_are_accepted_in_an_open_attempt_from_an_override_on(call: Caller, taker: str) -> None:
    quiz_id, where = exam(call)
    attempt_id = start_attempt(call, quiz_id, taker, assignment_id=where).attempt_id

    (listed,) = override(call, where, taker, time_up=TimeUp.ACCEPT_LATE, late_seconds=600).open_attempts

    assert (listed.due_at, listed.applies) == (NOON + HOUR, True)
    call(attempts.save, attempt_id, answer(1, answer=True), taker=taker, now=NOON + 70 * MINUTE)
    assert call(attempts.submit, attempt_id, taker=taker, now=NOON + 70 * MINUTE).late


def test_an_open_attempt_keeps_its_late_penalty(call: Caller, taker: str) -> None:
    quiz_id, where = exam(call)
    start_attempt(call, quiz_id, taker, assignment_id=where)

    (listed,) = override(call, where, taker, time_up=TimeUp.ACCEPT_LATE, late_penalty="1/2").open_attempts

    assert (listed.due_at, listed.applies) == (NOON + HOUR, False)


def test_an_attempt_whose_time_has_just_run_out_can_go_on_after_an_override(call: Caller, taker: str) -> None:
    quiz_id, where = exam(call)
    attempt_id = start_attempt(call, quiz_id, taker, assignment_id=where).attempt_id
    late = NOON + HOUR + MINUTE

    call(assignments.override, where, AccessSettings(time_limit_seconds=5400), taker=taker, now=late)

    call(attempts.save, attempt_id, answer(1, answer=True), taker=taker, now=late)


def test_finished_attempts_and_previews_are_not_listed_and_do_not_change(call: Caller, taker: str) -> None:
    from quizkit.crud import previews

    quiz_id, where = exam(call)
    attempt_id = start_attempt(call, quiz_id, taker, assignment_id=where).attempt_id
    done = call(attempts.submit, attempt_id, taker=taker, now=LATER)
    preview = call(previews.start, quiz_id, actor=taker, assignment_id=where, now=NOON)

    assert override(call, where, taker, time_limit_seconds=5400).open_attempts == ()
    accommodation = call(assignments.accommodate, AccommodationSettings(extra_seconds=60), taker=taker, now=LATER)
    assert accommodation.open_attempts == ()
    assert call(attempts.result, attempt_id, taker=taker, now=LATER) == done
    assert call(attempts.paper, preview.attempt_id, taker=taker, now=LATER).due_at is None


def test_a_repeated_call_moves_nothing_and_returns_the_same(call: Caller, taker: str) -> None:
    quiz_id, where = exam(call)
    start_attempt(call, quiz_id, taker, assignment_id=where)
    mine = uuid7(LATER, os.urandom(8))

    first = override(call, where, taker, time_limit_seconds=5400, event_id=mine)
    assert override(call, where, taker, time_limit_seconds=5400, event_id=mine) == first
    with pytest.raises(Refused) as refused:
        override(call, where, taker, time_limit_seconds=5400, event_id=mine, apply_to_open=False)
    assert refused.value.code == "id_taken"
    assert first.open_attempts[0].due_at == NOON + 90 * MINUTE


def test_explain_access_returns_the_deadline_of_the_open_attempt_and_of_a_new_one(call: Caller, taker: str) -> None:
    quiz_id, where = exam(call)
    asked: dict[str, Any] = {"taker": taker, "assignment_id": where}
    assert call(attempts.explain_access, quiz_id, **asked, now=NOON).open_due_at is None
    start_attempt(call, quiz_id, taker, assignment_id=where)
    override(call, where, taker, time_limit_seconds=5400)

    report = call(attempts.explain_access, quiz_id, **asked, now=LATER)
    assert (report.open_due_at, report.open_without) == (NOON + 90 * MINUTE, ())
    assert report.effect.ends_at == LATER + 90 * MINUTE
    after = NOON + 90 * MINUTE + 30 * SECOND + TICK
    assert call(attempts.explain_access, quiz_id, **asked, now=after).open_due_at is None
