"""The assignment that publishing makes serves quizzes that have no other: it is no way around the window of one that has."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from conftest import Caller
from quizkit.crud import assignments, attempts
from quizkit.errors import Refused
from quizkit.schemas import AssignmentCreate, AssignmentSettings, AssignmentUpdate, ReviewPolicy
from taking import HOUR, MINUTE, NOON, published, sit

pytestmark = pytest.mark.usefixtures("unbroken")


def exam_of(call: Caller, quiz_id: uuid.UUID, **more: Any) -> uuid.UUID:
    made = call(assignments.create, AssignmentCreate(quiz_id=quiz_id, **more))
    found: uuid.UUID = made.id
    return found


def default_of(call: Caller, quiz_id: uuid.UUID) -> uuid.UUID:
    (found,) = (one.id for one in call(assignments.page, quiz_id=quiz_id).items if one.is_default)
    return uuid.UUID(str(found))


def codes(call: Caller, quiz_id: uuid.UUID, **more: Any) -> set[str | None]:
    """Return why an attempt cannot be started, by asking and by trying."""
    explained = call(attempts.explain_access, quiz_id, taker="ann", now=NOON, **more)
    try:
        sit(call, quiz_id, **more)
    except Refused as refused:
        return {explained.refusal, refused.code}
    return {explained.refusal, None}


def test_an_exam_that_is_not_open_yet_is_not_taken_through_the_default_assignment(call: Caller) -> None:
    quiz_id = published(call)
    exam = exam_of(call, quiz_id, opens_at=NOON + HOUR)

    assert codes(call, quiz_id) == {"assignment_needed"}
    assert codes(call, quiz_id, assignment_id=default_of(call, quiz_id)) == {"assignment_needed"}
    assert codes(call, quiz_id, assignment_id=exam) == {"not_open_yet"}


def test_an_exam_that_is_over_and_archived_leaves_the_side_door_shut(call: Caller) -> None:
    quiz_id = published(call)
    call(assignments.archive, exam_of(call, quiz_id), now=NOON)

    assert codes(call, quiz_id) == {"assignment_needed"}


@pytest.mark.parametrize(
    "rules",
    [
        {"opens_at": NOON},
        {"due_at": NOON + HOUR},
        {"closes_at": NOON + HOUR},
        {"context": "7b"},
        {"settings": AssignmentSettings(max_attempts=1)},
    ],
    ids=lambda rules: next(iter(rules)),
)
def test_a_default_assignment_with_rules_of_its_own_is_taken_by_its_name(call: Caller, rules: dict[str, Any]) -> None:
    quiz_id = published(call)
    home = default_of(call, quiz_id)
    call(assignments.update, home, AssignmentUpdate(**rules))
    exam_of(call, quiz_id)

    assert codes(call, quiz_id) == {"assignment_needed"}
    assert codes(call, quiz_id, assignment_id=home) == {None}


def test_what_a_default_assignment_shows_is_no_rule_about_taking_it(call: Caller) -> None:
    quiz_id = published(call)
    home = default_of(call, quiz_id)
    shows = AssignmentSettings(review=ReviewPolicy(marks=()))
    call(assignments.update, home, AssignmentUpdate(settings=shows))
    assert codes(call, quiz_id) == {None}
    exam_of(call, quiz_id)

    assert codes(call, published(call)) == {None}  # another quiz
    second = call(attempts.explain_access, quiz_id, taker="ben", assignment_id=home, now=NOON)
    assert second.refusal == "assignment_needed"


def test_an_attempt_that_is_open_there_goes_on(call: Caller) -> None:
    quiz_id = published(call)
    paper = sit(call, quiz_id)
    exam_of(call, quiz_id, opens_at=NOON + HOUR)

    assert sit(call, quiz_id).attempt_id == paper.attempt_id
    assert codes(call, quiz_id) == {None}
    call(attempts.submit, paper.attempt_id, taker="ann", now=NOON + MINUTE)
    assert codes(call, quiz_id) == {"assignment_needed"}


def test_a_grade_is_asked_for_by_the_name_of_its_assignment_where_there_are_several(call: Caller) -> None:
    quiz_id = published(call)
    paper = sit(call, quiz_id)
    call(attempts.submit, paper.attempt_id, taker="ann", now=NOON)
    assert call(attempts.grade, quiz_id, taker="ann", now=NOON).attempts == 1
    exam = exam_of(call, quiz_id)

    with pytest.raises(Refused) as refused:
        call(attempts.grade, quiz_id, taker="ann", now=NOON)
    assert refused.value.code == "assignment_needed"
    home = default_of(call, quiz_id)
    assert call(attempts.grade, quiz_id, taker="ann", assignment_id=home, now=NOON).attempts == 1
    assert call(attempts.grade, quiz_id, taker="ann", assignment_id=exam, now=NOON) is None
