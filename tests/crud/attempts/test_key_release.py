"""The key is withheld until no taker can respond: for each rule that allows a start, by every verb with a result."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import pytest

from conftest import Caller
from quizkit.crud import assignments, attempts, quizzes
from quizkit.questions import Essay, ShortAnswerResponse
from quizkit.schemas import (
    AccessSettings,
    AccommodationSettings,
    AssignmentCreate,
    AssignmentSettings,
    AssignmentUpdate,
    ReviewPolicy,
)
from quizkit.vocabulary import ReviewCondition, ReviewItem, ReviewMoment, TimeUp
from taking import HOUR, MINUTE, NOON, SECOND, TICK, answer, published, river, start_attempt

pytestmark = pytest.mark.usefixtures("unbroken")

CLOSE = NOON + HOUR
DAY = 24 * HOUR
FINISHED = (ReviewMoment.RIGHT_AFTER, ReviewMoment.LATER, ReviewMoment.AFTER_CLOSE)
NONE: dict[str, Any] = {item.value: () for item in ReviewItem}
LAST = ReviewPolicy(**{**NONE, "question": FINISHED, "marks": [ReviewMoment.AFTER_CLOSE], "right_answer": FINISHED[2:]})


class Exam:
    """A quiz with one assignment, and what Ann can see of her finished attempt in it."""

    def __init__(self, call: Caller, given: dict[str, Any] | None = None, /, **policy: Any) -> None:
        self.call = call
        self.quiz_id = published(call, river(), **{"review": LAST, **policy})
        self.assignment_id = self.more(**({"closes_at": CLOSE} if given is None else given))
        self.attempt = self.take("ann")

    def more(self, **given: Any) -> uuid.UUID:
        """Add one more assignment of the quiz."""
        made = self.call(assignments.create, AssignmentCreate(quiz_id=self.quiz_id, **given))
        found: uuid.UUID = made.id
        return found

    def start_attempt(
        self, taker: str, at: datetime = NOON, assignment_id: uuid.UUID | None = None, **more: Any
    ) -> uuid.UUID:
        paper = start_attempt(
            self.call, self.quiz_id, taker, assignment_id=assignment_id or self.assignment_id, now=at, **more
        )
        found: uuid.UUID = paper.attempt_id
        return found

    def take(self, taker: str, at: datetime = NOON, text: str = "Danube") -> uuid.UUID:
        attempt = self.start_attempt(taker, at)
        last = [answer(1, 1, text=text)]
        self.call(attempts.submit, attempt, taker=taker, responses=last, now=at + SECOND)
        return attempt

    def override(self, **settings: Any) -> None:
        whom = {name: settings.pop(name) for name in ("taker", "group") if name in settings}
        self.call(assignments.override, self.assignment_id, AccessSettings(**settings), **whom)

    def out(self, at: datetime) -> bool:
        """Return whether the key and the marks are released; all verbs must agree."""
        mine = {"taker": "ann", "now": at}
        outcome = self.call(attempts.result, self.attempt, **mine)
        review = self.call(attempts.review, self.attempt, **mine)
        grade = self.call(attempts.grade, self.quiz_id, assignment_id=self.assignment_id, **mine)
        listed = {one.id: one for one in self.call(attempts.page, **mine, quiz_id=outcome.quiz_id).items}
        outputs = (
            outcome.score,
            outcome.questions[0].right_response,
            review.questions[0].right_response,
            review.questions[0].points,
            self.call(attempts.get, self.attempt, **mine).score,
            listed[self.attempt].score,
            grade.grade,
        )
        assert len({one is not None for one in outputs}) == 1, outputs
        return outputs[0] is not None

    def is_out_from(self, moment: datetime) -> None:
        assert [self.out(at) for at in (moment - TICK, moment)] == [False, True]


def test_the_key_is_released_when_the_only_assignment_closes(call: Caller) -> None:
    Exam(call).is_out_from(CLOSE)


@pytest.mark.parametrize("whom", [{"taker": "ben"}, {"taker": "ann"}, {"group": "7b"}])
def test_the_key_is_withheld_if_an_override_removes_closes_at(call: Caller, whom: dict[str, str]) -> None:
    exam = Exam(call)
    exam.override(closes_at=None, **whom)
    assert not exam.out(CLOSE + 365 * DAY)
    exam.override(**whom)  # revoked
    assert exam.out(CLOSE)


@pytest.mark.parametrize("whom", [{"taker": "ben"}, {"group": "7b"}])
def test_the_key_is_withheld_until_the_latest_closes_at_of_an_override(call: Caller, whom: dict[str, str]) -> None:
    exam = Exam(call)
    exam.override(closes_at=CLOSE + HOUR, **whom)
    exam.is_out_from(CLOSE + HOUR)
    exam.override(closes_at=CLOSE + 2 * HOUR, **whom)  # the newest override applies
    exam.is_out_from(CLOSE + 2 * HOUR)
    exam.override(closes_at=CLOSE - MINUTE, **whom)
    exam.is_out_from(CLOSE)


def test_the_key_is_withheld_while_an_attempt_with_an_accommodation_is_open(call: Caller) -> None:
    exam = Exam(call, time_limit_seconds=600)
    ben = f"ben {exam.quiz_id}"
    call(assignments.accommodate, AccommodationSettings(time_factor=2, extra_seconds=60), taker=ben)
    exam.is_out_from(CLOSE)
    exam.start_attempt(ben, CLOSE - TICK)
    assert not exam.out(CLOSE + 11 * MINUTE)
    assert exam.out(CLOSE + 11 * MINUTE + TICK)


def test_a_window_without_closes_at_ends_at_due_at(call: Caller) -> None:
    Exam(call, {"due_at": CLOSE}, max_attempts=1).is_out_from(CLOSE)


def test_the_key_is_withheld_while_late_responses_are_accepted(call: Caller) -> None:
    late = {"time_up": TimeUp.ACCEPT_LATE}
    assert not Exam(call, {"due_at": CLOSE}, **late).out(CLOSE + 365 * DAY)  # late responses are always accepted
    Exam(call, {"due_at": CLOSE}, late_seconds=600, **late).is_out_from(CLOSE + 10 * MINUTE)
    Exam(call, {"due_at": CLOSE, "closes_at": CLOSE + MINUTE}, late_seconds=600, **late).is_out_from(CLOSE + MINUTE)
    exam = Exam(call, {"due_at": CLOSE})
    exam.override(taker="ben", time_up=TimeUp.ACCEPT_LATE, late_seconds=120)
    exam.is_out_from(CLOSE + 2 * MINUTE)


def test_the_key_of_a_quiz_that_never_closes_is_withheld_even_without_attempts_left(call: Caller) -> None:
    exam = Exam(call, {}, max_attempts=1)
    assert not exam.out(NOON + 365 * DAY)  # attempts are open, and others may start
    call(assignments.update, exam.assignment_id, AssignmentUpdate(closes_at=CLOSE))
    exam.is_out_from(CLOSE)


def test_a_quiz_with_only_the_default_assignment_closes_with_it(call: Caller) -> None:
    quiz_id = published(call, river(), review=LAST)
    attempt = start_attempt(call, quiz_id).attempt_id
    call(attempts.submit, attempt, taker="ann", now=NOON)
    assignment_id = call(assignments.page, quiz_id=quiz_id).items[0].id
    assert call(attempts.result, attempt, taker="ann", now=NOON + DAY).score is None

    call(assignments.update, assignment_id, AssignmentUpdate(closes_at=CLOSE))
    assert call(attempts.result, attempt, taker="ann", now=CLOSE).score == 0


def test_the_key_is_withheld_until_every_assignment_of_the_quiz_is_closed(call: Caller) -> None:
    exam = Exam(call)
    other = exam.more(opens_at=NOON + DAY, closes_at=NOON + DAY + HOUR)
    exam.is_out_from(NOON + DAY + HOUR)
    open_ended = exam.more()
    assert not exam.out(NOON + 365 * DAY)
    call(assignments.archive, open_ended)
    call(assignments.archive, other)
    exam.is_out_from(CLOSE)


def test_the_key_is_withheld_until_an_override_in_another_assignment_ends(call: Caller) -> None:
    exam = Exam(call)
    other = exam.more(closes_at=CLOSE)
    call(assignments.override, other, AccessSettings(closes_at=CLOSE + HOUR), taker="ben")
    exam.is_out_from(CLOSE + HOUR)


def test_the_default_assignment_withholds_the_key_only_if_it_has_settings(call: Caller) -> None:
    exam = Exam(call)
    assignment_id = next(one.id for one in call(assignments.page, quiz_id=exam.quiz_id).items if one.is_default)
    exam.is_out_from(CLOSE)
    call(assignments.update, assignment_id, AssignmentUpdate(context="whoever comes"))
    assert not exam.out(NOON + 365 * DAY)


def test_the_key_is_withheld_while_an_attempt_is_open_in_any_assignment(call: Caller) -> None:
    exam = Exam(call, time_limit_seconds=7200)
    other = exam.more(closes_at=NOON + 2 * HOUR)
    theirs = exam.start_attempt("ben", NOON + MINUTE, assignment_id=other)
    call(assignments.archive, other)
    assert not exam.out(NOON + 2 * HOUR)  # a response is accepted at the deadline itself
    assert exam.out(NOON + 2 * HOUR + TICK)
    call(attempts.submit, theirs, taker="ben", now=NOON + HOUR)
    exam.is_out_from(CLOSE)


def test_the_key_is_withheld_until_extended_attempts_end(call: Caller) -> None:
    exam = Exam(call)
    exam.start_attempt("ben", NOON)
    call(assignments.extend, exam.assignment_id, seconds=600, taker="ben", now=NOON)
    assert not exam.out(CLOSE + 10 * MINUTE)
    assert exam.out(CLOSE + 10 * MINUTE + TICK)
    call(
        assignments.extend, exam.assignment_id, seconds=1200, now=NOON
    )  # for everybody: the assignment closes later too
    assert not exam.out(CLOSE + 30 * MINUTE)
    assert exam.out(CLOSE + 30 * MINUTE + TICK)


def test_the_key_is_withheld_during_the_grace_period(call: Caller) -> None:
    exam = Exam(call, grace_seconds=60)
    exam.start_attempt("ben", NOON)
    assert not exam.out(CLOSE + MINUTE)
    assert exam.out(CLOSE + MINUTE + TICK)


def test_the_key_of_an_archived_quiz_is_released_once_no_attempt_is_open(call: Caller) -> None:
    exam = Exam(call, {})
    assert not exam.out(CLOSE)
    call(quizzes.archive, exam.quiz_id)
    assert exam.out(CLOSE)


# ---------------------------------------------------------------------------------------------- policies


def practice(*conditions: ReviewCondition) -> ReviewPolicy:
    return ReviewPolicy(right_answer=FINISHED, right_answer_if=conditions)


def key(call: Caller, attempt: uuid.UUID, at: datetime = NOON + HOUR) -> Any:
    return call(attempts.result, attempt, taker="ann", now=at).questions[0].right_response


def test_a_policy_may_release_the_key_while_other_takers_respond(call: Caller) -> None:
    exam = Exam(call, {}, review=practice())
    assert key(call, exam.attempt) == ShortAnswerResponse(text="Danube")


def test_a_practice_quiz_may_show_its_key_to_a_taker_without_attempts_left(call: Caller) -> None:
    exam = Exam(call, {}, review=practice(ReviewCondition.USED_UP), max_attempts=2)
    assert key(call, exam.attempt) is None
    second = exam.start_attempt("ann", NOON + MINUTE)
    assert key(call, exam.attempt) is None  # it is open
    call(attempts.submit, second, taker="ann", now=NOON + MINUTE)
    assert key(call, exam.attempt) == key(call, second) == ShortAnswerResponse(text="Danube")


@pytest.mark.parametrize("whom", [{"taker": "ann"}, {"group": "7b"}])
@pytest.mark.parametrize("most", [{"max_attempts": 2}, {"max_attempts": None}, {"plus_attempts": 1}])
def test_an_override_with_another_attempt_withholds_the_key_again(
    call: Caller, whom: dict[str, str], most: dict[str, Any]
) -> None:
    exam = Exam(call, {}, review=practice(ReviewCondition.USED_UP), max_attempts=1)
    assert key(call, exam.attempt) is not None
    exam.override(**most, **whom)  # the members of a group are unknown
    assert key(call, exam.attempt) is None
    exam.override(**whom)
    assert key(call, exam.attempt) is not None
    exam.override(max_attempts=9, taker="ben")
    assert key(call, exam.attempt) is not None


def test_the_current_rules_may_allow_another_attempt(call: Caller) -> None:
    exam = Exam(call, {}, review=practice(ReviewCondition.USED_UP), max_attempts=1)
    call(assignments.update, exam.assignment_id, AssignmentUpdate(settings=AssignmentSettings(max_attempts=2)))
    assert key(call, exam.attempt) is None
    call(assignments.update, exam.assignment_id, AssignmentUpdate(settings=AssignmentSettings()))
    assert key(call, exam.attempt) is not None
    from quizkit.schemas import QuizUpdate

    call(quizzes.update, exam.quiz_id, QuizUpdate(max_attempts=3))
    call(quizzes.publish, exam.quiz_id)
    assert key(call, exam.attempt) is None
    call(assignments.archive, exam.assignment_id)
    assert key(call, exam.attempt) is not None


def test_the_rules_of_the_last_attempt_may_allow_another_attempt(call: Caller) -> None:
    exam = Exam(call, {}, review=practice(ReviewCondition.USED_UP), max_attempts=2)
    call(assignments.update, exam.assignment_id, AssignmentUpdate(settings=AssignmentSettings(max_attempts=1)))
    assert key(call, exam.attempt) is None


def test_the_key_may_be_shown_only_to_takers_who_passed(call: Caller) -> None:
    exam = Exam(call, {}, review=practice(ReviewCondition.PASSED), pass_grade=1)
    assert key(call, exam.attempt) == ShortAnswerResponse(text="Danube")
    failed = exam.take("ann", NOON + MINUTE, "Rhine")
    assert key(call, failed) is None


def test_no_taker_has_passed_before_manual_grading(call: Caller) -> None:
    review = practice(ReviewCondition.PASSED)
    quiz_id = published(call, river(), Essay(content="Why?"), review=review, pass_grade=1)
    paper = start_attempt(call, quiz_id, "ann")
    sent = [answer(1, text="Danube"), answer(2, text="Because.")]
    outcome = call(attempts.submit, paper.attempt_id, taker="ann", responses=sent, now=NOON)

    assert outcome.needs_grading
    assert key(call, paper.attempt_id) is None


def test_the_key_is_withheld_after_the_last_attempt_if_staff_may_grant_another(call: Caller) -> None:
    only = practice(ReviewCondition.ARCHIVED)
    exam = Exam(call, {"closes_at": CLOSE}, review=only, max_attempts=3)
    for _ in range(2):
        exam.take("ann", NOON + MINUTE, "Rhine")
    assert key(call, exam.attempt, CLOSE + DAY) is None
    exam.override(max_attempts=4, closes_at=None, taker="ann")
    fourth = exam.take("ann", CLOSE + DAY)
    assert key(call, fourth, CLOSE + DAY + HOUR) is None
    call(assignments.archive, exam.assignment_id)
    assert key(call, exam.attempt, CLOSE + DAY + HOUR) == ShortAnswerResponse(text="Danube")


def test_all_conditions_must_be_met(call: Caller) -> None:
    both = practice(ReviewCondition.PASSED, ReviewCondition.USED_UP)
    exam = Exam(call, {}, review=both, pass_grade=1, max_attempts=2)
    assert key(call, exam.attempt) is None
    failed = exam.take("ann", NOON + MINUTE, "Rhine")
    assert (key(call, exam.attempt), key(call, failed)) == (ShortAnswerResponse(text="Danube"), None)


def test_a_condition_that_nobody_can_meet_is_a_lint_finding(call: Caller) -> None:
    review = practice(ReviewCondition.PASSED)
    for policy, codes in (({}, ["no_pass_mark"]), ({"pass_grade": 1}, [])):
        quiz_id = published(call, river(), review=review, **policy)
        assert [one.code for one in call(quizzes.lint, quiz_id)] == codes


@pytest.mark.parametrize("condition", [ReviewCondition.USED_UP, ReviewCondition.ARCHIVED])
def test_conditions_apply_to_one_assignment_and_the_close_to_all(call: Caller, condition: ReviewCondition) -> None:
    def key(*moments: ReviewMoment) -> bool:
        review = ReviewPolicy(right_answer=moments, right_answer_if=[condition])
        exam = Exam(call, review=review, max_attempts=1)
        exam.start_attempt("ann", CLOSE - TICK, exam.more())  # another assignment, which never closes
        call(assignments.archive, exam.assignment_id, now=CLOSE)
        outcome = call(attempts.result, exam.attempt, taker="ann", now=CLOSE + HOUR)
        return outcome.questions[0].right_response is not None

    assert (key(*ReviewMoment), key(ReviewMoment.AFTER_CLOSE)) == (True, False)
