"""Concurrent responses of one slot, at each isolation level: based on a stored one, and without a number."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from conftest import Database
from older_snapshot import OlderSnapshot, committed, quiz_of, started
from quizkit.crud import Quizkit
from quizkit.models import models
from quizkit.questions import ShortAnswerResponse
from quizkit.schemas import CheckResponse, Saved, SaveResponse
from quizkit.sessions import run_transaction
from quizkit.testing import broken_invariants
from quizkit.vocabulary import Behaviour, SaveStatus
from taking import NOON, SECOND, river

STORED, STALE = SaveStatus.STORED, SaveStatus.STALE
LEVELS = [
    (kind, level)
    for kind in ("postgresql", "mariadb")
    for level in ("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE")
]


@pytest.fixture(params=LEVELS, ids=" ".join)
def isolated(request: pytest.FixtureRequest) -> Any:
    """An engine at one isolation level of one server."""
    kind, level = request.param
    found: Database = request.getfixturevalue(f"migrated_{kind}")
    engine = found.engine(isolation_level=level, pool_size=8, max_overflow=8)
    yield engine
    with Session(engine) as session:
        assert broken_invariants(session) == []
    engine.dispose()


def saving(attempt: uuid.UUID, text: str, **numbers: Any) -> Any:
    kit = Quizkit(models)
    return lambda session: kit.attempts.save(
        session, attempt, SaveResponse(slot=1, response={"text": text}, **numbers), taker="ann", now=NOON
    )


def racing(engine: Engine, *operations: Callable[[Session], Any]) -> list[Any]:
    """Run operations at the same time, each in a transaction that is retried if its error is retryable."""
    barrier = threading.Barrier(len(operations))

    def run(operation: Callable[[Session], Any]) -> Any:
        barrier.wait(10)
        return run_transaction(sessionmaker(engine), operation, patience=30)

    with ThreadPoolExecutor(len(operations)) as pool:
        return list(pool.map(run, operations))


def paper_of(engine: Engine, attempt: uuid.UUID) -> Any:
    return committed(engine, lambda s: Quizkit(models).attempts.paper(s, attempt, taker="ann", now=NOON)).questions[0]


@pytest.mark.parametrize("behaviour", [Behaviour.DEFERRED, Behaviour.ADAPTIVE])
def test_a_response_without_a_sequence_comes_after_those_saved_after_its_snapshot(
    isolated: Engine, behaviour: Behaviour
) -> None:
    attempt = started(isolated, quiz_of(isolated, river(), behaviour=behaviour), "ann")
    for turn, before in enumerate(("Rhine", "Seine"), 1):
        older = OlderSnapshot(isolated)
        committed(isolated, saving(attempt, before, sequence=5 * turn))
        saved = older(saving(attempt, "Danube"))
        assert (saved.status, saved.sequence, saved.response) == (
            STORED,
            5 * turn + 1,
            ShortAnswerResponse(text="Danube"),
        )
        committed(isolated, saving(attempt, "Elbe"))


def test_an_edit_is_stale_if_another_was_saved_after_its_snapshot(isolated: Engine) -> None:
    attempt = started(isolated, quiz_of(isolated, river()), "ann")
    older = OlderSnapshot(isolated)
    committed(isolated, saving(attempt, "Rhine", based_on=0))

    saved = older(saving(attempt, "Danube", sequence=9, based_on=0))

    assert (saved.status, saved.sequence, saved.response) == (STALE, 1, ShortAnswerResponse(text="Rhine"))


def test_concurrent_responses_without_a_sequence_each_get_their_own(isolated: Engine) -> None:
    attempt = started(isolated, quiz_of(isolated, river()), "ann")
    saves = racing(isolated, *[saving(attempt, text) for text in ("Rhine", "Seine", "Inn", "Elbe")])
    last = max(saves, key=lambda saved: saved.sequence)
    stored = paper_of(isolated, attempt)

    assert sorted((saved.status, saved.sequence) for saved in saves) == [(STORED, n) for n in range(1, 5)]
    assert (stored.sequence, stored.response) == (4, last.response)


def test_of_concurrent_edits_of_one_base_one_is_stored_and_the_others_are_stale(isolated: Engine) -> None:
    attempt = started(isolated, quiz_of(isolated, river()), "ann")
    committed(isolated, saving(attempt, "Rhine"))
    texts = ("Seine", "Inn", "Elbe")
    saves = racing(isolated, *[saving(attempt, text, sequence=n, based_on=1) for n, text in enumerate(texts, 2)])
    stored = paper_of(isolated, attempt)

    assert all(isinstance(saved, Saved) for saved in saves), saves
    assert sorted(saved.status for saved in saves) == [STALE, STALE, STORED]
    assert {(saved.sequence, saved.response.text) for saved in saves} == {(stored.sequence, stored.response.text)}


def test_concurrent_checks_of_one_response_without_a_number_use_one_try(isolated: Engine) -> None:
    attempt = started(isolated, quiz_of(isolated, river(), behaviour=Behaviour.ADAPTIVE), "ann")
    kit = Quizkit(models)
    data = CheckResponse(slot=1, response={"text": "Rhine"})
    checks = racing(
        isolated, *[lambda s: kit.attempts.check(s, attempt, data, taker="ann", now=NOON + SECOND) for _ in range(3)]
    )

    assert [(done.counted, len(done.question.tries), done.sequence) for done in checks] == [(True, 1, 1)] * 3
