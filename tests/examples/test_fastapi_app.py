"""The tests of the article: httpx over ASGI, a session that is rolled back, factories, dirty-equals."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from dirty_equals import IsDatetime, IsNow, IsPartialDict, IsStr, IsUUID
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from quizkit.models import Quiz
from quizkit.questions import Choice, Option
from quizkit.testing import ChoiceFactory, QuizFactory, ShortAnswerFactory, rolled_back

EXAMPLE = Path(__file__).parents[2] / "examples" / "fastapi_app.py"


@pytest.fixture(scope="module")
def example() -> Any:
    spec = importlib.util.spec_from_file_location("fastapi_app", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["fastapi_app"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
async def session(async_engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    async with rolled_back(async_engine) as made:
        yield made


@pytest.fixture
async def client(example: Any, session: AsyncSession) -> AsyncIterator[httpx.AsyncClient]:
    async def the_same_session() -> AsyncIterator[AsyncSession]:
        async with session.begin_nested() if session.in_transaction() else session.begin():
            yield session

    example.app.dependency_overrides[example.get_session] = the_same_session
    transport = httpx.ASGITransport(app=example.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test", headers={"X-User": "ann"}) as made:
        yield made
    example.app.dependency_overrides.clear()


QUIZ = {
    "title": "Rivers",
    "description": "Of Europe",
    "questions": [
        {"type": "true_false", "content": "The Rhine is a river.", "answer": True},
        {"type": "short_answer", "content": "The river of Vienna?", "points": 2, "answers": [{"text": "Danube"}]},
    ],
}


async def test_a_quiz_is_created(client: httpx.AsyncClient) -> None:
    answered = await client.post("/quizzes", json=QUIZ)

    assert answered.status_code == 201
    assert answered.json() == IsPartialDict(
        id=IsUUID,
        title="Rivers",
        description="Of Europe",
        state="draft",
        created_at=IsNow(iso_string=True, tz="UTC", delta=10),
        updated_at=IsNow(iso_string=True, tz="UTC", delta=10),
        published_at=None,
    )


async def test_a_quiz_is_shown(client: httpx.AsyncClient, session: AsyncSession) -> None:
    quiz = await QuizFactory.create(session=session, title="Lakes")

    answered = await client.get(f"/quizzes/{quiz.id}")

    assert answered.json() == IsPartialDict(id=str(quiz.id), title="Lakes", published_at=IsDatetime(iso_string=True))


async def test_quizzes_are_listed(client: httpx.AsyncClient, session: AsyncSession) -> None:
    await QuizFactory.create(session=session)

    answered = await client.get("/quizzes")

    assert IsPartialDict(id=IsUUID, state="published") in answered.json()["items"]


async def test_a_quiz_that_does_not_exist_is_a_problem(client: httpx.AsyncClient) -> None:
    answered = await client.get("/quizzes/00000000-0000-7000-8000-000000000000")

    assert (answered.status_code, answered.headers["content-type"]) == (404, "application/problem+json")
    assert answered.json() == {
        "type": "urn:quizkit:problem:quiz_not_found",
        "title": "Not found",
        "status": 404,
        "detail": "There is no such quiz",
        "code": "quiz_not_found",
    }


async def test_a_whole_attempt(client: httpx.AsyncClient) -> None:
    quiz_id = (await client.post("/quizzes", json=QUIZ)).json()["id"]
    more = [{"type": "essay", "content": "Why?", "points": "0.5"}]
    added = await client.post(f"/quizzes/{quiz_id}/questions", json=more)
    assert added.status_code == 201
    assert added.json() == [IsPartialDict(type="essay", points="0.5", revision=1)]
    await client.post(f"/quizzes/{quiz_id}/publish")

    started = await client.post(f"/quizzes/{quiz_id}/attempts")
    assert started.status_code == 201
    attempt = started.json()["attempt_id"]
    again = (await client.get(f"/attempts/{attempt}/paper")).json()
    assert again == {**started.json(), "server_now": again["server_now"], "seconds_left": again["seconds_left"]}
    for slot, response in ((1, {"answer": True}), (2, {"text": "danube"}), (3, {"text": "Because."})):
        body = {"slot": slot, "response": response, "sequence": 1}
        saved = await client.put(f"/attempts/{attempt}/responses", json=body)
        assert saved.json() == IsPartialDict(slot=slot, status="stored", sequence=1, response=IsPartialDict(response))
    submitted = await client.post(f"/attempts/{attempt}/submit")

    assert submitted.json() == IsPartialDict(state="submitted", score="3", max_score="3.5", needs_grading=True)
    assert (await client.get(f"/attempts/{attempt}/result")).json() == submitted.json()
    late = await client.put(f"/attempts/{attempt}/responses", json={"slot": 1, "response": {}, "sequence": 2})
    assert (late.status_code, late.json()["code"]) == (409, "attempt_submitted")


async def test_the_attempt_of_another_taker_is_not_found(client: httpx.AsyncClient, session: AsyncSession) -> None:
    quiz = await QuizFactory.create(session=session)
    attempt = (await client.post(f"/quizzes/{quiz.id}/attempts")).json()["attempt_id"]

    answered = await client.get(f"/attempts/{attempt}/paper", headers={"X-User": "eve"})

    assert answered.status_code == 404


async def test_no_response_to_a_taker_contains_a_key(client: httpx.AsyncClient, session: AsyncSession) -> None:
    secret = "canary8c1f"
    options = [Option(content="a", correct=True, feedback=secret), Option(content="b")]
    asked = [Choice(content="?", options=options, general_feedback=secret), ShortAnswerFactory(), ChoiceFactory()]
    quiz = await QuizFactory.create(session=session, questions=asked)

    started = await client.post(f"/quizzes/{quiz.id}/attempts")
    paper = await client.get(f"/attempts/{started.json()['attempt_id']}/paper")

    for shown in (started.text, paper.text):
        assert secret not in shown
        assert "correct" not in shown
        assert "River" not in shown


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/quizzes", {"title": "canary5d" * 20, "questions": [{"type": "canary5d"}], "canary5d": 1}),
        (
            "POST",
            "/quizzes",
            {"title": "x", "questions": [{"type": "true_false", "content": "?", "answer": "canary5d"}]},
        ),
        ("PUT", "/attempts/{attempt}/responses", {"slot": "canary5d", "response": {}, "sequence": 1}),
        ("PUT", "/attempts/{attempt}/responses", {"slot": 1, "response": {"answer": "canary5d"}, "sequence": 1}),
        ("PUT", "/attempts/{attempt}/responses", {"slot": 1, "response": {"canary5d": 1}, "sequence": 1}),
    ],
)
async def test_a_422_never_echoes_the_input(
    client: httpx.AsyncClient, session: AsyncSession, method: str, path: str, body: Any
) -> None:
    quiz = await QuizFactory.create(session=session)
    attempt = (await client.post(f"/quizzes/{quiz.id}/attempts")).json()["attempt_id"]

    answered = await client.request(method, path.format(attempt=attempt), json=body)

    assert answered.status_code == 422
    assert "canary5d" not in answered.text


async def test_the_open_api_document_has_separate_schemas_for_authors_and_takers(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    shapes = document["components"]["schemas"]

    created = shapes["QuizCreate"]["properties"]["questions"]["items"]
    assert created["discriminator"]["mapping"]["choice"] == "#/components/schemas/Choice-Input"
    assert "ChoiceView" in json.dumps(shapes["PaperQuestion"])
    assert "ChoiceResponse" in json.dumps(shapes["SaveResponse"]["properties"]["response"])
    assert all(
        "description" in field
        for name in ("Paper", "Saved", "Outcome")
        for field in shapes[name]["properties"].values()
    )


async def test_no_data_of_other_tests_is_left(session: AsyncSession) -> None:
    """Every test of this module stores quizzes and commits, and all of them are rolled back."""
    before = await session.scalar(select(func.count()).select_from(Quiz))
    await QuizFactory.create(session=session)
    await session.commit()
    inside = await session.scalar(select(func.count()).select_from(Quiz))

    assert inside == (before or 0) + 1


async def test_data_committed_in_a_rolled_back_session_is_gone(async_engine: AsyncEngine) -> None:
    async with rolled_back(async_engine) as first:
        quiz = await QuizFactory.create(session=first)
        await first.commit()
    async with rolled_back(async_engine) as second:
        assert await second.get(Quiz, quiz.id) is None


async def test_the_application_runs_on_its_own(example: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from quizkit import migrations

    url = f"sqlite+aiosqlite:///{tmp_path}/quiz.db"
    migrations.upgrade(url)
    monkeypatch.setitem(os.environ, "QUIZKIT_DATABASE_URL", url)
    async with example.app.router.lifespan_context(example.app):
        transport = httpx.ASGITransport(app=example.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            made = await client.post("/quizzes", json=QUIZ)
            assert (await client.get(f"/quizzes/{made.json()['id']}")).json() == made.json()
    assert made.json()["title"] == IsStr(min_length=1)
