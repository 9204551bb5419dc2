"""What comes late: it belongs to answers and not to a click, and never makes less of what was stored in time."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from conftest import Caller
from quizkit.crud import assignments, attempts, gradebook
from quizkit.questions import Choice, Essay, Hint, Option, ShortAnswer, TextAnswer
from quizkit.schemas import SaveResponse
from quizkit.vocabulary import Behaviour, GradeState, ReviewItem, ReviewMoment
from sent import sent
from taking import LAST, LATE, MINUTE, MINUTE_THEN_LATE, NOON, SECOND, answer, check, published, sit, yes

pytestmark = pytest.mark.usefixtures("unbroken")

END = NOON + MINUTE
POLICY: dict[str, Any] = {**MINUTE_THEN_LATE, "late_penalty": "1/2"}


def exam(call: Caller, *asked: Any, **policy: Any) -> Any:
    """An attempt of a minute; late answers are taken for ten more and lose half."""
    return sit(call, published(call, *asked, **{**POLICY, **policy}))


def save(call: Caller, paper: Any, *said: SaveResponse, at: Any) -> None:
    for data in said:
        call(attempts.save, paper.attempt_id, data, taker="ann", now=at)


def submitted(call: Caller, paper: Any, at: Any, *said: SaveResponse) -> Any:
    return call(attempts.submit, paper.attempt_id, taker="ann", responses=said, now=at)


def test_who_presses_submit_late_loses_nothing_of_what_was_stored_in_time(call: Caller) -> None:
    paper = exam(call, *[yes(n) for n in range(3)])
    save(call, paper, *[answer(slot, answer=True) for slot in (1, 2, 3)], at=LAST)
    outcome = submitted(call, paper, LATE + MINUTE)

    assert (outcome.score, outcome.grade, outcome.late, outcome.late_penalty) == (3, 3, False, None)
    assert outcome.submitted_at == LATE + MINUTE


def test_only_the_answer_that_came_late_is_reduced(call: Caller) -> None:
    paper = exam(call, *[yes(n) for n in range(10)])
    save(call, paper, *[answer(slot, answer=True) for slot in range(1, 10)], at=NOON)
    save(call, paper, answer(10, answer=True), at=LATE)
    outcome = submitted(call, paper, LATE)

    assert (str(outcome.score), outcome.late, outcome.late_penalty) == ("9.5", True, Fraction(1, 2))
    assert [question.late for question in outcome.questions] == [False] * 9 + [True]
    assert (str(outcome.questions[9].points), outcome.questions[9].state) == ("0.5", GradeState.RIGHT)


SEVERAL = Choice(content="?", multiple=True, options=[Option(id=n, content=n, correct=n in "ab") for n in "abc"])


@pytest.mark.parametrize("picked", [["a", "b"], ["b", "a"]])
def test_an_autosave_that_repeats_what_is_stored_is_nothing(call: Caller, picked: list[str]) -> None:
    again = sent(SEVERAL, {"selected": picked})
    paper = exam(call, SEVERAL, yes())
    save(call, paper, answer(1, 1, **sent(SEVERAL, {"selected": ["a", "b"]})), at=LAST)
    saved = call(attempts.save, paper.attempt_id, answer(1, 2, **again), taker="ann", now=LATE)
    outcome = submitted(call, paper, LATE, answer(1, 3, **again))

    assert (saved.sequence, saved.received_at) == (2, LAST)
    assert (outcome.score, outcome.late, outcome.sent[0].sequence) == (1, False, 3)


def test_an_essay_that_is_sent_again_late_is_not_late(call: Caller) -> None:
    paper = exam(call, Essay(content="Why?"))
    save(call, paper, answer(1, 1, text="Because."), at=LAST)
    save(call, paper, answer(1, 2, text=" Because. "), at=LATE)

    assert (submitted(call, paper, LATE).late, submitted(call, paper, LATE).needs_grading) == (False, True)


@pytest.mark.parametrize(
    ("in_time", "late", "points", "shown"),
    [
        ("Danube", "Rhine", "1", "Danube"),
        ("Danube", "", "1", "Danube"),
        ("Danube", "Donau", "1", "Danube"),
        ("Donau", "Danube", "0.5", "Donau"),
        ("Rhine", "Danube", "0.5", "Danube"),
        ("Rhine", "Donau", "0.25", "Donau"),
        (None, "Danube", "0.5", "Danube"),
        (None, "Rhine", "0", "Rhine"),
    ],
)
def test_the_better_of_what_was_stored_in_time_and_what_came_late_counts_and_is_shown(
    call: Caller, in_time: str | None, late: str, points: str, shown: str
) -> None:
    paper = exam(call, _river())
    if in_time is not None:
        save(call, paper, answer(1, 1, text=in_time), at=LAST)
    save(call, paper, answer(1, 2, text=late), at=LATE)
    on_paper = call(attempts.paper, paper.attempt_id, taker="ann", now=LATE).questions[0]
    (question,) = submitted(call, paper, LATE).questions

    assert on_paper.response == {"text": late}
    assert (str(question.points), question.response) == (points, {"text": shown})
    assert question.late is (shown == late and points != "0")


def _river(**more: Any) -> ShortAnswer:
    answers = [TextAnswer(text="Danube"), TextAnswer(text="Donau", weight="1/2"), TextAnswer(text="Po", weight="-1/2")]
    return ShortAnswer(content="?", answers=answers, **more)


def test_what_takes_the_place_of_a_late_answer_in_time_again_counts_alone(call: Caller) -> None:
    """More time was given meanwhile: what is said then is said in time, also if it is worse."""
    quiz_id = published(call, _river(), **POLICY)
    home = call(assignments.page, quiz_id=quiz_id).items[0].id
    paper = sit(call, quiz_id)
    save(call, paper, answer(1, 1, text="Danube"), at=LAST)
    save(call, paper, answer(1, 2, text="Donau"), at=LATE)
    call(assignments.extend, home, seconds=60, now=LATE)
    save(call, paper, answer(1, 3, text="Rhine"), at=LATE + SECOND)

    assert (submitted(call, paper, LATE + SECOND).score, submitted(call, paper, LATE).late) == (0, False)


def test_a_late_answer_is_in_time_where_more_time_was_given_later(call: Caller) -> None:
    quiz_id = published(call, _river(), _river(), **POLICY)
    home = call(assignments.page, quiz_id=quiz_id).items[0].id
    paper = sit(call, quiz_id)
    save(call, paper, answer(1, 1, text="Rhine"), answer(2, 1, text="Danube"), at=LAST)
    save(call, paper, answer(1, 2, text="Danube"), answer(2, 2, text="Rhine"), at=LATE)
    call(assignments.extend, home, seconds=60, now=LATE)
    outcome = submitted(call, paper, LATE + SECOND)

    # The second was replaced when that was late, so it lowers nothing.
    assert ([str(question.points) for question in outcome.questions], outcome.late) == (["1", "1"], False)


def test_a_negative_answer_that_comes_late_costs_nothing(call: Caller) -> None:
    paper = exam(call, _river(), yes())
    save(call, paper, answer(2, answer=True), at=LAST)
    save(call, paper, answer(1, text="Po"), at=LATE)

    assert submitted(call, paper, LATE).score == 1


def test_an_essay_that_comes_late_waits_for_a_person_and_takes_no_points_that_are_known(call: Caller) -> None:
    paper = exam(call, Essay(content="Why?"), yes())
    save(call, paper, answer(1, text=""), answer(2, answer=True), at=LAST)
    save(call, paper, answer(1, 2, text="Because."), at=LATE)
    outcome = submitted(call, paper, LATE)

    assert (outcome.score, outcome.needs_grading, outcome.late, outcome.grade) == (1, True, True, None)


def test_who_is_gone_is_finished_with_the_better_of_both(call: Caller) -> None:
    paper = exam(call, _river(), _river())
    save(call, paper, answer(1, 1, text="Danube"), at=LAST)
    save(call, paper, answer(1, 2, text="Rhine"), answer(2, text="Danube"), at=LATE)
    while call(gradebook.expire_due, now=NOON + 30 * MINUTE, limit=200).more:
        pass
    outcome = call(attempts.result, paper.attempt_id, taker="ann", now=NOON + 30 * MINUTE)

    assert (str(outcome.score), outcome.late) == ("1.5", True)
    assert outcome.submitted_at == LAST + 600 * SECOND
    home = call(attempts.grade, paper.quiz_id, taker="ann", now=NOON + 30 * MINUTE)
    assert str(home.grade) == "1.5"


def test_which_answer_counts_is_not_told_while_marks_are_hidden(call: Caller) -> None:
    seen = {item: list(ReviewMoment) for item in (ReviewItem.QUESTION, ReviewItem.RESPONSE)}
    shown = {item: [ReviewMoment.AFTER_CLOSE] for item in ReviewItem} | seen
    told = []
    for late in ("Danube", "Po"):
        paper = exam(call, _river(), review=shown, max_attempts=2)
        save(call, paper, answer(1, 1, text="Donau"), at=LAST)
        save(call, paper, answer(1, 2, text=late), at=LATE)
        outcome = submitted(call, paper, LATE)
        told.append(
            (outcome.late, outcome.late_penalty, outcome.questions[0].late, outcome.questions[0].response["text"])
        )

    assert told == [(None, None, False, "Danube"), (None, None, False, "Po")]


def test_a_late_check_takes_nothing_from_what_was_stored_in_time(call: Caller) -> None:
    hinted = _river(hints=[Hint(content="Long."), Hint(content="Blue.")])
    paper = exam(call, hinted, behaviour=Behaviour.INTERACTIVE, penalty="1/4")
    save(call, paper, answer(1, 1, text="Danube"), at=LAST)
    checked = call(attempts.check, paper.attempt_id, check(1, 1, sequence=2, text="Rhine"), taker="ann", now=LATE)
    outcome = submitted(call, paper, LATE)
    (question,) = outcome.questions

    assert checked.counted
    assert (outcome.score, question.response, question.state) == (1, {"text": "Danube"}, GradeState.RIGHT)
    assert [one.state for one in question.tries] == [GradeState.WRONG]


def test_of_two_responses_that_are_in_time_by_now_the_better_one_counts(call: Caller) -> None:
    """The second one was late until there was more time; the third one is late all the same."""
    paper = exam(call, yes())
    home = call(attempts.explain_access, paper.quiz_id, taker="ann", now=NOON).assignment_id
    save(call, paper, answer(1, 1, answer=True), at=NOON)
    save(call, paper, answer(1, 2, answer=False), at=LATE)
    call(assignments.extend, home, seconds=60, taker="ann", now=LATE)

    save(call, paper, answer(1, 3, answer=False), at=LATE + MINUTE)

    assert submitted(call, paper, LATE + MINUTE).score == 1
