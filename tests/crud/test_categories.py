from __future__ import annotations

import uuid
from functools import partial

import pytest
from pydantic import ValidationError
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from conftest import Caller, together
from quizkit.crud import Quizkit, banks, categories
from quizkit.errors import NotFound, Refused
from quizkit.models import models
from quizkit.schemas import BankCreate, CategoryCreate, CategoryReturn, CategoryUpdate
from taking import NOON


def tree(call: Caller, *names: str) -> list[CategoryReturn]:
    """A chain of categories, each the child of the one before."""
    bank = call(banks.create, BankCreate(name="Bank")).id
    made: list[CategoryReturn] = []
    for name in names:
        parent = made[-1].id if made else None
        made.append(call(categories.create, CategoryCreate(bank_id=bank, name=name, parent_id=parent)))
    return made


def test_a_category_is_created_and_read_back(call: Caller) -> None:
    bank = call(banks.create, BankCreate(name="Bank")).id
    top = call(categories.create, CategoryCreate(bank_id=bank, name=" Rivers "), now=NOON)
    under = call(categories.create, CategoryCreate(bank_id=bank, name="Europe", parent_id=top.id))

    assert top == call(categories.get, top.id)
    assert (top.name, top.parent_id, top.created_at) == ("Rivers", None, NOON)
    assert call(categories.page, bank_id=bank).items == (top, under)


def test_a_parent_is_in_the_same_bank(call: Caller) -> None:
    (elsewhere,) = tree(call, "Lakes")
    bank = call(banks.create, BankCreate(name="Bank")).id

    for bank_id, parent, code in (
        (bank, elsewhere.id, "category_not_found"),
        (bank, uuid.uuid4(), "category_not_found"),
        (uuid.uuid4(), None, "bank_not_found"),
    ):
        with pytest.raises(NotFound) as refused:
            call(categories.create, CategoryCreate(bank_id=bank_id, name="x", parent_id=parent))
        assert refused.value.code == code


def test_a_category_moves_with_its_descendants(call: Caller) -> None:
    top, middle, low = tree(call, "Water", "Rivers", "Europe")

    moved = call(categories.update, middle.id, CategoryUpdate(parent_id=None, name="Running water"))

    assert (moved.name, moved.parent_id) == ("Running water", None)
    assert call(categories.get, low.id).parent_id == middle.id
    assert call(categories.update, low.id, CategoryUpdate(name="Asia")).parent_id == middle.id
    assert call(categories.get, top.id) == top


def test_a_category_cannot_be_its_own_ancestor(call: Caller) -> None:
    top, middle, low = tree(call, "Water", "Rivers", "Europe")

    for one, parent in ((top, top), (top, middle), (top, low), (middle, low)):
        with pytest.raises(Refused) as refused:
            call(categories.update, one.id, CategoryUpdate(parent_id=parent.id))
        assert refused.value.code == "category_circle"
    assert call(categories.get, top.id) == top


def test_two_concurrent_moves_create_no_cycle(database: object, engine: Engine) -> None:
    kit = Quizkit(models)
    for _ in range(5):
        with Session(engine) as session, session.begin():
            bank = kit.banks.create(session, BankCreate(name="Bank")).id
            one = kit.categories.create(session, CategoryCreate(bank_id=bank, name="a")).id
            other = kit.categories.create(session, CategoryCreate(bank_id=bank, name="b")).id

        def move(session: Session, which: uuid.UUID, to: uuid.UUID) -> CategoryReturn:
            return kit.categories.update(session, which, CategoryUpdate(parent_id=to))

        results = together(engine, partial(move, which=one, to=other), partial(move, which=other, to=one))

        assert sum(isinstance(result, CategoryReturn) for result in results) == 1
        assert [result.code for result in results if isinstance(result, Refused)] == ["category_circle"]


def test_an_archived_category_keeps_its_place(call: Caller) -> None:
    (top,) = tree(call, "Rivers")

    assert call(categories.archive, top.id, now=NOON).archived_at == NOON
    assert call(categories.get, top.id).archived_at == NOON


def test_the_name_of_a_category_cannot_be_removed() -> None:
    for wrong in ({"name": None}, {"name": "  "}, {"name": "x" * 129}, {"colour": "blue"}):
        with pytest.raises(ValidationError):
            CategoryUpdate.model_validate(wrong)


def test_a_category_that_does_not_exist_is_not_found(call: Caller) -> None:
    for verb, more in (
        (categories.get, ()),
        (categories.archive, ()),
        (categories.update, (CategoryUpdate(name="x"),)),
    ):
        with pytest.raises(NotFound) as refused:
            call(verb, uuid.uuid4(), *more)
        assert refused.value.code == "category_not_found"
