"""The examples for other frameworks, and for none: each runs with the command in its docstring."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from conftest import Database
from quizkit.crud import attempts
from quizkit.schemas import SaveResponse
from quizkit.testing import QuizFactory
from serving import ROOT, run, served

EXAMPLES = ROOT / "examples"

QUIZ = {
    "title": "Rivers",
    "max_attempts": 1,
    "questions": [
        {"type": "true_false", "content": "The Rhine is a river.", "answer": True},
        {"type": "short_answer", "content": "The river of Vienna?", "points": 2, "answers": [{"text": "Danube"}]},
    ],
}

SERVERS = {
    "flask": ("flask", "--app", "flask_app", "run", "--port"),
    "litestar": ("litestar", "--app", "litestar_app:app", "run", "--port"),
}


def url_for(framework: str, database: Database) -> str:
    return database.sync_url if framework == "flask" else database.async_url


@pytest.mark.parametrize("framework", SERVERS)
def test_a_quiz_is_created_and_taken_over_http(framework: str, database: Database) -> None:
    url = url_for(framework, database)
    with served(*SERVERS[framework], cwd=EXAMPLES, QUIZKIT_DATABASE_URL=url) as client:
        made = client.post("/quizzes", json=QUIZ)
        assert made.status_code == 201, made.text
        assert made.json()["state"] == "published"
        ann = {"X-User": "ann"}
        started = client.post(f"/quizzes/{made.json()['id']}/attempts", headers=ann)
        assert started.status_code == 201, started.text
        place = f"/attempts/{started.json()['attempt_id']}"
        again = client.get(place, headers=ann).json()
        assert again == {**started.json(), "server_now": again["server_now"], "seconds_left": again["seconds_left"]}
        assert "Danube" not in started.text
        for slot, response in ((1, {"answer": True}), (2, {"text": "danube"})):
            body = {"slot": slot, "sequence": 1, "response": response}
            assert client.put(place, headers=ann, json=body).json()["status"] == "stored"
        done = client.post(f"{place}/submit", headers=ann)
        assert done.json()["score"] == "3", done.text
        assert client.get("/quizzes").json()["items"]

        refused = client.post(f"/quizzes/{made.json()['id']}/attempts", headers=ann)
        assert (refused.status_code, refused.json()["code"]) == (409, "no_attempts_left")
        assert refused.headers["content-type"] == "application/problem+json"
        assert client.get(place, headers={"X-User": "eve"}).status_code == 404
        assert client.get(place).status_code == 401
        bad = client.post("/quizzes", json={"title": "x", "questions": [{"type": "canary5d"}]})
        assert bad.status_code in {400, 422}


def test_a_request_refused_by_flask_stores_nothing(database: Database) -> None:
    with served(*SERVERS["flask"], cwd=EXAMPLES, QUIZKIT_DATABASE_URL=database.sync_url) as client:
        before = client.get("/quizzes").json()["items"]
        refused = client.post("/quizzes", json={"title": "Empty"})  # created, but not published
        assert refused.json()["code"] == "quiz_empty"
        assert client.get("/quizzes").json()["items"] == before


def test_a_worker_finishes_overdue_attempts(database: Database) -> None:
    engine = database.engine()
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    with Session(engine) as session, session.begin():
        quiz = QuizFactory.create(session=session, time_limit_seconds=60)
        attempt = attempts.start(session, quiz.id, taker="worker's", now=long_ago).attempt_id
        view: Any = attempts.paper(session, attempt, taker="worker's", now=long_ago).questions[0]
        data = SaveResponse(slot=view.slot, sequence=1, response={"answer": True})
        attempts.save(session, attempt, data, taker="worker's", now=long_ago)

    result = subprocess.run(
        [sys.executable, "worker.py", "--once"],
        cwd=EXAMPLES,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={"QUIZKIT_DATABASE_URL": database.sync_url, "PATH": ""},
    )

    found = re.search(r"worker: (\d+) attempts finished", result.stdout)
    assert found
    assert int(found[1]) >= 1
    with Session(engine) as session:
        assert attempts.result(session, attempt, taker="worker's").score == 1
    engine.dispose()


def test_a_worker_refuses_to_start_without_tables(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, str(EXAMPLES / "worker.py"), "--once"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert result.returncode == 1
    assert "quizkit db upgrade" in result.stderr


def test_grading_without_a_database() -> None:
    result = run("grade_without_a_database", cwd=EXAMPLES)

    assert "1 of the points, right" in result
    assert "1/2 of the points, partly" in result
    assert "2 860 km earn 1" in result


def test_grading_without_a_database_imports_no_database_library() -> None:
    program = (
        "import sys, grade_without_a_database as g; g.main(); "
        "print(sorted({'sqlalchemy', 'alembic', 'fastapi', 'flask', 'litestar'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=EXAMPLES, capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "[]"
