from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizkit.rules import release
from quizkit.vocabulary import AttemptState, ReviewItem, ReviewMoment

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TICK = timedelta(microseconds=1)
CLOSE = NOON + 60 * MINUTE

DURING, RIGHT_AFTER, LATER, AFTER_CLOSE = ReviewMoment


@pytest.mark.parametrize(
    ("state", "finished", "closes", "left", "sit", "now", "moment"),
    [
        (AttemptState.OPEN, None, CLOSE, 0, False, NOON, DURING),
        (AttemptState.OPEN, None, None, 0, False, NOON, DURING),
        (AttemptState.OVERDUE, None, CLOSE, 0, False, CLOSE + MINUTE, DURING),
        (AttemptState.SUBMITTED, NOON, CLOSE, 0, False, NOON, RIGHT_AFTER),
        (AttemptState.SUBMITTED, NOON, CLOSE, 0, False, NOON + 2 * MINUTE - TICK, RIGHT_AFTER),
        (AttemptState.SUBMITTED, NOON, CLOSE, 0, False, NOON + 2 * MINUTE, LATER),
        (AttemptState.SUBMITTED, NOON, CLOSE, 0, False, CLOSE - TICK, LATER),
        (AttemptState.SUBMITTED, NOON, CLOSE, 0, False, CLOSE, AFTER_CLOSE),
        (AttemptState.ABANDONED, NOON, CLOSE, 0, False, CLOSE, AFTER_CLOSE),
        # Somebody with more time still sits: the key waits for them.
        (AttemptState.SUBMITTED, NOON, CLOSE, 0, True, CLOSE, LATER),
        (AttemptState.SUBMITTED, CLOSE - MINUTE, CLOSE, 0, True, CLOSE, RIGHT_AFTER),
        # A quiz that never closes is closed to who has no attempt left.
        (AttemptState.SUBMITTED, NOON, None, 0, False, NOON, AFTER_CLOSE),
        (AttemptState.SUBMITTED, NOON, None, 1, False, NOON, RIGHT_AFTER),
        (AttemptState.SUBMITTED, NOON, None, None, False, NOON + 99 * MINUTE, LATER),
    ],
)
def test_which_moment_of_the_review_it_is(
    state: AttemptState,
    finished: datetime | None,
    closes: datetime | None,
    left: int | None,
    sit: bool,
    now: datetime,
    moment: ReviewMoment,
) -> None:
    found = release.moment_of(
        state, finished_at=finished, closes_at=closes, attempts_left=left, others_sit=sit, now=now
    )

    assert found is moment


def test_by_default_right_answers_wait_until_nobody_can_answer_any_more() -> None:
    shown = {moment: release.released(release.DEFAULT, moment) for moment in ReviewMoment}

    assert [moment for moment in ReviewMoment if ReviewItem.RIGHT_ANSWER in shown[moment]] == [AFTER_CLOSE]
    assert ReviewItem.MARKS in shown[RIGHT_AFTER]
    assert ReviewItem.GENERAL_FEEDBACK not in shown[DURING]


POLICIES = st.dictionaries(st.sampled_from(ReviewItem), st.frozensets(st.sampled_from(ReviewMoment)))


@given(POLICIES, st.sampled_from(ReviewMoment))
def test_exactly_what_the_policy_names_for_a_moment_is_shown(
    policy: dict[ReviewItem, frozenset[ReviewMoment]], moment: ReviewMoment
) -> None:
    shown = release.released(policy, moment)

    assert all((item in shown) == (moment in policy.get(item, ())) for item in ReviewItem)


@given(POLICIES, st.sampled_from(ReviewMoment), st.booleans())
def test_a_question_that_can_still_be_tried_keeps_its_key_whatever_the_policy_says(
    policy: dict[ReviewItem, frozenset[ReviewMoment]], moment: ReviewMoment, tried: bool
) -> None:
    shown = release.released(policy, moment)
    of_question = release.of_question(shown, tried=tried, finished=False)

    assert of_question <= shown
    assert not of_question & {ReviewItem.RIGHT_ANSWER, ReviewItem.GENERAL_FEEDBACK, ReviewItem.OVERALL_FEEDBACK}
    assert tried or of_question <= {ReviewItem.RESPONSE}
    assert release.of_question(shown, tried=tried, finished=True) == shown
