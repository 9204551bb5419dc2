"""Staff finish, reopen and void attempts, and set their lateness; each is recorded with its actor and reason."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, TypeAlias

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from conftest import ROUNDS, Caller, together
from quizkit.crud import Quizkit, assignments, attempts, gradebook, supervision
from quizkit.errors import QuizkitError, Refused
from quizkit.models import models
from quizkit.schemas import AccessSettings, AssignmentCreate, AssignmentUpdate, CreditStep
from quizkit.testing import broken_invariants
from quizkit.vocabulary import AttemptEventKind, AttemptState, GradingMethod, ReviewCondition, TimeUp, uuid7
from taking import HOUR, LATE, MINUTE, MINUTE_THEN_LATE, NOON, SECOND, answer, published, river, start_attempt, yes

Work: TypeAlias = Callable[[Quizkit[str], Session], Any]

WHY: dict[str, Any] = {"actor": "teacher", "reason": "Fire alarm"}
LATER = NOON + HOUR


def begun(call: Caller, quiz_id: uuid.UUID, taker: str = "ann", **more: Any) -> uuid.UUID:
    """Start an attempt and answer its first question right."""
    attempt_id: uuid.UUID = start_attempt(call, quiz_id, taker, **more).attempt_id
    call(attempts.save, attempt_id, answer(1, 1, answer=True), taker=taker, now=more.get("now", NOON))
    return attempt_id


def done(call: Caller, quiz_id: uuid.UUID, taker: str = "ann", **more: Any) -> uuid.UUID:
    """Start an attempt, answer its first question right, and submit it."""
    attempt_id = begun(call, quiz_id, taker, **more)
    call(attempts.submit, attempt_id, taker=taker, now=more.get("now", NOON))
    return attempt_id


def event_id(at: datetime = NOON) -> uuid.UUID:
    return uuid7(at, os.urandom(8))


def refusal(call: Caller, verb: Any, *given: Any, **named: Any) -> str:
    with pytest.raises(QuizkitError) as refused:
        call(verb, *given, **{"now": LATER, **WHY, **named})
    return refused.value.code


def grade_of(call: Caller, quiz_id: uuid.UUID, taker: str = "ann") -> Any:
    """Return the stored grade of a taker, as staff see it; None without an attempt that counts."""
    found = {one.taker_id: one.grade for one in call(gradebook.grades, quiz_id=quiz_id, limit=200).items}
    return found.get(taker)


# ---------------------------------------------------------------------------------------------- finish


def test_staff_finish_an_attempt_and_no_response_is_stored_after_it(call: Caller) -> None:
    quiz_id = published(call)
    attempt_id = begun(call, quiz_id)
    call(supervision.finish, attempt_id, now=NOON + MINUTE, **WHY)

    with pytest.raises(Refused) as refused:
        call(attempts.save, attempt_id, answer(2, 1, answer=True), taker="ann", now=NOON + 2 * MINUTE)
    assert refused.value.code == "attempt_submitted"
    outcome = call(attempts.result, attempt_id, taker="ann", now=NOON + 2 * MINUTE)
    assert (outcome.state, outcome.submitted_at, outcome.score) == ("submitted", NOON + MINUTE, 1)
    assert grade_of(call, quiz_id) == 1
    assert call(broken_invariants, quiz_id=quiz_id) == []


def test_staff_finish_an_overdue_attempt_as_of_its_deadline(call: Caller) -> None:
    quiz_id = published(call, time_limit_seconds=60)
    found = call(supervision.finish, begun(call, quiz_id), now=LATER, **WHY)

    assert (found.state, found.submitted_at) == ("submitted", NOON + MINUTE)


def test_finishing_a_finished_attempt_changes_and_records_nothing(call: Caller) -> None:
    quiz_id = published(call)
    attempt_id = done(call, quiz_id)
    found = call(supervision.finish, attempt_id, now=LATER, **WHY)

    assert found.submitted_at == NOON
    assert call(supervision.events, attempt_id=attempt_id).items == ()


def test_staff_finish_an_attempt_whose_minimum_time_is_not_over(call: Caller) -> None:
    quiz_id = published(call, min_time_seconds=600)

    assert call(supervision.finish, begun(call, quiz_id), now=NOON + SECOND, **WHY).state == "submitted"


def test_everybody_in_an_assignment_is_finished_in_steps_with_progress(call: Caller) -> None:
    """A close that was moved, or archiving, does not end open attempts; this does."""
    quiz_id = published(call)
    here = call(assignments.create, AssignmentCreate(quiz_id=quiz_id, context="7b")).id
    other = call(assignments.create, AssignmentCreate(quiz_id=quiz_id, context="7c")).id
    made = {taker: begun(call, quiz_id, taker, assignment_id=here) for taker in ("ann", "ben", "cid", "dan", "eva")}
    elsewhere = begun(call, quiz_id, "fay", assignment_id=other)
    call(attempts.submit, made["cid"], taker="cid", now=NOON)
    call(assignments.update, here, AssignmentUpdate(closes_at=NOON + MINUTE))
    call(assignments.archive, here)
    call(attempts.save, made["ann"], answer(2, 1, answer=True), taker="ann", now=LATER - SECOND)

    steps: list[Any] = []
    while not steps or steps[-1].more:
        steps.append(call(supervision.finish_all, assignment_id=here, limit=3, now=LATER, **WHY))
    assert [(one.finished, one.still_open, one.more, one.broken) for one in steps] == [
        (3, 1, True, 0),
        (1, 0, False, 0),
    ]
    finished = [one for step in steps for one in step.attempts]
    assert {one.taker_id for one in finished} == {"ann", "ben", "dan", "eva"}
    assert {one.state for one in finished} == {AttemptState.SUBMITTED}
    grades = call(gradebook.grades, assignment_id=here).items
    assert {one.taker_id: one.grade for one in grades} == {"ann": 2, "ben": 1, "cid": 1, "dan": 1, "eva": 1}
    assert call(supervision.get, elsewhere).state == "open"
    events = call(supervision.events, assignment_id=here).items
    assert {one.attempt_id for one in events} == {one.attempt_id for one in finished}
    assert {(one.kind, one.actor_id, one.reason, one.created_at) for one in events} == {
        (AttemptEventKind.FINISH, "teacher", "Fire alarm", LATER)
    }
    assert call(broken_invariants, quiz_id=quiz_id) == []


def test_finishing_everybody_abandons_what_its_policy_abandons(call: Caller) -> None:
    quiz_id = published(call, time_limit_seconds=60, time_up=TimeUp.ABANDON)
    begun(call, quiz_id, "ann")
    begun(call, quiz_id, "ben", now=LATER)
    step = call(supervision.finish_all, quiz_id, now=LATER, **WHY)

    assert {one.taker_id: one.state for one in step.attempts} == {"ann": "abandoned", "ben": "submitted"}
    stored = {one.taker_id: one.state for one in call(supervision.page, quiz_id=quiz_id).items}
    assert stored == {"ann": "abandoned", "ben": "submitted"}


def test_finishing_nobody_is_no_error(call: Caller) -> None:
    step = call(supervision.finish_all, published(call), now=LATER, **WHY)

    assert (step.finished, step.attempts, step.still_open, step.more) == (0, (), 0, False)


def test_an_unknown_assignment_and_wrong_limits_are_refused(call: Caller) -> None:
    assert refusal(call, supervision.finish_all, assignment_id=uuid.uuid4()) == "assignment_not_found"
    assert refusal(call, supervision.finish_all) == "quiz_or_assignment"
    for limit in (0, 201):
        assert refusal(call, supervision.finish_all, published(call), limit=limit) == "page_limit"


# ---------------------------------------------------------------------------------------------- void


def test_a_voided_attempt_never_counts_and_keeps_its_record(call: Caller) -> None:
    quiz_id = published(call, grading_method=GradingMethod.HIGHEST)
    bad = done(call, quiz_id)
    good = start_attempt(call, quiz_id).attempt_id
    for slot in (1, 2):
        call(attempts.save, good, answer(slot, 1, answer=True), taker="ann", now=NOON)
    call(attempts.submit, good, taker="ann", now=NOON)
    assert grade_of(call, quiz_id) == 2

    found = call(supervision.void, good, now=LATER, **WHY)
    assert (found.voided_at, found.score, found.state) == (LATER, 2, "submitted")
    assert grade_of(call, quiz_id) == 1
    assert call(attempts.grade, quiz_id, taker="ann").attempts == 1
    assert [one.grade for one in call(gradebook.leaderboard, quiz_id).items] == [1]
    assert call(broken_invariants, quiz_id=quiz_id) == []
    assert call(gradebook.rebuild, quiz_id).changed == 0

    call(supervision.void, bad, now=LATER, **WHY)
    assert grade_of(call, quiz_id) is None
    assert call(attempts.grade, quiz_id, taker="ann") is None
    assert call(gradebook.leaderboard, quiz_id).items == ()

    assert call(supervision.unvoid, good, now=LATER, **WHY).voided_at is None
    assert grade_of(call, quiz_id) == 2
    assert call(broken_invariants, quiz_id=quiz_id) == []


def test_a_taker_sees_that_an_attempt_is_voided_and_it_has_not_passed(call: Caller) -> None:
    key_if_passed = {"right_answer": ["right_after", "later"], "right_answer_if": [ReviewCondition.PASSED]}
    quiz_id = published(call, yes(), pass_grade=1, review=key_if_passed)
    attempt_id = done(call, quiz_id)
    before = call(attempts.result, attempt_id, taker="ann", now=NOON)
    assert (before.voided, before.grade, before.passed) == (False, 1, True)
    assert before.questions[0].right_response is not None
    call(supervision.void, attempt_id, now=LATER, **WHY)

    outcome = call(attempts.result, attempt_id, taker="ann", now=LATER)
    assert (outcome.voided, outcome.score, outcome.grade, outcome.passed) == (True, 1, None, None)
    assert outcome.questions[0].right_response is None
    assert call(attempts.get, attempt_id, taker="ann").voided
    review = call(supervision.review, attempt_id)
    assert (review.grade, review.passed, review.voided_at) == (None, None, LATER)


def test_a_voided_attempt_stays_used_until_an_override_gives_one_more(call: Caller) -> None:
    quiz_id = published(call, max_attempts=1)
    call(supervision.void, done(call, quiz_id), now=LATER, **WHY)
    with pytest.raises(Refused) as refused:
        start_attempt(call, quiz_id, now=LATER)
    assert refused.value.code == "no_attempts_left"
    (default,) = call(assignments.page, quiz_id=quiz_id).items
    call(assignments.override, default.id, AccessSettings(max_attempts=2), taker="ann", reason="Voided")

    assert start_attempt(call, quiz_id, now=LATER).number == 2


def test_an_open_attempt_is_finished_before_it_is_voided(call: Caller) -> None:
    attempt_id = begun(call, published(call))
    assert refusal(call, supervision.void, attempt_id) == "attempt_open"
    call(supervision.finish, attempt_id, now=LATER, **WHY)

    assert call(supervision.void, attempt_id, now=LATER, **WHY).voided_at == LATER


def test_voiding_an_overdue_attempt_finishes_it(call: Caller) -> None:
    quiz_id = published(call, time_limit_seconds=60)
    found = call(supervision.void, begun(call, quiz_id), now=LATER, **WHY)

    assert (found.state, found.submitted_at, found.voided_at) == ("submitted", NOON + MINUTE, LATER)
    assert grade_of(call, quiz_id) is None


def test_voiding_twice_keeps_the_first_time(call: Caller) -> None:
    attempt_id = done(call, published(call))
    call(supervision.void, attempt_id, now=LATER, **WHY)

    assert call(supervision.void, attempt_id, now=LATER + HOUR, **WHY).voided_at == LATER
    assert len(call(supervision.events, attempt_id=attempt_id).items) == 1
    for _ in range(2):
        assert call(supervision.unvoid, attempt_id, now=LATER, **WHY).voided_at is None
    assert len(call(supervision.events, attempt_id=attempt_id).items) == 2


# ---------------------------------------------------------------------------------------------- reopen


def test_a_reopened_attempt_goes_on_where_it_was_and_its_result_is_withdrawn(call: Caller) -> None:
    quiz_id = published(call, time_limit_seconds=60, grace_seconds=10)
    attempt_id = begun(call, quiz_id)
    call(gradebook.expire_due, now=NOON + 30 * MINUTE, limit=200)
    assert grade_of(call, quiz_id) == 1

    found = call(supervision.reopen, attempt_id, due_at=LATER + MINUTE, now=LATER, **WHY)
    assert (found.state, found.due_at, found.submitted_at, found.score) == ("open", LATER + MINUTE, None, None)
    assert found.accepts_until == LATER + MINUTE + 10 * SECOND
    assert grade_of(call, quiz_id) is None
    assert call(attempts.grade, quiz_id, taker="ann", now=LATER) is None
    with pytest.raises(Refused) as refused:
        call(attempts.result, attempt_id, taker="ann", now=LATER)
    assert refused.value.code == "attempt_open"
    paper = start_attempt(call, quiz_id, now=LATER)
    assert (paper.attempt_id, paper.number, paper.due_at) == (attempt_id, 1, LATER + MINUTE)
    assert paper.questions[0].response.answer is True
    assert call(broken_invariants, quiz_id=quiz_id) == []

    on_time = LATER + MINUTE + 5 * SECOND
    call(attempts.save, attempt_id, answer(2, 1, answer=True), taker="ann", now=on_time)
    outcome = call(attempts.submit, attempt_id, taker="ann", now=on_time)
    assert (outcome.score, outcome.late, outcome.grade) == (2, False, 2)
    assert grade_of(call, quiz_id) == 2
    assert call(broken_invariants, quiz_id=quiz_id) == []


def test_only_the_reopened_attempt_is_withdrawn_from_the_grade(call: Caller) -> None:
    quiz_id = published(call, grading_method=GradingMethod.LAST)
    done(call, quiz_id)
    last = start_attempt(call, quiz_id).attempt_id
    call(attempts.submit, last, taker="ann", now=NOON)
    assert grade_of(call, quiz_id) == 0
    call(supervision.reopen, last, now=LATER, **WHY)

    assert grade_of(call, quiz_id) == 1


def test_an_attempt_that_was_submitted_by_mistake_keeps_its_deadline(call: Caller) -> None:
    quiz_id = published(call, time_limit_seconds=600)
    attempt_id = done(call, quiz_id)

    found = call(supervision.reopen, attempt_id, now=NOON + MINUTE, **WHY)
    assert (found.state, found.due_at) == ("open", NOON + 10 * MINUTE)
    assert call(gradebook.expire_due, now=NOON + HOUR, limit=200).finished >= 1
    assert call(supervision.get, attempt_id).submitted_at == NOON + 10 * MINUTE


def test_a_deadline_in_the_past_is_refused(call: Caller) -> None:
    attempt_id = done(call, published(call, time_limit_seconds=60))

    for due_at in (None, NOON, LATER):
        assert refusal(call, supervision.reopen, attempt_id, due_at=due_at) == "deadline_passed"
    assert refusal(call, supervision.reopen, attempt_id, due_at=LATER.replace(tzinfo=None)) == "naive_moment"
    assert call(supervision.get, attempt_id).state == "submitted"
    assert call(supervision.events, attempt_id=attempt_id).items == ()


def test_an_overdue_attempt_gets_a_new_deadline_and_an_abandoned_one_too(call: Caller) -> None:
    quiz_id = published(call, time_limit_seconds=60, time_up=TimeUp.ABANDON)
    overdue, abandoned = begun(call, quiz_id, "ann"), begun(call, quiz_id, "ben")
    call(supervision.finish, abandoned, now=LATER, **WHY)
    for taker, attempt_id in (("ann", overdue), ("ben", abandoned)):
        call(supervision.reopen, attempt_id, due_at=LATER + MINUTE, now=LATER, **WHY)
        assert call(attempts.submit, attempt_id, taker=taker, now=LATER).state == "submitted"
    assert call(broken_invariants, quiz_id=quiz_id) == []


def test_an_open_attempt_is_extended_and_not_reopened(call: Caller) -> None:
    attempt_id = begun(call, published(call, time_limit_seconds=60))
    assert refusal(call, supervision.reopen, attempt_id, due_at=LATER, now=NOON) == "attempt_open"

    assert call(supervision.reopen, attempt_id, due_at=NOON + MINUTE, now=NOON, **WHY).state == "open"
    assert call(supervision.events, attempt_id=attempt_id).items == ()


def test_only_the_newest_attempt_can_be_reopened(call: Caller) -> None:
    quiz_id = published(call)
    first, second = done(call, quiz_id), begun(call, quiz_id)
    assert refusal(call, supervision.reopen, first) == "attempt_not_newest"
    call(attempts.submit, second, taker="ann", now=NOON)
    assert refusal(call, supervision.reopen, first) == "attempt_not_newest"

    assert call(supervision.reopen, second, now=LATER, **WHY).state == "open"


def test_a_voided_attempt_is_not_reopened(call: Caller) -> None:
    attempt_id = done(call, published(call))
    call(supervision.void, attempt_id, now=LATER, **WHY)

    assert refusal(call, supervision.reopen, attempt_id) == "attempt_voided"


def test_a_reopened_attempt_can_get_an_earlier_deadline_than_it_had(call: Caller) -> None:
    """The facts that a process has cached have the old one."""
    quiz_id = published(call, time_limit_seconds=7200)
    attempt_id = done(call, quiz_id)
    call(supervision.reopen, attempt_id, due_at=NOON + 2 * MINUTE, now=NOON + MINUTE, **WHY)
    call(attempts.save, attempt_id, answer(2, 1, answer=True), taker="ann", now=NOON + 2 * MINUTE)
    with pytest.raises(Refused) as refused:
        call(attempts.save, attempt_id, answer(2, 2, answer=False), taker="ann", now=NOON + 3 * MINUTE)

    assert refused.value.code == "attempt_overdue"


# ---------------------------------------------------------------------------------------------- lateness


def late_attempt(call: Caller, **policy: Any) -> tuple[uuid.UUID, uuid.UUID]:
    """An attempt with a right response on time, and another right one that came late."""
    quiz_id = published(call, **{**MINUTE_THEN_LATE, "late_penalty": "1/2", **policy})
    attempt_id = begun(call, quiz_id)
    call(attempts.save, attempt_id, answer(2, 1, answer=True), taker="ann", now=LATE)
    call(attempts.submit, attempt_id, taker="ann", now=LATE)
    return quiz_id, attempt_id


def test_staff_waive_a_lateness_or_set_one_and_the_grade_follows(call: Caller) -> None:
    quiz_id, attempt_id = late_attempt(call)
    assert grade_of(call, quiz_id) == 1.5
    for seconds, score, late in ((0, 2, False), (3600, 1, True), (None, 1.5, True), (0, 2, False)):
        found = call(supervision.set_lateness, attempt_id, seconds=seconds, now=LATER, **WHY)
        assert (found.late_seconds, found.score, found.late, found.submitted_at) == (seconds, score, late, LATE)
        assert grade_of(call, quiz_id) == score
        assert call(broken_invariants, quiz_id=quiz_id) == []
        outcome = call(attempts.result, attempt_id, taker="ann", now=LATER)
        assert sum(question.points for question in outcome.questions) == score == outcome.score
        assert [question.late for question in outcome.questions] == [seconds == 3600, late]


def test_of_two_responses_that_are_all_late_the_last_one_counts(call: Caller) -> None:
    quiz_id = published(call, river(), **MINUTE_THEN_LATE, late_penalty="1/2")
    attempt_id = start_attempt(call, quiz_id).attempt_id
    call(attempts.save, attempt_id, answer(1, 1, text="Danube"), taker="ann", now=NOON)
    call(attempts.save, attempt_id, answer(1, 2, text="Donau"), taker="ann", now=LATE)
    call(attempts.submit, attempt_id, taker="ann", now=LATE)

    for seconds, score in ((None, 1), (60, 0.25), (0, 1)):
        found = call(supervision.set_lateness, attempt_id, seconds=seconds, now=LATER, **WHY)
        assert found.score == score
        (question,) = call(supervision.review, attempt_id, now=LATER).questions
        assert question.points == score
        assert call(broken_invariants, quiz_id=quiz_id) == []


def test_a_lateness_chooses_the_step_of_the_credit(call: Caller) -> None:
    steps = [
        CreditStep(until_seconds=-600, share="6/5"),
        CreditStep(until_seconds=0, share=1),
        CreditStep(until_seconds=86_400, share="1/2"),
    ]
    quiz_id = published(call, yes(), credit=steps)
    when = AssignmentCreate(quiz_id=quiz_id, due_at=LATER)
    here = call(assignments.create, when).id
    attempt_id = done(call, quiz_id, assignment_id=here, now=LATER - MINUTE)

    def grade() -> Any:
        (found,) = call(gradebook.grades, assignment_id=here).items
        assert call(broken_invariants, quiz_id=quiz_id) == []
        return found.grade

    assert grade() == 1
    for seconds, expected in ((3600, 0.5), (90_000, 0), (0, 1), (None, 1)):
        call(supervision.set_lateness, attempt_id, seconds=seconds, now=LATER, **WHY)
        assert grade() == expected


def test_a_waived_lateness_keeps_the_bonus_of_an_early_attempt(call: Caller) -> None:
    steps = [CreditStep(until_seconds=-600, share="6/5"), CreditStep(until_seconds=0, share=1)]
    quiz_id = published(call, yes(), credit=steps)
    here = call(assignments.create, AssignmentCreate(quiz_id=quiz_id, due_at=LATER)).id
    attempt_id = done(call, quiz_id, assignment_id=here)
    call(supervision.set_lateness, attempt_id, seconds=0, now=LATER, **WHY)

    assert [one.grade for one in call(gradebook.grades, assignment_id=here).items] == [Decimal("1.2")]


def test_reopening_forgets_a_lateness(call: Caller) -> None:
    quiz_id, attempt_id = late_attempt(call)
    call(supervision.set_lateness, attempt_id, seconds=60, now=LATER, **WHY)
    assert call(supervision.reopen, attempt_id, due_at=LATER + HOUR, now=LATER, **WHY).late_seconds is None
    call(attempts.submit, attempt_id, taker="ann", now=LATER)

    assert grade_of(call, quiz_id) == 2
    assert call(broken_invariants, quiz_id=quiz_id) == []


def test_an_open_attempt_has_no_lateness_and_a_lateness_has_bounds(call: Caller) -> None:
    attempt_id = begun(call, published(call))
    assert refusal(call, supervision.set_lateness, attempt_id, seconds=0) == "attempt_open"
    for seconds in (-1, 86_400 * 366 + 1):
        assert refusal(call, supervision.set_lateness, attempt_id, seconds=seconds) == "lateness_seconds"


# ---------------------------------------------------------------------------------------------- the record

VERBS: dict[str, tuple[Any, dict[str, Any]]] = {
    "finish": (supervision.finish, {}),
    "reopen": (supervision.reopen, {"due_at": LATER + HOUR}),
    "void": (supervision.void, {}),
    "unvoid": (supervision.unvoid, {}),
    "lateness": (supervision.set_lateness, {"seconds": 60}),
}


def ready(call: Caller, name: str) -> uuid.UUID:
    """An attempt that a verb changes."""
    quiz_id = published(call)
    attempt_id = begun(call, quiz_id) if name == "finish" else done(call, quiz_id)
    if name == "unvoid":
        call(supervision.void, attempt_id, now=NOON, **WHY)
    return attempt_id


@pytest.mark.parametrize("name", VERBS)
def test_each_repair_is_recorded_with_actor_reason_time_and_what_was_before(call: Caller, name: str) -> None:
    attempt_id = ready(call, name)
    before = call(supervision.get, attempt_id)
    verb, named = VERBS[name]
    call(verb, attempt_id, now=LATER, **WHY, **named)
    *_, event = call(supervision.events, attempt_id=attempt_id).items

    assert (event.kind, event.actor_id, event.reason, event.created_at) == (name, "teacher", "Fire alarm", LATER)
    assert event in call(supervision.events, assignment_id=before.assignment_id).items
    assert event.before["state"] == before.state
    assert event.before["voided_at"] == (None if before.voided_at is None else before.voided_at.isoformat())
    assert event.settings == {
        "reopen": {"due_at": (LATER + HOUR).isoformat()}, "lateness": {"seconds": 60}
    }.get(name, {})  # fmt: skip
    event.model_dump_json()


@pytest.mark.parametrize("name", VERBS)
def test_a_repeated_call_with_its_event_id_takes_effect_once(call: Caller, name: str) -> None:
    """Even if somebody has undone it in between."""
    attempt_id, (verb, named) = ready(call, name), VERBS[name]
    mine = {"event_id": event_id(), "now": LATER, **WHY, **named}
    first = call(verb, attempt_id, **mine)
    assert call(verb, attempt_id, **mine) == first
    undone_by: dict[str, tuple[Any, dict[str, Any]]] = {
        "finish": (supervision.reopen, {}),
        "reopen": (supervision.finish, {}),
        "void": (supervision.unvoid, {}),
        "unvoid": (supervision.void, {}),
        "lateness": (supervision.set_lateness, {"seconds": None}),
    }
    undo, more = undone_by[name]
    undone = call(undo, attempt_id, **{"now": LATER, **WHY, **more})

    assert call(verb, attempt_id, **mine) == undone
    assert refusal(call, verb, attempt_id, **{**mine, "reason": "Another"}) == "id_taken"


@pytest.mark.parametrize("name", VERBS)
def test_a_repeated_call_without_an_event_id_changes_nothing(call: Caller, name: str) -> None:
    attempt_id, (verb, named) = ready(call, name), VERBS[name]
    first = call(verb, attempt_id, now=LATER, **WHY, **named)
    recorded = call(supervision.events, attempt_id=attempt_id)

    assert call(verb, attempt_id, now=LATER, **WHY, **named) == first
    assert call(supervision.events, attempt_id=attempt_id) == recorded


@pytest.mark.parametrize("name", VERBS)
def test_a_reason_is_needed_and_bounded_and_an_attempt_must_exist(call: Caller, name: str) -> None:
    verb, named = VERBS[name]
    attempt_id = ready(call, name)
    for reason, code in (("", "reason_missing"), (" ", "reason_missing"), ("x" * 1001, "argument_invalid")):
        assert refusal(call, verb, attempt_id, **named, reason=reason) == code
    assert refusal(call, verb, uuid.uuid4(), **named) == "attempt_not_found"


def test_events_without_an_actor_are_those_of_a_program(call: Caller) -> None:
    attempt_id = begun(call, published(call))
    call(supervision.finish, attempt_id, reason="The exam is over", now=LATER)
    (event,) = call(supervision.events, attempt_id=attempt_id).items

    assert (event.actor_id, event.reason) == (None, "The exam is over")


# ---------------------------------------------------------------------------------------------- concurrent calls


def outcomes(engine: Engine, *works: Work) -> list[Any]:
    """Call functions at the same time, each with empty caches; return what each returns, or the code of its error."""
    found = together(engine, *(partial(work, Quizkit(models)) for work in works))
    return [one.code if isinstance(one, QuizkitError) else one for one in found]


@pytest.mark.no_cover
def test_a_save_in_flight_is_counted_or_refused_when_staff_finish(call: Caller, engine: Engine) -> None:
    quiz_id = published(call)
    for number in range(ROUNDS):
        taker = f"taker {number}"
        attempt_id = start_attempt(call, quiz_id, taker).attempt_id
        saved, _ = outcomes(
            engine,
            lambda own, s: own.attempts.save(s, attempt_id, answer(1, 1, answer=True), taker=taker, now=NOON).status,  # noqa: B023 - it is called in this turn
            lambda own, s: own.supervision.finish(s, attempt_id, now=NOON, **WHY),  # noqa: B023 - it is called in this turn
        )
        score = call(supervision.get, attempt_id).score
        assert (saved, score) in {("stored", 1), ("attempt_submitted", 0)}
    assert call(broken_invariants, quiz_id=quiz_id) == []


@pytest.mark.no_cover
def test_a_submit_and_a_finish_at_once_finish_the_attempt_once(call: Caller, engine: Engine) -> None:
    quiz_id = published(call)
    for number in range(ROUNDS):
        taker = f"taker {number}"
        attempt_id = begun(call, quiz_id, taker)
        outcomes(
            engine,
            lambda own, s: own.attempts.submit(s, attempt_id, taker=taker, now=NOON),  # noqa: B023 - it is called in this turn
            lambda own, s: own.supervision.finish_all(s, quiz_id, now=LATER, **WHY),
            lambda own, s: own.supervision.finish(s, attempt_id, now=LATER, **WHY),  # noqa: B023 - it is called in this turn
        )
        found = call(supervision.get, attempt_id)
        events = call(supervision.events, attempt_id=attempt_id).items
        assert (found.submitted_at, len(events)) in {(NOON, 0), (LATER, 1)}
    assert call(broken_invariants, quiz_id=quiz_id) == []


@pytest.mark.no_cover
def test_a_start_and_a_reopening_at_once_leave_one_open_attempt(call: Caller, engine: Engine) -> None:
    quiz_id = published(call)
    for number in range(ROUNDS):
        taker = f"taker {number}"
        first = done(call, quiz_id, taker)
        started, reopened = outcomes(
            engine,
            lambda own, s: own.attempts.start(s, quiz_id, taker=taker, now=LATER).number,  # noqa: B023 - it is called in this turn
            lambda own, s: own.supervision.reopen(s, first, now=LATER, **WHY).state,  # noqa: B023 - it is called in this turn
        )
        assert (started, reopened) in {(1, "open"), (2, "attempt_not_newest")}
    assert call(broken_invariants, quiz_id=quiz_id) == []


@pytest.mark.no_cover
def test_void_and_reopen_at_once_never_leave_a_voided_open_attempt(call: Caller, engine: Engine) -> None:
    quiz_id = published(call)
    for number in range(ROUNDS):
        attempt_id = done(call, quiz_id, f"taker {number}")
        voided, reopened = outcomes(
            engine,
            lambda own, s: own.supervision.void(s, attempt_id, now=LATER, **WHY).voided_at,  # noqa: B023 - it is called in this turn
            lambda own, s: own.supervision.reopen(s, attempt_id, now=LATER, **WHY).state,  # noqa: B023 - it is called in this turn
        )
        assert (voided, reopened) in {(LATER, "attempt_voided"), ("attempt_open", "open")}
    assert call(broken_invariants, quiz_id=quiz_id) == []


@pytest.mark.no_cover
def test_the_same_call_twice_at_once_takes_effect_once(call: Caller, engine: Engine) -> None:
    quiz_id = published(call)
    for number in range(ROUNDS):
        attempt_id = done(call, quiz_id, f"taker {number}")
        mine = {"event_id": event_id(), "due_at": LATER + HOUR, "now": LATER, **WHY}
        same = [lambda own, s: own.supervision.reopen(s, attempt_id, **mine).state] * 2  # noqa: B023 - it is called in this turn
        assert outcomes(engine, *same) == ["open", "open"]
        assert len(call(supervision.events, attempt_id=attempt_id).items) == 1
    assert call(broken_invariants, quiz_id=quiz_id) == []
