"""The right answer waits for the last who may answer: for each rule that lets somebody in, and by every way to a result."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import pytest

from conftest import Caller
from quizkit.crud import assignments, attempts, quizzes
from quizkit.questions import Essay
from quizkit.schemas import (
    AccessSettings,
    AccommodationSettings,
    AssignmentCreate,
    AssignmentSettings,
    AssignmentUpdate,
    ReviewPolicy,
)
from quizkit.vocabulary import ReviewCondition, ReviewItem, ReviewMoment, TimeUp
from taking import HOUR, MINUTE, NOON, SECOND, TICK, answer, published, river, sit

pytestmark = pytest.mark.usefixtures("unbroken")

CLOSE = NOON + HOUR
DAY = 24 * HOUR
FINISHED = (ReviewMoment.RIGHT_AFTER, ReviewMoment.LATER, ReviewMoment.AFTER_CLOSE)
NONE: dict[str, Any] = {item.value: () for item in ReviewItem}
LAST = ReviewPolicy(**{**NONE, "question": FINISHED, "marks": [ReviewMoment.AFTER_CLOSE], "right_answer": FINISHED[2:]})


class Room:
    """A quiz in one assignment, and what Ann can see of the attempt that she has finished there."""

    def __init__(self, call: Caller, given: dict[str, Any] | None = None, /, **policy: Any) -> None:
        self.call = call
        self.quiz_id = published(call, river(), **{"review": LAST, **policy})
        self.home = self.more(**({"closes_at": CLOSE} if given is None else given))
        self.attempt = self.take("ann")

    def more(self, **given: Any) -> uuid.UUID:
        """Give the quiz by one more assignment."""
        made = self.call(assignments.create, AssignmentCreate(quiz_id=self.quiz_id, **given))
        found: uuid.UUID = made.id
        return found

    def sit(self, taker: str, at: datetime = NOON, home: uuid.UUID | None = None, **more: Any) -> uuid.UUID:
        paper = sit(self.call, self.quiz_id, taker, assignment_id=home or self.home, now=at, **more)
        found: uuid.UUID = paper.attempt_id
        return found

    def take(self, taker: str, at: datetime = NOON, text: str = "Danube") -> uuid.UUID:
        attempt = self.sit(taker, at)
        last = [answer(1, 1, text=text)]
        self.call(attempts.submit, attempt, taker=taker, responses=last, now=at + SECOND)
        return attempt

    def override(self, **said: Any) -> None:
        whom = {name: said.pop(name) for name in ("taker", "group") if name in said}
        self.call(assignments.override, self.home, AccessSettings(**said), **whom)

    def out(self, at: datetime) -> bool:
        """Return whether the key and the marks are out; they are by all ways, or by none."""
        mine = {"taker": "ann", "now": at}
        outcome = self.call(attempts.result, self.attempt, **mine)
        review = self.call(attempts.review, self.attempt, **mine)
        grade = self.call(attempts.grade, self.quiz_id, assignment_id=self.home, **mine)
        listed = {one.id: one for one in self.call(attempts.page, **mine, quiz_id=outcome.quiz_id).items}
        told = (
            outcome.score,
            outcome.questions[0].right_response,
            review.questions[0].right_response,
            review.questions[0].points,
            self.call(attempts.get, self.attempt, **mine).score,
            listed[self.attempt].score,
            grade,
        )
        assert len({one is not None for one in told}) == 1, told
        return told[0] is not None

    def is_out_from(self, moment: datetime) -> None:
        assert [self.out(at) for at in (moment - TICK, moment)] == [False, True]


def test_it_is_out_when_the_only_assignment_closes(call: Caller) -> None:
    Room(call).is_out_from(CLOSE)


@pytest.mark.parametrize("whom", [{"taker": "ben"}, {"taker": "ann"}, {"group": "7b"}])
def test_never_closing_for_somebody_is_never(call: Caller, whom: dict[str, str]) -> None:
    room = Room(call)
    room.override(closes_at=None, **whom)
    assert not room.out(CLOSE + 365 * DAY)
    room.override(**whom)  # taken back
    assert room.out(CLOSE)


@pytest.mark.parametrize("whom", [{"taker": "ben"}, {"group": "7b"}])
def test_a_later_close_for_somebody_is_the_close(call: Caller, whom: dict[str, str]) -> None:
    room = Room(call)
    room.override(closes_at=CLOSE + HOUR, **whom)
    room.is_out_from(CLOSE + HOUR)
    room.override(closes_at=CLOSE + 2 * HOUR, **whom)  # the newest word holds
    room.is_out_from(CLOSE + 2 * HOUR)
    room.override(closes_at=CLOSE - MINUTE, **whom)
    room.is_out_from(CLOSE)


def test_somebody_with_more_time_who_sits_is_waited_for_and_nobody_starts_after_the_common_close(call: Caller) -> None:
    room = Room(call, time_limit_seconds=600)
    ben = f"ben {room.quiz_id}"
    call(assignments.accommodate, AccommodationSettings(time_factor=2, extra_seconds=60), taker=ben)
    room.is_out_from(CLOSE)
    room.sit(ben, CLOSE - TICK)
    assert not room.out(CLOSE + 11 * MINUTE)
    assert room.out(CLOSE + 11 * MINUTE + TICK)


def test_a_window_that_is_due_and_never_closes_is_over_when_it_is_due(call: Caller) -> None:
    Room(call, {"due_at": CLOSE}, max_attempts=1).is_out_from(CLOSE)


def test_whoever_is_late_is_waited_for(call: Caller) -> None:
    late = {"time_up": TimeUp.ACCEPT_LATE}
    assert not Room(call, {"due_at": CLOSE}, **late).out(CLOSE + 365 * DAY)  # late answers are taken for ever
    Room(call, {"due_at": CLOSE}, late_seconds=600, **late).is_out_from(CLOSE + 10 * MINUTE)
    Room(call, {"due_at": CLOSE, "closes_at": CLOSE + MINUTE}, late_seconds=600, **late).is_out_from(CLOSE + MINUTE)
    room = Room(call, {"due_at": CLOSE})
    room.override(taker="ben", time_up=TimeUp.ACCEPT_LATE, late_seconds=120)
    room.is_out_from(CLOSE + 2 * MINUTE)


def test_a_quiz_that_never_closes_shows_no_key_also_not_to_who_has_used_all_attempts(call: Caller) -> None:
    room = Room(call, {}, max_attempts=1)
    assert not room.out(NOON + 365 * DAY)  # others sit, and others come
    call(assignments.update, room.home, AssignmentUpdate(closes_at=CLOSE))
    room.is_out_from(CLOSE)


def test_a_quiz_without_other_assignments_closes_with_the_default_one(call: Caller) -> None:
    quiz_id = published(call, river(), review=LAST)
    attempt = sit(call, quiz_id).attempt_id
    call(attempts.submit, attempt, taker="ann", now=NOON)
    home = call(assignments.page, quiz_id=quiz_id).items[0].id
    assert call(attempts.result, attempt, taker="ann", now=NOON + DAY).score is None

    call(assignments.update, home, AssignmentUpdate(closes_at=CLOSE))
    assert call(attempts.result, attempt, taker="ann", now=CLOSE).score == 0


def test_another_assignment_of_the_quiz_is_waited_for(call: Caller) -> None:
    room = Room(call)
    other = room.more(opens_at=NOON + DAY, closes_at=NOON + DAY + HOUR)
    room.is_out_from(NOON + DAY + HOUR)
    open_ended = room.more()
    assert not room.out(NOON + 365 * DAY)
    call(assignments.archive, open_ended)
    call(assignments.archive, other)
    room.is_out_from(CLOSE)


def test_an_exception_in_another_assignment_is_waited_for(call: Caller) -> None:
    room = Room(call)
    other = room.more(closes_at=CLOSE)
    call(assignments.override, other, AccessSettings(closes_at=CLOSE + HOUR), taker="ben")
    room.is_out_from(CLOSE + HOUR)


def test_the_default_assignment_is_waited_for_only_if_it_was_given_rules(call: Caller) -> None:
    room = Room(call)
    home = next(one.id for one in call(assignments.page, quiz_id=room.quiz_id).items if one.is_default)
    room.is_out_from(CLOSE)
    call(assignments.update, home, AssignmentUpdate(context="whoever comes"))
    assert not room.out(NOON + 365 * DAY)


def test_whoever_sits_is_waited_for_in_every_assignment_archived_or_not(call: Caller) -> None:
    room = Room(call, time_limit_seconds=7200)
    other = room.more(closes_at=NOON + 2 * HOUR)
    theirs = room.sit("ben", NOON + MINUTE, home=other)
    call(assignments.archive, other)
    assert not room.out(NOON + 2 * HOUR)  # the last moment is a moment for an answer
    assert room.out(NOON + 2 * HOUR + TICK)
    call(attempts.submit, theirs, taker="ben", now=NOON + HOUR)
    room.is_out_from(CLOSE)


def test_more_time_in_the_middle_of_an_exam_is_waited_for(call: Caller) -> None:
    room = Room(call)
    room.sit("ben", NOON)
    call(assignments.extend, room.home, seconds=600, taker="ben", now=NOON)
    assert not room.out(CLOSE + 10 * MINUTE)
    assert room.out(CLOSE + 10 * MINUTE + TICK)
    call(assignments.extend, room.home, seconds=1200, now=NOON)  # for everybody: the assignment closes later too
    assert not room.out(CLOSE + 30 * MINUTE)
    assert room.out(CLOSE + 30 * MINUTE + TICK)


def test_grace_is_a_time_for_answers(call: Caller) -> None:
    room = Room(call, grace_seconds=60)
    room.sit("ben", NOON)
    assert not room.out(CLOSE + MINUTE)
    assert room.out(CLOSE + MINUTE + TICK)


def test_an_archived_quiz_is_over_when_nobody_sits(call: Caller) -> None:
    room = Room(call, {})
    assert not room.out(CLOSE)
    call(quizzes.archive, room.quiz_id)
    assert room.out(CLOSE)


# ---------------------------------------------------------------------------------------------- what a policy may say


def practice(*conditions: ReviewCondition) -> ReviewPolicy:
    return ReviewPolicy(right_answer=FINISHED, right_answer_if=conditions)


def key(call: Caller, attempt: uuid.UUID, at: datetime = NOON + HOUR) -> Any:
    return call(attempts.result, attempt, taker="ann", now=at).questions[0].right_response


def test_a_policy_may_say_that_the_key_is_out_while_others_still_answer(call: Caller) -> None:
    room = Room(call, {}, review=practice())
    assert key(call, room.attempt) == {"text": "Danube"}


def test_a_practice_quiz_may_show_its_key_to_whoever_has_no_attempt_left(call: Caller) -> None:
    room = Room(call, {}, review=practice(ReviewCondition.USED_UP), max_attempts=2)
    assert key(call, room.attempt) is None
    second = room.sit("ann", NOON + MINUTE)
    assert key(call, room.attempt) is None  # it is being answered
    call(attempts.submit, second, taker="ann", now=NOON + MINUTE)
    assert key(call, room.attempt) == key(call, second) == {"text": "Danube"}


@pytest.mark.parametrize("whom", [{"taker": "ann"}, {"group": "7b"}])
@pytest.mark.parametrize("most", [2, None])
def test_who_is_given_another_attempt_has_not_seen_the_key(
    call: Caller, whom: dict[str, str], most: int | None
) -> None:
    room = Room(call, {}, review=practice(ReviewCondition.USED_UP), max_attempts=1)
    assert key(call, room.attempt) is not None
    room.override(max_attempts=most, **whom)  # it is not known who is in a group
    assert key(call, room.attempt) is None
    room.override(**whom)
    assert key(call, room.attempt) is not None
    room.override(max_attempts=9, taker="ben")
    assert key(call, room.attempt) is not None


def test_the_rules_that_hold_now_may_give_another_attempt(call: Caller) -> None:
    room = Room(call, {}, review=practice(ReviewCondition.USED_UP), max_attempts=1)
    call(assignments.update, room.home, AssignmentUpdate(settings=AssignmentSettings(max_attempts=2)))
    assert key(call, room.attempt) is None
    call(assignments.update, room.home, AssignmentUpdate(settings=AssignmentSettings()))
    assert key(call, room.attempt) is not None
    from quizkit.schemas import QuizUpdate

    call(quizzes.update, room.quiz_id, QuizUpdate(max_attempts=3))
    call(quizzes.publish, room.quiz_id)
    assert key(call, room.attempt) is None
    call(assignments.archive, room.home)
    assert key(call, room.attempt) is not None


def test_the_rules_of_the_last_attempt_may_have_given_another_one(call: Caller) -> None:
    room = Room(call, {}, review=practice(ReviewCondition.USED_UP), max_attempts=2)
    call(assignments.update, room.home, AssignmentUpdate(settings=AssignmentSettings(max_attempts=1)))
    assert key(call, room.attempt) is None


def test_the_key_may_be_for_those_alone_who_passed(call: Caller) -> None:
    room = Room(call, {}, review=practice(ReviewCondition.PASSED), pass_grade=1)
    assert key(call, room.attempt) == {"text": "Danube"}
    failed = room.take("ann", NOON + MINUTE, "Rhine")
    assert key(call, failed) is None


def test_nobody_has_passed_while_a_person_must_grade(call: Caller) -> None:
    review = practice(ReviewCondition.PASSED)
    quiz_id = published(call, river(), Essay(content="Why?"), review=review, pass_grade=1)
    paper = sit(call, quiz_id, "ann")
    sent = [answer(1, text="Danube"), answer(2, text="Because.")]
    outcome = call(attempts.submit, paper.attempt_id, taker="ann", responses=sent, now=NOON)

    assert outcome.needs_grading
    assert key(call, paper.attempt_id) is None


def test_three_failures_do_not_show_the_key_where_staff_may_grant_a_fourth(call: Caller) -> None:
    only = practice(ReviewCondition.ARCHIVED)
    room = Room(call, {"closes_at": CLOSE}, review=only, max_attempts=3)
    for _ in range(2):
        room.take("ann", NOON + MINUTE, "Rhine")
    assert key(call, room.attempt, CLOSE + DAY) is None
    room.override(max_attempts=4, closes_at=None, taker="ann")
    fourth = room.take("ann", CLOSE + DAY)
    assert key(call, fourth, CLOSE + DAY + HOUR) is None
    call(assignments.archive, room.home)
    assert key(call, room.attempt, CLOSE + DAY + HOUR) == {"text": "Danube"}


def test_all_conditions_must_be_met(call: Caller) -> None:
    both = practice(ReviewCondition.PASSED, ReviewCondition.USED_UP)
    room = Room(call, {}, review=both, pass_grade=1, max_attempts=2)
    assert key(call, room.attempt) is None
    failed = room.take("ann", NOON + MINUTE, "Rhine")
    assert (key(call, room.attempt), key(call, failed)) == ({"text": "Danube"}, None)


def test_a_condition_that_nobody_can_meet_is_told_to_the_author(call: Caller) -> None:
    review = practice(ReviewCondition.PASSED)
    for policy, codes in (({}, ["no_pass_mark"]), ({"pass_grade": 1}, [])):
        quiz_id = published(call, river(), review=review, **policy)
        assert [one.code for one in call(quizzes.lint, quiz_id)] == codes


@pytest.mark.parametrize("condition", [ReviewCondition.USED_UP, ReviewCondition.ARCHIVED])
def test_conditions_are_about_one_assignment_and_the_close_about_all(call: Caller, condition: ReviewCondition) -> None:
    def key(*moments: ReviewMoment) -> bool:
        review = ReviewPolicy(right_answer=moments, right_answer_if=[condition])
        room = Room(call, review=review, max_attempts=1)
        room.sit("ann", CLOSE - TICK, room.more())  # another assignment, which never closes
        call(assignments.archive, room.home, now=CLOSE)
        outcome = call(attempts.result, room.attempt, taker="ann", now=CLOSE + HOUR)
        return outcome.questions[0].right_response is not None

    assert (key(*ReviewMoment), key(ReviewMoment.AFTER_CLOSE)) == (True, False)
