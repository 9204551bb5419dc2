"""F1 to F5: concurrent calls on several connections."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from conftest import ROUNDS, Database, together
from quizkit.crud import Quizkit
from quizkit.errors import Refused
from quizkit.models import models
from quizkit.questions import TrueFalse, TrueFalseResponse
from quizkit.schemas import AccessSettings, AssignmentCreate, Checked, Outcome, Paper, QuizCreate, Saved, SaveResponse
from quizkit.testing import QuizFactory, broken_invariants
from quizkit.vocabulary import Behaviour, SaveStatus
from taking import check, river

SIZE = 5


@pytest.fixture
def many(database: Database) -> Any:
    """An engine with many connections, and several kits, as in several processes."""
    engine = database.engine(pool_size=8, max_overflow=8)
    yield engine
    with Session(engine) as session:
        assert broken_invariants(session) == []
    engine.dispose()


def quiz_of(engine: Engine, **policy: Any) -> uuid.UUID:
    kit = Quizkit(models)
    asked = [TrueFalse(content=f"Question {n}", answer=True) for n in range(SIZE)]
    with Session(engine) as session, session.begin():
        quiz = kit.quizzes.create(session, QuizCreate(title="Rivers", questions=asked, **policy))
        kit.quizzes.publish(session, quiz.id)
    return quiz.id


def start(quiz_id: uuid.UUID, taker: str, **more: Any) -> Callable[[Session], Paper]:
    kit = Quizkit(models)
    return lambda session: kit.attempts.start(session, quiz_id, taker=taker, **more)


def submit(attempt_id: uuid.UUID, taker: str) -> Callable[[Session], Outcome]:
    kit = Quizkit(models)
    return lambda session: kit.attempts.submit(session, attempt_id, taker=taker)


def save(
    attempt_id: uuid.UUID, taker: str, slot: int, sequence: int, *, answer: bool = True
) -> Callable[[Session], Saved]:
    kit = Quizkit(models)
    data = SaveResponse(slot=slot, sequence=sequence, response={"answer": answer})
    return lambda session: kit.attempts.save(session, attempt_id, data, taker=taker)


def started(engine: Engine, quiz_id: uuid.UUID, taker: str) -> uuid.UUID:
    with Session(engine) as session, session.begin():
        return start(quiz_id, taker)(session).attempt_id


def test_two_concurrent_submits_grade_once_and_return_the_same_result(many: Engine) -> None:
    quiz_id = quiz_of(many)
    for turn in range(ROUNDS):
        attempt_id = started(many, quiz_id, f"taker {turn}")
        with Session(many) as session, session.begin():
            save(attempt_id, f"taker {turn}", 1, 1)(session)

        outcomes = together(many, *[submit(attempt_id, f"taker {turn}")] * 3)

        assert all(isinstance(outcome, Outcome) for outcome in outcomes), outcomes
        assert outcomes[0] == outcomes[1] == outcomes[2]
        assert outcomes[0].score == 1


@pytest.mark.parametrize("allowed", [1, 2, 3])
def test_concurrent_starts_never_exceed_the_allowed_attempts(many: Engine, allowed: int) -> None:
    quiz_id = quiz_of(many, max_attempts=allowed)
    for turn in range(ROUNDS):
        taker = f"taker {turn}"
        for number in range(1, allowed + 1):
            papers = together(many, *[start(quiz_id, taker) for _ in range(4)])
            assert {paper.attempt_id for paper in papers} == {papers[0].attempt_id}, papers
            assert papers[0].number == number
            with Session(many) as session, session.begin():
                submit(papers[0].attempt_id, taker)(session)
        refusals = together(many, *[start(quiz_id, taker) for _ in range(2)])
        assert [getattr(refused, "code", None) for refused in refusals] == ["no_attempts_left"] * 2


def test_concurrent_starts_never_create_an_attempt_after_the_grade_passes(many: Engine) -> None:
    quiz_id = quiz_of(many, pass_grade=1, stop_after_passing=True)
    for turn in range(ROUNDS):
        taker = f"taker {turn}"
        attempt_id = started(many, quiz_id, taker)
        with Session(many) as session, session.begin():
            save(attempt_id, taker, 1, 1)(session)

        results = together(many, submit(attempt_id, taker), *[start(quiz_id, taker) for _ in range(3)])

        papers = [result for result in results[1:] if not isinstance(result, Exception)]
        assert {paper.attempt_id for paper in papers} <= {attempt_id}, results
        refusals = [result for result in results if isinstance(result, Exception)]
        assert {getattr(refused, "code", refused) for refused in refusals} <= {"already_passed"}, results


def test_concurrent_starts_with_one_id_create_one_attempt(many: Engine) -> None:
    quiz_id = quiz_of(many)
    for turn in range(ROUNDS):
        mine = uuid.uuid4()
        papers = together(many, *[start(quiz_id, f"taker {turn}", attempt_id=mine) for _ in range(3)])
        assert [paper.attempt_id for paper in papers] == [mine] * 3


def test_two_tabs_that_save_different_questions_lose_none(many: Engine) -> None:
    quiz_id = quiz_of(many)
    kept = 0
    for turn in range(ROUNDS):
        taker = f"taker {turn}"
        attempt_id = started(many, quiz_id, taker)
        saves = together(many, *[save(attempt_id, taker, slot, 1) for slot in range(1, SIZE + 1)])
        assert all(isinstance(saved, Saved) for saved in saves), saves
        with Session(many) as session, session.begin():
            kept += int(submit(attempt_id, taker)(session).score or 0)

    assert kept == SIZE * ROUNDS


def test_two_tabs_that_save_the_same_question_keep_the_higher_sequence(many: Engine) -> None:
    quiz_id = quiz_of(many)
    for turn in range(ROUNDS):
        taker = f"taker {turn}"
        attempt_id = started(many, quiz_id, taker)
        sequences = random.sample(range(1, 100), 4)

        saves = together(many, *[save(attempt_id, taker, 1, n, answer=n % 2 == 0) for n in sequences])

        newest = max(sequences)
        kit = Quizkit(models)
        with Session(many) as session:
            stored = kit.attempts.paper(session, attempt_id, taker=taker).questions[0]
        assert (stored.sequence, stored.response) == (newest, TrueFalseResponse(answer=newest % 2 == 0))
        for sent, saved in zip(sequences, saves, strict=True):
            assert saved.status is SaveStatus.STORED or saved.sequence > sent


@settings(max_examples=10)
@given(sends=st.lists(st.tuples(st.integers(1, 6), st.booleans()), min_size=1, max_size=8))
def test_any_order_of_saves_gives_the_result_of_the_model(in_memory: Engine, sends: list[tuple[int, bool]]) -> None:
    """Saves of one slot in any order: a higher sequence is stored, any other is stale unless it is equal."""
    model: tuple[int, bool] | None = None
    with Session(in_memory) as session:
        quiz = QuizFactory.create(session=session)
        attempt_id = start(quiz.id, "ann")(session).attempt_id
        for sequence, answer in sends:
            saved = save(attempt_id, "ann", 1, sequence, answer=answer)(session)
            if model is None or sequence > model[0]:
                model = (sequence, answer)
                assert saved.status is SaveStatus.STORED
            else:
                assert saved.status is (SaveStatus.STORED if (sequence, answer) == model else SaveStatus.STALE)
            assert (saved.sequence, saved.response) == (model[0], TrueFalseResponse(answer=model[1]))
        session.rollback()


def test_a_save_that_races_a_submit_is_graded_or_refused_and_never_lost(many: Engine) -> None:
    quiz_id = quiz_of(many)
    for turn in range(ROUNDS):
        taker = f"taker {turn}"
        attempt_id = started(many, quiz_id, taker)
        operations: list[Callable[[Session], Any]] = [save(attempt_id, taker, slot, 1) for slot in range(1, SIZE + 1)]
        operations.insert(turn % (SIZE + 1), submit(attempt_id, taker))

        results = together(many, *operations)

        accepted = sum(isinstance(result, Saved) for result in results)
        refused = [result.code for result in results if isinstance(result, Refused)]
        assert accepted + len(refused) + 1 == len(operations), results
        assert set(refused) <= {"attempt_submitted"}
        kit = Quizkit(models)
        with Session(many) as session:
            assert kit.attempts.result(session, attempt_id, taker=taker).score == accepted


def test_a_submit_waits_for_a_save_that_is_under_way(migrated_postgresql: Database) -> None:
    """A deterministic race: without the share lock of the save, its response would be stored but not counted."""
    import threading

    engine = migrated_postgresql.engine()
    attempt_id = started(engine, quiz_of(engine), "ann")
    outcomes: list[Outcome] = []

    def submit_meanwhile() -> None:
        with Session(engine) as session, session.begin():
            outcomes.append(submit(attempt_id, "ann")(session))

    with Session(engine) as session:
        save(attempt_id, "ann", 1, 1)(session)
        thread = threading.Thread(target=submit_meanwhile)
        thread.start()
        _wait_until_blocked(engine)
        session.commit()
    thread.join()
    engine.dispose()

    assert outcomes[0].score == 1


def _wait_until_blocked(engine: Engine) -> None:
    import time

    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    for _ in range(500):
        with engine.connect() as connection:
            if connection.execute(query).scalar_one():
                return
        time.sleep(0.01)
    raise AssertionError("the submit did not wait for the save")


def test_concurrent_authors_takers_and_workers_never_deadlock(many: Engine) -> None:
    """F9: every verb locks in one order, so there are no deadlocks."""
    from quizkit.errors import QuizkitError
    from quizkit.schemas import QuizUpdate

    quiz_id = quiz_of(many, time_limit_seconds=60)
    kit = Quizkit(models)
    with Session(many) as session:
        bank_id = kit.quizzes.get(session, quiz_id).bank_id
        question_ids = [question.id for question in kit.questions.page(session, bank_id=bank_id).items]

    def taker(number: int) -> Callable[[Session], int]:
        def work(session: Session) -> int:
            own, done = Quizkit(models), 0
            for turn in range(ROUNDS // 2):
                attempt_id = own.attempts.start(session, quiz_id, taker=f"{number} {turn}").attempt_id
                session.commit()
                for slot in (2, 1):
                    data = SaveResponse(slot=slot, sequence=1, response={"answer": True})
                    own.attempts.save(session, attempt_id, data, taker=f"{number} {turn}")
                    session.commit()
                own.attempts.submit(session, attempt_id, taker=f"{number} {turn}")
                session.commit()
                done += 1
            return done

        return work

    def author(number: int) -> Callable[[Session], int]:
        def work(session: Session) -> int:
            own, done = Quizkit(models), 0
            for turn in range(ROUNDS // 2):
                own.questions.revise(session, question_ids[(turn + number) % SIZE], TrueFalse(content="x", answer=True))
                session.commit()
                own.quizzes.update(session, quiz_id, QuizUpdate(title=f"{number} {turn}"))
                own.questions.add(session, [TrueFalse(content="y", answer=True)], quiz_id=quiz_id)
                session.commit()
                own.quizzes.publish(session, quiz_id)
                session.commit()
                done += 1
            return done

        return work

    def worker(session: Session) -> int:
        own = Quizkit(models)
        for _ in range(ROUNDS):
            own.gradebook.expire_due(session, limit=3)
            session.commit()
        return ROUNDS

    results = together(many, taker(1), taker(2), taker(3), author(1), author(2), worker, worker)

    assert all(isinstance(result, int) for result in results), results
    assert not [result for result in results if isinstance(result, QuizkitError)]


def test_an_extension_concurrent_with_takers_never_deadlocks_and_reaches_all(many: Engine) -> None:
    kit = Quizkit(models)
    for turn in range(ROUNDS):
        quiz_id = quiz_of(many, time_limit_seconds=600)
        with Session(many) as session:
            assignment_id = kit.assignments.page(session, quiz_id=quiz_id).items[0].id
        attempt_ids = {f"{turn} {n}": started(many, quiz_id, f"{turn} {n}") for n in range(5)}
        takers = list(attempt_ids)

        def extend(session: Session, assignment_id: uuid.UUID = assignment_id) -> int:
            return Quizkit(models).assignments.extend(session, assignment_id, seconds=60).attempts

        results = together(
            many,
            extend,
            extend,
            *[submit(attempt_ids[taker], taker) for taker in takers[:3]],
            *[save(attempt_ids[taker], taker, 1, 1) for taker in takers[3:]],
            start(quiz_id, f"{turn} new"),
        )

        assert not [result for result in results if isinstance(result, Exception)], results
        with Session(many) as session:
            for taker in takers[3:]:
                attempt = kit.attempts.get(session, attempt_ids[taker], taker=taker)
                assert attempt.due_at is not None
                assert (attempt.due_at - attempt.started_at).total_seconds() == 720


def test_an_extension_for_everybody_reaches_concurrent_starts(many: Engine) -> None:
    """Either the extension sees the attempt, or the start sees the extension."""
    kit = Quizkit(models)
    closes = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    for turn in range(ROUNDS):
        quiz_id = quiz_of(many)
        with Session(many) as session, session.begin():
            assignment_id = kit.assignments.create(session, AssignmentCreate(quiz_id=quiz_id, closes_at=closes)).id

        def extend(session: Session, assignment_id: uuid.UUID = assignment_id) -> int:
            return Quizkit(models).assignments.extend(session, assignment_id, seconds=60).attempts

        takers = [f"{turn} {n}" for n in range(6)]
        results = together(many, extend, *[start(quiz_id, taker, assignment_id=assignment_id) for taker in takers])

        assert not [result for result in results if isinstance(result, Exception)], results
        with Session(many) as session:
            ends = [
                kit.attempts.get(session, paper.attempt_id, taker=taker).due_at
                for paper, taker in zip(results[1:], takers, strict=True)
            ]
        assert ends == [closes + timedelta(seconds=60)] * 6


def test_an_override_reaches_concurrent_starts(many: Engine) -> None:
    """Either the override sees the attempt, or the start sees the override."""
    kit, longer = Quizkit(models), AccessSettings(time_limit_seconds=720)
    for turn in range(ROUNDS):
        quiz_id, taker = quiz_of(many, time_limit_seconds=600), f"taker {turn}"
        with Session(many) as session:
            assignment_id = kit.assignments.page(session, quiz_id=quiz_id).items[0].id

        def override(session: Session, assignment_id: uuid.UUID = assignment_id, taker: str = taker) -> Any:
            return Quizkit(models).assignments.override(session, assignment_id, longer, taker=taker)

        results = together(many, override, start(quiz_id, taker))

        assert not [result for result in results if isinstance(result, Exception)], results
        with Session(many) as session:
            attempt = kit.attempts.get(session, results[1].attempt_id, taker=taker)
        assert attempt.due_at is not None
        assert (attempt.due_at - attempt.started_at).total_seconds() == 720


@pytest.mark.parametrize("allowed", [1, 2])
def test_concurrent_starts_never_exceed_the_attempts_of_an_override(many: Engine, allowed: int) -> None:
    """F2, with overrides: one taker is allowed more attempts than others, and never exceeds them."""
    kit = Quizkit(models)
    quiz_id = quiz_of(many, max_attempts=1)
    with Session(many) as session, session.begin():
        assignment_id = kit.assignments.page(session, quiz_id=quiz_id).items[0].id
    for turn in range(ROUNDS):
        taker = f"taker {turn}"
        with Session(many) as session, session.begin():
            kit.assignments.override(session, assignment_id, AccessSettings(max_attempts=allowed), taker=taker)
        for number in range(1, allowed + 1):
            papers = together(many, *[start(quiz_id, taker) for _ in range(4)])
            assert {paper.number for paper in papers} == {number}, papers
            with Session(many) as session, session.begin():
                submit(papers[0].attempt_id, taker)(session)
        refusals = together(many, *[start(quiz_id, taker) for _ in range(2)])
        assert [getattr(refusal, "code", None) for refusal in refusals] == ["no_attempts_left"] * 2


def tried(engine: Engine, behaviour: Behaviour, taker: str, *asked: Any) -> Any:
    kit = Quizkit(models)
    with Session(engine) as session, session.begin():
        quiz = kit.quizzes.create(session, QuizCreate(title="x", questions=asked, behaviour=behaviour))
        kit.quizzes.publish(session, quiz.id)
        return kit.attempts.start(session, quiz.id, taker=taker).attempt_id


def test_concurrent_checks_with_one_number_use_one_try(many: Engine) -> None:
    for turn in range(ROUNDS):
        attempt = tried(many, Behaviour.INTERACTIVE, "ann", river())

        def work(session: Session, attempt: Any = attempt) -> Checked:
            done: Checked = Quizkit(models).attempts.check(session, attempt, check(1, 1, text="Rhine"), taker="ann")
            return done

        results = together(many, *[work] * 3)

        assert all(isinstance(result, Checked) for result in results), (turn, results)
        assert {result.question.tries_left for result in results} == {2}
        assert {len(result.question.tries) for result in results} == {1}


def test_concurrent_checks_of_different_responses_use_one_try_and_refuse_the_others(many: Engine) -> None:
    for turn in range(ROUNDS):
        attempt = tried(many, Behaviour.ADAPTIVE, "ann", river())

        def work(session: Session, text: str, attempt: Any = attempt) -> Checked:
            done: Checked = Quizkit(models).attempts.check(session, attempt, check(1, 1, text=text), taker="ann")
            return done

        results = together(many, *[partial(work, text=text) for text in ("a", "b", "c")])

        assert sum(isinstance(result, Checked) for result in results) == 1, (turn, results)
        assert {result.code for result in results if isinstance(result, Refused)} == {"try_number"}


def test_a_check_that_races_a_submit_counts_or_is_refused(many: Engine) -> None:
    for turn in range(ROUNDS):
        attempt = tried(many, Behaviour.IMMEDIATE, "ann", *[TrueFalse(content=str(n), answer=True) for n in range(4)])
        kit = Quizkit(models)

        def work(session: Session, slot: int, attempt: Any = attempt) -> Checked:
            done: Checked = Quizkit(models).attempts.check(session, attempt, check(slot, 1, answer=True), taker="ann")
            return done

        results = together(many, *[partial(work, slot=slot) for slot in (1, 2, 3, 4)], submit(attempt, "ann"))

        accepted = sum(isinstance(result, Checked) for result in results)
        assert {result.code for result in results if isinstance(result, Refused)} <= {"attempt_submitted"}, (
            turn,
            results,
        )
        with Session(many) as session:
            assert kit.attempts.result(session, attempt, taker="ann").score == accepted
