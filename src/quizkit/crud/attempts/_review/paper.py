"""Make the paper of an attempt, with the questions and responses that its taker may see now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Row

from quizkit import _exact
from quizkit.crud._core.context import S, Work
from quizkit.crud.attempts._facts.facts import AttemptFacts, facts_of
from quizkit.crud.attempts._paper.slots import PaperSlot, paper_slots, permuted
from quizkit.crud.attempts._responses import statements
from quizkit.crud.attempts._review.sections import paper_sections
from quizkit.crud.attempts._review.shown import shown_items, shown_now, visible_slots
from quizkit.questions import Response
from quizkit.questions._guards.stored import response_of
from quizkit.rules import closing_times, timing
from quizkit.schemas import Notice, Paper, PaperNotice, PaperQuestion
from quizkit.vocabulary import AttemptState, ReviewItem

__all__ = ["first_paper", "paper_of"]

_PAPER: Final = frozenset({ReviewItem.QUESTION, ReviewItem.RESPONSE})


def paper_of(work: Work[S], row: Row[Any]) -> Paper:
    """Return the paper of an attempt from its row."""
    facts = facts_of(row)
    state = timing.state_at(AttemptState(row.state), row.accepts_until, work.now)
    (shown,) = (_PAPER,) if state is AttemptState.OPEN else shown_items(work, [row], _PAPER)
    if ReviewItem.QUESTION not in shown:
        return _paper(work, facts, state, {}, {}, row.assignment_notices, row=row)
    slots = visible_slots(row, paper_slots(work, facts), lambda: shown_now(work, row).moment)
    stored: dict[int, Any] = {}
    if ReviewItem.RESPONSE in shown:
        params = {"__attempt": facts.attempt_id}
        stored = {response.slot: response for response in work.run(statements.responses, params)}
    return _paper(work, facts, state, slots, stored, row.assignment_notices, row=row)


def first_paper(work: Work[S], facts: AttemptFacts, notices: Sequence[Any]) -> Paper:
    """Return the paper of an attempt that has just been started, with the notices of its assignment."""
    within = {number: slot for number, slot in paper_slots(work, facts).items() if slot.reach.within(1)}
    return _paper(work, facts, AttemptState.OPEN, within, {}, notices)


def _paper(
    work: Work[S],
    facts: AttemptFacts,
    state: AttemptState,
    slots: Mapping[int, PaperSlot],
    stored: Mapping[int, Any],
    notices: Sequence[Any],
    *,
    row: Any = None,
) -> Paper:
    notes, opened = ({}, {}) if row is None else (row.notes, row.opened)
    return Paper(
        attempt_id=facts.attempt_id,
        quiz_id=facts.quiz_id,
        assignment_id=facts.assignment_id,
        title=facts.title,
        description=facts.description,
        number=facts.number,
        state=state,
        purpose=facts.purpose,
        behaviour=facts.policy.behaviour,
        page=1 if row is None else row.current_page,
        pages=max(item.page for item in facts.paper),
        started_at=facts.started_at,
        due_at=facts.due_at,
        accepts_until=facts.accepts_until,
        submittable_at=timing.submittable_from(facts.submittable_at, facts.due_at),
        server_now=work.now,
        seconds_left=timing.seconds_left(facts.due_at, state, work.now),
        max_score=facts.max_score,
        max_grade=facts.policy.scale(facts.max_score),
        pass_grade=facts.policy.pass_grade,
        grading_method=facts.policy.grading_method,
        best_attempts=facts.policy.best_attempts,
        notices=tuple(_notices(notices, slots, work.now)),
        wrong_penalty=facts.policy.applied_wrong_penalty,
        negative_grades=facts.policy.negative_grades,
        sections=paper_sections(work, facts, opened),
        questions=tuple(
            _question(slot, facts, state, stored.get(number), notes.get(str(number), {}), opened)
            for number, slot in slots.items()
        ),
    )


def _notices(notices: Iterable[Any], slots: Mapping[int, PaperSlot], now: datetime) -> Iterator[PaperNotice]:
    """Yield the notices for a taker that are posted: to everybody, and about questions that are shown now."""
    numbers = {slot.question.question_id: number for number, slot in slots.items()}
    for notice in map(Notice.model_validate, notices):
        slot = None if notice.question_id is None else numbers.get(notice.question_id)
        at = notice.posted_at
        if at is not None and at <= now and (slot is not None) == (notice.question_id is not None):
            yield PaperNotice(content=notice.content, posted_at=at, slot=slot)


def _checked_at(note: Mapping[str, Any]) -> datetime | None:
    noted = note.get("checked_at")
    return None if noted is None else datetime.fromisoformat(noted)


def _response(paper_slot: PaperSlot, stored: Any) -> Response:
    question = paper_slot.question
    return response_of(stored.response, question.response_type, question.revision_id)


def _question(
    paper_slot: PaperSlot,
    facts: AttemptFacts,
    state: AttemptState,
    stored: Any,
    note: Mapping[str, Any],
    opened: Mapping[str, str],
) -> PaperQuestion:
    checkable = facts.policy.checks and paper_slot.question.answerable and state is AttemptState.OPEN
    next_try = note.get("next_try", 1) if checkable else None
    return PaperQuestion(
        slot=paper_slot.number,
        question_id=paper_slot.public_question_id,
        points=paper_slot.published.max_points,
        view=permuted(paper_slot, facts),
        sequence=stored.sequence if stored is not None else 0,
        response=_response(paper_slot, stored) if stored is not None else None,
        certainty=stored.certainty if stored is not None else None,
        next_try=next_try,
        next_check_at=facts.policy.next_check_at(_checked_at(note)) if next_try is not None else None,
        page=paper_slot.item.page,
        section=paper_slot.section,
        pass_share=paper_slot.published.pass_share,
        counting=paper_slot.published.counting,
        tags=paper_slot.public_tags,
        closes_at=closing_times.closes_at(paper_slot.limits, opened, facts.started_at, factor=facts.policy.time_factor),
        flagged=note.get("flagged", False),
        seconds=_exact.shifted(Decimal(note.get("spent", 0)), -6),
    )
