"""What a response is worth when it is saved, and what is shown of it afterwards. Pure: no session."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from quizkit.crud._sheets import SheetSlot
from quizkit.errors import Invalid, QuizkitError
from quizkit.questions import Grade, Question, Response, Trace, View, state_of
from quizkit.rules import release, scoring
from quizkit.rules.drawing import Dice
from quizkit.schemas import OutcomeQuestion
from quizkit.vocabulary import GradeState

__all__ = ["Marked", "marked", "outcome_question", "permuted"]


class Marked(NamedTuple):
    """What is stored of a grade beside the response."""

    points: Decimal | None
    picked: str | None
    marker: str


def permuted(slot: SheetSlot, seed: bytes) -> View:
    """Return what the taker of this seed sees of a question."""
    # One stream for each place in the revision, so that adding a question never reshuffles the others.
    return slot.view.permuted(Dice(seed, f"slot {slot.position}"))


def marked(question: Question, response: Response, worth: Decimal) -> Marked:
    """Return what is stored of a response's grade."""
    grade = _grade(question, response)
    classes: Sequence[Any] = () if grade.fraction is None else question.classes(response)
    label = classes[0].label if len(classes) == 1 and classes[0].part == "" else None
    picked = label if label and len(label) <= 32 else None
    return Marked(scoring.points_of(grade.fraction, worth), picked, grade.marker)


def _grade(question: Question, response: Response | None) -> Grade:
    """Return the grade of a response. A marker that fails leaves it to a person: never silently wrong."""
    try:
        return question.mark(response)
    except QuizkitError:
        raise
    except Exception:  # noqa: BLE001 - a host's own question type may raise anything
        return Grade(None, GradeState.NEEDS_GRADING, f"{question.marker} failed", Trace("marker_failed"))


def outcome_question(
    number: int, slot: SheetSlot, seed: bytes, keys: dict[uuid.UUID, Question], stored: Any, shown: release.Released
) -> OutcomeQuestion:
    """Return one question of a result, cut to what is released."""
    question = keys[slot.revision_id]
    response = _read(question, stored)
    grade = _grade(question, response)
    points = Decimal(0) if stored is None else stored.effective_points
    state = grade.state
    answered = stored is not None and (response is None or not response.is_blank())
    if answered and slot.worth:
        # What is stored counts: a person or a regrade may have changed it, and the type may be gone.
        state = state_of(None if points is None else Fraction(points) / Fraction(slot.worth))
    key = question.key() if shown.answers else None
    general = (question.general_feedback,) if question.general_feedback else ()
    return OutcomeQuestion(
        slot=number,
        view=permuted(slot, seed),
        response=stored.response if stored is not None else None,
        summary=question.summarise(response) if response is not None else "",
        state=state,
        points=points,
        max_points=slot.worth,
        feedback=(*grade.feedback, *general),
        right_response=key.model_dump(mode="json") if key is not None else None,
        trace=grade.trace.as_dict() if shown.answers else None,
    )


def _read(question: Question, stored: Any) -> Response | None:
    if stored is None:
        return None
    try:
        return question.read(stored.response)
    except Invalid:
        return None
