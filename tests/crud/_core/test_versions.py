"""Two authors at once: what each of them changed stays, or the second is told, and nothing is written back unseen."""

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
from quizkit.errors import Conflict
from quizkit.models import models
from quizkit.questions import TrueFalse
from quizkit.schemas import (
    AssignmentCreate,
    AssignmentUpdate,
    BankCreate,
    BankUpdate,
    CategoryCreate,
    CategoryUpdate,
    QuizCreate,
    QuizOutline,
    QuizReturn,
    QuizUpdate,
    SectionOutline,
)

RHINE = TrueFalse(content="The Rhine is a river.", answer=True)
LAKE = TrueFalse(content="The Rhine is a lake.", answer=False)
ALPS = TrueFalse(content="The Alps are a river.", answer=False)


class Desk:
    """What two authors work on."""

    def __init__(self, call: Callable[..., Any]) -> None:
        self.quiz: QuizReturn = call(quizzes.create, QuizCreate(title="Rivers", questions=[RHINE, ALPS]))
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


# What can be changed: the verb with what it is given, and how to read what is there now.
Change = Callable[[Desk], tuple[Any, tuple[Any, ...], dict[str, Any]]]
CHANGES: dict[str, Change] = {
    "quizzes.update": lambda desk: (quizzes.update, (desk.quiz.id, QuizUpdate(title="Lakes")), {}),
    "quizzes.set_outline": lambda desk: (quizzes.set_outline, (desk.quiz.id, desk.turned), {}),
    "quizzes.publish": lambda desk: (quizzes.publish, (desk.quiz.id,), {}),
    "quizzes.archive": lambda desk: (quizzes.archive, (desk.quiz.id,), {}),
    "questions.revise": lambda desk: (questions.revise, (desk.question.id, LAKE), {}),
    "questions.archive": lambda desk: (questions.archive, (desk.question.id,), {}),
    "banks.update": lambda desk: (banks.update, (desk.bank.id, BankUpdate(name="Deep")), {}),
    "banks.archive": lambda desk: (banks.archive, (desk.bank.id,), {}),
    "categories.update": lambda desk: (categories.update, (desk.low.id, CategoryUpdate(name="Deep")), {}),
    "categories.archive": lambda desk: (categories.archive, (desk.low.id,), {}),
    "assignments.update": lambda desk: (assignments.update, (desk.given.id, AssignmentUpdate(context="7b")), {}),
    "assignments.archive": lambda desk: (assignments.archive, (desk.given.id,), {}),
}
READ: dict[str, Callable[[Desk], tuple[Any, tuple[Any, ...]]]] = {
    "quizzes": lambda desk: (quizzes.get, (desk.quiz.id,)),
    "questions": lambda desk: (questions.get, (desk.question.id,)),
    "banks": lambda desk: (banks.get, (desk.bank.id,)),
    "categories": lambda desk: (categories.get, (desk.low.id,)),
    "assignments": lambda desk: (assignments.get, (desk.given.id,)),
}


def now(call: Callable[..., Any], desk: Desk, name: str) -> Any:
    verb, args = READ[name.partition(".")[0]](desk)
    return call(verb, *args)


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_raises_the_version_and_the_same_again_does_not(call: Caller, name: str) -> None:
    desk = Desk(call)
    before = now(call, desk, name).version
    verb, args, more = CHANGES[name](desk)

    first = call(verb, *args, **more)
    there = now(call, desk, name)
    again = call(verb, *args, **more)

    assert there.version == first.version == before + 1
    assert again == first
    assert now(call, desk, name) == there


@pytest.mark.parametrize("name", CHANGES)
def test_who_has_seen_the_newest_version_changes_it(call: Caller, name: str) -> None:
    desk = Desk(call)
    verb, args, more = CHANGES[name](desk)

    seen = now(call, desk, name).version
    assert call(verb, *args, version=seen, **more).version == seen + 1


@pytest.mark.parametrize("name", CHANGES)
def test_who_has_seen_an_older_one_is_told_what_is_there_now(call: Caller, name: str) -> None:
    desk = Desk(call)
    verb, args, more = CHANGES[name](desk)
    there = now(call, desk, name)

    with pytest.raises(Conflict) as refused:
        call(verb, *args, version=there.version - 1, **more)

    assert (refused.value.code, refused.value.http_status) == ("version_conflict", 409)
    assert refused.value.params == {"version": there.version}
    assert refused.value.current == (call(quizzes.outline, desk.quiz.id) if "set_outline" in name else there)
    assert "Rhine" not in str(refused.value.problem()) + str(refused.value)
    assert pickle.loads(pickle.dumps(refused.value)).current == refused.value.current
    assert now(call, desk, name) == there


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_so_already_is_no_conflict(call: Caller, name: str) -> None:
    """The reply to a change was lost: the same again, with the version that was seen before it."""
    desk = Desk(call)
    verb, args, more = CHANGES[name](desk)
    seen = now(call, desk, name).version
    first = call(verb, *args, version=seen, **more)

    assert call(verb, *args, version=seen, **more) == first


def test_an_outline_knows_its_version(call: Caller) -> None:
    """Get it, change it, send it back: somebody else's corrected order is not lost."""
    desk = Desk(call)
    seen = call(quizzes.outline, desk.quiz.id)
    call(questions.add, [LAKE], quiz_id=desk.quiz.id)

    with pytest.raises(Conflict) as refused:
        call(quizzes.set_outline, desk.quiz.id, seen.model_copy(update={"sections": desk.turned.sections}))

    assert len(refused.value.current.sections[0].slots) == 3
    assert refused.value.current == call(quizzes.outline, desk.quiz.id)


def test_questions_that_move_are_looked_at_one_by_one(call: Caller) -> None:
    desk = Desk(call)
    one, two = call(questions.page, bank_id=desk.quiz.bank_id).items
    seen = {one.id: one.version, two.id: two.version}
    both = [one.id, two.id]
    call(questions.revise, two.id, LAKE)

    with pytest.raises(Conflict) as refused:
        call(questions.move, both, category_id=desk.top.id, versions=seen)
    assert refused.value.current == call(questions.get, two.id)
    assert call(questions.get, one.id) == one

    assert call(questions.move, both, category_id=desk.top.id, versions={one.id: one.version}) == 2
    moved = [call(questions.get, each) for each in both]
    assert call(questions.move, both, category_id=desk.top.id, versions=seen) == 2  # they are there already
    assert [call(questions.get, each) for each in both] == moved
    assert [each.version for each in moved] == [one.version + 1, two.version + 2]


# ---------------------------------------------------------------------------------------------- at the same moment

Do = Callable[[Quizkit[str], Session, Desk], Any]
TOGETHER: dict[str, tuple[Do, Do, Callable[[Quizkit[str], Session, Desk], Any], Any]] = {
    "rename x move": (
        lambda own, session, desk: own.categories.update(session, desk.low.id, CategoryUpdate(name="Deep")),
        lambda own, session, desk: own.categories.update(session, desk.low.id, CategoryUpdate(parent_id=desk.top.id)),
        lambda own, session, desk: (
            own.categories.get(session, desk.low.id).name,
            own.categories.get(session, desk.low.id).parent_id == desk.top.id,
        ),
        ("Deep", True),
    ),
    "archive x rename": (
        lambda own, session, desk: own.categories.archive(session, desk.low.id),
        lambda own, session, desk: own.categories.update(session, desk.low.id, CategoryUpdate(name="Deep")),
        lambda own, session, desk: (
            own.categories.get(session, desk.low.id).name,
            own.categories.get(session, desk.low.id).archived_at is not None,
        ),
        ("Deep", True),
    ),
    "title x description": (
        lambda own, session, desk: own.quizzes.update(session, desk.quiz.id, QuizUpdate(title="Lakes")),
        lambda own, session, desk: own.quizzes.update(session, desk.quiz.id, QuizUpdate(description="Of Asia")),
        lambda own, session, desk: (
            own.quizzes.get(session, desk.quiz.id).title,
            own.quizzes.get(session, desk.quiz.id).description,
        ),
        ("Lakes", "Of Asia"),
    ),
    "publish x title": (
        lambda own, session, desk: own.quizzes.publish(session, desk.quiz.id),
        lambda own, session, desk: own.quizzes.update(session, desk.quiz.id, QuizUpdate(title="Lakes")),
        lambda own, session, desk: (
            own.quizzes.get(session, desk.quiz.id).title,
            own.quizzes.get(session, desk.quiz.id).revision,
        ),
        ("Lakes", 2),
    ),
    "revise x move": (
        lambda own, session, desk: own.questions.revise(session, desk.question.id, LAKE),
        lambda own, session, desk: own.questions.move(session, [desk.question.id], category_id=desk.top.id),
        lambda own, session, desk: (
            str(own.questions.get(session, desk.question.id).question.content),
            own.questions.get(session, desk.question.id).category_id == desk.top.id,
        ),
        ("The Rhine is a lake.", True),
    ),
    "archive x rename a bank": (
        lambda own, session, desk: own.banks.archive(session, desk.bank.id),
        lambda own, session, desk: own.banks.update(session, desk.bank.id, BankUpdate(name="Deep")),
        lambda own, session, desk: (
            own.banks.get(session, desk.bank.id).name,
            own.banks.get(session, desk.bank.id).archived_at is not None,
        ),
        ("Deep", True),
    ),
    "context x zone": (
        lambda own, session, desk: own.assignments.update(session, desk.given.id, AssignmentUpdate(context="7b")),
        lambda own, session, desk: own.assignments.update(
            session, desk.given.id, AssignmentUpdate(zone="Europe/Vienna")
        ),
        lambda own, session, desk: (
            own.assignments.get(session, desk.given.id).context,
            own.assignments.get(session, desk.given.id).zone,
        ),
        ("7b", "Europe/Vienna"),
    ),
}


def run_between(engine: Engine, n: int, slow: Callable[[Session], Any], quick: Callable[[Session], Any]) -> int:
    """Run `quick`, with a transaction of its own, before the statement `n` of `slow`; return how many those are.

    Where the quick one waits for a lock of the slow one, the slow one goes on and the quick one follows.
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


def done(change: Do, own: Quizkit[str], desk: Desk) -> Callable[[Session], Any]:
    """Return a change as a transaction's work."""
    return lambda session: change(own, session, desk)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("name", TOGETHER)
def test_what_two_authors_change_of_one_thing_stays_wherever_they_meet(
    database: Database, name: str, turned: bool
) -> None:
    if database.kind == "sqlite":
        pytest.skip("its transactions are one after another")
    engine = database.engine(pool_size=4)
    quick, slow, read, expected = TOGETHER[name]
    if turned:
        quick, slow = slow, quick
    own = Quizkit(models)
    n = count = 1
    while n <= count:
        with Session(engine) as session, session.begin():
            desk = Desk(lambda verb, *args, session=session, **more: verb(session, *args, **more))
        count = run_between(engine, n, done(slow, own, desk), done(quick, own, desk))
        with Session(engine) as session:
            assert read(own, session, desk) == expected, n
        n += 1
    engine.dispose()
    assert n > 2


def test_a_version_is_not_a_matter_of_time(call: Caller) -> None:
    """Two changes in one microsecond are two versions."""
    desk = Desk(call)
    at = desk.quiz.updated_at
    first = call(quizzes.update, desk.quiz.id, QuizUpdate(title="Lakes"), now=at)
    second = call(quizzes.update, desk.quiz.id, QuizUpdate(title="Seas"), now=at)

    assert (second.version, second.updated_at) == (first.version + 1, first.updated_at)


def test_what_is_new_begins_with_the_first_version(call: Caller) -> None:
    bank = call(banks.create, BankCreate(name="Bank"))
    quiz = call(quizzes.create, QuizCreate(title="Rivers", questions=[RHINE]))
    published = call(quizzes.publish, quiz.id)
    home = call(assignments.page, quiz_id=quiz.id).items[0]
    (added,) = call(questions.add, [RHINE], bank_id=bank.id)

    assert [one.version for one in (bank, quiz, published, home, added)] == [1, 1, 2, 1, 1]
    assert call(banks.get, bank.id) == bank
    assert isinstance(bank.id, uuid.UUID)
