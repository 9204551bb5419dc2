"""Sections on papers and in results: what takers see of them, and what stays hidden."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from conftest import Caller
from quizkit.crud import attempts
from quizkit.questions import Essay
from quizkit.schemas import DrawSlot, QuestionSlot, ReviewPolicy, SectionOutline
from quizkit.vocabulary import Counting, Navigation, ReviewItem, ReviewMoment
from taking import (
    LATE,
    MINUTE,
    MINUTE_THEN_LATE,
    NOON,
    SECOND,
    answer,
    arranged,
    bank_of,
    slots_for,
    start_attempt,
    yes,
)

pytestmark = pytest.mark.usefixtures("unbroken")

LATER = [ReviewMoment.LATER]


def in_two_sections(call: Caller, **policy: Any) -> Any:
    """A quiz with two questions in a section and, in a sequential one, one that counts and one for extra credit."""
    _, ids = bank_of(call, yes(1), yes(2), yes(3, points=3), yes(4))
    return arranged(
        call,
        SectionOutline(title="Rivers", slots=slots_for(ids[:2])),
        SectionOutline(
            title="Lakes",
            navigation=Navigation.SEQUENTIAL,
            slots=[*slots_for(ids[2:3]), QuestionSlot(question_id=ids[3], counting=Counting.EXTRA)],
        ),
        **policy,
    )


def submitted(call: Caller, paper: Any, **when: Any) -> Any:
    call(attempts.visit, paper.attempt_id, taker="ann", slot=3, now=NOON)
    for slot in (3, 4):
        call(attempts.save, paper.attempt_id, answer(slot, answer=True), taker="ann", now=NOON)
    return call(attempts.submit, paper.attempt_id, taker="ann", **{"now": NOON, **when})


def scores(outcome: Any) -> list[str | None]:
    return [None if section.score is None else str(section.score) for section in outcome.sections]


def test_a_paper_lists_its_sections_with_their_pages_and_points(call: Caller) -> None:
    paper = start_attempt(call, in_two_sections(call))

    assert [(section.number, section.title, section.page) for section in paper.sections] == [
        (1, "Rivers", 1),
        (2, "Lakes", 2),
    ]
    assert [section.navigation for section in paper.sections] == [Navigation.FREE, Navigation.SEQUENTIAL]
    assert [str(section.max_score) for section in paper.sections] == ["2", "3"]
    assert [question.section for question in paper.questions] == [1, 1]
    assert call(attempts.paper, paper.attempt_id, taker="ann", now=NOON) == paper


def test_drawn_and_shuffled_questions_belong_to_their_section(call: Caller) -> None:
    bank, ids = bank_of(call, *(yes(n) for n in range(1, 6)))
    quiz_id = arranged(
        call,
        SectionOutline(title="Pinned", shuffle=True, slots=slots_for(ids[:2])),
        SectionOutline(title="Empty"),
        SectionOutline(slots=[DrawSlot(bank_id=bank, count=2, points=2)]),
    )

    paper = start_attempt(call, quiz_id)

    assert [question.section for question in paper.questions] == [1, 1, 2, 2]
    assert [(section.title, str(section.max_score)) for section in paper.sections] == [("Pinned", "2"), (None, "4")]


def test_the_scores_of_the_sections_add_up_to_the_score(call: Caller) -> None:
    outcome = submitted(call, start_attempt(call, in_two_sections(call)))

    assert scores(outcome) == ["0", "4"]  # 3 points, and 1 point of extra credit
    assert [str(section.max_score) for section in outcome.sections] == ["2", "3"]
    assert sum(section.score for section in outcome.sections) == outcome.score
    assert [question.section for question in outcome.questions] == [1, 1, 2, 2]


def test_a_late_response_lowers_the_score_of_its_section_only(call: Caller) -> None:
    _, ids = bank_of(call, yes(1), yes(2))
    sections = [SectionOutline(slots=slots_for([one])) for one in ids]
    quiz_id = arranged(call, *sections, **MINUTE_THEN_LATE, late_penalty="0.5")
    paper = start_attempt(call, quiz_id)
    call(attempts.save, paper.attempt_id, answer(1, answer=True), taker="ann", now=NOON)
    call(attempts.save, paper.attempt_id, answer(2, answer=True), taker="ann", now=LATE)

    outcome = call(attempts.submit, paper.attempt_id, taker="ann", now=LATE)

    assert (scores(outcome), str(outcome.score)) == (["1", "0.5"], "1.5")


@pytest.mark.parametrize("hidden", [(), (ReviewItem.QUESTION,)])
def test_a_section_shows_its_score_exactly_when_marks_are_shown(call: Caller, hidden: tuple[ReviewItem, ...]) -> None:
    """As soon as marks may be shown, they are shown also without the questions."""
    never: dict[str, Any] = {item.value: [] for item in hidden}
    quiz_id = in_two_sections(call, review=ReviewPolicy(marks=LATER, **never))
    paper = start_attempt(call, quiz_id)

    outcome = submitted(call, paper)
    assert scores(outcome) == [None, None]
    assert [str(section.max_score) for section in outcome.sections] == ["2", "3"]

    outcome = call(attempts.result, paper.attempt_id, taker="ann", now=NOON + 5 * MINUTE)
    assert scores(outcome) == ["0", "4"]


@pytest.mark.parametrize("marks", [[ReviewMoment.RIGHT_AFTER], []])
def test_a_section_says_that_it_waits_for_grading_only_if_marks_are_shown(
    call: Caller, marks: list[ReviewMoment]
) -> None:
    _, ids = bank_of(call, yes(1), Essay(content="Why?"))
    sections = [SectionOutline(slots=slots_for([one])) for one in ids]
    paper = start_attempt(call, arranged(call, *sections, review=ReviewPolicy(marks=marks)))
    call(attempts.save, paper.attempt_id, answer(1, answer=True), taker="ann", now=NOON)
    call(attempts.save, paper.attempt_id, answer(2, text="Because"), taker="ann", now=NOON)

    outcome = call(attempts.submit, paper.attempt_id, taker="ann", now=NOON + SECOND)

    assert [section.needs_grading for section in outcome.sections] == ([False, True] if marks else [False, False])
    assert scores(outcome) == (["1", "0"] if marks else [None, None])
    assert outcome.grade is None


def test_a_question_that_is_ignored_counts_in_no_section(call: Caller) -> None:
    _, ids = bank_of(call, yes(1), yes(2))
    slots = [QuestionSlot(question_id=ids[0], counting=Counting.IGNORED), QuestionSlot(question_id=ids[1])]
    paper = start_attempt(call, arranged(call, SectionOutline(slots=slots)))
    call(attempts.save, paper.attempt_id, answer(1, answer=True), taker="ann", now=NOON)

    outcome = call(attempts.submit, paper.attempt_id, taker="ann", now=NOON)

    assert (outcome.score, outcome.sections[0].score, outcome.sections[0].max_score) == (Decimal(0), 0, 1)


def test_shuffled_sections_are_numbered_as_on_the_paper(call: Caller) -> None:
    _, ids = bank_of(call, *(yes(n) for n in range(1, 7)))
    sections = [SectionOutline(title=str(n), slots=slots_for([one])) for n, one in enumerate(ids)]
    paper = start_attempt(call, arranged(call, *sections, shuffle_sections=True), seed=bytes(16))
    assert [section.title for section in paper.sections] != [str(n) for n in range(6)]

    for found in (paper, call(attempts.submit, paper.attempt_id, taker="ann", now=NOON)):
        assert [section.number for section in found.sections] == [1, 2, 3, 4, 5, 6]
        assert [section.title for section in found.sections] == [section.title for section in paper.sections]
        assert [question.section for question in found.questions] == [1, 2, 3, 4, 5, 6]
