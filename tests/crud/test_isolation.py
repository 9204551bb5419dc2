"""Verbs decide correctly at each isolation level, even if their snapshot is older than commits of others."""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import Engine, String, cast, event, func, select, text
from sqlalchemy.orm import Session, sessionmaker

from conftest import Database, together
from older_snapshot import OlderSnapshot, committed, quiz_of, started
from quizkit.crud import Quizkit
from quizkit.errors import NotFound, Refused, UsageError
from quizkit.models import models
from quizkit.questions import TrueFalseResponse
from quizkit.schemas import (
    AccessSettings,
    AssignmentCreate,
    AssignmentSettings,
    AssignmentUpdate,
    BankCreate,
    CategoryCreate,
    CategoryUpdate,
    DrawSlot,
    QuizCreate,
    QuizOutline,
    QuizUpdate,
    SectionOutline,
)
from quizkit.sessions import is_retryable, run_transaction
from quizkit.testing import broken_invariants
from quizkit.vocabulary import Behaviour, SaveStatus, TimeUp
from taking import HOUR, MINUTE, NOON, answer, check, river, yes

LEVELS = {
    "postgresql": ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"],
    "mariadb": ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"],
}


@pytest.fixture(params=[(kind, level) for kind, levels in LEVELS.items() for level in levels], ids=" ".join)
def isolated(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An engine at one isolation level of one server."""
    kind, level = request.param
    found: Database = request.getfixturevalue(f"migrated_{kind}")
    engine = found.engine(isolation_level=level, pool_size=8, max_overflow=60)
    yield engine
    engine.dispose()


@pytest.fixture
def server(request: pytest.FixtureRequest, database: Database) -> Iterator[Engine]:
    """An engine with many connections, on a database with concurrent writers."""
    if database.kind == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    engine = database.engine(pool_size=8, max_overflow=8)
    yield engine
    engine.dispose()


# ---------------------------------------------------------------------------------------------- accepted responses


def test_a_submit_counts_responses_saved_after_its_snapshot(isolated: Engine) -> None:
    attempt = started(isolated, quiz_of(isolated), "ann")
    older = OlderSnapshot(isolated)
    committed(
        isolated, lambda s: Quizkit(models).attempts.save(s, attempt, answer(1, answer=True), taker="ann", now=NOON)
    )

    outcome = older(lambda s: Quizkit(models).attempts.submit(s, attempt, taker="ann", now=NOON))

    assert outcome.score == 1


def test_a_submit_counts_checks_made_after_its_snapshot(isolated: Engine) -> None:
    attempt = started(isolated, quiz_of(isolated, river(), behaviour=Behaviour.INTERACTIVE), "ann")
    older = OlderSnapshot(isolated)
    checked = check(1, 1, text="Danube")
    committed(isolated, lambda s: Quizkit(models).attempts.check(s, attempt, checked, taker="ann", now=NOON))

    outcome = older(lambda s: Quizkit(models).attempts.submit(s, attempt, taker="ann", now=NOON))

    assert outcome.score == 1


def test_a_check_counts_checks_made_after_its_snapshot(isolated: Engine) -> None:
    attempt = started(isolated, quiz_of(isolated, river(), behaviour=Behaviour.INTERACTIVE), "ann")
    older = OlderSnapshot(isolated)
    first = check(1, 1, text="Rhine")
    committed(isolated, lambda s: Quizkit(models).attempts.check(s, attempt, first, taker="ann", now=NOON))

    with pytest.raises(Refused) as refused:
        older(lambda s: Quizkit(models).attempts.check(s, attempt, check(1, 1, text="Seine"), taker="ann", now=NOON))

    assert refused.value.code in {"try_number", "try_again_first"}


def test_a_worker_counts_responses_saved_after_its_snapshot(isolated: Engine) -> None:
    quiz = quiz_of(isolated, time_limit_seconds=60)
    attempt = started(isolated, quiz, "ann")
    older = OlderSnapshot(isolated)
    committed(
        isolated, lambda s: Quizkit(models).attempts.save(s, attempt, answer(1, answer=True), taker="ann", now=NOON)
    )

    older(lambda s: Quizkit(models).gradebook.expire_due(s, limit=200, now=NOON + HOUR))

    result = committed(isolated, lambda s: Quizkit(models).attempts.result(s, attempt, taker="ann", now=NOON + HOUR))
    assert result.score == 1


def test_a_grade_includes_attempts_finished_after_its_snapshot(isolated: Engine) -> None:
    quiz = quiz_of(isolated)
    first = started(isolated, quiz, "ann")
    committed(isolated, lambda s: Quizkit(models).attempts.submit(s, first, taker="ann", now=NOON))
    older = OlderSnapshot(isolated)
    second = started(isolated, quiz, "ann")
    right = [answer(1, answer=True)]
    committed(isolated, lambda s: Quizkit(models).attempts.submit(s, second, taker="ann", responses=right, now=NOON))
    assignment_id = committed(isolated, lambda s: Quizkit(models).assignments.page(s, quiz_id=quiz).items[0].id)

    older(lambda s: Quizkit(models).gradebook.rebuild(s, assignment_id=assignment_id, now=NOON))

    grade = committed(isolated, lambda s: Quizkit(models).gradebook.grades(s, assignment_id=assignment_id).items[0])
    assert (grade.grade, grade.attempts) == (1, 2)
    assert committed(isolated, lambda s: broken_invariants(s, quiz_id=quiz)) == []


# ---------------------------------------------------------------------------------------------- extensions


def test_more_time_for_everybody_reaches_attempts_started_after_its_snapshot(isolated: Engine) -> None:
    """PostgreSQL refuses it above READ COMMITTED, with the remedy, so no attempt is missed."""
    quiz = quiz_of(isolated, time_limit_seconds=600)
    assignment_id = committed(isolated, lambda s: Quizkit(models).assignments.page(s, quiz_id=quiz).items[0].id)
    older = OlderSnapshot(isolated)
    attempt = started(isolated, quiz, "ann")

    def extend(session: Session) -> Any:
        return Quizkit(models).assignments.extend(session, assignment_id, seconds=60, now=NOON)

    if isolated.dialect.name == "postgresql" and isolated.dialect._on_connect_isolation_level != "READ COMMITTED":
        with pytest.raises(UsageError) as refused:
            older(extend)
        assert refused.value.code == "isolation_level"
        older = OlderSnapshot(isolated.execution_options(isolation_level="READ COMMITTED"))

    assert older(extend).attempts == 1
    paper = committed(isolated, lambda s: Quizkit(models).attempts.paper(s, attempt, taker="ann", now=NOON))
    assert paper.due_at == NOON + 11 * MINUTE


def test_a_start_includes_more_time_granted_after_its_snapshot(isolated: Engine) -> None:
    quiz = quiz_of(isolated)
    data = AssignmentCreate(quiz_id=quiz, closes_at=NOON + HOUR)
    assignment_id = committed(isolated, lambda s: Quizkit(models).assignments.create(s, data).id)
    older = OlderSnapshot(isolated)
    mended = isolated.execution_options(isolation_level="READ COMMITTED")
    committed(mended, lambda s: Quizkit(models).assignments.extend(s, assignment_id, seconds=600, now=NOON))

    paper = older(lambda s: Quizkit(models).attempts.start(s, quiz, taker="ann", assignment_id=assignment_id, now=NOON))

    assert paper.due_at == NOON + HOUR + 10 * MINUTE


def test_an_attempt_that_got_more_time_concurrently_is_not_finished_as_overdue(server: Engine) -> None:
    quiz = quiz_of(server, time_limit_seconds=600)
    attempt = started(server, quiz, "ann")
    assignment_id = committed(server, lambda s: Quizkit(models).assignments.page(s, quiz_id=quiz).items[0].id)
    late = NOON + 11 * MINUTE
    seen: list[Any] = []

    def result(session: Session) -> None:
        try:
            seen.append(Quizkit(models).attempts.result(session, attempt, taker="ann", now=late))
        except Refused as refused:
            seen.append(refused.code)

    with waiting_for(server, result) as commit, Session(server) as session:
        Quizkit(models).assignments.extend(session, assignment_id, seconds=600, now=late)
        commit(session)

    assert seen == ["attempt_open"]


def test_a_save_that_waits_for_an_extension_is_stored(server: Engine) -> None:
    quiz = quiz_of(server, time_limit_seconds=600)
    attempt = started(server, quiz, "ann")
    assignment_id = committed(server, lambda s: Quizkit(models).assignments.page(s, quiz_id=quiz).items[0].id)
    late = NOON + 11 * MINUTE
    saved: list[Any] = []

    def save(session: Session) -> None:
        data = answer(1, answer=True)
        saved.append(Quizkit(models).attempts.save(session, attempt, data, taker="ann", now=late))

    with waiting_for(server, save) as commit, Session(server) as session:
        Quizkit(models).assignments.extend(session, assignment_id, seconds=600, now=late)
        commit(session)

    assert [(one.status, one.sequence) for one in saved] == [(SaveStatus.STORED, 1)]


def test_a_save_is_stored_if_an_extension_commits_while_it_runs(
    migrated_postgresql: Database,
) -> None:
    """The extension commits between the save and the query why nothing was stored; MariaDB holds a lock there."""
    server = migrated_postgresql.engine()
    quiz = quiz_of(server, time_limit_seconds=600)
    attempt = started(server, quiz, "ann")
    assignment_id = committed(server, lambda s: Quizkit(models).assignments.page(s, quiz_id=quiz).items[0].id)
    late = NOON + 11 * MINUTE

    with Session(server) as session, after_statement(server, "INSERT INTO quizkit_attempt_response") as then:
        then(
            lambda: committed(
                server, lambda s: Quizkit(models).assignments.extend(s, assignment_id, seconds=600, now=late)
            )
        )
        saved = Quizkit(models).attempts.save(session, attempt, answer(1, answer=True), taker="ann", now=late)
        session.commit()

    assert (saved.status, saved.sequence, saved.response) == (SaveStatus.STORED, 1, TrueFalseResponse(answer=True))
    server.dispose()


def test_an_attempt_started_between_the_steps_of_an_extension_is_extended(server: Engine) -> None:
    quiz = quiz_of(server)
    data = AssignmentCreate(quiz_id=quiz, closes_at=NOON + HOUR)
    assignment_id = committed(server, lambda s: Quizkit(models).assignments.create(s, data).id)
    started(server, quiz, "ann", assignment_id=assignment_id)
    papers: list[Any] = []

    def start_and_save(session: Session) -> None:
        own = Quizkit(models)
        paper = own.attempts.start(session, quiz, taker="ben", assignment_id=assignment_id, now=NOON)
        own.attempts.save(session, paper.attempt_id, answer(1, answer=True), taker="ben", now=NOON)
        papers.append(paper)
        session.commit()

    thread = threading.Thread(target=lambda: committed(server, start_and_save))
    with Session(server) as session, after_statement(server, "SELECT") as then:
        then(thread.start)
        Quizkit(models).assignments.extend(session, assignment_id, seconds=600, now=NOON)
        _until_blocked(server)
        session.commit()
    thread.join()

    [ben] = papers
    ends = committed(server, lambda s: Quizkit(models).attempts.get(s, ben.attempt_id, taker="ben", now=NOON).due_at)
    assert ends == NOON + HOUR + 10 * MINUTE


def test_an_extension_for_many_takers_takes_a_few_statements_of_a_few_parameters(database: Database) -> None:
    engine = database.engine()
    quiz = quiz_of(engine, time_limit_seconds=600)
    attempt = started(engine, quiz, "ann")
    assignment_id = committed(engine, lambda s: Quizkit(models).assignments.page(s, quiz_id=quiz).items[0].id)
    most = 100_000 if os.environ.get("QUIZKIT_TEST_PROFILE") == "long" else 3_000
    committed(engine, lambda s: _copied(s, attempt, most - 1))
    sizes: list[int] = []

    def note(_c: Any, _cursor: Any, _statement: str, values: Any, _context: Any, many: bool) -> None:
        sizes.append(max(map(len, values)) if many else len(values))

    event.listen(engine, "before_cursor_execute", note)
    extended = committed(engine, lambda s: Quizkit(models).assignments.extend(s, assignment_id, seconds=60, now=NOON))
    event.remove(engine, "before_cursor_execute", note)

    assert extended.attempts == most
    assert max(sizes) < 600
    table = models.table(models.attempt)
    with Session(engine) as session:
        ends = select(table.c.due_at, table.c.accepts_until).where(table.c.quiz_id == quiz).distinct()
        assert session.execute(ends).all() == [(NOON + 11 * MINUTE, NOON + 11 * MINUTE)]
        session.execute(table.delete().where(table.c.quiz_id == quiz, table.c.id != attempt))
        session.commit()
    engine.dispose()


def _copied(session: Session, attempt: uuid.UUID, times: int) -> None:
    """Copy an attempt many times, each for another taker."""
    table = models.table(models.attempt)
    kind = session.get_bind().dialect.name
    fresh = {
        "sqlite": func.lower(func.hex(func.randomblob(16))),
        "postgresql": func.gen_random_uuid(),
        "mariadb": func.replace(func.uuid(), "-", ""),
    }[kind]
    new = {"id": fresh, "taker_id": cast(fresh, String(64))}
    quiz_id = session.execute(select(table.c.quiz_id).where(table.c.id == attempt)).scalar_one()
    most = times + 1
    while times:
        copies = select(*(new.get(column.name, column) for column in table.c)).where(table.c.quiz_id == quiz_id)
        names = [column.name for column in table.c]
        session.execute(table.insert().from_select(names, copies.limit(times)))
        done = session.scalar(select(func.count()).select_from(table).where(table.c.quiz_id == quiz_id)) or 0
        times = most - done


def test_an_extension_is_exact_to_the_microsecond(database: Database) -> None:
    engine = database.engine()
    quiz = quiz_of(engine)
    closes = NOON + HOUR + timedelta(microseconds=123_456)
    data = AssignmentCreate(quiz_id=quiz, closes_at=closes)
    assignment_id = committed(engine, lambda s: Quizkit(models).assignments.create(s, data).id)
    attempt = started(engine, quiz, "ann", assignment_id=assignment_id)

    committed(engine, lambda s: Quizkit(models).assignments.extend(s, assignment_id, seconds=86_400 * 60, now=NOON))

    paper = committed(engine, lambda s: Quizkit(models).attempts.paper(s, attempt, taker="ann", now=NOON))
    assert paper.due_at == paper.accepts_until == closes + timedelta(days=60)
    assert committed(
        engine, lambda s: Quizkit(models).assignments.get(s, assignment_id)
    ).closes_at == closes + timedelta(days=60)
    engine.dispose()


# ---------------------------------------------------------------------------------------------- consistent settings


def test_a_start_keeps_one_policy_while_the_assignment_changes(server: Engine) -> None:
    """Old and new settings are never mixed: neither while the start waits, nor while it reads."""
    quiz = quiz_of(server)
    old = AssignmentSettings(max_attempts=1, max_grade=10)
    data = AssignmentCreate(quiz_id=quiz, closes_at=NOON + HOUR, settings=old)
    assignment_id = committed(server, lambda s: Quizkit(models).assignments.create(s, data).id)
    new = AssignmentUpdate(settings=AssignmentSettings(max_attempts=3, max_grade=20))
    papers: list[Any] = []

    def start(session: Session) -> None:
        papers.append(Quizkit(models).attempts.start(session, quiz, taker="ann", assignment_id=assignment_id, now=NOON))

    with waiting_for(server, start) as commit, Session(server) as session:
        Quizkit(models).assignments.update(session, assignment_id, new)
        commit(session)

    table = models.table(models.attempt)
    with Session(server) as session:
        policy = session.execute(select(table.c.policy).where(table.c.id == papers[0].attempt_id)).scalar_one()
    assert (policy["max_attempts"], policy["max_grade"]) == ("3", "20")


@pytest.mark.parametrize("author", [False, True], ids=["start", "preview"])
def test_a_start_of_fresh_draws_continues_the_attempt_started_after_its_snapshot(
    server: Engine, *, author: bool
) -> None:
    """The questions of the taker's own open paper do not count as earlier ones."""
    quiz = quiz_of_draws(server, 2, fresh=True)
    taker = f"ann {quiz}"

    def start(session: Session) -> Any:
        own = Quizkit(models)
        if author:
            return own.previews.start(session, quiz, actor=taker, now=NOON)
        return own.attempts.start(session, quiz, taker=taker, now=NOON)

    first: list[Any] = []
    with Session(server) as session, after_statement(server, "ORDER BY quizkit_attempt.number DESC") as then:
        then(lambda: first.append(committed(server, start)))
        second = start(session)
        session.commit()

    assert second == first[0]


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_a_start_that_another_one_overtakes_reads_the_access_rules_again(
    kind: str, request: pytest.FixtureRequest
) -> None:
    """At READ COMMITTED: the attempt of the other counts. An override waits for the start, so none comes between."""
    found: Database = request.getfixturevalue(f"migrated_{kind}")
    engine = found.engine(isolation_level="READ COMMITTED", pool_size=8)
    quiz, own = quiz_of(engine), Quizkit(models)
    taker = f"ann {quiz}"
    assignment_id = committed(engine, lambda s: own.assignments.page(s, quiz_id=quiz)).items[0].id
    once = AccessSettings(max_attempts=1)
    committed(engine, lambda s: own.assignments.override(s, assignment_id, once, taker=taker))

    def overtake() -> None:
        paper = committed(engine, lambda s: own.attempts.start(s, quiz, taker=taker, now=NOON))
        committed(engine, lambda s: own.attempts.submit(s, paper.attempt_id, taker=taker, now=NOON))

    try:
        with Session(engine) as session, after_statement(engine, "FROM quizkit_access_event") as then:
            then(overtake)
            with pytest.raises(Refused) as refused:
                own.attempts.start(session, quiz, taker=taker, now=NOON)
    finally:
        engine.dispose()
    assert refused.value.code == "no_attempts_left"


def test_a_refused_start_does_not_block_other_takers(server: Engine) -> None:
    """It searches again for a missing attempt, without a lock on its gap (decision 0063)."""
    small, other, own = quiz_of_draws(server, 2, 1, fresh=True), quiz_of(server), Quizkit(models)
    with Session(server) as refused:
        with pytest.raises(Refused, match="different questions"):
            own.attempts.start(refused, small, taker=f"m {small}", now=NOON)

        for taker in (f"l {small}", f"n {small}"):
            with Session(server) as session, session.begin():
                waits = "lock_timeout = 1000" if server.dialect.name == "postgresql" else "innodb_lock_wait_timeout = 1"
                session.execute(text(f"SET {waits}"))
                assert own.attempts.start(session, other, taker=taker, now=NOON).number == 1


def test_a_start_draws_no_question_of_a_paper_finished_after_its_snapshot(isolated: Engine) -> None:
    quiz = quiz_of_draws(isolated, 3, 6, fresh=True)
    taker, own = f"ann {quiz}", Quizkit(models)
    older = OlderSnapshot(isolated)
    first = committed(isolated, lambda s: own.attempts.start(s, quiz, taker=taker, now=NOON))
    committed(isolated, lambda s: own.attempts.submit(s, first.attempt_id, taker=taker, now=NOON))

    second = older(lambda s: own.attempts.start(s, quiz, taker=taker, now=NOON))

    assert {one.view.content for one in second.questions}.isdisjoint(one.view.content for one in first.questions)


def test_publishing_freezes_the_checked_revisions_while_an_author_revises(migrated_postgresql: Database) -> None:
    """A question is revised between the checks and the frozen draft: its points and its text stay consistent.

    MariaDB locks the checked rows.
    """
    server = migrated_postgresql.engine()
    quiz = quiz_of(server, yes(1))
    kit = Quizkit(models)
    [question] = committed(server, lambda s: kit.questions.page(s, bank_id=kit.quizzes.get(s, quiz).bank_id)).items
    committed(server, lambda s: kit.quizzes.update(s, quiz, QuizUpdate(title="Lakes")))

    with Session(server) as session, after_statement(server, "INSERT INTO quizkit_quiz_revision") as then:
        then(lambda: committed(server, lambda s: Quizkit(models).questions.revise(s, question.id, yes(1, points=5))))
        kit.quizzes.publish(session, quiz)
        session.commit()

    paper = committed(server, lambda s: Quizkit(models).attempts.start(s, quiz, taker="ann", now=NOON))
    assert (paper.title, paper.max_score, paper.questions[0].points) == ("Lakes", 1, 1)
    server.dispose()


def test_two_concurrent_moves_of_categories_never_create_a_cycle(isolated: Engine) -> None:
    kit = Quizkit(models)
    bank = committed(isolated, lambda s: kit.banks.create(s, BankCreate(name="Bank")).id)

    def make(session: Session) -> list[uuid.UUID]:
        return [kit.categories.create(session, CategoryCreate(bank_id=bank, name=name)).id for name in "ab"]

    one, two = committed(isolated, make)
    older = OlderSnapshot(isolated)
    committed(isolated, lambda s: Quizkit(models).categories.update(s, one, CategoryUpdate(parent_id=two)))

    with pytest.raises(Refused) as refused:
        older(lambda s: Quizkit(models).categories.update(s, two, CategoryUpdate(parent_id=one)))

    assert refused.value.code == "category_circle"


# ---------------------------------------------------------------------------------------------- caches


def test_a_start_with_an_older_snapshot_does_not_affect_later_starts(isolated: Engine) -> None:
    """The draft that it sees, or its absence, is not cached for other calls of the process."""
    quiz = quiz_of(isolated)
    kit = Quizkit(models)
    committed(isolated, lambda s: Quizkit(models).questions.add(s, [yes(3)], quiz_id=quiz))
    older = OlderSnapshot(isolated)
    more = [yes(4), yes(5)]
    committed(isolated, lambda s: Quizkit(models).questions.add(s, more, quiz_id=quiz))
    committed(isolated, lambda s: Quizkit(models).quizzes.publish(s, quiz))

    first = older(lambda s: kit.attempts.start(s, quiz, taker="ann", now=NOON))
    second = committed(isolated, lambda s: kit.attempts.start(s, quiz, taker="ben", now=NOON))

    assert len(first.questions) == first.max_score
    assert first.max_score in {2, 5}
    assert len(second.questions) == second.max_score == 5


@pytest.mark.parametrize("drawn", [False, True], ids=["pinned", "drawn"])
def test_a_save_with_an_older_snapshot_does_not_affect_later_saves(isolated: Engine, *, drawn: bool) -> None:
    """On PostgreSQL the attempt is not found in the old snapshot; the kit does not cache the missing keys."""
    kit = Quizkit(models)
    older = OlderSnapshot(isolated)
    quiz = quiz_of(isolated)
    if drawn:
        bank = committed(isolated, lambda s: kit.quizzes.get(s, quiz).bank_id)
        outline = QuizOutline(sections=[SectionOutline(slots=[DrawSlot(bank_id=bank, count=1)])])
        committed(isolated, lambda s: kit.quizzes.set_outline(s, quiz, outline))
        committed(isolated, lambda s: kit.quizzes.publish(s, quiz))
    attempt = started(isolated, quiz, "ann")
    with pytest.raises(NotFound):  # now the kit has cached the attempt, but none of its questions
        committed(isolated, lambda s: kit.attempts.save(s, attempt, answer(9, answer=True), taker="ann", now=NOON))

    def save(session: Session) -> Any:
        return kit.attempts.save(session, attempt, answer(1, answer=True), taker="ann", now=NOON)

    if isolated.dialect.name == "postgresql" and isolated.dialect._on_connect_isolation_level != "READ COMMITTED":
        with pytest.raises(NotFound, match="no such attempt"):
            older(save)
    else:
        assert older(save).status is SaveStatus.STORED

    assert committed(isolated, save).status is SaveStatus.STORED


# ---------------------------------------------------------------------------------------------- lock before reading


def test_a_response_that_a_result_waits_for_is_late_if_it_was_received_late(server: Engine) -> None:
    quiz = quiz_of(
        server,
        yes(1),
        time_limit_seconds=600,
        time_up=TimeUp.ACCEPT_LATE,
        late_seconds=600,
        late_penalty=Fraction(1, 2),
    )
    attempt = started(server, quiz, "ann")
    outcomes: list[Any] = []

    def result(session: Session) -> None:
        outcomes.append(Quizkit(models).attempts.result(session, attempt, taker="ann", now=NOON + HOUR))

    with waiting_for(server, result) as commit, Session(server) as session:
        late = NOON + 15 * MINUTE
        Quizkit(models).attempts.save(session, attempt, answer(1, answer=True), taker="ann", now=late)
        commit(session)

    [outcome] = outcomes
    assert outcome.late is True
    assert outcome.grade == Fraction(1, 2)
    assert committed(server, lambda s: broken_invariants(s, quiz_id=quiz)) == []


# ---------------------------------------------------------------------------------------------- different takers


def test_concurrent_starts_rarely_fail_each_other_under_serializable(migrated_postgresql: Database) -> None:
    engine = migrated_postgresql.engine(isolation_level="SERIALIZABLE", pool_size=50)
    quiz = quiz_of(engine)

    def start(taker: str) -> Callable[[Session], Any]:
        own = Quizkit(models)
        return lambda session: own.attempts.start(session, quiz, taker=taker)

    results = together(engine, *[start(f"taker {n}") for n in range(50)])

    failed = [result for result in results if isinstance(result, Exception)]
    engine.dispose()
    assert len(failed) <= 5, failed
    assert all(is_retryable(error) for error in failed)


def test_concurrent_starts_under_serializable_all_succeed_eventually(migrated_postgresql: Database) -> None:
    engine = migrated_postgresql.engine(isolation_level="SERIALIZABLE", pool_size=50)
    quiz = quiz_of(engine)
    barrier, maker = threading.Barrier(50), sessionmaker(engine)

    def start(number: int) -> Any:
        own = Quizkit(models)
        barrier.wait(30)
        return run_transaction(maker, lambda session: own.attempts.start(session, quiz, taker=f"taker {number}"))

    with ThreadPoolExecutor(50) as pool:
        papers = list(pool.map(start, range(50)))

    engine.dispose()
    assert len({paper.attempt_id for paper in papers}) == 50


# ---------------------------------------------------------------------------------------------- waiting


@contextmanager
def waiting_for(engine: Engine, work: Callable[[Session], Any]) -> Iterator[Callable[[Session], None]]:
    """Return a commit that lets another call begin, waits until it waits for this session, and only then commits."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            committed(engine, work)
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            failed.append(error)

    thread = threading.Thread(target=run)

    def commit(session: Session) -> None:
        thread.start()
        _until_blocked(engine)
        session.commit()
        thread.join()

    yield commit
    assert not failed, failed


def quiz_of_draws(engine: Engine, count: int, size: int = 2, *, fresh: bool) -> uuid.UUID:
    """Return a quiz with draws from its own bank, of which `size` questions remain."""
    own = Quizkit(models)

    def make(session: Session) -> uuid.UUID:
        bank = own.banks.create(session, BankCreate(name="x")).id
        made = own.questions.add(session, [yes(n) for n in range(1, max(count, size) + 1)], bank_id=bank)
        quiz_id = own.quizzes.create(session, QuizCreate(title="x")).id
        drawn = DrawSlot(bank_id=bank, count=count, fresh=fresh)
        own.quizzes.set_outline(session, quiz_id, QuizOutline(sections=[SectionOutline(slots=[drawn])]))
        own.quizzes.publish(session, quiz_id)
        for one in made[size:]:
            own.questions.archive(session, one.id)
        return quiz_id

    return uuid.UUID(str(committed(engine, make)))


def _until_blocked(engine: Engine) -> None:
    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        if engine.dialect.name == "postgresql"
        else "SELECT count(*) FROM information_schema.innodb_trx AS t JOIN information_schema.processlist AS p"
        " ON p.id = t.trx_mysql_thread_id WHERE t.trx_state = 'LOCK WAIT' AND p.db = database()"
    )
    pause = 0.01 if engine.dialect.name == "postgresql" else 0.15  # MariaDB refreshes this view only now and then
    for _ in range(100):
        with engine.connect() as connection:
            if connection.execute(query).scalar_one():
                return
        time.sleep(pause)
    raise AssertionError("nobody waits")


@contextmanager
def after_statement(engine: Engine, beginning: str) -> Iterator[Callable[[Callable[[], Any]], None]]:
    """Run a function once, on other connections, right after the first statement that begins with a prefix."""
    waiting: list[Callable[[], Any]] = []

    def then(_c: Any, _cursor: Any, statement: str, _values: Any, _context: Any, _many: bool) -> None:
        if waiting and beginning in statement:
            waiting.pop()()

    event.listen(engine, "after_cursor_execute", then)
    try:
        yield waiting.append
        assert not waiting, "no statement begins with the prefix"
    finally:
        event.remove(engine, "after_cursor_execute", then)
