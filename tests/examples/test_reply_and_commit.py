"""No example replies before COMMIT: if that fails, no reply claims that something is stored."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from conftest import Database, on_sqlite
from quizkit import migrations
from quizkit.crud import attempts
from quizkit.testing import QuizFactory
from serving import ROOT, run, served, unmeasured

EXAMPLES = ROOT / "examples"
KINDS = ["sqlite", "postgresql"]  # MariaDB checks nothing at COMMIT
ANN = {"X-User": "ann"}
ANSWER = {"slot": 1, "sequence": 1, "response": {"answer": True}}

BREAK = {
    "sqlite": (
        "CREATE TABLE promised (id INTEGER PRIMARY KEY)",
        "CREATE TABLE broken (id INTEGER REFERENCES promised (id) DEFERRABLE INITIALLY DEFERRED)",
        "CREATE TRIGGER breaks AFTER {change} ON {table} BEGIN INSERT INTO broken VALUES (1); END",
    ),
    "postgresql": (
        "CREATE FUNCTION breaks() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'broken'; END $$",
        "CREATE CONSTRAINT TRIGGER breaks AFTER {change} ON {table} INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION breaks()",
    ),
}
MEND = {
    "sqlite": ("DROP TRIGGER breaks", "DROP TABLE broken", "DROP TABLE promised"),
    "postgresql": ("DROP TRIGGER breaks ON {table}", "DROP FUNCTION breaks"),
}


@contextmanager
def commits_that_fail(engine: Engine, table: str, change: str = "INSERT") -> Iterator[None]:
    """Let every statement succeed and COMMIT fail, for transactions that change a table."""

    def send(statements: tuple[str, ...]) -> None:
        with engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement.format(table=table, change=change)))

    send(BREAK[engine.dialect.name])
    try:
        yield
    finally:
        send(MEND[engine.dialect.name])


@pytest.fixture(params=KINDS)
def stored(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    """A database with the tables of the ready-made models."""
    if request.param == "postgresql":
        made: Database = request.getfixturevalue("migrated_postgresql")
        return made
    made = on_sqlite(tmp_path / "app.db")
    migrations.upgrade(made.sync_url)
    return made


@pytest.fixture
def engine(stored: Database) -> Iterator[Engine]:
    made = stored.engine()
    yield made
    made.dispose()


@pytest.fixture
def attempt(engine: Engine) -> Any:
    """An open attempt of Ann."""
    with Session(engine) as session, session.begin():
        quiz = QuizFactory.create(session=session)
        return attempts.start(session, quiz.id, taker="ann").attempt_id


def tells_the_truth(client: httpx.Client, engine: Engine, place: str, table: str, headers: dict[str, str]) -> None:
    """The reply reports a save as stored exactly if it is."""
    with commits_that_fail(engine, table):
        # Servers close a connection after an unhandled error.
        lost = client.put(place, headers={**headers, "Connection": "close"}, json=ANSWER)
        assert lost.status_code == 500, lost.text
        assert "stored" not in lost.text

    kept = client.put(place, headers=headers, json=ANSWER)
    assert (kept.status_code, kept.json()["status"]) == (200, "stored")
    again = client.put(place, headers=headers, json=ANSWER)
    assert (again.status_code, again.json()["status"]) == (200, "stored")


SERVERS = {
    "fastapi": (("uvicorn", "fastapi_app:app", "--port"), "/attempts/{}/responses"),
    "flask": (("flask", "--app", "flask_app", "run", "--port"), "/attempts/{}"),
    "litestar": (("litestar", "--app", "litestar_app:app", "run", "--port"), "/attempts/{}"),
}


@pytest.mark.parametrize("framework", SERVERS)
def test_an_example_commits_before_it_answers(framework: str, stored: Database, engine: Engine, attempt: Any) -> None:
    words, place = SERVERS[framework]
    url = stored.sync_url if framework == "flask" else stored.async_url
    with served(*words, cwd=EXAMPLES, QUIZKIT_DATABASE_URL=url) as client:
        tells_the_truth(client, engine, place.format(attempt), "quizkit_attempt_response", ANN)


@pytest.mark.parametrize("stored", ["sqlite"], indirect=True)
def test_the_page_about_fastapi_commits_before_it_answers(
    stored: Database, engine: Engine, attempt: Any, tmp_path: Path
) -> None:
    page = (ROOT / "docs/how-to/fastapi.md").read_text()
    (tmp_path / "page.py").write_text(re.findall(r"```python\n(.*?)```", page, re.DOTALL)[0])
    with served("uvicorn", "page:app", "--port", cwd=tmp_path) as client:
        tells_the_truth(client, engine, f"/attempts/{attempt}/responses", "quizkit_attempt_response", ANN)


@pytest.mark.parametrize("stored", ["sqlite"], indirect=True)
def test_the_existing_application_commits_before_it_answers(stored: Database, tmp_path: Path) -> None:
    place = tmp_path / "school"
    shutil.copytree(EXAMPLES / "fastapi_existing_app", place, ignore=shutil.ignore_patterns("__pycache__", "*.db*"))
    database = on_sqlite(tmp_path / "school.db")
    run("alembic", "upgrade", "head", cwd=place, DATABASE_URL=database.async_url)
    engine = create_engine(database.sync_url)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO users (id, email) VALUES (1, 't@example.org'), (2, 'ann@example.org')"))
        connection.execute(text("INSERT INTO courses (id, title, teacher_id) VALUES (3, 'Rivers', 1)"))
    asked = [{"type": "true_false", "content": "The Rhine is a river.", "answer": True}]
    with served("uvicorn", "app.main:app", "--port", cwd=place, DATABASE_URL=database.async_url) as client:
        made = client.post("/courses/3/quizzes", headers={"X-User": "1"}, json={"title": "x", "questions": asked})
        begun = client.post(f"/quizzes/{made.json()['id']}/attempts", headers={"X-User": "2"}).json()["attempt_id"]
        tells_the_truth(client, engine, f"/attempts/{begun}", "exam_attempt_response", {"X-User": "2"})
    engine.dispose()


def test_a_worker_reports_only_committed_work(stored: Database, engine: Engine) -> None:
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    with Session(engine) as session, session.begin():
        quiz = QuizFactory.create(session=session, time_limit_seconds=60)
        overdue = attempts.start(session, quiz.id, taker="worker's", now=long_ago).attempt_id

    def work() -> Any:
        return subprocess.run(
            [sys.executable, "worker.py", "--once"],
            cwd=EXAMPLES,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env=unmeasured(QUIZKIT_DATABASE_URL=stored.sync_url),
        )

    with commits_that_fail(engine, "quizkit_attempt", "UPDATE"):
        result = work()
    assert result.returncode == 1
    assert "finished" not in result.stdout
    with Session(engine) as session:
        assert attempts.get(session, overdue, taker="worker's").submitted_at is None

    assert "attempts finished" in work().stdout
    with Session(engine) as session:
        assert attempts.get(session, overdue, taker="worker's").submitted_at is not None


def test_every_dependency_that_commits_ends_before_the_reply() -> None:
    """By default FastAPI ends them after the reply. New pages and examples must not do so."""
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *EXAMPLES.rglob("*.py")]
    asked = [found for page in pages for found in re.findall(r"Depends\(get_session[^)]*\)", page.read_text())]

    assert len(asked) >= 3
    assert set(asked) == {'Depends(get_session, scope="function")'}
