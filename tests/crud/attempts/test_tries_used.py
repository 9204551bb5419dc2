"""Which checks use a try, which responses are equal, and which earn nothing: on every database."""

from __future__ import annotations

from typing import Any

import pytest

from conftest import Caller
from quizkit.crud import attempts
from quizkit.questions import (
    Blanks,
    BlanksResponse,
    Choice,
    ChoiceScheme,
    Hint,
    Matching,
    MatchingPair,
    NumberAnswer,
    NumberGap,
    Numeric,
    Option,
    Question,
    ShortAnswer,
    TextAnswer,
    TextGap,
)
from quizkit.schemas import Checked
from quizkit.vocabulary import Behaviour, GradeState, SaveStatus, TryState
from sent_responses import id_of
from taking import MINUTE, NOON, SECOND, answer, check, pairs, published, river, start_attempt

pytestmark = pytest.mark.usefixtures("unbroken")

WITH_CHECKS = [
    Behaviour.IMMEDIATE,
    Behaviour.INTERACTIVE,
    Behaviour.ADAPTIVE,
    Behaviour.ADAPTIVE_NO_PENALTY,
    Behaviour.IMMEDIATE_CBM,
]


def checked(call: Caller, paper: Any, *what: Any, **more: Any) -> Checked:
    made: Checked = call(attempts.check, paper.attempt_id, check(*what, **more), taker="ann", now=NOON + SECOND)
    return made


def again(call: Caller, paper: Any) -> None:
    call(attempts.try_again, paper.attempt_id, slot=1, taker="ann", now=NOON + SECOND)


def submitted(call: Caller, paper: Any) -> Any:
    return call(attempts.submit, paper.attempt_id, taker="ann", now=NOON + MINUTE)


# ---------------------------------------------------------------------------------------------- blank responses


@pytest.mark.parametrize("behaviour", WITH_CHECKS)
def test_a_blank_check_earns_nothing_and_needs_no_grading(call: Caller, behaviour: Behaviour) -> None:
    paper = start_attempt(call, published(call, river(), behaviour=behaviour))

    assert not checked(call, paper, 1, 1, text="  ").counted
    outcome = submitted(call, paper)

    assert (outcome.needs_grading, str(outcome.score)) == (False, "0")
    assert (outcome.questions[0].state, str(outcome.questions[0].points)) == (GradeState.NOT_ANSWERED, "0")
    assert outcome.questions[0].progress is TryState.GAVE_UP


@pytest.mark.parametrize(
    ("behaviour", "state", "progress"),
    [
        (Behaviour.INTERACTIVE, GradeState.NOT_ANSWERED, TryState.GAVE_UP),
        (Behaviour.ADAPTIVE, GradeState.WRONG, TryState.WRONG),
        (Behaviour.ADAPTIVE_NO_PENALTY, GradeState.WRONG, TryState.WRONG),
    ],
)
@pytest.mark.parametrize("verb", ["check", "save"])
def test_giving_up_after_a_wrong_try_needs_no_grading(
    call: Caller, behaviour: Behaviour, state: GradeState, progress: TryState, verb: str
) -> None:
    paper = start_attempt(call, published(call, river(), behaviour=behaviour))
    checked(call, paper, 1, 1, text="Rhine")
    again(call, paper)
    if verb == "check":
        checked(call, paper, 1, 2, text="")
    else:
        call(attempts.save, paper.attempt_id, answer(1, 2, text=""), taker="ann", now=NOON + SECOND)
    outcome = submitted(call, paper)

    assert (outcome.needs_grading, str(outcome.score)) == (False, "0")
    assert (outcome.questions[0].state, outcome.questions[0].progress) == (state, progress)


# ---------------------------------------------------------------------------------------------- rounded fractions


def thirds(**more: Any) -> Choice:
    """Three right options of 0.3333333 each, as in a Moodle export, and a wrong one; worth three points."""
    options = [Option(id=name, content=name, weight="0.3333333") for name in "abc"] + [Option(id="d", content="d")]
    hints = [Hint(content="1"), Hint(content="2")]
    return Choice(
        content="Which?",
        options=options,
        multiple=True,
        scheme=ChoiceScheme.SUM_OF_WEIGHTS,
        points=3,
        hints=hints,
        **more,
    )


def test_three_picks_of_a_third_each_are_right_and_end_the_question(call: Caller) -> None:
    paper = start_attempt(call, published(call, thirds(), behaviour=Behaviour.INTERACTIVE))

    first = checked(call, paper, 1, 1, selected=[id_of(name) for name in "abc"]).question

    assert (first.progress, first.state, str(first.points)) == (TryState.RIGHT, GradeState.RIGHT, "2.9999997")
    assert str(submitted(call, paper).score) == "2.9999997"


def test_a_rounded_right_answer_has_the_penalty_of_its_earlier_tries(call: Caller) -> None:
    paper = start_attempt(call, published(call, thirds(), behaviour=Behaviour.INTERACTIVE))
    checked(call, paper, 1, 1, selected=[id_of("d")])
    again(call, paper)

    second = checked(call, paper, 1, 2, selected=[id_of(name) for name in "abc"]).question

    assert (second.progress, str(second.points)) == (TryState.RIGHT, "1.9999997")


def test_a_fraction_of_one_ten_millionth_is_wrong(call: Caller) -> None:
    typed = [TextAnswer(text="yes"), TextAnswer(text="no", weight="0.0000001")]
    paper = start_attempt(call, published(call, ShortAnswer(content="?", answers=typed), behaviour=Behaviour.IMMEDIATE))

    result = checked(call, paper, 1, 1, text="no").question

    assert (result.progress, result.state, result.tries[0].state) == (
        TryState.WRONG,
        GradeState.WRONG,
        GradeState.WRONG,
    )


def test_a_question_that_was_right_once_stays_right_in_adaptive_mode(call: Caller) -> None:
    """The state "wrong" never goes with full points."""
    paper = start_attempt(call, published(call, river(), behaviour=Behaviour.ADAPTIVE))
    checked(call, paper, 1, 1, text="Danube")

    result = checked(call, paper, 1, 2, text="Rhine").question
    assert (result.progress, result.state, str(result.points)) == (TryState.COMPLETE, GradeState.RIGHT, "1")
    done = submitted(call, paper).questions[0]

    assert (done.progress, done.state, str(done.points)) == (TryState.RIGHT, GradeState.RIGHT, "1")
    assert [one.state for one in done.tries] == [GradeState.RIGHT, GradeState.WRONG]


# ---------------------------------------------------------------------------------------------- equal responses


GAPS = Blanks(
    content="[[1]] and [[2]]",
    gaps=[
        TextGap(id="1", answers=[TextAnswer(text="yes")]),
        NumberGap(id="2", answers=[NumberAnswer(value=4)]),
    ],
)
LETTERS = Choice(content="?", options=[Option(id=x, content=x, correct=x == "a") for x in "abcd"], multiple=True)
FOUR = Numeric(content="?", answers=[NumberAnswer(value=5)])

SAME = [
    (LETTERS, {"selected": [id_of("b"), id_of("d")]}, {"selected": [id_of("d"), id_of("b")]}),
    (river(), {"text": "newt"}, {"text": "newt "}),
    (river(), {"text": "newt"}, {"text": "NEWT"}),
    (FOUR, {"text": "4"}, {"text": " 4 "}),
    (FOUR, {"text": "4"}, {"text": "4.0"}),
    (GAPS, {"gaps": {"1": "no", "2": "4"}}, {"gaps": {"2": " 4", "1": "no "}}),
]


@pytest.mark.parametrize(("question", "first", "second"), SAME)
def test_an_equal_response_costs_nothing_in_adaptive_mode(
    call: Caller, question: Question, first: dict[str, Any], second: dict[str, Any]
) -> None:
    paper = start_attempt(call, published(call, question, behaviour=Behaviour.ADAPTIVE))

    assert checked(call, paper, 1, 1, **first).counted
    same = checked(call, paper, 1, 2, **second)

    assert (same.counted, len(same.question.tries)) == (False, 1)


@pytest.mark.parametrize(("question", "first", "second"), SAME)
def test_a_repeated_check_with_an_equal_response_is_the_same_try(
    call: Caller, question: Question, first: dict[str, Any], second: dict[str, Any]
) -> None:
    paper = start_attempt(call, published(call, question, behaviour=Behaviour.IMMEDIATE))

    once = checked(call, paper, 1, 1, **first)

    assert checked(call, paper, 1, 1, **second) == once


@pytest.mark.parametrize(("question", "first", "second"), SAME)
def test_a_repeated_save_with_an_equal_response_is_stored(
    call: Caller, question: Question, first: dict[str, Any], second: dict[str, Any]
) -> None:
    paper = start_attempt(call, published(call, question))

    for response in (first, second):
        saved = call(attempts.save, paper.attempt_id, answer(1, 1, **response), taker="ann", now=NOON + SECOND)
        assert saved.status is SaveStatus.STORED


# ---------------------------------------------------------------------------------------------- incomplete responses


def two_gaps() -> Blanks:
    """Two gaps of equal weight, twelve points, two hints."""
    gaps = [TextGap(id=name, answers=[TextAnswer(text=word)]) for name, word in (("1", "one"), ("2", "two"))]
    return Blanks(content="[[1]] [[2]]", gaps=gaps, points=12, hints=[Hint(content="1"), Hint(content="2")])


def test_an_empty_gap_uses_no_try(call: Caller) -> None:
    """Moodle: "Please put an answer in each box." One wrong try costs a third of 12, and the empty gap nothing."""
    paper = start_attempt(call, published(call, two_gaps(), behaviour=Behaviour.INTERACTIVE))

    left = checked(call, paper, 1, 1, gaps={"1": "uno"})
    assert (left.counted, left.question.progress, left.question.tries_left) == (False, TryState.TODO, 3)
    assert left.question.response == BlanksResponse(gaps={"1": "uno"})
    checked(call, paper, 1, 1, sequence=2, gaps={"1": "uno", "2": "due"})
    again(call, paper)
    done = checked(call, paper, 1, 2, sequence=3, gaps={"1": "one", "2": "two"})

    assert str(done.question.points) == "8"


def test_one_match_of_four_uses_no_try(call: Caller) -> None:
    paper = start_attempt(call, published(call, pairs(points=12), behaviour=Behaviour.INTERACTIVE))
    choices = {str(option.content): option.id for option in paper.questions[0].view.choices}
    right = {"vienna": "Danube", "paris": "Seine", "london": "Thames", "rome": "Tiber"}
    matched = {id_of(city.title()): choices[water] for city, water in right.items()}

    assert not checked(call, paper, 1, 1, matches={id_of("Vienna"): matched[id_of("Vienna")]}).counted
    done = checked(call, paper, 1, 1, sequence=2, matches=matched)

    assert str(done.question.points) == "12"


@pytest.mark.parametrize("behaviour", [*WITH_CHECKS, Behaviour.DEFERRED])
def test_an_incomplete_response_is_marked_on_submit(call: Caller, behaviour: Behaviour) -> None:
    paper = start_attempt(call, published(call, two_gaps(), behaviour=behaviour))
    if behaviour is Behaviour.DEFERRED:
        call(attempts.save, paper.attempt_id, answer(1, 1, gaps={"1": "one"}), taker="ann", now=NOON + SECOND)
    else:
        checked(call, paper, 1, 1, gaps={"1": "one"})

    outcome = submitted(call, paper)

    assert (str(outcome.score), outcome.questions[0].state) == ("6", GradeState.PARTLY)


def test_a_gap_with_negative_weight_does_not_reduce_other_gaps(call: Caller) -> None:
    """Moodle counts each gap from 0 under interactive: one right and one worth -1 of two are half."""
    gaps = [
        TextGap(id="1", answers=[TextAnswer(text="one")]),
        TextGap(id="2", answers=[TextAnswer(text="two"), TextAnswer(text="bad", weight=-1)]),
    ]
    question = Blanks(content="[[1]] [[2]]", gaps=gaps, points=15)
    paper = start_attempt(call, published(call, question, behaviour=Behaviour.INTERACTIVE))

    done = checked(call, paper, 1, 1, gaps={"1": "one", "2": "bad"}).question

    assert (str(done.points), done.state, done.progress) == ("7.5", GradeState.PARTLY, TryState.PARTLY)
    assert [(str(one.points), one.state) for one in done.tries] == [("7.5", GradeState.PARTLY)]
    assert str(submitted(call, paper).score) == "7.5"


def test_a_match_for_each_premise_is_a_complete_response() -> None:
    """A choice may match two premises, or none: a response is complete if each premise has a choice."""
    one = [MatchingPair(id=x, premise=x, choice=x) for x in "ab"]
    question = Matching(content="?", pairs=one, distractors=["c"])

    a, b = question.key().matches
    assert question.is_complete(question.read({"matches": dict.fromkeys((a, b), question.key().matches[a])}))
    assert not question.is_complete(question.read({"matches": {a: question.key().matches[a]}}))
