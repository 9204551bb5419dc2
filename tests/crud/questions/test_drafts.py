"""Questions that are not complete yet: stored with their problems, and never given to a taker."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from conftest import Caller, Database, together
from quizkit.crud import Quizkit, attempts, banks, categories, kit, previews, questions, quizzes
from quizkit.errors import Conflict, Invalid, NotFound, Refused, UsageError
from quizkit.formats import gift, native
from quizkit.models import models
from quizkit.questions import Choice, Essay, Option, QuestionDraft, TrueFalse, register
from quizkit.questions._registry import _types
from quizkit.schemas import (
    BankCreate,
    BankReturn,
    CategoryCreate,
    DrawSlot,
    QuestionReturn,
    QuestionSlot,
    QuizCreate,
    QuizOutline,
    QuizReturn,
    SectionOutline,
)
from quizkit.vocabulary import uuid7

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
RIVER = TrueFalse(content="The Rhine is a river.", answer=True, title="Rhine", points="1.5", tags=["rivers"])
PROMPT = QuestionDraft(body={"type": "choice", "title": "Longest", "content": "Which is longer?", "tags": ["long"]})
LONGER = Choice(
    title="Longest",
    content="Which is longer?",
    tags=["long"],
    options=[Option(content="Rhine", correct=True), Option(content="Main")],
)


def unfinished(**body: Any) -> QuestionDraft:
    return QuestionDraft(body={"type": "true_false", **body})


@pytest.fixture
def bank(call: Caller) -> BankReturn:
    made: BankReturn = call(banks.create, BankCreate(name="Geography"))
    return made


def add(call: Caller, bank: BankReturn, *asked: Any, **more: Any) -> QuestionReturn:
    (added,) = call(questions.add, asked, bank_id=bank.id, **more)
    assert isinstance(added, QuestionReturn)
    return added


def quiz_with(call: Caller, *asked: Any) -> QuizReturn[str]:
    quiz: QuizReturn[str] = call(quizzes.create, QuizCreate(title="Rivers", questions=asked))
    return quiz


def stored(call: Caller, quiz: QuizReturn[str]) -> Any:
    return call(questions.page, bank_id=quiz.bank_id).items


def refused_slots(call: Caller, quiz: QuizReturn[str]) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as refused:
        call(quizzes.publish, quiz.id)
    assert refused.value.code == "quiz_invalid"
    return [(problem.path, problem.code) for problem in refused.value.problems]


# ---------------------------------------------------------------------------------------------- what an author sees


def test_a_draft_is_stored_with_its_problems(call: Caller, bank: BankReturn) -> None:
    added = add(call, bank, PROMPT, now=NOON)

    assert (added.draft, added.question, added.revision, added.revision_id, added.points) == (PROMPT, *[None] * 4)
    assert [(problem.path, problem.code) for problem in added.problems] == [("options", "missing")]
    assert (added.type, added.title, added.version) == ("choice", "Longest", 1)
    assert call(questions.get, added.id) == added
    assert call(questions.page, bank_id=bank.id).items == (added,)


def test_a_draft_becomes_a_question_when_it_is_complete(call: Caller, bank: BankReturn) -> None:
    added = add(call, bank, PROMPT)

    still = call(
        questions.revise, added.id, QuestionDraft(body={**PROMPT.body, "options": [{"content": "Rhine"}]}), now=NOON
    )
    complete = call(questions.revise, added.id, QuestionDraft(body=LONGER.model_dump(mode="json")), now=NOON)

    assert [(problem.path, problem.code) for problem in still.problems] == [("options", "too_short")]
    assert (still.version, still.revision) == (2, None)
    assert (complete.question, complete.draft, complete.problems) == (LONGER, None, ())
    assert (complete.version, complete.revision, complete.points, complete.updated_at) == (3, 1, 1, NOON)
    assert call(questions.get, added.id) == complete


def test_a_draft_that_is_complete_is_stored_as_a_question(call: Caller, bank: BankReturn) -> None:
    added = add(call, bank, QuestionDraft(body=LONGER.model_dump(mode="json")))

    assert (added.question, added.draft, added.revision) == (LONGER, None, 1)


def test_a_complete_question_keeps_its_revision_while_it_has_a_draft(call: Caller, bank: BankReturn) -> None:
    added = add(call, bank, RIVER)

    revised = call(questions.revise, added.id, PROMPT)

    kept = ("question", "revision", "revision_id", "points")
    assert [getattr(revised, name) for name in kept] == [getattr(added, name) for name in kept]
    assert (revised.draft, revised.type, revised.title, revised.version) == (PROMPT, "choice", "Longest", 2)
    assert call(questions.get, added.id) == revised


def test_the_latest_revision_discards_the_draft(call: Caller, bank: BankReturn) -> None:
    added = add(call, bank, RIVER)
    call(questions.revise, added.id, PROMPT)

    discarded = call(questions.revise, added.id, added.question)

    assert discarded == added.model_copy(update={"version": 3, "updated_at": discarded.updated_at})
    assert call(questions.get, added.id) == discarded


def test_the_next_complete_revision_follows_the_last_one(call: Caller, bank: BankReturn) -> None:
    added = add(call, bank, RIVER)
    call(questions.revise, added.id, PROMPT)

    revised = call(questions.revise, added.id, LONGER)

    assert (revised.question, revised.revision, revised.draft) == (LONGER, 2, None)


def test_the_same_draft_changes_nothing(call: Caller, bank: BankReturn) -> None:
    added = add(call, bank, PROMPT)

    assert call(questions.revise, added.id, PROMPT, version=17) == added


@pytest.mark.parametrize(("one", "other"), [(1, True), (0, False), (1, 1.0)])
def test_a_draft_differs_if_its_json_does(call: Caller, bank: BankReturn, one: Any, other: Any) -> None:
    added = add(call, bank, unfinished(answer=one))

    revised = call(questions.revise, added.id, unfinished(answer=other))

    assert revised.version == 2
    assert type(call(questions.get, added.id).draft.body["answer"]) is type(other)


def test_a_draft_is_found_by_type_text_bank_and_being_incomplete(call: Caller, bank: BankReturn) -> None:
    complete = add(call, bank, RIVER)
    draft = add(call, bank, PROMPT)
    revised = call(questions.revise, add(call, bank, RIVER).id, unfinished(content="Only half"))

    def found(**filters: Any) -> tuple[Any, ...]:
        items: tuple[Any, ...] = call(questions.page, bank_id=bank.id, **filters).items
        return items

    assert found(incomplete=True) == (draft, revised)
    assert found(incomplete=False) == (complete,)
    assert found(type="choice") == found(text="LONGER") == found(text="longest") == found(tags=["long"]) == (draft,)
    assert found(text="only half") == (revised,)
    assert found(tags=["rivers"]) == (complete, revised)


def test_a_draft_is_moved_and_archived_like_a_question(call: Caller, bank: BankReturn) -> None:
    added = add(call, bank, PROMPT)
    category = call(categories.create, CategoryCreate(bank_id=bank.id, name="Rivers"))

    call(questions.move, [added.id], category_id=category.id)
    archived = call(questions.archive, added.id)

    assert (archived.category_id, archived.draft, archived.problems) == (category.id, PROMPT, added.problems)
    assert call(questions.get, added.id) == archived
    with pytest.raises(Refused) as refused:
        call(questions.revise, added.id, LONGER)
    assert refused.value.code == "question_archived"


def test_adding_drafts_again_with_the_same_ids_returns_them(call: Caller, bank: BankReturn) -> None:
    ids = [uuid7(NOON, os.urandom(8)) for _ in range(2)]
    asked = [PROMPT, RIVER]

    added = call(questions.add, asked, bank_id=bank.id, question_ids=ids)

    assert call(questions.add, asked, bank_id=bank.id, question_ids=ids) == added
    with pytest.raises(Refused) as refused:
        call(questions.add, [unfinished(), RIVER], bank_id=bank.id, question_ids=ids)
    assert refused.value.code == "id_taken"


def test_a_quiz_is_created_with_drafts_once(call: Caller) -> None:
    quiz_id = uuid7(NOON, os.urandom(8))
    data = QuizCreate(title="Rivers", questions=[RIVER, PROMPT])

    quiz = call(quizzes.create, data, quiz_id=quiz_id)

    assert call(quizzes.create, data, quiz_id=quiz_id) == quiz
    assert [(item.question, item.draft) for item in stored(call, quiz)] == [(RIVER, None), (None, PROMPT)]


def test_a_draft_of_a_type_that_is_no_longer_registered_is_still_read(call: Caller, bank: BankReturn) -> None:
    class Passing(Essay):
        type: Any = "passing"

    Passing.model_fields["type"].default = "passing"
    register(Passing)
    try:
        added = add(call, bank, QuestionDraft(body={"type": "passing"}))
    finally:
        del _types["passing"]

    assert call(questions.get, added.id) == added
    assert call(questions.page, bank_id=bank.id).items == (added,)


# ---------------------------------------------------------------------------------------------- two authors


def test_an_outdated_version_does_not_replace_a_draft(call: Caller, bank: BankReturn) -> None:
    added = add(call, bank, PROMPT)
    newer = call(questions.revise, added.id, unfinished(content="Newer"), version=1)

    for written in (unfinished(content="Older"), LONGER):
        with pytest.raises(Conflict) as conflict:
            call(questions.revise, added.id, written, version=1)
        assert conflict.value.current == newer
    assert call(questions.get, added.id) == newer


@pytest.mark.parametrize("one", [LONGER, unfinished(content="One")], ids=["complete", "draft"])
def test_of_two_concurrent_revisions_with_a_version_one_is_stored(database: Database, one: Any) -> None:
    engine = database.engine(pool_size=4)
    with Session(engine) as session, session.begin():
        bank = kit.banks.create(session, BankCreate(name="Geography"))
        (added,) = kit.questions.add(session, [PROMPT], bank_id=bank.id)

    def revise(written: Any) -> Any:
        def do(session: Session) -> str:
            try:
                return str(Quizkit(models).questions.revise(session, added.id, written, version=1).version)
            except Conflict as conflict:
                return conflict.code

        return do

    results = together(engine, revise(one), revise(unfinished(content="Other")))

    assert sorted(results) == ["2", "version_conflict"]
    engine.dispose()


# ---------------------------------------------------------------------------------------------- publishing and takers


def test_a_quiz_with_a_draft_is_published_when_it_is_complete(call: Caller) -> None:
    quiz = quiz_with(call, RIVER, PROMPT)

    assert refused_slots(call, quiz) == [("slot.2", "question_incomplete")]
    with pytest.raises(Refused):
        call(attempts.start, quiz.id, taker="ann")
    call(questions.revise, stored(call, quiz)[1].id, LONGER)
    call(quizzes.publish, quiz.id)

    paper = call(attempts.start, quiz.id, taker="ann")
    assert [str(question.view.content) for question in paper.questions] == [str(RIVER.content), "Which is longer?"]


def test_what_takers_have_does_not_change_while_a_question_has_a_draft(call: Caller) -> None:
    quiz = quiz_with(call, RIVER)
    published = call(quizzes.publish, quiz.id)
    before = call(attempts.start, quiz.id, taker="ann")

    call(questions.revise, stored(call, quiz)[0].id, unfinished(content="The Rhine is"))

    paper = call(attempts.start, quiz.id, taker="ben")
    assert [question.view for question in paper.questions] == [question.view for question in before.questions]
    call(attempts.submit, before.attempt_id, taker="ann", responses=[])
    assert call(attempts.review, before.attempt_id, taker="ann").questions[0].view == before.questions[0].view
    assert call(previews.start, quiz.id, actor="author").questions[0].view == before.questions[0].view
    assert call(quizzes.get, quiz.id) == published
    assert refused_slots(call, quiz) == [("slot.1", "question_incomplete")]
    assert call(quizzes.get, quiz.id) == published


def test_a_slot_that_pins_a_revision_does_not_depend_on_the_draft(call: Caller) -> None:
    quiz = quiz_with(call, RIVER)
    (question,) = stored(call, quiz)
    slot = QuestionSlot(question_id=question.id, revision_id=question.revision_id)
    call(quizzes.set_outline, quiz.id, QuizOutline(sections=[SectionOutline(slots=[slot])]))

    call(questions.revise, question.id, unfinished())

    assert call(quizzes.lint, quiz.id) == ()
    assert call(quizzes.publish, quiz.id).revision == 1


def test_lint_reports_a_draft_and_checks_only_complete_questions(call: Caller) -> None:
    quiz = quiz_with(call, RIVER.model_copy(update={"points": 0}), PROMPT)

    problems = call(quizzes.lint, quiz.id)

    assert [(problem.severity, problem.code, problem.slot) for problem in problems] == [
        ("error", "question_incomplete", 2),
        ("warning", "no_points", 1),
    ]


def test_the_outline_takes_a_question_that_was_never_complete_but_no_revision_of_it(call: Caller) -> None:
    quiz = quiz_with(call, PROMPT)
    (question,) = stored(call, quiz)
    outline = call(quizzes.outline, quiz.id)
    assert outline.sections[0].slots == (QuestionSlot(question_id=question.id),)

    turned = QuizOutline(sections=[SectionOutline(title="New", slots=outline.sections[0].slots)])
    assert call(quizzes.set_outline, quiz.id, turned).sections == turned.sections
    with pytest.raises(NotFound):
        slot = QuestionSlot(question_id=question.id, revision_id=question.id)
        call(quizzes.set_outline, quiz.id, QuizOutline(sections=[SectionOutline(slots=[slot])]))


def test_draws_take_the_last_complete_revision_and_no_question_without_one(call: Caller, bank: BankReturn) -> None:
    river = add(call, bank, RIVER)
    add(call, bank, PROMPT)
    draw = DrawSlot(bank_id=bank.id, tags=["rivers"])
    quiz = call(quizzes.create, QuizCreate(title="Drawn"))
    call(quizzes.set_outline, quiz.id, QuizOutline(sections=[SectionOutline(slots=[draw])]))
    call(quizzes.publish, quiz.id)

    # Of a type that no draw takes, and without the tag.
    call(questions.revise, river.id, QuestionDraft(body={"type": "description"}))

    paper = call(attempts.start, quiz.id, taker="ann")
    assert [str(question.view.content) for question in paper.questions] == [str(RIVER.content)]
    call(
        quizzes.set_outline, quiz.id, QuizOutline(sections=[SectionOutline(slots=[DrawSlot(bank_id=bank.id, count=2)])])
    )
    assert refused_slots(call, quiz) == [("slot.1", "draw_too_small")]


def test_an_identical_question_is_found_in_revisions_alone(call: Caller, bank: BankReturn) -> None:
    add(call, bank, PROMPT)
    assert add(call, bank, PROMPT).equal_to is None
    assert add(call, bank, LONGER).equal_to is None


def test_files_contain_complete_questions_alone(call: Caller, bank: BankReturn) -> None:
    call(questions.add, [PROMPT, RIVER], bank_id=bank.id)
    items = call(questions.page, bank_id=bank.id).items

    for format_ in (native, gift):
        written = format_.write([item.question for item in items if item.question is not None])
        assert "longer" not in written.text


# ---------------------------------------------------------------------------------------------- what is stored


def test_the_draft_is_null_in_the_database_while_a_question_is_complete(database: Database) -> None:
    engine: Engine = database.engine()
    with Session(engine) as session, session.begin():
        bank = kit.banks.create(session, BankCreate(name="Geography"))
        (river,) = kit.questions.add(session, [RIVER], bank_id=bank.id)
        question = models.question

        def incomplete() -> int:
            condition = [question.draft.is_not(None)]
            return len(kit.questions.page(session, bank_id=bank.id, where=condition).items)

        assert incomplete() == 0
        kit.questions.revise(session, river.id, PROMPT)
        assert incomplete() == 1
        kit.questions.revise(session, river.id, LONGER)
        assert incomplete() == 0
    engine.dispose()


def test_where_a_question_is_required_a_mapping_of_a_draft_is_refused(call: Caller, bank: BankReturn) -> None:
    with pytest.raises((Invalid, UsageError)):
        call(questions.add, [{"type": "draft", "body": {"type": "choice"}}], bank_id=bank.id)
    assert call(questions.page, bank_id=bank.id).items == ()
