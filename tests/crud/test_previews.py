"""Authors preview a quiz as its takers will see it; no verb for takers creates a preview."""

from __future__ import annotations

import inspect
import uuid
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from conftest import Caller
from quizkit.crud import Quizkit, assignments, attempts, gradebook, previews, quizzes
from quizkit.errors import NotFound, Refused
from quizkit.models import models
from quizkit.questions import TrueFalseResponse
from quizkit.schemas import AssignmentCreate, QuizCreate, ReviewPolicy
from quizkit.vocabulary import AttemptPurpose, ReviewCondition, ReviewMoment
from taking import HOUR, NOON, answer, published, start_attempt, yes

pytestmark = pytest.mark.usefixtures("unbroken")


def preview(call: Caller, quiz_id: uuid.UUID, **more: Any) -> Any:
    return call(previews.start, quiz_id, **{"actor": "ann", "now": NOON, **more})


def test_a_preview_ignores_access_rules_and_never_counts(call: Caller) -> None:
    quiz_id = published(call, max_attempts=1)
    real = start_attempt(call, quiz_id)
    made = call(assignments.create, AssignmentCreate(quiz_id=quiz_id, closes_at=NOON - HOUR))

    for number in (1, 2):
        paper = preview(call, quiz_id, assignment_id=made.id)
        assert (paper.number, paper.purpose, paper.due_at) == (number, AttemptPurpose.PREVIEW, None)
        call(attempts.save, paper.attempt_id, answer(1, 1, answer=True), taker="ann", now=NOON)
        outcome = call(attempts.submit, paper.attempt_id, taker="ann", now=NOON)
        assert (outcome.score, outcome.questions[0].right_response) == (1, TrueFalseResponse(answer=True))

    both = preview(call, quiz_id)
    assert both.attempt_id != real.attempt_id  # open at the same time as the real one
    assert preview(call, quiz_id).attempt_id == both.attempt_id
    assert call(attempts.grade, quiz_id, taker="ann", assignment_id=made.id, now=NOON) is None
    assert call(gradebook.grades, assignment_id=made.id).items == ()
    assert call(attempts.explain_access, quiz_id, taker="ann", now=NOON).attempts_used == 1


def test_a_preview_does_not_change_the_grade_of_a_taker_with_the_same_id(call: Caller) -> None:
    quiz_id = published(call)
    real = start_attempt(call, quiz_id)
    call(attempts.submit, real.attempt_id, taker="ann", now=NOON)
    paper = preview(call, quiz_id)
    call(attempts.save, paper.attempt_id, answer(1, 1, answer=True), taker="ann", now=NOON)
    call(attempts.submit, paper.attempt_id, taker="ann", now=NOON)

    assert call(attempts.grade, quiz_id, taker="ann", now=NOON).grade == 0


def test_a_preview_shows_everything_that_is_shown_after_the_close(call: Caller) -> None:
    review = ReviewPolicy(right_answer=[ReviewMoment.AFTER_CLOSE], right_answer_if=[ReviewCondition.ARCHIVED])
    paper = preview(call, published(call, review=review))

    outcome = call(attempts.submit, paper.attempt_id, taker="ann", now=NOON)

    assert outcome.moment is ReviewMoment.AFTER_CLOSE
    assert outcome.questions[0].right_response == TrueFalseResponse(answer=True)


def test_an_unknown_or_unpublished_quiz_cannot_be_previewed(call: Caller) -> None:
    draft = call(quizzes.create, QuizCreate(title="x", questions=[yes(1)]))
    with pytest.raises(Refused) as refused:
        preview(call, draft.id)
    assert refused.value.code == "quiz_not_published"
    with pytest.raises(NotFound):
        preview(call, uuid.uuid4())


def test_no_verb_for_takers_creates_a_preview(engine: Engine) -> None:
    kit = Quizkit(models)
    verbs = [getattr(kit.attempts, name) for name in dir(kit.attempts) if not name.startswith("_")]
    verbs = [verb for verb in verbs if callable(verb)]
    assert len(verbs) > 10
    assert not [verb for verb in verbs if "purpose" in inspect.signature(verb).parameters]
    query: dict[str, Any] = {"taker": "ann", "purpose": "preview"}
    with Session(engine) as session, pytest.raises(TypeError):
        kit.attempts.start(session, uuid.uuid4(), **query)


def test_an_id_of_a_preview_cannot_start_an_attempt_and_the_reverse(call: Caller) -> None:
    quiz_id = published(call)
    real = start_attempt(call, quiz_id, "ann").attempt_id
    call(attempts.submit, real, taker="ann", now=NOON)
    preview = call(previews.start, quiz_id, actor="ann", now=NOON).attempt_id
    call(attempts.submit, preview, taker="ann", now=NOON)

    for verb, whose, taken in ((attempts.start, {"taker": "ann"}, preview), (previews.start, {"actor": "ann"}, real)):
        with pytest.raises(Refused) as refused:
            call(verb, quiz_id, **whose, attempt_id=taken, now=NOON)
        assert refused.value.code == "attempt_id_taken"
