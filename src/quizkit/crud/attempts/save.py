"""Save a response: mark it and store it, unless a later one is stored or the attempt or question refuses it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from quizkit.crud._core.context import S, Work
from quizkit.crud.attempts._facts.facts import AttemptFacts
from quizkit.crud.attempts._facts.load import with_known_facts
from quizkit.crud.attempts._responses.marking import Marked, history, is_after_checks, step_of
from quizkit.crud.attempts._working.lock import locked_open, refuse_closed, refuse_page
from quizkit.crud.attempts._working.previous import refuse_unanswered_previous
from quizkit.crud.attempts._working.slot import WorkingSlot, marked_response, paper_slot, working_slot
from quizkit.crud.attempts._working.store import store
from quizkit.crud.attempts._working.tries import tries_of
from quizkit.errors import Invalid, Refused
from quizkit.rules import answering, behaviours
from quizkit.rules.sequences import Sequencing, sequencing
from quizkit.schemas import Saved, SaveResponse
from quizkit.sessions import refuse_autocommit
from quizkit.vocabulary import Action

__all__ = ["save", "save_into"]


def save(work: Work[S], taker: S, attempt_id: uuid.UUID, data: SaveResponse) -> Saved:
    """Store and mark one response of a taker."""
    return with_known_facts(work, attempt_id, taker, lambda facts: save_into(work, facts, data))


def save_into(work: Work[S], facts: AttemptFacts, data: SaveResponse) -> Saved:
    """Store and mark one response in an attempt whose facts are loaded."""
    slot = paper_slot(work, facts, data.slot)
    if facts.policy.checks or slot.limits or sequencing(data.sequence, data.based_on) is None:
        refuse_autocommit(work.connection)
        locked = locked_open(work, facts)
        refuse_page(locked, slot)
        refuse_closed(work, facts, locked, slot)
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
    given, earned = sequencing(data.sequence, data.based_on), marking.grade.fraction
    if slot.facts.policy.checks:
        events = tries_of(work, slot)
        earned = _earned_now(slot, given, events, marking)
        return store(work, slot, given, marking, earned, repeats=lambda stored: is_after_checks(stored, events))
    if behaviours.asks_certainty(slot.facts.policy.behaviour) or slot.facts.policy.wrong_penalty:
        earned = slot.earned_if_finished([step_of(Action.SAVE, slot.question, marking)])
    return store(work, slot, given, marking, earned)


def _earned_now(slot: WorkingSlot, given: Sequencing | None, events: Sequence[Any], marking: Marked) -> Fraction | None:
    """Return the fraction that the question earns if the attempt is finished with this response, after its tries."""
    before = history(slot.question, events)
    if given is None or is_after_checks(given.sequence, events):
        answering.refuse_finished(behaviours.replay(slot.try_policy, before))
    return slot.earned_if_finished([*before, step_of(Action.SAVE, slot.question, marking)])
