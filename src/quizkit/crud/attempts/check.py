"""Check a question while the attempt is open."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from typing import Any

from quizkit.crud._core.context import S, Work
from quizkit.crud.attempts._facts.facts import AttemptFacts
from quizkit.crud.attempts._facts.load import attempt_row, with_known_facts
from quizkit.crud.attempts._responses import statements
from quizkit.crud.attempts._responses.marking import history, is_same, sent_problems, step_of
from quizkit.crud.attempts._responses.progress import Answered
from quizkit.crud.attempts._review.question import reviewed
from quizkit.crud.attempts._review.shown import shown_during
from quizkit.crud.attempts._working.lock import locked_open, refuse_page
from quizkit.crud.attempts._working.previous import refuse_unanswered_previous
from quizkit.crud.attempts._working.slot import WorkingSlot, marked_response, paper_slot, working_slot
from quizkit.crud.attempts._working.store import store
from quizkit.crud.attempts._working.tries import append_try, tries_of
from quizkit.errors import Problem, Refused
from quizkit.questions import Response
from quizkit.rules import answering, behaviours
from quizkit.schemas import Checked, CheckResponse
from quizkit.vocabulary import Action, SaveStatus

__all__ = ["check", "checkable_slot", "checked"]


def check(work: Work[S], attempt_id: uuid.UUID, data: CheckResponse, taker: S) -> Checked:
    """Store one response of a taker and mark it now."""
    return with_known_facts(work, attempt_id, taker, lambda facts: _check(work, facts, data))


def _check(work: Work[S], facts: AttemptFacts, data: CheckResponse) -> Checked:
    slot = checkable_slot(work, facts, data.slot)
    marking = marked_response(slot, data)
    refuse_unanswered_previous(work, slot)
    events = tries_of(work, slot)
    response = slot.question.written(marking.response)
    if any(_is_repeated(slot, event, data, marking.response) for event in events):
        return checked(work, slot, counted=True)
    before = history(slot.question, events)
    progress = behaviours.replay(slot.policy, before)
    answering.refuse_finished(progress)
    answering.refuse_try(progress, data.number)
    length = sum(len(json.dumps(one)) for one in (*(event.response for event in events), response))
    answering.refuse_used_up(slot.policy, progress, length)
    step = step_of(Action.CHECK, slot.question, marking)
    after = behaviours.replay(slot.policy, [*before, step])
    worth = slot.worth_if_finished([*before, step])
    saved = store(work, slot, data.sequence, marking, worth)
    if saved.status is SaveStatus.STALE:
        raise Refused("response_stale", "A later response is already stored", stored=saved.sequence)
    counted = after.tries > progress.tries
    if counted:
        trial = {"sequence": data.sequence, "response": response, "certainty": marking.certainty, "worth": worth}
        grade = {
            "fraction": marking.grade.fraction,
            "parts": None if step.parts is None else {part: str(share) for part, share in step.parts.items()},
            "marker": marking.grade.marker,
            "trace": slot.question.trace_of(marking.grade),
        }
        slot = append_try(work, slot, Action.CHECK, after.tries, {**trial, **grade})
    return checked(work, slot, counted=counted, problems=marking.problems)


def checkable_slot(work: Work[S], facts: AttemptFacts, number: int) -> WorkingSlot:
    """Lock the attempt and return a question that can be checked."""
    if not facts.policy.checks:
        raise Refused("not_checkable", "Questions of this attempt cannot be checked: it is marked when it is finished")
    slot = paper_slot(work, facts, number)
    locked = locked_open(work, facts)
    refuse_page(locked, slot)
    return working_slot(work, facts, slot, locked.notes)


def _is_repeated(slot: WorkingSlot, event: Any, data: CheckResponse, response: Response) -> bool:
    this = event.action == Action.CHECK and event.tries == data.number
    return this and is_same(slot.question, event.response, response)


def checked(work: Work[S], slot: WorkingSlot, *, counted: bool, problems: Iterable[Problem] = ()) -> Checked:
    """Return what may be shown of a question now."""
    stored = work.first(statements.response_of_slot, slot.of())
    answered = Answered(stored, tuple(tries_of(work, slot)), finished=False)
    shown = shown_during(attempt_row(work, slot.facts.attempt_id, slot.facts.taker))
    keys = {slot.paper_slot.question.revision_id: slot.question}
    return Checked(
        counted=counted,
        sequence=stored.sequence if stored is not None else 0,
        question=reviewed(slot.paper_slot, slot.facts, keys, answered, shown),
        problems=sent_problems(problems),
    )
