"""Access rules and time limits: assignments, overrides, accommodations and extensions."""

from __future__ import annotations

import json
import os
import uuid
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError
from sqlalchemy import event
from sqlalchemy.orm import Session

from conftest import Caller
from quizkit.crud import assignments, attempts, gradebook, quizzes
from quizkit.errors import Invalid, NotFound, QuizkitError, Refused, UsageError
from quizkit.rules.times import LAST_MOMENT
from quizkit.schemas import (
    AccessReport,
    AccessSettings,
    AccommodationSettings,
    AssignmentCreate,
    AssignmentReturn,
    AssignmentSettings,
    AssignmentUpdate,
)
from quizkit.vocabulary import AccessKind, AccessSource, AttemptState, Behaviour, TimeUp, uuid7
from taking import HOUR, MINUTE, NOON, SECOND, TICK, answer, published, start_attempt, yes

pytestmark = pytest.mark.usefixtures("unbroken")


def assign(call: Caller, quiz_id: uuid.UUID, **more: Any) -> AssignmentReturn:
    made: AssignmentReturn = call(assignments.create, AssignmentCreate(quiz_id=quiz_id, **more))
    return made


def default_of(call: Caller, quiz_id: uuid.UUID) -> uuid.UUID:
    found: uuid.UUID = call(assignments.page, quiz_id=quiz_id).items[0].id
    return found


def code_of(call: Caller, quiz_id: uuid.UUID, taker: str = "ann", **more: Any) -> str | None:
    """Return why an attempt cannot be started, None if it can, by `explain_access` and by `start`."""
    explained: AccessReport = call(attempts.explain_access, quiz_id, taker=taker, **{"now": NOON, **more})
    try:
        start_attempt(call, quiz_id, taker, **more)
    except Refused as refused:
        assert (explained.may_start, explained.refusal) == (False, refused.code)  # noqa: PT017 - both must say the same
        return refused.code
    assert (explained.may_start, explained.refusal) == (True, None)
    return None


# ---------------------------------------------------------------------------------------------- assignments


def test_publishing_creates_a_default_assignment_and_more_can_be_created(call: Caller) -> None:
    quiz_id = published(call, max_attempts=1)
    made = assign(call, quiz_id, context="7b", opens_at=NOON, closes_at=NOON + HOUR, settings={"max_attempts": 2})

    assert made == call(assignments.get, made.id)
    assert (made.context, made.is_default, made.opens_at, made.settings.explicit_values()) == (
        "7b",
        False,
        NOON,
        {"max_attempts": 2},
    )
    assert [one.is_default for one in call(assignments.page, quiz_id=quiz_id).items] == [True, False]
    assert call(assignments.page, context="7b", quiz_id=quiz_id).items == (made,)


def test_three_assignments_have_independent_windows_policies_and_attempt_numbers(call: Caller) -> None:
    quiz_id = published(call, max_attempts=1, time_limit_seconds=600)
    first = assign(call, quiz_id, context="a", closes_at=NOON + HOUR)
    second = assign(call, quiz_id, context="b", opens_at=NOON + HOUR, settings={"time_limit_seconds": None})
    third = assign(call, quiz_id, context="c", settings={"behaviour": Behaviour.INTERACTIVE, "max_attempts": None})

    assert start_attempt(call, quiz_id, assignment_id=first.id).due_at == NOON + 10 * MINUTE
    assert code_of(call, quiz_id, assignment_id=second.id) == "not_open_yet"
    late = start_attempt(call, quiz_id, assignment_id=second.id, now=NOON + HOUR)
    assert (late.number, late.due_at) == (1, None)
    trying = start_attempt(call, quiz_id, assignment_id=third.id)
    assert (trying.number, trying.behaviour) == (1, Behaviour.INTERACTIVE)
    assert code_of(call, quiz_id) == "assignment_needed"  # the default one does not bypass them


def test_an_assignment_of_another_quiz_is_not_found(call: Caller) -> None:
    quiz_id, other = published(call), published(call)
    theirs = assign(call, other)

    for verb in (attempts.start, attempts.explain_access, attempts.grade):
        with pytest.raises(NotFound) as refused:
            call(verb, quiz_id, taker="ann", assignment_id=theirs.id)
        assert refused.value.code == "assignment_not_found"


def test_a_changed_assignment_applies_to_the_next_attempt(call: Caller) -> None:
    quiz_id = published(call, time_limit_seconds=600)
    assignment_id = default_of(call, quiz_id)
    before = start_attempt(call, quiz_id)

    changed = call(
        assignments.update,
        assignment_id,
        AssignmentUpdate(closes_at=NOON + MINUTE, settings=AssignmentSettings(max_attempts=1)),
    )

    assert (changed.closes_at, changed.settings.explicit_values()) == (NOON + MINUTE, {"max_attempts": 1})
    assert call(attempts.get, before.attempt_id, taker="ann").due_at == NOON + 10 * MINUTE
    assert start_attempt(call, quiz_id, "ben").due_at == NOON + MINUTE
    kept = call(assignments.update, assignment_id, AssignmentUpdate(context="7b"))
    assert (kept.closes_at, kept.settings.explicit_values(), kept.context) == (NOON + MINUTE, {"max_attempts": 1}, "7b")


def test_a_window_satisfies_opens_at_due_at_closes_at_in_this_order(call: Caller) -> None:
    quiz_id = published(call)
    backwards: list[dict[str, Any]] = [
        {"opens_at": NOON, "closes_at": NOON},
        {"opens_at": NOON, "due_at": NOON - TICK},
        {"due_at": NOON + TICK, "closes_at": NOON},
    ]
    for wrong in backwards:
        with pytest.raises(ValidationError, match="must satisfy"):
            AssignmentCreate(quiz_id=quiz_id, **wrong)
    made = assign(call, quiz_id, opens_at=NOON)
    with pytest.raises(Invalid) as refused:
        call(assignments.update, made.id, AssignmentUpdate(closes_at=NOON - HOUR))
    assert refused.value.code == "window_order"
    assert call(assignments.get, made.id) == made


def test_local_times_are_stored_in_utc_with_the_name_of_the_zone(call: Caller) -> None:
    """F13: an ambiguous time is the first of the two, a nonexistent one moves forward."""
    made = assign(
        call,
        published(call),
        zone="Europe/Berlin",
        opens_at=datetime(2026, 3, 29, 2, 30),  # noqa: DTZ001 - a local time that does not exist
        closes_at=datetime(2026, 10, 25, 2, 30),  # noqa: DTZ001 - one that comes twice
    )

    assert call(assignments.get, made.id) == made
    assert made.zone == "Europe/Berlin"
    assert made.opens_at == datetime.fromisoformat("2026-03-29T01:30Z")
    assert made.closes_at == datetime.fromisoformat("2026-10-25T00:30Z")


@pytest.mark.parametrize("wrong", [{"zone": "Europe/Atlantis"}, {"opens_at": datetime(2026, 3, 1)}])  # noqa: DTZ001 - that is the point
def test_a_local_time_needs_a_known_zone(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="zone") as refused:
        AssignmentCreate(quiz_id=uuid.uuid4(), **wrong)
    assert "Atlantis" not in str(refused.value)


EARLY, LATE = datetime(2026, 10, 24, 9), datetime(2026, 10, 26, 9)  # noqa: DTZ001 - local times, in summer and in winter


def test_the_zone_of_an_assignment_need_not_be_repeated_to_move_its_window(call: Caller) -> None:
    made = assign(call, published(call), zone="Europe/Berlin")

    moved = call(assignments.update, made.id, AssignmentUpdate(opens_at=EARLY, closes_at=LATE))

    assert moved == call(assignments.get, made.id)
    assert moved.zone == "Europe/Berlin"
    assert moved.opens_at == datetime.fromisoformat("2026-10-24T07:00Z")
    assert moved.closes_at == datetime.fromisoformat("2026-10-26T08:00Z")


def test_a_new_zone_applies_to_new_local_times_only(call: Caller) -> None:
    made = assign(call, published(call), zone="Europe/Berlin", opens_at=EARLY)

    moved = call(assignments.update, made.id, AssignmentUpdate(zone="Europe/London", closes_at=LATE))

    assert (moved.zone, moved.opens_at) == ("Europe/London", made.opens_at)
    assert moved.closes_at == datetime.fromisoformat("2026-10-26T09:00Z")


def test_a_local_time_is_refused_if_neither_the_change_nor_the_assignment_has_a_zone(call: Caller) -> None:
    made = assign(call, published(call))

    with pytest.raises(Invalid) as refused:
        call(assignments.update, made.id, AssignmentUpdate(opens_at=EARLY))
    assert refused.value.code == "zone_missing"
    with pytest.raises(ValidationError, match="zone"):
        AssignmentUpdate(zone=None, opens_at=EARLY)
    assert call(assignments.get, made.id) == made


def test_local_times_in_a_stored_zone_are_in_order_and_in_range_too(call: Caller) -> None:
    made = assign(call, published(call), zone="Europe/Berlin", closes_at=EARLY)

    for wrong, code in ((LATE, "window_order"), (EARLY.replace(year=9999), "moment_range")):
        with pytest.raises(Invalid) as refused:
            call(assignments.update, made.id, AssignmentUpdate(opens_at=wrong))
        assert refused.value.code == code
    assert call(assignments.get, made.id) == made


FAR = [
    "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00",
    "1969-12-31T23:59:59.999999Z", "3000-01-01T00:00:00Z",
]  # fmt: skip


@pytest.mark.parametrize("far", FAR)
@pytest.mark.parametrize("name", ["opens_at", "due_at", "closes_at"])
def test_a_window_outside_1970_to_2999_is_refused(name: str, far: str) -> None:
    made: list[tuple[type[BaseModel], dict[str, Any]]] = [
        (AssignmentCreate, {"quiz_id": uuid.uuid4(), name: far}),
        (AssignmentUpdate, {name: far}),
        (AssignmentUpdate, {name: far.rstrip("Z")[:26], "zone": "Pacific/Kiritimati"}),
        (AccessSettings, {name: far}),
    ]
    for schema, fields in made:
        with pytest.raises(ValidationError) as refused:
            schema.model_validate(fields)
        assert [fault["type"] for fault in refused.value.errors()] == ["moment_range"]


def test_an_attempt_at_the_last_time_ends_there_despite_every_extension(call: Caller) -> None:
    quiz_id = published(
        call, time_limit_seconds=3600, grace_seconds=86_400, time_up=TimeUp.ACCEPT_LATE, late_seconds=31_536_000
    )
    assignment_id, taker = default_of(call, quiz_id), f"ann {quiz_id}"
    last = LAST_MOMENT - SECOND
    call(assignments.override, assignment_id, AccessSettings(due_at=LAST_MOMENT, closes_at=LAST_MOMENT), taker=taker)
    call(assignments.accommodate, AccommodationSettings(time_factor=10, extra_seconds=86_400), taker=taker)

    paper = start_attempt(call, quiz_id, taker, now=last)

    assert (paper.due_at, paper.accepts_until) == (LAST_MOMENT, LAST_MOMENT)
    call(assignments.extend, assignment_id, seconds=366 * 86_400, now=last)
    call(attempts.save, paper.attempt_id, answer(1, answer=True), taker=taker, now=last)
    assert call(attempts.submit, paper.attempt_id, taker=taker, now=LAST_MOMENT).submitted_at == LAST_MOMENT


@pytest.mark.parametrize("now", ["0001-01-01T00:00", "1969-01-01T00:00", "3000-01-02T00:00", "9999-12-31T23:59"])
@pytest.mark.parametrize("offset", ["-14:00", "+00:00", "+14:00"])
def test_a_clock_outside_1970_to_2999_is_refused(call: Caller, now: str, offset: str) -> None:
    with pytest.raises(Invalid) as refused:
        call(attempts.start, uuid.uuid4(), taker="ann", now=datetime.fromisoformat(now + offset))
    assert refused.value.code == "moment_range"


def test_an_archived_assignment_refuses_new_attempts_and_open_ones_continue(call: Caller) -> None:
    quiz_id = published(call)
    made = assign(call, quiz_id)
    paper = start_attempt(call, quiz_id, assignment_id=made.id)
    archived = call(assignments.archive, made.id)

    assert start_attempt(call, quiz_id, assignment_id=made.id).attempt_id == paper.attempt_id
    assert code_of(call, quiz_id, "ben", assignment_id=made.id) == "assignment_archived"
    with pytest.raises(Refused):
        call(assignments.update, made.id, AssignmentUpdate())
    assert call(assignments.archive, made.id) == archived


def test_an_archived_quiz_cannot_be_assigned(call: Caller) -> None:
    quiz_id = published(call)
    call(quizzes.archive, quiz_id)

    for quiz, error in ((quiz_id, Refused), (uuid.uuid4(), NotFound)):
        with pytest.raises(error):
            assign(call, quiz)


# ---------------------------------------------------------------------------------------------- starting


@pytest.mark.parametrize(
    ("at", "code"),
    [(NOON - TICK, "not_open_yet"), (NOON, None), (NOON + HOUR - TICK, None), (NOON + HOUR, "closed")],
)
def test_a_window_is_exact_to_the_microsecond(call: Caller, at: datetime, code: str | None) -> None:
    """F14, on every database."""
    quiz_id = published(call)
    made = assign(call, quiz_id, opens_at=NOON, closes_at=NOON + HOUR)

    assert code_of(call, quiz_id, assignment_id=made.id, now=at) == code


@pytest.mark.parametrize(
    ("late_by", "code"),
    [(-TICK, None), (timedelta(0), None), (30 * SECOND, None), (30 * SECOND + TICK, "attempt_overdue")],
)
def test_responses_are_accepted_to_the_last_microsecond_of_the_grace_period(
    call: Caller, late_by: timedelta, code: str | None
) -> None:
    paper = start_attempt(call, published(call, time_limit_seconds=60, grace_seconds=30))
    at = NOON + MINUTE + late_by
    if code is None:
        saved = call(attempts.save, paper.attempt_id, answer(1, 1, answer=True), taker="ann", now=at)
        assert saved.received_at == at
        return
    with pytest.raises(Refused) as refused:
        call(attempts.save, paper.attempt_id, answer(1, 1, answer=True), taker="ann", now=at)
    assert refused.value.code == code


def test_the_next_attempt_can_start_only_after_the_delay(call: Caller) -> None:
    quiz_id = published(call, delays_seconds=[3600])
    paper = start_attempt(call, quiz_id)
    call(attempts.submit, paper.attempt_id, taker="ann", now=NOON + MINUTE)

    assert code_of(call, quiz_id, now=NOON + MINUTE + HOUR - TICK) == "too_soon"
    assert code_of(call, quiz_id, now=NOON + MINUTE + HOUR) is None


def test_the_delay_after_an_overdue_attempt_begins_at_its_deadline(call: Caller) -> None:
    quiz_id = published(call, time_limit_seconds=60, delays_seconds=[3600])
    start_attempt(call, quiz_id)

    assert code_of(call, quiz_id, now=NOON + MINUTE + HOUR - TICK) == "too_soon"
    assert start_attempt(call, quiz_id, now=NOON + MINUTE + HOUR).number == 2


# ---------------------------------------------------------------------------------------------- deadlines


def over(call: Caller, **policy: Any) -> Any:
    return start_attempt(call, published(call, time_limit_seconds=60, grace_seconds=10, **policy))


def test_saved_responses_are_submitted_at_the_deadline(call: Caller) -> None:
    paper = over(call)
    call(attempts.save, paper.attempt_id, answer(1, 1, answer=True), taker="ann", now=NOON)

    outcome = call(attempts.result, paper.attempt_id, taker="ann", now=NOON + HOUR)

    assert (outcome.state, outcome.score, outcome.submitted_at, outcome.late) == (
        AttemptState.SUBMITTED, 1, NOON + MINUTE, False,
    )  # fmt: skip


def test_a_policy_may_abandon_attempts_that_are_not_submitted_in_time(call: Caller) -> None:
    quiz_id = published(call, time_limit_seconds=60, grace_seconds=10, time_up=TimeUp.ABANDON)
    for taker, at, state in (
        ("ann", NOON + MINUTE + 10 * SECOND, AttemptState.SUBMITTED),
        ("ben", NOON + MINUTE + 10 * SECOND + TICK, AttemptState.ABANDONED),
    ):
        paper = start_attempt(call, quiz_id, taker)
        call(attempts.save, paper.attempt_id, answer(1, 1, answer=True), taker=taker, now=NOON)
        outcome = call(attempts.submit, paper.attempt_id, taker=taker, now=at)
        assert outcome.state is state
    assert call(attempts.grade, quiz_id, taker="ann", now=NOON + HOUR).grade == 1
    assert call(attempts.grade, quiz_id, taker="ben", now=NOON + HOUR) is None
    assert start_attempt(call, quiz_id, "ben", now=NOON + HOUR).number == 2


def test_late_responses_are_accepted_with_a_penalty(call: Caller) -> None:
    paper = over(call, time_up=TimeUp.ACCEPT_LATE, late_seconds=600, late_penalty="1/4", max_grade=100)
    late = NOON + MINUTE + 10 * SECOND + TICK
    call(attempts.save, paper.attempt_id, answer(1, 1, answer=True), taker="ann", now=late)

    outcome = call(attempts.submit, paper.attempt_id, taker="ann", now=late)

    assert (str(outcome.score), outcome.late, outcome.late_penalty) == ("0.75", True, Fraction(1, 4))
    assert (str(outcome.grade), outcome.max_grade) == ("37.5", 100)  # half of the points, less a quarter
    with pytest.raises(Refused):
        call(attempts.save, paper.attempt_id, answer(2, 1, answer=True), taker="ann", now=late)


@pytest.mark.parametrize(
    ("saved_at", "finished_at", "late"),
    [
        (NOON, NOON + MINUTE, False),
        (NOON + MINUTE + 10 * SECOND, NOON + MINUTE, False),
        (NOON + MINUTE + 10 * SECOND + TICK, NOON + 11 * MINUTE + 10 * SECOND, True),
    ],
)
def test_an_expired_attempt_is_late_only_if_a_response_was_late(
    call: Caller, saved_at: datetime, finished_at: datetime, late: bool
) -> None:
    paper = over(call, time_up=TimeUp.ACCEPT_LATE, late_seconds=600, late_penalty="1/2")
    call(attempts.save, paper.attempt_id, answer(1, 1, answer=True), taker="ann", now=saved_at)
    while call(gradebook.expire_due, now=NOON + HOUR, limit=200).more:
        pass

    outcome = call(attempts.result, paper.attempt_id, taker="ann", now=NOON + HOUR)

    assert (outcome.submitted_at, outcome.late) == (finished_at, late)
    assert outcome.grade == (Fraction(1, 2) if late else 1)


def test_a_clock_that_jumps_never_changes_a_deadline_or_finishes_before_the_start(call: Caller) -> None:
    """F12."""
    paper = over(call)
    for at in (NOON - HOUR, NOON + 5 * SECOND, NOON - 365 * 24 * HOUR):
        saved = call(attempts.save, paper.attempt_id, answer(1, 1, answer=True), taker="ann", now=at)
        assert saved.received_at >= NOON
    outcome = call(attempts.submit, paper.attempt_id, taker="ann", now=NOON - HOUR)

    assert (outcome.submitted_at, outcome.started_at) == (NOON, NOON)
    assert call(attempts.get, paper.attempt_id, taker="ann").due_at == NOON + MINUTE


def test_in_a_long_transaction_only_the_callers_clock_is_used(call: Caller) -> None:
    """F16: PostgreSQL's now() is constant in a transaction, MariaDB's and SQLite's are not; none is used."""
    quiz_id = published(call, time_limit_seconds=600)
    engine = call.database.engine()
    with Session(engine) as session, session.begin():
        paper = attempts.start(session, quiz_id, taker="ann", now=NOON)
        received = []
        for minute in (1, 2, 3):
            data = answer(1, minute, answer=True)
            at = NOON + minute * MINUTE
            received.append(attempts.save(session, paper.attempt_id, data, taker="ann", now=at).received_at)
        with pytest.raises(Refused):
            late = NOON + 10 * MINUTE + TICK
            attempts.save(session, paper.attempt_id, answer(1, 9, answer=True), taker="ann", now=late)
        outcome = attempts.submit(session, paper.attempt_id, taker="ann", now=NOON + 4 * MINUTE)
    engine.dispose()

    assert received == [NOON + MINUTE, NOON + 2 * MINUTE, NOON + 3 * MINUTE]
    assert (outcome.started_at, outcome.submitted_at) == (NOON, NOON + 4 * MINUTE)


# ---------------------------------------------------------------------------------------------- access changes


def values_of(call: Caller, quiz_id: uuid.UUID, taker: str = "ann", **more: Any) -> dict[str, tuple[Any, ...]]:
    report = call(attempts.explain_access, quiz_id, taker=taker, **{"now": NOON, **more})
    return {one.name: (one.value, one.source, one.group) for one in report.values}


def test_overrides_of_takers_and_groups_apply_field_by_field(call: Caller) -> None:
    quiz_id = published(call, max_attempts=1, time_limit_seconds=600)
    assignment_id = default_of(call, quiz_id)
    call(assignments.override, assignment_id, AccessSettings(time_limit_seconds=900), group="7b")
    call(assignments.override, assignment_id, AccessSettings(time_limit_seconds=800, max_attempts=2), group="7c")
    call(assignments.override, assignment_id, AccessSettings(max_attempts=None), taker="ben")

    assert values_of(call, quiz_id)["time_limit_seconds"] == (600, AccessSource.QUIZ, None)
    both = values_of(call, quiz_id, groups=["7b", "7c", "none"])
    assert both["time_limit_seconds"] == (900, AccessSource.GROUP, "7b")
    assert both["max_attempts"] == (2, AccessSource.GROUP, "7c")
    own = values_of(call, quiz_id, "ben", groups=["7b", "7c"])
    assert own["max_attempts"] == (None, AccessSource.TAKER, None)
    assert own["time_limit_seconds"] == (900, AccessSource.GROUP, "7b")
    assert start_attempt(call, quiz_id, groups=["7c"]).due_at == NOON + 800 * SECOND
    assert start_attempt(call, quiz_id, "cem").due_at == NOON + 600 * SECOND


def test_the_newest_override_applies_and_can_be_revoked(call: Caller) -> None:
    quiz_id = published(call, max_attempts=1)
    assignment_id = default_of(call, quiz_id)
    changes = [AccessSettings(max_attempts=5, grace_seconds=9), AccessSettings(max_attempts=3), AccessSettings()]
    found = []
    for settings in changes:
        call(assignments.override, assignment_id, settings, taker="ann")
        values = values_of(call, quiz_id)
        found.append((values["max_attempts"][0], values["grace_seconds"][0]))

    assert found == [(5, 9), (3, 0), (1, 0)]


def test_the_newest_override_applies_even_if_the_clock_stops_or_goes_back(call: Caller) -> None:
    quiz_id = published(call, max_attempts=1)
    assignment_id = default_of(call, quiz_id)
    for n in range(12):
        at = NOON - n * MINUTE if n % 3 else NOON
        call(assignments.override, assignment_id, AccessSettings(max_attempts=n + 1), taker="ann", now=at)
        call(assignments.accommodate, AccommodationSettings(extra_seconds=n), taker=f"ann {quiz_id}", now=at)
        assert values_of(call, quiz_id)["max_attempts"][0] == n + 1
    events = call(assignments.events, assignment_id=assignment_id).items
    assert [event.settings["max_attempts"] for event in events] == list(range(1, 13))
    events = call(assignments.events, taker=f"ann {quiz_id}").items
    assert [event.settings["extra_seconds"] for event in events] == list(range(12))


def test_overrides_in_two_assignments_after_the_clock_went_back_have_distinct_ids(call: Caller) -> None:
    """Each is newer than the earlier events of the taker there."""
    quiz_id = published(call, max_attempts=1)
    assignment_ids = [default_of(call, quiz_id), assign(call, quiz_id).id]
    first, again = (
        [
            call(assignments.override, assignment_id, AccessSettings(), taker="ann", now=at).id
            for assignment_id in assignment_ids
        ]
        for at in (NOON, NOON - MINUTE)
    )

    assert len({*first, *again}) == 4
    assert all(before < after for before, after in zip(first, again, strict=True))


def test_an_event_of_another_taker_does_not_make_an_event_id_old(call: Caller) -> None:
    """The clock of Ben's client is an hour ahead."""
    quiz_id = published(call)
    assignment_id = default_of(call, quiz_id)
    start_attempt(call, quiz_id, "ben")
    ahead = uuid7(NOON + HOUR, os.urandom(8))
    call(assignments.extend, assignment_id, seconds=60, taker="ben", now=NOON, event_id=ahead)
    call(assignments.override, assignment_id, AccessSettings(max_attempts=2), taker="ann", now=NOON)
    mine = uuid7(NOON + MINUTE, os.urandom(8))

    event = call(
        assignments.override, assignment_id, AccessSettings(max_attempts=3), taker="ann", now=NOON, event_id=mine
    )

    assert event.id == mine


@pytest.mark.parametrize("other", [uuid.uuid4(), uuid.UUID(int=2**128 - 2)])
def test_an_event_id_must_be_a_uuid_version_7(call: Caller, other: uuid.UUID) -> None:
    assignment_id = default_of(call, published(call))

    calls: tuple[dict[str, Any], ...] = (
        {"verb": assignments.override, "data": AccessSettings(), "taker": "ann"},
        {"verb": assignments.extend, "seconds": 60},
    )
    for assign in calls:
        with pytest.raises(Invalid) as refused:
            call(assignment_id=assignment_id, **assign, event_id=other)
        assert refused.value.problems[0].code == "id_version"


def test_an_event_id_from_the_far_future_is_refused(call: Caller) -> None:
    """No event could be newer, so it would apply forever."""
    assignment_id = default_of(call, published(call))
    far = uuid7(datetime(2999, 1, 1, tzinfo=UTC), os.urandom(8))

    for assign in (far, uuid.UUID("ffffffff-ffff-7fff-bfff-ffffffffffff")):
        with pytest.raises(Invalid) as refused:
            call(assignments.override, assignment_id, AccessSettings(), taker="ann", event_id=assign)
        assert refused.value.problems[0].code == "id_ahead"


@pytest.mark.parametrize("made", [uuid7(NOON - HOUR, bytes(8)), uuid7(NOON - HOUR, b"12345678")])
def test_an_override_applies_whatever_ids_new_id_returns(call: Caller, made: uuid.UUID) -> None:
    quiz_id = published(call)
    assignment_id, taker = default_of(call, quiz_id), f"ann {quiz_id}"
    call(assignments.override, assignment_id, AccessSettings(max_attempts=2), taker=taker, now=NOON)

    call(
        assignments.override, assignment_id, AccessSettings(max_attempts=7), taker=taker, now=NOON, new_id=lambda: made
    )

    report = call(attempts.explain_access, quiz_id, taker=taker, now=NOON)
    assert next(one.value for one in report.values if one.name == "max_attempts") == 7


def test_new_id_must_return_a_uuid_version_7_for_an_override(call: Caller) -> None:
    assignment_id = default_of(call, published(call))

    with pytest.raises(Invalid) as refused:
        call(assignments.override, assignment_id, AccessSettings(), taker="ann", new_id=uuid.uuid4)

    assert refused.value.problems[0].code == "id_version"


def test_an_extension_repeated_after_archiving_returns_its_first_result(call: Caller) -> None:
    quiz_id = published(call)
    assignment_id, mine = default_of(call, quiz_id), uuid7(NOON, os.urandom(8))
    start_attempt(call, quiz_id, "ann")

    first = call(assignments.extend, assignment_id, seconds=60, now=NOON, event_id=mine)
    call(assignments.archive, assignment_id, now=NOON)

    assert call(assignments.extend, assignment_id, seconds=60, now=NOON, event_id=mine) == first


@pytest.mark.parametrize("other", [{"taker": "ben"}, {"group": "a"}, {"extension": True}])
def test_events_of_other_subjects_do_not_make_an_event_id_old(call: Caller, other: dict[str, Any]) -> None:
    quiz_id = published(call)
    assignment_id, mine = default_of(call, quiz_id), uuid7(NOON, os.urandom(8))
    if "extension" in other:
        start_attempt(call, quiz_id, "ann")
        call(assignments.extend, assignment_id, seconds=60, taker="ann", now=NOON + MINUTE)
    else:
        call(assignments.override, assignment_id, AccessSettings(max_attempts=1), **other, now=NOON + MINUTE)

    event = call(assignments.override, assignment_id, AccessSettings(max_attempts=3), taker="ann", event_id=mine)

    assert event.id == mine
    assert values_of(call, quiz_id)["max_attempts"][0] == 3


@pytest.mark.parametrize("whom", [{"taker": "ann"}, {"group": "a"}])
def test_an_event_id_older_than_the_newest_of_its_subject_is_refused(call: Caller, whom: dict[str, Any]) -> None:
    assignment_id, old = default_of(call, published(call)), uuid7(NOON, os.urandom(8))
    call(assignments.override, assignment_id, AccessSettings(max_attempts=1), **whom, now=NOON + MINUTE)

    with pytest.raises(Refused) as refused:
        call(assignments.override, assignment_id, AccessSettings(max_attempts=3), **whom, event_id=old)

    assert refused.value.code == "event_id_old"


def test_an_extension_whose_event_cannot_be_stored_is_not_granted(call: Caller) -> None:
    """A host that continues after the error has granted nothing, as if its own key forbids the event."""
    quiz_id = published(call, time_limit_seconds=600)
    assignment_id, paper = default_of(call, quiz_id), start_attempt(call, quiz_id)

    class Forbidden(Exception):
        pass

    def forbid(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.startswith("INSERT INTO quizkit_access_event"):
            raise Forbidden

    def goes_on(session: Session) -> None:
        with pytest.raises(Forbidden):
            assignments.extend(session, assignment_id, seconds=60, now=NOON)

    event.listen(call.sync_engine, "before_cursor_execute", forbid)
    call.within(goes_on)
    event.remove(call.sync_engine, "before_cursor_execute", forbid)

    assert call(attempts.get, paper.attempt_id, taker="ann").due_at == NOON + 10 * MINUTE
    assert call(assignments.events, assignment_id=assignment_id).items == ()


def test_an_extension_with_an_older_id_is_granted(call: Caller) -> None:
    quiz_id = published(call, time_limit_seconds=600)
    assignment_id, paper = default_of(call, quiz_id), start_attempt(call, quiz_id)
    more = {"seconds": 60, "now": NOON}
    call(assignments.extend, assignment_id, **more, event_id=uuid7(NOON + MINUTE, os.urandom(8)))
    call(assignments.extend, assignment_id, **more, event_id=uuid7(NOON, os.urandom(8)))

    assert call(attempts.get, paper.attempt_id, taker="ann").due_at == NOON + 12 * MINUTE


def test_an_override_applies_to_one_assignment_only(call: Caller) -> None:
    quiz_id = published(call, max_attempts=1)
    other = assign(call, quiz_id)
    call(assignments.override, other.id, AccessSettings(max_attempts=5), taker="ann")

    assert values_of(call, quiz_id)["max_attempts"][0] == 1
    assert values_of(call, quiz_id, assignment_id=other.id)["max_attempts"][0] == 5


def test_an_override_allows_a_start_after_the_common_close(call: Caller) -> None:
    quiz_id = published(call)
    made = assign(call, quiz_id, closes_at=NOON)
    call(assignments.override, made.id, AccessSettings(closes_at=NOON + HOUR), taker="ann")

    assert start_attempt(call, quiz_id, assignment_id=made.id, now=NOON + MINUTE).due_at == NOON + HOUR
    assert code_of(call, quiz_id, "ben", assignment_id=made.id, now=NOON + MINUTE) == "closed"


def test_an_accommodation_applies_to_its_taker_in_every_assignment(call: Caller) -> None:
    """A quarter more, and five minutes: the limit and the close move equally."""
    quiz_id, other = published(call, time_limit_seconds=3600), published(call)
    ann = f"ann {quiz_id}"
    timed = assign(call, quiz_id, closes_at=NOON + HOUR)
    untimed = assign(call, other, closes_at=NOON + HOUR)
    call(assignments.accommodate, AccommodationSettings(time_factor="5/4", extra_seconds=300), taker=ann)

    assert start_attempt(call, quiz_id, ann, assignment_id=timed.id).due_at == NOON + HOUR + 20 * MINUTE
    assert start_attempt(call, other, ann, assignment_id=untimed.id).due_at == NOON + HOUR + 5 * MINUTE
    assert start_attempt(call, quiz_id, "ben", assignment_id=timed.id).due_at == NOON + HOUR
    assert code_of(call, quiz_id, "ben2", assignment_id=timed.id, now=NOON + HOUR) == "closed"
    report = call(attempts.explain_access, quiz_id, taker=ann, assignment_id=timed.id, now=NOON)
    limit = next(one for one in report.values if one.name == "time_limit_seconds")
    assert (limit.value, limit.base, limit.source) == (4800, 3600, AccessSource.ACCOMMODATION)

    call(assignments.accommodate, AccommodationSettings(), taker=ann)
    assert values_of(call, other, ann)["closes_at"][1] is AccessSource.DEFAULT


def test_an_extension_for_everybody_applies_during_an_exam(call: Caller) -> None:
    quiz_id = published(call, time_limit_seconds=600, grace_seconds=30)
    elsewhere = start_attempt(call, quiz_id, "dee")
    made = assign(call, quiz_id, closes_at=NOON + HOUR, due_at=NOON + HOUR)
    papers = {taker: start_attempt(call, quiz_id, taker, assignment_id=made.id) for taker in ("ann", "ben", "cem")}
    call(attempts.submit, papers["cem"].attempt_id, taker="cem", now=NOON + MINUTE)

    done = call(assignments.extend, made.id, seconds=300, reason="Fire alarm", actor="host", now=NOON + 11 * MINUTE)

    assert done.attempts == 2
    for taker in ("ann", "ben"):  # and attempts that were overdue
        at = NOON + 15 * MINUTE + 30 * SECOND
        call(attempts.save, papers[taker].attempt_id, answer(1, 1, answer=True), taker=taker, now=at)
        with pytest.raises(Refused):
            call(attempts.save, papers[taker].attempt_id, answer(1, 2, answer=True), taker=taker, now=at + TICK)
    assert call(attempts.get, papers["cem"].attempt_id, taker="cem").due_at == NOON + 10 * MINUTE
    assert call(attempts.get, elsewhere.attempt_id, taker="dee").due_at == NOON + 10 * MINUTE
    moved = call(assignments.get, made.id)
    assert (moved.closes_at, moved.due_at) == (NOON + HOUR + 5 * MINUTE, NOON + HOUR + 5 * MINUTE)
    (event,) = call(assignments.events, assignment_id=made.id).items
    assert (event.id, event.kind, event.reason, event.actor_id) == (
        done.event_id,
        AccessKind.EXTENSION,
        "Fire alarm",
        "host",
    )
    assert event.settings == {"seconds": 300, "attempts": 2}


def test_an_extension_for_one_taker_does_not_apply_to_others(call: Caller) -> None:
    quiz_id = published(call, time_limit_seconds=600)
    assignment_id = default_of(call, quiz_id)
    ann, ben = start_attempt(call, quiz_id), start_attempt(call, quiz_id, "ben")

    assert call(assignments.extend, assignment_id, seconds=60, taker="ann").attempts == 1

    assert call(attempts.get, ann.attempt_id, taker="ann").due_at == NOON + 11 * MINUTE
    assert call(attempts.get, ben.attempt_id, taker="ben").due_at == NOON + 10 * MINUTE
    with pytest.raises(Refused) as refused:
        call(assignments.extend, assignment_id, seconds=60, taker="cem")
    assert refused.value.code == "no_open_attempt"
    assert len(call(assignments.events, assignment_id=assignment_id).items) == 1


def test_a_process_that_cached_the_old_deadline_uses_the_extended_one(call: Caller) -> None:
    quiz_id = published(call, time_limit_seconds=60)
    paper = start_attempt(call, quiz_id)
    call(attempts.save, paper.attempt_id, answer(1, 1, answer=True), taker="ann", now=NOON)
    call(assignments.extend, default_of(call, quiz_id), seconds=60)

    saved = call(attempts.save, paper.attempt_id, answer(1, 2, answer=False), taker="ann", now=NOON + 2 * MINUTE)

    assert saved.sequence == 2


def test_every_access_change_is_stored_in_order(call: Caller) -> None:
    quiz_id = published(call)
    assignment_id = default_of(call, quiz_id)
    start_attempt(call, quiz_id)
    call(assignments.override, assignment_id, AccessSettings(max_attempts=2), taker="ann", reason="Ill", actor="host")
    call(assignments.override, assignment_id, AccessSettings(), taker="ann")
    call(assignments.extend, assignment_id, seconds=60)
    mine = f"taker {uuid.uuid4()}"
    call(assignments.accommodate, AccommodationSettings(extra_seconds=60), taker=mine)

    events = call(assignments.events, assignment_id=assignment_id).items
    assert [(event.kind.value, event.settings) for event in events] == [
        ("override", {"max_attempts": 2}),
        ("override", {}),
        ("extension", {"seconds": 60, "attempts": 1}),
    ]
    (personal,) = call(assignments.events, taker=mine).items
    assert (personal.kind, personal.assignment_id) == (AccessKind.ACCOMMODATION, None)


def test_an_override_needs_a_subject_and_an_extension_a_duration(call: Caller) -> None:
    assignment_id = default_of(call, published(call))
    nobody: list[tuple[Any, dict[str, Any], str]] = [
        (assignments.override, {"data": AccessSettings()}, "override_whom"),
        (assignments.override, {"data": AccessSettings(), "taker": "ann", "group": "7b"}, "override_whom"),
        (assignments.override, {"data": AccessSettings(), "group": "x" * 65}, "argument_invalid"),
        (assignments.override, {"data": AccessSettings(), "taker": "x" * 256}, "argument_invalid"),
        (assignments.extend, {"seconds": 0}, "extension_seconds"),
        (assignments.extend, {"seconds": True}, "argument_type"),
        (assignments.extend, {"seconds": 10**9}, "extension_seconds"),
    ]
    for verb, what, code in nobody:
        with pytest.raises(QuizkitError) as refused:
            call(verb, assignment_id, **what)
        assert refused.value.code == code
    with pytest.raises(UsageError):
        call(attempts.start, uuid.uuid4(), taker="ann", groups="7b")
    assert call(assignments.events, assignment_id=assignment_id).items == ()


@pytest.mark.parametrize(
    "wrong",
    [{"max_attempts": 0}, {"grace_seconds": None}, {"late_penalty": "2"}, {"time_limit_seconds": 0}, {"password": "x"}],
)
def test_settings_are_bounded_and_null_is_accepted_only_for_removable_limits(wrong: dict[str, Any]) -> None:
    for schema in (AccessSettings, AssignmentSettings):
        with pytest.raises(ValidationError):
            schema.model_validate(wrong)


@pytest.mark.parametrize("wrong", [{"time_factor": "0.5"}, {"time_factor": "11"}, {"extra_seconds": -1}])
def test_an_accommodation_cannot_reduce_time(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        AccommodationSettings.model_validate(wrong)


# ---------------------------------------------------------------------------------------------- explaining, previews


def test_explain_access_returns_the_remaining_attempts_and_time(call: Caller) -> None:
    quiz_id = published(call, max_attempts=2)
    paper = start_attempt(call, quiz_id)

    report = call(attempts.explain_access, quiz_id, taker="ann", now=NOON)
    assert (report.open_attempt_id, report.may_start) == (paper.attempt_id, True)
    assert (report.attempts_used, report.attempts_left) == (1, 1)
    call(attempts.submit, paper.attempt_id, taker="ann", now=NOON)
    last = start_attempt(call, quiz_id)
    call(attempts.submit, last.attempt_id, taker="ann", now=NOON)
    report = call(attempts.explain_access, quiz_id, taker="ann", now=NOON)
    assert (report.refusal, report.attempts_left, report.open_attempt_id) == ("no_attempts_left", 0, None)


def test_access_events_can_be_serialised(call: Caller) -> None:
    quiz_id = published(call, late_penalty="1/3", time_up=TimeUp.ACCEPT_LATE)
    made = assign(call, quiz_id, opens_at=NOON, closes_at=NOON + HOUR)
    report = call(attempts.explain_access, quiz_id, taker="ann", assignment_id=made.id, now=NOON)

    sent = {one["name"]: one["value"] for one in json.loads(report.model_dump_json())["values"]}
    assert (sent["late_penalty"], sent["time_up"], sent["max_attempts"]) == ("1/3", "accept_late", None)
    assert datetime.fromisoformat(sent["closes_at"]) == NOON + HOUR
    assert AssignmentReturn.model_validate_json(made.model_dump_json()) == made
    quiz = call(quizzes.get, quiz_id)
    assert type(quiz).model_validate_json(quiz.model_dump_json()) == quiz


def test_a_draft_cannot_be_accessed(call: Caller) -> None:
    from quizkit.schemas import QuizCreate

    quiz = call(quizzes.create, QuizCreate(title="x", questions=[yes()]))

    with pytest.raises(Refused) as refused:
        call(attempts.explain_access, quiz.id, taker="ann")
    assert refused.value.code == "quiz_not_published"
