"""Tenants: a kit sees the rows of one tenant, and no output reveals that there are others (S6)."""

from __future__ import annotations

import importlib
import inspect as python_inspect
import pickle
import pkgutil
import re
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import BigInteger, Engine, Insert, Integer, String, create_engine, inspect, select, text
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.exc import IntegrityError, ProgrammingError, StatementError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

import quizkit.crud
from conftest import Database, statements
from mounting import hostile, tables_of
from quizkit import migrations
from quizkit.crud import Anonymous, Attempts, Quizkit, Tenants
from quizkit.errors import NotFound, QuizkitError, UsageError
from quizkit.models import TableConfig, TenantColumn, models
from quizkit.questions import TrueFalse
from quizkit.schemas import (
    AccessSettings,
    AssignmentCreate,
    AssignmentUpdate,
    BankCreate,
    BankUpdate,
    CategoryCreate,
    CategoryUpdate,
    CheckResponse,
    DrawSlot,
    QuestionSlot,
    QuizCreate,
    QuizOutline,
    QuizUpdate,
    SaveResponse,
    SectionOutline,
)
from quizkit.testing import Invariants, QuizFactory
from quizkit.vocabulary import uuid7

HOST = hostile("tenant_exam_", tenant=TenantColumn(type_=String(20)))
GUARDED = hostile("guarded_exam_", tenant=TenantColumn(type_=String(20)))
TENANTS: Tenants[Any, str] = Tenants(HOST.models, str)
ACME, OTHER = TENANTS.of("acme"), TENANTS.of("other")
USER = 7
ASKED = [TrueFalse(content="The Rhine is a river.", answer=True), TrueFalse(content="So is the Alps.", answer=False)]


@pytest.fixture(scope="module")
def shared(lasting: Database) -> Iterator[Engine]:
    """One database for two tenants."""
    with tables_of(HOST, lasting.engine()) as engine:
        yield engine


def published(session: Session, kit: Quizkit[Any], **policy: Any) -> uuid.UUID:
    quiz = kit.quizzes.create(session, QuizCreate(title="Rivers", questions=ASKED, **policy), author=USER)
    kit.quizzes.publish(session, quiz.id)
    return quiz.id


def test_a_tenant_takes_an_attempt_from_start_to_result(shared: Engine) -> None:
    with Session(shared) as session:
        quiz_id = published(session, ACME)
        paper = ACME.attempts.start(session, quiz_id, taker=USER)
        for slot in (1, 2):
            data = SaveResponse(slot=slot, sequence=1, response={"answer": slot == 1})
            ACME.attempts.save(session, paper.attempt_id, data, taker=USER)
        assert ACME.attempts.submit(session, paper.attempt_id, taker=USER).score == 2
        assert ACME.attempts.result(session, paper.attempt_id, taker=USER).score == 2
        ACME.questions.add(session, ASKED, quiz_id=quiz_id)
        assert ACME.quizzes.publish(session, quiz_id).revision == 2
        assert Invariants(HOST.models, tenant="acme").broken(session) == []
        session.rollback()


async def test_a_tenant_takes_an_attempt_over_an_async_session(shared: Engine, lasting: Database) -> None:
    engine = lasting.async_engine()
    async with AsyncSession(engine) as session:
        quiz = await QuizFactory.create(session=session, kit=ACME)
        paper = await ACME.attempts.start(session, quiz.id, taker=USER)
        data = SaveResponse(slot=1, sequence=1, response={"answer": True})
        await ACME.attempts.save(session, paper.attempt_id, data, taker=USER)
        with pytest.raises(NotFound):
            await OTHER.attempts.paper(session, paper.attempt_id, taker=USER)
        await session.rollback()
    await engine.dispose()


class Ids:
    """One row of everything, of the tenant acme."""

    def __init__(self, session: Session, kit: Quizkit[Any]) -> None:
        self.quiz = published(session, kit)
        self.bank = kit.quizzes.get(session, self.quiz).bank_id
        self.question = kit.questions.page(session, bank_id=self.bank).items[0].id
        self.category = kit.categories.create(session, CategoryCreate(bank_id=self.bank, name="Rivers")).id
        tagged = TrueFalse(content="Rhine?", answer=True, tags=["river"])
        kit.questions.add(session, [tagged], bank_id=self.bank, category_id=self.category)
        self.assignment = kit.assignments.page(session, quiz_id=self.quiz).items[0].id
        kit.assignments.override(session, self.assignment, AccessSettings(max_attempts=5), taker=USER)
        self.done = kit.attempts.start(session, self.quiz, taker=USER).attempt_id
        kit.attempts.submit(session, self.done, taker=USER)
        kit.supervision.set_lateness(session, self.done, seconds=60, reason="x")
        self.attempt = kit.attempts.start(session, self.quiz, taker=USER).attempt_id
        one = SaveResponse(slot=1, sequence=1, response={"answer": True})
        kit.attempts.save(session, self.attempt, one, taker=USER)
        self.anonymous = Anonymous.new()
        kit.attempts.start(session, self.quiz, taker=self.anonymous)


class Strangers:
    """Ids that do not exist."""

    def __init__(self) -> None:
        self.quiz, self.bank, self.question, self.attempt = (uuid.uuid4() for _ in range(4))
        self.anonymous = Anonymous.new()
        self.category, self.assignment, self.done = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()


SAVE = SaveResponse(slot=1, sequence=2, response={"answer": False})
CHECK = CheckResponse(slot=1, sequence=2, response={"answer": False}, number=1)


def outline_of(ids: Any) -> QuizOutline:
    draw = DrawSlot(bank_id=ids.bank, category_id=ids.category)
    return QuizOutline(sections=[SectionOutline(slots=[QuestionSlot(question_id=ids.question), draw])])


# Every verb that takes the id of a row. `test_the_cases_cover_every_verb` finds the one that is missing here.
CALLS: dict[str, Callable[[Quizkit[Any], Session, Any], Any]] = {
    "categories.create": lambda kit, session, ids: kit.categories.create(
        session, CategoryCreate(bank_id=ids.bank, name="Mine")
    ),
    "categories.get": lambda kit, session, ids: kit.categories.get(session, ids.category),
    "categories.update": lambda kit, session, ids: kit.categories.update(
        session, ids.category, CategoryUpdate(name="Mine")
    ),
    "categories.archive": lambda kit, session, ids: kit.categories.archive(session, ids.category),
    "assignments.create": lambda kit, session, ids: kit.assignments.create(session, AssignmentCreate(quiz_id=ids.quiz)),
    "assignments.get": lambda kit, session, ids: kit.assignments.get(session, ids.assignment),
    "assignments.update": lambda kit, session, ids: kit.assignments.update(
        session, ids.assignment, AssignmentUpdate(context="Mine")
    ),
    "assignments.archive": lambda kit, session, ids: kit.assignments.archive(session, ids.assignment),
    "assignments.override": lambda kit, session, ids: kit.assignments.override(
        session, ids.assignment, AccessSettings(max_attempts=9), taker=USER
    ),
    "assignments.extend": lambda kit, session, ids: kit.assignments.extend(session, ids.assignment, seconds=60),
    "assignments.extend for one": lambda kit, session, ids: kit.assignments.extend(
        session, ids.assignment, seconds=60, taker=USER
    ),
    "banks.get": lambda kit, session, ids: kit.banks.get(session, ids.bank),
    "banks.update": lambda kit, session, ids: kit.banks.update(session, ids.bank, BankUpdate(name="Mine")),
    "banks.archive": lambda kit, session, ids: kit.banks.archive(session, ids.bank),
    "questions.add": lambda kit, session, ids: kit.questions.add(session, ASKED, bank_id=ids.bank),
    "questions.add to a quiz": lambda kit, session, ids: kit.questions.add(session, ASKED, quiz_id=ids.quiz),
    "questions.get": lambda kit, session, ids: kit.questions.get(session, ids.question),
    "questions.revise": lambda kit, session, ids: kit.questions.revise(session, ids.question, ASKED[1]),
    "questions.archive": lambda kit, session, ids: kit.questions.archive(session, ids.question),
    "questions.restore": lambda kit, session, ids: kit.questions.restore(session, ids.question),
    "quizzes.get": lambda kit, session, ids: kit.quizzes.get(session, ids.quiz),
    "quizzes.update": lambda kit, session, ids: kit.quizzes.update(session, ids.quiz, QuizUpdate(title="Mine")),
    "questions.move": lambda kit, session, ids: kit.questions.move(session, [ids.question], category_id=None),
    "questions.add to a category": lambda kit, session, ids: kit.questions.add(
        session, ASKED, bank_id=ids.bank, category_id=ids.category
    ),
    "quizzes.outline": lambda kit, session, ids: kit.quizzes.outline(session, ids.quiz),
    "quizzes.lint": lambda kit, session, ids: kit.quizzes.lint(session, ids.quiz),
    "quizzes.set_outline": lambda kit, session, ids: kit.quizzes.set_outline(session, ids.quiz, outline_of(ids)),
    "quizzes.publish": lambda kit, session, ids: kit.quizzes.publish(session, ids.quiz),
    "quizzes.archive": lambda kit, session, ids: kit.quizzes.archive(session, ids.quiz),
    "quizzes.restore": lambda kit, session, ids: kit.quizzes.restore(session, ids.quiz),
    "quizzes.remove": lambda kit, session, ids: kit.quizzes.remove(session, ids.quiz, question_id=ids.question),
    "attempts.start": lambda kit, session, ids: kit.attempts.start(session, ids.quiz, taker=USER),
    "attempts.start in an assignment": lambda kit, session, ids: kit.attempts.start(
        session, ids.quiz, taker=USER, assignment_id=ids.assignment
    ),
    "attempts.explain_access": lambda kit, session, ids: kit.attempts.explain_access(session, ids.quiz, taker=USER),
    "attempts.grade": lambda kit, session, ids: kit.attempts.grade(session, ids.quiz, taker=USER),
    "attempts.review": lambda kit, session, ids: kit.attempts.review(session, ids.attempt, taker=USER),
    "attempts.check": lambda kit, session, ids: kit.attempts.check(session, ids.attempt, CHECK, taker=USER),
    "attempts.try_again": lambda kit, session, ids: kit.attempts.try_again(session, ids.attempt, slot=1, taker=USER),
    "attempts.flag": lambda kit, session, ids: kit.attempts.flag(session, ids.attempt, slot=1, taker=USER),
    "attempts.visit": lambda kit, session, ids: kit.attempts.visit(session, ids.attempt, slot=1, taker=USER),
    "attempts.get": lambda kit, session, ids: kit.attempts.get(session, ids.attempt, taker=USER),
    "attempts.paper": lambda kit, session, ids: kit.attempts.paper(session, ids.attempt, taker=USER),
    "attempts.paper_json": lambda kit, session, ids: kit.attempts.paper_json(session, ids.attempt, taker=USER),
    "attempts.save": lambda kit, session, ids: kit.attempts.save(session, ids.attempt, SAVE, taker=USER),
    "attempts.submit": lambda kit, session, ids: kit.attempts.submit(session, ids.attempt, taker=USER),
    "attempts.claim": lambda kit, session, ids: kit.attempts.claim(session, taker=USER, anonymous=ids.anonymous),
    "attempts.submit with responses": lambda kit, session, ids: kit.attempts.submit(
        session, ids.attempt, taker=USER, responses=[SAVE]
    ),
    "attempts.result": lambda kit, session, ids: kit.attempts.result(session, ids.attempt, taker=USER),
    "attempts.start by its assignment": lambda kit, session, ids: kit.attempts.start(
        session, assignment_id=ids.assignment, taker=USER
    ),
    "attempts.explain_access by its assignment": lambda kit, session, ids: kit.attempts.explain_access(
        session, assignment_id=ids.assignment, taker=USER
    ),
    "attempts.grade by its assignment": lambda kit, session, ids: kit.attempts.grade(
        session, assignment_id=ids.assignment, taker=USER
    ),
    "previews.start": lambda kit, session, ids: kit.previews.start(session, ids.quiz, actor=USER),
    "previews.start by its assignment": lambda kit, session, ids: kit.previews.start(
        session, assignment_id=ids.assignment, actor=USER
    ),
    "gradebook.grades of a quiz": lambda kit, session, ids: kit.gradebook.grades(session, quiz_id=ids.quiz),
    "gradebook.leaderboard of a quiz": lambda kit, session, ids: kit.gradebook.leaderboard(session, quiz_id=ids.quiz),
    "gradebook.place": lambda kit, session, ids: kit.gradebook.place(session, ids.quiz, taker=USER),
    "gradebook.means": lambda kit, session, ids: kit.gradebook.means(session, ids.quiz, groups={"all": []}),
    "gradebook.roster": lambda kit, session, ids: kit.gradebook.roster(session, ids.quiz, takers=[USER]),
    "gradebook.rebuild of a quiz": lambda kit, session, ids: kit.gradebook.rebuild(session, quiz_id=ids.quiz),
    "supervision.get": lambda kit, session, ids: kit.supervision.get(session, ids.attempt),
    "supervision.review": lambda kit, session, ids: kit.supervision.review(session, ids.attempt),
    "supervision.finish": lambda kit, session, ids: kit.supervision.finish(session, ids.attempt, reason="x"),
    "supervision.finish_all": lambda kit, session, ids: kit.supervision.finish_all(
        session, assignment_id=ids.assignment, reason="x"
    ),
    "supervision.finish_all of a quiz": lambda kit, session, ids: kit.supervision.finish_all(
        session, ids.quiz, reason="x"
    ),
    "supervision.reopen": lambda kit, session, ids: kit.supervision.reopen(session, ids.done, reason="x"),
    "supervision.void": lambda kit, session, ids: kit.supervision.void(session, ids.done, reason="x"),
    "supervision.unvoid": lambda kit, session, ids: kit.supervision.unvoid(session, ids.done, reason="x"),
    "supervision.set_lateness": lambda kit, session, ids: kit.supervision.set_lateness(
        session, ids.done, seconds=0, reason="x"
    ),
    "supervision.page after an id": lambda kit, session, ids: kit.supervision.page(session, after=ids.attempt),
    "banks.page after an id": lambda kit, session, ids: kit.banks.page(session, after=ids.bank),
    "attempts.page after an id": lambda kit, session, ids: kit.attempts.page(session, taker=USER, after=ids.attempt),
}
PAGES: dict[str, Callable[[Quizkit[Any], Session, Any], Any]] = {
    "banks.page": lambda kit, session, _ids: kit.banks.page(session),
    "categories.page": lambda kit, session, ids: kit.categories.page(session, bank_id=ids.bank),
    "questions.page": lambda kit, session, _ids: kit.questions.page(session),
    "questions.page of a category": lambda kit, session, ids: kit.questions.page(session, category_id=ids.category),
    "questions.page with a tag": lambda kit, session, _ids: kit.questions.page(session, tags=["river"]),
    "questions.page with a text": lambda kit, session, _ids: kit.questions.page(session, text="rhine"),
    "quizzes.page": lambda kit, session, _ids: kit.quizzes.page(session),
    "assignments.page": lambda kit, session, _ids: kit.assignments.page(session),
    "assignments.events": lambda kit, session, _ids: kit.assignments.events(session),
    "attempts.page": lambda kit, session, _ids: kit.attempts.page(session, taker=USER),
    "supervision.page": lambda kit, session, ids: kit.supervision.page(session, assignment_id=ids.assignment),
    "supervision.events": lambda kit, session, _ids: kit.supervision.events(session),
    "supervision.events of an assignment": lambda kit, session, ids: kit.supervision.events(
        session, assignment_id=ids.assignment
    ),
    "gradebook.grades": lambda kit, session, ids: kit.gradebook.grades(session, assignment_id=ids.assignment),
    "gradebook.leaderboard": lambda kit, session, ids: kit.gradebook.leaderboard(session, assignment_id=ids.assignment),
    "gradebook.standings": lambda kit, session, ids: kit.gradebook.standings(session, [ids.assignment]),
}
WITHOUT_AN_ID = {
    "banks.create", "quizzes.create", "gradebook.expire_due", "gradebook.rebuild", "assignments.accommodate",
}  # fmt: skip


def test_the_cases_cover_every_verb() -> None:
    asked = {name.partition(" ")[0] for name in (*CALLS, *PAGES)} | WITHOUT_AN_ID
    verbs = {
        f"{noun}.{name}"
        for noun in (
            *("assignments", "attempts", "banks", "categories", "gradebook", "previews", "questions", "quizzes"),
            "supervision",
        )
        for name, _ in python_inspect.getmembers(getattr(ACME, noun), callable)
        if not name.startswith("_") and name != "of"
    }

    assert verbs == asked


@pytest.mark.parametrize("name", CALLS)
def test_rows_of_another_tenant_are_not_found_like_unknown_ones(shared: Engine, name: str) -> None:
    """The same error, after the same statements, even if this process has just served the other tenant."""
    with Session(shared) as session:
        ids = Ids(session, ACME)
        of_others = _answer(shared, session, name, ids)
        of_nobody = _answer(shared, session, name, Strangers())
        untouched = ACME.quizzes.get(session, ids.quiz)
        session.rollback()

    assert of_others == of_nobody
    assert of_others[0].endswith("_not_found")
    assert (untouched.title, untouched.revision, untouched.archived_at) == ("Rivers", 1, None)


def _answer(engine: Engine, session: Session, name: str, ids: Any) -> tuple[str, list[str]]:
    with statements(engine) as sent, pytest.raises(NotFound) as refused:
        CALLS[name](OTHER, session, ids)
    return refused.value.code, sent


@pytest.mark.parametrize("name", PAGES)
def test_a_page_lists_the_rows_of_one_tenant(shared: Engine, name: str) -> None:
    with Session(shared) as session:
        ids = Ids(session, ACME)
        mine, theirs = PAGES[name](ACME, session, ids), PAGES[name](OTHER, session, ids)
        session.rollback()

    assert mine.items
    assert theirs.items == ()


def test_boards_and_rosters_know_only_the_grades_of_one_tenant(shared: Engine) -> None:
    """An assignment that is named without its quiz is not looked up."""
    with Session(shared) as session:
        ids = Ids(session, ACME)
        here: dict[str, Any] = {"assignment_id": ids.assignment}
        found = [
            (
                kit.gradebook.place(session, **here, taker=USER) is not None,
                kit.gradebook.means(session, **here, groups={"all": []})[0].grades,
                kit.gradebook.roster(session, **here, takers=[USER])[0].started,
            )
            for kit in (ACME, OTHER)
        ]
        session.rollback()

    assert found == [(True, 1, True), (False, 0, False)]


def test_a_job_finishes_only_the_attempts_of_its_tenant(shared: Engine) -> None:
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    with Session(shared) as session:
        quiz_id = published(session, ACME, time_limit_seconds=60)
        attempt = ACME.attempts.start(session, quiz_id, taker=USER, now=long_ago).attempt_id
        assert OTHER.gradebook.expire_due(session).finished == 0
        assert ACME.gradebook.expire_due(session).finished == 1
        assert ACME.attempts.get(session, attempt, taker=USER).state == "submitted"
        session.rollback()


def test_two_tenants_may_have_the_same_ids(shared: Engine) -> None:
    """Ids are unique per tenant; no cached value of one tenant is shown to another."""
    same = uuid.uuid4()
    with Session(shared) as session:
        papers = {}
        for kit, answer in ((ACME, True), (OTHER, False)):
            ids = iter(uuid.UUID(int=n) for n in range(1, 99))
            asked = [TrueFalse(content=f"{answer}", answer=answer)]
            quiz = kit.quizzes.create(session, QuizCreate(title="x", questions=asked), new_id=ids.__next__)
            kit.quizzes.publish(session, quiz.id, new_id=ids.__next__)
            papers[kit.tenant] = kit.attempts.start(session, quiz.id, taker=USER, attempt_id=same)
        for kit, answer in ((ACME, True), (OTHER, False)):
            data = SaveResponse(slot=1, sequence=1, response={"answer": answer})
            kit.attempts.save(session, same, data, taker=USER)
            assert kit.attempts.submit(session, same, taker=USER).score == 1
        session.rollback()

    assert [paper.questions[0].view.content.text for paper in papers.values()] == ["True", "False"]


SAME = [uuid7(datetime(2026, 1, 1, tzinfo=UTC), bytes([n]) * 8) for n in range(1, 7)]


def made_as(session: Session, kit: Quizkit[Any], title: str) -> list[Any]:
    """Create one row of each kind, with the same ids."""
    bank = kit.banks.create(session, BankCreate(name=title), bank_id=SAME[0])
    quiz = kit.quizzes.create(session, QuizCreate(title=title), quiz_id=SAME[1])
    asked = [TrueFalse(content=title, answer=True)]
    (question,) = kit.questions.add(session, asked, bank_id=bank.id, question_ids=[SAME[2]])
    top = kit.categories.create(session, CategoryCreate(bank_id=bank.id, name=title), category_id=SAME[3])
    assignment_id = kit.assignments.create(
        session, AssignmentCreate(quiz_id=quiz.id, context=title), assignment_id=SAME[4]
    )
    more = AccessSettings(max_attempts=2)
    event = kit.assignments.override(session, assignment_id.id, more, taker=USER, reason=title, event_id=SAME[5])
    return [bank, quiz, question, top, assignment_id, event]


def test_ids_given_by_clients_are_unique_per_tenant(shared: Engine) -> None:
    """A row of another tenant with the same id is neither found nor changed, and does not block the id."""
    with Session(shared) as session:
        for kit, title in ((ACME, "a"), (OTHER, "b")):
            first = made_as(session, kit, title)
            again = made_as(session, kit, title)
            assert again[1:] == first[1:]
            assert again[0].version == first[0].version  # its time is that of its newest category
            assert [one.id for one in first] == SAME
            assert first[0].name == title
            assert kit.quizzes.update(session, SAME[1], QuizUpdate(title=f"{title}!"), version=1).version == 2
            assert kit.categories.update(session, SAME[3], CategoryUpdate(name=f"{title}!"), version=1).version == 2
            assert len(kit.assignments.events(session, assignment_id=SAME[4]).items) == 1
        assert (ACME.quizzes.get(session, SAME[1]).title, ACME.quizzes.get(session, SAME[1]).version) == ("a!", 2)
        session.rollback()


def test_concurrent_starts_of_two_tenants_do_not_conflict(shared: Engine) -> None:
    with Session(shared) as session:
        first = ACME.attempts.start(session, published(session, ACME, max_attempts=1), taker=USER)
        second = OTHER.attempts.start(session, published(session, OTHER, max_attempts=1), taker=USER)
        session.rollback()

    assert first.number == second.number == 1


def test_a_row_cannot_reference_a_row_of_another_tenant(shared: Engine) -> None:
    with Session(shared) as session:
        ids = Ids(session, ACME)
        question: Any = HOST.models.question
        moved = question.__table__.update().where(question.id == ids.question).values(tenant_id="other")
        with pytest.raises(IntegrityError):
            session.execute(moved)
        session.rollback()


# ---------------------------------------------------------------------------------------------- kits


def test_a_kit_without_a_tenant_is_refused_over_tables_with_tenants() -> None:
    for make in (Quizkit, Invariants, lambda _models: ACME.quizzes.of(None), lambda _models: ACME.of(None)):
        with pytest.raises(UsageError) as refused:
            make(HOST.models)
        assert refused.value.code == "tenant_missing"


def test_a_tenant_is_refused_over_tables_without_tenants() -> None:
    with pytest.raises(UsageError) as refused:
        Tenants(models, str)
    assert refused.value.code == "tenant_unknown"
    with pytest.raises(UsageError) as refused:
        Quizkit(models, tenant="acme")
    assert refused.value.code == "tenant_unknown"
    with pytest.raises(UsageError) as refused:
        Quizkit(models).quizzes.of("acme")
    assert refused.value.code == "tenant_unknown"


@pytest.mark.parametrize("option", [{"tenant": "other"}, {"admit": print}, {"tenant": "other", "admit": print}])
def test_an_option_passed_with_the_context_of_another_kit_is_refused(
    option: dict[str, Any],
) -> None:
    with pytest.raises(UsageError) as refused:
        Quizkit(ACME.quizzes._context, **option)

    assert refused.value.code == "context_options"
    assert all(f"{name}=" in str(refused.value) for name in option)
    assert Quizkit(ACME.quizzes._context).tenant == "acme"


def test_a_tenant_passed_with_the_context_of_another_verb_group_is_refused() -> None:
    with pytest.raises(UsageError) as refused:
        Attempts(ACME.quizzes._context, tenant="other")

    assert refused.value.code == "context_options"


WAYS: dict[str, Callable[[Any], Any]] = {
    "Tenants.of": TENANTS.of,
    "Quizkit.of": ACME.of,
    "a group's of": ACME.quizzes.of,
    "Quizkit": lambda tenant: Quizkit(HOST.models, tenant=tenant),
    "a group": lambda tenant: Attempts(HOST.models, tenant=tenant),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("wrong", [7, True, b"acme", "x" * 21, "a\0b"])
def test_a_tenant_that_does_not_fit_its_column_is_refused_on_every_way_to_a_kit(way: str, wrong: Any) -> None:
    with pytest.raises(UsageError) as refused:
        WAYS[way](wrong)

    assert refused.value.code == "tenant_type"
    assert refused.value.__context__ is None


@pytest.mark.parametrize("wrong", [None, 7, True, b"acme", "x" * 21, "a\0b"])
def test_an_invalid_tenant_is_refused(wrong: Any) -> None:
    with pytest.raises(UsageError) as refused:
        TENANTS.of(wrong)
    assert refused.value.code == "tenant_type"
    assert "acme" not in str(refused.value)


def test_a_statement_without_a_tenant_raises_and_does_not_leak(shared: Engine) -> None:
    with Session(shared) as session:
        published(session, ACME)
        careless = ACME.quizzes.of("acme")
        object.__setattr__(careless._context, "tenant", None)
        with pytest.raises(StatementError, match="__tenant"):
            careless.page(session)
        session.rollback()


def test_kits_of_tenants_share_statements_and_can_be_pickled(shared: Engine) -> None:
    with Session(shared) as session:
        ACME.quizzes.page(session)
        again = TENANTS.of("third")
        built = len(again.quizzes._context.statements)
        again.quizzes.page(session)
        assert len(again.quizzes._context.statements) == built
        session.rollback()

    ready = pickle.loads(pickle.dumps(Quizkit(models)))
    assert (ready.tenant, len(ready.quizzes._context.statements)) == (None, 0)


# ---------------------------------------------------------------------------------------------- statements and tables

BUILDERS = {
    f"{module.__name__}.{name}": function
    # Verbs load their modules at first use, so the loaded ones would be those that other tests have used.
    for found in pkgutil.walk_packages(quizkit.crud.__path__, "quizkit.crud.")
    for module in [importlib.import_module(found.name)]
    for name, function in vars(module).items()
    if python_inspect.isfunction(function)
    and function.__module__ == module.__name__
    and list(python_inspect.signature(function).parameters)[:1] == ["m"]
    and len(python_inspect.signature(function).parameters) == 2
    and function.__annotations__.get("return") == "Executable"
}
DIALECTS: dict[str, Any] = {"postgresql": postgresql, "sqlite": sqlite, "mariadb": mysql}


def test_the_statement_builders_are_found() -> None:
    assert len(BUILDERS) >= 80


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", BUILDERS)
def test_every_table_of_every_statement_is_bound_to_the_tenant(name: str, dialect: str) -> None:
    made: Any = BUILDERS[name](HOST.models, dialect)
    written = DIALECTS[dialect].dialect(paramstyle="named")
    if dialect == "mariadb":
        written.is_mariadb, written.server_version_info = True, (10, 11)
        written.insert_returning = True
    keys = None
    if isinstance(made, Insert) and made.select is None:
        keys = [column.name for column in made.table.c if column.name != "tenant_id"]
    sql = " ".join(str(made.compile(dialect=written, column_keys=keys)).split())
    into = re.search(r"INSERT INTO tenant_exam_(\w+) \(([^)]*)\)", sql)
    read = re.findall(r"(?:FROM|JOIN|UPDATE|,) (tenant_exam_\w+)\b(?: AS (\w+))?(?! ?\()(?!\.)", sql)

    assert into or read, sql
    if into:
        assert "tenant_id" in into[2].split(", "), sql
    for table, alias in set(read):
        assert re.search(rf"{alias or table}\.tenant_id = (:__tenant|%\(__tenant\)s)", sql), (table, sql)


def test_every_key_of_every_table_begins_with_the_tenant(shared: Engine) -> None:
    found = inspect(shared)
    for table in HOST.models.tables():
        keys = [found.get_pk_constraint(table.name)["constrained_columns"]]
        keys += [unique["column_names"] for unique in found.get_unique_constraints(table.name)]
        for key in found.get_foreign_keys(table.name):
            if not key["referred_table"].endswith("_users"):
                keys += [key["constrained_columns"], key["referred_columns"]]
        assert all(key[0] == "tenant_id" for key in keys), (table.name, keys)


def test_the_packaged_migration_creates_the_same_tables(database: Database) -> None:
    for type_ in (String(20), BigInteger().with_variant(Integer(), "sqlite")):
        config = TableConfig(prefix="tm_", tenant=TenantColumn(type_=type_))
        migrations.upgrade(database.sync_url, config=config)
        found = migrations.check(database.sync_url, config=config)
        migrations.downgrade(database.sync_url, "base", config=config)
        assert found == []


# ---------------------------------------------------------------------------------------------- row-level security


# The documented policy: `exam_quiz` stands for each table.
POLICY = re.search(
    r"```sql\n(ALTER TABLE exam_quiz.*?)```",
    (Path(__file__).parents[2] / "docs/how-to/tenants.md").read_text(encoding="utf-8"),
    re.DOTALL,
)[1]  # type: ignore[index] # it is there


@pytest.fixture
def guarded(postgresql_url: str, migrated_postgresql: Database) -> Iterator[Engine]:
    """The tables under the documented policy, for a role that does not own them."""
    from sqlalchemy import make_url

    owner = migrated_postgresql.engine()
    role = f"quizkit_app_{uuid.uuid4().hex[:8]}"
    GUARDED.metadata.create_all(owner)
    with owner.begin() as connection:
        connection.execute(text(f"CREATE ROLE {role} LOGIN"))
        connection.execute(text(f"GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO {role}"))
        for table in GUARDED.models.tables():
            connection.execute(text(POLICY.replace("exam_quiz", table.name)))
        connection.execute(GUARDED.User.__table__.insert(), [{"id": USER}])
    engine = create_engine(make_url(migrated_postgresql.sync_url).set(username=role))
    yield engine
    engine.dispose()
    GUARDED.metadata.drop_all(owner)
    with owner.begin() as connection:
        connection.execute(text(f"DROP OWNED BY {role}"))
        connection.execute(text(f"DROP ROLE {role}"))
    owner.dispose()


def as_tenant(session: Session, tenant: str) -> Session:
    session.execute(text("SELECT set_config('quizkit.tenant', :tenant, true)"), {"tenant": tenant})
    return session


def test_under_row_level_security_a_tenant_sees_only_its_rows(guarded: Engine) -> None:
    quiz: Any = GUARDED.Quiz
    acme = Tenants(GUARDED.models, str).of("acme")
    with Session(guarded) as session, session.begin():
        ids = Ids(as_tenant(session, "acme"), acme)
        assert session.scalars(select(quiz.id)).all() == [ids.quiz]  # a query of the host without the tenant
    with Session(guarded) as session, session.begin():
        assert as_tenant(session, "other").scalars(select(quiz.id)).all() == []
        with pytest.raises(QuizkitError):
            acme.quizzes.get(session, ids.quiz)
    with Session(guarded) as session, session.begin():
        assert session.scalars(select(quiz.id)).all() == []  # and no row without a tenant


def test_under_row_level_security_a_tenant_cannot_write_a_row_of_another(guarded: Engine) -> None:
    acme = Tenants(GUARDED.models, str).of("acme")
    with Session(guarded) as session, pytest.raises(ProgrammingError, match="row-level security"):
        acme.banks.create(as_tenant(session, "other"), BankCreate(name="Bank"))
