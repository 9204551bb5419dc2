"""Lateness is a property of responses, not of the submit, and never reduces responses stored in time."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from conftest import Caller
from quizkit.crud import assignments, attempts, gradebook
from quizkit.questions import Choice, Essay, Hint, Option, ShortAnswer, ShortAnswerResponse, TextAnswer
from quizkit.schemas import SaveResponse
from quizkit.vocabulary import Behaviour, GradeState, ReviewItem, ReviewMoment
from sent_responses import sent
from taking import LAST, LATE, MINUTE, MINUTE_THEN_LATE, NOON, SECOND, answer, check, published, start_attempt, yes

pytestmark = pytest.mark.usefixtures("unbroken")

END = NOON + MINUTE
POLICY: dict[str, Any] = {**MINUTE_THEN_LATE, "late_penalty": "1/2"}


def exam(call: Caller, *asked: Any, **policy: Any) -> Any:
    """An attempt of one minute; late responses are accepted for ten more, and lose half of the points."""
    return start_attempt(call, published(call, *asked, **{**POLICY, **policy}))


def save(call: Caller, paper: Any, *responses: SaveResponse, at: Any) -> None:
    for data in responses:
        call(attempts.save, paper.attempt_id, data, taker="ann", now=at)


def submitted(call: Caller, paper: Any, at: Any, *responses: SaveResponse) -> Any:
    return call(attempts.submit, paper.attempt_id, taker="ann", responses=responses, now=at)


def test_a_late_submit_does_not_reduce_responses_stored_in_time(call: Caller) -> None:
    paper = exam(call, *[yes(n) for n in range(3)])
    save(call, paper, *[answer(slot, answer=True) for slot in (1, 2, 3)], at=LAST)
    outcome = submitted(call, paper, LATE + MINUTE)

    assert (outcome.score, outcome.grade, outcome.late, outcome.late_penalty) == (3, 3, False, None)
    assert outcome.submitted_at == LATE + MINUTE


def test_only_the_late_response_is_reduced(call: Caller) -> None:
    paper = exam(call, *[yes(n) for n in range(10)])
    save(call, paper, *[answer(slot, answer=True) for slot in range(1, 10)], at=NOON)
    save(call, paper, answer(10, answer=True), at=LATE)
    outcome = submitted(call, paper, LATE)

    assert (str(outcome.score), outcome.late, outcome.late_penalty) == ("9.5", True, Fraction(1, 2))
    assert [question.late for question in outcome.questions] == [False] * 9 + [True]
    assert (str(outcome.questions[9].points), outcome.questions[9].state) == ("0.5", GradeState.RIGHT)


SEVERAL = Choice(content="?", multiple=True, options=[Option(id=n, content=n, correct=n in "ab") for n in "abc"])


@pytest.mark.parametrize("picked", [["a", "b"], ["b", "a"]])
def test_a_late_autosave_of_the_stored_response_is_not_late(call: Caller, picked: list[str]) -> None:
    again = sent(SEVERAL, {"selected": picked})
    paper = exam(call, SEVERAL, yes())
    save(call, paper, answer(1, 1, **sent(SEVERAL, {"selected": ["a", "b"]})), at=LAST)
    saved = call(attempts.save, paper.attempt_id, answer(1, 2, **again), taker="ann", now=LATE)
    outcome = submitted(call, paper, LATE, answer(1, 3, **again))

    assert (saved.sequence, saved.received_at) == (2, LAST)
    assert (outcome.score, outcome.late, outcome.sent[0].sequence) == (1, False, 3)


def test_an_unchanged_essay_that_is_saved_again_late_is_not_late(call: Caller) -> None:
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
def test_the_better_of_the_response_in_time_and_the_late_one_counts_and_is_shown(
    call: Caller, in_time: str | None, late: str, points: str, shown: str
) -> None:
    paper = exam(call, _river())
    if in_time is not None:
        save(call, paper, answer(1, 1, text=in_time), at=LAST)
    save(call, paper, answer(1, 2, text=late), at=LATE)
    on_paper = call(attempts.paper, paper.attempt_id, taker="ann", now=LATE).questions[0]
    (question,) = submitted(call, paper, LATE).questions

    assert on_paper.response == ShortAnswerResponse(text=late)
    assert (str(question.points), question.response) == (points, ShortAnswerResponse(text=shown))
    assert question.late is (shown == late and points != "0")


def _river(**more: Any) -> ShortAnswer:
    answers = [TextAnswer(text="Danube"), TextAnswer(text="Donau", weight="1/2"), TextAnswer(text="Po", weight="-1/2")]
    return ShortAnswer(content="?", answers=answers, **more)


def test_a_response_in_time_replaces_a_late_one_after_an_extension(call: Caller) -> None:
    """After an extension, a new response is in time and counts, even if it is worse."""
    quiz_id = published(call, _river(), **POLICY)
    assignment_id = call(assignments.page, quiz_id=quiz_id).items[0].id
    paper = start_attempt(call, quiz_id)
    save(call, paper, answer(1, 1, text="Danube"), at=LAST)
    save(call, paper, answer(1, 2, text="Donau"), at=LATE)
    call(assignments.extend, assignment_id, seconds=60, now=LATE)
    save(call, paper, answer(1, 3, text="Rhine"), at=LATE + SECOND)

    assert (submitted(call, paper, LATE + SECOND).score, submitted(call, paper, LATE).late) == (0, False)


def test_a_late_response_is_in_time_after_an_extension(call: Caller) -> None:
    quiz_id = published(call, _river(), _river(), **POLICY)
    assignment_id = call(assignments.page, quiz_id=quiz_id).items[0].id
    paper = start_attempt(call, quiz_id)
    save(call, paper, answer(1, 1, text="Rhine"), answer(2, 1, text="Danube"), at=LAST)
    save(call, paper, answer(1, 2, text="Danube"), answer(2, 2, text="Rhine"), at=LATE)
    call(assignments.extend, assignment_id, seconds=60, now=LATE)
    outcome = submitted(call, paper, LATE + SECOND)

    # The second response was replaced while it was late, so it lowers nothing.
    assert ([str(question.points) for question in outcome.questions], outcome.late) == (["1", "1"], False)


def test_a_late_response_with_negative_points_costs_nothing(call: Caller) -> None:
    paper = exam(call, _river(), yes())
    save(call, paper, answer(2, answer=True), at=LAST)
    save(call, paper, answer(1, text="Po"), at=LATE)

    assert submitted(call, paper, LATE).score == 1


def test_a_late_essay_needs_grading_and_reduces_no_known_points(call: Caller) -> None:
    paper = exam(call, Essay(content="Why?"), yes())
    save(call, paper, answer(1, text=""), answer(2, answer=True), at=LAST)
    save(call, paper, answer(1, 2, text="Because."), at=LATE)
    outcome = submitted(call, paper, LATE)

    assert (outcome.score, outcome.needs_grading, outcome.late, outcome.grade) == (1, True, True, None)


def test_an_abandoned_overdue_attempt_is_finished_with_the_better_response(call: Caller) -> None:
    paper = exam(call, _river(), _river())
    save(call, paper, answer(1, 1, text="Danube"), at=LAST)
    save(call, paper, answer(1, 2, text="Rhine"), answer(2, text="Danube"), at=LATE)
    while call(gradebook.expire_due, now=NOON + 30 * MINUTE, limit=200).more:
        pass
    outcome = call(attempts.result, paper.attempt_id, taker="ann", now=NOON + 30 * MINUTE)

    assert (str(outcome.score), outcome.late) == ("1.5", True)
    assert outcome.submitted_at == LAST + 600 * SECOND
    grade = call(attempts.grade, paper.quiz_id, taker="ann", now=NOON + 30 * MINUTE)
    assert str(grade.grade) == "1.5"


def test_the_response_that_counts_is_not_revealed_while_marks_are_hidden(call: Caller) -> None:
    seen = {item: list(ReviewMoment) for item in (ReviewItem.QUESTION, ReviewItem.RESPONSE)}
    shown = {item: [ReviewMoment.AFTER_CLOSE] for item in ReviewItem} | seen
    outcomes = []
    for late in ("Danube", "Po"):
        paper = exam(call, _river(), review=shown, max_attempts=2)
        save(call, paper, answer(1, 1, text="Donau"), at=LAST)
        save(call, paper, answer(1, 2, text=late), at=LATE)
        outcome = submitted(call, paper, LATE)
        outcomes.append(
            (outcome.late, outcome.late_penalty, outcome.questions[0].late, outcome.questions[0].response.text)
        )

    assert outcomes == [(None, None, False, "Danube"), (None, None, False, "Po")]


def test_a_late_check_does_not_reduce_a_response_stored_in_time(call: Caller) -> None:
    hinted = _river(hints=[Hint(content="Long."), Hint(content="Blue.")])
    paper = exam(call, hinted, behaviour=Behaviour.INTERACTIVE, penalty="1/4")
    save(call, paper, answer(1, 1, text="Danube"), at=LAST)
    checked = call(attempts.check, paper.attempt_id, check(1, 1, sequence=2, text="Rhine"), taker="ann", now=LATE)
    outcome = submitted(call, paper, LATE)
    (question,) = outcome.questions

    assert checked.counted
    assert (outcome.score, question.response, question.state) == (
        1,
        ShortAnswerResponse(text="Danube"),
        GradeState.RIGHT,
    )
    assert [one.state for one in question.tries] == [GradeState.WRONG]


def test_the_better_of_two_responses_that_an_extension_made_timely_counts(call: Caller) -> None:
    """The second response was late until the extension; the third one is late despite it."""
    paper = exam(call, yes())
    assignment_id = call(attempts.explain_access, paper.quiz_id, taker="ann", now=NOON).assignment_id
    save(call, paper, answer(1, 1, answer=True), at=NOON)
    save(call, paper, answer(1, 2, answer=False), at=LATE)
    call(assignments.extend, assignment_id, seconds=60, taker="ann", now=LATE)

    save(call, paper, answer(1, 3, answer=False), at=LATE + MINUTE)

    assert submitted(call, paper, LATE + MINUTE).score == 1
