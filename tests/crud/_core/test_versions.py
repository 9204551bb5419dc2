"""Two concurrent authors: both changes are stored, or the second fails; no change is silently overwritten."""

from __future__ import annotations

import pickle
import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from conftest import Caller, Database
from quizkit.crud import Quizkit, assignments, banks, categories, questions, quizzes
from quizkit.errors import Conflict, UsageError
from quizkit.models import models
from quizkit.questions import TrueFalse
from quizkit.schemas import (
    AssignmentCreate,
    AssignmentUpdate,
    BankCreate,
    BankUpdate,
    CategoryCreate,
    CategoryUpdate,
    Moved,
    QuestionReturn,
    QuizCreate,
    QuizOutline,
    QuizReturn,
    QuizUpdate,
    SectionOutline,
)

RHINE = TrueFalse(content="The Rhine is a river.", answer=True)
LAKE = TrueFalse(content="The Rhine is a lake.", answer=False)
ALPS = TrueFalse(content="The Alps are a river.", answer=False)


class Shared:
    """The rows that two authors change."""

    def __init__(self, call: Callable[..., Any]) -> None:
        self.quiz: QuizReturn[str] = call(quizzes.create, QuizCreate(title="Rivers", questions=[RHINE, ALPS]))
        call(quizzes.publish, self.quiz.id)
        self.quiz = call(quizzes.update, self.quiz.id, QuizUpdate(description="Of Europe"))
        bank = self.quiz.bank_id
        self.top = call(categories.create, CategoryCreate(bank_id=bank, name="Top"))
        self.low = call(categories.create, CategoryCreate(bank_id=bank, name="Low"))
        self.question = call(questions.page, bank_id=bank).items[0]
        self.bank = call(banks.create, BankCreate(name="Bank"))
        self.given = call(assignments.create, AssignmentCreate(quiz_id=self.quiz.id, context="7a"))
        self.outline = call(quizzes.outline, self.quiz.id)

    @property
    def turned(self) -> QuizOutline:
        return QuizOutline(sections=[SectionOutline(slots=self.outline.sections[0].slots[::-1])])


def content_of(returned: QuestionReturn) -> str:
    return "" if returned.question is None else str(returned.question.content)


# The changes: the verb with its arguments, and how to read the current state.
Change = Callable[[Shared], tuple[Any, tuple[Any, ...], dict[str, Any]]]
CHANGES: dict[str, Change] = {
    "quizzes.update": lambda shared: (quizzes.update, (shared.quiz.id, QuizUpdate(title="Lakes")), {}),
    "quizzes.set_outline": lambda shared: (quizzes.set_outline, (shared.quiz.id, shared.turned), {}),
    "quizzes.publish": lambda shared: (quizzes.publish, (shared.quiz.id,), {}),
    "quizzes.archive": lambda shared: (quizzes.archive, (shared.quiz.id,), {}),
    "questions.revise": lambda shared: (questions.revise, (shared.question.id, LAKE), {}),
    "questions.archive": lambda shared: (questions.archive, (shared.question.id,), {}),
    "banks.update": lambda shared: (banks.update, (shared.bank.id, BankUpdate(name="Deep")), {}),
    "banks.archive": lambda shared: (banks.archive, (shared.bank.id,), {}),
    "categories.update": lambda shared: (categories.update, (shared.low.id, CategoryUpdate(name="Deep")), {}),
    "categories.archive": lambda shared: (categories.archive, (shared.low.id,), {}),
    "assignments.update": lambda shared: (assignments.update, (shared.given.id, AssignmentUpdate(context="7b")), {}),
    "assignments.archive": lambda shared: (assignments.archive, (shared.given.id,), {}),
}
READ: dict[str, Callable[[Shared], tuple[Any, tuple[Any, ...]]]] = {
    "quizzes": lambda shared: (quizzes.get, (shared.quiz.id,)),
    "questions": lambda shared: (questions.get, (shared.question.id,)),
    "banks": lambda shared: (banks.get, (shared.bank.id,)),
    "categories": lambda shared: (categories.get, (shared.low.id,)),
    "assignments": lambda shared: (assignments.get, (shared.given.id,)),
}


def now(call: Callable[..., Any], shared: Shared, name: str) -> Any:
    verb, args = READ[name.partition(".")[0]](shared)
    return call(verb, *args)


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_raises_the_version_and_a_repeated_one_does_not(call: Caller, name: str) -> None:
    shared = Shared(call)
    before = now(call, shared, name).version
    verb, args, more = CHANGES[name](shared)

    first = call(verb, *args, **more)
    there = now(call, shared, name)
    again = call(verb, *args, **more)

    assert there.version == first.version == before + 1
    assert again == first
    assert now(call, shared, name) == there


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_of_the_newest_version_is_stored(call: Caller, name: str) -> None:
    shared = Shared(call)
    verb, args, more = CHANGES[name](shared)

    seen = now(call, shared, name).version
    assert call(verb, *args, version=seen, **more).version == seen + 1


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_of_an_older_version_fails_with_the_current_one(call: Caller, name: str) -> None:
    shared = Shared(call)
    verb, args, more = CHANGES[name](shared)
    there = now(call, shared, name)

    with pytest.raises(Conflict) as refused:
        call(verb, *args, version=there.version - 1, **more)

    assert (refused.value.code, refused.value.http_status) == ("version_conflict", 409)
    assert refused.value.params == {"version": there.version}
    assert refused.value.current == (call(quizzes.outline, shared.quiz.id) if "set_outline" in name else there)
    assert "Rhine" not in str(refused.value.problem()) + str(refused.value)
    assert pickle.loads(pickle.dumps(refused.value)).current == refused.value.current
    assert now(call, shared, name) == there


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_that_is_already_stored_is_not_a_conflict(call: Caller, name: str) -> None:
    """The reply to a change was lost: it is repeated, with the version from before it."""
    shared = Shared(call)
    verb, args, more = CHANGES[name](shared)
    seen = now(call, shared, name).version
    first = call(verb, *args, version=seen, **more)

    assert call(verb, *args, version=seen, **more) == first


def test_an_outline_has_the_version_of_its_quiz(call: Caller) -> None:
    """Read, change and write it: the corrected order of another author is not lost."""
    shared = Shared(call)
    seen = call(quizzes.outline, shared.quiz.id)
    call(questions.add, [LAKE], quiz_id=shared.quiz.id)

    with pytest.raises(Conflict) as refused:
        call(quizzes.set_outline, shared.quiz.id, seen.model_copy(update={"sections": shared.turned.sections}))

    assert len(refused.value.current.sections[0].slots) == 3
    assert refused.value.current == call(quizzes.outline, shared.quiz.id)


def test_the_versions_of_moved_questions_are_checked_one_by_one(call: Caller) -> None:
    shared = Shared(call)
    one, two = call(questions.page, bank_id=shared.quiz.bank_id).items
    seen = {one.id: one.version, two.id: two.version}
    both = [one.id, two.id]
    call(questions.revise, two.id, LAKE)

    with pytest.raises(Conflict) as refused:
        call(questions.move, both, category_id=shared.top.id, versions=seen)
    assert refused.value.current == call(questions.get, two.id)
    assert call(questions.get, one.id) == one

    assert call(questions.move, both, category_id=shared.top.id, versions={one.id: one.version}) == Moved(
        category_id=shared.top.id, versions={one.id: one.version + 1, two.id: two.version + 2}
    )
    moved = [call(questions.get, each) for each in both]
    there = call(questions.move, both, category_id=shared.top.id, versions=seen)  # they are already stored
    assert [call(questions.get, each) for each in both] == moved
    assert [each.version for each in moved] == [one.version + 1, two.version + 2]
    assert there.versions == {each.id: each.version for each in moved}


def test_a_version_of_a_question_that_is_not_moved_is_refused(call: Caller) -> None:
    shared = Shared(call)
    one, two = call(questions.page, bank_id=shared.quiz.bank_id).items

    with pytest.raises(UsageError) as refused:
        call(questions.move, [one.id], category_id=shared.top.id, versions={two.id: two.version})
    assert refused.value.code == "versions_unknown"
    assert call(questions.get, one.id) == one


def test_the_versions_of_a_move_are_those_for_the_next_move(call: Caller) -> None:
    shared = Shared(call)
    both = [one.id for one in call(questions.page, bank_id=shared.quiz.bank_id).items]

    moved = call(questions.move, both, category_id=shared.top.id)
    out = call(questions.move, both, category_id=None, versions=moved.versions)

    assert out == Moved(category_id=None, versions={one: number + 1 for one, number in moved.versions.items()})


# ---------------------------------------------------------------------------------------------- concurrent changes

Do = Callable[[Quizkit[str], Session, Shared], Any]
TOGETHER: dict[str, tuple[Do, Do, Callable[[Quizkit[str], Session, Shared], Any], Any]] = {
    "rename x move": (
        lambda own, session, shared: own.categories.update(session, shared.low.id, CategoryUpdate(name="Deep")),
        lambda own, session, shared: own.categories.update(
            session, shared.low.id, CategoryUpdate(parent_id=shared.top.id)
        ),
        lambda own, session, shared: (
            own.categories.get(session, shared.low.id).name,
            own.categories.get(session, shared.low.id).parent_id == shared.top.id,
        ),
        ("Deep", True),
    ),
    "archive x rename": (
        lambda own, session, shared: own.categories.archive(session, shared.low.id),
        lambda own, session, shared: own.categories.update(session, shared.low.id, CategoryUpdate(name="Deep")),
        lambda own, session, shared: (
            own.categories.get(session, shared.low.id).name,
            own.categories.get(session, shared.low.id).archived_at is not None,
        ),
        ("Deep", True),
    ),
    "title x description": (
        lambda own, session, shared: own.quizzes.update(session, shared.quiz.id, QuizUpdate(title="Lakes")),
        lambda own, session, shared: own.quizzes.update(session, shared.quiz.id, QuizUpdate(description="Of Asia")),
        lambda own, session, shared: (
            own.quizzes.get(session, shared.quiz.id).title,
            own.quizzes.get(session, shared.quiz.id).description,
        ),
        ("Lakes", "Of Asia"),
    ),
    "publish x title": (
        lambda own, session, shared: own.quizzes.publish(session, shared.quiz.id),
        lambda own, session, shared: own.quizzes.update(session, shared.quiz.id, QuizUpdate(title="Lakes")),
        lambda own, session, shared: (
            own.quizzes.get(session, shared.quiz.id).title,
            own.quizzes.get(session, shared.quiz.id).revision,
        ),
        ("Lakes", 2),
    ),
    "revise x move": (
        lambda own, session, shared: own.questions.revise(session, shared.question.id, LAKE),
        lambda own, session, shared: own.questions.move(session, [shared.question.id], category_id=shared.top.id),
        lambda own, session, shared: (
            content_of(own.questions.get(session, shared.question.id)),
            own.questions.get(session, shared.question.id).category_id == shared.top.id,
        ),
        ("The Rhine is a lake.", True),
    ),
    "archive x rename a bank": (
        lambda own, session, shared: own.banks.archive(session, shared.bank.id),
        lambda own, session, shared: own.banks.update(session, shared.bank.id, BankUpdate(name="Deep")),
        lambda own, session, shared: (
            own.banks.get(session, shared.bank.id).name,
            own.banks.get(session, shared.bank.id).archived_at is not None,
        ),
        ("Deep", True),
    ),
    "context x zone": (
        lambda own, session, shared: own.assignments.update(session, shared.given.id, AssignmentUpdate(context="7b")),
        lambda own, session, shared: own.assignments.update(
            session, shared.given.id, AssignmentUpdate(zone="Europe/Vienna")
        ),
        lambda own, session, shared: (
            own.assignments.get(session, shared.given.id).context,
            own.assignments.get(session, shared.given.id).zone,
        ),
        ("7b", "Europe/Vienna"),
    ),
}


def run_between(engine: Engine, n: int, slow: Callable[[Session], Any], quick: Callable[[Session], Any]) -> int:
    """Run `quick`, in its own transaction, before the statement `n` of `slow`; return the number of statements.

    If the quick one waits for a lock of the slow one, the slow one continues and the quick one follows.
    """
    seen = 0
    started: list[threading.Thread] = []
    failed: list[BaseException] = []
    here = threading.get_ident()

    def run() -> None:
        try:
            with Session(engine) as session, session.begin():
                quick(session)
        except BaseException as error:  # noqa: BLE001 - raised again below
            failed.append(error)

    def before(*_given: Any) -> None:
        nonlocal seen
        if threading.get_ident() != here:
            return
        seen += 1
        if seen == n and not started:
            started.append(threading.Thread(target=run))
            started[0].start()
            started[0].join(0.3)

    event.listen(engine, "before_cursor_execute", before)
    try:
        with Session(engine) as session, session.begin():
            slow(session)
    finally:
        event.remove(engine, "before_cursor_execute", before)
        for thread in started:
            thread.join(20)
    for error in failed:
        raise error
    return seen


def done(change: Do, own: Quizkit[str], shared: Shared) -> Callable[[Session], Any]:
    """Return a change as a function of a session."""
    return lambda session: change(own, session, shared)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("name", TOGETHER)
def test_concurrent_changes_of_two_authors_are_both_stored(database: Database, name: str, turned: bool) -> None:
    if database.kind == "sqlite":
        pytest.skip("its transactions are serial")
    engine = database.engine(pool_size=4)
    quick, slow, read, expected = TOGETHER[name]
    if turned:
        quick, slow = slow, quick
    own = Quizkit(models)
    n = count = 1
    while n <= count:
        with Session(engine) as session, session.begin():
            shared = Shared(lambda verb, *args, session=session, **more: verb(session, *args, **more))
        count = run_between(engine, n, done(slow, own, shared), done(quick, own, shared))
        with Session(engine) as session:
            assert read(own, session, shared) == expected, n
        n += 1
    engine.dispose()
    assert n > 2


def test_a_version_does_not_depend_on_the_clock(call: Caller) -> None:
    """Two changes in one microsecond are two versions."""
    shared = Shared(call)
    at = shared.quiz.updated_at
    first = call(quizzes.update, shared.quiz.id, QuizUpdate(title="Lakes"), now=at)
    second = call(quizzes.update, shared.quiz.id, QuizUpdate(title="Seas"), now=at)

    assert (second.version, second.updated_at) == (first.version + 1, first.updated_at)


def test_a_new_row_has_version_one(call: Caller) -> None:
    bank = call(banks.create, BankCreate(name="Bank"))
    quiz = call(quizzes.create, QuizCreate(title="Rivers", questions=[RHINE]))
    published = call(quizzes.publish, quiz.id)
    assignment = call(assignments.page, quiz_id=quiz.id).items[0]
    (added,) = call(questions.add, [RHINE], bank_id=bank.id)

    assert [one.version for one in (bank, quiz, published, assignment, added)] == [1, 1, 2, 1, 1]
    assert call(banks.get, bank.id) == bank
    assert isinstance(bank.id, uuid.UUID)
