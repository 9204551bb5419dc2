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
from taking import MINUTE, NOON, answer, published, sit, yes

THEN = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
DUE = THEN + timedelta(seconds=60)
LATER = DUE + timedelta(hours=1)  # before what other tests leave behind, whose attempts are of the present
ASKED = [TrueFalse(content="The Rhine is a river.", answer=True), Essay(content="Why?")]


@pytest.fixture
def own() -> Quizkit[str]:
    return Quizkit(models)


def begun(session: Session, own: Quizkit[str], count: int = 1, **policy: Any) -> list[uuid.UUID]:
    """Attempts of a minute, begun long ago, with a right answer in each."""
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


def test_an_attempt_whose_taker_is_gone_is_graded_on_what_was_saved(engine: Engine, own: Quizkit[str]) -> None:
    """F15: finished when time ran out, and not when somebody looked."""
    with Session(engine) as session:
        (attempt,) = begun(session, own)
        done = own.gradebook.expire_due(session, now=DUE + timedelta(hours=3))
        outcome = own.attempts.result(session, attempt, taker="taker 0")
        assert broken_invariants(session) == []
        session.rollback()

    assert done == Expired(finished=1, more=False)
    assert (outcome.score, outcome.submitted_at) == (Decimal(1), DUE)


def test_an_answer_that_a_person_must_grade_is_still_to_be_graded(engine: Engine, own: Quizkit[str]) -> None:
    with Session(engine) as session:
        (attempt,) = begun(session, own)
        data = SaveResponse(slot=2, sequence=1, response={"text": "Because."})
        own.attempts.save(session, attempt, data, taker="taker 0", now=THEN)
        own.gradebook.expire_due(session, now=DUE + timedelta(hours=3))
        outcome = own.attempts.result(session, attempt, taker="taker 0")
        session.rollback()

    assert (outcome.score, outcome.needs_grading) == (Decimal(1), True)


@pytest.mark.parametrize(("late", "finished"), [(-1, 0), (0, 0), (1, 1)])
def test_the_grace_is_waited_for_to_the_microsecond(
    engine: Engine, own: Quizkit[str], late: int, finished: int
) -> None:
    with Session(engine) as session:
        begun(session, own, grace_seconds=5)
        at = DUE + timedelta(seconds=5, microseconds=late)
        assert own.gradebook.expire_due(session, now=at).finished == finished
        session.rollback()


def test_attempts_without_a_limit_stay_open(engine: Engine, own: Quizkit[str]) -> None:
    with Session(engine) as session:
        begun(session, own, time_limit_seconds=None)
        assert own.gradebook.expire_due(session, now=LATER).finished == 0
        session.rollback()


def test_a_step_says_whether_there_is_more_to_do(engine: Engine, own: Quizkit[str]) -> None:
    with Session(engine) as session:
        begun(session, own, 5)
        steps = [own.gradebook.expire_due(session, limit=2, now=LATER) for _ in range(4)]
        session.rollback()

    assert [(step.finished, step.more) for step in steps] == [(2, True), (2, True), (1, False), (0, False)]


@pytest.mark.parametrize("limit", [0, -1, 201])
def test_a_step_has_a_size(engine: Engine, own: Quizkit[str], limit: int) -> None:
    with Session(engine) as session, pytest.raises(Invalid):
        own.gradebook.expire_due(session, limit=limit, now=LATER)


def test_any_number_of_workers_finish_each_attempt_once(engine: Engine, own: Quizkit[str]) -> None:
    for _ in range(max(2, ROUNDS // 5)):
        with Session(engine) as session, session.begin():
            made = begun(session, own, 12)

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


def test_a_worker_leaves_alone_what_somebody_else_is_at(engine: Engine, own: Quizkit[str]) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("one writer at a time: nobody is at anything meanwhile")
    soon = "SET lock_timeout = '3s'" if engine.dialect.name == "postgresql" else "SET innodb_lock_wait_timeout = 3"
    with Session(engine) as session, session.begin():
        made = begun(session, own, 2)
    with engine.connect() as fresh, Session(fresh) as worker, Session(engine) as somebody:
        fresh.detach()
        somebody.execute(select(Attempt.id).where(Attempt.id == made[0]).with_for_update())
        worker.execute(text(soon))

        assert own.gradebook.expire_due(worker, now=LATER).finished == 1
        worker.rollback()


def test_a_grade_that_is_rebuilt_waits_for_a_submit_or_is_waited_for(engine: Engine, own: Quizkit[str]) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("one writer at a time: nobody submits meanwhile")
    with Session(engine) as session, session.begin():
        (mine,) = begun(session, own, time_limit_seconds=None)
        home = own.attempts.get(session, mine, taker="taker 0").quiz_id
        (given,) = own.assignments.page(session, quiz_id=home).items
    submits: list[threading.Thread] = []

    def submit() -> None:
        with Session(engine) as session, session.begin():
            Quizkit(models).attempts.submit(session, mine, taker="taker 0")

    def submit_meanwhile(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        """After the attempts were read and before the grade is written."""
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
        assert broken_invariants(session, quiz_id=home) == []


def test_a_worker_races_the_takers_own_submit(engine: Engine, own: Quizkit[str]) -> None:
    for _ in range(max(2, ROUNDS // 5)):
        with Session(engine) as session, session.begin():
            (attempt,) = begun(session, own)

        def work(session: Session) -> Any:
            return Quizkit(models).gradebook.expire_due(session, now=LATER).finished

        def submit(session: Session, attempt: uuid.UUID = attempt) -> Any:
            return Quizkit(models).attempts.submit(session, attempt, taker="taker 0").score

        results = together(engine, work, submit)

        assert results[0] in {0, 1}
        assert results[1] == 1
        with Session(engine) as session:
            assert own.attempts.result(session, attempt, taker="taker 0").submitted_at == DUE


def test_workers_do_not_wait_for_each_other_where_one_taker_sits_in_two_quizzes(engine: Engine) -> None:
    """Each holds an attempt of the same taker's and looks for the others that make the grade: only in that quiz."""
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
def test_a_damaged_attempt_takes_nothing_from_the_others(
    engine: Engine, own: Quizkit[str], damage: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """It is finished like they are, so that it is not found again and again; only its own grade is missing."""
    if "max_score" in damage and engine.dialect.name != "sqlite":
        pytest.skip("the column takes no null")
    with Session(engine) as session:
        made = begun(session, own, 3)
        _damage(session, made[1], damage)
        done = own.gradebook.expire_due(session, now=LATER)
        home = session.scalar(select(Attempt.assignment_id).where(Attempt.id == made[0]))
        assert home is not None
        grades = {one.taker_id: one.grade for one in own.gradebook.grades(session, assignment_id=home).items}
        rebuilt = own.gradebook.rebuild(session, assignment_id=home, now=LATER)
        again = own.gradebook.expire_due(session, now=LATER)
        session.rollback()

    broken = 1 if {"policy", "max_score"} & damage.keys() else 0
    assert done == Expired(finished=3, more=False, broken=broken)
    assert again.finished == 0
    assert {taker: grades.get(taker) for taker in ("taker 0", "taker 2")} == {"taker 0": 1, "taker 2": 1}
    assert (rebuilt.grades, rebuilt.changed, rebuilt.broken) == (3, 0, broken)
    assert ("cannot be computed" in caplog.text) is bool(broken)


def _damage(session: Session, attempt_id: uuid.UUID, damage: dict[str, Any]) -> None:
    """Write what no verb does; a score that is no number where the database takes it."""
    if "max_score" in damage:
        session.execute(text("UPDATE quizkit_attempt SET max_score = 'x' WHERE id = :id"), {"id": attempt_id.hex})
        return
    session.execute(update(Attempt).where(Attempt.id == attempt_id).values(damage))


# ---------------------------------------------------------------------------------------------- grades


def take(call: Caller, quiz_id: uuid.UUID, taker: str, right: int, **more: Any) -> Outcome:
    """Take a quiz of four questions, the first few of them right."""
    at = NOON + next(TICKS) * MINUTE  # ids sort by the moment
    paper = sit(call, quiz_id, taker, now=at, **more)
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
    ],
)
def test_several_attempts_make_one_grade(call: Caller, method: str, grades: list[str]) -> None:
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


def test_before_the_first_attempt_is_finished_there_is_no_grade(call: Caller) -> None:
    quiz_id, home = four(call)
    sit(call, quiz_id)

    assert call(attempts.grade, quiz_id, taker="ann", now=NOON) is None
    assert call(gradebook.grades, assignment_id=home).items == ()
    with pytest.raises(NotFound):
        call(attempts.grade, uuid.uuid4(), taker="ann")


BANDS = [FeedbackBand(minimum="1/2", content="Passed."), FeedbackBand(content="Failed.")]


def why(call: Caller, quiz_id: uuid.UUID, taker: str, essay: str = "") -> Outcome:
    """Take a quiz of a statement, which is judged rightly, and an essay."""
    paper = sit(call, quiz_id, taker)
    said = [answer(1, 1, answer=True), *([answer(2, 1, text=essay)] if essay else [])]
    outcome: Outcome = call(attempts.submit, paper.attempt_id, taker=taker, responses=said, now=NOON)
    return outcome


def essay_quiz(call: Caller, **policy: Any) -> tuple[uuid.UUID, uuid.UUID]:
    """A quiz of a statement and an essay, of one point each, and its assignment."""
    quiz_id = published(call, yes(), Essay(content="Why?"), pass_grade="1.5", feedback_bands=BANDS, **policy)
    return quiz_id, call(assignments.page, quiz_id=quiz_id).items[0].id


def grade_essay(call: Caller, attempt_id: uuid.UUID, home: uuid.UUID, points: str) -> None:
    """Grade the essay as a person does, and compute the grade anew."""

    def write(session: Session) -> None:
        this = AttemptResponse.attempt_id == attempt_id, AttemptResponse.slot == 2
        session.execute(update(AttemptResponse).where(*this).values(effective_points=Decimal(points)))
        graded = {"score": 1 + Decimal(points), "needs_grading": False}
        session.execute(update(Attempt).where(Attempt.id == attempt_id).values(graded))

    call(lambda session: session.run_sync(write) if hasattr(session, "run_sync") else write(session))
    call(gradebook.rebuild, assignment_id=home, now=NOON)


def test_nobody_has_failed_before_a_person_has_graded(call: Caller) -> None:
    quiz_id, home = essay_quiz(call)
    outcome = why(call, quiz_id, "ann", "Because.")

    assert (outcome.score, outcome.needs_grading) == (Decimal(1), True)
    assert (outcome.grade, outcome.passed, outcome.feedback) == (None, None, None)
    mine = call(attempts.grade, quiz_id, taker="ann", now=NOON)
    (theirs,) = call(gradebook.grades, assignment_id=home).items
    for grade in (mine, theirs):
        assert (grade.grade, grade.passed, grade.attempts, grade.needs_grading) == (None, None, 1, True)
    assert call(gradebook.leaderboard, assignment_id=home).items == ()
    assert call(broken_invariants) == []

    grade_essay(call, outcome.attempt_id, home, "0.25")
    outcome = call(attempts.result, outcome.attempt_id, taker="ann", now=NOON)
    assert (str(outcome.grade), outcome.passed, outcome.feedback.text) == ("1.25", False, "Passed.")
    mine = call(attempts.grade, quiz_id, taker="ann", now=NOON)
    assert (str(mine.grade), mine.passed, mine.needs_grading) == ("1.25", False, False)
    assert [entry.rank for entry in call(gradebook.leaderboard, assignment_id=home).items] == [1]


def test_who_left_the_essay_empty_has_a_grade_at_once(call: Caller) -> None:
    quiz_id, _ = essay_quiz(call)
    outcome = why(call, quiz_id, "ann")

    assert (outcome.grade, outcome.passed, outcome.needs_grading) == (Decimal(1), False, False)


def test_the_best_that_is_graded_counts_while_another_attempt_waits(call: Caller) -> None:
    quiz_id, home = essay_quiz(call)
    first = why(call, quiz_id, "ann", "Because.")
    grade_essay(call, first.attempt_id, home, "0.75")
    why(call, quiz_id, "ann", "Therefore.")

    grade = call(attempts.grade, quiz_id, taker="ann", now=NOON)
    assert (str(grade.grade), grade.passed, grade.attempts, grade.needs_grading) == ("1.75", True, 2, True)


def test_who_has_not_passed_yet_may_still_pass_by_an_attempt_that_waits(call: Caller) -> None:
    quiz_id, home = essay_quiz(call)
    first = why(call, quiz_id, "ann", "Because.")
    grade_essay(call, first.attempt_id, home, "0.25")
    second = why(call, quiz_id, "ann", "Therefore.")
    waits = call(attempts.grade, quiz_id, taker="ann", now=NOON)
    grade_essay(call, second.attempt_id, home, "1")

    assert (str(waits.grade), waits.passed) == ("1.25", None)
    assert call(attempts.grade, quiz_id, taker="ann", now=NOON).passed is True


def test_who_waits_for_a_person_takes_no_rank_from_others(call: Caller) -> None:
    quiz_id, home = essay_quiz(call)
    for taker, said in (("ann", "Because."), ("ben", ""), ("cat", "Therefore."), ("dan", "")):
        why(call, quiz_id, taker, said)

    assert [board(call, home, limit) for limit in (1, 50)] == [[(1, "1"), (1, "1")]] * 2
    waiting = next(g for g in call(gradebook.grades, assignment_id=home).items if g.taker_id == "ann")
    with pytest.raises(NotFound):
        call(gradebook.leaderboard, assignment_id=home, after=waiting.id)


def test_a_policy_that_changes_holds_from_the_next_attempt_on(call: Caller) -> None:
    quiz_id, home = four(call, grading_method="highest", max_grade=100)
    take(call, quiz_id, "ann", 3)
    call(quizzes.update, quiz_id, QuizUpdate(grading_method=GradingMethod.LAST, max_grade=10))
    call(quizzes.publish, quiz_id)

    assert call(attempts.grade, quiz_id, taker="ann", now=NOON).grade == 75
    assert call(gradebook.rebuild, assignment_id=home, now=NOON).changed == 0
    take(call, quiz_id, "ann", 1)
    assert str(call(attempts.grade, quiz_id, taker="ann", now=NOON).grade) == "2.5"


def test_grades_are_listed_for_staff_page_by_page(call: Caller) -> None:
    quiz_id, home = four(call)
    for number in range(3):
        take(call, quiz_id, f"taker {number}", number)

    first = call(gradebook.grades, assignment_id=home, limit=2)
    second = call(gradebook.grades, assignment_id=home, after=first.next_after)

    assert [(g.taker_id, g.grade) for page in (first, second) for g in page.items] == [
        ("taker 0", 0), ("taker 1", 1), ("taker 2", 2),
    ]  # fmt: skip


# ---------------------------------------------------------------------------------------------- leaderboards


def board(call: Caller, home: uuid.UUID, limit: int) -> list[tuple[int, str]]:
    """Return rank and grade of everybody, read page by page."""
    found, after = [], None
    while True:
        page = call(gradebook.leaderboard, assignment_id=home, after=after, limit=limit)
        found += [(entry.rank, str(entry.grade)) for entry in page.items]
        if page.next_after is None:
            return found
        after = page.next_after


def test_equal_grades_share_a_rank_and_the_next_is_as_many_further(call: Caller) -> None:
    quiz_id, home = four(call)
    for number, right in enumerate((3, 4, 1, 3, 3, 0)):
        take(call, quiz_id, f"taker {number}", right)

    expected = [(1, "4"), (2, "3"), (2, "3"), (2, "3"), (5, "1"), (6, "0")]
    assert [board(call, home, limit) for limit in (1, 2, 3, 4, 50)] == [expected] * 5


def test_three_thirds_rank_with_one(call: Caller) -> None:
    third = [TextAnswer(text="a", weight="1/3"), TextAnswer(text="b")]
    quiz_id = published(call, *[ShortAnswer(content=f"{n}", answers=third) for n in range(3)], max_grade=1)
    home = call(assignments.page, quiz_id=quiz_id).items[0].id
    for taker, said in (("thirds", {1: "a", 2: "a", 3: "a"}), ("one", {1: "b"})):
        paper = sit(call, quiz_id, taker)
        for slot, typed in said.items():
            call(attempts.save, paper.attempt_id, answer(slot, 1, text=typed), taker=taker, now=NOON)
        call(attempts.submit, paper.attempt_id, taker=taker, now=NOON)

    assert [rank for rank, _ in board(call, home, 50)] == [1, 1]


def test_a_board_is_of_one_assignment(call: Caller) -> None:
    quiz_id, home = four(call)
    take(call, quiz_id, "ann", 1)
    other = call(assignments.create, AssignmentCreate(quiz_id=quiz_id)).id
    take(call, quiz_id, "ben", 2, assignment_id=other)

    assert (board(call, home, 9), board(call, other, 9)) == ([(1, "1")], [(1, "2")])
    (mine,) = call(gradebook.leaderboard, assignment_id=home).items
    with pytest.raises(NotFound) as refused:
        call(gradebook.leaderboard, assignment_id=other, after=mine.id)
    assert refused.value.code == "grade_not_found"


def test_a_corrected_key_holds_for_new_attempts_and_changes_no_grade_that_was_given(call: Caller) -> None:
    """F18: there is no regrade yet, so nothing is regraded by accident."""
    quiz = call(quizzes.create, QuizCreate(title="Rivers", questions=[yes()]))
    call(quizzes.publish, quiz.id)
    before = answered_no(call, quiz.id, "ann")
    (asked,) = call(questions.page, bank_id=quiz.bank_id).items
    call(questions.revise, asked.id, TrueFalse(content="Question 1", answer=False))
    call(quizzes.publish, quiz.id)
    (home,) = call(assignments.page, quiz_id=quiz.id).items

    rebuilt = call(gradebook.rebuild, assignment_id=home.id)

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


def test_a_grade_that_was_spoiled_is_found_and_mended(call: Caller) -> None:
    quiz_id, home = four(call)
    for number in range(5):
        take(call, quiz_id, f"taker {number}", number % 4)
    before = call(gradebook.grades, assignment_id=home).items
    engine = call.database.engine()
    with Session(engine) as session, session.begin():
        spoiled = QuizGrade.taker_id.in_(["taker 1", "taker 3"])
        session.execute(update(QuizGrade).where(QuizGrade.assignment_id == home, spoiled).values(grade=99))
        session.execute(delete(QuizGrade).where(QuizGrade.assignment_id == home, QuizGrade.taker_id == "taker 4"))
    engine.dispose()

    steps, after = [], None
    while True:
        step = call(gradebook.rebuild, assignment_id=home, after=after, limit=2, now=NOON)
        steps.append((step.grades, step.changed))
        if step.next_after is None:
            break
        after = step.next_after

    assert steps == [(2, 1), (2, 1), (1, 1)]
    found = call(gradebook.grades, assignment_id=home).items
    assert sorted((g.taker_id, g.grade) for g in found) == sorted((g.taker_id, g.grade) for g in before)
    assert call(gradebook.rebuild, assignment_id=home, now=NOON).changed == 0


def test_rebuilding_what_was_never_taken_is_nothing(call: Caller) -> None:
    _, home = four(call)

    assert call(gradebook.rebuild, assignment_id=home) == Rebuilt(grades=0, changed=0, next_after=None)


def test_workers_that_expire_and_takers_who_submit_leave_every_grade_as_its_attempts_say(engine: Engine) -> None:
    """F15 and the projection: many at once, and each grade is that of a rebuild."""
    own = Quizkit(models)
    for turn in range(max(2, ROUNDS // 5)):
        with Session(engine) as session, session.begin():
            made = begun(session, own, 8, max_attempts=2)
            quiz_id = session.scalars(select(Attempt.quiz_id).where(Attempt.id == made[0])).one()

        def expire(session: Session) -> Expired:
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
