"""Every list is paged alike: in which order, from where, and what an unknown `after` means."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from conftest import Caller, statements
from quizkit.crud import (
    VerbGroup,
    assignments,
    attempts,
    banks,
    categories,
    gradebook,
    kit,
    questions,
    quizzes,
    supervision,
)
from quizkit.errors import NotFound
from quizkit.models import AccessEvent, Bank, QuizGrade
from quizkit.questions import TrueFalse
from quizkit.schemas import AccessSettings, AssignmentCreate, BankCreate, CategoryCreate, Page, QuizCreate, SaveResponse

ASKED = [TrueFalse(content=f"Question {number}", answer=True) for number in range(3)]


class World:
    """Three of everything that is listed; of grades, 1, 3 and 2 points of three."""

    def __init__(self, call: Callable[..., Any]) -> None:
        self.quiz = call(quizzes.create, QuizCreate(title="Rivers", questions=ASKED)).id
        call(quizzes.publish, self.quiz)
        self.bank = call(quizzes.get, self.quiz).bank_id
        for name in "abc":
            call(categories.create, CategoryCreate(bank_id=self.bank, name=name))
            call(banks.create, BankCreate(name=name))
            call(assignments.create, AssignmentCreate(quiz_id=call(quizzes.create, QuizCreate(title=name)).id))
        self.ann = f"ann {self.quiz}"
        self.assignment_id = call(assignments.page, quiz_id=self.quiz).items[0].id
        for taker, points in (("ann", 1), ("ben", 3), ("cem", 2)):
            self.answer(call, f"{taker} {self.quiz}", points)
            call(assignments.override, self.assignment_id, AccessSettings(max_attempts=9), taker=f"{taker} {self.quiz}")
        for _ in range(2):
            self.answer(call, self.ann, 1)
        for attempt in call(attempts.page, taker=self.ann).items:
            call(supervision.set_lateness, attempt.id, seconds=0, actor="teacher", reason="Fire alarm")

    def answer(self, call: Callable[..., Any], taker: str, points: int) -> None:
        paper = call(attempts.start, self.quiz, taker=taker)
        responses = [SaveResponse(slot=slot, sequence=1, response={"answer": slot <= points}) for slot in (1, 2, 3)]
        call(attempts.submit, paper.attempt_id, taker=taker, responses=responses)

    @property
    def lists(self) -> dict[str, tuple[Any, dict[str, Any]]]:
        return {
            "quizzes.page": (quizzes.page, {}),
            "questions.page": (questions.page, {"bank_id": self.bank}),
            "banks.page": (banks.page, {}),
            "categories.page": (categories.page, {"bank_id": self.bank}),
            "assignments.page": (assignments.page, {}),
            "assignments.events": (assignments.events, {"assignment_id": self.assignment_id}),
            "attempts.page": (attempts.page, {"taker": self.ann}),
            "gradebook.grades": (gradebook.grades, {"assignment_id": self.assignment_id}),
            "gradebook.leaderboard": (gradebook.leaderboard, {"assignment_id": self.assignment_id}),
            "gradebook.standings": (gradebook.standings, {"assignment_ids": [self.assignment_id]}),
            "supervision.page": (supervision.page, {"assignment_id": self.assignment_id}),
            "supervision.events": (supervision.events, {"assignment_id": self.assignment_id}),
        }


LISTS = (
    "quizzes.page", "questions.page", "banks.page", "categories.page", "assignments.page", "assignments.events",
    "attempts.page", "gradebook.grades", "gradebook.leaderboard", "gradebook.standings", "supervision.page",
    "supervision.events",
)  # fmt: skip


def test_the_cases_cover_every_list() -> None:
    listing = {
        f"{noun}.{name}"
        for noun, group in vars(kit).items()
        if isinstance(group, VerbGroup)
        for name, verb in vars(type(group)).items()
        if getattr(verb, "__annotations__", {}).get("return", "").startswith("Page[")
    }

    assert listing == set(LISTS)


@pytest.mark.parametrize("name", LISTS)
def test_a_page_continues_after_the_last_item_in_the_order_of_ids_or_ranks(call: Caller, name: str) -> None:
    verb, of = World(call).lists[name]

    whole: Page[Any] = call(verb, **of, limit=200)
    first = call(verb, **of, limit=1)
    second = call(verb, **of, limit=1, after=first.next_after)

    assert first.items + second.items == whole.items[:2]
    assert first.next_after == first.items[0].id
    by_rank = name in {"gradebook.leaderboard", "gradebook.standings"}
    ordered = sorted(whole.items, key=lambda one: (-one.grade, one.id) if by_rank else one.id)
    assert list(whole.items) == ordered


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("limit", [1, 200])
def test_an_unknown_after_is_refused(call: Caller, name: str, limit: int) -> None:
    """Also the id of something else, and one before or after every other: no page of it would mean anything."""
    world = World(call)
    verb, of = world.lists[name]
    other = world.assignment_id if "assignments" not in name or "events" in name else world.quiz

    for unknown in (uuid.uuid4(), other, uuid.UUID(int=1), uuid.UUID(int=(1 << 128) - 2)):
        with pytest.raises(NotFound) as refused:
            call(verb, **of, after=unknown, limit=limit)
        assert refused.value.code == "after_not_found"


@pytest.mark.parametrize("name", LISTS)
def test_after_the_last_item_there_is_an_empty_page(call: Caller, name: str) -> None:
    verb, of = World(call).lists[name]
    last = call(verb, **of, limit=200).items[-1].id
    while (more := call(verb, **of, limit=200, after=last)).items:  # other tests have left some behind
        last = more.items[-1].id

    assert more == Page(items=(), next_after=None)


def test_the_attempt_of_another_taker_is_an_unknown_after(call: Caller) -> None:
    world = World(call)
    mine = call(attempts.page, taker=world.ann).items[0].id

    with pytest.raises(NotFound) as refused:
        call(attempts.page, taker=f"ben {world.quiz}", after=mine)

    assert refused.value.code == "after_not_found"


def test_after_may_be_an_item_that_no_longer_matches(call: Caller) -> None:
    """Who changes the items of each page goes on after the last one, although it left the list."""
    these = [call(banks.create, BankCreate(name=name)).id for name in "abc"]
    used = [Bank.id.in_(these), Bank.archived_at.is_(None)]
    left, after = [], None
    while True:
        page = call(banks.page, where=used, after=after, limit=1)
        left += [call(banks.archive, one.id).id for one in page.items]
        after = page.next_after
        if after is None:
            break

    assert left == these


def test_a_rebuild_continues_only_after_an_attempt_of_its_assignment(call: Caller) -> None:
    world = World(call)
    first = call(gradebook.rebuild, assignment_id=world.assignment_id, limit=2)

    assert call(gradebook.rebuild, assignment_id=world.assignment_id, after=first.next_after).grades == 1
    for unknown in (uuid.uuid4(), world.quiz):
        with pytest.raises(NotFound) as refused:
            call(gradebook.rebuild, assignment_id=world.assignment_id, after=unknown)
        assert refused.value.code == "after_not_found"


def test_a_filtered_leaderboard_ranks_only_its_takers(call: Caller) -> None:
    world = World(call)
    ann_and_cem = [QuizGrade.taker_id.in_([world.ann, f"cem {world.quiz}"])]

    first = call(gradebook.leaderboard, assignment_id=world.assignment_id, where=ann_and_cem, limit=1)
    second = call(
        gradebook.leaderboard, assignment_id=world.assignment_id, where=ann_and_cem, limit=1, after=first.next_after
    )

    assert [(one.taker_id, one.rank) for one in first.items + second.items] == [
        (f"cem {world.quiz}", 1),
        (world.ann, 2),
    ]


def test_events_accept_conditions_of_a_host(call: Caller) -> None:
    world = World(call)
    found = call(assignments.events, assignment_id=world.assignment_id, where=[AccessEvent.taker_id == world.ann])

    assert [event.taker_id for event in found.items] == [world.ann]


def test_a_later_page_is_one_statement_like_the_first(engine: Engine) -> None:
    with Session(engine) as session:
        first = banks.create(session, BankCreate(name="a"))
        banks.create(session, BankCreate(name="b"))
        with statements(engine) as sent:
            banks.page(session, after=first.id)
        session.rollback()

    assert len(sent) == 1
