"""Tries: checks, hints, penalties and certainty through the verbs, on every database."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from conftest import Caller
from quizkit.crud import attempts
from quizkit.errors import Invalid, NotFound, Refused
from quizkit.models import TryEvent
from quizkit.questions import Choice, Essay, Hint, MatchingResponse, Option, ShortAnswerResponse
from quizkit.schemas import Checked, SaveResponse
from quizkit.vocabulary import Behaviour, Certainty, GradeState, SaveStatus, TryState
from sent_responses import id_of, sent
from taking import HOUR, MINUTE, NOON, SECOND, answer, check, pairs, published, river, start_attempt, yes

INTERACTIVE = {"behaviour": Behaviour.INTERACTIVE}


pytestmark = pytest.mark.usefixtures("unbroken")


def checked(call: Caller, paper: Any, *what: Any, **more: Any) -> Checked:
    made: Checked = call(attempts.check, paper.attempt_id, check(*what, **more), taker="ann", now=NOON + SECOND)
    return made


def again(call: Caller, paper: Any, slot: int = 1) -> Checked:
    made: Checked = call(attempts.try_again, paper.attempt_id, slot=slot, taker="ann", now=NOON + SECOND)
    return made


def submitted(call: Caller, paper: Any) -> Any:
    return call(attempts.submit, paper.attempt_id, taker="ann", now=NOON + MINUTE)


# ---------------------------------------------------------------------------------------------- interactive


def test_a_question_can_be_tried_until_it_is_right_and_each_wrong_try_costs_points(call: Caller) -> None:
    """Moodle's example: three tries, a third each."""
    paper = start_attempt(call, published(call, river(points=3), **INTERACTIVE))

    first = checked(call, paper, 1, 1, text="Rhine")
    assert (first.counted, first.question.progress, first.question.tries_left) == (True, TryState.TRY_AGAIN, 2)
    assert (first.question.state, str(first.question.points)) == (GradeState.WRONG, "0")
    assert (str(first.question.hint), str(first.question.feedback[0])) == ("It is long.", "No.")
    assert again(call, paper).question.progress is TryState.TODO

    second = checked(call, paper, 1, 2, text="Donau")
    assert (second.question.state, str(second.question.hint)) == (GradeState.PARTLY, "It is blue.")
    again(call, paper)

    third = checked(call, paper, 1, 3, text="Danube")
    assert (third.question.progress, third.question.tries_left, third.question.hint) == (TryState.RIGHT, 0, None)
    assert (str(third.question.points), third.question.state) == ("1", GradeState.RIGHT)
    assert [(one.number, one.state, str(one.points)) for one in third.question.tries] == [
        (1, GradeState.WRONG, "0"),
        (2, GradeState.PARTLY, "0"),
        (3, GradeState.RIGHT, "1"),
    ]
    outcome = submitted(call, paper)
    assert (str(outcome.score), outcome.questions[0].state) == ("1", GradeState.RIGHT)


def test_the_key_and_the_general_feedback_are_withheld_until_the_last_try(call: Caller) -> None:
    every = {item: ["during", "right_after", "later", "after_close"] for item in ("right_answer", "general_feedback")}
    paper = start_attempt(call, published(call, river(), review=every, **INTERACTIVE))

    first = checked(call, paper, 1, 1, text="Rhine")
    assert (first.question.right_response, first.question.trace, first.question.general_feedback) == (None, None, None)
    again(call, paper)
    last = checked(call, paper, 1, 2, text="Danube")
    assert last.question.right_response == ShortAnswerResponse(text="Danube")
    assert str(last.question.general_feedback) == "See a map."


def test_a_hint_must_be_read_before_the_next_response(call: Caller) -> None:
    paper = start_attempt(call, published(call, river(), **INTERACTIVE))
    checked(call, paper, 1, 1, text="Rhine")

    for verb, what in ((attempts.save, answer(1, 2, text="Danube")), (attempts.check, check(1, 2, text="Danube"))):
        with pytest.raises(Refused) as refused:
            call(verb, paper.attempt_id, what, taker="ann", now=NOON + SECOND)
        assert refused.value.code == "try_again_first"


def test_after_the_last_try_no_response_is_accepted(call: Caller) -> None:
    paper = start_attempt(call, published(call, yes(), **INTERACTIVE))
    done = checked(call, paper, 1, 1, answer=False)

    assert (done.question.progress, done.question.tries_left) == (TryState.WRONG, 0)
    for verb, what in ((attempts.save, answer(1, 2, answer=True)), (attempts.check, check(1, 2, answer=True))):
        with pytest.raises(Refused) as refused:
            call(verb, paper.attempt_id, what, taker="ann", now=NOON + SECOND)
        assert refused.value.code == "question_finished"
    assert submitted(call, paper).score == 0


def test_a_saved_response_that_was_not_checked_counts_as_a_try_on_submit(call: Caller) -> None:
    paper = start_attempt(call, published(call, river(points=3), **INTERACTIVE))
    checked(call, paper, 1, 1, text="Rhine")
    again(call, paper)
    call(attempts.save, paper.attempt_id, answer(1, 2, text="Danube"), taker="ann", now=NOON + SECOND)

    assert str(submitted(call, paper).score) == "2"


def test_parts_that_were_right_on_the_first_try_cost_nothing(call: Caller) -> None:
    """Moodle's documented example: 3/3 + 1/3 + 2/3 + 0 of 12 in four parts is 6."""
    paper = start_attempt(call, published(call, pairs(points=12), **INTERACTIVE))
    choices = {str(option.content): option.id for option in paper.questions[0].view.choices}

    def matched(**rivers: str) -> dict[str, Any]:
        return {"matches": {id_of(city.title()): choices[river] for city, river in rivers.items()}}

    checked(call, paper, 1, 1, **matched(vienna="Danube", paris="Thames", london="Seine", rome="Seine"))
    again(call, paper)
    checked(call, paper, 1, 2, **matched(vienna="Danube", paris="Thames", london="Thames", rome="Thames"))
    again(call, paper)
    last = checked(call, paper, 1, 3, **matched(vienna="Danube", paris="Seine", london="Thames", rome="Thames"))

    assert str(last.question.points) == "6"
    assert str(submitted(call, paper).score) == "6"


def hinted(make: Any, **more: Any) -> Any:
    """A question whose first hint counts and clears, and whose second one does neither."""
    hints = [Hint(content="Look again.", clear_wrong=True, show_right_parts=True), Hint(content="Last one.")]
    return make(**more).model_copy(update={"hints": tuple(hints)})


def test_a_hint_counts_right_parts_and_clears_wrong_ones(call: Caller) -> None:
    """Moodle's "show the number of correct responses" and "clear incorrect responses"."""
    paper = start_attempt(call, published(call, hinted(pairs, points=12), **INTERACTIVE))
    right = {city: one.id for city, one in matches(paper).items()}
    response = {**right, "london": right["rome"], "rome": right["london"]}

    first = checked(call, paper, 1, 1, matches=sent(pairs(), response))
    assert (str(first.question.hint), first.question.right_parts, first.question.too_many) == ("Look again.", 2, False)
    assert (first.sequence, first.question.response) == (1, MatchingResponse(matches=sent(pairs(), response)))

    cleared = again(call, paper)
    kept = MatchingResponse(matches=sent(pairs(), {"vienna": right["vienna"], "paris": right["paris"]}))
    assert (cleared.sequence, cleared.question.response, cleared.question.right_parts) == (2, kept, None)
    assert again(call, paper).sequence == 2
    assert call(attempts.paper, paper.attempt_id, taker="ann", now=NOON + SECOND).questions[0].response == kept

    second = checked(call, paper, 1, 2, sequence=3, matches=sent(pairs(), {**right, "rome": right["vienna"]}))
    assert (str(second.question.hint), second.question.right_parts) == ("Last one.", None)
    assert again(call, paper).sequence == 3
    assert str(submitted(call, paper).score) == "8"  # 3 + 3 + 3·(1 − 1/3): the fourth part was never right


def test_an_attempt_ends_with_the_response_that_a_hint_left(call: Caller) -> None:
    paper = start_attempt(call, published(call, hinted(pairs, points=12), **INTERACTIVE))
    right = {city: one.id for city, one in matches(paper).items()}
    checked(
        call,
        paper,
        1,
        1,
        matches=sent(
            pairs(), {**dict.fromkeys(right, right["rome"]), "vienna": right["vienna"], "rome": right["paris"]}
        ),
    )
    again(call, paper)

    assert str(submitted(call, paper).score) == "3"


def test_a_hint_clears_the_whole_response_if_every_part_was_wrong(call: Caller) -> None:
    paper = start_attempt(call, published(call, hinted(pairs, points=12), **INTERACTIVE))
    right = {city: one.id for city, one in matches(paper).items()}
    first = checked(
        call, paper, 1, 1, matches=sent(pairs(), {**dict.fromkeys(right, right["rome"]), "rome": right["vienna"]})
    )
    cleared = again(call, paper)

    assert (first.question.right_parts, cleared.question.response) == (0, MatchingResponse())
    assert (cleared.question.progress, submitted(call, paper).score) == (TryState.TODO, Decimal(0))


def test_a_type_without_parts_keeps_its_response(call: Caller) -> None:
    paper = start_attempt(call, published(call, hinted(river), **INTERACTIVE))
    first = checked(call, paper, 1, 1, text="Rhine")
    cleared = again(call, paper)

    assert (first.question.right_parts, cleared.sequence, cleared.question.response) == (
        None,
        1,
        ShortAnswerResponse(text="Rhine"),
    )


def test_right_parts_are_not_counted_if_there_are_too_many_picks(call: Caller) -> None:
    """Otherwise picking everything would reveal how many options are right."""
    hints = [Hint(content="Look again.", show_right_parts=True), Hint(content="Again.", show_right_parts=True)]
    options = [Option(id=name, content=name, correct=name in "ab") for name in "abcd"]
    question = Choice(content="Which?", options=options, multiple=True, hints=hints)
    paper = start_attempt(call, published(call, question, **INTERACTIVE))

    everything = checked(call, paper, 1, 1, selected=[id_of(name) for name in "abcd"]).question
    again(call, paper)
    some = checked(call, paper, 1, 2, selected=[id_of(name) for name in "ac"]).question

    assert (everything.right_parts, everything.too_many) == (None, True)
    assert (some.right_parts, some.too_many) == (1, False)


def matches(paper: Any) -> dict[str, Any]:
    """The right choice for each premise of `pairs`."""
    waters = {"vienna": "Danube", "paris": "Seine", "london": "Thames", "rome": "Tiber"}
    by_text = {str(one.content): one for one in paper.questions[0].view.choices}
    return {city: by_text[water] for city, water in waters.items()}


# ---------------------------------------------------------------------------------------------- adaptive, immediate


def test_in_adaptive_mode_the_best_try_counts_and_a_repeated_one_costs_nothing(call: Caller) -> None:
    paper = start_attempt(call, published(call, river(points=3), behaviour=Behaviour.ADAPTIVE))

    assert str(checked(call, paper, 1, 1, text="Donau").question.points) == "1.5"
    same = checked(call, paper, 1, 2, sequence=2, text="Donau")
    assert (same.counted, same.question.tries_left, str(same.question.points)) == (False, 99, "1.5")
    assert str(checked(call, paper, 1, 2, sequence=3, text="Danube").question.points) == "2"
    assert str(checked(call, paper, 1, 3, sequence=4, text="Rhine").question.points) == "2"
    outcome = submitted(call, paper)
    assert (str(outcome.score), len(outcome.questions[0].tries)) == ("2", 3)


def test_without_penalty_only_the_best_try_counts(call: Caller) -> None:
    paper = start_attempt(call, published(call, river(), behaviour=Behaviour.ADAPTIVE_NO_PENALTY))

    for number, text in enumerate(("Rhine", "Elbe", "Danube", "Rhine"), 1):
        checked(call, paper, 1, number, text=text)

    assert submitted(call, paper).score == 1


def test_in_adaptive_mode_the_last_saved_response_is_marked_on_submit(call: Caller) -> None:
    paper = start_attempt(call, published(call, river(points=3), behaviour=Behaviour.ADAPTIVE))
    checked(call, paper, 1, 1, text="Rhine")
    call(attempts.save, paper.attempt_id, answer(1, 2, text="Danube"), taker="ann", now=NOON + SECOND)

    assert str(submitted(call, paper).score) == "2"


def test_immediate_feedback_is_given_once(call: Caller) -> None:
    paper = start_attempt(call, published(call, yes(1), yes(2), behaviour=Behaviour.IMMEDIATE))
    call(attempts.save, paper.attempt_id, answer(1, 1, answer=False), taker="ann", now=NOON + SECOND)

    done = checked(call, paper, 1, 1, sequence=2, answer=True)

    assert (done.question.progress, str(done.question.points), done.question.tries_left) == (TryState.RIGHT, "1", 0)
    call(attempts.save, paper.attempt_id, answer(2, 1, answer=True), taker="ann", now=NOON + SECOND)
    assert submitted(call, paper).score == 2


def test_deferred_behaviours_have_no_check(call: Caller) -> None:
    for behaviour in (Behaviour.DEFERRED, Behaviour.DEFERRED_CBM):
        paper = start_attempt(call, published(call, yes(), behaviour=behaviour))
        with pytest.raises(Refused) as refused:
            checked(call, paper, 1, 1, answer=True)
        assert refused.value.code == "not_checkable"
        with pytest.raises(Refused):
            again(call, paper)


# ---------------------------------------------------------------------------------------------- certainty


@pytest.mark.parametrize(
    ("response", "certainty", "points"),
    [
        (True, "low", "1"), (True, "mid", "2"), (True, "high", "3"), (True, None, "1"),
        (False, "low", "0"), (False, "mid", "-2"), (False, "high", "-6"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("behaviour", [Behaviour.DEFERRED_CBM, Behaviour.IMMEDIATE_CBM])
def test_stated_certainty_raises_or_lowers_the_points(
    call: Caller, behaviour: Behaviour, response: bool, certainty: Any, points: str
) -> None:
    paper = start_attempt(call, published(call, yes(1), yes(2), behaviour=behaviour))
    data = SaveResponse(slot=1, sequence=1, response={"answer": response}, certainty=certainty)
    call(attempts.save, paper.attempt_id, data, taker="ann", now=NOON + SECOND)

    outcome = submitted(call, paper)

    assert (str(outcome.score), str(outcome.questions[0].points)) == (points, points)
    assert outcome.questions[0].state is (GradeState.RIGHT if response else GradeState.WRONG)
    assert outcome.questions[0].certainty == (certainty or Certainty.LOW)
    assert outcome.grade == max(0, Decimal(points))


def test_a_changed_certainty_is_stored(call: Caller) -> None:
    paper = start_attempt(call, published(call, yes(), behaviour=Behaviour.DEFERRED_CBM))
    sent = [
        SaveResponse(slot=1, sequence=n, response={"answer": True}, certainty=certainty)
        for n, certainty in ((2, Certainty.LOW), (2, Certainty.HIGH), (3, Certainty.HIGH))
    ]

    statuses = [call(attempts.save, paper.attempt_id, one, taker="ann", now=NOON).status for one in sent]

    assert statuses == [SaveStatus.STORED, SaveStatus.STALE, SaveStatus.STORED]
    assert call(attempts.paper, paper.attempt_id, taker="ann").questions[0].certainty is Certainty.HIGH
    assert submitted(call, paper).score == 3


def test_a_blank_response_with_high_certainty_is_not_answered(call: Caller) -> None:
    paper = start_attempt(call, published(call, yes(), behaviour=Behaviour.DEFERRED_CBM))
    blank = SaveResponse(slot=1, sequence=1, response={}, certainty=Certainty.HIGH)
    call(attempts.save, paper.attempt_id, blank, taker="ann", now=NOON)

    outcome = submitted(call, paper)

    assert (outcome.score, outcome.questions[0].state) == (0, GradeState.NOT_ANSWERED)


# ---------------------------------------------------------------------------------------------- events


def test_every_check_is_stored_as_an_event_with_its_number_fraction_and_trace(call: Caller) -> None:
    paper = start_attempt(call, published(call, river(points=3), **INTERACTIVE))
    checked(call, paper, 1, 1, text="Donau")
    again(call, paper)
    checked(call, paper, 1, 2, text="Danube")

    engine = call.database.engine()
    with Session(engine) as session:
        columns = TryEvent.number, TryEvent.action, TryEvent.tries, TryEvent.fraction, TryEvent.worth, TryEvent.trace
        stored = session.execute(
            select(*columns).where(TryEvent.attempt_id == paper.attempt_id).order_by(TryEvent.number)
        )
        events = [tuple(row) for row in stored]
    engine.dispose()

    assert [event[:5] for event in events] == [
        (1, "check", 1, Fraction(1, 2), Fraction(1, 6)),  # its fraction if no more actions follow
        (2, "try_again", 1, None, None),
        (3, "check", 2, Fraction(1), Fraction(2, 3)),
    ]
    assert events[0][5]["inputs"]["matched"] == "Donau"


def test_a_repeated_check_has_no_further_effect(call: Caller) -> None:
    paper = start_attempt(call, published(call, river(), **INTERACTIVE))
    first = checked(call, paper, 1, 1, text="Rhine")

    assert checked(call, paper, 1, 1, text="Rhine") == first
    again(call, paper)
    again(call, paper)
    last = checked(call, paper, 1, 2, text="Danube")
    assert checked(call, paper, 1, 2, text="Danube") == last


def test_a_check_with_a_wrong_number_fails_with_the_expected_one(call: Caller) -> None:
    paper = start_attempt(call, published(call, river(), **INTERACTIVE))
    checked(call, paper, 1, 1, text="Rhine")
    again(call, paper)

    for number in (1, 3):
        with pytest.raises(Refused) as refused:
            checked(call, paper, 1, number, sequence=5, text="Elbe")
        assert (refused.value.code, refused.value.params) == ("try_number", {"next": 2})
    assert call(attempts.paper, paper.attempt_id, taker="ann").questions[0].response == ShortAnswerResponse(
        text="Rhine"
    )


def test_a_check_older_than_the_stored_response_uses_no_try(call: Caller) -> None:
    """Two tabs: the response stored last counts, so an older check is not marked."""
    paper = start_attempt(call, published(call, river(points=3), **INTERACTIVE))
    call(attempts.save, paper.attempt_id, answer(1, 5, text="Danube"), taker="ann", now=NOON + SECOND)

    with pytest.raises(Refused) as refused:
        checked(call, paper, 1, 1, sequence=3, text="Rhine")

    assert (refused.value.code, refused.value.params) == ("response_stale", {"stored": 5})
    assert call(attempts.review, paper.attempt_id, taker="ann").questions[0].tries == ()
    assert str(submitted(call, paper).score) == "3"


def test_a_blank_check_is_stored_and_uses_no_try(call: Caller) -> None:
    paper = start_attempt(call, published(call, river(), **INTERACTIVE))

    blank = checked(call, paper, 1, 1, text="  ")

    assert (blank.counted, blank.question.tries, blank.question.tries_left) == (False, (), 3)
    assert checked(call, paper, 1, 1, sequence=2, text="Danube").question.points == 1


def test_a_malformed_check_is_refused_and_nothing_is_stored(call: Caller) -> None:
    paper = start_attempt(call, published(call, river(), **INTERACTIVE))

    for what, error in (({"text": 1}, Invalid), ({"nothing": 1}, Invalid)):
        with pytest.raises(error):
            checked(call, paper, 1, 1, **what)
    with pytest.raises(NotFound):
        checked(call, paper, 9, 1, text="x")
    assert call(attempts.paper, paper.attempt_id, taker="ann").questions[0].sequence == 0


def test_an_essay_needs_manual_grading_under_every_behaviour(call: Caller) -> None:
    for behaviour in Behaviour:
        paper = start_attempt(call, published(call, Essay(content="Why?"), behaviour=behaviour))
        call(attempts.save, paper.attempt_id, answer(1, 1, text="Because."), taker="ann", now=NOON)
        outcome = submitted(call, paper)
        assert (outcome.needs_grading, outcome.questions[0].state) == (True, GradeState.NEEDS_GRADING)
        assert outcome.questions[0].points is None


def test_an_attempt_keeps_the_behaviour_it_was_started_with(call: Caller) -> None:
    from quizkit.crud import quizzes
    from quizkit.schemas import QuizUpdate

    quiz_id = published(call, river(points=3), **INTERACTIVE)
    paper = start_attempt(call, quiz_id)
    checked(call, paper, 1, 1, text="Rhine")
    call(quizzes.update, quiz_id, QuizUpdate(behaviour=Behaviour.DEFERRED, penalty="1/2"))
    call(quizzes.publish, quiz_id)

    again(call, paper)
    assert str(checked(call, paper, 1, 2, text="Danube").question.points) == "2"
    other = start_attempt(call, quiz_id, "ben")
    assert other.behaviour is Behaviour.DEFERRED


# ---------------------------------------------------------------------------------------------- flags and clocks


def test_a_flag_can_be_set_and_removed(call: Caller) -> None:
    paper = start_attempt(call, published(call))

    assert call(attempts.flag, paper.attempt_id, slot=2, taker="ann", now=NOON).slots == (2,)
    assert [q.flagged for q in call(attempts.paper, paper.attempt_id, taker="ann").questions] == [False, True]
    assert call(attempts.flag, paper.attempt_id, slot=1, taker="ann", now=NOON).slots == (1, 2)
    assert call(attempts.flag, paper.attempt_id, slot=2, taker="ann", flagged=False, now=NOON).slots == (1,)
    assert not call(attempts.paper, paper.attempt_id, taker="ann").questions[1].flagged
    with pytest.raises(NotFound):
        call(attempts.flag, paper.attempt_id, slot=3, taker="ann", now=NOON)


def test_the_time_of_each_question_is_measured_by_the_servers_clock(call: Caller) -> None:
    seen = paper = start_attempt(call, published(call, yes(1), yes(2)))

    for at, slot in ((0, 1), (10, 2), (25, 1), (26, 2)):
        seen = call(attempts.visit, paper.attempt_id, slot=slot, taker="ann", now=NOON + at * SECOND)

    assert [str(q.seconds) for q in seen.questions] == ["11.000000", "15.000000"]


def test_a_clock_that_moves_back_never_reduces_measured_time(call: Caller) -> None:
    seen = paper = start_attempt(call, published(call, yes(1), yes(2)))

    for at, slot in ((0, 1), (10, 2), (-3600, 1), (-3600, 2), (60, 1)):
        seen = call(attempts.visit, paper.attempt_id, slot=slot, taker="ann", now=NOON + at * SECOND)

    assert [str(q.seconds) for q in seen.questions] == ["10.000000", "60.000000"]


def test_a_finished_attempt_accepts_no_flags_and_no_visits(call: Caller) -> None:
    paper = start_attempt(call, published(call))
    submitted(call, paper)

    for verb in (attempts.flag, attempts.visit):
        with pytest.raises(Refused) as refused:
            call(verb, paper.attempt_id, slot=1, taker="ann", now=NOON + HOUR)
        assert refused.value.code == "attempt_submitted"
