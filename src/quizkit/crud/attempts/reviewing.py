"""What is shown of a question and of what became of it, cut to what may be shown. Pure: no session."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, NamedTuple

from quizkit.crud.attempts.facts import AttemptFacts
from quizkit.crud.attempts.late_statements import stored_of
from quizkit.crud.attempts.marking import graded, history, meaning, sent_problems, step_of
from quizkit.crud.attempts.paper_slots import PaperSlot
from quizkit.crud.questions import contained
from quizkit.crud.questions.contained import Contained
from quizkit.errors import Invalid
from quizkit.questions import Grade, Hint, Response, Trace, View, state_of
from quizkit.rules import behaviours, lateness, release, scoring
from quizkit.rules.behaviours import QuestionProgress, Step
from quizkit.rules.drawing import SeededRandom
from quizkit.schemas import ReviewedQuestion, ReviewedTry
from quizkit.vocabulary import Action, Certainty, GradeState, ReviewItem, TryState

__all__ = ["Answered", "hint_of", "permuted", "progress_of", "reviewed"]


def permuted(paper_slot: PaperSlot, facts: AttemptFacts) -> View:
    """Return what the taker of an attempt sees of a question.

    One stream for each question, so that adding a question never reshuffles the options of the others.
    """
    dice = SeededRandom(facts.seed, f"question {paper_slot.question.question_id}")
    return contained.permuted(paper_slot.question.view, paper_slot.question.revision_id, dice)


@dataclass(frozen=True, slots=True)
class Answered:
    """What there is of one slot: the row of its response, its tries, and whether the attempt is finished."""

    stored: Any
    tries: tuple[Any, ...]
    finished: bool


def progress_of(
    question: Contained, facts: AttemptFacts, answered: Answered
) -> tuple[QuestionProgress, Response | None, Grade]:
    """Return where a question stands, its last response, and what marking says of that."""
    stored = answered.stored
    response = _read(question, stored)
    unread = stored is not None and response is None  # the type may be gone, or have become another
    one = None if response is None else graded(question, response, tried=facts.policy.checks)
    grade = one.grade if one is not None else _unread(question) if unread else question.mark(None)
    done = history(question, answered.tries)
    if stored is not None and _saved_since(answered):
        certainty = Certainty(stored.certainty) if stored.certainty else None
        saved = Step(Action.SAVE, meaning(question, stored.response), None)
        done.append(saved if one is None else step_of(Action.SAVE, question, one, certainty))
    if answered.finished:
        done.append(Step(Action.FINISH))
    return behaviours.replay(facts.policy.trying(len(question.hints)), done), response, grade


def _unread(question: Contained) -> Grade:
    return Grade(None, GradeState.NEEDS_GRADING, question.marker, Trace("unreadable"))


def _saved_since(answered: Answered) -> bool:
    last = max((event.sequence for event in answered.tries if event.sequence is not None), default=0)
    return bool(answered.stored.sequence > last)


def _read(question: Contained, stored: Any) -> Response | None:
    if stored is None:
        return None
    try:
        return question.read(stored.response)
    except Invalid:
        return None


def reviewed(
    paper_slot: PaperSlot,
    facts: AttemptFacts,
    keys: Mapping[uuid.UUID, Contained],
    answered: Answered,
    shown: frozenset[ReviewItem],
) -> ReviewedQuestion:
    """Return a question with what became of it, cut to what may be shown now."""
    question, every = keys[paper_slot.question.revision_id], answered
    answered, counted = _counted(answered, facts, shown)
    progress, response, grade = progress_of(question, facts, answered)
    checked = _last_check(answered)
    ended = answered.finished or progress.state.finished
    may = release.of_question(shown, tried=checked is not None, finished=ended)
    # While it is open only what was checked is told of: what was saved since is not.
    last = _read(question, checked)
    told = grade if ended or checked is None else question.mark(last)
    if ended:
        points, state = _earned(paper_slot, answered, progress, counted)
    else:
        points, state = _earned_so_far(paper_slot, question, facts, answered, told)
    said = answered.stored if ReviewItem.RESPONSE in may else None
    help_ = hint_of(question, progress)
    counts = help_ is not None and help_.show_right_parts and ReviewItem.CORRECTNESS in may
    right = question.right_part(last) if counts else None
    return ReviewedQuestion(
        slot=paper_slot.number,
        view=permuted(paper_slot, facts),
        shown=tuple(item for item in ReviewItem if item in may),
        progress=_shown_state(progress, facts, may),
        response=said.response if said is not None else None,
        summary=question.summarise(response) if said is not None and response is not None else "",
        problems=sent_problems(question.problems(response)) if said is not None else (),
        certainty=said.certainty if said is not None else None,
        state=state if ReviewItem.CORRECTNESS in may else None,
        points=points if ReviewItem.MARKS in may else None,
        late=counted is not None and counted.late,
        max_points=paper_slot.slot.max_points,
        counting=paper_slot.slot.counting,
        tries=tuple(_tries(paper_slot, question, facts, every, may)),
        tries_left=_left(question, facts, progress),
        hint=help_.content if help_ is not None else None,
        right_parts=right.parts if right is not None else None,
        too_many=right is not None and right.too_many,
        feedback=told.feedback if ReviewItem.SPECIFIC_FEEDBACK in may else (),
        general_feedback=question.general_feedback if ReviewItem.GENERAL_FEEDBACK in may else None,
        right_response=question.key() if ReviewItem.RIGHT_ANSWER in may else None,
        trace=question.trace_of(told) if ReviewItem.RIGHT_ANSWER in may else None,
    )


class _KeptRow(NamedTuple):
    """What was kept of a response that was stored in time, as a row of its own."""

    sequence: int
    response: Any
    certainty: str | None
    effective_points: Decimal | None


def _counted(
    answered: Answered, facts: AttemptFacts, shown: frozenset[ReviewItem]
) -> tuple[Answered, lateness.Counted | None]:
    """Return a finished question by the response that counts, and what counts of it.

    Which of two responses counts tells which is better: where marks are hidden it is the last one.
    """
    row, on_time = answered.stored, facts.on_time_until
    if row is None or not answered.finished or ReviewItem.MARKS not in shown:
        return answered, None
    found = lateness.counted(stored_of(row, on_time))
    if not found.kept or on_time is None:
        return answered, found
    kept = _KeptRow(row.kept_sequence, row.kept_response, row.kept_certainty, row.kept_points)
    return Answered(kept, tuple(one for one in answered.tries if one.received_at <= on_time), finished=True), found


def hint_of(question: Contained, progress: QuestionProgress) -> Hint | None:
    """Return the hint that is in front of the taker."""
    again = progress.state is TryState.TRY_AGAIN and progress.tries <= len(question.hints)
    return question.hints[progress.tries - 1] if again else None


_TELLING = frozenset({TryState.RIGHT, TryState.PARTLY, TryState.WRONG})


def _shown_state(progress: QuestionProgress, facts: AttemptFacts, may: frozenset[ReviewItem]) -> TryState:
    """Return a progress that does not tell what may not be shown: complete, for right, partly and wrong.

    In adaptive mode a question that was checked is complete if it was right, and to do if not: where that may not be
    told, it is complete as soon as something was said.
    """
    if ReviewItem.CORRECTNESS in may:
        return progress.state
    said = progress.last is not None and progress.last.response is not None
    told = progress.state in _TELLING or (said and behaviours.is_adaptive(facts.policy.behaviour))
    return TryState.COMPLETE if told else progress.state


def _last_check(answered: Answered) -> Any:
    return next((event for event in reversed(answered.tries) if event.action == Action.CHECK), None)


_ENDED: Final[Mapping[TryState, GradeState]] = {
    TryState.RIGHT: GradeState.RIGHT,
    TryState.PARTLY: GradeState.PARTLY,
    TryState.WRONG: GradeState.WRONG,
    TryState.GAVE_UP: GradeState.NOT_ANSWERED,
    TryState.NEEDS_GRADING: GradeState.NEEDS_GRADING,
}


def _earned_so_far(
    paper_slot: PaperSlot, question: Contained, facts: AttemptFacts, answered: Answered, told: Grade
) -> tuple[Decimal | None, GradeState]:
    """Return what the question has earned by what was checked, and whether that is right."""
    last = _last_check(answered)
    if last is None:
        return None, told.state
    done = [*history(question, answered.tries), Step(Action.FINISH)]
    progress = behaviours.replay(facts.policy.trying(len(question.hints)), done)
    return scoring.points_of(last.worth, paper_slot.slot.max_points), _ENDED[progress.state]


def _earned(
    paper_slot: PaperSlot, answered: Answered, progress: QuestionProgress, counted: lateness.Counted | None
) -> tuple[Decimal | None, GradeState]:
    """Return what the question has earned in the end, and whether that is right, late or not."""
    points = Decimal(0) if answered.stored is None else answered.stored.effective_points
    earned = points if counted is None else counted.points
    automatic = scoring.points_of(progress.fraction, paper_slot.slot.max_points)
    if points == automatic or not paper_slot.slot.max_points:
        return earned, _ENDED[progress.state]  # a try that cost something may still be right
    # What is stored counts: a person or a regrade may have changed it, and the type may be gone.
    return earned, state_of(None if points is None else Fraction(points) / Fraction(paper_slot.slot.max_points))


def _left(question: Contained, facts: AttemptFacts, progress: QuestionProgress) -> int:
    most = facts.policy.trying(len(question.hints)).most_checks
    return 0 if progress.state.finished else max(0, most - progress.tries)


def _tries(
    paper_slot: PaperSlot, question: Contained, facts: AttemptFacts, answered: Answered, may: frozenset[ReviewItem]
) -> Iterator[ReviewedTry]:
    policy = facts.policy.trying(len(question.hints))
    for event, one in zip(answered.tries, history(question, answered.tries), strict=True):
        if one.action is Action.CHECK:
            yield ReviewedTry(
                number=event.tries,
                received_at=event.received_at,
                response=event.response if ReviewItem.RESPONSE in may else None,
                state=behaviours.state_of_try(policy, one) if ReviewItem.CORRECTNESS in may else None,
                points=scoring.points_of(event.worth, paper_slot.slot.max_points) if ReviewItem.MARKS in may else None,
            )
