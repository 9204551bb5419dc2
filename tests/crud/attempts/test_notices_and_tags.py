"""Notices to those who take a quiz, and tags on papers."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from pydantic import ValidationError

from conftest import Caller
from quizkit.crud import assignments, attempts, quizzes
from quizkit.errors import NotFound, Refused
from quizkit.schemas import (
    AssignmentCreate,
    AssignmentUpdate,
    DrawSlot,
    Notice,
    QuizOutline,
    ReviewPolicy,
    SectionOutline,
)
from quizkit.vocabulary import Navigation
from taking import NOON, SECOND, arranged, bank_of, published, slots_for, start_attempt, yes

pytestmark = pytest.mark.usefixtures("unbroken")


def default_of(call: Caller, quiz_id: uuid.UUID) -> Any:
    return call(quizzes.get, quiz_id).assignment_id


def post(call: Caller, assignment_id: uuid.UUID, *notices: Notice, now: Any = NOON) -> Any:
    return call(assignments.update, assignment_id, AssignmentUpdate(notices=notices), now=now)


def noticed(paper: Any) -> list[tuple[str, int | None]]:
    return [(str(notice.content), notice.slot) for notice in paper.notices]


# ---------------------------------------------------------------------------------------------- notices


def test_a_notice_is_on_every_paper_of_its_assignment_only(call: Caller) -> None:
    quiz_id = published(call)
    other, default = (call(assignments.create, AssignmentCreate(quiz_id=quiz_id)).id for _ in range(2))
    paper = start_attempt(call, quiz_id, assignment_id=default)
    assert paper.notices == ()

    post(call, default, Notice(content="Ten minutes more."))

    for found in (
        call(attempts.paper, paper.attempt_id, taker="ann", now=NOON),
        start_attempt(call, quiz_id, assignment_id=default),
        start_attempt(call, quiz_id, "ben", assignment_id=default),
        call(attempts.visit, paper.attempt_id, taker="ann", slot=2, now=NOON),
    ):
        assert noticed(found) == [("Ten minutes more.", None)]
        assert found.notices[0].posted_at == NOON
    assert noticed(start_attempt(call, quiz_id, assignment_id=other)) == []


def test_a_notice_about_a_question_has_its_slot_on_each_paper(call: Caller) -> None:
    _, ids = bank_of(call, *(yes(n) for n in range(1, 9)))
    quiz_id = arranged(call, SectionOutline(shuffle=True, slots=slots_for(ids)))
    post(call, default_of(call, quiz_id), Notice(content="Corrected.", question_id=ids[2]))

    for taker in ("ann", "ben"):
        paper = start_attempt(call, quiz_id, taker)
        (slot,) = (question.slot for question in paper.questions if question.question_id == ids[2])
        assert noticed(paper) == [("Corrected.", slot)]


def test_a_notice_about_a_question_that_is_not_shown_is_not_shown_either(call: Caller) -> None:
    _, ids = bank_of(call, yes(1), yes(2), yes(3))
    never = ReviewPolicy(question=[])
    section = SectionOutline(navigation=Navigation.SEQUENTIAL, per_page=1, slots=slots_for(ids[:2]))
    quiz_id = arranged(call, section, review=never)
    default = default_of(call, quiz_id)
    post(call, default, Notice(content="Later.", question_id=ids[1]), Notice(content="Elsewhere.", question_id=ids[2]))

    paper = start_attempt(call, quiz_id)
    assert noticed(paper) == []
    assert noticed(call(attempts.visit, paper.attempt_id, taker="ann", slot=2, now=NOON)) == [("Later.", 2)]
    call(attempts.submit, paper.attempt_id, taker="ann", now=NOON)
    assert noticed(call(attempts.paper, paper.attempt_id, taker="ann", now=NOON)) == []


def test_a_notice_does_not_reveal_the_id_of_a_drawn_question(call: Caller) -> None:
    bank, ids = bank_of(call, yes(1))
    quiz_id = arranged(call, SectionOutline(slots=[DrawSlot(bank_id=bank)]))
    post(call, default_of(call, quiz_id), Notice(content="Corrected.", question_id=ids[0]))

    paper = start_attempt(call, quiz_id)

    assert noticed(paper) == [("Corrected.", 1)]
    assert str(ids[0]) not in paper.model_dump_json()


def test_a_notice_is_shown_from_when_it_is_posted(call: Caller) -> None:
    quiz_id = published(call)
    post(call, default_of(call, quiz_id), Notice(content="Solutions are out.", posted_at=NOON + SECOND))
    paper = start_attempt(call, quiz_id)

    later = call(attempts.paper, paper.attempt_id, taker="ann", now=NOON + SECOND)

    assert (noticed(paper), noticed(later)) == ([], [("Solutions are out.", None)])


def test_notices_are_replaced_and_the_others_keep_their_times(call: Caller) -> None:
    default = default_of(call, published(call))
    first = post(call, default, Notice(content="One."))

    both = post(call, default, Notice(content="One."), Notice(content="Two."), now=NOON + SECOND)
    assert [notice.posted_at for notice in both.notices] == [NOON, NOON + SECOND]
    again = post(call, default, *both.notices, now=NOON + 9 * SECOND)
    assert (again.notices, again.version) == (both.notices, first.version + 1)
    assert post(call, default, Notice(content="One."), Notice(content="Two."), now=NOON + 9 * SECOND) == again
    assert post(call, default, now=NOON + 9 * SECOND).notices == ()


def test_other_changes_keep_the_notices(call: Caller) -> None:
    default = default_of(call, published(call))
    posted = post(call, default, Notice(content="One."))

    changed = call(assignments.update, default, AssignmentUpdate(context="7b"), now=NOON)

    assert changed.notices == posted.notices == call(assignments.get, default).notices


def test_a_notice_about_an_unknown_question_is_refused(call: Caller) -> None:
    default = default_of(call, published(call))

    with pytest.raises(NotFound) as error:
        post(call, default, Notice(content="One.", question_id=uuid.uuid4()))
    assert error.value.code == "question_not_found"
    assert call(assignments.get, default).notices == ()


def test_an_archived_assignment_takes_no_notices(call: Caller) -> None:
    default = default_of(call, published(call))
    call(assignments.archive, default, now=NOON)

    with pytest.raises(Refused) as error:
        post(call, default, Notice(content="One."))
    assert error.value.code == "assignment_archived"


def test_an_assignment_has_at_most_twenty_notices_and_none_is_empty() -> None:
    assert len(AssignmentUpdate(notices=[Notice(content="One.")] * 20).notices or ()) == 20
    for bad in ([{"content": "One."}] * 21, [{"content": ""}], None):
        with pytest.raises(ValidationError):
            AssignmentUpdate.model_validate({"notices": bad})


# ---------------------------------------------------------------------------------------------- tags


@pytest.mark.parametrize("shown", [True, False])
def test_tags_are_on_papers_and_results_exactly_if_their_section_shows_them(call: Caller, shown: bool) -> None:
    _, ids = bank_of(call, yes(1, tags=["rivers", "long"]), yes(2))
    drawn, _ = bank_of(call, yes(3, tags=["lakes"]))
    quiz_id = arranged(
        call,
        SectionOutline(show_tags=shown, slots=slots_for(ids)),
        SectionOutline(show_tags=shown, slots=[DrawSlot(bank_id=drawn)]),
    )
    wanted = [("rivers", "long"), (), ("lakes",)] if shown else [(), (), ()]

    paper = start_attempt(call, quiz_id)
    assert [question.tags for question in paper.questions] == wanted
    outcome = call(attempts.submit, paper.attempt_id, taker="ann", now=NOON)
    assert [question.tags for question in outcome.questions] == wanted
    assert shown == ("rivers" in paper.model_dump_json())


def test_an_attempt_keeps_the_tags_of_its_revision(call: Caller) -> None:
    from quizkit.crud import questions

    _, ids = bank_of(call, yes(1, tags=["rivers"]))
    quiz_id = arranged(call, SectionOutline(show_tags=True, slots=slots_for(ids)))
    paper = start_attempt(call, quiz_id)

    call(questions.revise, ids[0], yes(1, tags=["lakes"]))
    hidden = QuizOutline(sections=[SectionOutline(slots=slots_for(ids))])
    call(quizzes.set_outline, quiz_id, hidden)
    call(quizzes.publish, quiz_id)

    again = call(attempts.paper, paper.attempt_id, taker="ann", now=NOON)
    assert [question.tags for question in again.questions] == [("rivers",)]
    assert [question.tags for question in start_attempt(call, quiz_id, "ben").questions] == [()]
