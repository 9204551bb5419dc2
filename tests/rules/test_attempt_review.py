"""What may be shown of an attempt now."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from quizkit.rules import attempt_review
from quizkit.rules.admission import AssignmentState
from quizkit.rules.attempt_review import NewestAttempt, QuizAssignment, ReviewedAttempt, Shown
from quizkit.rules.behaviours import QuestionProgress, Step
from quizkit.rules.closing import AssignmentRules
from quizkit.rules.navigation import Reach
from quizkit.vocabulary import Action, Behaviour, QuizState, ReviewCondition, ReviewItem, ReviewMoment, TryState

NOON = datetime(2030, 5, 1, 12, tzinfo=UTC)
MINUTE, TICK = timedelta(minutes=1), timedelta(microseconds=1)
QUESTION, MARKS, RIGHT_ANSWER = ReviewItem.QUESTION, ReviewItem.MARKS, ReviewItem.RIGHT_ANSWER
POLICY = {
    QUESTION: [ReviewMoment.DURING, ReviewMoment.RIGHT_AFTER, ReviewMoment.LATER, ReviewMoment.AFTER_CLOSE],
    MARKS: [ReviewMoment.LATER],
    RIGHT_ANSWER: [ReviewMoment.DURING, ReviewMoment.AFTER_CLOSE],
}
OPEN = ReviewedAttempt(POLICY)
FINISHED = replace(OPEN, finished_at=NOON)


def shown(attempt: ReviewedAttempt, *, closed: bool = False, now: datetime = NOON, met: bool = True) -> Shown:
    return attempt_review.shown(attempt, closed=closed, now=now, is_met=lambda _: met)


def test_a_finished_attempt_shows_the_items_that_the_policy_lists_for_the_moment() -> None:
    assert shown(FINISHED) == Shown(ReviewMoment.RIGHT_AFTER, frozenset({QUESTION}))
    assert shown(FINISHED, now=NOON + 2 * MINUTE) == Shown(ReviewMoment.LATER, frozenset({QUESTION, MARKS}))
    assert shown(FINISHED, closed=True) == Shown(ReviewMoment.AFTER_CLOSE, frozenset({QUESTION, RIGHT_ANSWER}))


def test_a_finished_preview_shows_the_items_of_after_the_close() -> None:
    assert shown(replace(FINISHED, is_preview=True)).moment is ReviewMoment.AFTER_CLOSE
    assert shown(replace(OPEN, is_preview=True)).moment is ReviewMoment.DURING


def test_the_right_answer_is_withheld_until_its_conditions_are_met_and_while_open() -> None:
    conditional = replace(FINISHED, right_answer_if={ReviewCondition.PASSED})

    assert RIGHT_ANSWER in shown(conditional, closed=True, met=True).items
    assert RIGHT_ANSWER not in shown(conditional, closed=True, met=False).items
    assert RIGHT_ANSWER in attempt_review.shown_during(OPEN)
    assert RIGHT_ANSWER not in attempt_review.shown_during(replace(OPEN, right_answer_if={ReviewCondition.PASSED}))


def test_no_condition_is_queried_unless_it_decides() -> None:
    def fail(_: ReviewCondition) -> bool:
        raise AssertionError

    attempt = replace(FINISHED, right_answer_if={ReviewCondition.USED_UP})

    assert attempt_review.shown(attempt, closed=False, now=NOON, is_met=fail).items == {QUESTION}


@pytest.mark.parametrize(("moments", "questions"), [(["during"], False), (["during", "later"], True)])
def test_an_overdue_attempt_shows_the_questions_of_a_submitted_one(moments: list[Any], questions: bool) -> None:
    policy = {QUESTION: [ReviewMoment(one) for one in moments]}
    overdue = ReviewedAttempt(policy, due_at=NOON, accepts_until=NOON + MINUTE)

    assert shown(overdue, now=NOON + 9 * MINUTE) == Shown(
        ReviewMoment.DURING, frozenset({QUESTION}) if questions else frozenset()
    )


def test_an_overdue_attempt_ended_at_its_deadline() -> None:
    overdue = ReviewedAttempt({}, due_at=NOON, accepts_until=NOON + MINUTE)

    assert overdue.ended_at(NOON + MINUTE) is None
    assert overdue.ended_at(NOON + MINUTE + TICK) == NOON
    assert replace(overdue, due_at=None).ended_at(NOON + 2 * MINUTE) == NOON + MINUTE
    assert replace(overdue, finished_at=NOON - MINUTE).ended_at(NOON + 2 * MINUTE) == NOON - MINUTE


@pytest.mark.parametrize(
    ("attempt", "about", "depends"),
    [
        (FINISHED, {RIGHT_ANSWER}, True),
        (FINISHED, {QUESTION}, False),
        (OPEN, {RIGHT_ANSWER}, False),
    ],
)
def test_the_close_affects_only_some_items(attempt: ReviewedAttempt, about: Any, depends: bool) -> None:
    assert attempt_review.depends_on_close(attempt, frozenset(about), NOON) is depends


@pytest.mark.parametrize(
    ("condition", "archived", "passed", "left", "met"),
    [
        (ReviewCondition.PASSED, True, False, 0, False),
        (ReviewCondition.PASSED, False, True, 1, True),
        (ReviewCondition.ARCHIVED, True, False, 1, True),
        (ReviewCondition.ARCHIVED, False, True, 0, False),
        (ReviewCondition.USED_UP, False, False, 0, True),
        (ReviewCondition.USED_UP, False, True, 1, False),
        (ReviewCondition.USED_UP, False, True, None, False),
        (ReviewCondition.USED_UP, True, False, None, True),
    ],
)
def test_a_condition_is_met_by_its_own_fact(
    condition: ReviewCondition, archived: bool, passed: bool, left: int | None, met: bool
) -> None:
    found = attempt_review.is_met(condition, archived=archived, has_passed=lambda: passed, attempts_left=lambda: left)

    assert found is met


@pytest.mark.parametrize(
    ("due_at", "closes_at", "open_"),
    [(None, None, True), (NOON, None, False), (None, NOON, False), (NOON + TICK, NOON + MINUTE, True), (NOON + MINUTE, NOON, False)],
)  # fmt: skip
def test_a_window_is_open_until_the_first_of_its_ends(
    due_at: datetime | None, closes_at: datetime | None, open_: bool
) -> None:
    def is_open(assignment: AssignmentState) -> bool:
        return attempt_review.own_window_is_open(assignment, due_at=due_at, closes_at=closes_at, now=NOON)

    assert is_open(AssignmentState(QuizState.PUBLISHED)) is open_
    assert not is_open(AssignmentState(QuizState.PUBLISHED, archived=True))


LIMIT_1, LIMIT_2, NO_LIMIT = {"max_attempts": 1}, {"max_attempts": 2}, {"max_attempts": None}


@pytest.mark.parametrize(
    ("max_attempts", "current", "overrides", "left"),
    [
        (1, LIMIT_1, [], 0),
        (2, LIMIT_1, [], 1),
        (1, LIMIT_2, [], 1),
        (1, LIMIT_1, [LIMIT_1, LIMIT_2], 1),
        (None, LIMIT_1, [], None),
        (1, NO_LIMIT, [], None),
        (1, LIMIT_1, [NO_LIMIT], None),
    ],
)
def test_the_most_lenient_limit_of_any_rule_decides_how_many_attempts_are_left(
    max_attempts: int | None, current: Any, overrides: list[Any], left: int | None
) -> None:
    newest = NewestAttempt(1, is_open=False, max_attempts=max_attempts)

    assert attempt_review.attempts_left(newest, current, lambda: overrides) == left


@pytest.mark.parametrize("newest", [None, NewestAttempt(1, is_open=True, max_attempts=1)])
def test_attempts_may_be_left_while_the_newest_attempt_is_open(newest: NewestAttempt | None) -> None:
    def fail() -> Any:
        raise AssertionError

    assert attempt_review.attempts_left(newest, LIMIT_1, fail) is None


def test_a_quiz_is_closed_once_no_assignment_that_accepts_attempts_can_be_started_and_no_attempt_is_open() -> None:
    over = QuizAssignment(AssignmentState(QuizState.PUBLISHED), AssignmentRules({"closes_at": NOON}), False)
    endless = replace(over, rules=AssignmentRules({}))
    archived = replace(endless, state=AssignmentState(QuizState.PUBLISHED, archived=True))

    assert attempt_review.is_closed([over, archived], NOON)
    assert not attempt_review.is_closed([over], NOON - TICK)
    assert not attempt_review.is_closed([over, endless], NOON)
    assert not attempt_review.is_closed([over, replace(archived, has_open_attempt=True)], NOON)


@pytest.mark.parametrize(
    ("page", "while_open", "finished"),
    [(1, {1}, {1}), (2, {2}, {1, 2}), (3, {2}, {1, 2}), (4, set(), {1, 2})],
)
def test_a_question_is_visible_on_its_pages_and_after_finishing_on_later_ones(
    page: int, while_open: set[int], finished: set[int]
) -> None:
    reach = {1: Reach(1, 1), 2: Reach(2, 3)}

    def visible(*, finished: bool) -> frozenset[int]:
        return attempt_review.visible_slots(reach, page, finished=finished, moment=lambda: ReviewMoment.LATER)

    assert visible(finished=False) == while_open
    assert visible(finished=True) == finished


def test_after_the_close_every_question_of_a_finished_attempt_is_visible() -> None:
    reach = {1: Reach(1, 1), 2: Reach(2, 2)}

    def visible(*, finished: bool) -> frozenset[int]:
        return attempt_review.visible_slots(reach, 1, finished=finished, moment=lambda: ReviewMoment.AFTER_CLOSE)

    assert visible(finished=True) == {1, 2}
    assert visible(finished=False) == {1}


@pytest.mark.parametrize("state", [TryState.RIGHT, TryState.PARTLY, TryState.WRONG])
def test_a_state_that_reveals_correctness_is_shown_as_complete_if_correctness_is_hidden(state: TryState) -> None:
    progress = QuestionProgress(state)

    assert attempt_review.shown_state(progress, Behaviour.IMMEDIATE, frozenset()) is TryState.COMPLETE
    assert attempt_review.shown_state(progress, Behaviour.IMMEDIATE, frozenset({ReviewItem.CORRECTNESS})) is state


def test_in_adaptive_mode_every_response_is_complete_if_correctness_is_hidden() -> None:
    tried = QuestionProgress(TryState.TODO, last=Step(Action.CHECK, "a"))
    blank = QuestionProgress(TryState.TODO, last=Step(Action.SAVE, None))

    assert attempt_review.shown_state(tried, Behaviour.ADAPTIVE, frozenset()) is TryState.COMPLETE
    assert attempt_review.shown_state(tried, Behaviour.INTERACTIVE, frozenset()) is TryState.TODO
    assert attempt_review.shown_state(blank, Behaviour.ADAPTIVE, frozenset()) is TryState.TODO
