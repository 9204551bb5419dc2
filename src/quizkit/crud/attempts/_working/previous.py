"""Reject a response to a question that requires the one before it."""

from __future__ import annotations

from quizkit.crud._core.context import S, Work
from quizkit.crud.attempts._paper.slots import keys_of, paper_slots
from quizkit.crud.attempts._responses import statements
from quizkit.crud.attempts._responses.progress import Answered, progress_of
from quizkit.crud.attempts._working.slot import WorkingSlot
from quizkit.crud.attempts._working.tries import tries_of
from quizkit.rules import answering

__all__ = ["refuse_unanswered_previous"]


def refuse_unanswered_previous(work: Work[S], slot: WorkingSlot) -> None:
    """Raise `Refused` if a question requires the previous one, and that is not done."""
    before = slot.number - 1
    if not slot.paper_slot.published.requires_previous or before < 1:
        return
    previous = paper_slots(work, slot.facts, [before])[before]
    question = keys_of(work, slot.facts, [previous])[previous.question.revision_id]
    if not question.answerable:
        return
    stored = work.first(statements.response_of_slot, slot.of(before))
    tries = tuple(tries_of(work, slot, before)) if slot.facts.policy.checks else ()
    progress, response, _ = progress_of(question, slot.facts, Answered(stored, tries, finished=False))
    answered = response is not None and question.canonical(response) is not None
    policy = slot.facts.policy.try_policy(len(question.hints))
    answering.refuse_unanswered_previous(policy, progress, answered=answered, slot=before)
