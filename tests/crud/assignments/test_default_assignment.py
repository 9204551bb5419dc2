"""The default assignment is for quizzes without others: it does not bypass the window of another assignment."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from conftest import Caller
from quizkit.crud import assignments, attempts
from quizkit.errors import Refused
from quizkit.schemas import AssignmentCreate, AssignmentSettings, AssignmentUpdate, ReviewPolicy
from taking import HOUR, MINUTE, NOON, published, start_attempt

pytestmark = pytest.mark.usefixtures("unbroken")


def exam_of(call: Caller, quiz_id: uuid.UUID, **more: Any) -> uuid.UUID:
    made = call(assignments.create, AssignmentCreate(quiz_id=quiz_id, **more))
    found: uuid.UUID = made.id
    return found


def default_of(call: Caller, quiz_id: uuid.UUID) -> uuid.UUID:
    (found,) = (one.id for one in call(assignments.page, quiz_id=quiz_id).items if one.is_default)
    return uuid.UUID(str(found))


def codes(call: Caller, quiz_id: uuid.UUID, **more: Any) -> set[str | None]:
    """Return why an attempt cannot be started, by `explain_access` and by `start`, which must agree."""
    explained = call(attempts.explain_access, quiz_id, taker="ann", now=NOON, **more)
    try:
        start_attempt(call, quiz_id, **more)
    except Refused as refused:
        return {explained.refusal, refused.code}
    return {explained.refusal, None}


def test_an_exam_that_is_not_open_cannot_be_started_through_the_default_assignment(call: Caller) -> None:
    quiz_id = published(call)
    exam = exam_of(call, quiz_id, opens_at=NOON + HOUR)

    assert codes(call, quiz_id) == {"assignment_needed"}
    assert codes(call, quiz_id, assignment_id=default_of(call, quiz_id)) == {"assignment_needed"}
    assert codes(call, quiz_id, assignment_id=exam) == {"not_open_yet"}


def test_an_archived_exam_does_not_enable_the_default_assignment(call: Caller) -> None:
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
def test_a_default_assignment_with_settings_can_be_started_by_its_id(call: Caller, rules: dict[str, Any]) -> None:
    quiz_id = published(call)
    assignment_id = default_of(call, quiz_id)
    call(assignments.update, assignment_id, AssignmentUpdate(**rules))
    exam_of(call, quiz_id)

    assert codes(call, quiz_id) == {"assignment_needed"}
    assert codes(call, quiz_id, assignment_id=assignment_id) == {None}


def test_a_review_policy_does_not_enable_the_default_assignment(call: Caller) -> None:
    quiz_id = published(call)
    assignment_id = default_of(call, quiz_id)
    shows = AssignmentSettings(review=ReviewPolicy(marks=()))
    call(assignments.update, assignment_id, AssignmentUpdate(settings=shows))
    assert codes(call, quiz_id) == {None}
    exam_of(call, quiz_id)

    assert codes(call, published(call)) == {None}  # another quiz
    second = call(attempts.explain_access, quiz_id, taker="ben", assignment_id=assignment_id, now=NOON)
    assert second.refusal == "assignment_needed"


def test_an_open_attempt_at_the_default_assignment_continues(call: Caller) -> None:
    quiz_id = published(call)
    paper = start_attempt(call, quiz_id)
    exam_of(call, quiz_id, opens_at=NOON + HOUR)

    assert start_attempt(call, quiz_id).attempt_id == paper.attempt_id
    assert codes(call, quiz_id) == {None}
    call(attempts.submit, paper.attempt_id, taker="ann", now=NOON + MINUTE)
    assert codes(call, quiz_id) == {"assignment_needed"}


def test_reading_a_grade_needs_the_assignment_id_if_there_are_several(call: Caller) -> None:
    quiz_id = published(call)
    paper = start_attempt(call, quiz_id)
    call(attempts.submit, paper.attempt_id, taker="ann", now=NOON)
    assert call(attempts.grade, quiz_id, taker="ann", now=NOON).attempts == 1
    exam = exam_of(call, quiz_id)

    with pytest.raises(Refused) as refused:
        call(attempts.grade, quiz_id, taker="ann", now=NOON)
    assert refused.value.code == "assignment_needed"
    assignment_id = default_of(call, quiz_id)
    assert call(attempts.grade, quiz_id, taker="ann", assignment_id=assignment_id, now=NOON).attempts == 1
    assert call(attempts.grade, quiz_id, taker="ann", assignment_id=exam, now=NOON) is None
