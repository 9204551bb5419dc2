"""Continue with a question after reading its hint."""

from __future__ import annotations

import uuid

from quizkit.crud._core.context import S, Work
from quizkit.crud.attempts._facts.facts import facts_of
from quizkit.crud.attempts._facts.load import attempt_row
from quizkit.crud.attempts._responses import statements
from quizkit.crud.attempts._responses.marking import history, marked, step_of
from quizkit.crud.attempts._review.checked import checked
from quizkit.crud.attempts._review.question import hint_of
from quizkit.crud.attempts._review.shown import shown_during
from quizkit.crud.attempts._working.slot import WorkingSlot, checkable_slot
from quizkit.crud.attempts._working.store import store
from quizkit.crud.attempts._working.tries import append_try, tries_of
from quizkit.errors import Invalid
from quizkit.rules import behaviours
from quizkit.rules.sequences import next_sequence
from quizkit.schemas import Checked
from quizkit.vocabulary import Action, ReviewItem, TryState

__all__ = ["try_again"]


def try_again(work: Work[S], taker: S, attempt_id: uuid.UUID, number: int) -> Checked:
    """Continue with a question after reading its hint. If the question is not waiting for that, nothing changes.

    Raises:
        NotFound: `attempt_not_found`, `slot_not_found`.
        Refused: `not_checkable`, `not_answerable`, `attempt_submitted`, `attempt_overdue`, `page_left`, `page_ahead`.
    """
    row = attempt_row(work, attempt_id, taker)
    slot = checkable_slot(work, facts_of(row), number)
    shown = shown_during(row)
    events = tries_of(work, slot)
    before = history(slot.question, events)
    progress = behaviours.replay(slot.try_policy, before)
    if progress.state is TryState.TRY_AGAIN:
        next_try = behaviours.next_try(slot.try_policy, progress)
        slot = append_try(work, slot, Action.TRY_AGAIN, tries=progress.tries, next_try=next_try)
        events = tries_of(work, slot)
        hint = hint_of(slot.question, slot.try_policy, progress)
        # A response without its wrong parts reveals what is correct.
        if hint is not None and hint.clear_wrong and ReviewItem.CORRECTNESS in shown:
            _clear_wrong(work, slot, [*before, behaviours.Step(Action.TRY_AGAIN)])
    return checked(work, slot, events, shown, counted=False)


def _clear_wrong(work: Work[S], slot: WorkingSlot, before: list[behaviours.Step]) -> None:
    """Store the correct part of the checked response, as if the taker had saved it."""
    stored = work.first(statements.response_of_slot, slot.of())
    if stored is None:
        return
    try:
        response = slot.question.read(stored.response)
    except Invalid:  # the question type has changed, so nothing is known to be wrong
        return
    right = slot.question.right_part(response)
    if right is None or slot.question.canonical(right.response) == slot.question.canonical(response):
        return
    marking = marked(slot.question, right.response, tried=True)
    earned = slot.earned_if_finished([*before, step_of(Action.SAVE, slot.question, marking)])
    store(work, slot, next_sequence(stored.sequence, repeated=False), marking, earned)
