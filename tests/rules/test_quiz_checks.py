from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

import pytest

from quizkit.rules.quiz_checks import CheckedDraw, CheckedPolicy, CheckedQuestion, CheckedSlot, faults, max_score
from quizkit.vocabulary import Behaviour, Counting, ReviewCondition

POLICY = CheckedPolicy(Behaviour.DEFERRED, max_grade=None, pass_grade=None, right_answer_if=frozenset())


def question(name: str, *, asks: str = "", readable: bool = True, answerable: bool = True) -> CheckedSlot:
    holds = CheckedQuestion(name, asks or name, readable=readable, answerable=answerable, has_hints=False)
    return CheckedSlot(holds, Decimal(1), Counting.COUNTS, requires_previous=False)


def draw(count: int, pool: Iterable[str]) -> CheckedSlot:
    holds = CheckedDraw({one: one for one in pool}, count)
    return CheckedSlot(holds, Decimal(1), Counting.COUNTS, requires_previous=False)


def found(*slots: CheckedSlot, policy: CheckedPolicy = POLICY) -> list[tuple[str, str, int | None]]:
    return [(fault.severity, fault.code, fault.slot) for fault in faults(policy, slots)]


def test_a_quiz_of_different_questions_has_no_problem() -> None:
    assert found(question("a"), question("b"), draw(2, ["c", "d"])) == []


def test_an_empty_quiz_cannot_be_published() -> None:
    assert found() == [("error", "quiz_empty", None)]


def test_a_repeated_question_is_an_error_at_both_slots() -> None:
    assert found(question("a"), question("b"), question("a")) == [
        ("error", "question_twice", 1),
        ("error", "question_twice", 3),
    ]


def test_an_equal_question_is_a_warning_unless_it_takes_no_response() -> None:
    assert found(question("a", asks="x"), question("b", asks="x")) == [("warning", "question_alike", 2)]
    assert found(question("a", asks="x"), question("b", asks="x", answerable=False)) == []


def test_a_question_of_an_unknown_type_is_an_error() -> None:
    assert found(question("a", readable=False)) == [("error", "question_unreadable", 1)]


def test_the_first_slot_cannot_require_the_previous_one() -> None:
    assert found(replace(question("a"), requires_previous=True)) == [("warning", "nothing_previous", 1)]


@pytest.mark.parametrize("pool", [["a"], ["a", "fixed"], []])
def test_a_draw_needs_enough_questions_besides_the_fixed_ones(pool: list[str]) -> None:
    assert found(question("fixed"), draw(2, pool)) == [("error", "draw_too_small", 2)]


def test_a_draw_that_is_too_small_is_reported_with_its_counts() -> None:
    slots = [question("fixed"), draw(3, ["a", "fixed"])]

    (fault,) = faults(POLICY, slots)
    assert (fault.code, fault.message) == ("draw_too_small", "Slot 2 needs 3 different questions, found 1")


def test_equal_questions_of_a_pool_count_once() -> None:
    pool = CheckedDraw({"a": "x", "b": "x"}, 2)

    assert found(replace(draw(1, []), holds=pool)) == [("error", "draw_too_small", 1)]


def test_a_pass_mark_is_at_most_the_maximum_of_the_quiz() -> None:
    slots = question("a"), draw(2, ["b", "c"])

    assert found(*slots, policy=replace(POLICY, pass_grade=Decimal(3))) == []
    assert found(*slots, policy=replace(POLICY, pass_grade=Decimal("3.5"))) == [
        ("error", "pass_grade_unreachable", None)
    ]
    assert found(*slots, policy=replace(POLICY, pass_grade=Decimal("3.5"), max_grade=Decimal(10))) == []


def test_showing_right_answers_to_takers_who_passed_needs_a_pass_mark() -> None:
    policy = replace(POLICY, right_answer_if=frozenset({ReviewCondition.PASSED}))

    assert found(question("a"), policy=policy) == [("warning", "no_pass_mark", None)]


def test_interactive_questions_without_hints_have_one_try() -> None:
    policy = replace(POLICY, behaviour=Behaviour.INTERACTIVE)

    assert found(question("a"), question("text", answerable=False), policy=policy) == [("warning", "no_hints", 1)]


def test_a_quiz_whose_slots_do_not_count_is_worth_zero_points() -> None:
    extra = replace(question("a"), counting=Counting.EXTRA)

    assert found(extra) == [("warning", "quiz_worth_nothing", None)]


def test_the_maximum_score_is_the_sum_of_the_counted_slots_including_their_draws() -> None:
    slots = [
        (Counting.COUNTS, Decimal("0.1"), 1),
        (Counting.COUNTS, Decimal("0.2"), 3),
        (Counting.EXTRA, Decimal(5), 1),
        (Counting.IGNORED, Decimal(5), 2),
    ]

    assert max_score(slots) == Decimal("0.7")
