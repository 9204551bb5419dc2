"""Leaderboards: ties, windows, places, several assignments and groups."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, event, update
from sqlalchemy.orm import Session

from conftest import Caller, statements
from quizkit.crud import Quizkit, assignments, attempts, gradebook
from quizkit.errors import Invalid, NotFound, UsageError
from quizkit.models import QuizGrade, models
from quizkit.questions import Essay, TrueFalse
from quizkit.rules.scoring import deciding_attempts, quiz_share
from quizkit.schemas import QuizCreate, SaveResponse
from quizkit.testing import broken_invariants
from quizkit.vocabulary import GradingMethod, TieBreak
from taking import MINUTE, NOON, answer, published, start_attempt, yes


class Exam:
    """An assignment of a quiz of four statements, and who took it."""

    def __init__(self, call: Caller, **policy: Any) -> None:
        self._call = call
        self.quiz_id = published(call, *[yes(n) for n in range(4)], **policy)
        self.assignment_id: uuid.UUID = call(assignments.page, quiz_id=self.quiz_id).items[0].id

    def take(self, taker: str, right: int, minute: int) -> None:
        """Answer so many statements correctly, and submit in this minute after noon."""
        start, end = NOON + (minute - 1) * MINUTE, NOON + minute * MINUTE
        paper = start_attempt(self._call, self.quiz_id, taker, now=start)
        responses = [answer(slot, 1, answer=slot <= right) for slot in range(1, 5)]
        self._call(attempts.submit, paper.attempt_id, taker=taker, responses=responses, now=end)

    def board(self, **named: Any) -> list[tuple[str, int]]:
        page = self._call(gradebook.leaderboard, assignment_id=self.assignment_id, **named)
        return [(entry.taker_id, entry.rank) for entry in page.items]


def race(call: Caller) -> Exam:
    """Ann 3 in the second attempt at minute 20; ben 3 at minute 10; cem 3 at minute 20; dee 4 at minute 30; eve 1."""
    exam = Exam(call)
    for taker, right, minute in [
        ("ann", 1, 5), ("ben", 3, 10), ("ann", 3, 20), ("cem", 3, 20), ("dee", 4, 30), ("eve", 1, 40), ("ann", 2, 50),
    ]:  # fmt: skip
        exam.take(taker, right, minute)
    return exam


def test_equal_grades_share_a_rank_unless_a_tie_break_is_named(call: Caller) -> None:
    exam = race(call)

    assert dict(exam.board()) == {"dee": 1, "ann": 2, "ben": 2, "cem": 2, "eve": 5}
    assert dict(exam.board(ties=TieBreak.TIME)) == {"dee": 1, "ben": 2, "ann": 3, "cem": 3, "eve": 5}
    assert dict(exam.board(ties=TieBreak.ATTEMPTS)) == {"dee": 1, "ben": 2, "cem": 2, "ann": 4, "eve": 5}
    assert call(broken_invariants, quiz_id=exam.quiz_id) == []


@pytest.mark.parametrize("ties", TieBreak)
def test_the_pages_of_a_board_are_its_parts(call: Caller, ties: TieBreak) -> None:
    exam = race(call)
    whole = call(gradebook.leaderboard, assignment_id=exam.assignment_id, ties=ties).items
    parts, after = [], None
    while True:
        page = call(gradebook.leaderboard, assignment_id=exam.assignment_id, ties=ties, after=after, limit=2)
        parts += page.items
        after = page.next_after
        if after is None:
            break

    assert tuple(parts) == whole
    assert [entry.rank for entry in whole] == sorted(entry.rank for entry in whole)


@pytest.mark.parametrize("ties", TieBreak)
@pytest.mark.parametrize("neighbours", [0, 1, 2, 50])
def test_a_place_is_the_part_of_the_board_around_a_taker(call: Caller, ties: TieBreak, neighbours: int) -> None:
    exam = race(call)
    whole = call(gradebook.leaderboard, assignment_id=exam.assignment_id, ties=ties).items

    for at, entry in enumerate(whole):
        place = call(gradebook.place, quiz_id=exam.quiz_id, taker=entry.taker_id, ties=ties, neighbours=neighbours)
        assert place.takers == len(whole)
        assert place.above == whole[max(0, at - neighbours) : at]
        assert place.own == entry
        assert place.below == whole[at + 1 : at + 1 + neighbours]


def test_who_has_no_grade_has_no_place(call: Caller) -> None:
    exam = race(call)
    start_attempt(call, exam.quiz_id, "fay", now=NOON)

    for taker in ("fay", "nobody"):
        assert call(gradebook.place, assignment_id=exam.assignment_id, taker=taker) is None
    here = {"assignment_id": exam.assignment_id, "taker": "ann"}
    assert call(gradebook.place, **here, where=[QuizGrade.taker_id != "ann"]) is None
    assert call(gradebook.place, **here, until=NOON) is None


@pytest.mark.parametrize("neighbours", [-1, 51])
def test_the_number_of_neighbours_is_bounded(call: Caller, neighbours: int) -> None:
    with pytest.raises(Invalid) as refused:
        call(gradebook.place, assignment_id=uuid.uuid4(), taker="ann", neighbours=neighbours)
    assert refused.value.code == "neighbours"


def test_a_place_takes_four_statements_on_every_board(engine: Engine) -> None:
    own = Quizkit(models)
    with Session(engine) as session:
        quiz = own.quizzes.create(session, QuizCreate(title="Rivers", questions=[yes()]))
        own.quizzes.publish(session, quiz.id)
        (given,) = own.assignments.page(session, quiz_id=quiz.id).items
        counts = []
        for taker in ("ann", "ben", "cem", "dee", "eve"):
            paper = own.attempts.start(session, quiz.id, taker=taker)
            own.attempts.submit(session, paper.attempt_id, taker=taker)
            with statements(engine) as sent:
                own.gradebook.place(session, assignment_id=given.id, taker="ann", neighbours=1)
            counts.append(len(sent))
        session.rollback()

    assert counts == [4] * 5


def test_a_window_ranks_the_grades_that_were_reached_in_it(call: Caller) -> None:
    """Its start is in it, its end is not."""
    exam = race(call)
    start, end = NOON + 20 * MINUTE, NOON + 40 * MINUTE

    assert exam.board(since=start, until=end) == [("dee", 1), ("ann", 2), ("cem", 2)]
    assert exam.board(since=end) == [("eve", 1)]
    assert exam.board(until=start) == [("ben", 1)]
    place = call(gradebook.place, assignment_id=exam.assignment_id, taker="cem", since=start, until=end)
    assert (place.takers, place.own.rank) == (3, 2)


@pytest.mark.parametrize("end", [NOON, NOON - MINUTE])
def test_a_window_that_is_empty_is_refused(call: Caller, end: Any) -> None:
    for verb, named in (
        (gradebook.leaderboard, {"assignment_id": uuid.uuid4()}),
        (gradebook.place, {"assignment_id": uuid.uuid4(), "taker": "ann"}),
        (gradebook.standings, {"assignment_ids": [uuid.uuid4()]}),
    ):
        with pytest.raises(Invalid) as refused:
            call(verb, **named, since=NOON, until=end)
        assert refused.value.code == "window_order"
        with pytest.raises(UsageError) as naive:
            call(verb, **named, since=NOON.replace(tzinfo=None))
        assert naive.value.code == "naive_moment"


def test_a_grade_that_waits_for_a_person_was_not_reached(call: Caller) -> None:
    quiz_id = published(call, Essay(content="Why?"))
    paper = start_attempt(call, quiz_id)
    call(attempts.submit, paper.attempt_id, taker="ann", responses=[answer(1, 1, text="Because.")], now=NOON)

    (grade,) = call(gradebook.grades, quiz_id=quiz_id).items

    assert (grade.grade, grade.reached_at) == (None, None)


@pytest.mark.parametrize(
    ("method", "minute"),
    [("highest", 20), ("first", 5), ("last", 50), ("average", 50), ("lowest", 5), ("best", 50)],
)
def test_a_grade_is_reached_when_the_last_attempt_that_it_is_made_of_ends(
    call: Caller, method: str, minute: int
) -> None:
    """1, 3, 3 and 2 points in minutes 5, 20, 30 and 50; the best three are averaged."""
    exam = Exam(call, grading_method=method, best_attempts=3)
    for right, end in ((1, 5), (3, 20), (3, 30), (2, 50)):
        exam.take("ann", right, end)

    (grade,) = call(gradebook.grades, assignment_id=exam.assignment_id).items

    assert grade.reached_at == NOON + minute * MINUTE
    assert call(gradebook.rebuild, assignment_id=exam.assignment_id).changed == 0
    assert call(broken_invariants, quiz_id=exam.quiz_id) == []


@given(
    st.sampled_from(GradingMethod),
    st.lists(st.sampled_from([None, *(Fraction(n, 4) for n in range(5))]), min_size=1, max_size=8),
    st.integers(1, 5),
)
def test_the_deciding_attempts_alone_have_the_same_share(
    method: GradingMethod, shares: Sequence[Fraction | None], best: int
) -> None:
    found = quiz_share(method, shares, best)
    if found.share is None:
        return
    positions = deciding_attempts(method, shares, best)

    alone = [shares[position] for position in sorted(positions)]
    assert quiz_share(method, alone, best).share == found.share
    assert len(set(positions)) == len(positions) > 0


# ---------------------------------------------------------------------------------------------- several assignments


def test_the_grades_of_several_assignments_are_added(call: Caller) -> None:
    one, two = Exam(call), Exam(call)
    for exam, taker, right, minute in (
        (one, "ann", 4, 10), (two, "ann", 1, 20), (one, "ben", 3, 10), (two, "ben", 2, 30), (two, "cem", 4, 20),
    ):  # fmt: skip
        exam.take(taker, right, minute)
    both = [one.assignment_id, two.assignment_id]

    items = call(gradebook.standings, both).items

    assert [(item.taker_id, item.rank, item.grade, item.max_grade, item.assignments) for item in items[2:]] == [
        ("cem", 3, 4, 4, 1)
    ]
    assert {(item.taker_id, item.rank, item.grade, item.max_grade, item.assignments) for item in items[:2]} == {
        ("ann", 1, 5, 8, 2),
        ("ben", 1, 5, 8, 2),
    }
    by_time = call(gradebook.standings, both, ties=TieBreak.TIME).items
    assert [(item.taker_id, item.rank) for item in by_time] == [("ann", 1), ("ben", 2), ("cem", 3)]
    assert by_time[1].reached_at == NOON + 30 * MINUTE
    early = call(gradebook.standings, both, until=NOON + 11 * MINUTE).items
    assert [(item.taker_id, item.grade) for item in early] == [("ann", 4), ("ben", 3)]
    only = call(gradebook.standings, both, where=[QuizGrade.taker_id == "cem"]).items
    assert [(item.taker_id, item.rank) for item in only] == [("cem", 1)]


@pytest.mark.parametrize("ties", TieBreak)
def test_the_pages_of_standings_are_their_parts(call: Caller, ties: TieBreak) -> None:
    one, two = race(call), Exam(call)
    two.take("ben", 1, 60)
    both = [one.assignment_id, two.assignment_id, one.assignment_id]  # twice counts once
    whole = call(gradebook.standings, both, ties=ties).items
    parts, after = [], None
    while True:
        page = call(gradebook.standings, both, ties=ties, after=after, limit=2)
        parts += page.items
        after = page.next_after
        if after is None:
            break

    assert tuple(parts) == whole
    assert {item.taker_id: item.grade for item in whole} == {"ann": 3, "ben": 4, "cem": 3, "dee": 4, "eve": 1}


def test_any_grade_of_a_sum_marks_its_place(call: Caller) -> None:
    """A page that was read before the taker had another grade goes on after the same taker."""
    one, two = Exam(call), Exam(call)
    for exam, taker, right in ((one, "ann", 4), (two, "ann", 4), (one, "ben", 1)):
        exam.take(taker, right, 10)
    both = [one.assignment_id, two.assignment_id]
    of_ann = [call(gradebook.place, assignment_id=exam, taker="ann").own.id for exam in both]

    for after in of_ann:
        assert [item.taker_id for item in call(gradebook.standings, both, after=after).items] == ["ben"]
    with pytest.raises(NotFound) as refused:
        call(gradebook.standings, both[1:], after=of_ann[0])
    assert refused.value.code == "after_not_found"


def test_the_grades_of_erased_takers_are_not_added(engine: Engine) -> None:
    """Nobody knows whether they are of one taker."""
    own = Quizkit(models)
    with Session(engine) as session:
        both = []
        for _ in range(2):
            quiz = own.quizzes.create(session, QuizCreate(title="Rivers", questions=[yes()]))
            own.quizzes.publish(session, quiz.id)
            paper = own.attempts.start(session, quiz.id, taker="ann")
            own.attempts.submit(session, paper.attempt_id, taker="ann")
            both.append(own.assignments.page(session, quiz_id=quiz.id).items[0].id)
        session.execute(update(QuizGrade).where(QuizGrade.assignment_id.in_(both)).values(taker_id=None))
        first = own.gradebook.standings(session, both, limit=1)
        second = own.gradebook.standings(session, both, limit=1, after=first.next_after)
        session.rollback()

    assert [(item.taker_id, item.assignments, item.rank) for item in first.items + second.items] == [(None, 1, 1)] * 2
    assert second.next_after is None


@pytest.mark.parametrize("count", [0, 51])
def test_the_number_of_assignments_is_bounded(call: Caller, count: int) -> None:
    with pytest.raises(Invalid) as refused:
        call(gradebook.standings, [uuid.uuid4() for _ in range(count)])
    assert refused.value.code == "assignment_count"


# ---------------------------------------------------------------------------------------------- groups


def test_groups_have_the_mean_of_their_known_grades(call: Caller) -> None:
    exam = race(call)  # ann 3, ben 3, cem 3, dee 4, eve 1
    start_attempt(call, exam.quiz_id, "fay", now=NOON)
    groups = {
        "7b": [QuizGrade.taker_id.in_(["ann", "dee", "fay"])],
        "7a": [QuizGrade.taker_id.in_(["ann", "ben", "eve"])],
        "all": [],
        "none": [QuizGrade.taker_id == "nobody"],
    }

    found = call(gradebook.means, assignment_id=exam.assignment_id, groups=groups)

    assert [(one.group, one.grades, one.mean) for one in found] == [
        ("7b", 2, Decimal("3.5")),
        ("7a", 3, Decimal("2.33333")),
        ("all", 5, Decimal("2.8")),
        ("none", 0, None),
    ]
    assert call(gradebook.means, quiz_id=exam.quiz_id, groups={}) == ()


def test_groups_are_bounded_and_checked(call: Caller) -> None:
    here = {"assignment_id": uuid.uuid4()}
    with pytest.raises(Invalid) as refused:
        call(gradebook.means, **here, groups={str(n): [] for n in range(101)})
    assert refused.value.code == "group_count"
    wrongs: list[Any] = [[], {"7a": QuizGrade.taker_id == "ann"}, {7: []}, {"7a": "ann"}]
    for wrong in wrongs:
        with pytest.raises(UsageError):
            call(gradebook.means, **here, groups=wrong)


# ---------------------------------------------------------------------------------------------- plans


@pytest.mark.parametrize("ties", TieBreak)
def test_a_board_is_read_through_the_index_of_grades(engine: Engine, ties: TieBreak) -> None:
    if engine.dialect.name != "sqlite":
        pytest.skip("the plans of the servers depend on how many rows there are")
    plans: list[str] = []

    def explain(_c: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith("SELECT"):
            rows = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.extend(row[3] for row in rows)

    own = Quizkit(models)
    with Session(engine) as session:
        quiz = own.quizzes.create(session, QuizCreate(title="Rivers", questions=[TrueFalse(content="?", answer=True)]))
        own.quizzes.publish(session, quiz.id)
        paper = own.attempts.start(session, quiz.id, taker="ann")
        data = SaveResponse(slot=1, sequence=1, response={"answer": True})
        own.attempts.submit(session, paper.attempt_id, taker="ann", responses=[data])
        assert paper.assignment_id is not None
        first = own.gradebook.leaderboard(session, assignment_id=paper.assignment_id).items[0].id
        event.listen(engine, "before_cursor_execute", explain)
        own.gradebook.leaderboard(session, assignment_id=paper.assignment_id, ties=ties)
        own.gradebook.leaderboard(session, assignment_id=paper.assignment_id, ties=ties, after=first)
        own.gradebook.place(session, assignment_id=paper.assignment_id, ties=ties, taker="ann")
        event.remove(engine, "before_cursor_execute", explain)
        session.rollback()

    reads = [plan for plan in plans if "quizkit_quiz_grade" in plan]
    assert len(reads) >= 6
    assert all(plan.startswith("SEARCH quizkit_quiz_grade USING") for plan in reads), reads
