"""Overrides and accommodations are evaluated together: whether they can have an effect, and which."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest

from conftest import Caller
from quizkit.crud import assignments, attempts, quizzes
from quizkit.errors import Invalid, NotFound, Refused
from quizkit.schemas import AccessSettings, AccommodationSettings, AssignmentCreate, QuizCreate
from quizkit.vocabulary import TimeUp
from taking import HOUR, MINUTE, NOON, TICK, answer, published, start_attempt, yes

pytestmark = pytest.mark.usefixtures("unbroken")

NINE, TEN = NOON - 3 * HOUR, NOON - 2 * HOUR
MORNING: dict[str, Any] = {"opens_at": NINE, "closes_at": TEN}
AFTERNOON: dict[str, Any] = {"opens_at": NOON + 2 * HOUR, "closes_at": NOON + 3 * HOUR}


def exam(call: Caller, given: dict[str, Any] = MORNING, **policy: Any) -> tuple[uuid.UUID, uuid.UUID]:
    """A quiz and its assignment."""
    quiz_id = published(call, **policy)
    return quiz_id, call(assignments.create, AssignmentCreate(quiz_id=quiz_id, **given)).id


def override(call: Caller, where: uuid.UUID, now: datetime = NINE, /, **settings: Any) -> Any:
    whom = {name: settings.pop(name) for name in ("taker", "group") if name in settings}
    return call(assignments.override, where, AccessSettings(**settings), now=now, **(whom or {"taker": "ann"}))


@pytest.mark.parametrize(
    ("at", "ends"),
    [
        (NINE, TEN),
        (TEN - TICK, TEN),
        (TEN, None),
        (NOON, None),
        (AFTERNOON["opens_at"], AFTERNOON["closes_at"]),
        (AFTERNOON["closes_at"], None),
    ],
)
def test_a_taker_in_two_groups_can_start_in_either_window_and_at_no_other_time(
    call: Caller, at: datetime, ends: datetime | None
) -> None:
    quiz_id, where = exam(call, {})
    override(call, where, group="a", **MORNING)
    override(call, where, group="b", **AFTERNOON)
    asked: dict[str, Any] = {"assignment_id": where, "groups": ["a", "b"], "now": at}

    report = call(attempts.explain_access, quiz_id, taker="ann", **asked)
    if ends is not None:
        assert (report.may_start, report.effect.ends_at, report.effect.cut_by) == (True, ends, "closes_at")
        assert start_attempt(call, quiz_id, **asked).due_at == ends
        return
    with pytest.raises(Refused) as refused:
        start_attempt(call, quiz_id, **asked)
    assert refused.value.code == report.refusal == ("closed" if at == AFTERNOON["closes_at"] else "not_open_yet")


def test_the_late_penalty_is_that_of_the_group_that_accepts_late_responses(call: Caller) -> None:
    quiz_id, where = exam(call, {})
    override(call, where, group="a", time_up=TimeUp.ACCEPT_LATE, late_penalty="1/2")
    override(call, where, group="b", time_up=TimeUp.SUBMIT)

    report = call(attempts.explain_access, quiz_id, taker="ann", assignment_id=where, groups=["a", "b"], now=NOON)
    values = {one.name: one.value for one in report.values}
    assert (values["time_up"], values["late_penalty"]) == (TimeUp.ACCEPT_LATE, "0.5")


def test_late_responses_are_accepted_after_the_due_date_of_another_group(call: Caller) -> None:
    """So it is not refused, although no response can be late in the assignment alone, which has no due_at."""
    quiz_id, where = exam(call, {"closes_at": NOON})
    alone = override(call, where, group="a", time_up=TimeUp.ACCEPT_LATE, late_penalty="1/2")
    override(call, where, group="b", due_at=TEN)
    paper = start_attempt(call, quiz_id, assignment_id=where, groups=["a", "b"], now=NINE)
    call(attempts.save, paper.attempt_id, answer(1, answer=True), taker="ann", now=TEN + MINUTE)

    assert (alone.effect.ends_at, paper.due_at) == (NOON, TEN)
    assert call(attempts.submit, paper.attempt_id, taker="ann", now=TEN + MINUTE).late


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"time_limit_seconds": 7200}, "limit_beyond_window"),
        ({"due_at": TEN + TICK}, "window_order"),
        ({"closes_at": NINE}, "window_order"),
        ({"opens_at": NOON}, "window_order"),
        ({"late_penalty": "1/2"}, "late_not_accepted"),
        ({"late_seconds": None}, "late_not_accepted"),
    ],
)
def test_an_override_that_cannot_have_an_effect_is_refused_and_not_stored(
    call: Caller, settings: dict[str, Any], code: str
) -> None:
    _, where = exam(call)

    for whom in ({"taker": "ann"}, {"group": "7b"}):
        with pytest.raises(Invalid) as refused:
            override(call, where, **settings, **whom)
        assert refused.value.code == code
    assert call(assignments.events, assignment_id=where).items == ()


def test_an_archived_assignment_refuses_access_changes(call: Caller) -> None:
    _, where = exam(call)
    call(assignments.archive, where)

    with pytest.raises(Refused) as refused:
        override(call, where, max_attempts=9)
    assert refused.value.code == "assignment_archived"


@pytest.mark.parametrize(
    ("settings", "now", "starts", "ends", "cut_by"),
    [
        ({"time_limit_seconds": 3000}, NINE, NINE, NINE + 50 * MINUTE, "time_limit_seconds"),
        ({"time_limit_seconds": 3000}, TEN - MINUTE, TEN - MINUTE, TEN, "closes_at"),
        ({"time_limit_seconds": 7200, "closes_at": NOON}, NINE - HOUR, NINE, NINE + 2 * HOUR, "time_limit_seconds"),
        ({"due_at": TEN - MINUTE, "time_limit_seconds": None}, NINE, NINE, TEN - MINUTE, "due_at"),
        ({"max_attempts": 5}, TEN, None, None, None),
        ({"opens_at": None, "closes_at": None, "time_limit_seconds": None}, NOON, NOON, None, None),
    ],
)
def test_an_override_returns_when_an_attempt_would_end_and_which_rule_sets_it(
    call: Caller,
    settings: dict[str, Any],
    now: datetime,
    starts: datetime | None,
    ends: datetime | None,
    cut_by: str | None,
) -> None:
    quiz_id, where = exam(call, time_limit_seconds=1800)

    of_group = override(call, where, now, **settings, group="7b").effect
    effect = override(call, where, now, **settings, taker="ann").effect
    assert (effect.starts_at, effect.ends_at, effect.cut_by) == (starts, ends, cut_by)
    assert of_group == effect
    assert call(attempts.explain_access, quiz_id, taker="ann", assignment_id=where, now=now).effect == effect
    if starts is not None:
        assert start_attempt(call, quiz_id, assignment_id=where, now=starts).due_at == ends
        assert start_attempt(call, quiz_id, "ben", assignment_id=where, groups=["7b"], now=starts).due_at == ends


def test_a_time_factor_does_not_extend_a_window_without_opens_at(call: Caller) -> None:
    taker, quiz_id = f"ann {uuid.uuid4()}", published(call)
    made = call(assignments.create, AssignmentCreate(quiz_id=quiz_id, closes_at=TEN)).id

    def ends(**more: Any) -> datetime | None:
        event = call(assignments.accommodate, AccommodationSettings(**more), taker=taker, effect_in=made, now=NINE)
        found: datetime | None = event.effect.ends_at
        return found

    assert (ends(time_factor=2), ends(extra_seconds=600)) == (TEN, TEN + 10 * MINUTE)


def test_the_effect_of_an_override_includes_the_takers_accommodation(call: Caller) -> None:
    taker = f"ann {uuid.uuid4()}"
    quiz_id, where = exam(call, time_limit_seconds=1800)
    call(assignments.accommodate, AccommodationSettings(time_factor="1.5"), taker=taker)

    effect = override(call, where, taker=taker, time_limit_seconds=2400).effect

    assert (effect.ends_at, effect.cut_by) == (NINE + 60 * MINUTE, "time_limit_seconds")
    assert start_attempt(call, quiz_id, taker, assignment_id=where, now=NINE).due_at == effect.ends_at


def test_a_time_factor_extends_a_sole_window_but_not_the_last_start(call: Caller) -> None:
    taker = f"ann {uuid.uuid4()}"
    quiz_id, where = exam(call)

    event = call(
        assignments.accommodate, AccommodationSettings(time_factor="1.5"), taker=taker, effect_in=where, now=NINE
    )

    assert (event.effect.starts_at, event.effect.ends_at, event.effect.cut_by) == (NINE, TEN + 30 * MINUTE, "closes_at")
    with pytest.raises(Refused) as refused:
        start_attempt(call, quiz_id, taker, assignment_id=where, now=TEN)
    assert refused.value.code == "closed"
    assert start_attempt(call, quiz_id, taker, assignment_id=where, now=TEN - TICK).due_at == TEN + 30 * MINUTE


def test_an_accommodation_returns_its_effect_in_a_given_assignment(call: Caller) -> None:
    taker = f"ann {uuid.uuid4()}"
    more = AccommodationSettings(extra_seconds=60)

    assert call(assignments.accommodate, more, taker=taker).effect is None
    with pytest.raises(NotFound) as refused:
        call(assignments.accommodate, more, taker=taker, effect_in=uuid.uuid4())
    assert refused.value.code == "assignment_not_found"
    assert len(call(assignments.events, taker=taker).items) == 1


def test_an_override_before_publishing_returns_no_effect(call: Caller) -> None:
    quiz = call(quizzes.create, QuizCreate(title="Rivers", questions=[yes()]))
    where = call(assignments.create, AssignmentCreate(quiz_id=quiz.id, **MORNING)).id

    assert override(call, where, late_seconds=60).effect is None
    with pytest.raises(Invalid):
        override(call, where, time_limit_seconds=int(timedelta(hours=2).total_seconds()))


@pytest.mark.parametrize("taker", ["ann", None])
def test_an_extension_does_not_change_an_override(call: Caller, taker: str | None) -> None:
    """Both are events for the same taker; the newest override applies, and an extension is none."""
    quiz_id, where = exam(call, {"closes_at": TEN})
    override(call, where, max_attempts=3)
    start_attempt(call, quiz_id, assignment_id=where, now=NINE)

    call(assignments.extend, where, seconds=60, taker=taker, now=NINE)

    report = call(attempts.explain_access, quiz_id, taker="ann", assignment_id=where, now=NINE)
    assert next(one.value for one in report.values if one.name == "max_attempts") == 3
