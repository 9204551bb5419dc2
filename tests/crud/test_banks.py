"""Banks: renamed, archived, and still used by the quizzes that draw from them."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from pydantic import ValidationError

from conftest import Caller
from quizkit.crud import attempts, banks, questions, quizzes
from quizkit.errors import NotFound
from quizkit.models import Bank
from quizkit.questions import TrueFalse
from quizkit.schemas import BankCreate, BankUpdate, DrawSlot, QuizCreate, QuizOutline, SectionOutline

RHINE = TrueFalse(content="The Rhine is a river.", answer=True)


def test_a_bank_is_renamed(call: Caller) -> None:
    bank = call(banks.create, BankCreate(name="Rivers"))

    renamed = call(banks.update, bank.id, BankUpdate(name="Waters"))

    assert renamed == call(banks.get, bank.id)
    assert (renamed.name, renamed.version, renamed.created_at) == ("Waters", 2, bank.created_at)


def test_an_update_without_fields_changes_nothing(call: Caller) -> None:
    bank = call(banks.create, BankCreate(name="Rivers"))

    assert call(banks.update, bank.id, BankUpdate()) == bank


def test_the_name_of_a_bank_cannot_be_removed() -> None:
    with pytest.raises(ValidationError, match="not_nullable"):
        BankUpdate(name=None)


def test_archiving_a_bank_twice_has_no_further_effect(call: Caller) -> None:
    bank = call(banks.create, BankCreate(name="Rivers"))

    archived = call(banks.archive, bank.id)

    assert archived.archived_at is not None
    assert call(banks.archive, bank.id) == archived == call(banks.get, bank.id)


def test_an_archived_bank_keeps_its_questions_and_quizzes_still_draw_them(call: Caller) -> None:
    bank = call(banks.create, BankCreate(name="Rivers"))
    call(questions.add, [RHINE], bank_id=bank.id)
    quiz = call(quizzes.create, QuizCreate(title="Drawn"))
    outline = QuizOutline(sections=[SectionOutline(slots=[DrawSlot(bank_id=bank.id)])])
    call(quizzes.set_outline, quiz.id, outline)

    call(banks.archive, bank.id)
    call(quizzes.publish, quiz.id)

    assert len(call(attempts.start, quiz.id, taker="ann").questions) == 1
    assert len(call(questions.page, bank_id=bank.id).items) == 1


def test_a_list_of_active_banks_omits_archived_ones(call: Caller) -> None:
    kept, gone = (call(banks.create, BankCreate(name=f"{uuid4()}")) for _ in range(2))
    call(banks.archive, gone.id)
    these = Bank.id.in_([kept.id, gone.id])

    assert call(banks.page, where=[these, Bank.archived_at.is_(None)]).items == (kept,)


@pytest.mark.parametrize(
    ("verb", "data"), [(banks.get, ()), (banks.archive, ()), (banks.update, (BankUpdate(name="x"),))]
)
def test_an_unknown_bank_is_not_found(call: Caller, verb: Any, data: tuple[Any, ...]) -> None:
    with pytest.raises(NotFound) as refused:
        call(verb, uuid4(), *data)

    assert refused.value.code == "bank_not_found"
