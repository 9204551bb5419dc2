"""A verb over tables that are not in the database says which command creates them."""

from __future__ import annotations

import traceback
from typing import Any

import pytest
from sqlalchemy import Column, Executable, MetaData, String, Table, exists, select, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session

from conftest import Caller, Database
from mounting import hostile, tables_of
from quizkit.crud import Quizkit, kit
from quizkit.errors import UsageError
from quizkit.models import Quiz, models
from quizkit.questions import TrueFalse
from quizkit.schemas import BankCreate, QuizCreate
from ready import Ready


def gone() -> Quizkit[Any]:
    """Return the kit of tables that nobody has created."""
    return Quizkit(hostile("gone_", user_id=String(64), new_user="7").models)


def error_of(session: Session, verb: Any, *arguments: Any, **values: Any) -> UsageError:
    with pytest.raises(UsageError) as refused, session.begin_nested():
        verb(session, *arguments, **values)
    return refused.value


def test_every_verb_over_missing_tables_names_the_command(call: Caller) -> None:
    def work(session: Session) -> dict[str, UsageError]:
        calls = Ready(session, "missing").calls(gone())
        found = {name: error_of(session, verb, *args, **more) for name, (verb, args, more) in calls.items()}
        session.rollback()
        return found

    for name, error in call.within(work).items():
        assert error.code == "tables_missing", (name, error)
        assert error.params["table"].startswith("gone_"), name
        assert "quizkit db upgrade --tables MODULE:KIT" in error.message
        assert "ensure_schema_current" in error.message


def test_the_ready_made_kit_over_mounted_tables_says_so(empty: Database) -> None:
    engine = empty.engine()
    with tables_of(hostile("theirs_"), engine), Session(engine) as session:
        error = error_of(session, kit.quizzes.page)
        session.rollback()

    assert (error.code, error.params) == ("tables_missing", {"table": "quizkit_quiz"})
    assert "use the kit of your models" in error.message


def test_a_missing_schema_is_reported_like_missing_tables(call: Caller) -> None:
    own = Quizkit(hostile("gone_", schema="gone_schema", user_id=String(64), new_user="7").models)

    def work(session: Session) -> list[UsageError]:
        made = error_of(session, own.banks.create, BankCreate(name="x")), error_of(session, own.banks.page)
        session.rollback()
        return list(made)

    for error in call.within(work):
        assert error.code == "tables_missing"
        assert error.params["table"] in {"gone_bank", "gone_schema"}


def test_a_column_that_nobody_migrated_is_named(empty: Database) -> None:
    """The host has run quizkit's step, and forgotten its own columns."""
    host = hostile("part_")
    engine = empty.engine()
    own = Quizkit(host.models)
    host.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE part_quiz DROP COLUMN course"))
    with Session(engine) as session:
        asked: Any = QuizCreate(title="x", questions=[TrueFalse(content="?", answer=True)])
        error = error_of(session, own.quizzes.create, asked, values={host.Quiz.course: "geo"})
        session.rollback()
    host.metadata.drop_all(engine)
    engine.dispose()

    assert (error.code, error.params) == ("tables_missing", {"table": "part_quiz", "column": "course"})
    assert "part_quiz has no column course, which you added to the class Exam" in error.message
    assert "alembic revision --autogenerate" in error.message
    assert "revision-for-host" not in error.message


def test_a_missing_column_of_quizkit_is_called_quizkits(empty: Database) -> None:
    engine = empty.engine()
    models.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE quizkit_quiz DROP COLUMN description"))
    with Session(engine) as session:
        error = error_of(session, kit.quizzes.page)
    models.metadata.drop_all(engine)
    engine.dispose()

    assert error.params == {"table": "quizkit_quiz", "column": "description"}
    assert "which is quizkit's" in error.message


def test_a_missing_column_of_a_table_in_a_condition_is_the_databases_error(call: Caller) -> None:
    """It has the name of a column of quizkit, in a statement of quizkit."""
    course = Table("missing_course", MetaData(), Column("title", String(9)))

    def work(session: Session) -> None:
        session.execute(text("CREATE TEMPORARY TABLE missing_course (id INTEGER)"))
        with pytest.raises(DBAPIError, match="title"), session.begin_nested():
            kit.quizzes.page(session, where=[exists().where(course.c.title == Quiz.description)])
        session.rollback()

    call.within(work)


def test_the_error_contains_no_input(call: Caller) -> None:
    error = call.within(lambda session: error_of(session, gone().banks.create, BankCreate(name="secret name")))

    assert "secret name" not in "".join(traceback.format_exception(error))


def refused_by_the_database(call: Caller, reads: Executable, match: str) -> None:
    """Start an attempt with a check of the host that reads something that does not exist."""

    def work(session: Session) -> None:
        def admit(_request: Any) -> None:
            session.execute(reads)

        ready = Ready(session, "missing")
        with pytest.raises(DBAPIError, match=match), session.begin_nested():
            Quizkit(models, admit=admit).attempts.start(session, ready.quiz.id, taker="somebody else")
        session.rollback()

    call.within(work)


def test_a_missing_table_of_the_host_is_the_databases_error(call: Caller) -> None:
    """A host's own check may read its tables; their names say what is missing."""
    enrolments = Table("enrolments_of_nobody", MetaData(), Column("id", String(3)))
    quiz = models.table(models.quiz)

    refused_by_the_database(
        call, select(enrolments.c.id).join(quiz, quiz.c.title == enrolments.c.id), "enrolments_of_nobody"
    )


def test_a_missing_column_of_the_host_is_the_databases_error(call: Caller) -> None:
    """A table of quizkit has a column of this name too."""
    refused_by_the_database(call, text("SELECT b.title FROM (SELECT 1 AS a) AS b"), "title")


def test_on_postgresql_the_transaction_has_to_be_rolled_back(call: Caller) -> None:
    """On SQLite and MariaDB it goes on."""

    def work(session: Session) -> bool:
        with session.begin_nested() as inner:
            with pytest.raises(UsageError):
                gone().banks.page(session)
            try:
                return bool(session.scalar(text("SELECT 1")))
            except SQLAlchemyError:
                inner.rollback()
        return False

    assert call.within(work) is (call.database.kind != "postgresql")


def test_tables_of_an_uncommitted_create_all_are_gone_and_the_error_says_why(tmp_path: Any) -> None:
    engine = Database("sqlite", f"sqlite:///{tmp_path}/a.db", "").engine()
    with engine.connect() as connection:
        models.metadata.create_all(connection)  # no commit
    with Session(engine) as session:
        error = error_of(session, kit.quizzes.page)
    models.metadata.create_all(engine)  # commits
    with Session(engine) as session:
        assert kit.quizzes.page(session).items == ()
    engine.dispose()

    assert "If create_all made the tables, commit it" in error.message


def test_a_dict_instead_of_a_schema_is_refused_with_the_line_that_makes_one(session: Session) -> None:
    create: Any = kit.quizzes.create
    with pytest.raises(UsageError, match=r"QuizCreate.*QuizCreate\.model_validate\(data\)") as refused:
        create(session, {"title": "x"})

    assert refused.value.code == "argument_type"
