from __future__ import annotations

import asyncio
import inspect
import pickle
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.ext.asyncio import AsyncSession, async_scoped_session, async_sessionmaker
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from conftest import Database, statements
from quizkit.crud import Anonymous, Quizkit, attempts, kit, quizzes
from quizkit.errors import NotFound, Refused, UsageError
from quizkit.models import Bank, models
from quizkit.questions import Hint, TrueFalse
from quizkit.schemas import (
    AccessSettings,
    AccommodationSettings,
    AssignmentCreate,
    AssignmentUpdate,
    BankCreate,
    BankUpdate,
    CategoryCreate,
    CategoryUpdate,
    CheckResponse,
    QuizCreate,
    QuizOutline,
    QuizUpdate,
    ReviewPolicy,
    SaveResponse,
    SectionOutline,
)
from quizkit.testing import QuizFactory
from quizkit.vocabulary import Behaviour, ReviewMoment
from sent_responses import id_of
from taking import pairs


def test_a_verb_accepts_a_scoped_session(engine: Engine) -> None:
    scoped = scoped_session(sessionmaker(engine))

    made = quizzes.create(scoped, QuizCreate(title="Rivers"))

    assert quizzes.get(scoped, made.id) == made
    scoped.remove()


async def test_a_verb_accepts_an_async_scoped_session(async_engine: Any) -> None:
    scoped = async_scoped_session(async_sessionmaker(async_engine), asyncio.current_task)

    made = await quizzes.create(scoped, QuizCreate(title="Rivers"))

    assert await quizzes.get(scoped, made.id) == made
    await scoped.remove()


@pytest.mark.parametrize("wrong", [None, 7, "session", object()])
def test_any_other_session_is_refused_and_the_error_names_the_accepted_types(wrong: Any) -> None:
    with pytest.raises(UsageError, match="Session, an AsyncSession, or a scoped session") as refused:
        quizzes.create(wrong, QuizCreate(title="Rivers"))
    assert isinstance(refused.value, TypeError)


def test_an_engine_is_refused_as_a_session(engine: Engine) -> None:
    with pytest.raises(UsageError):
        quizzes.create(engine, QuizCreate(title="Rivers"))  # type: ignore[call-overload] # that is the point


def test_a_verb_flushes_pending_rows_of_the_host_and_never_commits(engine: Engine) -> None:
    commits: list[Any] = []
    event.listen(engine, "commit", commits.append)
    from datetime import UTC, datetime

    now = datetime.now(UTC)
    with Session(engine) as session:
        pending = Bank(id=uuid4(), name="The host's", created_at=now, updated_at=now)
        session.add(pending)
        quiz = quizzes.create(session, QuizCreate(title="Rivers"))
        assert pending not in session.new
        session.rollback()
    with Session(engine) as session, pytest.raises(NotFound):
        quizzes.get(session, quiz.id)

    assert commits == []


def test_a_refusal_leaves_the_callers_transaction_usable(engine: Engine) -> None:
    with Session(engine) as session:
        quiz = QuizFactory.create(session=session, max_attempts=1)
        paper = attempts.start(session, quiz.id, taker="ann")
        attempts.submit(session, paper.attempt_id, taker="ann")
        with pytest.raises(Refused):
            attempts.start(session, quiz.id, taker="ann")
        made = quizzes.create(session, QuizCreate(title="Still here"))
        session.commit()
    with Session(engine) as session:
        assert quizzes.get(session, made.id).title == "Still here"


def test_a_verb_is_a_plain_function_with_its_own_name_and_help() -> None:
    assert inspect.signature(quizzes.create).parameters.keys() >= {"data", "now", "new_id"}
    assert (quizzes.create.__doc__ or "").startswith("Create a quiz")


def test_a_kit_and_its_verbs_survive_pickling(engine: Engine) -> None:
    again = pickle.loads(pickle.dumps(quizzes.create))
    with Session(engine) as session:
        assert again(session, QuizCreate(title="Rivers")).title == "Rivers"
    assert isinstance(pickle.loads(pickle.dumps(kit)), Quizkit)


def test_values_cached_in_a_rolled_back_transaction_are_never_used(engine: Engine) -> None:
    """The same id, started again after a rollback with another seed, has another paper."""
    mine, own = uuid4(), Quizkit(models)
    with Session(engine) as session, session.begin():
        quiz = QuizFactory.create(session=session, shuffle_questions=True)
    with Session(engine) as session:
        own.attempts.start(session, quiz.id, taker="ann", attempt_id=mine, seed=b"1" * 16)
        own.attempts.save(session, mine, _right(own, session, mine, "true_false"), taker="ann")
        session.rollback()
    with Session(engine) as session:
        own.attempts.start(session, quiz.id, taker="ann", attempt_id=mine, seed=b"5" * 16)
        for _ in range(2):
            own.attempts.save(session, mine, _right(own, session, mine, "true_false"), taker="ann")
        outcome = own.attempts.submit(session, mine, taker="ann")
        session.rollback()

    assert outcome.score == 1


def test_a_response_is_marked_by_the_stored_paper_and_not_by_a_rolled_back_one(engine: Engine) -> None:
    """Both papers accept the same kind of response in every slot, so they differ only by the seed."""
    mine, own = uuid4(), Quizkit(models)
    asked = [TrueFalse(content=str(n), answer=n % 2 == 0) for n in range(8)]
    with Session(engine) as session, session.begin():
        quiz = QuizFactory.create(session=session, questions=asked, shuffle_questions=True)
    with Session(engine) as session:
        own.attempts.start(session, quiz.id, taker="ann", attempt_id=mine, seed=b"1" * 16)
        own.attempts.save(session, mine, SaveResponse(slot=1, sequence=1, response={"answer": True}), taker="ann")
        session.rollback()
    with Session(engine) as session:
        paper = own.attempts.start(session, quiz.id, taker="ann", attempt_id=mine, seed=b"5" * 16)
        for question in paper.questions:
            right = {"answer": int(question.view.content.text) % 2 == 0}
            data = SaveResponse(slot=question.slot, sequence=1, response=right)
            own.attempts.save(session, mine, data, taker="ann")
        outcome = own.attempts.submit(session, mine, taker="ann")
        session.rollback()

    assert outcome.score == 8


def _right(own: Quizkit[str], session: Session, attempt_id: Any, kind: str) -> SaveResponse:
    asked = next(q for q in own.attempts.paper(session, attempt_id, taker="ann").questions if q.view.type == kind)
    return SaveResponse(slot=asked.slot, sequence=asked.sequence + 1, response={"answer": True})


PAGE = Path(__file__).parents[2] / "docs/reference/verbs.md"

# The number of statements of each verb, which is also the number of round trips.
# `cold` is the first call of a kit, `warm` the next: immutable data is read once.
COUNTS = {
    "quizzes.create": (7, 7),
    "quizzes.get": (1, 1),
    "quizzes.page": (1, 1),
    "quizzes.update": (2, 2),
    "quizzes.publish": (7, 7),
    "quizzes.archive": (2, 2),
    "quizzes.restore": (2, 2),
    "quizzes.remove": (7, 7),
    "questions.add to a bank": (4, 4),
    "questions.add to a quiz": (8, 8),
    "questions.get": (1, 1),
    "questions.page": (1, 1),
    "questions.revise": (5, 5),
    "questions.archive": (3, 3),
    "questions.restore": (3, 3),
    "banks.create": (1, 1),
    "banks.get": (1, 1),
    "banks.page": (1, 1),
    "banks.update": (2, 2),
    "banks.archive": (2, 2),
    "gradebook.expire_due": (7, 7),
    "gradebook.expire_due, nothing to do": (1, 1),
    "attempts.start": (6, 5),
    "previews.start": (4, 3),
    "attempts.start, where it ends": (6, 5),
    "attempts.start, going on": (4, 3),
    "attempts.get": (1, 1),
    "attempts.page": (1, 1),
    "attempts.paper": (3, 2),
    "attempts.paper_json": (3, 2),
    "attempts.save": (4, 1),
    "attempts.save, stale": (6, 3),
    "attempts.save, without a sequence": (6, 3),
    "attempts.check": (10, 7),
    "attempts.flag": (3, 3),
    "attempts.visit": (6, 5),
    "attempts.submit": (7, 5),
    "attempts.submit, the second": (9, 7),
    "attempts.result": (4, 2),
    "attempts.claim": (5, 5),
    "quizzes.outline": (3, 3),
    "quizzes.set_outline": (8, 8),
    # Other takers are queried only if the close decides, and the window of the attempt is over.
    "attempts.result, after the close": (6, 4),
    "attempts.get, after the close": (3, 3),
    "attempts.page, after the close": (3, 3),
    "quizzes.lint": (3, 3),
    "questions.page with everything": (1, 1),
    "questions.move": (3, 3),
    "categories.create": (3, 3),
    "categories.get": (1, 1),
    "categories.page": (1, 1),
    "categories.update": (4, 4),
    "categories.archive": (4, 4),
    "assignments.create": (2, 2),
    "assignments.get": (1, 1),
    "assignments.page": (1, 1),
    "assignments.update": (4, 4),
    "assignments.archive": (2, 2),
    "assignments.override": (9, 9),
    "assignments.accommodate": (6, 6),
    "assignments.extend": (4, 4),
    "assignments.events": (1, 1),
    "attempts.explain_access": (3, 3),
    "attempts.try_again": (5, 3),
    "attempts.try_again, clearing": (11, 11),
    "attempts.review": (4, 2),
    "attempts.grade": (3, 3),
    "gradebook.grades": (1, 1),
    "gradebook.leaderboard": (2, 2),
    "gradebook.place": (4, 4),
    "gradebook.standings": (2, 2),
    "gradebook.means": (1, 1),
    "gradebook.roster": (1, 1),
    "gradebook.rebuild": (8, 8),
    "supervision.page": (2, 1),
    "supervision.get": (2, 1),
    "supervision.review": (4, 2),
    "supervision.events": (1, 1),
    "supervision.finish": (12, 11),
    "supervision.finish_all": (10, 10),
    "supervision.reopen": (12, 11),
    "supervision.void": (11, 10),
    "supervision.unvoid": (5, 4),
    "supervision.set_lateness": (12, 11),
}


@pytest.mark.no_cover
@pytest.mark.parametrize("size", [3, 30])
def test_the_number_of_statements_of_a_verb_is_fixed_and_independent_of_quiz_size(engine: Engine, size: int) -> None:
    known = dict(COUNTS)
    if engine.dialect.name == "mariadb":  # its upsert returns the stored row, even if it stores nothing
        known["attempts.save, stale"] = (4, 1)
        known["quizzes.publish"] = (9, 9)  # questions are locked first
        known["assignments.extend"] = (6, 6)  # attempts are found by their ids
        known["supervision.finish_all"] = (11, 11)
        for name, more in {"finish": 1, "reopen": 1, "unvoid": 1, "void": 2, "set_lateness": 2}.items():
            cold, warm = known[f"supervision.{name}"]
            known[f"supervision.{name}"] = cold + more, warm + more  # the newest attempt is locked first

    assert _counts(engine, size) == known


def test_the_reference_lists_the_statement_counts() -> None:
    table = PAGE.read_text().partition("|---|---|---|---|\n")[2].partition("\n\n")[0]
    listed = {}
    for _, call, _, _, cell, _ in (line.split("|") for line in table.splitlines()):
        numbers = re.match(r" (\d+)(?:, (\d+))?", cell)
        assert numbers is not None
        cold, warm = numbers.groups()
        listed[call.strip(" `").partition("(")[0]] = (int(cold), int(warm or cold))

    known = {name: listed[name] for name in COUNTS.keys() & listed.keys()}

    assert known == {name: COUNTS[name] for name in known}
    assert len(known) >= 45


def _counts(engine: Engine, size: int) -> dict[str, tuple[int, int]]:
    """Return the number of statements of each verb with a new kit, and with one that has cached the quiz."""
    asked = [TrueFalse(content=f"Question {n}", answer=True) for n in range(size)]
    with Session(engine) as session:
        quiz = kit.quizzes.create(session, QuizCreate(title="Rivers", questions=asked))
        ann, ben, cem, dee, eve = (f"{name} {quiz.id}" for name in ("ann", "ben", "cem", "dee", "eve"))
        kit.quizzes.publish(session, quiz.id)
        bank = kit.banks.create(session, BankCreate(name="Bank"))
        draft = kit.quizzes.create(session, QuizCreate(title="Draft", questions=asked))
        published = kit.quizzes.create(session, QuizCreate(title="Published", questions=asked))
        kit.quizzes.publish(session, published.id)
        question = kit.questions.page(session, bank_id=quiz.bank_id, limit=1).items[0]
        stored = kit.quizzes.create(session, QuizCreate(title="Stored", questions=asked))
        stored_question = kit.questions.page(session, quiz_id=stored.id, limit=1).items[0]
        kit.questions.archive(session, stored_question.id)
        kit.quizzes.archive(session, stored.id)
        going_on = kit.attempts.start(session, quiz.id, taker=ann).attempt_id
        kit.attempts.save(session, going_on, SaveResponse(slot=1, sequence=5, response={"answer": True}), taker=ann)
        long_ago = datetime(2020, 1, 1, tzinfo=UTC)  # before the attempts that other tests have left open
        timed = kit.quizzes.create(session, QuizCreate(title="x", questions=asked, time_limit_seconds=60))
        kit.quizzes.publish(session, timed.id)
        for taker in range(size):
            kit.attempts.start(session, timed.id, taker=f"late {taker}", now=long_ago)
        done = kit.attempts.start(session, quiz.id, taker=ben).attempt_id
        kit.attempts.submit(session, done, taker=ben)
        again = kit.attempts.start(session, quiz.id, taker=ben).attempt_id
        interactive = kit.quizzes.create(
            session, QuizCreate(title="x", questions=asked, behaviour=Behaviour.INTERACTIVE)
        )
        kit.quizzes.publish(session, interactive.id)
        anonymous = Anonymous.new()
        kit.attempts.start(session, interactive.id, taker=anonymous)
        tried = kit.attempts.start(session, interactive.id, taker=ann).attempt_id
        check = CheckResponse(slot=1, sequence=1, response={"answer": True}, number=1)
        one = SaveResponse(slot=1, sequence=6, response={"answer": False})
        old = SaveResponse(slot=1, sequence=4, response={"answer": False})
        bare = SaveResponse(slot=1, response={"answer": False})
        assignment_id = kit.assignments.page(session, quiz_id=quiz.id).items[0].id
        top = kit.categories.create(session, CategoryCreate(bank_id=quiz.bank_id, name="x")).id
        slots = kit.quizzes.outline(session, quiz.id).sections[0].slots
        arranged = QuizOutline(sections=[SectionOutline(slots=slots[::-1])])
        given = kit.quizzes.create(session, QuizCreate(title="Given", questions=asked))
        kit.quizzes.publish(session, given.id)
        ends = kit.assignments.create(
            session, AssignmentCreate(quiz_id=given.id, closes_at=datetime.now(UTC) + timedelta(days=1))
        ).id
        review = ReviewPolicy(marks=[ReviewMoment.AFTER_CLOSE])
        shut = kit.quizzes.create(session, QuizCreate(title="Shut", questions=asked, review=review))
        kit.quizzes.publish(session, shut.id)
        window = AssignmentCreate(quiz_id=shut.id, closes_at=long_ago + timedelta(hours=1))
        shut_home = kit.assignments.create(session, window).id
        closed = kit.attempts.start(session, shut.id, taker=eve, assignment_id=shut_home, now=long_ago).attempt_id
        kit.attempts.submit(session, closed, taker=eve, now=long_ago)
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        clears = pairs().model_copy(update={"hints": (Hint(content="!", clear_wrong=True),)})
        matched = kit.quizzes.create(
            session, QuizCreate(title="x", questions=[clears], behaviour=Behaviour.INTERACTIVE)
        )
        kit.quizzes.publish(session, matched.id)
        cleared = kit.attempts.start(session, matched.id, taker=ann).attempt_id
        right = clears.key().matches
        wrong = {"matches": {**right, id_of("Rome"): right[id_of("Paris")]}}
        data = CheckResponse(slot=1, sequence=1, response=wrong, number=1)
        kit.attempts.check(session, cleared, data, taker=ann)

        def calls(own: Quizkit[str]) -> dict[str, Any]:
            return {
                "quizzes.create": lambda: own.quizzes.create(session, QuizCreate(title="x", questions=asked)),
                "quizzes.get": lambda: own.quizzes.get(session, quiz.id),
                "quizzes.page": lambda: own.quizzes.page(session),
                "quizzes.update": lambda: own.quizzes.update(session, quiz.id, QuizUpdate(title="y")),
                "quizzes.publish": lambda: own.quizzes.publish(session, draft.id),
                "quizzes.archive": lambda: own.quizzes.archive(session, draft.id),
                "quizzes.restore": lambda: own.quizzes.restore(session, stored.id),
                "quizzes.remove": lambda: own.quizzes.remove(session, quiz.id, question_id=question.id),
                "questions.add to a bank": lambda: own.questions.add(session, asked, bank_id=bank.id),
                "questions.add to a quiz": lambda: own.questions.add(session, asked, quiz_id=draft.id),
                "questions.get": lambda: own.questions.get(session, question.id),
                "questions.page": lambda: own.questions.page(session),
                "questions.revise": lambda: own.questions.revise(session, question.id, asked[-1]),
                "questions.archive": lambda: own.questions.archive(session, question.id),
                "questions.restore": lambda: own.questions.restore(session, stored_question.id),
                "banks.create": lambda: own.banks.create(session, BankCreate(name="x")),
                "banks.get": lambda: own.banks.get(session, bank.id),
                "banks.page": lambda: own.banks.page(session),
                "banks.update": lambda: own.banks.update(session, bank.id, BankUpdate(name="y")),
                "banks.archive": lambda: own.banks.archive(session, bank.id),
                "gradebook.expire_due": lambda: own.gradebook.expire_due(session, now=long_ago + timedelta(hours=1)),
                "gradebook.expire_due, nothing to do": lambda: own.gradebook.expire_due(session, now=long_ago),
                "attempts.start": lambda: own.attempts.start(session, quiz.id, taker=dee),
                "previews.start": lambda: own.previews.start(session, quiz.id, actor=ann),
                "attempts.start, where it ends": lambda: own.attempts.start(
                    session, given.id, taker=dee, assignment_id=ends
                ),
                "attempts.start, going on": lambda: own.attempts.start(session, quiz.id, taker=ann),
                "attempts.get": lambda: own.attempts.get(session, going_on, taker=ann),
                "attempts.page": lambda: own.attempts.page(session, taker=ann),
                "attempts.paper": lambda: own.attempts.paper(session, going_on, taker=ann),
                "attempts.paper_json": lambda: own.attempts.paper_json(session, going_on, taker=ann),
                "attempts.save": lambda: own.attempts.save(session, going_on, one, taker=ann),
                "attempts.save, stale": lambda: own.attempts.save(session, going_on, old, taker=ann),
                "attempts.save, without a sequence": lambda: own.attempts.save(session, going_on, bare, taker=ann),
                "attempts.submit": lambda: own.attempts.submit(session, going_on, taker=ann),
                "attempts.submit, the second": lambda: own.attempts.submit(session, again, taker=ben),
                "attempts.check": lambda: own.attempts.check(session, tried, check, taker=ann),
                "attempts.flag": lambda: own.attempts.flag(session, going_on, slot=1, taker=ann),
                "attempts.visit": lambda: own.attempts.visit(session, going_on, slot=2, taker=ann),
                "attempts.result": lambda: own.attempts.result(session, done, taker=ben),
                "attempts.claim": lambda: own.attempts.claim(session, taker="claimer", anonymous=anonymous),
                "attempts.result, after the close": lambda: own.attempts.result(session, closed, taker=eve),
                "attempts.get, after the close": lambda: own.attempts.get(session, closed, taker=eve),
                "attempts.page, after the close": lambda: own.attempts.page(session, taker=eve),
                "quizzes.outline": lambda: own.quizzes.outline(session, quiz.id),
                "quizzes.set_outline": lambda: own.quizzes.set_outline(session, quiz.id, arranged),
                "quizzes.lint": lambda: own.quizzes.lint(session, quiz.id),
                "questions.page with everything": lambda: own.questions.page(
                    session, bank_id=quiz.bank_id, category_id=top, type="essay", tags=["a"], text="b"
                ),
                "questions.move": lambda: own.questions.move(session, [question.id], category_id=top),
                "categories.create": lambda: own.categories.create(
                    session, CategoryCreate(bank_id=quiz.bank_id, name="y", parent_id=top)
                ),
                "categories.get": lambda: own.categories.get(session, top),
                "categories.page": lambda: own.categories.page(session, bank_id=quiz.bank_id),
                "categories.update": lambda: own.categories.update(session, top, CategoryUpdate(name="z")),
                "categories.archive": lambda: own.categories.archive(session, top),
                "assignments.create": lambda: own.assignments.create(session, AssignmentCreate(quiz_id=quiz.id)),
                "assignments.get": lambda: own.assignments.get(session, assignment_id),
                "assignments.page": lambda: own.assignments.page(session, quiz_id=quiz.id),
                "assignments.update": lambda: own.assignments.update(
                    session, assignment_id, AssignmentUpdate(context="7b")
                ),
                "assignments.archive": lambda: own.assignments.archive(session, assignment_id),
                "assignments.override": lambda: own.assignments.override(
                    session, assignment_id, AccessSettings(), taker=ann
                ),
                "assignments.accommodate": lambda: own.assignments.accommodate(
                    session, AccommodationSettings(), taker=ann
                ),
                "assignments.extend": lambda: own.assignments.extend(session, assignment_id, seconds=60),
                "assignments.events": lambda: own.assignments.events(session, assignment_id=assignment_id),
                "attempts.explain_access": lambda: own.attempts.explain_access(session, quiz.id, taker=ann),
                "attempts.try_again": lambda: own.attempts.try_again(session, tried, slot=1, taker=ann),
                "attempts.try_again, clearing": lambda: own.attempts.try_again(session, cleared, slot=1, taker=ann),
                "attempts.review": lambda: own.attempts.review(session, done, taker=ben),
                "attempts.grade": lambda: own.attempts.grade(session, quiz.id, taker=ben),
                "gradebook.grades": lambda: own.gradebook.grades(session, assignment_id=assignment_id),
                "gradebook.leaderboard": lambda: own.gradebook.leaderboard(session, assignment_id=assignment_id),
                "gradebook.place": lambda: own.gradebook.place(session, assignment_id=assignment_id, taker=ben),
                "gradebook.standings": lambda: own.gradebook.standings(session, [assignment_id]),
                "gradebook.means": lambda: own.gradebook.means(
                    session, assignment_id=assignment_id, groups={"all": [], "none": []}
                ),
                "gradebook.roster": lambda: own.gradebook.roster(
                    session, assignment_id=assignment_id, takers=[ann, ben]
                ),
                "gradebook.rebuild": lambda: own.gradebook.rebuild(session, assignment_id=assignment_id),
                "supervision.page": lambda: own.supervision.page(session, assignment_id=assignment_id),
                "supervision.get": lambda: own.supervision.get(session, done),
                "supervision.review": lambda: own.supervision.review(session, done),
                "supervision.events": lambda: own.supervision.events(session, assignment_id=assignment_id),
                "supervision.finish": lambda: own.supervision.finish(session, again, reason="x"),
                "supervision.finish_all": lambda: own.supervision.finish_all(
                    session, assignment_id=assignment_id, reason="x"
                ),
                "supervision.reopen": lambda: own.supervision.reopen(session, closed, due_at=tomorrow, reason="x"),
                "supervision.void": lambda: own.supervision.void(session, done, reason="x"),
                "supervision.unvoid": lambda: own.supervision.unvoid(session, closed, reason="x"),
                "supervision.set_lateness": lambda: own.supervision.set_lateness(session, done, seconds=0, reason="x"),
            }

        def warm_up(own: Quizkit[str]) -> None:
            first = CheckResponse(slot=2, sequence=1, response={"answer": True}, number=1)
            own.attempts.check(session, tried, first, taker=ann)
            own.attempts.start(session, given.id, taker=cem, assignment_id=ends)
            own.attempts.result(session, closed, taker=eve)
            own.previews.start(session, quiz.id, actor=cem)
            other = own.attempts.start(session, quiz.id, taker=cem).attempt_id
            own.attempts.save(session, other, SaveResponse(slot=1, sequence=1, response={"answer": True}), taker=cem)
            own.attempts.save(session, going_on, SaveResponse(slot=2, sequence=1, response={"answer": True}), taker=ann)

        def count(name: str, own: Quizkit[str], *, warm: bool) -> int:
            with session.begin_nested() as everything:
                session.connection()  # the savepoint is sent now, and is not a statement of the verb
                if warm:
                    warm_up(own)
                call = calls(own)[name]
                with statements(engine) as sent:
                    call()
                everything.rollback()
            return len(sent)

        found = {
            name: (count(name, Quizkit(models), warm=False), count(name, Quizkit(models), warm=True)) for name in COUNTS
        }
        session.rollback()
    return found


def test_statements_for_a_paper_never_select_a_key_column(engine: Engine) -> None:
    with Session(engine) as session:
        quiz = QuizFactory.create(session=session)
        own, ann = Quizkit(models), f"ann {quiz.id}"  # other tests have left attempts
        with statements(engine) as sent:
            paper = own.attempts.start(session, quiz.id, taker=ann)
            own.attempts.start(session, quiz.id, taker=ann)
            own.attempts.paper(session, paper.attempt_id, taker=ann)
            own.attempts.paper_json(session, paper.attempt_id, taker=ann)
            own.attempts.get(session, paper.attempt_id, taker=ann)
            own.attempts.page(session, taker=ann)
        session.rollback()

    assert len(sent) > 6
    assert not [statement for statement in sent if "body" in statement or "effective_points" in statement]


def test_statements_are_built_once_for_each_dialect(engine: Engine) -> None:
    own = Quizkit(models)
    with Session(engine) as session:
        own.quizzes.page(session)
        built = len(own.quizzes._context.statements)
        own.quizzes.page(session)

    assert len(own.quizzes._context.statements) == built == 1


async def test_an_async_session_stays_usable_after_a_refusal(database: Database) -> None:
    engine = database.async_engine()
    async with AsyncSession(engine) as session:
        quiz = await QuizFactory.create(session=session, max_attempts=1)
        paper = await attempts.start(session, quiz.id, taker="ann")
        await attempts.submit(session, paper.attempt_id, taker="ann")
        with pytest.raises(Refused):
            await attempts.start(session, quiz.id, taker="ann")
        assert (await quizzes.get(session, quiz.id)).id == quiz.id
        await session.rollback()
    await engine.dispose()
