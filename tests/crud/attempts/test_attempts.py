from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import text

from conftest import Caller
from quizkit.crud import attempts, quizzes
from quizkit.errors import Invalid, NotFound, QuizkitError, Refused, UsageError
from quizkit.questions import (
    Choice,
    Description,
    Essay,
    Option,
    Question,
    ShortAnswer,
    ShortAnswerResponse,
    TextAnswer,
    TrueFalse,
    TrueFalseResponse,
)
from quizkit.schemas import Paper, QuizCreate, ReviewPolicy, SaveResponse
from quizkit.vocabulary import AttemptState, GradeState, ReviewCondition, ReviewMoment, SaveStatus

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TICK = timedelta(microseconds=1)

QUESTIONS: tuple[Question, ...] = (
    TrueFalse(content="The Rhine is a river.", answer=True, feedback_false="It is."),
    Choice(
        content="The capital of France?",
        options=[Option(content="Paris", correct=True), Option(content="Rome"), Option(content="Bonn")],
        general_feedback="It stands on the Seine.",
    ),
    ShortAnswer(
        content="The river of Vienna?",
        answers=[TextAnswer(text="Danube"), TextAnswer(text="Donau", weight="1/3")],
        points=2,
    ),
    Essay(content="Why do rivers meander?", points=4),
    Description(content="Thank you."),
)


def published(call: Caller, *asked: Question, **policy: Any) -> uuid.UUID:
    quiz = call(quizzes.create, QuizCreate(title="Rivers", questions=asked or QUESTIONS, **policy))
    call(quizzes.publish, quiz.id)
    found: uuid.UUID = quiz.id
    return found


def answer(slot: int, sequence: int = 1, /, **response: Any) -> SaveResponse:
    return SaveResponse(slot=slot, sequence=sequence, response=response)


pytestmark = pytest.mark.usefixtures("unbroken")


# ---------------------------------------------------------------------------------------------- start


def test_a_paper_shows_the_questions_and_never_the_key(call: Caller) -> None:
    paper = call(attempts.start, published(call), taker="ann", now=NOON)

    assert (paper.title, paper.number, paper.state, paper.max_score) == ("Rivers", 1, AttemptState.OPEN, 8)
    assert [q.slot for q in paper.questions] == [1, 2, 3, 4, 5]
    assert [q.view.type for q in paper.questions] == ["true_false", "choice", "short_answer", "essay", "description"]
    assert [str(q.points) for q in paper.questions] == ["1", "1", "2", "4", "0"]
    assert all((q.sequence, q.response) == (0, None) for q in paper.questions)
    assert "Danube" not in paper.model_dump_json()


def test_starting_again_continues_the_open_attempt(call: Caller) -> None:
    quiz_id = published(call)
    first = call(attempts.start, quiz_id, taker="ann", now=NOON)
    call(attempts.save, first.attempt_id, answer(1, answer=True), taker="ann")

    again = call(attempts.start, quiz_id, taker="ann", now=NOON + MINUTE)

    assert (again.attempt_id, again.started_at) == (first.attempt_id, NOON)
    assert (again.questions[0].sequence, again.questions[0].response) == (1, TrueFalseResponse(answer=True))


def test_starting_twice_with_one_attempt_id_creates_one_attempt(call: Caller) -> None:
    quiz_id, mine = published(call, max_attempts=1), uuid.uuid4()
    first = call(attempts.start, quiz_id, taker="ann", attempt_id=mine, now=NOON)

    assert first.attempt_id == mine
    assert call(attempts.start, quiz_id, taker="ann", attempt_id=mine, now=NOON) == first
    call(attempts.submit, mine, taker="ann")
    again = call(attempts.start, quiz_id, taker="ann", attempt_id=mine)
    assert (again.attempt_id, again.state) == (mine, AttemptState.SUBMITTED)


def test_an_attempt_id_of_another_taker_is_refused(call: Caller) -> None:
    quiz_id = published(call)
    taken = call(attempts.start, quiz_id, taker="ann").attempt_id

    with pytest.raises(Refused) as refused:
        call(attempts.start, quiz_id, taker="ben", attempt_id=taken)
    assert refused.value.code == "attempt_id_taken"


def test_an_attempt_id_of_another_quiz_is_refused(call: Caller) -> None:
    first, second, mine = published(call), published(call), uuid.uuid4()
    call(attempts.start, first, taker="ann", attempt_id=mine)

    with pytest.raises(Refused) as refused:
        call(attempts.start, second, taker="ann", attempt_id=mine)
    assert refused.value.code == "attempt_id_taken"


def test_attempts_are_numbered_and_limited(call: Caller) -> None:
    quiz_id = published(call, max_attempts=2)
    for number in (1, 2):
        paper = call(attempts.start, quiz_id, taker="ann")
        assert paper.number == number
        call(attempts.submit, paper.attempt_id, taker="ann")

    with pytest.raises(Refused) as refused:
        call(attempts.start, quiz_id, taker="ann")
    assert (refused.value.code, refused.value.params) == ("no_attempts_left", {"allowed": 2})
    assert call(attempts.start, quiz_id, taker="ben").number == 1


def test_an_unpublished_quiz_cannot_be_started(call: Caller) -> None:
    draft = call(quizzes.create, QuizCreate(title="Draft", questions=QUESTIONS))

    with pytest.raises(Refused) as refused:
        call(attempts.start, draft.id, taker="ann")
    assert refused.value.code == "quiz_not_published"
    with pytest.raises(NotFound):
        call(attempts.start, uuid.uuid4(), taker="ann")


@pytest.mark.parametrize(
    ("column", "moment", "code"),
    [("opens_at", NOON + TICK, "not_open_yet"), ("opens_at", NOON, None), ("closes_at", NOON, "closed"), ("closes_at", NOON + TICK, None)],
)  # fmt: skip
def test_a_quiz_can_be_started_only_within_its_window(
    call: Caller, column: str, moment: datetime, code: str | None
) -> None:
    quiz_id = published(call)
    set_on_assignment(call, quiz_id, **{column: moment})

    if code is None:
        assert call(attempts.start, quiz_id, taker="ann", now=NOON).number == 1
        return
    with pytest.raises(Refused) as refused:
        call(attempts.start, quiz_id, taker="ann", now=NOON)
    assert refused.value.code == code


def set_on_assignment(call: Caller, quiz_id: uuid.UUID, **values: Any) -> None:
    from sqlalchemy import update
    from sqlalchemy.orm import Session

    from quizkit.models import Assignment

    engine = call.database.engine()
    with Session(engine) as session, session.begin():
        session.execute(update(Assignment).where(Assignment.quiz_id == quiz_id).values(**values))
    engine.dispose()


# ---------------------------------------------------------------------------------------------- order


def test_the_order_of_an_attempt_follows_from_its_seed_and_never_changes(call: Caller) -> None:
    quiz_id = published(call, shuffle_questions=True)
    seeds = {name: bytes([n]) * 16 for n, name in enumerate(("ann", "ben", "cem", "dee", "eve"), 1)}

    papers = {name: call(attempts.start, quiz_id, taker=name, seed=seed, now=NOON) for name, seed in seeds.items()}

    orders = {tuple(q.view.type for q in paper.questions) for paper in papers.values()}
    assert len(orders) > 1
    for name, paper in papers.items():
        assert call(attempts.paper, paper.attempt_id, taker=name, now=NOON) == paper
    same = call(attempts.start, quiz_id, taker="fay", seed=seeds["ann"])
    assert [q.view for q in same.questions] == [q.view for q in papers["ann"].questions]


def test_options_are_shuffled_for_each_attempt(call: Caller) -> None:
    quiz_id = published(call, QUESTIONS[1])

    orders = set()
    for n in range(12):
        paper = call(attempts.start, quiz_id, taker=f"taker {n}", seed=bytes([n]) * 16)
        orders.add(tuple(option.id for option in paper.questions[0].view.options))

    assert len(orders) > 2


def test_a_seed_has_sixteen_bytes(call: Caller) -> None:
    with pytest.raises(UsageError):
        call(attempts.start, published(call), taker="ann", seed=b"short")


# ---------------------------------------------------------------------------------------------- save


def test_a_saved_response_is_in_the_paper(call: Caller) -> None:
    paper = call(attempts.start, published(call), taker="ann", now=NOON)

    saved = call(attempts.save, paper.attempt_id, answer(3, text=" donau "), taker="ann", now=NOON + MINUTE)

    assert saved.model_dump() == {
        "slot": 3, "status": SaveStatus.STORED, "sequence": 1, "response": {"type": "short_answer", "text": " donau "}, "received_at": NOON + MINUTE, "problems": (),
    }  # fmt: skip
    found = call(attempts.paper, paper.attempt_id, taker="ann", now=NOON)
    assert (found.questions[2].sequence, found.questions[2].response) == (1, ShortAnswerResponse(text=" donau "))


def test_the_later_sequence_wins_and_a_stale_save_returns_the_stored_response(call: Caller) -> None:
    paper = call(attempts.start, published(call), taker="ann")
    call(attempts.save, paper.attempt_id, answer(1, 5, answer=True), taker="ann")

    stale = call(attempts.save, paper.attempt_id, answer(1, 4, answer=False), taker="ann")
    other = call(attempts.save, paper.attempt_id, answer(1, 5, answer=False), taker="ann")
    newer = call(attempts.save, paper.attempt_id, answer(1, 6, answer=False), taker="ann")

    assert (stale.status, stale.sequence, stale.response) == (SaveStatus.STALE, 5, TrueFalseResponse(answer=True))
    assert other.status is SaveStatus.STALE
    assert (newer.status, newer.response) == (SaveStatus.STORED, TrueFalseResponse(answer=False))


def test_a_repeated_save_has_no_further_effect(call: Caller) -> None:
    paper = call(attempts.start, published(call), taker="ann", now=NOON)
    first = call(attempts.save, paper.attempt_id, answer(1, answer=True), taker="ann", now=NOON)

    again = call(attempts.save, paper.attempt_id, answer(1, answer=True), taker="ann", now=NOON + MINUTE)

    assert again == first


def test_a_blank_response_removes_the_answer(call: Caller) -> None:
    paper = call(attempts.start, published(call), taker="ann")
    call(attempts.save, paper.attempt_id, answer(1, 1, answer=True), taker="ann")
    call(attempts.save, paper.attempt_id, answer(1, 2, answer=None), taker="ann")
    call(attempts.save, paper.attempt_id, answer(4, 1, text="x"), taker="ann")
    call(attempts.save, paper.attempt_id, answer(4, 2, text=" "), taker="ann")

    outcome = call(attempts.submit, paper.attempt_id, taker="ann")

    assert {outcome.questions[n].state for n in (0, 3)} == {GradeState.NOT_ANSWERED}
    assert (outcome.score, outcome.needs_grading) == (0, False)


@pytest.mark.parametrize(
    ("slot", "response", "error", "code"),
    [
        (1, {"answer": "yes"}, Invalid, "response_invalid"),
        (2, {"selected": ["No handle"]}, Invalid, "response_invalid"),
        (3, {"text": "a\0b"}, Invalid, "response_invalid"),
        (4, ["x"], Invalid, "response_invalid"),
        (5, {}, Refused, "not_answerable"),
        (6, {"answer": True}, NotFound, "slot_not_found"),
    ],
)
def test_a_malformed_response_is_refused_and_nothing_is_stored(
    call: Caller, slot: int, response: Any, error: type[Exception], code: str
) -> None:
    paper = call(attempts.start, published(call), taker="ann")

    with pytest.raises(error) as refused:
        data = SaveResponse(slot=slot, sequence=1, response=response)
        call(attempts.save, paper.attempt_id, data, taker="ann")

    assert getattr(refused.value, "code", None) == code
    assert all(q.sequence == 0 for q in call(attempts.paper, paper.attempt_id, taker="ann").questions)


@pytest.mark.parametrize(
    "fields", [{"slot": 0}, {"slot": "1"}, {"slot": 501}, {"sequence": 0}, {"sequence": 2**31}, {"points": 5}]
)
def test_client_input_is_bounded_and_contains_no_score(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SaveResponse(**{"slot": 1, "sequence": 1, "response": {}, **fields})


# ---------------------------------------------------------------------------------------------- time


@pytest.mark.parametrize(
    ("after", "accepted"),
    [(30 * MINUTE - TICK, True), (30 * MINUTE, True), (31 * MINUTE, True), (31 * MINUTE + TICK, False)],
)
def test_responses_are_accepted_through_the_grace_period(call: Caller, after: timedelta, accepted: bool) -> None:
    quiz_id = published(call, time_limit_seconds=1800, grace_seconds=60)
    paper = call(attempts.start, quiz_id, taker="ann", now=NOON)
    assert paper.due_at == NOON + 30 * MINUTE

    if accepted:
        saved = call(attempts.save, paper.attempt_id, answer(1, answer=True), taker="ann", now=NOON + after)
        assert saved.received_at == NOON + after
        return
    with pytest.raises(Refused) as refused:
        call(attempts.save, paper.attempt_id, answer(1, answer=True), taker="ann", now=NOON + after)
    assert refused.value.code == "attempt_overdue"


def test_the_state_is_computed_from_the_clock_at_every_read(call: Caller) -> None:
    taker = uuid.uuid4().hex
    paper = call(attempts.start, published(call, time_limit_seconds=60), taker=taker, now=NOON)

    for now, state in ((NOON + MINUTE, AttemptState.OPEN), (NOON + MINUTE + TICK, AttemptState.OVERDUE)):
        assert call(attempts.get, paper.attempt_id, taker=taker, now=now).state is state
        assert call(attempts.paper, paper.attempt_id, taker=taker, now=now).state is state
        assert call(attempts.page, taker=taker, now=now).items[0].state is state


def test_an_overdue_attempt_is_graded_on_stored_responses_and_finished_at_its_deadline(call: Caller) -> None:
    paper = call(attempts.start, published(call, time_limit_seconds=60), taker="ann", now=NOON)
    call(attempts.save, paper.attempt_id, answer(1, answer=True), taker="ann", now=NOON)

    outcome = call(attempts.result, paper.attempt_id, taker="ann", now=NOON + 60 * MINUTE)

    assert (outcome.score, outcome.submitted_at) == (1, NOON + MINUTE)
    assert call(attempts.submit, paper.attempt_id, taker="ann", now=NOON + 90 * MINUTE) == outcome


def test_starting_after_an_overdue_attempt_creates_the_next_one(call: Caller) -> None:
    quiz_id = published(call, time_limit_seconds=60)
    first = call(attempts.start, quiz_id, taker="ann", now=NOON)

    second = call(attempts.start, quiz_id, taker="ann", now=NOON + 2 * MINUTE)

    assert (second.number, second.state) == (2, AttemptState.OPEN)
    assert call(attempts.get, first.attempt_id, taker="ann").submitted_at == NOON + MINUTE


def test_a_clock_that_was_set_back_never_stores_a_time_before_the_start(call: Caller) -> None:
    paper = call(attempts.start, published(call), taker="ann", now=NOON)
    earlier = NOON - 60 * MINUTE

    saved = call(attempts.save, paper.attempt_id, answer(1, answer=True), taker="ann", now=earlier)
    outcome = call(attempts.submit, paper.attempt_id, taker="ann", now=earlier)

    assert saved.received_at == outcome.submitted_at == NOON


def test_the_zone_of_a_time_has_no_effect(call: Caller) -> None:
    from datetime import timezone

    in_india = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))

    assert call(attempts.start, published(call), taker="ann", now=in_india).started_at == NOON


# ---------------------------------------------------------------------------------------------- submit and result


def test_a_result_adds_up_exactly(call: Caller) -> None:
    paper = call(attempts.start, published(call, max_attempts=1), taker="ann", now=NOON)
    paris = next(o.id for o in paper.questions[1].view.options if str(o.content) == "Paris")
    for data in (
        answer(1, answer=False),
        SaveResponse(slot=2, sequence=1, response={"selected": [paris]}),
        answer(3, text="donau"),
        answer(4, text="Because."),
    ):
        call(attempts.save, paper.attempt_id, data, taker="ann")

    outcome = call(attempts.submit, paper.attempt_id, taker="ann", now=NOON + MINUTE)

    assert (str(outcome.score), outcome.max_score, outcome.needs_grading) == ("1.6666667", 8, True)
    assert outcome.submitted_at == NOON + MINUTE
    assert [(q.state, q.points) for q in outcome.questions] == [
        (GradeState.WRONG, 0),
        (GradeState.RIGHT, 1),
        (GradeState.PARTLY, Decimal("0.6666667")),
        (GradeState.NEEDS_GRADING, None),
        (GradeState.NOT_ANSWERED, 0),
    ]
    assert [[str(t) for t in q.feedback] for q in outcome.questions[:2]] == [["It is."], []]
    assert str(outcome.questions[1].general_feedback) == "It stands on the Seine."
    assert outcome.questions[1].summary == "Paris"
    assert outcome == call(attempts.result, paper.attempt_id, taker="ann", now=NOON + MINUTE)


def test_right_answers_and_traces_may_be_released_when_no_attempt_is_left(call: Caller) -> None:
    practice = ReviewPolicy(right_answer=ReviewMoment, right_answer_if=[ReviewCondition.USED_UP])
    quiz_id = published(call, max_attempts=2, review=practice)
    outcomes = []
    for _ in range(2):
        paper = call(attempts.start, quiz_id, taker="ann")
        call(attempts.save, paper.attempt_id, answer(3, text="Rhine"), taker="ann")
        outcomes.append(call(attempts.submit, paper.attempt_id, taker="ann"))

    before, after = outcomes
    assert {(q.right_response, q.trace is None) for q in before.questions} == {(None, True)}
    assert "Danube" not in before.model_dump_json()
    assert after.questions[2].right_response == ShortAnswerResponse(text="Danube")
    assert after.questions[2].trace == {
        "rule": "first_match",
        "inputs": {"typed": "Rhine", "matched": None},
        "raw": "0",
    }
    # The first result is also released, as no attempt is left.
    assert call(attempts.result, before.attempt_id, taker="ann").questions[2].right_response == ShortAnswerResponse(
        text="Danube"
    )


def test_submitting_twice_returns_the_same_result(call: Caller) -> None:
    paper = call(attempts.start, published(call), taker="ann", now=NOON)
    first = call(attempts.submit, paper.attempt_id, taker="ann", now=NOON + MINUTE)

    assert call(attempts.submit, paper.attempt_id, taker="ann", now=NOON + 2 * MINUTE) == first


def test_a_submitted_attempt_accepts_no_responses(call: Caller) -> None:
    paper = call(attempts.start, published(call), taker="ann")
    call(attempts.submit, paper.attempt_id, taker="ann")

    with pytest.raises(Refused) as refused:
        call(attempts.save, paper.attempt_id, answer(1, answer=True), taker="ann")
    assert refused.value.code == "attempt_submitted"
    (sent,) = call(attempts.submit, paper.attempt_id, taker="ann", responses=[answer(1, answer=True)]).sent
    assert (sent.status, sent.code) == (SaveStatus.REFUSED, "attempt_submitted")
    assert call(attempts.result, paper.attempt_id, taker="ann").score == 0


def test_a_submit_may_include_the_last_responses(call: Caller) -> None:
    paper = call(attempts.start, published(call), taker="ann")
    call(attempts.save, paper.attempt_id, answer(1, 1, answer=False), taker="ann")

    outcome = call(
        attempts.submit,
        paper.attempt_id,
        taker="ann",
        responses=[answer(1, 2, answer=True), answer(3, 1, text="Danube")],
    )

    assert outcome.score == 3


def test_an_open_attempt_has_no_result(call: Caller) -> None:
    paper = call(attempts.start, published(call), taker="ann")

    with pytest.raises(Refused) as refused:
        call(attempts.result, paper.attempt_id, taker="ann")
    assert refused.value.code == "attempt_open"


# ---------------------------------------------------------------------------------------------- reading


def test_an_attempt_is_read_and_paged_by_its_taker(call: Caller) -> None:
    mine, other, zoe = published(call), published(call), uuid.uuid4().hex
    first = call(attempts.start, mine, taker=zoe, now=NOON)
    call(attempts.submit, first.attempt_id, taker=zoe, now=NOON)
    second = call(attempts.start, mine, taker=zoe, now=NOON + MINUTE)
    third = call(attempts.start, other, taker=zoe, now=NOON + 2 * MINUTE)

    found = call(attempts.get, first.attempt_id, taker=zoe)

    assert (found.taker_id, found.number, found.state, found.score) == (zoe, 1, AttemptState.SUBMITTED, 0)
    ids = [a.attempt_id for a in (first, second, third)]
    assert [a.id for a in call(attempts.page, taker=zoe).items] == ids
    assert [a.id for a in call(attempts.page, taker=zoe, quiz_id=mine).items] == ids[:2]
    page = call(attempts.page, taker=zoe, limit=2)
    assert [a.id for a in call(attempts.page, taker=zoe, limit=2, after=page.next_after).items] == ids[2:]


def test_no_verb_finds_the_attempt_of_another_taker(call: Caller) -> None:
    paper = call(attempts.start, published(call), taker="ann")
    stranger: dict[str, Any] = {"taker": uuid.uuid4().hex}

    for verb, args in (
        (attempts.get, ()),
        (attempts.paper, ()),
        (attempts.paper_json, ()),
        (attempts.save, (answer(1, answer=True),)),
        (attempts.submit, ()),
        (attempts.result, ()),
    ):
        with pytest.raises(NotFound) as refused:
            call(verb, paper.attempt_id, *args, **stranger)
        assert refused.value.code == "attempt_not_found"
    with pytest.raises(NotFound):
        call(attempts.submit, paper.attempt_id, responses=[answer(1, answer=True)], **stranger)
    assert call(attempts.page, **stranger).items == ()


@pytest.mark.parametrize(
    ("taker", "code"),
    [(None, "taker_missing"), ("", "taker_missing"), ("x" * 256, "argument_invalid"), ("a\0", "argument_invalid")],
)
def test_an_invalid_taker_is_refused_before_any_statement(call: Caller, taker: Any, code: str) -> None:
    quiz_id = published(call)
    known = call(attempts.start, quiz_id, taker="ann").attempt_id
    for verb, args in (
        (attempts.start, (quiz_id,)),
        (attempts.get, (known,)),
        (attempts.paper, (known,)),
        (attempts.save, (known, answer(1, answer=True))),
        (attempts.submit, (known,)),
        (attempts.result, (known,)),
        (attempts.page, ()),
    ):
        with pytest.raises(QuizkitError) as refused:
            call(verb, *args, taker=taker)
        assert refused.value.code == code
        assert "x" * 256 not in str(refused.value)


def test_the_paper_as_bytes_is_the_paper(call: Caller) -> None:
    paper = call(attempts.start, published(call), taker="ann")
    call(attempts.save, paper.attempt_id, answer(1, answer=True), taker="ann")

    found = call(attempts.paper_json, paper.attempt_id, taker="ann", now=NOON)

    expected = call(attempts.paper, paper.attempt_id, taker="ann", now=NOON)
    assert Paper.model_validate_json(found) == expected
    assert json.loads(found) == json.loads(expected.model_dump_json())


def test_a_response_whose_marking_fails_needs_manual_grading(call: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> Any:
        raise ZeroDivisionError

    paper = call(attempts.start, published(call, QUESTIONS[0], QUESTIONS[2]), taker="ann")
    monkeypatch.setattr(TrueFalse, "_mark", fail)
    call(attempts.save, paper.attempt_id, answer(1, answer=True), taker="ann")
    call(attempts.save, paper.attempt_id, answer(2, text="Danube"), taker="ann")

    outcome = call(attempts.submit, paper.attempt_id, taker="ann")

    assert (outcome.score, outcome.needs_grading) == (2, True)
    assert (outcome.questions[0].state, outcome.questions[0].points) == (GradeState.NEEDS_GRADING, None)


def test_an_attempt_with_an_unregistered_question_type_can_be_viewed_and_finished(call: Caller) -> None:
    quiz_id = published(call, QUESTIONS[0])
    engine = call.database.engine()
    with engine.begin() as connection:
        view = '{"type": "hologram", "content": {"format": "plain", "text": "Look!"}}'
        body = '{"type": "hologram", "version": 1, "content": {"format": "plain", "text": "Look!"}}'
        cast = "CAST(:{} AS JSON)" if call.database.kind == "postgresql" else ":{}"
        connection.execute(
            text(
                f"UPDATE quizkit_question_revision SET view = {cast.format('view')}, body = {cast.format('body')} "
                "WHERE id IN (SELECT question_revision_id FROM quizkit_slot JOIN quizkit_section ON "
                "quizkit_section.id = section_id JOIN quizkit_quiz_revision ON quizkit_quiz_revision.id = "
                "quiz_revision_id WHERE quiz_id = :quiz)"
            ),
            {"view": view, "body": body, "quiz": quiz_id if call.database.kind == "postgresql" else quiz_id.hex},
        )
    engine.dispose()
    paper = call(attempts.start, quiz_id, taker="ann")

    assert (paper.questions[0].view.type, str(paper.questions[0].view.content)) == ("hologram", "Look!")
    with pytest.raises(Refused) as refused:
        call(attempts.save, paper.attempt_id, answer(1, answer=True), taker="ann")
    assert refused.value.code == "not_answerable"
    assert call(attempts.submit, paper.attempt_id, taker="ann").score == 0
