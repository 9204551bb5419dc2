"""How far a question has come, from its stored response and tries. Pure: no session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from quizkit.crud.attempts._facts.facts import AttemptFacts
from quizkit.crud.attempts._responses.marking import graded, history, is_after_checks, meaning, step_of
from quizkit.errors import Invalid
from quizkit.questions import Grade, Response, Trace
from quizkit.questions._guards.guarded import GuardedQuestion
from quizkit.rules import behaviours
from quizkit.rules.behaviours import QuestionProgress, Step
from quizkit.vocabulary import Action, Certainty, GradeState

__all__ = ["Answered", "progress_of", "read_stored"]


@dataclass(frozen=True, slots=True)
class Answered:
    """The stored data of one slot: the row of its response, its tries, and whether the attempt is finished."""

    stored: Any
    tries: tuple[Any, ...]
    finished: bool


def progress_of(
    question: GuardedQuestion, facts: AttemptFacts, answered: Answered
) -> tuple[QuestionProgress, Response | None, Grade]:
    """Return the progress of a question, its last response, and the grade of that response."""
    stored = answered.stored
    response = read_stored(question, stored)
    unreadable = stored is not None and response is None  # the question type may have been removed or changed
    certainty = Certainty(stored.certainty) if stored is not None and stored.certainty else None
    marking = None
    if response is not None:
        marking = graded(question, response, tried=facts.policy.checks, certainty=certainty)
    grade = marking.grade if marking is not None else _unread(question) if unreadable else question.mark(None)
    steps = history(question, answered.tries)
    if stored is not None and is_after_checks(stored.sequence, answered.tries):
        saved = Step(Action.SAVE, meaning(question, stored.response), None)
        steps.append(saved if marking is None else step_of(Action.SAVE, question, marking))
    if answered.finished:
        steps.append(Step(Action.FINISH))
    return behaviours.replay(facts.policy.try_policy(len(question.hints)), steps), response, grade


def _unread(question: GuardedQuestion) -> Grade:
    return Grade(None, GradeState.NEEDS_GRADING, question.marker, Trace("unreadable"))


def read_stored(question: GuardedQuestion, stored: Any) -> Response | None:
    """Return the response in a row; None without one, and if its type can no longer read it."""
    if stored is None:
        return None
    try:
        return question.read(stored.response)
    except Invalid:
        return None
