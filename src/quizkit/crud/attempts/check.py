"""Check a question while the attempt is open."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from quizkit.crud._core.context import S, Work
from quizkit.crud.attempts._facts.facts import AttemptFacts
from quizkit.crud.attempts._facts.load import attempt_row, with_known_facts
from quizkit.crud.attempts._responses.marking import (
    Marked,
    history,
    is_after_checks,
    is_same,
    is_stored_in,
    last_check_at,
    step_of,
)
from quizkit.crud.attempts._review.checked import checked
from quizkit.crud.attempts._review.shown import shown_during
from quizkit.crud.attempts._working import store_statements as statements
from quizkit.crud.attempts._working.previous import refuse_unanswered_previous
from quizkit.crud.attempts._working.slot import WorkingSlot, checkable_slot, marked_response
from quizkit.crud.attempts._working.store import store
from quizkit.crud.attempts._working.tries import append_try, tries_of
from quizkit.errors import Problem, Refused
from quizkit.rules import answering, behaviours
from quizkit.rules.sequences import sequencing
from quizkit.schemas import Checked, CheckResponse
from quizkit.vocabulary import Action, SaveStatus

__all__ = ["check"]


def check(work: Work[S], taker: S, attempt_id: uuid.UUID, data: CheckResponse) -> Checked:
    """Store one response of a taker and mark it now.

    Raises:
        NotFound: `attempt_not_found`, `slot_not_found`.
        Invalid: `response_invalid`.
        Refused: `not_checkable`, `try_number`, `checks_used`, `check_too_soon`, `response_stale`, and the codes of `save`.
    """
    return with_known_facts(work, attempt_id, taker, lambda facts: _check(work, facts, data))


def _check(work: Work[S], facts: AttemptFacts, data: CheckResponse) -> Checked:
    slot = checkable_slot(work, facts, data.slot)
    marking = marked_response(slot, data)
    refuse_unanswered_previous(work, slot)
    events = tries_of(work, slot)
    response = slot.question.written(marking.response)
    if _is_repeated(work, slot, events, data, marking):
        return _checked(work, slot, events, counted=True)
    before = history(slot.question, events)
    progress = behaviours.replay(slot.try_policy, before)
    answering.refuse_finished(progress)
    if data.number is not None:
        answering.refuse_try(progress, data.number)
    length = sum(len(json.dumps(stored)) for stored in (*(event.response for event in events), response))
    answering.refuse_used_up(slot.try_policy, progress, length)
    answering.refuse_early_check(facts.policy.next_check_at(last_check_at(events)), work.now)
    step = step_of(Action.CHECK, slot.question, marking)
    after = behaviours.replay(slot.try_policy, [*before, step])
    earned = slot.earned_if_finished([*before, step])
    counted = after.tries > progress.tries

    def repeats(stored: int) -> bool:
        return not counted and is_after_checks(stored, events)

    given = sequencing(data.sequence, data.based_on)
    saved = store(work, slot, given, marking, earned, repeats=repeats)
    if saved.status is SaveStatus.STALE:
        raise Refused("response_stale", "A later response is already stored", stored=saved.sequence)
    if counted:
        slot = append_try(
            work,
            slot,
            Action.CHECK,
            tries=after.tries,
            next_try=behaviours.next_try(slot.try_policy, after),
            sequence=saved.sequence,
            response=response,
            certainty=marking.certainty,
            fraction=marking.grade.fraction,
            earned=earned,
            parts=step.parts,
            marker=marking.grade.marker,
            trace=slot.question.trace_of(marking.grade),
        )
        events = tries_of(work, slot)
    return _checked(work, slot, events, counted=counted, problems=marking.problems)


def _is_repeated(work: Work[S], slot: WorkingSlot, events: Sequence[Any], data: CheckResponse, marking: Marked) -> bool:
    """Return whether this check was made before: the one with its number or, without a number, the last step of all."""
    if data.number is not None:
        tried = (event for event in events if event.action == Action.CHECK and event.tries == data.number)
        return any(is_same(slot.question, event.response, marking.response) for event in tried)
    if not events or events[-1].action != Action.CHECK:
        return False
    stored = work.first(statements.stored_response, slot.of())  # the check has stored it
    just = stored is not None and stored.sequence == events[-1].sequence
    return just and is_stored_in(stored, slot.question, marking)


def _checked(
    work: Work[S], slot: WorkingSlot, events: Sequence[Any], *, counted: bool, problems: Iterable[Problem] = ()
) -> Checked:
    shown = shown_during(attempt_row(work, slot.facts.attempt_id, slot.facts.taker))
    return checked(work, slot, events, shown, counted=counted, problems=problems)
