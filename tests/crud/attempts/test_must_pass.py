"""Questions and sections that must be passed, besides the grade."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from pydantic import ValidationError

from conftest import Caller
from quizkit.crud import attempts, gradebook, quizzes, supervision
from quizkit.errors import Refused
from quizkit.questions import Essay
from quizkit.schemas import DrawSlot, QuestionSlot, QuizOutline, ReviewPolicy, SectionOutline
from quizkit.testing import broken_invariants
from quizkit.vocabulary import Counting, GradingMethod, ReviewCondition, ReviewMoment
from taking import HOUR, LATE, MINUTE_THEN_LATE, NOON, answer, arranged, bank_of, slots_for, start_attempt, yes

BANK = uuid.UUID(int=1)

pytestmark = pytest.mark.usefixtures("unbroken")


def driving_test(call: Caller, **policy: Any) -> uuid.UUID:
    """A quiz that needs half of the points, and half of those of the second section."""
    _, ids = bank_of(call, *(yes(n) for n in range(1, 5)))
    return arranged(
        call,
        SectionOutline(title="Signs", slots=slots_for(ids[:2])),
        SectionOutline(title="Right of way", pass_share="1/2", slots=slots_for(ids[2:])),
        **{"pass_grade": 2, **policy},
    )


def take(call: Caller, quiz_id: uuid.UUID, *right: int, **when: Any) -> Any:
    paper = start_attempt(call, quiz_id)
    for slot in right:
        call(attempts.save, paper.attempt_id, answer(slot, answer=True), taker="ann", **{"now": NOON, **when})
    return call(attempts.submit, paper.attempt_id, taker="ann", **{"now": NOON, **when})


def grade_of(call: Caller, quiz_id: uuid.UUID) -> Any:
    return call(attempts.grade, quiz_id, taker="ann", now=NOON)


def test_a_section_that_must_be_passed_decides_besides_the_pass_mark(call: Caller) -> None:
    quiz_id = driving_test(call)

    failed = take(call, quiz_id, 1, 2)
    assert (str(failed.grade), failed.passed) == ("2", False)
    assert [section.passed for section in failed.sections] == [None, False]
    assert grade_of(call, quiz_id).passed is False

    passed = take(call, quiz_id, 1, 3)
    assert (str(passed.grade), passed.passed) == ("2", True)
    assert [section.passed for section in passed.sections] == [None, True]
    assert grade_of(call, quiz_id).passed is True
    (row,) = call(gradebook.grades, quiz_id).items
    assert row.passed is True


def test_one_attempt_must_reach_both_with_the_highest_grade(call: Caller) -> None:
    quiz_id = driving_test(call)

    assert take(call, quiz_id, 1, 2).passed is False  # reaches the pass mark
    assert take(call, quiz_id, 3).passed is False  # reaches the section
    assert grade_of(call, quiz_id).passed is False


@pytest.mark.parametrize(("method", "passed"), [(GradingMethod.FIRST, False), (GradingMethod.LAST, True)])
def test_the_attempt_that_counts_must_pass_its_sections(call: Caller, method: GradingMethod, passed: bool) -> None:
    quiz_id = driving_test(call, grading_method=method)
    take(call, quiz_id, 1, 2)
    take(call, quiz_id, 3, 4)

    assert grade_of(call, quiz_id).passed is passed
    assert call(gradebook.rebuild, quiz_id, now=NOON).changed == 0


def test_a_question_that_must_be_passed_needs_no_pass_mark(call: Caller) -> None:
    _, ids = bank_of(call, yes(1), yes(2))
    slots = [QuestionSlot(question_id=ids[0], pass_share=1), QuestionSlot(question_id=ids[1])]
    quiz_id = arranged(call, SectionOutline(slots=slots))

    assert [question.pass_share for question in start_attempt(call, quiz_id).questions] == [1, None]
    failed = take(call, quiz_id, 2)
    assert (failed.passed, [question.pass_share for question in failed.questions]) == (False, [1, None])
    assert take(call, quiz_id, 1).passed is True


def test_each_drawn_question_must_be_passed(call: Caller) -> None:
    bank, _ = bank_of(call, yes(1), yes(2))
    quiz_id = arranged(call, SectionOutline(slots=[DrawSlot(bank_id=bank, count=2, pass_share=1)]))

    assert take(call, quiz_id, 1).passed is False
    assert take(call, quiz_id, 1, 2).passed is True


def test_what_must_be_passed_is_on_the_paper_and_fixed_when_the_attempt_starts(call: Caller) -> None:
    quiz_id = driving_test(call)
    paper = start_attempt(call, quiz_id)
    assert [str(section.pass_share) for section in paper.sections] == ["None", "1/2"]

    easier = call(quizzes.outline, quiz_id)
    sections = [section.model_copy(update={"pass_share": None}) for section in easier.sections]
    call(quizzes.set_outline, quiz_id, QuizOutline(sections=sections))
    call(quizzes.publish, quiz_id)
    for slot in (1, 2):
        call(attempts.save, paper.attempt_id, answer(slot, answer=True), taker="ann", now=NOON)

    assert call(attempts.submit, paper.attempt_id, taker="ann", now=NOON).passed is False
    assert take(call, quiz_id, 1, 2).passed is True


def test_a_late_response_counts_with_its_penalty(call: Caller) -> None:
    quiz_id = driving_test(call, pass_grade=None, **MINUTE_THEN_LATE, late_penalty="0.5")

    assert take(call, quiz_id, 3, now=LATE).passed is False  # half a point of two
    assert grade_of(call, quiz_id).passed is False


def test_a_section_is_passed_by_the_lateness_that_staff_set(call: Caller) -> None:
    quiz_id = driving_test(call, pass_grade=1, **MINUTE_THEN_LATE, late_penalty="0.5")
    attempt_id = take(call, quiz_id, 3, now=LATE).attempt_id

    for seconds, passed in ((0, True), (3600, False), (None, False)):
        call(supervision.set_lateness, attempt_id, seconds=seconds, actor="teacher", reason="x", now=LATE)
        outcome = call(attempts.result, attempt_id, taker="ann", now=LATE)
        assert (outcome.passed, [section.passed for section in outcome.sections]) == (passed, [None, passed])
        assert grade_of(call, quiz_id).passed is passed
        assert call(broken_invariants, quiz_id=quiz_id) == []


def test_a_failed_section_is_withheld_with_the_grade(call: Caller) -> None:
    _, ids = bank_of(call, yes(1), Essay(content="Why?"))
    hurdle = SectionOutline(pass_share=1, slots=slots_for(ids[:1]))
    quiz_id = arranged(call, hurdle, SectionOutline(slots=slots_for(ids[1:])), pass_grade=1)
    paper = start_attempt(call, quiz_id)
    call(attempts.save, paper.attempt_id, answer(2, text="Because"), taker="ann", now=NOON)

    outcome = call(attempts.submit, paper.attempt_id, taker="ann", now=NOON)

    assert (outcome.needs_grading, outcome.grade, outcome.passed) == (True, None, None)
    assert [section.passed for section in outcome.sections] == [None, None]
    assert grade_of(call, quiz_id).passed is None


def test_whether_a_section_is_passed_is_hidden_with_the_marks(call: Caller) -> None:
    quiz_id = driving_test(call, review=ReviewPolicy(marks=[ReviewMoment.AFTER_CLOSE]))

    outcome = take(call, quiz_id, 1, 2)

    assert (outcome.passed, [section.passed for section in outcome.sections]) == (None, [None, None])
    assert grade_of(call, quiz_id).passed is None


def test_right_answers_for_those_who_pass_wait_for_the_section(call: Caller) -> None:
    review = ReviewPolicy(right_answer=ReviewMoment, right_answer_if=[ReviewCondition.PASSED])
    quiz_id = driving_test(call, pass_grade=None, review=review)
    assert call(quizzes.lint, quiz_id) == ()

    assert take(call, quiz_id, 1, 2).questions[0].right_response is None
    assert take(call, quiz_id, 3).questions[0].right_response is not None


@pytest.mark.parametrize("slot", [{"kind": "question", "question_id": BANK}, {"kind": "draw", "bank_id": BANK}])
def test_points_that_are_ignored_cannot_be_required(slot: dict[str, Any]) -> None:
    slots: list[Any] = [{**slot, "pass_share": "1", "counting": Counting.IGNORED}]

    with pytest.raises(ValidationError, match="pass_share"):
        SectionOutline(slots=slots)


def test_an_overdue_attempt_that_passes_its_section_is_the_last_one(call: Caller) -> None:
    quiz_id = driving_test(call, stop_after_passing=True, time_limit_seconds=60)
    take(call, quiz_id, 1, 2)
    paper = start_attempt(call, quiz_id)
    for slot in (2, 3):
        call(attempts.save, paper.attempt_id, answer(slot, answer=True), taker="ann", now=NOON)

    # The attempt is overdue, and will have passed as soon as it is finished.
    report = call(attempts.explain_access, quiz_id, taker="ann", now=NOON + HOUR)
    assert report.may_start is False
    with pytest.raises(Refused):
        start_attempt(call, quiz_id, now=NOON + HOUR)


def test_a_negative_grade_passes_if_only_a_section_is_required(call: Caller) -> None:
    quiz_id = driving_test(call, pass_grade=None, wrong_penalty=1, negative_grades=True)
    paper = start_attempt(call, quiz_id)
    sent = [answer(1, answer=False), answer(2, answer=False), answer(3, answer=True)]

    outcome = call(attempts.submit, paper.attempt_id, taker="ann", responses=sent, now=NOON)

    assert (outcome.grade, outcome.passed) == (-1, True)
    assert grade_of(call, quiz_id).passed is True
