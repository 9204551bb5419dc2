"""`explain_access` predicts `start`, for every code with which `start` can refuse."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from conftest import Caller
from quizkit.crud import AccessRequest, Quizkit, assignments, attempts, questions, quizzes
from quizkit.errors import QuizkitError, Refused
from quizkit.models import models
from quizkit.schemas import AccessSettings, AssignmentCreate, DrawSlot, QuizCreate, SectionOutline
from quizkit.vocabulary import TimeUp
from taking import HOUR, MINUTE, NOON, SECOND, TICK, answer, arranged, bank_of, published, start_attempt, yes

pytestmark = pytest.mark.usefixtures("unbroken")


def closed_room(_request: AccessRequest[Any]) -> None:
    """Admit no taker."""
    raise Refused("wrong_room", "This is not the room")


class Case(NamedTuple):
    """The arguments of both verbs."""

    quiz_id: uuid.UUID
    more: Mapping[str, Any] = MappingProxyType({})
    kit: Any = attempts


def no_quiz(_call: Caller) -> Case:
    return Case(uuid.uuid4())


def no_assignment(call: Caller) -> Case:
    return Case(published(call), {"assignment_id": uuid.uuid4()})


def not_published(call: Caller) -> Case:
    return Case(call(quizzes.create, QuizCreate(title="Rivers", questions=[yes()])).id)


def archived(call: Caller) -> Case:
    quiz_id = published(call)
    call(quizzes.archive, quiz_id)
    return Case(quiz_id)


def archived_draft(call: Caller) -> Case:
    case = not_published(call)
    call(quizzes.archive, case.quiz_id)
    return case


def archived_assignment(call: Caller) -> Case:
    quiz_id = published(call)
    made = call(assignments.create, AssignmentCreate(quiz_id=quiz_id))
    call(assignments.archive, made.id)
    return Case(quiz_id, {"assignment_id": made.id})


def window(call: Caller, **ends: Any) -> Case:
    quiz_id = published(call)
    made = call(assignments.create, AssignmentCreate(quiz_id=quiz_id, **ends))
    return Case(quiz_id, {"assignment_id": made.id})


def default_beside_another(call: Caller) -> Case:
    quiz_id = published(call)
    call(assignments.create, AssignmentCreate(quiz_id=quiz_id, opens_at=NOON + HOUR))
    return Case(quiz_id)


def too_early(call: Caller) -> Case:
    return window(call, opens_at=NOON + TICK)


def too_late(call: Caller) -> Case:
    return window(call, closes_at=NOON)


def too_late_by_an_override(call: Caller) -> Case:
    case = window(call, closes_at=NOON + HOUR)
    call(assignments.override, case.more["assignment_id"], AccessSettings(closes_at=NOON), group="7b")
    return Case(case.quiz_id, {**case.more, "groups": ["7b"]})


def too_often(call: Caller) -> Case:
    quiz_id = published(call, max_attempts=1)
    call(attempts.submit, start_attempt(call, quiz_id).attempt_id, taker="ann", now=NOON)
    return Case(quiz_id)


def too_often_and_overdue(call: Caller) -> Case:
    quiz_id = published(call, max_attempts=1, time_limit_seconds=60)
    start_attempt(call, quiz_id)
    return Case(quiz_id, {"now": NOON + HOUR})


def passed(call: Caller) -> Case:
    quiz_id = published(call, pass_grade=0, stop_after_passing=True)
    call(attempts.submit, start_attempt(call, quiz_id).attempt_id, taker="ann", now=NOON)
    return Case(quiz_id)


def passed_and_overdue(call: Caller) -> Case:
    quiz_id = published(call, pass_grade=0, stop_after_passing=True, time_limit_seconds=60)
    start_attempt(call, quiz_id)
    return Case(quiz_id, {"now": NOON + HOUR})


def too_soon(call: Caller) -> Case:
    quiz_id = published(call, delays_seconds=[60])
    call(attempts.submit, start_attempt(call, quiz_id).attempt_id, taker="ann", now=NOON)
    return Case(quiz_id)


def too_soon_after_late_work(call: Caller) -> Case:
    """An attempt with late responses that is not submitted is finished when its late period ends."""
    policy = {"time_limit_seconds": 60, "time_up": TimeUp.ACCEPT_LATE, "late_seconds": 600, "delays_seconds": [3600]}
    quiz_id = published(call, **policy)
    paper = start_attempt(call, quiz_id)
    late = NOON + 2 * MINUTE
    call(attempts.save, paper.attempt_id, answer(1, 1, answer=True), taker="ann", now=late)
    return Case(quiz_id, {"now": NOON + MINUTE + 600 * SECOND + HOUR - TICK})


def too_few_to_draw(call: Caller) -> Case:
    bank, ids = bank_of(call, yes(1), yes(2))
    quiz_id = arranged(call, SectionOutline(slots=[DrawSlot(bank_id=bank, count=2)]))
    call(questions.archive, ids[0])
    return Case(quiz_id)


def too_few_that_are_fresh(call: Caller) -> Case:
    bank, _ = bank_of(call, yes(1), yes(2))
    quiz_id = arranged(call, SectionOutline(slots=[DrawSlot(bank_id=bank, count=2, fresh=True)]))
    taker = f"ann {bank}"
    call(attempts.submit, start_attempt(call, quiz_id, taker).attempt_id, taker=taker, now=NOON)
    return Case(quiz_id, {"taker": taker})


def not_admitted(call: Caller) -> Case:
    return Case(published(call), kit=Quizkit(models, admit=closed_room).attempts)


def not_admitted_to_go_on(call: Caller) -> Case:
    quiz_id = published(call)
    start_attempt(call, quiz_id)
    return Case(quiz_id, kit=Quizkit(models, admit=closed_room).attempts)


CASES: list[tuple[Callable[[Caller], Case], str]] = [
    (no_quiz, "quiz_not_found"),
    (no_assignment, "assignment_not_found"),
    (not_published, "quiz_not_published"),
    (archived, "quiz_archived"),
    (archived_draft, "quiz_archived"),
    (archived_assignment, "assignment_archived"),
    (default_beside_another, "assignment_needed"),
    (too_early, "not_open_yet"),
    (too_late, "closed"),
    (too_late_by_an_override, "closed"),
    (too_often, "no_attempts_left"),
    (too_often_and_overdue, "no_attempts_left"),
    (passed, "already_passed"),
    (passed_and_overdue, "already_passed"),
    (too_soon, "too_soon"),
    (too_soon_after_late_work, "too_soon"),
    (too_few_to_draw, "draw_too_small"),
    (too_few_that_are_fresh, "draw_too_small"),
    (not_admitted, "wrong_room"),
    (not_admitted_to_go_on, "wrong_room"),
]


@pytest.mark.parametrize(("given", "code"), CASES, ids=[made.__name__ for made, _ in CASES])
def test_explain_access_predicts_what_start_refuses(call: Caller, given: Callable[[Caller], Case], code: str) -> None:
    case = given(call)
    arguments: dict[str, Any] = {"taker": "ann", "now": NOON, **case.more}

    explained: Any
    try:
        explained = call(case.kit.explain_access, case.quiz_id, **arguments).refusal
    except QuizkitError as error:  # there is no assignment to report on
        explained = error.code
    with pytest.raises(QuizkitError) as refused:
        call(case.kit.start, case.quiz_id, **arguments)
    assert (explained, refused.value.code) == (code, code)


def test_every_code_that_start_documents_has_a_case() -> None:
    raises = (attempts.start.__doc__ or "").partition("Raises:")[2]

    assert set(re.findall(r"`(\w+)`", raises)) == {code for _, code in CASES} - {"wrong_room"} | {
        "attempt_id_taken",
        "attempt_busy",
        "quiz_or_assignment",  # errors in the call, which say nothing about access
        "seed_length",
    }


def test_explain_access_predicts_the_first_possible_start_to_the_microsecond(call: Caller) -> None:
    case = too_soon_after_late_work(call)
    arguments: dict[str, Any] = {"taker": "ann", "now": case.more["now"] + TICK}

    assert call(attempts.explain_access, case.quiz_id, **arguments).may_start
    assert call(attempts.start, case.quiz_id, **arguments).number == 2


def test_explain_access_changes_nothing(call: Caller) -> None:
    quiz_id = published(call, time_limit_seconds=60)
    paper = start_attempt(call, quiz_id)
    later = NOON + timedelta(hours=5)

    assert call(attempts.explain_access, quiz_id, taker="ann", now=later).may_start
    assert call(attempts.get, paper.attempt_id, taker="ann", now=later).submitted_at is None
