"""One question of an open attempt that is being worked on: loaded, locked, and refused where it is not its turn."""

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
from quizkit.crud.questions.contained import Contained
from quizkit.errors import NotFound, Refused
from quizkit.rules import behaviours, timing
from quizkit.schemas import SaveResponse
from quizkit.vocabulary import Action, AttemptState, Certainty, TryState

__all__ = [
    "WorkingSlot",
    "append_try",
    "certainty_of",
    "history_of",
    "locked_open",
    "no_way",
    "note",
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
    """One question of an attempt that is being worked on.

    Attributes:
        facts: those of the attempt.
        paper_slot: where the question stands.
        question: what it asks, with its key.
        notes: those of the attempt, with how many tries each slot has had; None where the attempt is not locked.
    """

    facts: AttemptFacts
    paper_slot: PaperSlot
    question: Contained
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
        """Return the values by which statements find a slot of the attempt: this one, or another."""
        return {"_attempt": self.facts.attempt_id, "_slot": self.number if number is None else number}

    def tries_had(self, number: int) -> int:
        """Return how many tries a slot of the attempt has had, which is locked."""
        return int(self.locked_notes.get(str(number), {}).get("tries", 0))

    @property
    def locked_notes(self) -> Mapping[str, Any]:
        """The notes of the attempt, which is locked."""
        assert self.notes is not None  # whoever asks for tries has locked the attempt
        return self.notes

    def worth_if_finished(self, steps: list[behaviours.Step]) -> Fraction | None:
        """Return what the question is worth if nothing more is done to it after some steps."""
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
        raise Refused("not_answerable", "There is nothing to answer here")
    return WorkingSlot(facts, slot, question, notes)


def locked_open(work: Work[S], facts: AttemptFacts) -> Row[Any]:
    """Return the attempt, locked, if it is open and in time.

    Raises:
        NotFound: `attempt_not_found`: it is not the one that was known.
        Refused: `attempt_submitted`, `attempt_overdue`.
    """
    row = work.first(statements.lock, {"_attempt": facts.attempt_id, "_taker": facts.taker})
    if row is None or not facts.is_of(row):
        raise no_attempt()  # not the one that was known: `with_known_facts` looks again
    if row.state != AttemptState.OPEN:
        raise Refused("attempt_submitted", "The attempt is submitted and takes no more answers")
    if timing.state_at(AttemptState.OPEN, row.accepts_until, work.now) is AttemptState.OVERDUE:
        raise Refused("attempt_overdue", "The time is over; the attempt takes no more answers")
    return row


def certainty_of(facts: AttemptFacts, data: SaveResponse) -> Certainty | None:
    """Return how certain the taker is, where the behaviour asks that."""
    if not behaviours.asks_certainty(facts.policy.behaviour):
        return None
    return data.certainty or Certainty.LOW


# ---------------------------------------------------------------------------------------------- tries and notes


def tries_of(work: Work[S], slot: WorkingSlot, number: int | None = None) -> list[Row[Any]]:
    """Return the tries of a slot of an attempt that is locked: of this one, or of another."""
    which = slot.number if number is None else number
    numbers = list(range(1, slot.tries_had(which) + 1))
    if not numbers:
        return []
    return list(work.run(response_statements.tries_of_slot, {**slot.of(which), "_numbers": numbers}))


def history_of(work: Work[S], slot: WorkingSlot) -> list[behaviours.Step]:
    """Return what was done to the question, the attempt being locked."""
    return history(slot.question, tries_of(work, slot))


def append_try(work: Work[S], slot: WorkingSlot, action: Action, tries: int, more: dict[str, Any]) -> WorkingSlot:
    """Append a try, and note in the locked attempt how many there are; return the slot with that."""
    made = slot.tries_had(slot.number) + 1
    blank = dict.fromkeys(("sequence", "response", "certainty", "fraction", "worth", "parts", "marker", "trace"))
    row = {
        "attempt_id": slot.facts.attempt_id,
        "slot": slot.number,
        "number": made,
        "action": action.value,
        "tries": tries,
        "received_at": timing.received_at(slot.facts.started_at, work.now),
    }
    work.run(response_statements.insert_try, {**blank, **row, **more})
    return replace(slot, notes=note(work, slot.facts, slot.locked_notes, slot.number, {"tries": made}))


def note(
    work: Work[S],
    facts: AttemptFacts,
    before: Mapping[str, Any],
    number: int | None,
    new: dict[str, Any],
    **front: Any,
) -> Mapping[str, Any]:
    """Add something about a slot to the notes; the attempt is locked, so that nothing of another tab is lost.

    Args:
        work: the call.
        facts: those of the attempt.
        before: its notes as they are.
        number: the slot; None where there is nothing to add.
        new: what to add.
        front: what is in front of the taker now, where that changes too.
    """
    notes = dict(before)
    if number is not None:
        notes[str(number)] = {**notes.get(str(number), {}), **new}
    whose = {"_attempt": facts.attempt_id, "_taker": facts.taker}
    build = statements.turn if front else statements.note
    work.run(build, {**whose, **front, "_notes": notes})
    return notes


# ---------------------------------------------------------------------------------------------- refusing


def refuse_slot(facts: AttemptFacts, number: int) -> None:
    """Refuse a number that the paper does not have."""
    if not 1 <= number <= len(facts.paper):
        raise NotFound("slot_not_found", "The paper has no such slot")


def refuse_page(row: Any, slot: PaperSlot) -> None:
    """Refuse a question that is not in front of the taker."""
    if not slot.within(row.current_page):
        raise no_way(row.current_page, slot.item.page)


def no_way(current: int, page: int) -> Refused:
    """Return why there is no way from one page to another."""
    if page < current:
        return Refused("page_left", "There is no way back to this page")
    return Refused("page_ahead", "The pages before this one come first")


def refuse_finished(progress: behaviours.QuestionProgress) -> None:
    """Refuse a question that takes no more answers, or none before its hint was read."""
    if progress.state.finished:
        raise Refused("question_finished", "The question takes no more answers")
    if progress.state is TryState.TRY_AGAIN:
        raise Refused("try_again_first", "The hint comes first: try again")


def refuse_order(work: Work[S], slot: WorkingSlot) -> None:
    """Refuse a question that requires the one before it, until that is answered, or over where it can be checked."""
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
        # In adaptive mode nothing is over before the attempt is; whether a check was right must not tell here.
        checked = behaviours.is_adaptive(slot.facts.policy.behaviour) and progress.tries > 0
        answered = progress.state.finished or progress.state is TryState.COMPLETE or checked
    if not answered:
        raise Refused("previous_first", "The question before this one comes first", slot=before)
