"""What a response is worth when it is saved or checked, and what is shown of it afterwards. Pure: no session."""

from __future__ import annotations

import json
import uuid
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, NamedTuple

from quizkit.crud.attempts.late_statements import stored_of
from quizkit.crud.attempts.published import Opened, Seat
from quizkit.crud.questions import contained as _contained
from quizkit.crud.questions.contained import Contained
from quizkit.errors import Invalid, Problem
from quizkit.questions import Grade, Hint, Response, Trace, View, state_of
from quizkit.rules import behaviours, lateness, release, scoring
from quizkit.rules.behaviours import Did, Standing
from quizkit.rules.drawing import Dice
from quizkit.schemas import ResponseProblem, ReviewedQuestion, ReviewedTry
from quizkit.vocabulary import Action, Certainty, GradeState, ReviewItem, TryState

__all__ = [
    "Answered",
    "Marked",
    "did",
    "hint_of",
    "history",
    "is_same",
    "marked",
    "permuted",
    "reviewed",
    "standing_of",
    "told_problems",
]


def permuted(seat: Seat, opened: Opened) -> View:
    """Return what the taker of an attempt sees of a question.

    One stream for each question, so that adding a question never reshuffles the options of the others.
    """
    dice = Dice(opened.seed, f"question {seat.asked.question_id}")
    return _contained.permuted(seat.asked.view, seat.asked.revision_id, dice)


# ---------------------------------------------------------------------------------------------- marking


class Marked(NamedTuple):
    """A response with its grade, what its parts earned where that may count, the one class it falls in, and its problems."""

    response: Response
    grade: Grade
    parts: Mapping[str, Fraction] | None = None
    picked: str | None = None
    problems: tuple[Problem, ...] = ()


def marked(question: Contained, response: Response, *, tried: bool) -> Marked:
    """Return a response with its grade, its problems and its class, which is for statistics in SQL.

    `tried` says whether it may be checked: then what its parts earn may count.
    """
    one = _graded(question, response, tried=tried)._replace(problems=question.problems(response))
    return one if one.grade.fraction is None else one._replace(picked=question.label(response))


def told_problems(problems: Iterable[Problem]) -> tuple[ResponseProblem, ...]:
    """Return problems as they are sent."""
    return tuple(ResponseProblem(**problem._asdict()) for problem in problems)


def _graded(question: Contained, response: Response, *, tried: bool) -> Marked:
    grade = question.mark(response)
    if not tried or grade.fraction is None:
        return Marked(response, grade)
    told, parts = question.parts(response)
    return Marked(response, grade if told else question.unmarked(), parts)


def did(action: Action, question: Contained, one: Marked, certainty: Certainty | None) -> Did:
    """Return what a taker did with a response, as behaviours take it."""
    said, whole = question.canonical(one.response), question.is_complete(one.response)
    return Did(action, said, one.grade.fraction, certainty or Certainty.LOW, one.parts, whole)


def is_same(question: Contained, stored: Any, response: Response) -> bool:
    """Return whether a stored response says the same as another one, however each is written."""
    return bool(stored == response.model_dump(mode="json") or _said(question, stored) == question.canonical(response))


def _said(question: Contained, stored: Any) -> Hashable | None:
    try:
        return question.canonical(question.read(stored))
    except Invalid:  # the type may be gone, or have become another
        return "unread", json.dumps(stored, sort_keys=True, ensure_ascii=False)


def history(question: Contained, events: Sequence[Any]) -> list[Did]:
    """Return what was done, from the stored tries of one slot."""
    return [
        Did(
            Action(event.action),
            None if event.response is None else _said(question, event.response),
            event.fraction,
            Certainty(event.certainty or Certainty.LOW),
            None if event.parts is None else {part: Fraction(share) for part, share in event.parts.items()},
        )
        for event in events
    ]


# ---------------------------------------------------------------------------------------------- showing


@dataclass(frozen=True, slots=True)
class Answered:
    """What there is of one slot: the row of its response, its tries, and whether the attempt is finished."""

    stored: Any
    tries: tuple[Any, ...]
    finished: bool


def standing_of(question: Contained, opened: Opened, answered: Answered) -> tuple[Standing, Response | None, Grade]:
    """Return where a question stands, its last response, and what marking says of that."""
    stored = answered.stored
    response = _read(question, stored)
    unread = stored is not None and response is None  # the type may be gone, or have become another
    one = None if response is None else _graded(question, response, tried=opened.policy.checks)
    grade = one.grade if one is not None else _unread(question) if unread else question.mark(None)
    done = history(question, answered.tries)
    if stored is not None and _saved_since(answered):
        certainty = Certainty(stored.certainty) if stored.certainty else None
        saved = Did(Action.SAVE, _said(question, stored.response), None)
        done.append(saved if one is None else did(Action.SAVE, question, one, certainty))
    if answered.finished:
        done.append(Did(Action.FINISH))
    return behaviours.fold(opened.policy.trying(len(question.hints)), done), response, grade


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
    seat: Seat,
    opened: Opened,
    keys: Mapping[uuid.UUID, Contained],
    answered: Answered,
    shown: frozenset[ReviewItem],
) -> ReviewedQuestion:
    """Return a question with what became of it, cut to what may be shown now."""
    question, every = keys[seat.asked.revision_id], answered
    answered, counted = _counted(answered, opened, shown)
    standing, response, grade = standing_of(question, opened, answered)
    checked = _last_check(answered)
    ended = answered.finished or standing.state.finished
    may = release.of_question(shown, tried=checked is not None, finished=ended)
    # While it is open only what was checked is told of: what was saved since is not.
    last = _read(question, checked)
    told = grade if ended or checked is None else question.mark(last)
    if ended:
        points, state = _earned(seat, answered, standing, counted)
    else:
        points, state = _earned_so_far(seat, question, opened, answered, told)
    said = answered.stored if ReviewItem.RESPONSE in may else None
    help_ = hint_of(question, standing)
    counts = help_ is not None and help_.show_right_parts and ReviewItem.CORRECTNESS in may
    right = question.right_part(last) if counts else None
    return ReviewedQuestion(
        slot=seat.number,
        view=permuted(seat, opened),
        shown=tuple(item for item in ReviewItem if item in may),
        standing=_told_standing(standing, opened, may),
        response=said.response if said is not None else None,
        summary=question.summarise(response) if said is not None and response is not None else "",
        problems=told_problems(question.problems(response)) if said is not None else (),
        certainty=said.certainty if said is not None else None,
        state=state if ReviewItem.CORRECTNESS in may else None,
        points=points if ReviewItem.MARKS in may else None,
        late=counted is not None and counted.late,
        max_points=seat.slot.worth,
        counting=seat.slot.counting,
        tries=tuple(_tries(seat, question, opened, every, may)),
        tries_left=_left(question, opened, standing),
        hint=help_.content if help_ is not None else None,
        right_parts=right.parts if right is not None else None,
        too_many=right is not None and right.too_many,
        feedback=told.feedback if ReviewItem.SPECIFIC_FEEDBACK in may else (),
        general_feedback=question.general_feedback if ReviewItem.GENERAL_FEEDBACK in may else None,
        right_response=question.key() if ReviewItem.RIGHT_ANSWER in may else None,
        trace=question.trace_of(told) if ReviewItem.RIGHT_ANSWER in may else None,
    )


class _Kept(NamedTuple):
    """What was kept of a response that was stored in time, as a row of its own."""

    sequence: int
    response: Any
    certainty: str | None
    effective_points: Decimal | None


def _counted(
    answered: Answered, opened: Opened, shown: frozenset[ReviewItem]
) -> tuple[Answered, lateness.Counted | None]:
    """Return a finished question by the response that counts, and what counts of it.

    Which of two responses counts tells which is better: where marks are hidden it is the last one.
    """
    row, on_time = answered.stored, opened.on_time_until
    if row is None or not answered.finished or ReviewItem.MARKS not in shown:
        return answered, None
    found = lateness.counted(stored_of(row, on_time))
    if not found.kept or on_time is None:
        return answered, found
    kept = _Kept(row.kept_sequence, row.kept_response, row.kept_certainty, row.kept_points)
    return Answered(kept, tuple(one for one in answered.tries if one.received_at <= on_time), finished=True), found


def hint_of(question: Contained, standing: Standing) -> Hint | None:
    """Return the hint that is in front of the taker."""
    again = standing.state is TryState.TRY_AGAIN and standing.tries <= len(question.hints)
    return question.hints[standing.tries - 1] if again else None


_TOLD = frozenset({TryState.RIGHT, TryState.PARTLY, TryState.WRONG})


def _told_standing(standing: Standing, opened: Opened, may: frozenset[ReviewItem]) -> TryState:
    """Return a standing that does not tell what may not be shown: complete, for right, partly and wrong.

    In adaptive mode a question that was checked is complete if it was right, and to do if not: where that may not be
    told, it is complete as soon as something was said.
    """
    if ReviewItem.CORRECTNESS in may:
        return standing.state
    said = standing.last is not None and standing.last.response is not None
    told = standing.state in _TOLD or (said and behaviours.is_adaptive(opened.policy.behaviour))
    return TryState.COMPLETE if told else standing.state


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
    seat: Seat, question: Contained, opened: Opened, answered: Answered, told: Grade
) -> tuple[Decimal | None, GradeState]:
    """Return what the question has earned by what was checked, and whether that is right."""
    last = _last_check(answered)
    if last is None:
        return None, told.state
    done = [*history(question, answered.tries), Did(Action.FINISH)]
    standing = behaviours.fold(opened.policy.trying(len(question.hints)), done)
    return scoring.points_of(last.worth, seat.slot.worth), _ENDED[standing.state]


def _earned(
    seat: Seat, answered: Answered, standing: Standing, counted: lateness.Counted | None
) -> tuple[Decimal | None, GradeState]:
    """Return what the question has earned in the end, and whether that is right, late or not."""
    points = Decimal(0) if answered.stored is None else answered.stored.effective_points
    earned = points if counted is None else counted.points
    automatic = scoring.points_of(standing.fraction, seat.slot.worth)
    if points == automatic or not seat.slot.worth:
        return earned, _ENDED[standing.state]  # a try that cost something may still be right
    # What is stored counts: a person or a regrade may have changed it, and the type may be gone.
    return earned, state_of(None if points is None else Fraction(points) / Fraction(seat.slot.worth))


def _left(question: Contained, opened: Opened, standing: Standing) -> int:
    most = opened.policy.trying(len(question.hints)).most_checks
    return 0 if standing.state.finished else max(0, most - standing.tries)


def _tries(
    seat: Seat, question: Contained, opened: Opened, answered: Answered, may: frozenset[ReviewItem]
) -> Iterator[ReviewedTry]:
    policy = opened.policy.trying(len(question.hints))
    for event, one in zip(answered.tries, history(question, answered.tries), strict=True):
        if one.action is Action.CHECK:
            yield ReviewedTry(
                number=event.tries,
                received_at=event.received_at,
                response=event.response if ReviewItem.RESPONSE in may else None,
                state=behaviours.state_of_try(policy, one) if ReviewItem.CORRECTNESS in may else None,
                points=scoring.points_of(event.worth, seat.slot.worth) if ReviewItem.MARKS in may else None,
            )
