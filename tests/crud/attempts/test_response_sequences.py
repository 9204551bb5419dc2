"""Which response wins: numbered ones, ones that are based on a stored one, and ones without a number."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from conftest import Caller
from older_snapshot import quiz_of, started
from quizkit.crud import Quizkit, attempts
from quizkit.errors import Refused, UsageError
from quizkit.models import models
from quizkit.rules.sequences import MAX_SEQUENCE
from quizkit.schemas import CheckResponse, SaveResponse
from quizkit.vocabulary import Behaviour, SaveStatus
from taking import LATE, MINUTE_THEN_LATE, NOON, pairs, published, river, start_attempt, yes

pytestmark = pytest.mark.usefixtures("unbroken")

STORED, STALE = SaveStatus.STORED, SaveStatus.STALE


def response(text: str, **numbers: Any) -> SaveResponse:
    return SaveResponse(slot=1, response={"text": text}, **numbers)


class Taker:
    """A taker of one question, who saves, checks and reads."""

    def __init__(self, call: Caller, **policy: Any) -> None:
        self.call, self.whose = call, {"taker": "ann", "now": NOON}
        self.attempt = start_attempt(call, published(call, river(), **policy)).attempt_id

    def saves(self, text: str, **numbers: Any) -> tuple[SaveStatus, int, str]:
        saved = self.call(attempts.save, self.attempt, response(text, **numbers), **self.whose)
        return saved.status, saved.sequence, saved.response.text

    def checks(self, text: str, **numbers: Any) -> Any:
        data = CheckResponse(slot=1, response={"text": text}, **numbers)
        done = self.call(attempts.check, self.attempt, data, **self.whose)
        return done.counted, done.sequence, len(done.question.tries)

    def stored(self) -> tuple[int, str]:
        question = self.call(attempts.paper, self.attempt, **self.whose).questions[0]
        return question.sequence, question.response.text


@pytest.fixture
def ann(call: Caller) -> Taker:
    return Taker(call)


# ---------------------------------------------------------------------------------------------- based on


def test_an_edit_is_stale_if_anybody_has_saved_since_its_base(ann: Taker) -> None:
    """However many edits were made offline: their sequences are greater than that of the other save."""
    ann.saves("Rhine", sequence=1)
    assert ann.saves("Seine", sequence=2) == (STORED, 2, "Seine")  # elsewhere

    assert ann.saves("Danube", sequence=9, based_on=1) == (STALE, 2, "Seine")
    assert ann.stored() == (2, "Seine")
    assert ann.saves("Danube", sequence=9, based_on=2) == (STORED, 9, "Danube")


def test_an_edit_based_on_a_response_is_the_next_one_if_it_has_no_sequence(ann: Taker) -> None:
    assert ann.saves("Rhine", based_on=0) == (STORED, 1, "Rhine")
    assert ann.saves("Rhine", based_on=0) == (STORED, 1, "Rhine")  # the reply was lost
    assert ann.saves("Seine", based_on=0) == (STALE, 1, "Rhine")
    assert ann.saves("Seine", based_on=1) == (STORED, 2, "Seine")
    assert ann.saves("Danube", based_on=1) == (STALE, 2, "Seine")


def test_a_base_that_is_gone_loses_nothing(ann: Taker) -> None:
    """The database was restored from a backup, and the client knows more than it."""
    assert ann.saves("Rhine", sequence=8, based_on=7) == (STORED, 8, "Rhine")
    assert ann.saves("Seine", based_on=20) == (STORED, 21, "Seine")


def test_each_slot_of_a_submit_is_compared_with_its_own_base(call: Caller) -> None:
    attempt = start_attempt(call, published(call, yes(1), yes(2))).attempt_id
    whose: dict[str, Any] = {"taker": "ann", "now": NOON}

    def edit(slot: int, answer: bool, **numbers: Any) -> SaveResponse:
        return SaveResponse(slot=slot, response={"answer": answer}, **numbers)

    call(attempts.save, attempt, edit(1, True, based_on=0), **whose)
    sent = call(
        attempts.submit, attempt, responses=[edit(1, False, sequence=5, based_on=0), edit(2, True, based_on=0)], **whose
    ).sent

    assert [(one.slot, one.status, one.sequence) for one in sent] == [(1, STALE, 1), (2, STORED, 1)]


@pytest.mark.parametrize("numbers", [{"sequence": 3, "based_on": 3}, {"sequence": 1, "based_on": 2}, {"based_on": -1}])
def test_a_response_comes_after_the_one_it_is_based_on(numbers: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        response("Rhine", **numbers)
    assert response("Rhine", based_on=MAX_SEQUENCE - 1).sequence is None


# ---------------------------------------------------------------------------------------------- without a sequence


def test_without_a_sequence_the_last_write_wins(ann: Taker) -> None:
    assert ann.saves("Rhine") == (STORED, 1, "Rhine")
    assert ann.saves("Seine") == (STORED, 2, "Seine")
    ann.saves("Inn", sequence=7)
    assert ann.saves("Danube") == (STORED, 8, "Danube")
    assert ann.saves("Rhine", sequence=8) == (STALE, 8, "Danube")


def test_the_same_response_without_a_sequence_is_stored_once(ann: Taker) -> None:
    ann.saves("Rhine")
    assert ann.saves("Rhine") == ann.saves(" rhine ") == (STORED, 1, "Rhine")


def test_a_response_without_a_sequence_never_runs_out_of_numbers(ann: Taker) -> None:
    ann.saves("Rhine", sequence=MAX_SEQUENCE)

    assert ann.saves("Seine") == (STORED, MAX_SEQUENCE, "Seine")
    assert ann.stored() == (MAX_SEQUENCE, "Seine")


def test_a_hint_clears_a_response_with_the_greatest_sequence(call: Caller) -> None:
    from quizkit.questions import Hint

    question = pairs().model_copy(update={"hints": (Hint(content="!", clear_wrong=True),)})
    attempt = start_attempt(call, published(call, question, behaviour=Behaviour.INTERACTIVE)).attempt_id
    right = question.key().matches
    first, *_ = right
    whose: dict[str, Any] = {"taker": "ann", "now": NOON}
    wrong = {"matches": dict.fromkeys(right, right[first])}
    data = CheckResponse(slot=1, sequence=MAX_SEQUENCE, number=1, response=wrong)
    call(attempts.check, attempt, data, **whose)

    cleared = call(attempts.try_again, attempt, slot=1, **whose)
    assert (cleared.sequence, cleared.question.response.matches) == (MAX_SEQUENCE, {first: right[first]})


def test_a_late_response_without_a_sequence_keeps_the_one_that_was_on_time(call: Caller) -> None:
    attempt = start_attempt(call, published(call, river(), **MINUTE_THEN_LATE)).attempt_id
    call(attempts.save, attempt, response("Danube"), taker="ann", now=NOON)
    call(attempts.save, attempt, response("Danube"), taker="ann", now=LATE)
    again = call(attempts.save, attempt, response("Rhine"), taker="ann", now=LATE)
    outcome = call(attempts.submit, attempt, taker="ann", now=LATE)

    assert (again.sequence, outcome.score, outcome.late) == (2, 1, False)


def test_a_submit_stores_responses_without_a_sequence_and_reports_them_again(ann: Taker) -> None:
    outcomes = [
        ann.call(attempts.submit, ann.attempt, responses=[response("Danube")], **ann.whose).sent for _ in range(2)
    ]

    assert outcomes[0] == outcomes[1]
    assert [(one.status, one.sequence) for one in outcomes[0]] == [(STORED, 1)]
    assert [
        one.status for one in ann.call(attempts.submit, ann.attempt, responses=[response("Inn")], **ann.whose).sent
    ] == [SaveStatus.REFUSED]


def test_a_response_without_a_sequence_needs_a_transaction(engine: Engine) -> None:
    attempt = started(engine, quiz_of(engine), "ann")
    with Session(engine.execution_options(isolation_level="AUTOCOMMIT")) as session, pytest.raises(UsageError):
        Quizkit(models).attempts.save(session, attempt, SaveResponse(slot=1, response={"answer": True}), taker="ann")


# ---------------------------------------------------------------------------------------------- checks


@pytest.mark.parametrize("behaviour", [Behaviour.IMMEDIATE, Behaviour.INTERACTIVE, Behaviour.ADAPTIVE])
def test_a_check_without_numbers_is_the_next_try_and_a_repeated_one_is_the_same(
    call: Caller, behaviour: Behaviour
) -> None:
    ann = Taker(call, behaviour=behaviour)

    assert ann.checks("Rhine") == ann.checks("Rhine") == (True, 1, 1)
    if behaviour is not Behaviour.IMMEDIATE:
        call(attempts.try_again, ann.attempt, slot=1, **ann.whose)
        assert ann.checks("Danube") == ann.checks("Danube") == (True, 2, 2)


def test_after_a_hint_the_same_response_without_a_number_is_another_try(call: Caller) -> None:
    ann = Taker(call, behaviour=Behaviour.INTERACTIVE)
    ann.checks("Rhine")
    call(attempts.try_again, ann.attempt, slot=1, **ann.whose)

    assert ann.checks("Rhine") == (True, 2, 2)


def test_a_saved_response_is_checked_without_numbers(call: Caller) -> None:
    """The points of the save are replaced by those of the check."""
    ann = Taker(call, behaviour=Behaviour.ADAPTIVE)
    ann.saves("Danube")
    assert ann.checks("Danube") == (True, 2, 1)
    ann.saves("Rhine")
    assert ann.saves("Rhine") == (STORED, 3, "Rhine")
    assert ann.checks("Danube")[1:] == (4, 1)  # it was checked before, so this one does not count
    assert ann.checks("Danube")[1:] == (4, 1)
    assert ann.call(attempts.submit, ann.attempt, **ann.whose).score == 1


def test_a_check_is_stale_if_anybody_has_saved_since_its_base(call: Caller) -> None:
    ann = Taker(call, behaviour=Behaviour.ADAPTIVE)
    ann.saves("Rhine", sequence=1)
    ann.saves("Seine", sequence=2)

    with pytest.raises(Refused) as refused:
        ann.checks("Danube", number=1, based_on=1)
    assert (refused.value.code, refused.value.params["stored"]) == ("response_stale", 2)
    assert ann.checks("Danube", number=1, based_on=2) == (True, 3, 1)
