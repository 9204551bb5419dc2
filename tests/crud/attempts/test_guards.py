"""Guards that no other test covers: each of these tests fails if its guard is removed."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from quizkit.crud import Quizkit
from quizkit.errors import NotFound
from quizkit.models import models
from quizkit.questions import ShortAnswer, TextAnswer
from quizkit.schemas import AssignmentSettings, AssignmentUpdate, QuizCreate
from quizkit.testing import broken_invariants
from quizkit.vocabulary import Behaviour, TimeUp
from taking import HOUR, NOON, TICK, answer, check, river, yes

Kit = Quizkit[str]
Act = Callable[[Kit, Session, uuid.UUID, str], Any]

ACTS: dict[str, Act] = {
    "save": lambda kit, s, a, taker: kit.attempts.save(s, a, answer(1, 9, text="Rhine"), taker=taker, now=NOON),
    "check": lambda kit, s, a, taker: kit.attempts.check(s, a, check(1, 1, text="Rhine"), taker=taker, now=NOON),
    "try_again": lambda kit, s, a, taker: kit.attempts.try_again(s, a, slot=1, taker=taker, now=NOON),
    "flag": lambda kit, s, a, taker: kit.attempts.flag(s, a, slot=1, taker=taker, now=NOON),
    "visit": lambda kit, s, a, taker: kit.attempts.visit(s, a, slot=1, taker=taker, now=NOON),
    "submit": lambda kit, s, a, taker: kit.attempts.submit(s, a, taker=taker, now=NOON),
    "paper": lambda kit, s, a, taker: kit.attempts.paper(s, a, taker=taker, now=NOON),
}


def quiz_of(kit: Kit, session: Session, *asked: Any, **policy: Any) -> uuid.UUID:
    quiz = kit.quizzes.create(session, QuizCreate(title="x", questions=asked or (river(),), **policy))
    kit.quizzes.publish(session, quiz.id)
    return quiz.id


def rows_of(session: Session) -> list[list[Any]]:
    tables = (models.attempt, models.attempt_response, models.try_event)
    return [sorted(map(str, session.execute(select(models.table(one))))) for one in tables]


@pytest.mark.parametrize("act", ACTS)
def test_cached_facts_of_an_attempt_give_no_other_taker_access(engine: Engine, act: str) -> None:
    """The kit has cached Ann's attempt; Ben knows its id."""
    kit: Kit = Quizkit(models)
    with Session(engine) as session:
        quiz = quiz_of(kit, session, behaviour=Behaviour.INTERACTIVE)
        ann = kit.attempts.start(session, quiz, taker="ann", now=NOON).attempt_id
        kit.attempts.save(session, ann, answer(1, text="Danube"), taker="ann", now=NOON)
        before = rows_of(session)

        with pytest.raises(NotFound) as refused:
            ACTS[act](kit, session, ann, "ben")

        assert refused.value.code == "attempt_not_found"
        assert rows_of(session) == before


def another_with_the_same_id(
    engine: Engine, behaviour: Behaviour, seed: bytes | None = None
) -> tuple[Kit, Kit, uuid.UUID, uuid.UUID]:
    """A kit that cached a rolled back attempt, another that started one with the same id, and both ids.

    The first attempt had the river of Vienna, the second has that of Cologne.
    """
    kit, other, mine = Quizkit(models), Quizkit(models), uuid.uuid4()
    with Session(engine) as session, session.begin():
        quiz = quiz_of(kit, session, behaviour=behaviour)
        [question] = kit.questions.page(session, bank_id=kit.quizzes.get(session, quiz).bank_id).items
    with Session(engine) as session:
        kit.attempts.start(session, quiz, taker="ann", attempt_id=mine, seed=seed, now=NOON)
        kit.attempts.save(session, mine, answer(1, text="Danube"), taker="ann", now=NOON)
        session.rollback()
    rhine = ShortAnswer(content="The river of Cologne?", answers=[TextAnswer(text="Rhine")], hints=river().hints)
    with Session(engine) as session, session.begin():
        other.questions.revise(session, question.id, rhine)
        other.quizzes.publish(session, quiz)
        other.attempts.start(session, quiz, taker="ann", attempt_id=mine, seed=seed, now=NOON)
    return kit, other, quiz, mine


@pytest.mark.parametrize("seed", [None, bytes(16)], ids=["any seed", "the same seed"])
@pytest.mark.parametrize(("act", "behaviour"), [("save", Behaviour.DEFERRED), ("check", Behaviour.INTERACTIVE)])
def test_a_response_is_marked_by_the_stored_paper_and_not_by_a_cached_one_of_the_same_id(
    engine: Engine, act: str, behaviour: Behaviour, seed: bytes | None
) -> None:
    kit, other, quiz, mine = another_with_the_same_id(engine, behaviour, seed)

    with Session(engine) as session, session.begin():
        ACTS[act](kit, session, mine, "ann")
        outcome = other.attempts.submit(session, mine, taker="ann", now=NOON)

    assert outcome.score == 1
    with Session(engine) as session:
        assert broken_invariants(session, quiz_id=quiz) == []


LATE: dict[str, Any] = {
    "time_limit_seconds": 600,
    "time_up": TimeUp.ACCEPT_LATE,
    "late_seconds": 3000,
    "late_penalty": Fraction(1),
}


def late_quiz(kit: Kit, session: Session) -> tuple[uuid.UUID, uuid.UUID]:
    """A quiz in which late responses earn nothing, and its assignment."""
    quiz = quiz_of(kit, session, **LATE)
    return quiz, kit.assignments.page(session, quiz_id=quiz).items[0].id


def test_a_response_counts_under_the_stored_policy_of_its_attempt(engine: Engine) -> None:
    kit, mine, seed = Quizkit(models), uuid.uuid4(), bytes(16)
    with Session(engine) as session, session.begin():
        quiz, assignment_id = late_quiz(kit, session)
    with Session(engine) as session:
        kit.attempts.start(session, quiz, taker="ann", attempt_id=mine, seed=seed, now=NOON)
        kit.attempts.save(session, mine, answer(1, text="Danube"), taker="ann", now=NOON)
        session.rollback()
    with Session(engine) as session, session.begin():
        half = AssignmentSettings(late_penalty=Fraction(1, 2))
        kit.assignments.update(session, assignment_id, AssignmentUpdate(settings=half))
        kit.attempts.start(session, quiz, taker="ann", attempt_id=mine, seed=seed, now=NOON + TICK)
        kit.attempts.save(session, mine, answer(1, text="Danube"), taker="ann", now=NOON + HOUR / 2)
        outcome = kit.attempts.submit(session, mine, taker="ann", now=NOON + HOUR / 2)

    assert outcome.grade == Fraction(1, 2)


@pytest.mark.parametrize("act", ["save", "submit"])
def test_a_rolled_back_extension_makes_no_response_timely(engine: Engine, act: str) -> None:
    """A response in time survives a late one, even if the kit has cached a later deadline."""
    kit: Kit = Quizkit(models)
    late: dict[str, Any] = {"taker": "ann", "now": NOON + HOUR / 4}
    with Session(engine) as session, session.begin():
        quiz, assignment_id = late_quiz(kit, session)
        mine = kit.attempts.start(session, quiz, taker="ann", now=NOON).attempt_id
        Quizkit(models).attempts.save(session, mine, answer(1, 1, text="Danube"), taker="ann", now=NOON)
    with Session(engine) as session:
        kit.assignments.extend(session, assignment_id, seconds=2400, now=NOON)
        kit.attempts.save(session, mine, answer(1, 2, text="Rhine"), taker="ann", now=NOON)
        session.rollback()
    with Session(engine) as session, session.begin():
        wrong = answer(1, 2, text="Rhine")
        if act == "save":
            kit.attempts.save(session, mine, wrong, **late)
        outcome = kit.attempts.submit(session, mine, responses=[] if act == "save" else [wrong], **late)

    assert outcome.score == 1
    with Session(engine) as session:
        assert broken_invariants(session, quiz_id=quiz) == []


def test_a_repeated_check_returns_the_stored_paper(engine: Engine) -> None:
    kit, other, _, mine = another_with_the_same_id(engine, Behaviour.INTERACTIVE)

    with Session(engine) as session, session.begin():
        first = ACTS["check"](other, session, mine, "ann")
        again = ACTS["check"](kit, session, mine, "ann")

    assert again == first
    assert again.question.view.content.text == "The river of Cologne?"


@pytest.mark.parametrize("slot", [0, -1, 2])
@pytest.mark.parametrize("verb", ["try_again", "flag", "visit"])
def test_a_slot_that_is_not_on_the_paper_is_not_found(engine: Engine, verb: str, slot: int) -> None:
    """In Python, index -1 for slot 0 would be the last slot."""
    kit: Kit = Quizkit(models)
    with Session(engine) as session:
        quiz = quiz_of(kit, session, behaviour=Behaviour.INTERACTIVE)
        ann = kit.attempts.start(session, quiz, taker="ann", now=NOON).attempt_id

        with pytest.raises(NotFound) as refused:
            getattr(kit.attempts, verb)(session, ann, slot=slot, taker="ann", now=NOON)

    assert refused.value.code == "slot_not_found"


def test_every_computation_locks_grades_in_one_order(engine: Engine) -> None:
    """Neither in the order of starts nor in the order of deadlines."""
    kit: Kit = Quizkit(models)
    order: list[list[str]] = []

    def note(_c: Any, _cursor: Any, statement: str, values: Any, _context: Any, many: bool) -> None:
        if many and f"UPDATE {models.table(models.quiz_grade).name} " in statement and "SET updated_at" in statement:
            mine = [name for one in values for name in takers if name in str(one)]
            order.extend([mine] if mine else [])  # other tests also leave overdue attempts

    takers = [f"{name} {uuid.uuid4()}" for name in ("zoe", "ann", "mia", "ben")]
    with Session(engine) as session:
        quiz = quiz_of(kit, session, yes(), time_limit_seconds=60)
        for minutes, taker in enumerate(takers):
            kit.attempts.start(session, quiz, taker=taker, now=NOON - timedelta(minutes=minutes))
        assignment_id = kit.assignments.page(session, quiz_id=quiz).items[0].id
        event.listen(engine, "before_cursor_execute", note)
        kit.gradebook.expire_due(session, limit=200, now=NOON + HOUR)
        kit.gradebook.rebuild(session, assignment_id=assignment_id, now=NOON + HOUR)
        event.remove(engine, "before_cursor_execute", note)

    assert order == [sorted(takers)] * 2
