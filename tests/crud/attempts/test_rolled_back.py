"""The caches of a process contain nothing that was rolled back."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from conftest import Database
from quizkit.crud import Quizkit
from quizkit.errors import NotFound, Refused
from quizkit.models import models
from quizkit.questions import Choice, Option, Question
from quizkit.schemas import (
    AccessSettings,
    AssignmentCreate,
    AssignmentSettings,
    AssignmentUpdate,
    BankCreate,
    DrawSlot,
    QuizCreate,
    QuizOutline,
    SectionOutline,
)
from quizkit.testing import broken_invariants
from quizkit.vocabulary import Behaviour, TimeUp
from taking import MINUTE, NOON, answer, check, yes


class Process:
    """One kit, as in one process, and a database."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.kit = Quizkit(models)
        self.attempt = uuid.uuid4()

    def __call__(self, verb: Any, *args: Any, **values: Any) -> Any:
        with Session(self.engine) as session, session.begin():
            return verb(session, *args, **values)

    def draft(self, **policy: Any) -> uuid.UUID:
        data = QuizCreate(title="Rivers", questions=[yes(1), yes(2)], **policy)
        made: uuid.UUID = self(self.kit.quizzes.create, data).id
        return made

    def quiz(self, **policy: Any) -> uuid.UUID:
        made = self.draft(**policy)
        self(self.kit.quizzes.publish, made)
        return made

    def start(self, session: Session, quiz_id: uuid.UUID, assignment_id: uuid.UUID) -> Any:
        """Start an attempt with a given id, time and seed."""
        return self.kit.attempts.start(
            session,
            quiz_id,
            taker="ann",
            assignment_id=assignment_id,
            now=NOON,
            attempt_id=self.attempt,
            seed=bytes(16),
        )

    def save(self, session: Session, at: timedelta = MINUTE) -> Any:
        return self.kit.attempts.save(session, self.attempt, answer(1, answer=True), taker="ann", now=NOON + at)

    def broken(self, quiz_id: uuid.UUID) -> list[str]:
        with Session(self.engine) as session:
            return broken_invariants(session, quiz_id=quiz_id)


@pytest.fixture
def process(database: Database) -> Iterator[Process]:
    engine = database.engine()
    yield Process(engine)
    engine.dispose()


@pytest.mark.parametrize("asks", ["start", "explain_access", "save"])
@pytest.mark.parametrize("other", [True, False], ids=["published by another process", "published by the same one"])
def test_a_rolled_back_publication_leaves_no_trace_in_the_cache(process: Process, asks: str, *, other: bool) -> None:
    kit, quiz_id = process.kit, process.draft()
    question = process(kit.quizzes.outline, quiz_id).sections[0].slots[0].question_id

    def publish(session: Session, by: Quizkit[str]) -> None:
        by.questions.revise(session, question, yes(3))
        by.quizzes.publish(session, quiz_id)

    with Session(process.engine) as session:
        publish(session, kit)
        kit.attempts.explain_access(session, quiz_id, taker="ann")
        if asks != "explain_access":
            attempt = kit.attempts.start(session, quiz_id, taker="ann").attempt_id
            if asks == "save":
                kit.attempts.save(session, attempt, answer(1, answer=True), taker="ann")
        session.rollback()
    process(publish, Quizkit(models) if other else kit)

    paper = process(kit.attempts.start, quiz_id, taker="ann")
    for slot in (1, 2):
        process(kit.attempts.save, paper.attempt_id, answer(slot, answer=True), taker="ann")
    assert process(kit.attempts.submit, paper.attempt_id, taker="ann").score == 2
    assert process.broken(quiz_id) == []


def test_a_rolled_back_attempt_leaves_no_penalty_in_the_cache(process: Process) -> None:
    kit, quiz_id = process.kit, process.quiz(time_limit_seconds=600)
    late = AssignmentSettings(time_up=TimeUp.ACCEPT_LATE, late_seconds=3600, late_penalty="1/2")
    assignment_id = process(kit.assignments.create, AssignmentCreate(quiz_id=quiz_id, settings=late)).id
    dearer = AccessSettings(time_up=TimeUp.ACCEPT_LATE, late_seconds=3600, late_penalty="1")

    with Session(process.engine) as session, session.begin():
        step = session.begin_nested()
        kit.assignments.override(session, assignment_id, dearer, taker="ann", now=NOON)
        process.start(session, quiz_id, assignment_id)
        process.save(session)
        step.rollback()
        process.start(session, quiz_id, assignment_id)
        process.save(session, 20 * MINUTE)
        outcome = kit.attempts.submit(session, process.attempt, taker="ann", now=NOON + 21 * MINUTE)

    assert (outcome.score, outcome.late) == (Decimal("0.5"), True)
    assert process.broken(quiz_id) == []


def test_a_rolled_back_attempt_leaves_no_behaviour_in_the_cache(process: Process) -> None:
    kit, quiz_id = process.kit, process.quiz()
    assignment_id = process(kit.assignments.create, AssignmentCreate(quiz_id=quiz_id)).id
    adaptive = AssignmentUpdate(settings=AssignmentSettings(behaviour=Behaviour.ADAPTIVE))

    with Session(process.engine) as session:
        kit.assignments.update(session, assignment_id, adaptive)
        process.start(session, quiz_id, assignment_id)
        process.save(session)
        session.rollback()
    process(process.start, quiz_id, assignment_id)

    with pytest.raises(Refused) as refused:
        process(kit.attempts.check, process.attempt, check(1, 1, answer=True), taker="ann", now=NOON + MINUTE)
    assert refused.value.code == "not_checkable"


def test_a_rolled_back_attempt_leaves_no_paper_in_the_cache(process: Process) -> None:
    kit = process.kit
    bank = process(kit.banks.create, BankCreate(name="x")).id
    quiz_id = process(kit.quizzes.create, QuizCreate(title="x")).id
    drawn = QuizOutline(sections=[SectionOutline(slots=[DrawSlot(bank_id=bank, count=1)])])
    process(kit.quizzes.set_outline, quiz_id, drawn)
    process(kit.questions.add, [yes(1)], bank_id=bank)
    process(kit.quizzes.publish, quiz_id)
    assignment_id = process(kit.assignments.create, AssignmentCreate(quiz_id=quiz_id)).id

    with Session(process.engine) as session:
        only = kit.questions.page(session, bank_id=bank).items[0].id
        kit.questions.archive(session, only)
        kit.questions.add(session, [yes(2)], bank_id=bank)
        process.start(session, quiz_id, assignment_id)
        process.save(session)
        session.rollback()
    process(process.start, quiz_id, assignment_id)
    process(process.save)

    assert process(kit.attempts.submit, process.attempt, taker="ann", now=NOON + MINUTE).score == 1
    assert process.broken(quiz_id) == []


class Drawn:
    """A quiz that draws its only question, with given ids: the rolled back one and the stored one have the same."""

    def __init__(self, process: Process) -> None:
        kit = process.kit
        self.process, self.revision = process, uuid.uuid4()
        self.bank = process(kit.banks.create, BankCreate(name="x")).id
        self.quiz = process(kit.quizzes.create, QuizCreate(title="x")).id
        drawn = QuizOutline(sections=[SectionOutline(slots=[DrawSlot(bank_id=self.bank, count=1)])])
        process(kit.quizzes.set_outline, self.quiz, drawn)
        first = process(kit.questions.add, [yes(0)], bank_id=self.bank)[0].id
        process(kit.quizzes.publish, self.quiz)
        process(kit.questions.archive, first)
        self.assignment_id = process(kit.assignments.create, AssignmentCreate(quiz_id=self.quiz)).id

    def start(self, own: Quizkit[str], session: Session, asked: Question, question: uuid.UUID) -> Any:
        given: dict[str, Any] = {"question_ids": [question], "new_id": lambda: self.revision, "now": NOON}
        own.questions.add(session, [asked], bank_id=self.bank, **given)
        mine: dict[str, Any] = {"taker": "ann", "now": NOON, "attempt_id": self.process.attempt, "seed": bytes(16)}
        return own.attempts.start(session, self.quiz, assignment_id=self.assignment_id, **mine)


def test_a_draw_after_a_rolled_back_one_is_marked_by_its_own_key(process: Process) -> None:
    drawn, other, question = Drawn(process), Quizkit(models), uuid.uuid4()
    right, wrong = yes(1), yes(1).model_copy(update={"answer": False})
    for asked, slot in ((right, 9), (wrong, 1)):  # this kit has cached the attempt but no key, and then loads the key
        with Session(process.engine) as session:
            drawn.start(other, session, asked, question)
            with suppress(NotFound):
                data = answer(slot, answer=True)
                process.kit.attempts.save(session, process.attempt, data, taker="ann", now=NOON + MINUTE)
            session.rollback()

    with Session(process.engine) as session, session.begin():
        drawn.start(other, session, right, question)
        process.save(session)
    assert process(process.kit.attempts.submit, process.attempt, taker="ann", now=NOON + MINUTE).score == 1


def test_a_draw_after_a_rolled_back_one_is_shown_in_its_own_order(process: Process) -> None:
    drawn, asked = Drawn(process), choice(8)
    with Session(process.engine) as session:
        drawn.start(process.kit, session, asked, uuid.UUID(int=1))
        session.rollback()
    with Session(process.engine) as session, session.begin():
        here = drawn.start(process.kit, session, asked, uuid.UUID(int=2))

    there = process(Quizkit(models).attempts.paper, process.attempt, taker="ann", now=NOON)
    assert here.questions == there.questions


def choice(most: int) -> Choice:
    options = [Option(content=f"{n}", weight=1 if n == 1 else 0) for n in range(most)]
    return Choice(content="Which?", options=options, shuffle=True)


def test_a_response_is_marked_by_the_paper_of_the_stored_seed(process: Process) -> None:
    """The same id, time and revision with another seed: the questions are in another order."""
    kit = process.kit
    asked = [yes(n) if n % 2 else yes(n).model_copy(update={"answer": False}) for n in range(8)]
    quiz_id = process(kit.quizzes.create, QuizCreate(title="x", questions=asked, shuffle_questions=True)).id
    process(kit.quizzes.publish, quiz_id)

    def start(session: Session, seed: int) -> Any:
        mine: dict[str, Any] = {"taker": "ann", "now": NOON, "attempt_id": process.attempt}
        return kit.attempts.start(session, quiz_id, seed=bytes([seed]) * 16, **mine)

    with Session(process.engine) as session:
        start(session, 1)
        process.save(session)
        session.rollback()
    paper = process(start, 2)
    for one in paper.questions:
        right = {question.content.text: question.answer for question in asked}[one.view.content.text]
        given = answer(one.slot, answer=right)
        process(kit.attempts.save, process.attempt, given, taker="ann", now=NOON + MINUTE)

    assert process(kit.attempts.submit, process.attempt, taker="ann", now=NOON + MINUTE).score == 8
