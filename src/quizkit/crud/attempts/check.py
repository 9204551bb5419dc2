"""Check a question while the attempt is open, and try again after its hint."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from typing import Any, Final

from quizkit.crud._core.context import S, Work
from quizkit.crud.attempts import response_statements as statements
from quizkit.crud.attempts.facts import AttemptFacts, attempt_row, facts_of, with_known_facts
from quizkit.crud.attempts.marking import history, is_same, marked, sent_problems, step_of
from quizkit.crud.attempts.release import shown_during
from quizkit.crud.attempts.reviewing import Answered, hint_of, reviewed
from quizkit.crud.attempts.save import store
from quizkit.crud.attempts.working import (
    WorkingSlot,
    append_try,
    certainty_of,
    history_of,
    locked_open,
    paper_slot,
    refuse_finished,
    refuse_order,
    refuse_page,
    tries_of,
    working_slot,
)
from quizkit.errors import Invalid, Problem, Refused
from quizkit.questions import Response
from quizkit.rules import behaviours
from quizkit.schemas import Checked, CheckResponse, SaveResponse
from quizkit.vocabulary import Action, ReviewItem, SaveStatus, TryState

__all__ = ["check", "try_again"]

MOST_CHECKED: Final = 200_000
"""The maximum total length, as JSON, of the checked responses to one question."""


def check(work: Work[S], attempt_id: uuid.UUID, data: CheckResponse, taker: S) -> Checked:
    """Store one response of a taker and mark it now."""
    return with_known_facts(work, attempt_id, taker, lambda facts: _check(work, facts, data))


def _check(work: Work[S], facts: AttemptFacts, data: CheckResponse) -> Checked:
    slot = _locked_slot(work, facts, data.slot)
    marking = marked(slot.question, slot.question.read(data.response), tried=facts.policy.checks)
    certainty = certainty_of(facts, data)
    refuse_order(work, slot)
    events = tries_of(work, slot)
    response = slot.question.written(marking.response)
    if any(_is_repeated(slot, event, data, marking.response) for event in events):
        return _checked(work, slot, counted=True)
    before = history(slot.question, events)
    progress = behaviours.replay(slot.policy, before)
    refuse_finished(progress)
    if data.number != progress.tries + 1:
        raise Refused("try_number", "This is not the number of the next try", next=progress.tries + 1)
    _refuse_used_up(slot, progress, [event.response for event in events], response)
    step = step_of(Action.CHECK, slot.question, marking, certainty)
    after = behaviours.replay(slot.policy, [*before, step])
    worth = slot.worth_if_finished([*before, step])
    saved = store(work, slot, data, marking, certainty, worth)
    if saved.status is SaveStatus.STALE:
        raise Refused("response_stale", "A later response is already stored", stored=saved.sequence)
    counted = after.tries > progress.tries
    if counted:
        trial = {"sequence": data.sequence, "response": response, "certainty": certainty, "worth": worth}
        grade = {
            "fraction": marking.grade.fraction,
            "parts": None if step.parts is None else {part: str(share) for part, share in step.parts.items()},
            "marker": marking.grade.marker,
            "trace": slot.question.trace_of(marking.grade),
        }
        slot = append_try(work, slot, Action.CHECK, after.tries, {**trial, **grade})
    return _checked(work, slot, counted=counted, problems=marking.problems)


def try_again(work: Work[S], attempt_id: uuid.UUID, number: int, taker: S) -> Checked:
    """Continue with a question after reading its hint. If the question is not waiting for that, nothing changes."""
    facts = facts_of(attempt_row(work, attempt_id, taker))
    slot = _locked_slot(work, facts, number)
    before = history_of(work, slot)
    progress = behaviours.replay(slot.policy, before)
    if progress.state is TryState.TRY_AGAIN:
        slot = append_try(work, slot, Action.TRY_AGAIN, progress.tries, {})
        hint = hint_of(slot.question, progress)
        if hint is not None and hint.clear_wrong and _may_tell_right(work, facts):
            _clear_wrong(work, slot, [*before, behaviours.Step(Action.TRY_AGAIN)])
    return _checked(work, slot, counted=False)


def _locked_slot(work: Work[S], facts: AttemptFacts, number: int) -> WorkingSlot:
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


def _refuse_used_up(
    slot: WorkingSlot, progress: behaviours.QuestionProgress, checked: Iterable[Any], response: Any
) -> None:
    """Raise `Refused` if the question has no checks left: each is stored permanently and shown in every review."""
    most = slot.policy.most_checks
    length = sum(len(json.dumps(one)) for one in [*checked, response])
    if progress.tries and (progress.tries >= most or length > MOST_CHECKED):
        raise Refused("checks_used", "The question cannot be checked again", most=most)


def _may_tell_right(work: Work[S], facts: AttemptFacts) -> bool:
    """Return whether takers may know now what is correct, because a response without its wrong parts reveals that."""
    return ReviewItem.CORRECTNESS in shown_during(attempt_row(work, facts.attempt_id, facts.taker))


def _clear_wrong(work: Work[S], slot: WorkingSlot, before: list[behaviours.Step]) -> None:
    """Store the correct part of the checked response, as if the taker had saved it."""
    stored = work.first(statements.response_of_slot, slot.of())
    if stored is None:
        return
    try:
        checked = slot.question.read(stored.response)
    except Invalid:  # the question type has changed, so nothing is known to be wrong
        return
    right = slot.question.right_part(checked)
    if right is None or slot.question.canonical(right.response) == slot.question.canonical(checked):
        return
    marking = marked(slot.question, right.response, tried=True)
    response = slot.question.written(right.response)
    data = SaveResponse(slot=slot.number, sequence=stored.sequence + 1, response=response)
    worth = slot.worth_if_finished([*before, step_of(Action.SAVE, slot.question, marking, None)])
    store(work, slot, data, marking, None, worth)


def _checked(work: Work[S], slot: WorkingSlot, *, counted: bool, problems: Iterable[Problem] = ()) -> Checked:
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
