"""The default assignment is for quizzes without others: it does not bypass the window of another assignment."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from conftest import Caller
from quizkit.crud import assignments, attempts, gradebook, previews
from quizkit.errors import NotFound, Refused, UsageError
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


def test_a_start_without_an_assignment_says_which_ones_accept_attempts(call: Caller) -> None:
    quiz_id = published(call)
    exam_of(call, quiz_id)

    with pytest.raises(Refused, match=r"pass assignment_id=\..* a window, a context or settings"):
        start_attempt(call, quiz_id)


@pytest.mark.parametrize("verb", [gradebook.grades, gradebook.leaderboard, gradebook.rebuild])
def test_the_grades_of_a_quiz_with_several_assignments_need_only_an_id(call: Caller, verb: Any) -> None:
    quiz_id = published(call)
    exam_of(call, quiz_id)

    with pytest.raises(Refused) as refused:
        call(verb, quiz_id)
    assert refused.value.message == "The quiz has several assignments: pass assignment_id="


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


# ---------------------------------------------------------------------------------------------- a quiz or an assignment

BY_EITHER: dict[str, tuple[Any, dict[str, Any]]] = {
    "attempts.start": (attempts.start, {"taker": "ann", "now": NOON}),
    "attempts.explain_access": (attempts.explain_access, {"taker": "ann", "now": NOON}),
    "attempts.grade": (attempts.grade, {"taker": "ann", "now": NOON}),
    "previews.start": (previews.start, {"actor": "prof", "now": NOON}),
    "gradebook.grades": (gradebook.grades, {}),
    "gradebook.leaderboard": (gradebook.leaderboard, {}),
    "gradebook.place": (gradebook.place, {"taker": "ann"}),
    "gradebook.means": (gradebook.means, {"groups": {"all": []}}),
    "gradebook.roster": (gradebook.roster, {"takers": ["ann"]}),
    "gradebook.rebuild": (gradebook.rebuild, {"now": NOON}),
}
either = pytest.mark.parametrize("name", BY_EITHER)


def taken(call: Caller) -> uuid.UUID:
    """Return a quiz with a finished attempt."""
    quiz_id = published(call)
    call(attempts.submit, start_attempt(call, quiz_id).attempt_id, taker="ann", now=NOON)
    start_attempt(call, quiz_id)
    return quiz_id


@either
def test_a_quiz_id_selects_its_default_assignment(call: Caller, name: str) -> None:
    quiz_id = taken(call)
    verb, more = BY_EITHER[name]

    by_quiz = call(verb, quiz_id=quiz_id, **more)
    by_assignment = call(verb, assignment_id=default_of(call, quiz_id), **more)
    by_both = call(verb, quiz_id=quiz_id, assignment_id=default_of(call, quiz_id), **more)

    assert by_quiz == by_assignment == by_both
    assert by_quiz is not None


@either
def test_an_assignment_of_another_quiz_is_not_found(call: Caller, name: str) -> None:
    quiz_id, other = taken(call), taken(call)
    verb, more = BY_EITHER[name]

    with pytest.raises(NotFound) as refused:
        call(verb, quiz_id=quiz_id, assignment_id=default_of(call, other), **more)
    assert (refused.value.code, refused.value.message) == (
        "assignment_not_found",
        "This quiz has no such assignment",
    )


@either
def test_an_unknown_quiz_is_not_found(call: Caller, name: str) -> None:
    verb, more = BY_EITHER[name]

    with pytest.raises(NotFound) as refused:
        call(verb, quiz_id=uuid.uuid4(), **more)
    assert refused.value.code == "quiz_not_found"


@pytest.mark.parametrize("name", [name for name in BY_EITHER if not name.startswith("gradebook")])
def test_an_unknown_assignment_alone_is_not_found(call: Caller, name: str) -> None:
    verb, more = BY_EITHER[name]

    with pytest.raises(NotFound) as refused:
        call(verb, assignment_id=uuid.uuid4(), **more)
    assert refused.value.code == "assignment_not_found"


@either
def test_a_call_needs_a_quiz_or_an_assignment(call: Caller, name: str) -> None:
    verb, more = BY_EITHER[name]

    with pytest.raises(UsageError) as refused:
        call(verb, **more)
    assert refused.value.code == "quiz_or_assignment"


@pytest.mark.parametrize("name", [name for name in BY_EITHER if name != "previews.start"])
def test_a_quiz_id_does_not_select_the_default_assignment_if_there_are_others(call: Caller, name: str) -> None:
    quiz_id = published(call)
    exam_of(call, quiz_id)
    verb, more = BY_EITHER[name]

    if name == "attempts.explain_access":
        assert call(verb, quiz_id=quiz_id, **more).refusal == "assignment_needed"
        return
    with pytest.raises(Refused) as refused:
        call(verb, quiz_id=quiz_id, **more)
    assert refused.value.code == "assignment_needed"


def test_a_taker_lists_the_attempts_of_one_assignment(call: Caller) -> None:
    quiz_id = published(call)
    exams = [exam_of(call, quiz_id, context=context) for context in ("7a", "7b")]
    first, second = (start_attempt(call, quiz_id, assignment_id=exam).attempt_id for exam in exams)

    assert [one.id for one in call(attempts.page, taker="ann", assignment_id=exams[0]).items] == [first]
    assert [one.id for one in call(attempts.page, taker="ann", assignment_id=exams[1], quiz_id=quiz_id).items] == [
        second
    ]
    assert call(attempts.page, taker="ann", assignment_id=exams[1], quiz_id=uuid.uuid4()).items == ()
