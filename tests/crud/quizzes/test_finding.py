"""Find quizzes by author, state and text, and the questions of a quiz."""

from __future__ import annotations

import uuid

import pytest

from conftest import Caller
from quizkit.crud import attempts, banks, questions, quizzes
from quizkit.errors import Conflict, Invalid, NotFound, Refused
from quizkit.questions import QuestionDraft, TrueFalse
from quizkit.schemas import BankCreate, DrawSlot, QuestionSlot, QuizCreate, QuizOutline, QuizUpdate, SectionOutline
from quizkit.vocabulary import Order, QuizState

RHINE = TrueFalse(content="The Rhine is a river.", answer=True)
LOIRE = TrueFalse(content="The Loire is a river.", answer=True)
ALPS = TrueFalse(content="The Alps are a river.", answer=False)


def test_quizzes_are_found_by_author_state_and_text(call: Caller) -> None:
    ann, ben = str(uuid.uuid4()), str(uuid.uuid4())
    rivers = call(quizzes.create, QuizCreate(title="Flüsse", description="Of Europe", questions=[RHINE]), author=ann)
    lakes = call(quizzes.create, QuizCreate(title="Lakes", description="100%"), author=ann)
    call(quizzes.create, QuizCreate(title="Flüsse"), author=ben)
    rivers = call(quizzes.publish, rivers.id)

    def found(**filters: object) -> tuple[object, ...]:
        items: tuple[object, ...] = call(quizzes.page, author=ann, **filters).items
        return items

    assert found() == (rivers, lakes)
    assert found(state=QuizState.PUBLISHED) == found(text="FLUSSE") == found(text="europe") == (rivers,)
    assert found(state=QuizState.DRAFT) == found(text="100%") == (lakes,)
    assert found(text="_") == found(state=QuizState.ARCHIVED) == found(text="lakes", state=QuizState.PUBLISHED) == ()


def test_a_quiz_is_found_by_its_new_title(call: Caller) -> None:
    author = str(uuid.uuid4())
    quiz = call(quizzes.create, QuizCreate(title="Rivers", description="Of Europe"), author=author)

    call(quizzes.update, quiz.id, QuizUpdate(title="Lakes"))

    assert call(quizzes.page, author=author, text="rivers").items == ()
    assert [found.id for found in call(quizzes.page, author=author, text="lakes").items] == [quiz.id]
    assert [found.id for found in call(quizzes.page, author=author, text="europe").items] == [quiz.id]


def test_the_questions_of_a_quiz_are_those_of_its_newest_outline(call: Caller) -> None:
    draft = QuestionDraft(body={"type": "essay"})
    quiz = call(quizzes.create, QuizCreate(title="Rivers", questions=[RHINE, draft]))
    other = call(banks.create, BankCreate(name="Mountains"))
    (alps, drawn) = call(questions.add, [ALPS, LOIRE], bank_id=other.id)
    (rhine, essay) = call(questions.page, quiz_id=quiz.id).items
    slots: list[QuestionSlot | DrawSlot] = [
        QuestionSlot(question_id=alps.id),
        QuestionSlot(question_id=rhine.id),
        DrawSlot(bank_id=other.id),
    ]

    call(quizzes.set_outline, quiz.id, QuizOutline(sections=[SectionOutline(slots=slots)]))
    call(quizzes.publish, quiz.id)

    assert {found.id for found in call(questions.page, quiz_id=quiz.id).items} == {rhine.id, alps.id}
    call(quizzes.remove, quiz.id, question_id=alps.id)
    assert [found.id for found in call(questions.page, quiz_id=quiz.id).items] == [rhine.id]
    assert call(questions.page, quiz_id=quiz.id, bank_id=other.id).items == ()
    assert call(questions.page, quiz_id=uuid.uuid4()).items == ()
    assert {found.id for found in call(questions.page, bank_id=quiz.bank_id).items} == {rhine.id, essay.id}
    assert drawn.id not in {found.id for found in call(questions.page, quiz_id=quiz.id).items}


# ---------------------------------------------------------------------------------------------- remove


def test_a_removed_question_leaves_the_draft_and_stays_in_the_bank_and_with_takers(call: Caller) -> None:
    quiz = call(quizzes.create, QuizCreate(title="Rivers", questions=[RHINE, ALPS]))
    call(quizzes.publish, quiz.id)
    (rhine, alps) = call(questions.page, quiz_id=quiz.id).items

    left = call(quizzes.remove, quiz.id, question_id=rhine.id)

    assert left == call(quizzes.outline, quiz.id)
    assert [slot.question_id for slot in left.sections[0].slots] == [alps.id]
    assert len(call(attempts.start, quiz.id, taker="ann").questions) == 2
    assert call(questions.get, rhine.id) == rhine
    call(quizzes.publish, quiz.id)
    assert len(call(attempts.start, quiz.id, taker="ben").questions) == 1


def test_removing_a_question_that_is_not_there_changes_nothing(call: Caller) -> None:
    quiz = call(quizzes.create, QuizCreate(title="Rivers", questions=[RHINE]))
    (rhine,) = call(questions.page, quiz_id=quiz.id).items
    left = call(quizzes.remove, quiz.id, question_id=rhine.id)

    assert call(quizzes.remove, quiz.id, question_id=rhine.id, version=1) == left
    assert left.sections[0].slots == ()


def test_a_question_is_not_removed_from_an_outdated_or_archived_quiz(call: Caller) -> None:
    quiz = call(quizzes.create, QuizCreate(title="Rivers", questions=[RHINE]))
    (rhine,) = call(questions.page, quiz_id=quiz.id).items
    call(quizzes.update, quiz.id, QuizUpdate(title="Lakes"))

    with pytest.raises(Conflict):
        call(quizzes.remove, quiz.id, question_id=rhine.id, version=quiz.version)
    call(quizzes.archive, quiz.id)
    with pytest.raises(Refused):
        call(quizzes.remove, quiz.id, question_id=rhine.id)
    assert len(call(questions.page, quiz_id=quiz.id).items) == 1


# ---------------------------------------------------------------------------------------------- restore


def test_a_restored_quiz_is_what_it_was(call: Caller) -> None:
    unpublished, published = (call(quizzes.create, QuizCreate(title="Rivers", questions=[RHINE])) for _ in range(2))
    published = call(quizzes.publish, published.id)
    for quiz in (unpublished, published):
        archived = call(quizzes.archive, quiz.id)

        restored = call(quizzes.restore, quiz.id, version=archived.version)

        changed = {"version": archived.version + 1, "updated_at": restored.updated_at}
        assert restored == quiz.model_copy(update=changed) == call(quizzes.get, quiz.id)
        assert call(quizzes.restore, quiz.id, version=1) == restored
        assert call(quizzes.update, quiz.id, QuizUpdate(title="Lakes")).title == "Lakes"
    assert len(call(attempts.start, published.id, taker="ann").questions) == 1


def test_a_restored_question_is_revised_and_drawn_again(call: Caller) -> None:
    bank = call(banks.create, BankCreate(name="Geography"))
    (rhine,) = call(questions.add, [RHINE], bank_id=bank.id)
    quiz = call(quizzes.create, QuizCreate(title="Drawn"))
    call(quizzes.set_outline, quiz.id, QuizOutline(sections=[SectionOutline(slots=[DrawSlot(bank_id=bank.id)])]))
    archived = call(questions.archive, rhine.id)
    with pytest.raises(Invalid):
        call(quizzes.publish, quiz.id)

    restored = call(questions.restore, rhine.id, version=archived.version)

    changed = {"version": archived.version + 1, "updated_at": restored.updated_at}
    assert restored == rhine.model_copy(update=changed) == call(questions.get, rhine.id)
    assert call(questions.restore, rhine.id, version=1) == restored
    assert call(quizzes.publish, quiz.id).revision == 1
    assert call(questions.revise, rhine.id, ALPS).revision == 2


def test_an_outdated_version_restores_nothing(call: Caller) -> None:
    quiz = call(quizzes.create, QuizCreate(title="Rivers", questions=[RHINE]))
    (rhine,) = call(questions.page, quiz_id=quiz.id).items
    call(quizzes.archive, quiz.id)
    call(questions.archive, rhine.id)

    for verb, id_ in ((quizzes.restore, quiz.id), (questions.restore, rhine.id)):
        with pytest.raises(Conflict):
            call(verb, id_, version=1)
    assert call(quizzes.get, quiz.id).state is QuizState.ARCHIVED


# ---------------------------------------------------------------------------------------------- order


def test_the_newest_come_first_on_every_page(call: Caller) -> None:
    author = str(uuid.uuid4())
    made = [call(quizzes.create, QuizCreate(title=f"Quiz {n}"), author=author).id for n in range(5)]
    added = call(questions.add, [RHINE, ALPS, LOIRE], quiz_id=made[0])
    newest = {"order": Order.NEWEST, "limit": 2}

    for verb, filters, ids in (
        (quizzes.page, {"author": author}, made),
        (questions.page, {"quiz_id": made[0]}, [question.id for question in added]),
    ):
        found: list[uuid.UUID] = []
        after = None
        while not found or after is not None:
            page = call(verb, **filters, **newest, after=after)
            found += [item.id for item in page.items]
            after = page.next_after
        assert found == ids[::-1]
        with pytest.raises(NotFound):
            call(verb, **filters, **newest, after=uuid.uuid4())
