"""Load and lock one question of an open attempt that its taker works on, and reject what they may not do now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from sqlalchemy import Row

from quizkit.crud._core.context import S, Work
from quizkit.crud.attempts import response_statements, statements
from quizkit.crud.attempts.facts import AttemptFacts, no_attempt
from quizkit.crud.attempts.marking import history
from quizkit.crud.attempts.paper_slots import PaperSlot, keys_of, paper_slots
from quizkit.crud.attempts.reviewing import Answered, progress_of
from quizkit.errors import NotFound, Refused
from quizkit.questions._guards.guarded import GuardedQuestion
from quizkit.rules import behaviours, timing
from quizkit.schemas import SaveResponse
from quizkit.vocabulary import Action, AttemptState, Certainty, TryState

__all__ = [
    "WorkingSlot",
    "append_try",
    "certainty_of",
    "history_of",
    "locked_open",
    "note",
    "page_refusal",
    "paper_slot",
    "refuse_finished",
    "refuse_order",
    "refuse_page",
    "refuse_slot",
    "tries_of",
    "working_slot",
]


@dataclass(frozen=True, slots=True)
class WorkingSlot:
    """One question of an attempt that its taker works on.

    Attributes:
        facts: the facts of the attempt.
        paper_slot: the slot of the question on the paper.
        question: the question with its key.
        notes: the notes of the attempt, with the number of tries of each slot; None if the attempt is not locked.
    """

    facts: AttemptFacts
    paper_slot: PaperSlot
    question: GuardedQuestion
    notes: Mapping[str, Any] | None

    @property
    def number(self) -> int:
        """The number of the question on the paper."""
        return self.paper_slot.number

    @property
    def policy(self) -> behaviours.Policy:
        """How the question may be tried."""
        return self.facts.policy.trying(len(self.question.hints))

    def of(self, number: int | None = None) -> dict[str, Any]:
        """Return the parameters that identify a slot of the attempt: this one, or another."""
        return {"_attempt": self.facts.attempt_id, "_slot": self.number if number is None else number}

    def tries_had(self, number: int) -> int:
        """Return how many tries a slot of the locked attempt has used."""
        return int(self.locked_notes.get(str(number), {}).get("tries", 0))

    @property
    def locked_notes(self) -> Mapping[str, Any]:
        """The notes of the locked attempt."""
        assert self.notes is not None  # callers that need tries have locked the attempt
        return self.notes

    def worth_if_finished(self, steps: list[behaviours.Step]) -> Fraction | None:
        """Return the fraction that the question earns if the attempt is finished after these steps."""
        return behaviours.replay(self.policy, [*steps, behaviours.Step(Action.FINISH)]).fraction


def paper_slot(work: Work[S], facts: AttemptFacts, number: int) -> PaperSlot:
    """Return one question of a paper.

    Raises:
        NotFound: `slot_not_found`.
    """
    refuse_slot(facts, number)
    return paper_slots(work, facts, [number])[number]


def working_slot(
    work: Work[S], facts: AttemptFacts, slot: PaperSlot, notes: Mapping[str, Any] | None = None
) -> WorkingSlot:
    """Return a question of a paper with its key.

    Raises:
        Refused: `not_answerable`.
    """
    question = keys_of(work, facts, [slot])[slot.question.revision_id]
    if not question.answerable:
        raise Refused("not_answerable", "This slot has nothing to answer")
    return WorkingSlot(facts, slot, question, notes)


def locked_open(work: Work[S], facts: AttemptFacts) -> Row[Any]:
    """Lock the attempt and return it, if it is open and in time.

    Raises:
        NotFound: `attempt_not_found`: the attempt does not match its cached facts.
        Refused: `attempt_submitted`, `attempt_overdue`.
    """
    row = work.first(statements.lock, {"_attempt": facts.attempt_id, "_taker": facts.taker})
    if row is None or not facts.is_of(row):
        raise no_attempt()  # the cached facts are outdated: `with_known_facts` reads them again
    if row.state != AttemptState.OPEN:
        raise Refused("attempt_submitted", "The attempt is submitted; responses are no longer accepted")
    if timing.state_at(AttemptState.OPEN, row.accepts_until, work.now) is AttemptState.OVERDUE:
        raise Refused("attempt_overdue", "The deadline has passed; responses are no longer accepted")
    return row


def certainty_of(facts: AttemptFacts, data: SaveResponse) -> Certainty | None:
    """Return the taker's certainty, if the behaviour uses it."""
    if not behaviours.asks_certainty(facts.policy.behaviour):
        return None
    return data.certainty or Certainty.LOW


# ---------------------------------------------------------------------------------------------- tries and notes


def tries_of(work: Work[S], slot: WorkingSlot, number: int | None = None) -> list[Row[Any]]:
    """Return the tries of a slot of a locked attempt: this slot, or another."""
    slot_number = slot.number if number is None else number
    numbers = list(range(1, slot.tries_had(slot_number) + 1))
    if not numbers:
        return []
    return list(work.run(response_statements.tries_of_slot, {**slot.of(slot_number), "_numbers": numbers}))


def history_of(work: Work[S], slot: WorkingSlot) -> list[behaviours.Step]:
    """Return the steps that were taken on the question; the attempt is locked."""
    return history(slot.question, tries_of(work, slot))


def append_try(work: Work[S], slot: WorkingSlot, action: Action, tries: int, more: dict[str, Any]) -> WorkingSlot:
    """Record a try and update the number of tries in the locked attempt's notes; return the slot with new notes."""
    number = slot.tries_had(slot.number) + 1
    blank = dict.fromkeys(("sequence", "response", "certainty", "fraction", "worth", "parts", "marker", "trace"))
    row = {
        "attempt_id": slot.facts.attempt_id,
        "slot": slot.number,
        "number": number,
        "action": action.value,
        "tries": tries,
        "received_at": timing.received_at(slot.facts.started_at, work.now),
    }
    work.run(response_statements.insert_try, {**blank, **row, **more})
    return replace(slot, notes=note(work, slot.facts, slot.locked_notes, slot.number, {"tries": number}))


def note(
    work: Work[S],
    facts: AttemptFacts,
    before: Mapping[str, Any],
    number: int | None,
    new: dict[str, Any],
    **position: Any,
) -> Mapping[str, Any]:
    """Add to the notes about a slot. The attempt is locked, so that concurrent requests lose nothing.

    Args:
        work: the call.
        facts: the facts of the attempt.
        before: the current notes.
        number: the slot; None if there is nothing to add.
        new: what to add.
        position: the new page, slot and time, if the taker moves.
    """
    notes = dict(before)
    if number is not None:
        notes[str(number)] = {**notes.get(str(number), {}), **new}
    attempt = {"_attempt": facts.attempt_id, "_taker": facts.taker}
    build = statements.turn if position else statements.note
    work.run(build, {**attempt, **position, "_notes": notes})
    return notes


# ---------------------------------------------------------------------------------------------- refusing


def refuse_slot(facts: AttemptFacts, number: int) -> None:
    """Raise `NotFound` if the paper has no slot with this number."""
    if not 1 <= number <= len(facts.paper):
        raise NotFound("slot_not_found", "The paper has no such slot")


def refuse_page(row: Any, slot: PaperSlot) -> None:
    """Raise `Refused` if the question is not on a page that the taker may use now."""
    if not slot.within(row.current_page):
        raise page_refusal(row.current_page, slot.item.page)


def page_refusal(current: int, page: int) -> Refused:
    """Return the error for a page that cannot be reached from the current one."""
    if page < current:
        return Refused("page_left", "You cannot go back to this page")
    return Refused("page_ahead", "Visit the pages before this one first")


def refuse_finished(progress: behaviours.QuestionProgress) -> None:
    """Raise `Refused` if the question no longer accepts responses, or none before its hint was read."""
    if progress.state.finished:
        raise Refused("question_finished", "The question no longer accepts responses")
    if progress.state is TryState.TRY_AGAIN:
        raise Refused("try_again_first", "Read the hint and choose to try again first")


def refuse_order(work: Work[S], slot: WorkingSlot) -> None:
    """Raise `Refused` if a required previous question is not answered or, if it can be checked, not finished."""
    before = slot.number - 1
    if not slot.paper_slot.slot.requires_previous or before < 1:
        return
    previous = paper_slots(work, slot.facts, [before])[before]
    question = keys_of(work, slot.facts, [previous])[previous.question.revision_id]
    if not question.answerable:
        return
    stored = work.first(response_statements.response_of_slot, slot.of(before))
    tries = tuple(tries_of(work, slot, before)) if slot.facts.policy.checks else ()
    progress, response, _ = progress_of(question, slot.facts, Answered(stored, tries, finished=False))
    answered = response is not None and question.canonical(response) is not None
    if slot.facts.policy.checks:
        # In adaptive mode a question ends only with the attempt, and a refusal must not reveal whether a check was right.
        checked = behaviours.is_adaptive(slot.facts.policy.behaviour) and progress.tries > 0
        answered = progress.state.finished or progress.state is TryState.COMPLETE or checked
    if not answered:
        raise Refused("previous_first", "Answer the question before this one first", slot=before)
