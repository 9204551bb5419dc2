from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from conftest import Caller
from quizkit.crud import attempts, banks, categories, questions, quizzes
from quizkit.errors import Invalid, NotFound, Refused, UsageError
from quizkit.questions import Choice, Essay, Option, TrueFalse, UnknownQuestion
from quizkit.schemas import BankCreate, CategoryCreate, Moved, QuizCreate, SaveResponse

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
RIVER = TrueFalse(content="The Rhine is a river.", answer=True, title="Rhine", points="1.5")


def test_questions_are_added_to_a_bank_and_read_back(call: Caller) -> None:
    bank = call(banks.create, BankCreate(name="Geography"), now=NOON)

    (added, essay) = call(questions.add, [RIVER, Essay(content="Why?")], bank_id=bank.id, now=NOON)

    assert added == call(questions.get, added.id)
    assert (added.question, added.bank_id, added.type, added.title) == (RIVER, bank.id, "true_false", "Rhine")
    assert (str(added.points), added.revision, added.created_at) == ("1.5", 1, NOON)
    assert call(questions.page, bank_id=bank.id).items == (added, essay)


def test_banks_are_read_back_and_paged(call: Caller) -> None:
    made = [call(banks.create, BankCreate(name=f"Bank {n}")) for n in range(3)]

    assert call(banks.get, made[1].id) == made[1]
    page = call(banks.page, after=made[0].id, limit=1)
    assert page.items == (made[1],)
    assert call(banks.page, after=page.next_after, limit=2).items[0] == made[2]
    with pytest.raises(NotFound):
        call(banks.get, uuid.uuid4())


def test_questions_added_to_a_quiz_come_last_and_appear_after_publishing(call: Caller) -> None:
    quiz = call(quizzes.create, QuizCreate(title="Rivers", questions=[Essay(content="First")]))
    call(questions.add, [RIVER], quiz_id=quiz.id)
    call(quizzes.publish, quiz.id)

    paper = call(attempts.start, quiz.id, taker="ann")

    assert [str(q.view.content) for q in paper.questions] == ["First", "The Rhine is a river."]
    assert paper.max_score == 2.5


def test_adding_no_question_changes_no_quiz(call: Caller) -> None:
    quiz = call(quizzes.create, QuizCreate(title="Rivers", questions=[RIVER]))
    published = call(quizzes.publish, quiz.id)

    assert call(questions.add, [], quiz_id=quiz.id) == ()

    assert call(quizzes.get, quiz.id) == published
    assert call(quizzes.publish, quiz.id).revision == published.revision


def test_revising_creates_the_next_revision_and_does_not_affect_open_attempts(call: Caller) -> None:
    quiz = call(quizzes.create, QuizCreate(title="Rivers", questions=[RIVER]))
    call(quizzes.publish, quiz.id)
    paper = call(attempts.start, quiz.id, taker="ann")
    (stored,) = call(questions.page, bank_id=quiz.bank_id).items

    revised = call(questions.revise, stored.id, TrueFalse(content="The Rhine is a lake.", answer=False), now=NOON)
    call(quizzes.publish, quiz.id)

    assert (revised.revision, revised.updated_at) == (2, NOON)
    assert revised == call(questions.get, stored.id)
    call(attempts.save, paper.attempt_id, SaveResponse(slot=1, response={"answer": True}, sequence=1), taker="ann")
    outcome = call(attempts.submit, paper.attempt_id, taker="ann")
    assert (str(outcome.questions[0].view.content), outcome.score) == ("The Rhine is a river.", 1.5)
    fresh = call(attempts.start, quiz.id, taker="ben")
    assert str(fresh.questions[0].view.content) == "The Rhine is a lake."


def test_an_archived_question_cannot_change_and_stays_in_its_quizzes(call: Caller) -> None:
    quiz = call(quizzes.create, QuizCreate(title="Rivers", questions=[RIVER]))
    call(quizzes.publish, quiz.id)
    (stored,) = call(questions.page, bank_id=quiz.bank_id).items

    archived = call(questions.archive, stored.id, now=NOON)

    assert archived.archived_at == NOON
    with pytest.raises(Refused) as refused:
        call(questions.revise, stored.id, RIVER)
    assert refused.value.code == "question_archived"
    assert call(questions.archive, stored.id) == archived
    assert len(call(attempts.start, quiz.id, taker="ann").questions) == 1


def test_unknown_ids_are_not_found(call: Caller) -> None:
    nowhere = uuid.uuid4()
    for verb, args, more, code in (
        (questions.get, (nowhere,), {}, "question_not_found"),
        (questions.revise, (nowhere, RIVER), {}, "question_not_found"),
        (questions.archive, (nowhere,), {}, "question_not_found"),
        (questions.add, ([RIVER],), {"quiz_id": nowhere}, "quiz_not_found"),
        (questions.add, ([RIVER],), {"bank_id": nowhere}, "bank_not_found"),
    ):
        with pytest.raises(NotFound) as refused:
            call(verb, *args, **more)
        assert refused.value.code == code


def test_questions_are_added_to_a_quiz_or_to_a_bank(call: Caller) -> None:
    for where in ({}, {"quiz_id": uuid.uuid4(), "bank_id": uuid.uuid4()}):
        with pytest.raises(UsageError):
            call(questions.add, [RIVER], **where)


def test_an_invalid_question_is_refused_and_nothing_is_stored(call: Caller) -> None:
    bank = call(banks.create, BankCreate(name="Geography"))

    with pytest.raises(Invalid):
        call(questions.add, [RIVER, {"type": "choice", "content": "?"}], bank_id=bank.id)
    assert call(questions.page, bank_id=bank.id).items == ()


def test_a_stored_question_of_an_unknown_type_never_fails_a_page(call: Caller) -> None:
    bank = call(banks.create, BankCreate(name="Geography"))
    (added,) = call(questions.add, [RIVER], bank_id=bank.id)
    engine = call.database.engine()
    with engine.begin() as connection:
        body = '{"type": "hologram", "version": 1, "content": {"format": "plain", "text": "Look!"}}'
        statement = "UPDATE quizkit_question_revision SET body = {} WHERE question_id = :id"
        cast = "CAST(:body AS JSON)" if call.database.kind == "postgresql" else ":body"
        the_id = added.id if call.database.kind == "postgresql" else added.id.hex
        connection.execute(text(statement.format(cast)), {"body": body, "id": the_id})
    engine.dispose()

    (found,) = call(questions.page, bank_id=bank.id).items

    assert isinstance(found.question, UnknownQuestion)
    assert found.question.body["type"] == "hologram"


def test_pages_list_all_banks_unless_one_is_given(call: Caller) -> None:
    bank = call(banks.create, BankCreate(name="Geography"))
    added = call(questions.add, [Essay(content=str(n)) for n in range(3)], bank_id=bank.id)

    (other,) = call(questions.add, [Essay(content="?")], bank_id=call(banks.create, BankCreate(name="History")).id)

    found = call(questions.page, after=added[1].id, limit=2)

    assert found.items == (added[2], other)


def test_revising_a_question_preserves_the_ids_of_its_options(call: Caller) -> None:
    bank = call(banks.create, BankCreate(name="Geography"))
    question = Choice(content="?", options=[Option(content="Parris", correct=True), Option(content="Rome")])
    (added,) = call(questions.add, [question], bank_id=bank.id)
    body = added.question.model_dump(mode="json")
    body["options"][0]["content"]["text"] = "Paris"

    revised = call(questions.revise, added.id, body)

    assert revised.question.options[0].id == question.options[0].id
    assert str(revised.question.options[0].content) == "Paris"


# ---------------------------------------------------------------------------------------------- finding


def library(call: Caller) -> dict[str, Any]:
    """A bank with a tree of categories and some questions in it."""
    bank = call(banks.create, BankCreate(name="Bank")).id
    water = call(categories.create, CategoryCreate(bank_id=bank, name="Water")).id
    rivers = call(categories.create, CategoryCreate(bank_id=bank, name="Rivers", parent_id=water)).id
    europe = call(categories.create, CategoryCreate(bank_id=bank, name="Europe", parent_id=rivers)).id
    lakes = call(categories.create, CategoryCreate(bank_id=bank, name="Lakes", parent_id=water)).id
    kept = {"bank": bank, "water": water, "rivers": rivers, "europe": europe, "lakes": lakes}
    for name, where, tags, type_ in (
        ("The Danube", europe, ["long", "blue"], TrueFalse),
        ("The Amazon", rivers, ["long"], TrueFalse),
        ("The 100% pure LAKE Öresund_", lakes, ["blue"], Essay),
        ("Nowhere", None, [], TrueFalse),
    ):
        more: dict[str, Any] = {"answer": True} if type_ is TrueFalse else {}
        call(questions.add, [type_(content=name, tags=tags, **more)], bank_id=bank, category_id=where)
    return kept


def found(call: Caller, **where: Any) -> list[str]:
    return [item.question.content.text for item in call(questions.page, **where).items]


def test_questions_are_found_by_category_and_its_descendants(call: Caller) -> None:
    kept = library(call)

    assert found(call, category_id=kept["water"]) == ["The Danube", "The Amazon", "The 100% pure LAKE Öresund_"]
    assert found(call, category_id=kept["rivers"]) == ["The Danube", "The Amazon"]
    assert found(call, category_id=kept["europe"]) == ["The Danube"]
    assert found(call, category_id=uuid.uuid4()) == []


def test_questions_are_found_by_all_of_their_tags(call: Caller) -> None:
    bank = library(call)["bank"]

    assert found(call, bank_id=bank, tags=["long"]) == ["The Danube", "The Amazon"]
    assert found(call, bank_id=bank, tags=["long", "blue", "long"]) == ["The Danube"]
    assert found(call, bank_id=bank, tags=["LONG", " long\u00a0", "Blue"]) == ["The Danube"]
    assert found(call, bank_id=bank, tags=["lon"]) == []
    with pytest.raises(UsageError) as refused:
        call(questions.page, tags="long")
    assert refused.value.code == "tags_kind"


def test_questions_are_found_by_type(call: Caller) -> None:
    bank = library(call)["bank"]

    assert found(call, bank_id=bank, type="essay") == ["The 100% pure LAKE Öresund_"]
    assert found(call, bank_id=bank, type="choice") == []


@pytest.mark.parametrize("name", ["chioce", "Choice", "", "Essay "])
def test_a_filter_by_a_type_that_does_not_exist_is_refused(call: Caller, name: str) -> None:
    """A misspelt name would look like a bank without such questions."""
    with pytest.raises(Invalid) as refused:
        call(questions.page, type=name)

    assert refused.value.code == "argument_invalid"
    (problem,) = refused.value.problems
    assert (problem.path, problem.code) == ("type", "question_type")
    assert name == "" or name not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("danube", ["The Danube"]),
        ("THE ", ["The Danube", "The Amazon", "The 100% pure LAKE Öresund_"]),
        ("lake öresund", ["The 100% pure LAKE Öresund_"]),
        ("lake o\u0308resund", ["The 100% pure LAKE Öresund_"]),
        ("0%", ["The 100% pure LAKE Öresund_"]),
        ("d_", ["The 100% pure LAKE Öresund_"]),
        ("%", ["The 100% pure LAKE Öresund_"]),
        ("_anube", []),
        ("oresund", ["The 100% pure LAKE Öresund_"]),
        ("\u00d8RESUND", ["The 100% pure LAKE Öresund_"]),
        ("pure\u00a0\u200blake", ["The 100% pure LAKE Öresund_"]),
        ("orresund", []),
        ("'; DROP TABLE quizkit_question; --", []),
    ],
)
def test_questions_are_found_by_their_text_whatever_its_case_and_accents(
    call: Caller, text: str, names: list[str]
) -> None:
    bank = library(call)["bank"]

    assert found(call, bank_id=bank, text=text) == names


@pytest.mark.parametrize(
    "wanted",
    [
        {"text": "a\0"},
        {"text": "\ud800"},
        {"text": "x" * 4001},
        {"text": "e" + "\u0301" * 31},
        {"tags": ["a\0"]},
        {"tags": ["\ud800"]},
        {"tags": ["x" * 65]},
        {"tags": [str(number) for number in range(101)]},
    ],
    ids=["nul", "surrogate", "long", "marks", "tag nul", "tag surrogate", "tag long", "tags"],
)
def test_a_search_text_that_no_question_can_contain_is_refused(call: Caller, wanted: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        call(questions.page, **wanted)

    assert refused.value.code == "argument_invalid"
    assert [fault.path for fault in refused.value.problems] == list(wanted)


def test_search_conditions_are_combined_and_results_are_paged(call: Caller) -> None:
    kept = library(call)
    wanted = {"category_id": kept["water"], "text": "the", "tags": ["blue"]}

    first = call(questions.page, **wanted, limit=1)
    second = call(questions.page, **wanted, limit=1, after=first.next_after)

    assert [item.question.content.text for page in (first, second) for item in page.items] == [
        "The Danube",
        "The 100% pure LAKE Öresund_",
    ]
    assert second.next_after is None


def test_a_revision_replaces_the_search_text_and_tags(call: Caller) -> None:
    bank = library(call)["bank"]
    (danube,) = call(questions.page, bank_id=bank, text="danube").items

    call(questions.revise, danube.id, TrueFalse(title="Isar", content="A river", answer=True, tags=["green"]))

    assert found(call, bank_id=bank, text="danube") == []
    assert found(call, bank_id=bank, text="isar") == ["A river"]
    assert found(call, bank_id=bank, tags=["blue", "long"]) == []
    assert found(call, bank_id=bank, tags=["green"]) == ["A river"]


def test_questions_can_be_moved_to_another_category(call: Caller) -> None:
    kept = library(call)
    (danube,) = call(questions.page, category_id=kept["europe"]).items

    moved = call(questions.move, [danube.id, danube.id], category_id=kept["lakes"])
    assert moved == Moved(category_id=kept["lakes"], versions={danube.id: danube.version + 1})
    assert found(call, category_id=kept["europe"]) == []
    assert call(questions.get, danube.id).category_id == kept["lakes"]
    assert call(questions.move, [danube.id], category_id=None).category_id is None
    assert call(questions.get, danube.id).category_id is None


def test_an_archived_question_can_still_be_moved(call: Caller) -> None:
    kept = library(call)
    (danube,) = call(questions.page, category_id=kept["europe"]).items
    archived = call(questions.archive, danube.id)

    call(questions.move, [danube.id], category_id=kept["lakes"])
    moved = call(questions.get, danube.id)
    assert (moved.category_id, moved.archived_at) == (kept["lakes"], archived.archived_at)
    with pytest.raises(Refused, match="can no longer be changed"):
        call(questions.revise, danube.id, RIVER)


def test_a_filter_that_matches_nothing_gives_an_empty_page(call: Caller) -> None:
    library(call)

    for filters in ({"bank_id": uuid.uuid4()}, {"category_id": uuid.uuid4()}, {"tags": ["nowhere"]}):
        assert call(questions.page, **filters).items == ()
    assert call(categories.page, bank_id=uuid.uuid4()).items == ()


def test_questions_can_be_moved_only_within_their_bank(call: Caller) -> None:
    kept, other = library(call), library(call)
    (danube,) = call(questions.page, category_id=kept["europe"]).items
    (theirs,) = call(questions.page, category_id=other["europe"]).items

    for ids, to, code in (
        ([danube.id], other["lakes"], "category_not_found"),
        ([danube.id], uuid.uuid4(), "category_not_found"),
        ([danube.id, theirs.id], None, "question_not_found"),
        ([danube.id, uuid.uuid4()], kept["lakes"], "question_not_found"),
    ):
        with pytest.raises(NotFound) as refused:
            call(questions.move, ids, category_id=to)
        assert refused.value.code == code
    with pytest.raises(NotFound) as refused:
        call(questions.add, [RIVER], bank_id=kept["bank"], category_id=other["lakes"])
    assert refused.value.code == "category_not_found"
    assert call(questions.get, danube.id).category_id == kept["europe"]
