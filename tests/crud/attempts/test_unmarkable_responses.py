"""Responses are stored as typed, even if they cannot be marked; only malformed and unbounded ones are refused."""

from __future__ import annotations

from typing import Any

import pytest

from conftest import Caller
from quizkit.crud import attempts
from quizkit.errors import NotFound
from quizkit.questions import (
    Blanks,
    Choice,
    Description,
    Essay,
    NumberAnswer,
    NumberGap,
    Numeric,
    NumericResponse,
    Option,
    Ordering,
    OrderingItem,
    Question,
    TextAnswer,
    TextGap,
)
from quizkit.schemas import SaveResponse, SectionOutline
from quizkit.vocabulary import Behaviour, GradeState, Navigation, SaveStatus, TryState
from sent_responses import id_of, sent
from taking import (
    MINUTE,
    NOON,
    answer,
    arranged,
    bank_of,
    check,
    pairs,
    published,
    river,
    slots_for,
    start_attempt,
    yes,
)

pytestmark = pytest.mark.usefixtures("unbroken")

COLOURS = Choice(
    content="Which?",
    multiple=True,
    most=2,
    options=[Option(id=n, content=n, correct=n in "ab") for n in ("a", "b", "c", "d")],
)
NUMBER = Numeric(content="How many?", answers=[NumberAnswer(value=11)])
ORDER = Ordering(content="In order", items=[OrderingItem(id=n, content=n) for n in ("a", "b", "c", "d")])
GAPS = Blanks(
    content="[[name]] is [[long]] km long.",
    gaps=[
        TextGap(id="name", answers=[TextAnswer(text="Rhine")]),
        NumberGap(id="long", answers=[NumberAnswer(value=1230)]),
    ],
)
WORDS = Essay(content="Why?", max_words=500)
VIENNA = {"vienna": pairs().key().matches[id_of("Vienna")]}

HALF_DONE: list[tuple[Question, Any, str, str]] = [
    (ORDER, sent(ORDER, {"order": ["a", "b", "c"]}), "order_incomplete", "0.75"),
    (ORDER, sent(ORDER, {"order": ["a", "a"]}), "option_repeated", "0.25"),
    (NUMBER, {"text": "1,5"}, "number_ambiguous", "0"),
    (NUMBER, {"text": "-"}, "number_unreadable", "0"),
    (NUMBER, {"text": "ten apples, or 11"}, "number_unreadable", "0"),
    (GAPS, {"gaps": {"name": "Rhine", "long": "about a thousand"}}, "number_unreadable", "0.5"),
    (GAPS, {"gaps": {"name": "Rhine", "nowhere": "x"}}, "gap_unknown", "0.5"),
    (pairs(), sent(pairs(), {"matches": {**VIENNA, "paris": "nowhere"}}), "option_unknown", "0.25"),
    (COLOURS, sent(COLOURS, {"selected": ["a", "nowhere"]}), "option_unknown", "0.5"),
    (COLOURS, sent(COLOURS, {"selected": ["a", "b", "c"]}), "too_many", "0"),
    (COLOURS, sent(COLOURS, {"selected": ["a"], "none": True}), "none_not_offered", "0"),
    (WORDS, {"text": "word " * 501}, "too_many_words", "None"),
]
SAID = pytest.mark.parametrize(
    ("asked", "typed", "code", "points"), HALF_DONE, ids=lambda v: v if isinstance(v, str) else None
)


@SAID
def test_an_incomplete_response_is_stored_as_typed_and_its_valid_parts_count(
    call: Caller, asked: Question, typed: Any, code: str, points: str
) -> None:
    paper = start_attempt(call, published(call, asked))
    data = SaveResponse(slot=1, sequence=1, response=typed)
    saved = call(attempts.save, paper.attempt_id, data, taker="ann", now=NOON)
    shown = call(attempts.paper, paper.attempt_id, taker="ann", now=NOON).questions[0]
    outcome = call(attempts.submit, paper.attempt_id, taker="ann", now=NOON)
    (question,) = outcome.questions

    assert saved.status is SaveStatus.STORED
    assert [problem.code for problem in saved.problems][:1] == [code]
    assert saved.response.model_dump(mode="json", include=typed.keys()) == typed
    assert (shown.response, question.response) == (saved.response, saved.response)
    assert question.problems == saved.problems
    assert str(question.points) == points
    assert outcome.needs_grading is (points == "None")


@SAID
def test_problems_repeat_no_input(call: Caller, asked: Question, typed: Any, code: str, points: str) -> None:
    paper = start_attempt(call, published(call, asked))
    saved = call(
        attempts.save, paper.attempt_id, SaveResponse(slot=1, sequence=1, response=typed), taker="ann", now=NOON
    )

    reported = " ".join(f"{problem.path} {problem.message}" for problem in saved.problems)
    assert not {"nowhere", "about", "apples", "1,5"} & set(reported.split())


@pytest.mark.one_database
@SAID
@pytest.mark.parametrize("behaviour", [Behaviour.IMMEDIATE, Behaviour.INTERACTIVE, Behaviour.ADAPTIVE])
def test_a_check_of_an_unmarkable_response_is_stored_reported_and_uses_no_try(
    call: Caller, asked: Question, typed: Any, code: str, points: str, behaviour: Behaviour
) -> None:
    paper = start_attempt(call, published(call, asked, behaviour=behaviour))
    checked = call(attempts.check, paper.attempt_id, check(1, 1, **typed), taker="ann", now=NOON)

    assert (checked.counted, checked.sequence) == (False, 1)
    assert [problem.code for problem in checked.problems][:1] == [code]
    assert checked.question.progress in {TryState.TODO, TryState.COMPLETE}
    key = asked.key()
    if key is not None:
        mended = check(1, 1, sequence=2, **key.model_dump(mode="json"))
        again = call(attempts.check, paper.attempt_id, mended, taker="ann", now=NOON)
        assert (again.counted, again.question.points, again.problems) == (True, 1, ())
    else:
        (question,) = call(attempts.submit, paper.attempt_id, taker="ann", now=NOON).questions
        assert question.state is GradeState.NEEDS_GRADING


def test_nine_right_responses_and_an_unparsable_one_are_ten_responses(call: Caller) -> None:
    paper = start_attempt(call, published(call, *[yes(n) for n in range(9)], NUMBER))
    given = [answer(slot, answer=True) for slot in range(1, 10)]
    outcome = call(
        attempts.submit,
        paper.attempt_id,
        taker="ann",
        responses=[*given, answer(10, text="ten apples, or 11")],
        now=NOON,
    )

    assert (outcome.score, outcome.needs_grading) == (9, False)
    assert outcome.questions[9].response == NumericResponse(text="ten apples, or 11")
    assert [sent.status for sent in outcome.sent] == [SaveStatus.STORED] * 10
    assert [len(sent.problems) for sent in outcome.sent] == [0] * 9 + [1]


def test_a_submit_stores_acceptable_responses_and_reports_why_others_are_not(call: Caller) -> None:
    paper = start_attempt(call, published(call, yes(1), yes(2), NUMBER, Description(content="Read."), yes(3)))
    call(attempts.save, paper.attempt_id, answer(2, 5, answer=True), taker="ann", now=NOON)
    given = [
        answer(1, answer=True),
        answer(2, 4, answer=False),
        answer(3, text=7),
        answer(4),
        answer(9, answer=True),
        answer(5, answer=True),
    ]
    outcome = call(attempts.submit, paper.attempt_id, taker="ann", responses=given, now=NOON)

    assert [(one.slot, one.status.value, one.code, one.sequence) for one in outcome.sent] == [
        (1, "stored", None, 1),
        (2, "stale", None, 5),
        (3, "refused", "response_invalid", None),
        (4, "refused", "not_answerable", None),
        (9, "refused", "slot_not_found", None),
        (5, "stored", None, 1),
    ]
    assert [problem.path for problem in outcome.sent[2].problems] == ["text"]
    assert (outcome.state, outcome.score) == ("submitted", 3)


def test_a_repeated_submit_returns_the_same_and_changes_nothing(call: Caller) -> None:
    paper = start_attempt(call, published(call, yes(), NUMBER))
    given = [answer(1, answer=True), answer(2, text="1,5")]
    first = call(attempts.submit, paper.attempt_id, taker="ann", responses=given, now=NOON)
    again = call(attempts.submit, paper.attempt_id, taker="ann", responses=given, now=NOON + MINUTE)
    other = call(attempts.submit, paper.attempt_id, taker="ann", responses=[answer(1, 2, answer=False)], now=NOON)

    assert again == first
    assert [(one.status, one.code) for one in other.sent] == [(SaveStatus.REFUSED, "attempt_submitted")]
    assert other.score == 1


def test_a_submit_after_the_deadline_reports_its_responses_and_counts_stored_ones(call: Caller) -> None:
    paper = start_attempt(call, published(call, yes(1), yes(2), time_limit_seconds=60))
    call(attempts.save, paper.attempt_id, answer(1, answer=True), taker="ann", now=NOON)
    given = [answer(1, answer=True), answer(2, answer=True)]
    outcome = call(attempts.submit, paper.attempt_id, taker="ann", responses=given, now=NOON + 2 * MINUTE)

    assert [(one.status, one.code) for one in outcome.sent] == [
        (SaveStatus.STORED, None), (SaveStatus.REFUSED, "attempt_overdue"),
    ]  # fmt: skip
    assert (outcome.score, outcome.submitted_at) == (1, NOON + MINUTE)


def test_a_response_on_an_unreachable_page_does_not_affect_the_others(call: Caller) -> None:
    _, ids = bank_of(call, yes(1), yes(2), yes(3))
    section = SectionOutline(navigation=Navigation.SEQUENTIAL, per_page=1, slots=slots_for(ids))
    paper = start_attempt(call, arranged(call, section))
    given = [answer(slot, answer=True) for slot in (3, 1)]
    outcome = call(attempts.submit, paper.attempt_id, taker="ann", responses=given, now=NOON)

    assert [(one.slot, one.code) for one in outcome.sent] == [(3, "page_ahead"), (1, None)]
    assert outcome.score == 1


def test_a_response_to_a_complete_question_does_not_affect_the_others(call: Caller) -> None:
    paper = start_attempt(call, published(call, river(), river(), behaviour=Behaviour.IMMEDIATE))
    call(attempts.check, paper.attempt_id, check(1, 1, text="Rhine"), taker="ann", now=NOON)
    given = [answer(1, 2, text="Danube"), answer(2, text="Danube")]
    outcome = call(attempts.submit, paper.attempt_id, taker="ann", responses=given, now=NOON)

    assert [one.code for one in outcome.sent] == ["question_finished", None]
    assert outcome.score == 1


def test_a_submit_with_responses_does_not_find_the_attempt_of_another_taker(call: Caller) -> None:
    paper = start_attempt(call, published(call, yes()))

    with pytest.raises(NotFound):
        call(attempts.submit, paper.attempt_id, taker="bob", responses=[answer(1, answer=True)], now=NOON)
