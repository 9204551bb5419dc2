"""The access check of a host runs before every start, with every copy of a kit."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from sqlalchemy import Engine, String
from sqlalchemy.orm import Session

from conftest import Caller
from mounting import hostile
from quizkit.crud import AccessRequest, Quizkit, Tenants, assignments
from quizkit.errors import Refused
from quizkit.models import TenantColumn, models
from quizkit.schemas import AssignmentCreate
from quizkit.testing import QuizFactory
from taking import HOUR, NOON, published

ASKED: list[AccessRequest[Any]] = []


def password(request: AccessRequest[Any]) -> None:
    """Admit takers with the password and the address of the exam room."""
    ASKED.append(request)
    if request.credentials.get("password") != "meander":
        raise Refused("wrong_password", "The password is not right")


KIT = Quizkit(models, admit=password)


@pytest.fixture(autouse=True)
def nobody_was_asked() -> None:
    ASKED.clear()


def test_a_taker_whom_the_host_does_not_admit_cannot_start(call: Caller) -> None:
    quiz_id = published(call)

    for credentials in ({}, {"password": "Meander"}):
        with pytest.raises(Refused) as refused:
            call(KIT.attempts.start, quiz_id, taker="ann", credentials=credentials, now=NOON)
        assert refused.value.code == "wrong_password"
        report = call(KIT.attempts.explain_access, quiz_id, taker="ann", credentials=credentials, now=NOON)
        assert (report.may_start, report.refusal, report.attempts_used) == (False, "wrong_password", 0)
    word = {"password": "meander"}
    assert call(KIT.attempts.start, quiz_id, taker="ann", credentials=word, now=NOON).number == 1
    assert call(KIT.attempts.explain_access, quiz_id, taker="ann", credentials=word, now=NOON).may_start


def test_the_access_check_gets_the_whole_request(call: Caller) -> None:
    quiz_id = published(call)
    made = call(assignments.create, AssignmentCreate(quiz_id=quiz_id, context="7b"))
    word = {"password": "meander", "address": "10.0.0.7"}
    where = {"taker": "ann", "assignment_id": made.id, "groups": ["g"], "credentials": word}
    call(KIT.attempts.start, quiz_id, **where, now=NOON)
    call(KIT.attempts.start, quiz_id, **where, now=NOON + HOUR)

    first, again = ASKED
    assert (first.quiz_id, first.assignment_id, first.context) == (quiz_id, made.id, "7b")
    assert (first.taker, first.groups, first.credentials, first.now) == ("ann", ("g",), word, NOON)
    assert (first.going_on, again.going_on) == (False, True)


def test_the_access_check_runs_again_when_an_attempt_is_continued(call: Caller) -> None:
    quiz_id = published(call)
    call(KIT.attempts.start, quiz_id, taker="ann", credentials={"password": "meander"}, now=NOON)

    with pytest.raises(Refused):
        call(KIT.attempts.start, quiz_id, taker="ann", now=NOON)


def test_a_start_that_loses_a_race_runs_the_access_check_once(engine: Engine) -> None:
    """The other start of the same taker commits between the query and the insert."""
    used: set[str] = set()
    with Session(engine) as session:
        quiz = QuizFactory.create(session=session)

        def once(request: AccessRequest[Any]) -> None:
            if request.credentials["word"] in used:
                raise Refused("password_used", "The password was used")
            used.add(request.credentials["word"])
            quicker.append(Quizkit(models).attempts.start(session, quiz.id, taker="ann", now=NOON))

        quicker: list[Any] = []
        kit = Quizkit(models, admit=once)
        paper = kit.attempts.start(session, quiz.id, taker="ann", credentials={"word": "meander"}, now=NOON)

    assert [one.attempt_id for one in quicker] == [paper.attempt_id]


def test_a_preview_does_not_run_the_access_check(call: Caller) -> None:
    call(KIT.previews.start, published(call), actor="ann", now=NOON)

    assert ASKED == []


def test_every_copy_of_a_kit_has_its_access_check(call: Caller) -> None:
    """Otherwise a copy in another process, or the kit of a tenant, would admit everybody."""
    quiz_id = published(call)
    host = hostile("admit_", tenant=TenantColumn(type_=String(20)))
    of_tenant = Tenants(host.models, str, admit=password).of("acme")
    for kit in (pickle.loads(pickle.dumps(KIT)), KIT.of(None)):
        with pytest.raises(Refused) as refused:
            call(kit.attempts.start, quiz_id, taker="ann", now=NOON)
        assert refused.value.code == "wrong_password"
    with pytest.raises(Refused):
        call(pickle.loads(pickle.dumps(KIT.attempts)).start, quiz_id, taker="ann", now=NOON)
    assert of_tenant.attempts._context.admit is of_tenant.of("other").attempts._context.admit is password


def test_a_failing_access_check_admits_no_taker(call: Caller) -> None:
    def broken(_request: AccessRequest[Any]) -> None:
        raise RuntimeError("the booking system is down")

    quiz_id = published(call)
    with pytest.raises(RuntimeError):
        call(Quizkit(models, admit=broken).attempts.start, quiz_id, taker="ann", now=NOON)
    assert call(KIT.attempts.explain_access, quiz_id, taker="ann", now=NOON).attempts_used == 0
