"""The points of a question and whether it is right."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from quizkit.questions import Hint
from quizkit.rules import lateness
from quizkit.rules.behaviours import QuestionProgress, Step, TryPolicy
from quizkit.rules.question_results import (
    QuestionResult,
    final_result,
    reported_response,
    reports_last_check,
    result_so_far,
    shows_right_parts,
)
from quizkit.vocabulary import Action, Behaviour, GradeState, ReviewItem, TryState

TWO = Decimal(2)


@pytest.mark.parametrize(
    ("progress", "stored", "state"),
    [
        (QuestionProgress(TryState.RIGHT, Fraction(1)), "2", GradeState.RIGHT),
        # It is right, although a try cost points.
        (QuestionProgress(TryState.RIGHT, Fraction(1, 2)), "1", GradeState.RIGHT),
        (QuestionProgress(TryState.GAVE_UP, Fraction(0)), "0", GradeState.NOT_ANSWERED),
        # Stored points count, even if the type would give others now.
        (QuestionProgress(TryState.RIGHT, Fraction(1)), "0", GradeState.WRONG),
        (QuestionProgress(TryState.NEEDS_GRADING), "2", GradeState.RIGHT),
        (QuestionProgress(TryState.RIGHT, Fraction(1)), None, GradeState.NEEDS_GRADING),
    ],
)
def test_the_stored_points_of_a_finished_question_count(
    progress: QuestionProgress, stored: str | None, state: GradeState
) -> None:
    points = None if stored is None else Decimal(stored)

    assert final_result(progress, points, points, TWO) == QuestionResult(points, state)


def test_a_question_without_points_has_the_state_of_its_progress() -> None:
    found = final_result(QuestionProgress(TryState.WRONG, Fraction(0)), None, None, Decimal(0))

    assert found == QuestionResult(None, GradeState.WRONG)


def test_lateness_reduces_the_points_but_not_the_correctness() -> None:
    found = final_result(QuestionProgress(TryState.RIGHT, Fraction(1)), TWO, Decimal(1), TWO)

    assert found == QuestionResult(Decimal(1), GradeState.RIGHT)


def test_a_question_with_tries_left_has_the_result_of_its_last_check() -> None:
    wrong = Step(Action.CHECK, "a", Fraction(0))

    found = result_so_far(TryPolicy(Behaviour.INTERACTIVE, hints=2), [wrong], Fraction(0), TWO)

    assert found == QuestionResult(Decimal(0), GradeState.WRONG)


@pytest.mark.parametrize(
    ("checked", "ended", "expected"), [(True, False, True), (False, False, False), (True, True, False)]
)
def test_an_open_question_reports_its_last_check_and_an_ended_one_its_last_response(
    checked: bool, ended: bool, expected: bool
) -> None:
    assert reports_last_check(checked=checked, ended=ended) is expected


def test_the_better_of_two_responses_is_reported_only_if_the_attempt_is_finished_and_marks_are_shown() -> None:
    marks = frozenset({ReviewItem.MARKS})
    stored = lateness.Stored(TWO, Decimal(1), came_late=True, kept=True, kept_points=TWO)

    found = reported_response(stored, marks, finished=True)

    assert found is not None
    assert (found.points, found.kept) == (TWO, True)
    assert reported_response(stored, frozenset(), finished=True) is None
    assert reported_response(stored, marks, finished=False) is None
    assert reported_response(None, marks, finished=True) is None


def test_a_hint_shows_right_parts_only_if_it_says_so_and_correctness_is_shown() -> None:
    correctness, shows = frozenset({ReviewItem.CORRECTNESS}), Hint(content="!", show_right_parts=True)

    assert shows_right_parts(shows, correctness)
    assert not shows_right_parts(shows, frozenset())
    assert not shows_right_parts(Hint(content="!"), correctness)
    assert not shows_right_parts(None, correctness)
