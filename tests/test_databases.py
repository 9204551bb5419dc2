"""The three databases behave the same: text, numbers, times, JSON, conflicts, locks and checks."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, func, insert, inspect, select, update
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from conftest import Database, shared_engine
from quizkit.crud import Quizkit, attempts, banks, categories, questions, quizzes
from quizkit.errors import Invalid, NotFound
from quizkit.models import Attempt, AttemptResponse, Bank, Question, models
from quizkit.questions import Essay, EssayResponse, TrueFalse
from quizkit.schemas import BankCreate, CategoryCreate, QuizCreate, SaveResponse
from quizkit.testing import QuizFactory

NOW = datetime(2026, 11, 1, 12, 30, 15, 123456, tzinfo=UTC)

ALIKE = ["e", "E", "é", "É", "e\u0301", "e ", " e", "ß", "ss", "\u0131", "i", "Ⅷ", "\uff41", "a", "\u00a0", "😀", "😁"]


def test_the_longest_user_id_takes_a_quiz(engine: Engine) -> None:
    own, taker = Quizkit(models), "\U0001f600" * 255
    with Session(engine) as session:
        quiz = own.quizzes.create(
            session, QuizCreate(title="Rivers", questions=[TrueFalse(content="?", answer=True)]), author=taker
        )
        own.quizzes.publish(session, quiz.id)
        attempt = own.attempts.start(session, quiz.id, taker=taker).attempt_id
        own.attempts.submit(session, attempt, taker=taker)
        session.commit()

        assert quiz.author_id == taker
        assert [one.taker_id for one in own.gradebook.grades(session, quiz_id=quiz.id).items] == [taker]
        with pytest.raises(Invalid) as refused:
            own.attempts.start(session, quiz.id, taker=taker + "x")
    assert refused.value.code == "argument_invalid"


def test_takers_with_similar_ids_are_different_takers(engine: Engine) -> None:
    """In MariaDB's default collation é equals E, and trailing spaces are ignored."""
    own = Quizkit(models)
    with Session(engine) as session:
        quiz = QuizFactory.create(session=session, max_attempts=1)
        found = {taker: own.attempts.start(session, quiz.id, taker=taker).attempt_id for taker in ALIKE}
        for taker, attempt in found.items():
            assert [one.id for one in own.attempts.page(session, taker=taker, quiz_id=quiz.id).items] == [attempt]
            others = [other for other in ALIKE if other != taker]
            for other in others[:3]:
                with pytest.raises(NotFound):
                    own.attempts.get(session, attempt, taker=other)
        session.rollback()

    assert len(set(found.values())) == len(ALIKE)


def test_text_is_sorted_by_code_point(engine: Engine) -> None:
    with Session(engine) as session:
        if engine.dialect.name == "postgresql":
            names = select(Bank.name).order_by(Bank.name.collate("C"))  # there the collation is the host's choice
        else:
            names = select(Bank.name).order_by(Bank.name)
        made = [banks.create(session, BankCreate(name=f"x{name}x")).id for name in ALIKE]
        found = session.scalars(names.where(Bank.id.in_(made))).all()
        session.rollback()

    assert list(found) == sorted(found)


@pytest.mark.parametrize(
    "text", ["", " ", "e ", "É", "a\nb\r\nc\t", "\u202eabc", "😀" * 10, "'\"\\;--%_", "\ufffd", "\u0001"]
)
def test_any_text_is_read_back_unchanged(engine: Engine, text: str) -> None:
    own = Quizkit(models)
    with Session(engine) as session:
        quiz = own.quizzes.create(session, QuizCreate(title="x", questions=[Essay(content="Why?")]))
        own.quizzes.publish(session, quiz.id)
        attempt = own.attempts.start(session, quiz.id, taker="ann").attempt_id
        data = SaveResponse(slot=1, sequence=1, response={"text": text})
        saved = own.attempts.save(session, attempt, data, taker="ann")
        again = own.attempts.paper(session, attempt, taker="ann").questions[0].response
        session.rollback()

    assert again == saved.response
    assert again == EssayResponse(text=text)


def test_numbers_times_and_flags_are_read_back_unchanged(engine: Engine) -> None:
    own = Quizkit(models)
    third = TrueFalse(content="?", answer=True, points=Decimal("0.3333333"))
    with Session(engine) as session:
        quiz = own.quizzes.create(
            session, QuizCreate(title="x", questions=[third] * 3, shuffle_questions=True, time_limit_seconds=1), now=NOW
        )
        published = own.quizzes.publish(session, quiz.id, now=NOW)
        paper = own.attempts.start(session, quiz.id, taker="ann", now=NOW)
        for slot in (1, 2, 3):
            data = SaveResponse(slot=slot, sequence=1, response={"answer": True})
            at = NOW + timedelta(microseconds=1)
            assert own.attempts.save(session, paper.attempt_id, data, taker="ann", now=at).received_at == at
        outcome = own.attempts.submit(session, paper.attempt_id, taker="ann", now=NOW + timedelta(microseconds=2))
        stored = own.attempts.get(session, paper.attempt_id, taker="ann")
        read = own.quizzes.get(session, quiz.id)
        session.rollback()

    assert (outcome.score, outcome.max_score) == (Decimal("0.9999999"), Decimal("0.9999999"))
    assert stored.score == outcome.score
    assert (stored.started_at, stored.due_at) == (NOW, NOW + timedelta(seconds=1))
    assert outcome.submitted_at == NOW + timedelta(microseconds=2)
    assert read == published
    assert read.shuffle_questions is True


@pytest.mark.parametrize(("late", "refused"), [(-1, False), (0, False), (1, True)])
def test_a_microsecond_decides_whether_a_response_is_in_time(engine: Engine, late: int, refused: bool) -> None:
    from quizkit.errors import Refused

    own = Quizkit(models)
    with Session(engine) as session:
        quiz = QuizFactory.create(session=session, time_limit_seconds=60, grace_seconds=5)
        paper = own.attempts.start(session, quiz.id, taker="ann", now=NOW)
        at = NOW + timedelta(seconds=65, microseconds=late)
        data = SaveResponse(slot=1, sequence=1, response={"answer": True})
        if refused:
            with pytest.raises(Refused, match="deadline has passed"):
                own.attempts.save(session, paper.attempt_id, data, taker="ann", now=at)
        else:
            assert own.attempts.save(session, paper.attempt_id, data, taker="ann", now=at).sequence == 1
        session.rollback()


def test_json_keeps_its_keys_their_order_and_the_types_of_its_values(engine: Engine) -> None:
    body: dict[str, Any] = {"z": 1, "a": [True, False, None, 1.5, "É", {"é": "", "e": 2**53}], "": {}}
    question = questions_row = None
    with Session(engine) as session:
        quiz = QuizFactory.create(session=session)
        questions_row = questions.page(session, bank_id=quiz.bank_id, limit=1).items[0]
        question = models.table(models.question_revision)
        session.execute(update(question).where(question.c.id == questions_row.revision_id).values(view=body))
        found = session.execute(select(question.c.view).where(question.c.id == questions_row.revision_id)).scalar_one()
        session.rollback()

    assert found == body
    if engine.dialect.name != "postgresql":  # json preserves the text there, but hosts may choose jsonb
        assert list(found) == ["z", "a", ""]


@pytest.mark.parametrize(
    ("table", "values"),
    [
        (Attempt, {"state": "overdue"}),
        (Attempt, {"purpose": "Real"}),
        (Attempt, {"number": 0}),
        (Attempt, {"taker_id": None}),
        (Attempt, {"pseudonym": "x"}),
        (Attempt, {"submitted_at": NOW}),
        (AttemptResponse, {"slot": 0}),
        (AttemptResponse, {"sequence": 0}),
        (Question, {"revision": 0}),
    ],
)
def test_the_database_rejects_an_invalid_row(engine: Engine, table: Any, values: dict[str, Any]) -> None:
    with Session(engine) as session:
        quiz = QuizFactory.create(session=session)
        attempt = attempts.start(session, quiz.id, taker="ann").attempt_id
        data = SaveResponse(slot=1, sequence=1, response={"answer": True})
        attempts.save(session, attempt, data, taker="ann")
        with pytest.raises(
            (IntegrityError, OperationalError)
        ):  # MariaDB reports a violated CHECK as an operational error
            session.execute(update(table).values(values).execution_options(synchronize_session=False))
        session.rollback()


def test_the_database_rejects_deleting_a_referenced_row(engine: Engine) -> None:
    """F20: rows are archived, and a hard delete is refused."""
    with Session(engine) as session, session.begin():
        quiz = QuizFactory.create(session=session)
        category = categories.create(session, CategoryCreate(bank_id=quiz.bank_id, name="Rivers"))
        questions.add(session, [TrueFalse(content="?", answer=True)], bank_id=quiz.bank_id, category_id=category.id)
        attempts.start(session, quiz.id, taker=str(uuid.uuid4()))
    leaves = ("_response", "_event", "_attempt", "_slot", "_tag", "_grade")
    for table in models.tables():
        if table.name.endswith(leaves):
            continue
        with Session(engine) as session:
            with pytest.raises(IntegrityError):
                session.execute(table.delete())
            session.rollback()
    with Session(engine) as session:
        assert quizzes.get(session, quiz.id) == quiz


@settings(max_examples=15)
@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40), min_size=2, max_size=4, unique=True
    )
)
@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_different_texts_compare_as_different_in_the_database(
    kind: str, request: pytest.FixtureRequest, names: list[str]
) -> None:
    database: Database = request.getfixturevalue(f"migrated_{kind}")
    with shared_engine(database).connect() as connection:
        at = {"created_at": NOW, "updated_at": NOW}
        table: Any = Bank.__table__
        ids = [uuid.uuid4() for _ in names]
        connection.execute(insert(table), [{"id": i, "name": n, **at} for i, n in zip(ids, names, strict=True)])
        for name in names:
            of_this = select(func.count()).where(table.c.id.in_(ids), table.c.name == name)
            assert connection.execute(of_this).scalar_one() == 1
        connection.rollback()


def test_a_mariadb_with_other_defaults_stores_the_same_values(mariadb_url: str) -> None:
    """A database in latin1, and a session under either name of the dialect."""
    from sqlalchemy import make_url, text

    from quizkit import migrations

    name = f"quizkit_latin_{uuid.uuid4().hex[:12]}"
    server = create_engine(make_url(mariadb_url).set(drivername="mysql+pymysql"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} CHARACTER SET latin1 COLLATE latin1_swedish_ci"))
    made = make_url(mariadb_url).set(database=name)
    engines = [create_engine(made.set(drivername=driver)) for driver in ("mysql+pymysql", "mariadb+pymysql")]
    migrations.upgrade(engines[0])
    assert [migrations.check(engine) for engine in engines] == [[], []]
    with Session(engines[0]) as session, session.begin():
        quiz = QuizFactory.create(session=session)
        first = attempts.start(session, quiz.id, taker="É").attempt_id
    with Session(engines[1]) as session, session.begin():
        assert attempts.get(session, first, taker="É").id == first
        assert attempts.start(session, quiz.id, taker="e").attempt_id != first
        bank = banks.create(session, BankCreate(name="Ж😀"))
    with Session(engines[0]) as session:
        assert banks.get(session, bank.id).name == "Ж😀"
    with engines[1].begin() as connection:
        connection.execute(
            text("ALTER TABLE quizkit_bank MODIFY name VARCHAR(128) COLLATE utf8mb4_general_ci NOT NULL")
        )
    found = migrations.check(engines[1])
    assert "column name of quizkit_bank is not compared by code point (collation utf8mb4_nopad_bin)" in found
    for engine in engines:
        engine.dispose()
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name}"))
    server.dispose()


def test_the_tables_have_their_documented_names(engine: Engine) -> None:
    assert {table.name for table in models.tables()} <= set(inspect(engine).get_table_names())
