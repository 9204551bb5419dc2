"""Staff see who is at work and who has finished, with progress, and read an attempt with its key."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from conftest import Caller
from quizkit.crud import assignments, attempts, previews, supervision
from quizkit.errors import NotFound, UsageError
from quizkit.models import Attempt
from quizkit.questions import Description
from quizkit.schemas import AssignmentCreate, DrawSlot, ReviewPolicy, SectionOutline
from quizkit.vocabulary import AttemptState, Behaviour, Navigation, ReviewItem, TimeUp
from taking import HOUR, MINUTE, NOON, answer, arranged, bank_of, check, published, river, start_attempt, yes


def begun(call: Caller, quiz_id: uuid.UUID, taker: str, **more: Any) -> uuid.UUID:
    attempt_id: uuid.UUID = start_attempt(call, quiz_id, taker, **more).attempt_id
    return attempt_id


def of(call: Caller, quiz_id: uuid.UUID, **chosen: Any) -> set[str]:
    """Return the takers on a page of supervision."""
    return {one.taker_id for one in call(supervision.page, quiz_id=quiz_id, **{"now": NOON, **chosen}).items}


def test_staff_see_who_is_at_work_and_who_has_finished(call: Caller) -> None:
    quiz_id = published(call, time_limit_seconds=60)
    done = begun(call, quiz_id, "ann")
    call(attempts.submit, done, taker="ann", now=NOON)
    begun(call, quiz_id, "ben", now=NOON - HOUR)
    begun(call, quiz_id, "cid")

    assert of(call, quiz_id) == {"ann", "ben", "cid"}
    assert of(call, quiz_id, state=AttemptState.SUBMITTED) == {"ann"}
    assert of(call, quiz_id, state=AttemptState.OVERDUE) == {"ben"}
    assert of(call, quiz_id, state=AttemptState.OPEN) == {"cid"}
    assert of(call, quiz_id, state=AttemptState.ABANDONED) == set()
    assert of(call, quiz_id, taker="cid") == {"cid"}


def test_the_last_moment_of_an_attempt_is_still_open(call: Caller) -> None:
    """The filter and the state of the items agree to the microsecond."""
    quiz_id = published(call, time_limit_seconds=60)
    begun(call, quiz_id, "ann")
    for moment, state in ((NOON + MINUTE, AttemptState.OPEN), (NOON + 2 * MINUTE, AttemptState.OVERDUE)):
        (found,) = call(supervision.page, quiz_id=quiz_id, state=state, now=moment).items
        assert found.state is state
        other = {AttemptState.OPEN, AttemptState.OVERDUE} - {state}
        assert of(call, quiz_id, state=other.pop(), now=moment) == set()


def test_an_attempt_without_a_deadline_stays_open(call: Caller) -> None:
    quiz_id = published(call)
    begun(call, quiz_id, "ann")

    assert of(call, quiz_id, state=AttemptState.OPEN, now=NOON + 10_000 * HOUR) == {"ann"}


def test_sittings_can_be_chosen_by_assignment_and_by_a_condition_for_a_group(call: Caller) -> None:
    quiz_id = published(call)
    class_7b = call(assignments.create, AssignmentCreate(quiz_id=quiz_id, context="7b")).id
    class_7c = call(assignments.create, AssignmentCreate(quiz_id=quiz_id, context="7c")).id
    for taker, where in (("ann", class_7b), ("ben", class_7b), ("cid", class_7c)):
        begun(call, quiz_id, taker, assignment_id=where)

    assert of(call, quiz_id, assignment_id=class_7b) == {"ann", "ben"}
    assert of(call, quiz_id, where=[Attempt.taker_id.in_(["ben", "cid"])]) == {"ben", "cid"}
    assert of(call, uuid.uuid4()) == set()


def test_progress_counts_responses_that_are_not_blank_of_questions_that_can_be_answered(call: Caller) -> None:
    quiz_id = published(call, Description(content="Read this."), yes(1), yes(2), river())
    attempt_id = begun(call, quiz_id, "ann")
    assert progress(call, attempt_id) == (0, 3)
    for slot, response in ((2, {"answer": True}), (4, {"text": "Rhine"})):
        call(attempts.save, attempt_id, answer(slot, 1, **response), taker="ann", now=NOON + slot * MINUTE)
    assert progress(call, attempt_id) == (2, 3)
    assert call(supervision.get, attempt_id).last_response_at == NOON + 4 * MINUTE
    call(attempts.save, attempt_id, answer(4, 2, text=" "), taker="ann", now=NOON + 5 * MINUTE)

    assert progress(call, attempt_id) == (1, 3)


def test_progress_counts_drawn_questions(call: Caller) -> None:
    bank, _ = bank_of(call, yes(1), yes(2), yes(3))
    quiz_id = arranged(call, SectionOutline(slots=[DrawSlot(bank_id=bank, count=2)]))

    assert progress(call, begun(call, quiz_id, "ann")) == (0, 2)


def progress(call: Caller, attempt_id: uuid.UUID) -> tuple[int, int]:
    found = call(supervision.get, attempt_id, now=NOON)
    return found.answered, found.question_count


def test_marks_are_shown_to_staff_while_they_are_hidden_from_the_taker(call: Caller) -> None:
    hidden = ReviewPolicy.model_validate({item.value: [] for item in ReviewItem})
    quiz_id = published(call, yes(1), river(), review=hidden, pass_grade=1)
    attempt_id = begun(call, quiz_id, "ann")
    call(attempts.save, attempt_id, answer(2, 1, text="Donau"), taker="ann", now=NOON)
    assert call(attempts.submit, attempt_id, taker="ann", now=NOON).score is None

    found = call(supervision.review, attempt_id, now=NOON)
    assert (found.taker_id, found.state, found.score, found.grade, found.passed) == (
        "ann",
        "submitted",
        0.5,
        0.5,
        False,
    )
    first, second = found.questions
    assert (first.state, first.right_response.answer) == ("not_answered", True)
    assert (second.response.text, second.points, second.right_response.text) == ("Donau", 0.5, "Danube")
    assert second.general_feedback.text == "See a map."
    assert set(second.shown) == set(ReviewItem)


def test_staff_read_an_open_attempt_with_its_key_and_its_tries(call: Caller) -> None:
    quiz_id = published(call, river(), behaviour=Behaviour.INTERACTIVE)
    attempt_id = begun(call, quiz_id, "ann")
    call(attempts.check, attempt_id, check(1, 1, text="Rhine"), taker="ann", now=NOON)

    found = call(supervision.review, attempt_id, now=NOON)
    (question,) = found.questions
    assert (found.state, found.grade, found.passed, found.score) == ("open", None, None, None)
    assert question.right_response.text == "Danube"
    assert question.question_id is not None
    assert [one.response.text for one in question.tries] == ["Rhine"]
    (shown,) = call(attempts.review, attempt_id, taker="ann", now=NOON).questions
    assert shown.right_response is None


def test_staff_read_pages_that_the_taker_has_not_reached_and_the_ids_of_drawn_questions(call: Caller) -> None:
    bank, ids = bank_of(call, yes(1), yes(2))
    draw = DrawSlot(bank_id=bank, count=2)
    quiz_id = arranged(call, SectionOutline(slots=[draw], navigation=Navigation.SEQUENTIAL, per_page=1))
    attempt_id = begun(call, quiz_id, "ann")

    assert len(call(attempts.paper, attempt_id, taker="ann", now=NOON).questions) == 1
    assert {one.question_id for one in call(supervision.review, attempt_id, now=NOON).questions} == set(ids)


def test_previews_are_no_sittings(call: Caller) -> None:
    quiz_id = published(call)
    preview = call(previews.start, quiz_id, actor="author", now=NOON).attempt_id

    assert of(call, quiz_id) == set()
    for read in (supervision.get, supervision.review):
        with pytest.raises(NotFound) as refused:
            call(read, preview)
        assert refused.value.code == "attempt_not_found"


def test_a_state_must_be_a_state(call: Caller) -> None:
    with pytest.raises(UsageError) as refused:
        call(supervision.page, state="open")
    assert refused.value.code == "argument_type"


def test_an_abandoned_attempt_is_listed_as_such(call: Caller) -> None:
    quiz_id = published(call, time_limit_seconds=60, time_up=TimeUp.ABANDON)
    attempt_id = begun(call, quiz_id, "ann")
    call(attempts.result, attempt_id, taker="ann", now=NOON + HOUR)

    assert of(call, quiz_id, state=AttemptState.ABANDONED, now=NOON + HOUR) == {"ann"}
    assert call(supervision.review, attempt_id).questions
