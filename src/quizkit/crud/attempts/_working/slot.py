"""One question of an open attempt that its taker works on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from quizkit.crud._core.context import S, Work
from quizkit.crud.attempts._facts.facts import AttemptFacts
from quizkit.crud.attempts._paper.slots import PaperSlot, keys_of, paper_slots
from quizkit.crud.attempts._responses.marking import Marked, marked
from quizkit.crud.attempts._working.lock import locked_open, refuse_closed, refuse_page
from quizkit.errors import NotFound, Refused
from quizkit.questions._guards.guarded import GuardedQuestion
from quizkit.rules import behaviours
from quizkit.schemas import CheckResponse, SaveResponse
from quizkit.vocabulary import Action, Certainty, Counting

__all__ = ["WorkingSlot", "checkable_slot", "marked_response", "paper_slot", "refuse_slot", "working_slot"]


@dataclass(frozen=True, slots=True)
class WorkingSlot:
    """One question of an attempt that its taker works on.

    Attributes:
        facts: the facts of the attempt.
        paper_slot: the slot of the question on the paper.
        question: the question with its key.
        notes: the notes of the attempt, with the number of try events of each slot; None if the attempt is not locked.
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
    def max_points(self) -> Decimal:
        """The points of the question in the quiz."""
        return self.paper_slot.published.max_points

    @property
    def counting(self) -> Counting:
        """How the question counts in the score."""
        return self.paper_slot.published.counting

    @property
    def try_policy(self) -> behaviours.TryPolicy:
        """How the question may be tried."""
        return self.facts.policy.try_policy(len(self.question.hints))

    def of(self, number: int | None = None) -> dict[str, Any]:
        """Return the parameters that identify a slot of the attempt: this one, or another."""
        return {"__attempt": self.facts.attempt_id, "__slot": self.number if number is None else number}

    def events_recorded(self, number: int) -> int:
        """Return how many try events of a slot of the locked attempt are recorded: checks and `try_again` steps."""
        return int(self.locked_notes.get(str(number), {}).get("tries", 0))

    @property
    def locked_notes(self) -> Mapping[str, Any]:
        """The notes of the locked attempt."""
        assert self.notes is not None  # callers that need try events have locked the attempt
        return self.notes

    def earned_if_finished(self, steps: list[behaviours.Step]) -> Fraction | None:
        """Return the fraction that the question earns if the attempt is finished after these steps."""
        return behaviours.replay(self.try_policy, [*steps, behaviours.Step(Action.FINISH)]).fraction


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


def checkable_slot(work: Work[S], facts: AttemptFacts, number: int) -> WorkingSlot:
    """Lock the attempt and return a question that can be checked.

    Raises:
        NotFound: `attempt_not_found`, `slot_not_found`.
        Refused: `not_checkable`, `not_answerable`; `attempt_submitted`, `attempt_overdue`, `page_left`, `page_ahead`;
            `question_closed`, `section_closed`.
    """
    if not facts.policy.checks:
        raise Refused("not_checkable", "Questions of this attempt cannot be checked: it is marked when it is finished")
    slot = paper_slot(work, facts, number)
    locked = locked_open(work, facts)
    refuse_page(locked, slot)
    refuse_closed(work, facts, locked, slot)
    return working_slot(work, facts, slot, locked.notes)


def refuse_slot(facts: AttemptFacts, number: int) -> None:
    """Raise `NotFound` if the paper has no slot with this number."""
    if not 1 <= number <= len(facts.paper):
        raise NotFound("slot_not_found", "The paper has no such slot")


def marked_response(slot: WorkingSlot, data: SaveResponse | CheckResponse) -> Marked:
    """Read a response to a question and mark it.

    Raises:
        Invalid: `response_invalid`.
    """
    policy = slot.facts.policy
    certainty = (data.certainty or Certainty.LOW) if behaviours.asks_certainty(policy.behaviour) else None
    return marked(slot.question, slot.question.read(data.response), tried=policy.checks, certainty=certainty)
