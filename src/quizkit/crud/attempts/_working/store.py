"""Store a marked response, unless a later one is stored or the attempt no longer accepts it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from fractions import Fraction
from typing import Any, Final

from sqlalchemy import Row

from quizkit.crud._core.context import S, Work
from quizkit.crud.attempts._responses.marking import Marked, is_stored_in, sent_problems
from quizkit.crud.attempts._working import store_statements as statements
from quizkit.crud.attempts._working.lock import locked_open, refuse_page
from quizkit.crud.attempts._working.slot import WorkingSlot
from quizkit.errors import Refused
from quizkit.rules import lateness, scoring, timing
from quizkit.rules.sequences import Sequencing, next_sequence
from quizkit.schemas import Saved
from quizkit.vocabulary import Counting, SaveStatus

__all__ = ["store"]


_SAVE_TRIES: Final = 3


def store(
    work: Work[S],
    slot: WorkingSlot,
    given: Sequencing | None,
    marking: Marked,
    earned: Fraction | None,
    *,
    repeats: Callable[[int], bool] = lambda _: True,
) -> Saved:
    """Store a response, unless a later one is stored.

    Args:
        work: the call.
        slot: the question; locked if `given` is None.
        given: where the response belongs; None for the next sequence.
        marking: the response.
        earned: the fraction that it earns.
        repeats: whether a stored response with this sequence, if it is the same, makes this one a repeated call.
    """
    if given is not None:
        return _saved(slot, given, marking, _stored(work, slot, given, marking, earned))
    # Not a locking read, because the row may not exist (decision 0063): on MariaDB it may be outdated, and the row that
    # is returned instead of storing is not. The attempt is locked, so that no other call takes the same sequence.
    row = work.first(statements.seen_response, slot.of())
    for _ in range(_SAVE_TRIES):
        stored = 0 if row is None else row.sequence
        same = row is not None and is_stored_in(row, slot.question, marking) and repeats(stored)
        position = next_sequence(stored, repeated=same)
        row = _stored(work, slot, position, marking, earned)
        saved = _saved(slot, position, marking, row)
        if saved.status is SaveStatus.STORED:
            return saved
    raise _busy()


def _stored(work: Work[S], slot: WorkingSlot, given: Sequencing, marking: Marked, earned: Fraction | None) -> Row[Any]:
    """Store a response, and return the row that is stored: this one, or the one that it does not replace."""
    facts = slot.facts
    late = lateness.reduced(earned, facts.policy.late_penalty)
    values = {
        "__attempt": facts.attempt_id,
        "__taker": facts.taker,
        "__checksum": facts.checksum,
        "__on_time_until": facts.on_time_until,
        "__now": work.now,
        "__first_page": slot.paper_slot.reach[0],
        "__last_page": slot.paper_slot.reach[1],
        "__slot": slot.number,
        "__revision": slot.paper_slot.question.revision_id,
        "__response": slot.question.written(marking.response),
        "__sequence": given.sequence,
        "__replaces": given.replaces,
        "__picked": marking.picked,
        "__points": scoring.points_of(earned, slot.max_points),
        "__counts": slot.counting is not Counting.IGNORED,
        "__answered": slot.question.canonical(marking.response) is not None,
        "__certainty": marking.certainty,
        "__marker": marking.grade.marker,
        "__late_points": scoring.points_of(late, slot.max_points),
    }
    upsert = statements.upsert_translated if work.is_translated else statements.upsert
    for _ in range(_SAVE_TRIES):
        received, deadline = _received(work, slot, marking)
        stored = work.run(upsert, {**values, "__received": received, "__deadline": deadline}).first()
        if stored is None:
            stored = _stored_instead(work, slot, given)
        if stored is not None:
            return stored
    raise _busy()


def _busy() -> Refused:
    return Refused("attempt_busy", "Other requests are changing the attempt: send the response again")


def _stored_instead(work: Work[S], slot: WorkingSlot, given: Sequencing) -> Row[Any] | None:
    """Return the response that is stored instead, or raise; None if the response can now be stored.

    The attempt is locked before the reason is determined: an extension may have come after the response was refused,
    and then the response is stored after all.
    """
    refuse_page(locked_open(work, slot.facts), slot.paper_slot)
    stored = work.first(statements.stored_response, slot.of())
    return stored if stored is not None and stored.sequence > given.replaces else None


def _received(work: Work[S], slot: WorkingSlot, marking: Marked) -> tuple[datetime, datetime | None]:
    """Return when a response counts as received, and the deadline for being on time if the response is late.

    A response equal to one that was stored on time keeps that time. Only a late response needs this query, and no lock:
    a concurrent extension makes nothing late, and what was stored on time remains so.
    """
    now, on_time = timing.received_at(slot.facts.started_at, work.now), slot.facts.on_time_until
    if timing.is_on_time(now, on_time):
        return now, None
    row = work.first(statements.in_time, slot.of() | {"__taker": slot.facts.taker})
    if row is None or timing.is_on_time(now, row.on_time_until):
        return now, None  # the attempt was extended
    was_on_time = row.received_at is not None and timing.is_on_time(row.received_at, row.on_time_until)
    if was_on_time and is_stored_in(row, slot.question, marking):
        return row.received_at, row.on_time_until
    return now, row.on_time_until


def _saved(slot: WorkingSlot, given: Sequencing, marking: Marked, row: Any) -> Saved:
    same = row.sequence == given.sequence and is_stored_in(row, slot.question, marking)
    return Saved(
        slot=slot.number,
        status=SaveStatus.STORED if same else SaveStatus.STALE,
        sequence=row.sequence,
        response=slot.question.shown(row.response),
        received_at=row.received_at,
        problems=sent_problems(marking.problems),
    )
