"""What is shown of a question and its result, limited to what may be shown. Pure: no session."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from quizkit.crud._grades.compute import stored_points
from quizkit.crud.attempts._facts.facts import AttemptFacts
from quizkit.crud.attempts._paper.slots import PaperSlot, permuted
from quizkit.crud.attempts._responses.marking import history, last_check_at, sent_problems
from quizkit.crud.attempts._responses.progress import Answered, progress_of, read_stored
from quizkit.questions import Grade, Hint
from quizkit.questions._guards.guarded import GuardedQuestion
from quizkit.rules import behaviours, lateness, question_results, release, scoring, timing
from quizkit.rules.attempt_review import shown_state
from quizkit.rules.behaviours import QuestionProgress, TryPolicy
from quizkit.rules.question_results import QuestionResult, final_result, result_so_far
from quizkit.schemas import ReviewedQuestion, ReviewedTry
from quizkit.vocabulary import Action, ReviewItem

__all__ = ["hint_of", "in_order", "reviewed"]


def reviewed(
    paper_slot: PaperSlot,
    facts: AttemptFacts,
    keys: Mapping[uuid.UUID, GuardedQuestion],
    answered: Answered,
    shown: frozenset[ReviewItem],
    *,
    to_staff: bool = False,
) -> ReviewedQuestion:
    """Return a question with its outcome, limited to what may be shown now; to staff also while it can be tried."""
    question, all_tries = keys[paper_slot.question.revision_id], answered.tries
    policy = facts.policy.try_policy(len(question.hints))
    answered, counted = _counted(answered, facts, shown)
    progress, response, grade = progress_of(question, facts, answered)
    checked = _last_check(answered)
    ended = answered.finished or progress.state.finished
    visible = shown if to_staff else release.of_question(shown, tried=checked is not None, finished=ended)
    last = read_stored(question, checked)
    last_check = question_results.reports_last_check(checked=checked is not None, ended=ended)
    shown_grade = question.mark(last) if last_check else grade
    points, state = _result(paper_slot, question, facts, answered, progress, counted, shown_grade, ended=ended)
    row = answered.stored if ReviewItem.RESPONSE in visible else None
    hint = hint_of(question, policy, progress)
    next_try = behaviours.next_try(policy, progress) if question.answerable else None
    right = question.right_part(last) if question_results.shows_right_parts(hint, visible) else None
    return ReviewedQuestion(
        slot=paper_slot.number,
        section=paper_slot.section,
        question_id=paper_slot.question.question_id if to_staff else paper_slot.public_question_id,
        view=permuted(paper_slot, facts),
        shown=in_order(visible),
        progress=shown_state(progress, facts.policy.behaviour, visible),
        response=question.shown(row.response) if row is not None else None,
        summary=question.summarise(response) if row is not None and response is not None else "",
        problems=sent_problems(question.problems(response)) if row is not None else (),
        certainty=row.certainty if row is not None else None,
        state=state if ReviewItem.CORRECTNESS in visible else None,
        points=points if ReviewItem.MARKS in visible else None,
        late=counted is not None and counted.late,
        max_points=paper_slot.published.max_points,
        pass_share=paper_slot.published.pass_share,
        counting=paper_slot.published.counting,
        tags=paper_slot.public_tags,
        tries=tuple(_tries(paper_slot, question, policy, all_tries, visible)),
        tries_left=behaviours.tries_left(policy, progress),
        next_try=next_try,
        next_check_at=facts.policy.next_check_at(last_check_at(all_tries)) if next_try is not None else None,
        hint=hint.content if hint is not None else None,
        right_parts=right.parts if right is not None else None,
        too_many=right is not None and right.too_many,
        feedback=shown_grade.feedback if ReviewItem.SPECIFIC_FEEDBACK in visible else (),
        general_feedback=question.general_feedback if ReviewItem.GENERAL_FEEDBACK in visible else None,
        right_response=question.key() if ReviewItem.RIGHT_ANSWER in visible else None,
        trace=question.trace_of(shown_grade) if ReviewItem.RIGHT_ANSWER in visible else None,
    )


def in_order(shown: frozenset[ReviewItem]) -> tuple[ReviewItem, ...]:
    """Return the items that may be shown, in the order of their enum."""
    return tuple(item for item in ReviewItem if item in shown)


class _KeptRow(NamedTuple):
    """The part of a row that preserves a response stored on time, as a row of its own."""

    sequence: int
    response: Any
    certainty: str | None
    effective_points: Decimal | None


def _counted(
    answered: Answered, facts: AttemptFacts, shown: frozenset[ReviewItem]
) -> tuple[Answered, lateness.Counted | None]:
    """Return a question with the response that is reported, and what counts of it."""
    row, on_time = answered.stored, facts.on_time_until
    stored = None if row is None else stored_points(row, facts)
    found = question_results.reported_response(stored, shown, finished=answered.finished)
    if found is None or not found.kept:
        return answered, found
    kept = _KeptRow(row.kept_sequence, row.kept_response, row.kept_certainty, row.kept_points)
    tries = tuple(event for event in answered.tries if timing.is_on_time(event.received_at, on_time))
    return Answered(kept, tries, finished=True), found


def hint_of(question: GuardedQuestion, policy: TryPolicy, progress: QuestionProgress) -> Hint | None:
    """Return the hint that the taker should see now."""
    number = behaviours.hint_number(policy, progress)
    return None if number is None else question.hints[number - 1]


def _result(
    paper_slot: PaperSlot,
    question: GuardedQuestion,
    facts: AttemptFacts,
    answered: Answered,
    progress: QuestionProgress,
    counted: lateness.Counted | None,
    grade: Grade,
    *,
    ended: bool,
) -> QuestionResult:
    """Return the points of the question and whether it is right: its final ones, or those of its last check."""
    max_points = paper_slot.published.max_points
    if ended:
        stored = Decimal(0) if answered.stored is None else answered.stored.effective_points
        return final_result(progress, stored, stored if counted is None else counted.points, max_points)
    last = _last_check(answered)
    if last is None:
        return QuestionResult(None, grade.state)
    policy = facts.policy.try_policy(len(question.hints))
    return result_so_far(policy, history(question, answered.tries), last.worth, max_points)


def _last_check(answered: Answered) -> Any:
    return next((event for event in reversed(answered.tries) if event.action == Action.CHECK), None)


def _tries(
    paper_slot: PaperSlot,
    question: GuardedQuestion,
    policy: TryPolicy,
    events: Sequence[Any],
    visible: frozenset[ReviewItem],
) -> Iterator[ReviewedTry]:
    max_points = paper_slot.published.max_points
    for event, step in zip(events, history(question, events), strict=True):
        if step.action is Action.CHECK:
            yield ReviewedTry(
                number=event.tries,
                received_at=event.received_at,
                response=question.shown(event.response) if ReviewItem.RESPONSE in visible else None,
                state=behaviours.state_of_try(policy, step) if ReviewItem.CORRECTNESS in visible else None,
                points=scoring.points_of(event.worth, max_points) if ReviewItem.MARKS in visible else None,
            )
