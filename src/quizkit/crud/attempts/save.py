"""Save a response: mark it and store it, unless a later one is stored or the attempt or question refuses it."""

from __future__ import annotations

import uuid
from datetime import datetime
from fractions import Fraction
from typing import Any, Final

from sqlalchemy import Row

from quizkit.crud._core.context import S, Work
from quizkit.crud.attempts import response_statements as statements
from quizkit.crud.attempts.facts import AttemptFacts, with_known_facts
from quizkit.crud.attempts.marking import Marked, history, is_same, marked, sent_problems, step_of
from quizkit.crud.attempts.working import (
    WorkingSlot,
    certainty_of,
    locked_open,
    paper_slot,
    refuse_finished,
    refuse_order,
    refuse_page,
    tries_of,
    working_slot,
)
from quizkit.errors import Invalid, Refused
from quizkit.rules import behaviours, lateness, scoring, timing
from quizkit.schemas import Saved, SaveResponse
from quizkit.sessions import refuse_autocommit
from quizkit.vocabulary import Action, Certainty, Counting, SaveStatus

__all__ = ["save", "save_into", "store"]

_SAVE_TRIES: Final = 3


def save(work: Work[S], attempt_id: uuid.UUID, data: SaveResponse, taker: S) -> Saved:
    """Store and mark one response of a taker."""
    return with_known_facts(work, attempt_id, taker, lambda facts: save_into(work, facts, data))


def save_into(work: Work[S], facts: AttemptFacts, data: SaveResponse) -> Saved:
    """Store and mark one response in an attempt whose facts are loaded."""
    slot = paper_slot(work, facts, data.slot)
    if facts.policy.checks:
        refuse_autocommit(work.session, work.models.attempt)
        locked = locked_open(work, facts)
        refuse_page(locked, slot)
        return _save_at(work, working_slot(work, facts, slot, locked.notes), data)
    try:
        return _save_at(work, working_slot(work, facts, slot), data)
    except (Invalid, Refused):
        # The error would reveal something about a question that the taker may not see now.
        refuse_page(locked_open(work, facts), slot)
        raise


def _save_at(work: Work[S], slot: WorkingSlot, data: SaveResponse) -> Saved:
    policy = slot.facts.policy
    marking = marked(slot.question, slot.question.read(data.response), tried=policy.checks)
    certainty = certainty_of(slot.facts, data)
    refuse_order(work, slot)
    worth = marking.grade.fraction
    if policy.checks:
        worth = _worth_now(work, slot, marking, certainty, data)
    elif behaviours.asks_certainty(policy.behaviour):
        worth = slot.worth_if_finished([step_of(Action.SAVE, slot.question, marking, certainty)])
    return store(work, slot, data, marking, certainty, worth)


def _worth_now(
    work: Work[S], slot: WorkingSlot, marking: Marked, certainty: Certainty | None, data: SaveResponse
) -> Fraction | None:
    """Return the fraction that the question earns if the attempt is finished with this response, after its tries."""
    events = tries_of(work, slot)
    before = history(slot.question, events)
    last = max((event.sequence for event in events if event.sequence is not None), default=0)
    if data.sequence > last:
        refuse_finished(behaviours.replay(slot.policy, before))
    return slot.worth_if_finished([*before, step_of(Action.SAVE, slot.question, marking, certainty)])


def store(
    work: Work[S],
    slot: WorkingSlot,
    data: SaveResponse,
    marking: Marked,
    certainty: Certainty | None,
    worth: Fraction | None,
) -> Saved:
    """Store a response, unless a later one is stored."""
    facts, max_points = slot.facts, slot.paper_slot.slot.max_points
    late = lateness.reduced(worth, facts.policy.late_penalty)
    values = {
        "_attempt": facts.attempt_id,
        "_taker": facts.taker,
        "_checksum": facts.checksum,
        "_on_time_until": facts.on_time_until,
        "_now": work.now,
        "_first_page": slot.paper_slot.reach[0],
        "_last_page": slot.paper_slot.reach[1],
        "_slot": data.slot,
        "_revision": slot.paper_slot.question.revision_id,
        "_response": slot.question.written(marking.response),
        "_sequence": data.sequence,
        "_picked": marking.picked,
        "_points": scoring.points_of(worth, max_points),
        "_counts": slot.paper_slot.slot.counting is not Counting.IGNORED,
        "_certainty": certainty,
        "_marker": marking.grade.marker,
        "_late_points": scoring.points_of(late, max_points),
    }
    for _ in range(_SAVE_TRIES):
        received, deadline = _received(work, slot, marking, certainty)
        stored = work.run(statements.save, {**values, "_received": received, "_deadline": deadline}).first()
        if stored is None:
            stored = _instead(work, slot, data)
        if stored is not None:
            return _saved(slot, data, marking, certainty, stored)
    raise Refused("attempt_busy", "Other requests are changing the attempt: send the response again")


def _instead(work: Work[S], slot: WorkingSlot, data: SaveResponse) -> Row[Any] | None:
    """Return the response that is stored instead, or raise; None if the response can now be stored.

    The attempt is locked before the reason is determined: an extension may have come after the response was refused,
    and then the response is stored after all.
    """
    refuse_page(locked_open(work, slot.facts), slot.paper_slot)
    stored = work.first(statements.stored_response, slot.of())
    return stored if stored is not None and stored.sequence >= data.sequence else None


def _received(
    work: Work[S], slot: WorkingSlot, marking: Marked, certainty: Certainty | None
) -> tuple[datetime, datetime | None]:
    """Return when a response counts as received, and the deadline for being on time if the response is late.

    A response equal to one that was stored in time keeps that time. Only a late response needs this query, and no lock:
    a concurrent extension makes nothing late, and what was stored in time remains so.
    """
    now, on_time = timing.received_at(slot.facts.started_at, work.now), slot.facts.on_time_until
    if on_time is None or now <= on_time:
        return now, None
    row = work.first(statements.in_time, slot.of() | {"_taker": slot.facts.taker})
    if row is None or row.on_time_until is None or now <= row.on_time_until:
        return now, None  # the attempt was extended
    was_in_time = row.received_at is not None and row.received_at <= row.on_time_until
    if was_in_time and row.certainty == certainty and is_same(slot.question, row.response, marking.response):
        return row.received_at, row.on_time_until
    return now, row.on_time_until


def _saved(slot: WorkingSlot, data: SaveResponse, marking: Marked, certainty: Certainty | None, row: Any) -> Saved:
    same_response = is_same(slot.question, row.response, marking.response)
    same = same_response and row.sequence == data.sequence and row.certainty == certainty
    return Saved(
        slot=data.slot,
        status=SaveStatus.STORED if same else SaveStatus.STALE,
        sequence=row.sequence,
        response=row.response,
        received_at=row.received_at,
        problems=sent_problems(marking.problems),
    )
