"""What is shown of a question and its result, limited to what may be shown. Pure: no session."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, NamedTuple

from quizkit.crud.attempts._facts.facts import AttemptFacts
from quizkit.crud.attempts._paper.slots import PaperSlot, permuted
from quizkit.crud.attempts._responses.marking import history, sent_problems
from quizkit.crud.attempts._responses.progress import Answered, progress_of, read_stored, stored_of
from quizkit.questions import Grade, Hint, state_of
from quizkit.questions._guards.guarded import GuardedQuestion
from quizkit.rules import behaviours, lateness, release, scoring
from quizkit.rules.behaviours import QuestionProgress, Step
from quizkit.schemas import ReviewedQuestion, ReviewedTry
from quizkit.vocabulary import Action, GradeState, ReviewItem, TryState

__all__ = ["hint_of", "reviewed"]


def reviewed(
    paper_slot: PaperSlot,
    facts: AttemptFacts,
    keys: Mapping[uuid.UUID, GuardedQuestion],
    answered: Answered,
    shown: frozenset[ReviewItem],
) -> ReviewedQuestion:
    """Return a question with its outcome, limited to what may be shown now."""
    question, every = keys[paper_slot.question.revision_id], answered
    answered, counted = _counted(answered, facts, shown)
    progress, response, grade = progress_of(question, facts, answered)
    checked = _last_check(answered)
    ended = answered.finished or progress.state.finished
    visible = release.of_question(shown, tried=checked is not None, finished=ended)
    # While the question is open, only the checked response is reported, not a response saved after it.
    last = read_stored(question, checked)
    shown_grade = grade if ended or checked is None else question.mark(last)
    if ended:
        points, state = _earned(paper_slot, answered, progress, counted)
    else:
        points, state = _earned_so_far(paper_slot, question, facts, answered, shown_grade)
    row = answered.stored if ReviewItem.RESPONSE in visible else None
    hint = hint_of(question, progress)
    shows_right_parts = hint is not None and hint.show_right_parts and ReviewItem.CORRECTNESS in visible
    right = question.right_part(last) if shows_right_parts else None
    return ReviewedQuestion(
        slot=paper_slot.number,
        view=permuted(paper_slot, facts),
        shown=tuple(item for item in ReviewItem if item in visible),
        progress=_shown_state(progress, facts, visible),
        response=row.response if row is not None else None,
        summary=question.summarise(response) if row is not None and response is not None else "",
        problems=sent_problems(question.problems(response)) if row is not None else (),
        certainty=row.certainty if row is not None else None,
        state=state if ReviewItem.CORRECTNESS in visible else None,
        points=points if ReviewItem.MARKS in visible else None,
        late=counted is not None and counted.late,
        max_points=paper_slot.slot.max_points,
        counting=paper_slot.slot.counting,
        tries=tuple(_tries(paper_slot, question, facts, every, visible)),
        tries_left=_left(question, facts, progress),
        hint=hint.content if hint is not None else None,
        right_parts=right.parts if right is not None else None,
        too_many=right is not None and right.too_many,
        feedback=shown_grade.feedback if ReviewItem.SPECIFIC_FEEDBACK in visible else (),
        general_feedback=question.general_feedback if ReviewItem.GENERAL_FEEDBACK in visible else None,
        right_response=question.key() if ReviewItem.RIGHT_ANSWER in visible else None,
        trace=question.trace_of(shown_grade) if ReviewItem.RIGHT_ANSWER in visible else None,
    )


class _KeptRow(NamedTuple):
    """The part of a row that preserves a response stored in time, as a row of its own."""

    sequence: int
    response: Any
    certainty: str | None
    effective_points: Decimal | None


def _counted(
    answered: Answered, facts: AttemptFacts, shown: frozenset[ReviewItem]
) -> tuple[Answered, lateness.Counted | None]:
    """Return a finished question with the response that counts, and what counts of it.

    Which of two responses counts reveals which is better. While marks are hidden, the last response is used.
    """
    row, on_time = answered.stored, facts.on_time_until
    if row is None or not answered.finished or ReviewItem.MARKS not in shown:
        return answered, None
    found = lateness.counted(stored_of(row, on_time))
    if not found.kept or on_time is None:
        return answered, found
    kept = _KeptRow(row.kept_sequence, row.kept_response, row.kept_certainty, row.kept_points)
    return Answered(kept, tuple(one for one in answered.tries if one.received_at <= on_time), finished=True), found


def hint_of(question: GuardedQuestion, progress: QuestionProgress) -> Hint | None:
    """Return the hint that the taker should see now."""
    again = progress.state is TryState.TRY_AGAIN and progress.tries <= len(question.hints)
    return question.hints[progress.tries - 1] if again else None


_REVEALING = frozenset({TryState.RIGHT, TryState.PARTLY, TryState.WRONG})


def _shown_state(progress: QuestionProgress, facts: AttemptFacts, visible: frozenset[ReviewItem]) -> TryState:
    """Return a question state that reveals only what may be shown: complete instead of right, partly right or wrong.

    In adaptive mode a checked question is complete if it was right, and to do if not. If that may not be shown, it is
    complete as soon as there is a response that is not blank.
    """
    if ReviewItem.CORRECTNESS in visible:
        return progress.state
    has_response = progress.last is not None and progress.last.response is not None
    complete = progress.state in _REVEALING or (has_response and behaviours.is_adaptive(facts.policy.behaviour))
    return TryState.COMPLETE if complete else progress.state


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
    paper_slot: PaperSlot, question: GuardedQuestion, facts: AttemptFacts, answered: Answered, grade: Grade
) -> tuple[Decimal | None, GradeState]:
    """Return the points of the last check, and whether it is right."""
    last = _last_check(answered)
    if last is None:
        return None, grade.state
    steps = [*history(question, answered.tries), Step(Action.FINISH)]
    progress = behaviours.replay(facts.policy.trying(len(question.hints)), steps)
    return scoring.points_of(last.worth, paper_slot.slot.max_points), _ENDED[progress.state]


def _earned(
    paper_slot: PaperSlot, answered: Answered, progress: QuestionProgress, counted: lateness.Counted | None
) -> tuple[Decimal | None, GradeState]:
    """Return the final points of the question, and whether it is right, late or not."""
    points = Decimal(0) if answered.stored is None else answered.stored.effective_points
    earned = points if counted is None else counted.points
    automatic = scoring.points_of(progress.fraction, paper_slot.slot.max_points)
    if points == automatic or not paper_slot.slot.max_points:
        return earned, _ENDED[progress.state]  # a question may be right although a try cost points
    # The stored points count: manual grading or a regrade may have changed them, and the type may be gone.
    return earned, state_of(None if points is None else Fraction(points) / Fraction(paper_slot.slot.max_points))


def _left(question: GuardedQuestion, facts: AttemptFacts, progress: QuestionProgress) -> int:
    most = facts.policy.trying(len(question.hints)).most_checks
    return 0 if progress.state.finished else max(0, most - progress.tries)


def _tries(
    paper_slot: PaperSlot,
    question: GuardedQuestion,
    facts: AttemptFacts,
    answered: Answered,
    visible: frozenset[ReviewItem],
) -> Iterator[ReviewedTry]:
    policy = facts.policy.trying(len(question.hints))
    max_points = paper_slot.slot.max_points
    for event, step in zip(answered.tries, history(question, answered.tries), strict=True):
        if step.action is Action.CHECK:
            yield ReviewedTry(
                number=event.tries,
                received_at=event.received_at,
                response=event.response if ReviewItem.RESPONSE in visible else None,
                state=behaviours.state_of_try(policy, step) if ReviewItem.CORRECTNESS in visible else None,
                points=scoring.points_of(event.worth, max_points) if ReviewItem.MARKS in visible else None,
            )
