"""What the tables themselves reject: every constraint of every table, on every database."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import CheckConstraint, Engine, Executable, Table, UniqueConstraint, and_, insert, select, update
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from quizkit.crud import Anonymous, assignments, attempts, banks, categories, questions, quizzes, supervision
from quizkit.models import models
from quizkit.questions import TrueFalse
from quizkit.schemas import (
    AccessSettings,
    BankCreate,
    CategoryCreate,
    CheckResponse,
    DrawSlot,
    QuestionSlot,
    QuizCreate,
    QuizOutline,
    SectionOutline,
)
from quizkit.vocabulary import Behaviour

TABLES = models.tables()


@pytest.fixture
def filled(engine: Engine) -> Iterator[Session]:
    """A transaction with a row in every table and a value in every foreign key; it is rolled back."""
    with Session(engine) as session:
        bank = banks.create(session, BankCreate(name="Rivers")).id
        europe = categories.create(session, CategoryCreate(bank_id=bank, name="Europe")).id
        alps = categories.create(session, CategoryCreate(bank_id=bank, name="Alps", parent_id=europe)).id
        river = TrueFalse(content="The Rhine is a river.", answer=True, tags=["rivers"])
        lake = TrueFalse(content="The Main is a lake.", answer=False)
        asked, _ = questions.add(session, [river, lake], bank_id=bank, category_id=alps)
        quiz = quizzes.create(session, QuizCreate(title="Rivers", behaviour=Behaviour.INTERACTIVE), author="eve").id
        slots: list[QuestionSlot | DrawSlot] = [
            QuestionSlot(question_id=asked.id),
            DrawSlot(bank_id=bank, category_id=alps),
        ]
        quizzes.set_outline(session, quiz, QuizOutline(sections=[SectionOutline(slots=slots)]))
        quizzes.publish(session, quiz)
        (assignment,) = assignments.page(session, quiz_id=quiz).items
        assignments.override(session, assignment.id, AccessSettings(max_attempts=2), taker="ann")
        first = attempts.start(session, quiz, taker="ann").attempt_id
        attempts.check(
            session, first, CheckResponse(slot=1, sequence=1, response={"answer": True}, number=1), taker="ann"
        )
        attempts.submit(session, first, taker="ann")
        supervision.set_lateness(session, first, actor="eve", seconds=0, reason="The network was down.")
        attempts.start(session, quiz, taker="ann")
        owl = Anonymous.new("owl")
        attempts.submit(session, attempts.start(session, quiz, taker=owl).attempt_id, taker=owl)
        attempts.start(session, quiz, taker=owl)
        attempt, event = models.table(models.attempt), models.table(models.grade_event)
        at = session.execute(select(attempt.c.started_at).where(attempt.c.id == first)).scalar_one()
        grade = {
            "id": uuid.uuid4(),
            "attempt_id": first,
            "slot": 1,
            "source": "manual",
            "marker": "x",
            "created_at": at,
        }
        session.execute(insert(event).values(grade))  # no verb inserts one yet
        yield session
        session.rollback()


def error_of(session: Session, statement: Executable) -> str:
    """Return the error message of the database for a statement; an empty one if it accepts the statement."""
    step = session.begin_nested()
    try:
        session.execute(statement)
    except (IntegrityError, OperationalError) as error:  # MariaDB reports a violated CHECK as an operational error
        return str(error.orig)
    finally:
        step.rollback()
    return ""


def row_of(session: Session, table: Table, *filled_in: str, **values: Any) -> dict[str, Any]:
    """Return a row in which some columns are not null and others have the given values."""
    wanted = [table.c[name].is_not(None) for name in filled_in] + [
        table.c[name] == value for name, value in values.items()
    ]
    return dict(session.execute(select(table).where(*wanted).limit(1)).one()._mapping)


def this(table: Table, row: dict[str, Any]) -> Any:
    return and_(*(column == row[column.name] for column in table.primary_key.columns))


BREAKING: dict[str, Any] = {
    "ck_quizkit_attempt_state": lambda row: {"state": "overdue", "submitted_at": row["started_at"]},
    "ck_quizkit_attempt_taker": lambda row: {"pseudonym": "x"},
    "ck_quizkit_attempt_finished": lambda row: {"submitted_at": row["started_at"]},
    "ck_quizkit_attempt_order": lambda row: {
        "state": "submitted",
        "submitted_at": row["started_at"] - timedelta(seconds=1),
    },
    "ck_quizkit_attempt_token": lambda _row: {"token_hash": "x" * 64},
    "ck_quizkit_attempt_repaired": lambda _row: {"late_seconds": 1},
    "ck_quizkit_quiz_grade_reached": lambda row: {
        "reached_at": row["created_at"] if row["reached_at"] is None else None
    },
    "ck_quizkit_slot_draw_min": lambda _row: {"draw_min": 0},
    "ck_quizkit_slot_kind": lambda row: {"question_id": None},
    "ck_quizkit_question_content": lambda row: {"revision": None, "draft": None},
}
"""By check: values that violate it and no other, in an open attempt, a known grade, or a slot with a question."""


NEEDED = {
    "ck_quizkit_slot_kind": ("question_id",),
    "ck_quizkit_attempt_taker": ("taker_id",),
    "ck_quizkit_attempt_token": ("taker_id",),
}
"""By check: the columns that are not null in the row."""


def breaking(table: Table, check: CheckConstraint, row: dict[str, Any]) -> dict[str, Any]:
    """Return values that violate a check."""
    name, rule = str(check.name), str(check.sqltext)
    if name in BREAKING:
        values: dict[str, Any] = BREAKING[name](row)
        return values
    column = name.removeprefix(f"ck_{table.name}_")
    words, least = f"{column} IN (", {f"{column} >= 1": 0, f"{column} >= 0": -1}
    return {column: "other" if rule.startswith(words) else least[rule]}


def test_every_check_constraint_rejects_a_row_that_violates_it(filled: Session) -> None:
    kept = {"attempt": {"state": "open"}}
    accepted = []
    for table in TABLES:
        for check in (one for one in table.constraints if isinstance(one, CheckConstraint)):
            needed = NEEDED.get(str(check.name), ())
            row = row_of(filled, table, *needed, **kept.get(table.name.removeprefix("quizkit_"), {}))
            words = error_of(filled, update(table).where(this(table, row)).values(breaking(table, check, row)))
            if str(check.name) not in words:
                accepted.append((check.name, words))

    assert accepted == []


def test_every_foreign_key_rejects_a_dangling_reference(filled: Session) -> None:
    accepted = []
    for table in TABLES:
        for key in table.foreign_key_constraints:
            (column,) = key.column_keys
            row = row_of(filled, table, column)
            words = error_of(filled, update(table).where(this(table, row)).values({column: uuid.uuid4()}))
            if (str(key.name) if filled.get_bind().dialect.name != "sqlite" else "FOREIGN KEY") not in words:
                accepted.append((key.name, words))

    assert accepted == []


COPIED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "uq_quizkit_attempt_open": ({"state": "open"}, {"number": 3}),
    "uq_quizkit_attempt_number": ({"state": "submitted"}, {}),
    "uq_quizkit_attempt_token_open": ({"state": "open"}, {"number": 3}),
    "uq_quizkit_attempt_token_number": ({"state": "submitted"}, {}),
}
"""By unique key: which attempt to copy, and what to change in the copy, so that it duplicates only this key."""


def test_every_unique_key_rejects_a_duplicate(filled: Session) -> None:
    accepted = []
    for table in TABLES:
        for key in (one for one in table.constraints if isinstance(one, UniqueConstraint)):
            name, columns = str(key.name), [column.name for column in key.columns]
            wanted, changed = COPIED.get(name, ({}, {}))
            row = row_of(filled, table, *(column for column in columns if column != "open_marker"), **wanted)
            words = error_of(filled, insert(table).values({**row, "id": uuid.uuid4(), **changed}))
            of_sqlite = ", ".join(f"{table.name}.{column}" for column in columns)
            if (name if filled.get_bind().dialect.name != "sqlite" else of_sqlite) not in words:
                accepted.append((name, words))

    assert accepted == []


def test_every_primary_key_rejects_a_duplicate(filled: Session) -> None:
    accepted = []
    for table in TABLES:
        words = error_of(filled, insert(table).values(row_of(filled, table)))
        if not any(word in words for word in ("UNIQUE", "_pkey", "pk_quizkit", "PRIMARY")):
            accepted.append((table.name, words))

    assert accepted == []
