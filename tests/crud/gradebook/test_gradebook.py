from __future__ import annotations

import itertools
import threading
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, delete, event, select, text, update
from sqlalchemy.orm import Session

from conftest import ROUNDS, Caller, together
from quizkit.crud import Quizkit, assignments, attempts, gradebook, questions, quizzes
from quizkit.errors import Invalid, NotFound
from quizkit.models import Attempt, AttemptResponse, QuizGrade, models
from quizkit.questions import Essay, ShortAnswer, TextAnswer, TrueFalse
from quizkit.schemas import (
    AssignmentCreate,
    Expired,
    FeedbackBand,
    Outcome,
    QuizCreate,
    QuizUpdate,
    Rebuilt,
    SaveResponse,
)
from quizkit.testing import QuizFactory, broken_invariants
from quizkit.vocabulary import GradingMethod
from taking import MINUTE, NOON, answer, published, start_attempt, yes

THEN = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
DUE = THEN + timedelta(seconds=60)
LATER = DUE + timedelta(hours=1)  # before the attempts of other tests, which start now
ASKED = [TrueFalse(content="The Rhine is a river.", answer=True), Essay(content="Why?")]


@pytest.fixture
def own() -> Quizkit[str]:
    return Quizkit(models)


def overdue(session: Session, own: Quizkit[str], count: int = 1, **policy: Any) -> list[uuid.UUID]:
    """Overdue attempts, each with a right response."""
    finish_all(session, own)
    quiz = QuizFactory.create(session=session, questions=ASKED, **{"time_limit_seconds": 60, **policy})
    made = []
    for number in range(count):
        taker = f"taker {number}"
        made.append(own.attempts.start(session, quiz.id, taker=taker, now=THEN).attempt_id)
        data = SaveResponse(slot=1, sequence=1, response={"answer": True})
        own.attempts.save(session, made[-1], data, taker=taker, now=THEN)
    return made


def finish_all(session: Session, own: Quizkit[str]) -> None:
    while own.gradebook.expire_due(session, limit=200).more:
        pass


def test_an_unattended_overdue_attempt_is_graded_on_its_saved_responses(engine: Engine, own: Quizkit[str]) -> None:
    """F15: finished at the deadline, and not when it was read."""
    with Session(engine) as session:
        (attempt,) = overdue(session, own)
        done = own.gradebook.expire_due(session, now=DUE + timedelta(hours=3))
        outcome = own.attempts.result(session, attempt, taker="taker 0")
        assert broken_invariants(session) == []
        session.rollback()

    assert (done.finished, done.more, done.broken) == (1, False, 0)
    assert [(one.attempt_id, one.taker_id) for one in done.attempts] == [(attempt, "taker 0")]
    assert (outcome.score, outcome.submitted_at) == (Decimal(1), DUE)


def test_an_expired_attempt_with_an_essay_needs_manual_grading(engine: Engine, own: Quizkit[str]) -> None:
    with Session(engine) as session:
        (attempt,) = overdue(session, own)
        data = SaveResponse(slot=2, sequence=1, response={"text": "Because."})
        own.attempts.save(session, attempt, data, taker="taker 0", now=THEN)
        own.gradebook.expire_due(session, now=DUE + timedelta(hours=3))
        outcome = own.attempts.result(session, attempt, taker="taker 0")
        session.rollback()

    assert (outcome.score, outcome.needs_grading) == (Decimal(1), True)


@pytest.mark.parametrize(("late", "finished"), [(-1, 0), (0, 0), (1, 1)])
def test_attempts_expire_one_microsecond_after_the_grace_period(
    engine: Engine, own: Quizkit[str], late: int, finished: int
) -> None:
    with Session(engine) as session:
        overdue(session, own, grace_seconds=5)
        at = DUE + timedelta(seconds=5, microseconds=late)
        assert own.gradebook.expire_due(session, now=at).finished == finished
        session.rollback()


def test_attempts_without_a_deadline_never_expire(engine: Engine, own: Quizkit[str]) -> None:
    with Session(engine) as session:
        overdue(session, own, time_limit_seconds=None)
        assert own.gradebook.expire_due(session, now=LATER).finished == 0
        session.rollback()


def test_a_step_reports_whether_there_is_more_to_do(engine: Engine, own: Quizkit[str]) -> None:
    with Session(engine) as session:
        overdue(session, own, 5)
        steps = [own.gradebook.expire_due(session, limit=2, now=LATER) for _ in range(4)]
        session.rollback()

    assert [(step.finished, step.more) for step in steps] == [(2, True), (2, True), (1, False), (0, False)]


@pytest.mark.parametrize("limit", [0, -1, 201])
def test_the_size_of_a_step_is_bounded(engine: Engine, own: Quizkit[str], limit: int) -> None:
    with Session(engine) as session, pytest.raises(Invalid):
        own.gradebook.expire_due(session, limit=limit, now=LATER)


def test_concurrent_workers_finish_each_attempt_once(engine: Engine, own: Quizkit[str]) -> None:
    for _ in range(max(2, ROUNDS // 5)):
        with Session(engine) as session, session.begin():
            made = overdue(session, own, 12)

        def work(session: Session) -> int:
            finished = 0
            while True:
                step = Quizkit(models).gradebook.expire_due(session, limit=2, now=LATER)
                session.commit()
                finished += step.finished
                if not step.finished:
                    return finished

        done = together(engine, work, work, work, work)

        assert sum(done) == 12, done
        with Session(engine) as session:
            rows = session.execute(select(Attempt.state, Attempt.score).where(Attempt.id.in_(made))).all()
            assert {tuple(row) for row in rows} == {("submitted", Decimal(1))}
            assert broken_invariants(session) == []


def test_a_worker_skips_locked_attempts(engine: Engine, own: Quizkit[str]) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("there is one writer at a time")
    soon = "SET lock_timeout = '3s'" if engine.dialect.name == "postgresql" else "SET innodb_lock_wait_timeout = 3"
    with Session(engine) as session, session.begin():
        made = overdue(session, own, 2)
    with engine.connect() as fresh, Session(fresh) as worker, Session(engine) as somebody:
        fresh.detach()
        somebody.execute(select(Attempt.id).where(Attempt.id == made[0]).with_for_update())
        worker.execute(text(soon))

        assert own.gradebook.expire_due(worker, now=LATER).finished == 1
        worker.rollback()


def test_rebuilding_a_grade_and_a_submit_wait_for_each_other(engine: Engine, own: Quizkit[str]) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("there is one writer at a time")
    with Session(engine) as session, session.begin():
        (mine,) = overdue(session, own, time_limit_seconds=None)
        quiz_id = own.attempts.get(session, mine, taker="taker 0").quiz_id
        (given,) = own.assignments.page(session, quiz_id=quiz_id).items
    submits: list[threading.Thread] = []

    def submit() -> None:
        with Session(engine) as session, session.begin():
            Quizkit(models).attempts.submit(session, mine, taker="taker 0")

    def submit_meanwhile(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        """Submit after the attempts were read and before the grade is written."""
        if "needs_grading=" in statement.replace(" ", "").replace("`", "") and not submits:
            submits.append(threading.Thread(target=submit))
            submits[0].start()
            submits[0].join(1)

    with Session(engine) as session, session.begin():
        event.listen(engine, "before_cursor_execute", submit_meanwhile)
        own.gradebook.rebuild(session, assignment_id=given.id)
        event.remove(engine, "before_cursor_execute", submit_meanwhile)
    submits[0].join()

    with Session(engine) as session:
        assert broken_invariants(session, quiz_id=quiz_id) == []


def test_a_worker_and_a_concurrent_submit_finish_an_attempt_once(engine: Engine, own: Quizkit[str]) -> None:
    for _ in range(max(2, ROUNDS // 5)):
        with Session(engine) as session, session.begin():
            (attempt,) = overdue(session, own)

        def work(session: Session) -> Any:
            return Quizkit(models).gradebook.expire_due(session, now=LATER).finished

        def submit(session: Session, attempt: uuid.UUID = attempt) -> Any:
            return Quizkit(models).attempts.submit(session, attempt, taker="taker 0").score

        results = together(engine, work, submit)

        assert results[0] in {0, 1}
        assert results[1] == 1
        with Session(engine) as session:
            assert own.attempts.result(session, attempt, taker="taker 0").submitted_at == DUE


def test_workers_on_two_quizzes_of_one_taker_do_not_wait_for_each_other(engine: Engine) -> None:
    """Each locks an attempt of the same taker and reads the others of the grade, but only in its quiz."""
    own = Quizkit(models)
    for _ in range(max(2, ROUNDS // 5)):
        with Session(engine) as session, session.begin():
            finish_all(session, own)
            takers = [f"taker {number}" for number in range(6)]
            for _ in range(2):
                quiz = QuizFactory.create(session=session, questions=ASKED, time_limit_seconds=60, max_attempts=2)
                for taker in takers:
                    paper = own.attempts.start(session, quiz.id, taker=taker, now=THEN)
                    own.attempts.submit(session, paper.attempt_id, taker=taker, now=THEN)
                    own.attempts.start(session, quiz.id, taker=taker, now=THEN)

        def work(session: Session) -> int:
            return Quizkit(models).gradebook.expire_due(session, limit=4, now=LATER).finished

        done = together(engine, *[work] * 4)

        assert all(isinstance(finished, int) for finished in done), done
        with Session(engine) as session, session.begin():
            finish_all(session, own)
            assert broken_invariants(session) == []


@pytest.mark.parametrize(
    "damage",
    [
        {"policy": {}},
        {"policy": []},
        {"policy": {"late_penalty": "x"}},
        {"max_score": None},
        {"paper": "?"},
        {"due_at": None},
        {"due_at": THEN - MINUTE},
    ],
    ids=str,
)
def test_a_damaged_attempt_does_not_affect_the_others(
    engine: Engine, own: Quizkit[str], damage: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """It is finished like the others, so that it is not found repeatedly; only its grade is missing."""
    if "max_score" in damage and engine.dialect.name != "sqlite":
        pytest.skip("the column is not nullable")
    with Session(engine) as session:
        made = overdue(session, own, 3)
        _damage(session, made[1], damage)
        done = own.gradebook.expire_due(session, now=LATER)
        assignment_id = session.scalar(select(Attempt.assignment_id).where(Attempt.id == made[0]))
        assert assignment_id is not None
        grades = {one.taker_id: one.grade for one in own.gradebook.grades(session, assignment_id=assignment_id).items}
        rebuilt = own.gradebook.rebuild(session, assignment_id=assignment_id, now=LATER)
        again = own.gradebook.expire_due(session, now=LATER)
        session.rollback()

    broken = 1 if {"policy", "max_score"} & damage.keys() else 0
    assert (done.finished, done.more, done.broken) == (3, False, broken)
    assert [one.attempt_id for one in done.attempts] == sorted(made)
    assert again.finished == 0
    assert {taker: grades.get(taker) for taker in ("taker 0", "taker 2")} == {"taker 0": 1, "taker 2": 1}
    assert (rebuilt.grades, rebuilt.changed, rebuilt.broken) == (3, 0, broken)
    assert ("cannot be computed" in caplog.text) is bool(broken)


def _damage(session: Session, attempt_id: uuid.UUID, damage: dict[str, Any]) -> None:
    """Damage an attempt as no verb does; with a score that is not a number if the database accepts it."""
    if "max_score" in damage:
        session.execute(text("UPDATE quizkit_attempt SET max_score = 'x' WHERE id = :id"), {"id": attempt_id.hex})
        return
    session.execute(update(Attempt).where(Attempt.id == attempt_id).values(damage))


# ---------------------------------------------------------------------------------------------- grades


def take(call: Caller, quiz_id: uuid.UUID, taker: str, right: int, **more: Any) -> Outcome:
    """Take a quiz of four questions with the first `right` answered correctly."""
    at = NOON + next(TICKS) * MINUTE  # ids sort by time
    paper = start_attempt(call, quiz_id, taker, now=at, **more)
    for slot in range(1, right + 1):
        call(attempts.save, paper.attempt_id, answer(slot, 1, answer=True), taker=taker, now=at)
    outcome: Outcome = call(attempts.submit, paper.attempt_id, taker=taker, now=at)
    return outcome


TICKS = itertools.count()


def four(call: Caller, **policy: Any) -> tuple[uuid.UUID, uuid.UUID]:
    quiz_id = published(call, *[yes(n) for n in range(4)], **policy)
    return quiz_id, call(assignments.page, quiz_id=quiz_id).items[0].id


@pytest.mark.parametrize(
    ("method", "grades"),
    [
        ("highest", ["25", "75", "75"]),
        ("average", ["25", "50", "50"]),
        ("first", ["25", "25", "25"]),
        ("last", ["25", "75", "50"]),
        ("lowest", ["25", "25", "25"]),
        ("best", ["25", "50", "62.5"]),
    ],
)
def test_several_attempts_combine_to_one_grade(call: Caller, method: str, grades: list[str]) -> None:
    quiz_id, _ = four(call, grading_method=method, max_grade=100, pass_grade=50)
    found: list[str] = []
    grade: Any = None
    for right in (1, 3, 2):
        take(call, quiz_id, "ann", right)
        grade = call(attempts.grade, quiz_id, taker="ann", now=NOON)
        found.append(str(grade.grade))
        assert grade.passed == (grade.grade >= 50)

    assert found == grades
    assert (grade.attempts, grade.max_grade, grade.needs_grading) == (3, 100, False)
    assert call(broken_invariants) == []


def test_there_is_no_grade_before_an_attempt_is_finished(call: Caller) -> None:
    quiz_id, assignment_id = four(call)
    start_attempt(call, quiz_id)

    assert call(attempts.grade, quiz_id, taker="ann", now=NOON) is None
    assert call(gradebook.grades, assignment_id=assignment_id).items == ()
    with pytest.raises(NotFound):
        call(attempts.grade, uuid.uuid4(), taker="ann")


BANDS = [FeedbackBand(minimum="1/2", content="Passed."), FeedbackBand(content="Failed.")]


def why(call: Caller, quiz_id: uuid.UUID, taker: str, essay: str = "") -> Outcome:
    """Take a quiz of a statement, answered correctly, and an essay."""
    paper = start_attempt(call, quiz_id, taker)
    responses = [answer(1, 1, answer=True), *([answer(2, 1, text=essay)] if essay else [])]
    outcome: Outcome = call(attempts.submit, paper.attempt_id, taker=taker, responses=responses, now=NOON)
    return outcome


def essay_quiz(call: Caller, **policy: Any) -> tuple[uuid.UUID, uuid.UUID]:
    """A quiz of a statement and an essay with one point each, and its assignment."""
    quiz_id = published(call, yes(), Essay(content="Why?"), pass_grade="1.5", feedback_bands=BANDS, **policy)
    return quiz_id, call(assignments.page, quiz_id=quiz_id).items[0].id


def grade_essay(call: Caller, attempt_id: uuid.UUID, assignment_id: uuid.UUID, points: str) -> None:
    """Grade the essay manually, and compute the grade again."""

    def write(session: Session) -> None:
        this = AttemptResponse.attempt_id == attempt_id, AttemptResponse.slot == 2
        session.execute(update(AttemptResponse).where(*this).values(effective_points=Decimal(points)))
        graded = {"score": 1 + Decimal(points), "needs_grading": False}
        session.execute(update(Attempt).where(Attempt.id == attempt_id).values(graded))

    call(lambda session: session.run_sync(write) if hasattr(session, "run_sync") else write(session))
    call(gradebook.rebuild, assignment_id=assignment_id, now=NOON)


def test_no_taker_fails_before_manual_grading(call: Caller) -> None:
    quiz_id, assignment_id = essay_quiz(call)
    outcome = why(call, quiz_id, "ann", "Because.")

    assert (outcome.score, outcome.needs_grading) == (Decimal(1), True)
    assert (outcome.grade, outcome.passed, outcome.feedback) == (None, None, None)
    mine = call(attempts.grade, quiz_id, taker="ann", now=NOON)
    (theirs,) = call(gradebook.grades, assignment_id=assignment_id).items
    for grade in (mine, theirs):
        assert (grade.grade, grade.passed, grade.attempts, grade.needs_grading) == (None, None, 1, True)
    assert call(gradebook.leaderboard, assignment_id=assignment_id).items == ()
    assert call(broken_invariants) == []

    grade_essay(call, outcome.attempt_id, assignment_id, "0.25")
    outcome = call(attempts.result, outcome.attempt_id, taker="ann", now=NOON)
    assert (str(outcome.grade), outcome.passed, outcome.feedback.text) == ("1.25", False, "Passed.")
    mine = call(attempts.grade, quiz_id, taker="ann", now=NOON)
    assert (str(mine.grade), mine.passed, mine.needs_grading) == ("1.25", False, False)
    assert [entry.rank for entry in call(gradebook.leaderboard, assignment_id=assignment_id).items] == [1]


def test_a_blank_essay_needs_no_grading(call: Caller) -> None:
    quiz_id, _ = essay_quiz(call)
    outcome = why(call, quiz_id, "ann")

    assert (outcome.grade, outcome.passed, outcome.needs_grading) == (Decimal(1), False, False)


def test_the_best_graded_attempt_counts_while_another_needs_grading(call: Caller) -> None:
    quiz_id, assignment_id = essay_quiz(call)
    first = why(call, quiz_id, "ann", "Because.")
    grade_essay(call, first.attempt_id, assignment_id, "0.75")
    why(call, quiz_id, "ann", "Therefore.")

    grade = call(attempts.grade, quiz_id, taker="ann", now=NOON)
    assert (str(grade.grade), grade.passed, grade.attempts, grade.needs_grading) == ("1.75", True, 2, True)


def test_passing_is_undecided_while_an_ungraded_attempt_could_pass(call: Caller) -> None:
    quiz_id, assignment_id = essay_quiz(call)
    first = why(call, quiz_id, "ann", "Because.")
    grade_essay(call, first.attempt_id, assignment_id, "0.25")
    second = why(call, quiz_id, "ann", "Therefore.")
    waits = call(attempts.grade, quiz_id, taker="ann", now=NOON)
    grade_essay(call, second.attempt_id, assignment_id, "1")

    assert (str(waits.grade), waits.passed) == ("1.25", None)
    assert call(attempts.grade, quiz_id, taker="ann", now=NOON).passed is True


def test_ungraded_takers_are_not_ranked(call: Caller) -> None:
    quiz_id, assignment_id = essay_quiz(call)
    for taker, responses in (("ann", "Because."), ("ben", ""), ("cat", "Therefore."), ("dan", "")):
        why(call, quiz_id, taker, responses)

    assert [board(call, assignment_id, limit) for limit in (1, 50)] == [[(1, "1"), (1, "1")]] * 2
    waiting = next(g for g in call(gradebook.grades, assignment_id=assignment_id).items if g.taker_id == "ann")
    with pytest.raises(NotFound):
        call(gradebook.leaderboard, assignment_id=assignment_id, after=waiting.id)


def test_a_changed_policy_applies_from_the_next_attempt_on(call: Caller) -> None:
    quiz_id, assignment_id = four(call, grading_method="highest", max_grade=100)
    take(call, quiz_id, "ann", 3)
    call(quizzes.update, quiz_id, QuizUpdate(grading_method=GradingMethod.LAST, max_grade=10))
    call(quizzes.publish, quiz_id)

    assert call(attempts.grade, quiz_id, taker="ann", now=NOON).grade == 75
    assert call(gradebook.rebuild, assignment_id=assignment_id, now=NOON).changed == 0
    take(call, quiz_id, "ann", 1)
    assert str(call(attempts.grade, quiz_id, taker="ann", now=NOON).grade) == "2.5"


def test_grades_are_listed_for_staff_page_by_page(call: Caller) -> None:
    quiz_id, assignment_id = four(call)
    for number in range(3):
        take(call, quiz_id, f"taker {number}", number)

    first = call(gradebook.grades, assignment_id=assignment_id, limit=2)
    second = call(gradebook.grades, assignment_id=assignment_id, after=first.next_after)

    assert [(g.taker_id, g.grade) for page in (first, second) for g in page.items] == [
        ("taker 0", 0), ("taker 1", 1), ("taker 2", 2),
    ]  # fmt: skip


# ---------------------------------------------------------------------------------------------- leaderboards


def board(call: Caller, assignment_id: uuid.UUID, limit: int) -> list[tuple[int, str]]:
    """Return rank and grade of every taker, read page by page."""
    found, after = [], None
    while True:
        page = call(gradebook.leaderboard, assignment_id=assignment_id, after=after, limit=limit)
        found += [(entry.rank, str(entry.grade)) for entry in page.items]
        if page.next_after is None:
            return found
        after = page.next_after


def test_equal_grades_share_a_rank_and_the_next_ranks_are_skipped(call: Caller) -> None:
    quiz_id, assignment_id = four(call)
    for number, right in enumerate((3, 4, 1, 3, 3, 0)):
        take(call, quiz_id, f"taker {number}", right)

    expected = [(1, "4"), (2, "3"), (2, "3"), (2, "3"), (5, "1"), (6, "0")]
    assert [board(call, assignment_id, limit) for limit in (1, 2, 3, 4, 50)] == [expected] * 5


def test_three_thirds_and_one_share_a_rank(call: Caller) -> None:
    third = [TextAnswer(text="a", weight="1/3"), TextAnswer(text="b")]
    quiz_id = published(call, *[ShortAnswer(content=f"{n}", answers=third) for n in range(3)], max_grade=1)
    assignment_id = call(assignments.page, quiz_id=quiz_id).items[0].id
    for taker, responses in (("thirds", {1: "a", 2: "a", 3: "a"}), ("one", {1: "b"})):
        paper = start_attempt(call, quiz_id, taker)
        for slot, typed in responses.items():
            call(attempts.save, paper.attempt_id, answer(slot, 1, text=typed), taker=taker, now=NOON)
        call(attempts.submit, paper.attempt_id, taker=taker, now=NOON)

    assert [rank for rank, _ in board(call, assignment_id, 50)] == [1, 1]


def test_a_leaderboard_covers_one_assignment(call: Caller) -> None:
    quiz_id, assignment_id = four(call)
    take(call, quiz_id, "ann", 1)
    other = call(assignments.create, AssignmentCreate(quiz_id=quiz_id)).id
    take(call, quiz_id, "ben", 2, assignment_id=other)

    assert (board(call, assignment_id, 9), board(call, other, 9)) == ([(1, "1")], [(1, "2")])
    (mine,) = call(gradebook.leaderboard, assignment_id=assignment_id).items
    with pytest.raises(NotFound) as refused:
        call(gradebook.leaderboard, assignment_id=other, after=mine.id)
    assert refused.value.code == "after_not_found"


def test_a_corrected_key_applies_to_new_attempts_and_changes_no_earlier_grade(call: Caller) -> None:
    """F18: there is no regrading yet, so no grade changes by accident."""
    quiz = call(quizzes.create, QuizCreate(title="Rivers", questions=[yes()]))
    call(quizzes.publish, quiz.id)
    before = answered_no(call, quiz.id, "ann")
    (asked,) = call(questions.page, bank_id=quiz.bank_id).items
    call(questions.revise, asked.id, TrueFalse(content="Question 1", answer=False))
    call(quizzes.publish, quiz.id)
    (assignment,) = call(assignments.page, quiz_id=quiz.id).items

    rebuilt = call(gradebook.rebuild, assignment_id=assignment.id)

    assert (before.score, rebuilt.grades, rebuilt.changed) == (Decimal(0), 1, 0)
    assert call(attempts.result, before.attempt_id, taker="ann").score == 0
    assert call(attempts.grade, quiz.id, taker="ann").grade == 0
    assert answered_no(call, quiz.id, "ben").score == 1


def answered_no(call: Caller, quiz_id: uuid.UUID, taker: str) -> Outcome:
    attempt = call(attempts.start, quiz_id, taker=taker).attempt_id
    call(attempts.save, attempt, answer(1, answer=False), taker=taker)
    done: Outcome = call(attempts.submit, attempt, taker=taker)
    return done


# ---------------------------------------------------------------------------------------------- rebuilding


def test_rebuilding_repairs_a_wrong_grade(call: Caller) -> None:
    quiz_id, assignment_id = four(call)
    for number in range(5):
        take(call, quiz_id, f"taker {number}", number % 4)
    before = call(gradebook.grades, assignment_id=assignment_id).items
    engine = call.database.engine()
    with Session(engine) as session, session.begin():
        spoiled = QuizGrade.taker_id.in_(["taker 1", "taker 3"])
        session.execute(update(QuizGrade).where(QuizGrade.assignment_id == assignment_id, spoiled).values(grade=99))
        session.execute(
            delete(QuizGrade).where(QuizGrade.assignment_id == assignment_id, QuizGrade.taker_id == "taker 4")
        )
    engine.dispose()

    steps, after = [], None
    while True:
        step = call(gradebook.rebuild, assignment_id=assignment_id, after=after, limit=2, now=NOON)
        steps.append((step.grades, step.changed))
        if step.next_after is None:
            break
        after = step.next_after

    assert steps == [(2, 1), (2, 1), (1, 1)]
    found = call(gradebook.grades, assignment_id=assignment_id).items
    assert sorted((g.taker_id, g.grade) for g in found) == sorted((g.taker_id, g.grade) for g in before)
    assert call(gradebook.rebuild, assignment_id=assignment_id, now=NOON).changed == 0


def test_rebuilding_without_attempts_changes_nothing(call: Caller) -> None:
    _, assignment_id = four(call)

    assert call(gradebook.rebuild, assignment_id=assignment_id) == Rebuilt(grades=0, changed=0, next_after=None)


def test_concurrent_expiry_and_submits_leave_consistent_grades(engine: Engine) -> None:
    """F15 and stored grades: many concurrent calls, and each grade equals that of a rebuild."""
    own = Quizkit(models)
    for turn in range(max(2, ROUNDS // 5)):
        with Session(engine) as session, session.begin():
            made = overdue(session, own, 8, max_attempts=2)
            quiz_id = session.scalars(select(Attempt.quiz_id).where(Attempt.id == made[0])).one()

        def expire(session: Session) -> Expired[str]:
            return Quizkit(models).gradebook.expire_due(session, limit=3, now=DUE + timedelta(hours=1))

        def again(session: Session, taker: str, quiz_id: Any = quiz_id) -> Outcome:
            kit, at = Quizkit(models), DUE + timedelta(hours=1)
            paper = kit.attempts.start(session, quiz_id, taker=taker, now=at)
            return kit.attempts.submit(session, paper.attempt_id, taker=taker, now=at)

        results = together(engine, expire, expire, expire, *[lambda s, n=n: again(s, f"taker {n}") for n in range(4)])

        assert all(isinstance(result, Expired | Outcome) for result in results), (turn, results)
        with Session(engine) as session, session.begin():
            finish_all(session, own)
            assert broken_invariants(session) == []
