"""Begin an attempt with the paper and the responses of the last one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row

from quizkit.crud._core.context import S, Work
from quizkit.crud._terms.policy import settings_of
from quizkit.crud.attempts._facts.facts import AttemptFacts
from quizkit.crud.attempts._paper.slots import PaperSlot, keys_of, paper_slots
from quizkit.crud.attempts._responses import statements
from quizkit.crud.attempts._responses.marking import Marked, marked, step_of
from quizkit.crud.attempts._working.slot import WorkingSlot
from quizkit.crud.attempts._working.store import store
from quizkit.errors import Invalid
from quizkit.questions._guards.guarded import GuardedQuestion
from quizkit.rules import access, behaviours, prefilling
from quizkit.rules.navigation import ANYWHERE
from quizkit.rules.sequences import next_sequence
from quizkit.vocabulary import Action, Behaviour, Certainty, Prefill

__all__ = ["last_to_take_over", "take_over"]

_NONE_STORED: Final = 0


def last_to_take_over(terms: Row[Any], rules: access.Access, newest: Row[Any] | None, now: datetime) -> Row[Any] | None:
    """Return the last attempt of a taker if one that starts now takes over its paper and its responses; None if not."""
    if newest is None or newest.voided_at is not None:  # what never counts is not carried into what does
        return None
    behaviour = Behaviour(settings_of(terms).explicit_values().get("behaviour", terms.behaviour))
    same, due_at = newest.quiz_revision_id == terms.revision_id, rules.deadline(now).due_at
    late = due_at is not None and due_at <= now
    return newest if prefilling.takes_over(_prefill(terms), behaviour, same_revision=same, late=late) else None


def take_over(work: Work[S], facts: AttemptFacts, terms: Row[Any], last: Row[Any], *, after_conflict: bool) -> None:
    """Store the responses of the last attempt in a new one that has its paper, as if the taker had saved them.

    They are marked anew. One that can no longer be read is left out. With `after_conflict`, the snapshot may not show
    the last attempt.
    """
    slots = paper_slots(work, facts)
    keys = keys_of(work, facts, slots.values())
    build = statements.graded_responses_now if after_conflict else statements.graded_responses
    for stored in work.run(build, {"__attempt": last.id}).all():
        slot = slots[stored.slot]
        _store_again(work, facts, slot, keys[slot.question.revision_id], stored, _prefill(terms))


def _prefill(terms: Row[Any]) -> Prefill:
    return Prefill(settings_of(terms).explicit_values().get("prefill", terms.prefill))


def _store_again(
    work: Work[S], facts: AttemptFacts, slot: PaperSlot, question: GuardedQuestion, stored: Any, prefill: Prefill
) -> None:
    try:
        response = question.read(stored.response)
    except Invalid:  # the question type has changed
        return
    asks = behaviours.asks_certainty(facts.policy.behaviour)
    certainty = Certainty(stored.certainty or Certainty.LOW) if asks else None
    marking = marked(question, response, tried=False, certainty=certainty)
    if prefilling.is_taken_over(prefill, marking.grade.fraction):
        # Also on pages that the taker has not reached in this attempt.
        working = WorkingSlot(facts, replace(slot, reach=ANYWHERE), question, None)
        store(work, working, next_sequence(_NONE_STORED, repeated=False), marking, _earned(working, marking, asks=asks))


def _earned(slot: WorkingSlot, marking: Marked, *, asks: bool) -> Any:
    """Return the fraction that the question earns with a response."""
    if not (asks or slot.facts.policy.wrong_penalty):
        return marking.grade.fraction
    return slot.earned_if_finished([step_of(Action.SAVE, slot.question, marking)])
