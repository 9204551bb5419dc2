"""Every list in pages: each item is on one page, in the order of the ids."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from conftest import Caller
from quizkit.crud import assignments, attempts, banks, categories, gradebook, questions, quizzes, supervision
from quizkit.schemas import AccessSettings, AssignmentCreate, BankCreate, CategoryCreate, QuizCreate
from taking import NOON, published, start_attempt, yes

Page = Callable[..., Any]


def of_banks(call: Caller) -> Page:
    for _ in range(3):
        call(banks.create, BankCreate(name="Rivers"))
    return lambda **page: call(banks.page, **page)


def of_categories(call: Caller) -> Page:
    bank = call(banks.create, BankCreate(name="Rivers")).id
    for _ in range(3):
        call(categories.create, CategoryCreate(bank_id=bank, name="Long"))
    return lambda **page: call(categories.page, bank_id=bank, **page)


def of_questions(call: Caller) -> Page:
    bank = call(banks.create, BankCreate(name="Rivers")).id
    call(questions.add, [yes(number) for number in range(3)], bank_id=bank)
    return lambda **page: call(questions.page, bank_id=bank, **page)


def of_quizzes(call: Caller) -> Page:
    for _ in range(3):
        call(quizzes.create, QuizCreate(title="Rivers"))
    return lambda **page: call(quizzes.page, **page)


def of_assignments(call: Caller) -> Page:
    quiz = published(call)
    for _ in range(2):
        call(assignments.create, AssignmentCreate(quiz_id=quiz))
    return lambda **page: call(assignments.page, quiz_id=quiz, **page)


def of_events(call: Caller) -> Page:
    given = call(assignments.create, AssignmentCreate(quiz_id=published(call))).id
    for number in range(3):
        call(assignments.override, given, AccessSettings(max_attempts=2), taker=f"taker {number}")
    return lambda **page: call(assignments.events, assignment_id=given, **page)


def of_attempts(call: Caller) -> Page:
    quiz = published(call, max_attempts=3)
    finish(call, quiz, ["ann"] * 3)
    return lambda **page: call(attempts.page, taker="ann", quiz_id=quiz, **page)


def of_supervised(call: Caller) -> Page:
    quiz = published(call)
    finish(call, quiz, ["ann", "ben", "cay"])
    return lambda **page: call(supervision.page, quiz_id=quiz, **page)


def of_grades(call: Caller) -> Page:
    quiz = published(call)
    (assignment_id,) = call(assignments.page, quiz_id=quiz).items
    finish(call, quiz, ["ann", "ben", "cay"])
    return lambda **page: call(gradebook.grades, assignment_id=assignment_id.id, **page)


def finish(call: Caller, quiz: uuid.UUID, takers: list[str]) -> None:
    for taker in takers:
        paper = start_attempt(call, quiz, taker)
        call(attempts.submit, paper.attempt_id, taker=taker, now=NOON)


LISTS = [
    of_banks, of_categories, of_questions, of_quizzes, of_assignments, of_events, of_attempts, of_grades, of_supervised,
]  # fmt: skip


@pytest.mark.parametrize("make", LISTS, ids=lambda make: make.__name__.removeprefix("of_"))
def test_each_item_of_a_list_is_on_one_page_in_the_order_of_the_ids(
    call: Caller, make: Callable[[Caller], Page]
) -> None:
    page = make(call)
    first = page(limit=1)
    pages = [first]
    while pages[-1].next_after is not None and len(pages) < 100:
        pages.append(page(limit=200 if len(pages) == 2 else 1, after=pages[-1].next_after))

    listed = [one.id for each in pages for one in each.items]
    assert len(pages) >= 3
    assert listed == sorted(set(listed))
    assert listed == [one.id for one in page(limit=200).items] or len(listed) > 200
