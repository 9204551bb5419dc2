from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from pydantic import ValidationError

from conftest import Caller
from quizkit.crud import assignments, attempts, questions, quizzes
from quizkit.errors import Invalid, NotFound, Refused, UsageError
from quizkit.questions import TrueFalse
from quizkit.schemas import AssignmentCreate, QuizCreate, QuizOutline, QuizReturn, QuizUpdate, SectionOutline
from quizkit.testing import quizzes as some_quizzes
from quizkit.vocabulary import QuizState

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)


def rivers(**more: Any) -> QuizCreate:
    asked = [
        TrueFalse(content="The Rhine is a river.", answer=True),
        TrueFalse(content="So is the Eiger.", answer=False),
    ]
    return QuizCreate(title="Rivers", **{"questions": asked, **more})


def test_a_quiz_is_created_as_a_draft_and_read_back(call: Caller) -> None:
    made = call(quizzes.create, rivers(description="Of Europe", max_attempts=2, time_limit_seconds=60), now=NOON)

    assert made == call(quizzes.get, made.id)
    assert (made.title, made.description, made.state, made.revision) == ("Rivers", "Of Europe", QuizState.DRAFT, None)
    assert (made.created_at, made.updated_at) == (NOON, NOON)


def test_the_caller_may_pass_the_ids_and_the_time(call: Caller) -> None:
    given_ids = [uuid.uuid4() for _ in range(20)]
    left = iter(given_ids)

    made = call(quizzes.create, rivers(), now=NOON, new_id=lambda: next(left))

    assert made.id in given_ids


def test_without_now_the_clock_is_read_once(call: Caller) -> None:
    before = datetime.now(UTC)

    made = call(quizzes.create, rivers())

    assert before <= made.created_at == made.updated_at <= datetime.now(UTC)


def test_a_time_without_a_zone_is_refused(call: Caller) -> None:
    with pytest.raises(UsageError) as refused:
        call(quizzes.create, rivers(), now=datetime(2026, 3, 1))  # noqa: DTZ001 - that is the point
    assert refused.value.code == "naive_moment"
    assert refused.value.message.startswith("The argument now has no time zone")


def test_a_quiz_that_does_not_exist_is_not_found(call: Caller) -> None:
    nowhere = uuid.uuid4()
    for verb, args in (
        (quizzes.get, ()),
        (quizzes.publish, ()),
        (quizzes.archive, ()),
        (quizzes.update, (QuizUpdate(),)),
    ):
        with pytest.raises(NotFound) as refused:
            call(verb, nowhere, *args)
        assert refused.value.code == "quiz_not_found"


def test_publishing_freezes_a_revision_and_editing_makes_the_next_one(call: Caller) -> None:
    made = call(quizzes.create, rivers())
    first = call(quizzes.publish, made.id, now=NOON)
    paper = call(attempts.start, made.id, taker="ann", now=NOON)

    call(quizzes.update, made.id, QuizUpdate(title="Lakes"), now=LATER)
    call(questions.add, [TrueFalse(content="A third one.", answer=True)], quiz_id=made.id)
    between = call(attempts.paper, paper.attempt_id, taker="ann", now=NOON)
    second = call(quizzes.publish, made.id, now=LATER)
    after = call(attempts.paper, paper.attempt_id, taker="ann", now=NOON)
    fresh = call(attempts.start, made.id, taker="ben")

    assert (first.revision, first.published_at, first.state) == (1, NOON, QuizState.PUBLISHED)
    assert (second.revision, second.title) == (2, "Lakes")
    assert between == after == paper
    assert (fresh.title, len(fresh.questions)) == ("Lakes", 3)


def test_publishing_an_unchanged_quiz_creates_no_revision(call: Caller) -> None:
    made = call(quizzes.create, rivers())
    first = call(quizzes.publish, made.id, now=NOON)

    assert call(quizzes.publish, made.id, now=LATER) == first
    assert len(call(attempts.start, made.id, taker="ann").questions) == 2


def test_a_change_that_was_undone_creates_no_revision(call: Caller) -> None:
    made = call(quizzes.create, rivers())
    first = call(quizzes.publish, made.id)
    outline = call(quizzes.outline, made.id)
    call(quizzes.update, made.id, QuizUpdate(title="Lakes"))
    call(quizzes.update, made.id, QuizUpdate(title="Rivers"))
    call(quizzes.set_outline, made.id, QuizOutline(sections=[*outline.sections, SectionOutline(title="x")]))
    call(quizzes.set_outline, made.id, QuizOutline(sections=outline.sections))

    assert call(quizzes.publish, made.id).revision == first.revision


@pytest.mark.parametrize("what", ["policy", "outline", "question", "added"])
def test_every_change_that_takers_could_notice_creates_a_revision(call: Caller, what: str) -> None:
    made = call(quizzes.create, rivers())
    call(quizzes.publish, made.id)
    sections = call(quizzes.outline, made.id).sections
    if what == "policy":
        call(quizzes.update, made.id, QuizUpdate(time_limit_seconds=60))
    elif what == "outline":
        slots = sections[0].slots[::-1]
        call(quizzes.set_outline, made.id, QuizOutline(sections=[SectionOutline(slots=slots)]))
    elif what == "question":
        stored = call(questions.page, bank_id=made.bank_id).items[0]
        call(questions.revise, stored.id, TrueFalse(content="The Rhine is a lake.", answer=False))
    else:
        call(questions.add, [TrueFalse(content="The Rhine is a lake.", answer=False)], quiz_id=made.id)

    assert call(quizzes.publish, made.id).revision == 2
    assert call(quizzes.publish, made.id).revision == 2


def test_an_empty_quiz_cannot_be_published(call: Caller) -> None:
    made = call(quizzes.create, QuizCreate(title="Empty"))

    with pytest.raises(Refused) as refused:
        call(quizzes.publish, made.id)
    assert refused.value.code == "quiz_empty"
    assert call(quizzes.get, made.id).state is QuizState.DRAFT


def test_an_update_changes_only_its_fields_and_null_removes_a_value(call: Caller) -> None:
    made = call(quizzes.create, rivers(description="Of Europe", max_attempts=3))

    changed = call(quizzes.update, made.id, QuizUpdate(description=None, max_attempts=1), now=LATER)

    assert changed == call(quizzes.get, made.id)
    assert (changed.title, changed.description, changed.max_attempts) == ("Rivers", None, 1)
    assert changed.updated_at == LATER


def test_an_archived_quiz_refuses_changes_and_starts_but_open_attempts_continue(call: Caller) -> None:
    made = call(quizzes.create, rivers())
    call(quizzes.publish, made.id)
    paper = call(attempts.start, made.id, taker="ann")
    archived = call(quizzes.archive, made.id, now=LATER)

    assert (archived.state, archived.archived_at) == (QuizState.ARCHIVED, LATER)
    assert archived == call(quizzes.get, made.id)
    for verb, args, more in (
        (quizzes.update, (QuizUpdate(title="x"),), {}),
        (quizzes.publish, (), {}),
        (quizzes.set_outline, (QuizOutline(sections=[SectionOutline()]),), {}),
        (attempts.start, (), {"taker": "ben"}),
    ):
        with pytest.raises(Refused) as refused:
            call(verb, made.id, *args, **more)
        assert refused.value.code == "quiz_archived"
    with pytest.raises(Refused, match="accepts no new assignments") as refused:
        call(assignments.create, AssignmentCreate(quiz_id=made.id))
    assert refused.value.code == "quiz_archived"
    assert call(quizzes.archive, made.id) == archived
    assert call(attempts.start, made.id, taker="ann").attempt_id == paper.attempt_id
    assert call(attempts.submit, paper.attempt_id, taker="ann").score == 0


def test_pages_have_no_gaps_and_no_repeated_rows(call: Caller) -> None:
    made = {call(quizzes.create, QuizCreate(title=f"Quiz {n}")).id for n in range(5)}
    seen: list[QuizReturn[str]] = []
    after = None
    while True:
        page = call(quizzes.page, after=after, limit=2)
        seen += page.items
        if page.next_after is None:
            break
        after = page.next_after

    ids = [quiz.id for quiz in seen]
    assert made <= set(ids)
    assert ids == sorted(ids)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("limit", [0, 201, -1])
def test_a_page_has_a_bounded_size(call: Caller, limit: int) -> None:
    with pytest.raises(Invalid) as refused:
        call(quizzes.page, limit=limit)
    assert refused.value.code == "page_limit"


@pytest.mark.parametrize(
    "fields",
    [
        {"title": ""},
        {"title": "   "},
        {"title": "x" * 129},
        {"title": "a\0"},
        {"description": "x" * 513},
        {"max_attempts": 0},
        {"time_limit_seconds": 0},
        {"grace_seconds": -1},
        {"questions": [TrueFalse(content="?", answer=True)] * 501},
        {"questions": [{"type": "nowhere"}]},
        {"owner": "me"},
    ],
)
def test_the_size_of_a_quiz_is_bounded(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        QuizCreate(**{"title": "Rivers", **fields})


@pytest.mark.parametrize("fields", [{"title": None}, {"grace_seconds": None}, {"shuffle_questions": None}])
def test_null_is_refused_for_fields_that_cannot_be_removed(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="not_nullable"):
        QuizUpdate(**fields)


@given(some_quizzes())
def test_the_title_and_description_of_any_valid_quiz_fit_their_columns(quiz: QuizCreate) -> None:
    assert 1 <= len(quiz.title) <= 128
    assert quiz.description is None or len(quiz.description) <= 512
