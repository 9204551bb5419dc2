from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizkit.rules import release
from quizkit.vocabulary import ReviewCondition, ReviewItem, ReviewMoment

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
TICK = timedelta(microseconds=1)
CLOSE = NOON + 60 * MINUTE

DURING, RIGHT_AFTER, LATER, AFTER_CLOSE, RELEASED = ReviewMoment


@pytest.mark.parametrize(
    ("finished", "closed", "now", "moment"),
    [
        (NOON, False, NOON, RIGHT_AFTER),
        (NOON, False, NOON + 2 * MINUTE - TICK, RIGHT_AFTER),
        (NOON, False, NOON + 2 * MINUTE, LATER),
        (NOON, False, NOON + 9999 * MINUTE, LATER),
        (NOON, True, NOON, AFTER_CLOSE),
        (NOON, True, NOON + 9999 * MINUTE, AFTER_CLOSE),
    ],
)
def test_the_review_moment_follows_from_the_times(
    finished: datetime, closed: bool, now: datetime, moment: ReviewMoment
) -> None:
    assert release.moment_of(finished_at=finished, closed=closed, now=now) is moment


def test_right_answers_are_withheld_until_every_condition_is_met() -> None:
    shown = frozenset({ReviewItem.RIGHT_ANSWER, ReviewItem.MARKS})
    passed, used_up, _ = ReviewCondition

    assert release.on_condition(shown, (), ()) == shown
    assert release.on_condition(shown, {passed}, {passed, used_up}) == shown
    assert release.on_condition(shown, {passed, used_up}, {passed}) == {ReviewItem.MARKS}


def test_by_default_right_answers_are_withheld_until_nobody_can_respond() -> None:
    shown = {moment: release.released(release.DEFAULT, moment) for moment in ReviewMoment}

    assert [moment for moment in ReviewMoment if ReviewItem.RIGHT_ANSWER in shown[moment]] == [AFTER_CLOSE]
    assert ReviewItem.MARKS in shown[RIGHT_AFTER]
    assert ReviewItem.GENERAL_FEEDBACK not in shown[DURING]


POLICIES = st.dictionaries(st.sampled_from(ReviewItem), st.frozensets(st.sampled_from(ReviewMoment)))


@given(POLICIES, st.sampled_from(ReviewMoment))
def test_exactly_the_items_that_the_policy_lists_for_a_moment_are_shown(
    policy: dict[ReviewItem, frozenset[ReviewMoment]], moment: ReviewMoment
) -> None:
    named = {item for item in ReviewItem if moment in policy.get(item, ())}
    shown = release.released(policy, moment)

    if moment is DURING:
        assert shown == named | {ReviewItem.QUESTION}  # the attempts are still open
    elif ReviewItem.QUESTION in named:
        assert shown == named
    else:
        assert shown == named & {ReviewItem.MARKS, ReviewItem.OVERALL_FEEDBACK}


@given(POLICIES, st.sampled_from(ReviewMoment), st.booleans())
def test_the_key_of_a_question_with_tries_left_is_withheld_under_every_policy(
    policy: dict[ReviewItem, frozenset[ReviewMoment]], moment: ReviewMoment, tried: bool
) -> None:
    shown = release.released(policy, moment)
    of_question = release.of_question(shown, tried=tried, finished=False)

    assert of_question <= shown
    assert not of_question & {ReviewItem.RIGHT_ANSWER, ReviewItem.GENERAL_FEEDBACK, ReviewItem.OVERALL_FEEDBACK}
    assert tried or of_question <= {ReviewItem.QUESTION, ReviewItem.RESPONSE}
    assert release.of_question(shown, tried=tried, finished=True) == shown
