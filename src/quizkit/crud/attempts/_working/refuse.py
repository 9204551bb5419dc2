"""Reject what a taker may not do now with a question."""

from __future__ import annotations

from quizkit.crud._core.context import S, Work
from quizkit.crud.attempts._paper.slots import keys_of, paper_slots
from quizkit.crud.attempts._responses import statements
from quizkit.crud.attempts._responses.progress import Answered, progress_of
from quizkit.crud.attempts._working.slot import WorkingSlot
from quizkit.crud.attempts._working.tries import tries_of
from quizkit.errors import Refused
from quizkit.rules import behaviours
from quizkit.vocabulary import TryState

__all__ = ["refuse_finished", "refuse_order"]


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
    stored = work.first(statements.response_of_slot, slot.of(before))
    tries = tuple(tries_of(work, slot, before)) if slot.facts.policy.checks else ()
    progress, response, _ = progress_of(question, slot.facts, Answered(stored, tries, finished=False))
    answered = response is not None and question.canonical(response) is not None
    if slot.facts.policy.checks:
        # In adaptive mode a question ends only with the attempt, and a refusal must not reveal whether a check was right.
        checked = behaviours.is_adaptive(slot.facts.policy.behaviour) and progress.tries > 0
        answered = progress.state.finished or progress.state is TryState.COMPLETE or checked
    if not answered:
        raise Refused("previous_first", "Answer the question before this one first", slot=before)
