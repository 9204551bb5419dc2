"""Save a response: mark it and store it, unless a later one is stored or the attempt or question refuses it."""

from __future__ import annotations

import uuid
from fractions import Fraction

from quizkit.crud._core.context import S, Work
from quizkit.crud.attempts._facts.facts import AttemptFacts
from quizkit.crud.attempts._facts.load import with_known_facts
from quizkit.crud.attempts._responses.marking import Marked, history, is_after_checks, step_of
from quizkit.crud.attempts._working.lock import locked_open, refuse_page
from quizkit.crud.attempts._working.previous import refuse_unanswered_previous
from quizkit.crud.attempts._working.slot import WorkingSlot, marked_response, paper_slot, working_slot
from quizkit.crud.attempts._working.store import store
from quizkit.crud.attempts._working.tries import tries_of
from quizkit.errors import Invalid, Refused
from quizkit.rules import answering, behaviours
from quizkit.schemas import Saved, SaveResponse
from quizkit.sessions import refuse_autocommit
from quizkit.vocabulary import Action

__all__ = ["save", "save_into"]


def save(work: Work[S], attempt_id: uuid.UUID, data: SaveResponse, taker: S) -> Saved:
    """Store and mark one response of a taker."""
    return with_known_facts(work, attempt_id, taker, lambda facts: save_into(work, facts, data))


def save_into(work: Work[S], facts: AttemptFacts, data: SaveResponse) -> Saved:
    """Store and mark one response in an attempt whose facts are loaded."""
    slot = paper_slot(work, facts, data.slot)
    if facts.policy.checks:
        refuse_autocommit(work.connection)
        locked = locked_open(work, facts)
        refuse_page(locked, slot)
        return _save_at(work, working_slot(work, facts, slot, locked.notes), data)
    try:
        return _save_at(work, working_slot(work, facts, slot), data)
    except (Invalid, Refused):
        # The error would reveal something about a question that the taker may not see now.
        refuse_page(locked_open(work, facts), slot)
        raise


def _save_at(work: Work[S], slot: WorkingSlot, data: SaveResponse) -> Saved:
    marking = marked_response(slot, data)
    refuse_unanswered_previous(work, slot)
    earned = marking.grade.fraction
    if slot.facts.policy.checks:
        earned = _earned_now(work, slot, data.sequence, marking)
    elif behaviours.asks_certainty(slot.facts.policy.behaviour):
        earned = slot.earned_if_finished([step_of(Action.SAVE, slot.question, marking)])
    return store(work, slot, data.sequence, marking, earned)


def _earned_now(work: Work[S], slot: WorkingSlot, sequence: int, marking: Marked) -> Fraction | None:
    """Return the fraction that the question earns if the attempt is finished with this response, after its tries."""
    events = tries_of(work, slot)
    before = history(slot.question, events)
    if is_after_checks(sequence, events):
        answering.refuse_finished(behaviours.replay(slot.try_policy, before))
    return slot.earned_if_finished([*before, step_of(Action.SAVE, slot.question, marking)])
