"""Time limits of sections and questions: they close by the server's clock, within an open attempt."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from conftest import Caller
from quizkit.crud import assignments, attempts, previews, quizzes
from quizkit.errors import Refused
from quizkit.schemas import AccommodationSettings, DrawSlot, QuestionSlot, QuizOutline, SectionOutline
from quizkit.vocabulary import Behaviour, Navigation, SaveStatus
from taking import MINUTE, NOON, SECOND, TICK, answer, arranged, bank_of, check, river, slots_for, start_attempt, yes

SEQUENTIAL = Navigation.SEQUENTIAL


def limited_section(call: Caller, *, per_page: int | None = 1, **policy: Any) -> uuid.UUID:
    """A free section with one question, and a sequential one with three that has a minute."""
    _, ids = bank_of(call, *(yes(n) for n in range(1, 5)))
    sections = [
        SectionOutline(slots=slots_for(ids[:1])),
        SectionOutline(slots=slots_for(ids[1:]), navigation=SEQUENTIAL, per_page=per_page, time_limit_seconds=60),
    ]
    return arranged(call, *sections, **policy)


def limited_questions(call: Caller, *asked: Any, **policy: Any) -> uuid.UUID:
    """A sequential section with three questions that have a minute each."""
    _, ids = bank_of(call, *(asked or (yes(n) for n in range(1, 4))))
    slots = slots_for(ids, time_limit_seconds=60)
    return arranged(call, SectionOutline(slots=slots, navigation=SEQUENTIAL, per_page=1), **policy)


def visit(call: Caller, paper: Any, slot: int, at: datetime, taker: str = "ann") -> Any:
    return call(attempts.visit, paper.attempt_id, slot=slot, taker=taker, now=at)


def code_of_save(call: Caller, paper: Any, data: Any, at: datetime, taker: str = "ann") -> str | None:
    try:
        call(attempts.save, paper.attempt_id, data, taker=taker, now=at)
    except Refused as refused:
        return refused.code
    return None


# ---------------------------------------------------------------------------------------------- questions


@pytest.mark.parametrize(("late_by", "code"), [(TICK * 0, None), (TICK, "question_closed")])
def test_a_question_closes_after_its_time_to_the_microsecond(
    call: Caller, late_by: timedelta, code: str | None
) -> None:
    paper = start_attempt(call, limited_questions(call))

    assert [question.closes_at for question in paper.questions] == [NOON + MINUTE]
    assert code_of_save(call, paper, answer(1, answer=True), NOON + MINUTE + late_by) == code


def test_each_question_has_its_time_from_the_first_visit_of_its_page(call: Caller) -> None:
    paper = start_attempt(call, limited_questions(call))
    later = NOON + 10 * MINUTE
    (second,) = visit(call, paper, 2, later).questions
    again = visit(call, paper, 2, later + 30 * SECOND)

    assert second.closes_at == again.questions[0].closes_at == later + MINUTE
    assert code_of_save(call, paper, answer(2, answer=True), later + MINUTE) is None
    assert code_of_save(call, paper, answer(2, 2, answer=False), later + MINUTE + TICK) == "question_closed"
    assert call(attempts.submit, paper.attempt_id, taker="ann", now=later + 2 * MINUTE).score == 1


def test_the_refusal_says_since_when_the_question_is_closed(call: Caller) -> None:
    paper = start_attempt(call, limited_questions(call))

    with pytest.raises(Refused) as refused:
        call(attempts.save, paper.attempt_id, answer(1, answer=True), taker="ann", now=NOON + 2 * MINUTE)

    assert refused.value.params == {"closes_at": (NOON + MINUTE).isoformat()}


def test_a_response_without_a_sequence_is_refused_too(call: Caller) -> None:
    paper = start_attempt(call, limited_questions(call))
    data = answer(1, answer=True).model_copy(update={"sequence": None})

    assert code_of_save(call, paper, data, NOON + MINUTE + TICK) == "question_closed"


def test_the_grace_period_applies_to_closed_questions(call: Caller) -> None:
    paper = start_attempt(call, limited_questions(call, grace_seconds=5))

    assert code_of_save(call, paper, answer(1, answer=True), NOON + MINUTE + 5 * SECOND) is None
    assert code_of_save(call, paper, answer(1, 2, answer=True), NOON + MINUTE + 5 * SECOND + TICK) == "question_closed"


def test_a_closed_question_cannot_be_checked_or_tried_again(call: Caller) -> None:
    paper = start_attempt(call, limited_questions(call, river(), behaviour=Behaviour.INTERACTIVE))
    call(attempts.check, paper.attempt_id, check(1, 1, text="Rhine"), taker="ann", now=NOON)
    late = NOON + MINUTE + TICK

    with pytest.raises(Refused, match="ended"):
        call(attempts.try_again, paper.attempt_id, slot=1, taker="ann", now=late)
    call(attempts.try_again, paper.attempt_id, slot=1, taker="ann", now=NOON + MINUTE)
    with pytest.raises(Refused, match="ended"):
        call(attempts.check, paper.attempt_id, check(1, 2, text="Danube"), taker="ann", now=late)


def test_a_submit_reports_a_closed_question_and_knows_what_was_stored_before(call: Caller) -> None:
    paper = start_attempt(call, limited_questions(call))
    call(attempts.save, paper.attempt_id, answer(1, answer=True), taker="ann", now=NOON)
    visit(call, paper, 2, NOON)
    sent = [answer(2, answer=True)]

    outcome = call(attempts.submit, paper.attempt_id, taker="ann", responses=sent, now=NOON + 2 * MINUTE)

    assert [(one.status, one.code) for one in outcome.sent] == [(SaveStatus.REFUSED, "question_closed")]
    assert outcome.score == 1


def test_a_stored_response_that_is_sent_again_after_the_close_counts_as_stored(call: Caller) -> None:
    paper = start_attempt(call, limited_questions(call))
    call(attempts.save, paper.attempt_id, answer(1, answer=True), taker="ann", now=NOON)
    sent = [answer(1, answer=True)]

    outcome = call(attempts.submit, paper.attempt_id, taker="ann", responses=sent, now=NOON + 2 * MINUTE)

    assert [one.status for one in outcome.sent] == [SaveStatus.STORED]


def test_drawn_questions_have_a_limit_each(call: Caller) -> None:
    bank, _ = bank_of(call, *(yes(n) for n in range(1, 4)))
    slots = [DrawSlot(bank_id=bank, count=2, time_limit_seconds=30)]
    paper = start_attempt(call, arranged(call, SectionOutline(slots=slots, navigation=SEQUENTIAL, per_page=1)))

    assert paper.questions[0].closes_at == NOON + 30 * SECOND
    assert visit(call, paper, 2, NOON + MINUTE).questions[0].closes_at == NOON + 90 * SECOND


# ---------------------------------------------------------------------------------------------- sections


def test_the_time_for_a_section_begins_with_the_visit_of_its_first_page(call: Caller) -> None:
    paper = start_attempt(call, limited_section(call))
    later = NOON + 10 * MINUTE

    assert [(section.time_limit_seconds, section.closes_at) for section in paper.sections] == [(None, None), (60, None)]
    assert code_of_save(call, paper, answer(1, answer=True), later) is None
    found = visit(call, paper, 2, later)
    assert found.sections[1].closes_at == found.questions[0].closes_at == later + MINUTE
    third = visit(call, paper, 3, later + 50 * SECOND)
    assert third.questions[0].closes_at == later + MINUTE
    assert code_of_save(call, paper, answer(3, answer=True), later + MINUTE) is None
    assert code_of_save(call, paper, answer(3, 2, answer=True), later + MINUTE + TICK) == "section_closed"


def test_a_section_on_one_page_closes_as_a_whole(call: Caller) -> None:
    paper = start_attempt(call, limited_section(call, per_page=None))
    visit(call, paper, 2, NOON)

    for slot in (2, 3, 4):
        assert code_of_save(call, paper, answer(slot, answer=True), NOON + MINUTE + TICK) == "section_closed"


def test_a_taker_goes_on_to_the_next_section_after_one_has_closed(call: Caller) -> None:
    _, ids = bank_of(call, yes(1), yes(2))
    sections = [SectionOutline(slots=slots_for([one]), navigation=SEQUENTIAL, time_limit_seconds=60) for one in ids]
    paper = start_attempt(call, arranged(call, *sections))
    later = NOON + 10 * MINUTE

    assert code_of_save(call, paper, answer(1, answer=True), later) == "section_closed"
    assert visit(call, paper, 2, later).sections[1].closes_at == later + MINUTE
    assert code_of_save(call, paper, answer(2, answer=True), later + MINUTE) is None


def test_an_accommodation_lengthens_the_time_for_sections_and_questions(call: Caller) -> None:
    taker = f"ben {uuid.uuid4()}"
    call(assignments.accommodate, AccommodationSettings(time_factor="3/2"), taker=taker, now=NOON)
    questions, section = limited_questions(call), limited_section(call)

    one = start_attempt(call, questions, taker)
    other = start_attempt(call, section, taker)

    assert one.questions[0].closes_at == NOON + 90 * SECOND
    assert visit(call, other, 2, NOON, taker).sections[1].closes_at == NOON + 90 * SECOND
    assert code_of_save(call, one, answer(1, answer=True), NOON + 90 * SECOND, taker) is None
    assert code_of_save(call, one, answer(1, 2, answer=True), NOON + 90 * SECOND + TICK, taker) == "question_closed"


def test_a_preview_has_the_same_limits(call: Caller) -> None:
    paper = call(previews.start, limited_questions(call), actor="ann", now=NOON)

    assert paper.questions[0].closes_at == NOON + MINUTE


def test_an_open_attempt_keeps_its_limits_when_the_quiz_is_published_again(call: Caller) -> None:
    quiz_id = limited_questions(call)
    paper = start_attempt(call, quiz_id)
    outline = call(quizzes.outline, quiz_id)
    (section,) = outline.sections
    slots = [slot.model_copy(update={"time_limit_seconds": 600}) for slot in section.slots]
    call(quizzes.set_outline, quiz_id, QuizOutline(sections=[section.model_copy(update={"slots": tuple(slots)})]))
    call(quizzes.publish, quiz_id)

    assert call(attempts.paper, paper.attempt_id, taker="ann", now=NOON).questions[0].closes_at == NOON + MINUTE
    assert start_attempt(call, quiz_id, "ben").questions[0].closes_at == NOON + 10 * MINUTE


# ---------------------------------------------------------------------------------------------- outlines

ONE = QuestionSlot(question_id=uuid.UUID(int=1), time_limit_seconds=60)
PLAIN = QuestionSlot(question_id=uuid.UUID(int=1))
WAITING = QuestionSlot(question_id=uuid.UUID(int=2), requires_previous=True)


@pytest.mark.parametrize(
    ("section", "code"),
    [
        ({"slots": [PLAIN], "time_limit_seconds": 60}, "limit_not_sequential"),
        ({"slots": [ONE], "per_page": 1}, "limit_not_sequential"),
        ({"slots": [ONE], "navigation": SEQUENTIAL}, "limit_without_page"),
        ({"slots": [ONE], "navigation": SEQUENTIAL, "per_page": 2}, "limit_without_page"),
    ],
)
def test_a_limit_needs_a_page_that_is_visited_once(section: dict[str, Any], code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        SectionOutline(**section)

    assert [error["type"] for error in refused.value.errors()] == [code]


def test_no_question_can_wait_for_one_that_may_have_closed() -> None:
    limited = SectionOutline(slots=[PLAIN], navigation=SEQUENTIAL, time_limit_seconds=60)

    with pytest.raises(ValidationError) as refused:
        QuizOutline(sections=[limited, SectionOutline(slots=[WAITING])])

    assert [error["type"] for error in refused.value.errors()] == ["requires_previous_limited"]


@pytest.mark.parametrize("limit", [0, 86_401])
def test_limits_have_bounds(limit: int) -> None:
    with pytest.raises(ValidationError):
        SectionOutline(slots=[PLAIN], navigation=SEQUENTIAL, time_limit_seconds=limit)
