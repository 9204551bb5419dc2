"""What takers do to the questions of an open attempt: save, check, try again, flag, turn to."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from typing import Any, Final, TypeVar

from sqlalchemy import Row
from sqlalchemy.orm import Session

from quizkit.crud._core.clock import moment
from quizkit.crud._core.context import S
from quizkit.crud._core.verbs import lone_verb, verb
from quizkit.crud.attempts import cached
from quizkit.crud.attempts import response_statements as answers
from quizkit.crud.attempts import statements as rows
from quizkit.crud.attempts.loading import no_attempt, sequential_pages
from quizkit.crud.attempts.marking import (
    Answered,
    Marked,
    did,
    hint_of,
    history,
    is_same,
    marked,
    reviewed,
    standing_of,
    told_problems,
)
from quizkit.crud.attempts.published import Opened, Seat
from quizkit.crud.attempts.release import Looking, shown_during
from quizkit.crud.questions.contained import Contained
from quizkit.errors import Invalid, NotFound, Problem, QuizkitError, Refused
from quizkit.questions import Response
from quizkit.rules import behaviours, lateness, navigation, scoring, timing
from quizkit.schemas import Checked, CheckResponse, Paper, ReviewedQuestion, Saved, SaveResponse
from quizkit.sessions import refuse_autocommit
from quizkit.vocabulary import Action, AttemptState, Certainty, Counting, ReviewItem, SaveStatus, TryState

__all__ = ["Trying"]

T = TypeVar("T")

_SAVE_TRIES = 3
MOST_CHECKED: Final = 200_000
"""How long all checked responses to one question are together, as JSON."""


@dataclass(frozen=True, slots=True)
class _Desk:
    """One question of an attempt that is being worked on.

    Attributes:
        opened: what is known of the attempt.
        seat: where the question stands.
        question: what it asks.
        notes: those of the attempt, with how many tries each slot has had; None where the attempt is not locked.
    """

    opened: Opened
    seat: Seat
    question: Contained
    notes: Mapping[str, Any] | None


class Trying(Looking[S]):
    """Working on an open attempt."""

    # ------------------------------------------------------------------ save

    @lone_verb
    def save(
        self, session: Session, attempt_id: uuid.UUID, data: SaveResponse, *, taker: S, now: datetime | None = None
    ) -> Saved:
        """Store one response, and mark it. A later `sequence` wins; sending the same again changes nothing.

        What cannot be marked as it is, such as an order that is half done, is stored as it was typed: `problems` of
        what is returned says why, and what can be marked of it counts.

        Raises:
            NotFound: `attempt_not_found`, `slot_not_found`.
            Invalid: `response_invalid`: it is of another shape than its question's type, or out of bounds.
            Refused: `attempt_submitted`, `attempt_overdue`, `attempt_busy`: its end is moved again and again;
                `page_left`, `page_ahead`, `previous_first`, `question_finished`, `try_again_first`, `not_answerable`.
        """
        return self._save(session, attempt_id, data, taker, moment(now))

    def _save(self, session: Session, attempt_id: uuid.UUID, data: SaveResponse, taker: S, at: datetime) -> Saved:
        def save(opened: Opened) -> Saved:
            return self._save_to(session, opened, data, at)

        return self._with_opened(session, attempt_id, taker, save)

    def _with_opened(self, session: Session, attempt_id: uuid.UUID, taker: S, work: Callable[[Opened], T]) -> T:
        """Do something with what is known of an attempt; if that fails, look whether it still is as it was known."""
        known = self._context.caches.of(cached.OPENED).get((self._tenant, attempt_id))
        if known is not None and known.taker == taker:
            try:
                return work(known)
            except QuizkitError:
                # Is it refused because of what is known of the attempt, which may have been rolled back since?
                self._context.caches.of(cached.OPENED).drop((self._tenant, attempt_id))
                fresh = self._facts(self._mine(session, attempt_id, taker))
                if fresh == known:
                    raise
        else:
            fresh = self._facts(self._mine(session, attempt_id, taker))
        return work(self._context.caches.of(cached.OPENED).put((self._tenant, attempt_id), fresh, fresh.weight))

    def _save_to(self, session: Session, opened: Opened, data: SaveResponse, at: datetime) -> Saved:
        seat = self._seat(session, opened, data.slot)
        if opened.policy.checks:
            refuse_autocommit(session, self._models.attempt)
            locked = self._locked_open(session, opened, at)
            _refuse_page(locked, seat)
            return self._save_at(session, self._desk(session, opened, seat, locked.notes), data, at)
        try:
            return self._save_at(session, self._desk(session, opened, seat), data, at)
        except (Invalid, Refused):
            # What is wrong with a response tells of a question that is not in front of the taker.
            _refuse_page(self._locked_open(session, opened, at), seat)
            raise

    def _save_at(self, session: Session, desk: _Desk, data: SaveResponse, at: datetime) -> Saved:
        opened = desk.opened
        one = marked(desk.question, desk.question.read(data.response), tried=opened.policy.checks)
        certainty = self._certainty(opened, data)
        self._refuse_order(session, desk)
        worth = one.grade.fraction
        if opened.policy.checks:
            worth = self._worth_now(session, desk, one, certainty, data)
        elif behaviours.asks_certainty(opened.policy.behaviour):
            worth = _if_finished(desk, [did(Action.SAVE, desk.question, one, certainty)])
        return self._stored(session, desk, data, one, certainty, worth, at)

    def _worth_now(
        self,
        session: Session,
        desk: _Desk,
        one: Marked,
        certainty: Certainty | None,
        data: SaveResponse,
    ) -> Fraction | None:
        """Return what a response is worth if the attempt is finished with it, after the tries that there were."""
        events = self._tries(session, desk, data.slot)
        before = history(desk.question, events)
        at_now = behaviours.fold(_policy(desk), before)
        last = max((event.sequence for event in events if event.sequence is not None), default=0)
        if data.sequence > last:
            _refuse_finished(at_now)
        return _if_finished(desk, [*before, did(Action.SAVE, desk.question, one, certainty)])

    def _stored(
        self,
        session: Session,
        desk: _Desk,
        data: SaveResponse,
        one: Marked,
        certainty: Certainty | None,
        worth: Fraction | None,
        at: datetime,
    ) -> Saved:
        """Store a response, unless a later one is stored."""
        late = lateness.reduced(worth, desk.opened.policy.late_penalty)
        values = {
            "_attempt": desk.opened.attempt_id,
            "_taker": desk.opened.taker,
            "_checksum": desk.opened.checksum,
            "_on_time_until": desk.opened.on_time_until,
            "_now": at,
            "_first_page": desk.seat.reach[0],
            "_last_page": desk.seat.reach[1],
            "_slot": data.slot,
            "_revision": desk.seat.asked.revision_id,
            "_response": desk.question.written(one.response),
            "_sequence": data.sequence,
            "_picked": one.picked,
            "_points": scoring.points_of(worth, desk.seat.slot.worth),
            "_counts": desk.seat.slot.counting is not Counting.IGNORED,
            "_certainty": certainty,
            "_marker": one.grade.marker,
            "_late_points": scoring.points_of(late, desk.seat.slot.worth),
        }
        for _ in range(_SAVE_TRIES):
            received, deadline = self._received(session, desk, data.slot, one, certainty, at)
            kept = self._run(session, answers.save, {**values, "_received": received, "_deadline": deadline}).first()
            if kept is None:
                kept = self._instead(session, desk, data, at)
            if kept is not None:
                return _saved(desk, data, one, certainty, kept)
        raise Refused("attempt_busy", "The attempt changes too often at this moment: send it again")

    def _instead(self, session: Session, desk: _Desk, data: SaveResponse, at: datetime) -> Row[Any] | None:
        """Return what is stored instead of a response, or refuse; None where nothing stands against it any more.

        The attempt is locked before it is asked why: more time may have been given since the response was refused, and
        then it is stored after all.
        """
        locked = self._locked_open(session, desk.opened, at)
        _refuse_page(locked, desk.seat)
        stored = self._first(session, answers.stored_response, _of(desk, data.slot))
        return stored if stored is not None and stored.sequence >= data.sequence else None

    def _received(
        self, session: Session, desk: _Desk, slot: int, one: Marked, certainty: Certainty | None, at: datetime
    ) -> tuple[datetime, datetime | None]:
        """Return when a response counts as received, and the last moment that is on time if it comes after that.

        What says the same as what was stored in time was said then. Only who is late looks, and needs no lock for it:
        more time that is given meanwhile makes nothing late, and what was stored in time was, whatever follows.
        """
        now, on_time = timing.received_at(desk.opened.started_at, at), desk.opened.on_time_until
        if on_time is None or now <= on_time:
            return now, None
        row = self._first(session, answers.in_time, _of(desk, slot) | {"_taker": desk.opened.taker})
        if row is None or row.on_time_until is None or now <= row.on_time_until:
            return now, None  # there was more time given
        again = row.received_at is not None and row.received_at <= row.on_time_until and row.certainty == certainty
        if again and is_same(desk.question, row.response, one.response):
            return row.received_at, row.on_time_until
        return now, row.on_time_until

    # ------------------------------------------------------------------ check

    @verb
    def check(
        self, session: Session, attempt_id: uuid.UUID, data: CheckResponse, *, taker: S, now: datetime | None = None
    ) -> Checked:
        """Store one response and mark it now, where the behaviour has checks. It uses a try.

        Sending the same again, with the same `number`, changes nothing and returns what may be shown now. A response
        that is blank, leaves something out or has `problems` (`Question.is_complete`), or in adaptive mode says the same
        as the one before, is stored and uses no try.

        Raises:
            NotFound: `attempt_not_found`, `slot_not_found`.
            Invalid: `response_invalid`.
            Refused: `not_checkable`, `try_number`: this is not the next try; `checks_used`: the question was checked a
                hundred times, or its checked responses are too long together; `response_stale`: one with a later
                `sequence` is stored; and what `save` refuses.
        """
        at = moment(now)

        def check(opened: Opened) -> Checked:
            return self._check_of(session, opened, data, at)

        return self._with_opened(session, attempt_id, taker, check)

    def _check_of(self, session: Session, opened: Opened, data: CheckResponse, at: datetime) -> Checked:
        _refuse_uncheckable(opened)
        seat = self._seat(session, opened, data.slot)
        locked = self._locked_open(session, opened, at)
        _refuse_page(locked, seat)
        desk = self._desk(session, opened, seat, locked.notes)
        one = marked(desk.question, desk.question.read(data.response), tried=opened.policy.checks)
        certainty = self._certainty(opened, data)
        self._refuse_order(session, desk)
        events = self._tries(session, desk, data.slot)
        said = desk.question.written(one.response)
        if any(_is_again(desk, event, data, one.response) for event in events):
            return self._checked(session, desk, counted=True)
        before = history(desk.question, events)
        standing = behaviours.fold(_policy(desk), before)
        _refuse_finished(standing)
        if data.number != standing.tries + 1:
            raise Refused("try_number", "This is not the next try", next=standing.tries + 1)
        _refuse_used_up(desk, standing, [event.response for event in events], said)
        action = did(Action.CHECK, desk.question, one, certainty)
        after = behaviours.fold(_policy(desk), [*before, action])
        worth = _if_finished(desk, [*before, action])
        kept = self._stored(session, desk, data, one, certainty, worth, at)
        if kept.status is SaveStatus.STALE:
            raise Refused("response_stale", "A later response is stored", stored=kept.sequence)
        counted = after.tries > standing.tries
        if counted:
            trial = {"sequence": data.sequence, "response": said, "certainty": certainty, "worth": worth}
            grade = {
                "fraction": one.grade.fraction,
                "parts": None if action.parts is None else {part: str(share) for part, share in action.parts.items()},
                "marker": one.grade.marker,
                "trace": desk.question.trace_of(one.grade),
            }
            desk = self._append(session, desk, Action.CHECK, after.tries, at, {**trial, **grade})
        return self._checked(session, desk, counted=counted, problems=one.problems)

    @verb
    def try_again(
        self, session: Session, attempt_id: uuid.UUID, *, slot: int, taker: S, now: datetime | None = None
    ) -> Checked:
        """Go on with a question after a hint was read. Where there is nothing to go on with, it changes nothing.

        If the hint clears what was wrong, the stored response is then what was right of it, one `sequence` later.

        Raises:
            NotFound: `attempt_not_found`, `slot_not_found`.
            Refused: `attempt_submitted`, `attempt_overdue`, `not_checkable`.
        """
        at = moment(now)
        opened = self._facts(self._mine(session, attempt_id, taker))
        _refuse_uncheckable(opened)
        seat = self._seat(session, opened, slot)
        locked = self._locked_open(session, opened, at)
        _refuse_page(locked, seat)
        desk = self._desk(session, opened, seat, locked.notes)
        events = self._tries(session, desk, slot)
        before = history(desk.question, events)
        standing = behaviours.fold(_policy(desk), before)
        if standing.state is TryState.TRY_AGAIN:
            desk = self._append(session, desk, Action.TRY_AGAIN, standing.tries, at, {})
            hint = hint_of(desk.question, standing)
            if hint is not None and hint.clear_wrong and self._may_tell_right(session, opened):
                self._clear_wrong(session, desk, [*before, behaviours.Did(Action.TRY_AGAIN)], at)
        return self._checked(session, desk, counted=False)

    def _may_tell_right(self, session: Session, opened: Opened) -> bool:
        """Return whether takers may know now what is right: what is left of a response tells it."""
        return ReviewItem.CORRECTNESS in shown_during(self._mine(session, opened.attempt_id, opened.taker))

    def _clear_wrong(self, session: Session, desk: _Desk, before: list[behaviours.Did], at: datetime) -> None:
        """Store what is right of the response that was checked, as if the taker had saved it."""
        stored = self._first(session, answers.response_of_slot, _of(desk, desk.seat.number))
        if stored is None:
            return
        try:
            checked = desk.question.read(stored.response)
        except Invalid:  # its type has become another: nothing is known to be wrong
            return
        right = desk.question.right_part(checked)
        if right is None or desk.question.canonical(right.response) == desk.question.canonical(checked):
            return
        one = marked(desk.question, right.response, tried=True)
        response = desk.question.written(right.response)
        data = SaveResponse(slot=desk.seat.number, sequence=stored.sequence + 1, response=response)
        worth = _if_finished(desk, [*before, did(Action.SAVE, desk.question, one, None)])
        self._stored(session, desk, data, one, None, worth, at)

    def _append(
        self, session: Session, desk: _Desk, action: Action, tries: int, at: datetime, more: dict[str, Any]
    ) -> _Desk:
        """Append a try, and note in the locked attempt how many there are; return the desk with that."""
        slot = desk.seat.number
        made = _made(desk, slot) + 1
        blank = dict.fromkeys(("sequence", "response", "certainty", "fraction", "worth", "parts", "marker", "trace"))
        row = {
            "attempt_id": desk.opened.attempt_id,
            "slot": slot,
            "number": made,
            "action": action.value,
            "tries": tries,
            "received_at": timing.received_at(desk.opened.started_at, at),
        }
        self._run(session, answers.insert_try, {**blank, **row, **more})
        notes = self._note(session, desk.opened, _notes(desk), slot, {"tries": made})
        return replace(desk, notes=notes)

    def _tries(self, session: Session, desk: _Desk, slot: int) -> list[Row[Any]]:
        """Return the tries of a slot of an attempt that is locked."""
        numbers = list(range(1, _made(desk, slot) + 1))
        if not numbers:
            return []
        return list(self._run(session, answers.tries_of_slot, {**_of(desk, slot), "_numbers": numbers}))

    def _checked(self, session: Session, desk: _Desk, *, counted: bool, problems: Iterable[Problem] = ()) -> Checked:
        """Return what may be shown of a question now."""
        of = _of(desk, desk.seat.number)
        stored = self._first(session, answers.response_of_slot, of)
        tries = tuple(self._tries(session, desk, desk.seat.number))
        return Checked(
            counted=counted,
            sequence=stored.sequence if stored is not None else 0,
            question=self._reviewed_during(session, desk, Answered(stored, tries, finished=False)),
            problems=told_problems(problems),
        )

    def _reviewed_during(self, session: Session, desk: _Desk, answered: Answered) -> ReviewedQuestion:
        row = self._mine(session, desk.opened.attempt_id, desk.opened.taker)
        shown = shown_during(row)
        return reviewed(desk.seat, desk.opened, {desk.seat.asked.revision_id: desk.question}, answered, shown)

    # ------------------------------------------------------------------ flags and pages

    @verb
    def flag(
        self,
        session: Session,
        attempt_id: uuid.UUID,
        *,
        slot: int,
        taker: S,
        flagged: bool = True,
        now: datetime | None = None,
    ) -> None:
        """Put the taker's flag on a question, to find it again, or take it off.

        Raises:
            NotFound: `attempt_not_found`, `slot_not_found`.
            Refused: `attempt_submitted`, `attempt_overdue`.
        """
        opened = self._facts(self._mine(session, attempt_id, taker))
        _refuse_slot(opened, slot)
        locked = self._locked_open(session, opened, moment(now))
        self._note(session, opened, locked.notes, slot, {"flagged": flagged})

    @verb
    def visit(
        self, session: Session, attempt_id: uuid.UUID, *, slot: int, taker: S, now: datetime | None = None
    ) -> Paper:
        """Turn to the page of a question and start its clock; the clock of the one before stops.

        Raises:
            NotFound: `attempt_not_found`, `slot_not_found`.
            Refused: `page_left`, `page_ahead`: a sequential section has no such way; `attempt_submitted`,
                `attempt_overdue`.
        """
        at = moment(now)
        row = self._mine(session, attempt_id, taker)
        opened = self._facts(row)
        _refuse_slot(opened, slot)
        page = opened.paper[slot - 1].page
        locked = self._locked_open(session, opened, at)
        if not navigation.may_turn(sequential_pages(opened, self._sheet(session, opened)), locked.current_page, page):
            raise _no_way(locked.current_page, page)
        since = timing.received_at(opened.started_at, at)
        front = {"_current_page": page, "_current_slot": slot, "_current_since": since}
        self._note(session, opened, locked.notes, locked.current_slot, _spent(locked, since), **front)
        return self._paper(session, self._mine(session, attempt_id, taker, rows.mine_now), at)

    def _note(
        self,
        session: Session,
        opened: Opened,
        before: Mapping[str, Any],
        slot: int | None,
        new: dict[str, Any],
        **front: Any,
    ) -> Mapping[str, Any]:
        """Add something about a slot to the notes; the attempt is locked, so that nothing of another tab is lost."""
        notes = dict(before)
        if slot is not None:
            notes[str(slot)] = {**notes.get(str(slot), {}), **new}
        whose = {"_attempt": opened.attempt_id, "_taker": opened.taker}
        self._run(session, rows.turn if front else rows.note, {**whose, **front, "_notes": notes})
        return notes

    # ------------------------------------------------------------------ shared

    def _seat(self, session: Session, opened: Opened, slot: int) -> Seat:
        _refuse_slot(opened, slot)
        return self._seats(session, opened, [slot])[slot]

    def _desk(self, session: Session, opened: Opened, seat: Seat, notes: Mapping[str, Any] | None = None) -> _Desk:
        question = self._keys(session, opened, [seat])[seat.asked.revision_id]
        if not question.answerable:
            raise Refused("not_answerable", "There is nothing to answer here")
        return _Desk(opened, seat, question, notes)

    def _locked_open(self, session: Session, opened: Opened, at: datetime) -> Row[Any]:
        """Return the attempt, locked, if it is open and in time."""
        values = {"_attempt": opened.attempt_id, "_taker": opened.taker}
        row = self._first(session, rows.lock, values)
        _refuse_closed(row, opened, at)
        if row is None:
            raise no_attempt()
        return row

    @staticmethod
    def _certainty(opened: Opened, data: SaveResponse) -> Certainty | None:
        if not behaviours.asks_certainty(opened.policy.behaviour):
            return None
        return data.certainty or Certainty.LOW

    def _refuse_order(self, session: Session, desk: _Desk) -> None:
        """Refuse a question that requires the one before it, until that is answered, or over where it can be checked."""
        before = desk.seat.number - 1
        if not desk.seat.slot.requires_previous or before < 1:
            return
        seat = self._seats(session, desk.opened, [before])[before]
        question = self._keys(session, desk.opened, [seat])[seat.asked.revision_id]
        if not question.answerable:
            return
        of = {"_attempt": desk.opened.attempt_id, "_slot": before}
        stored = self._first(session, answers.response_of_slot, of)
        tries = tuple(self._tries(session, desk, before)) if desk.opened.policy.checks else ()
        standing, response, _ = standing_of(question, desk.opened, Answered(stored, tries, finished=False))
        answered = response is not None and question.canonical(response) is not None
        if desk.opened.policy.checks:
            # In adaptive mode nothing is over before the attempt is; whether a check was right must not tell here.
            checked = behaviours.is_adaptive(desk.opened.policy.behaviour) and standing.tries > 0
            answered = standing.state.finished or standing.state is TryState.COMPLETE or checked
        if not answered:
            raise Refused("previous_first", "The question before this one comes first", slot=before)


def _spent(locked: Row[Any], until: datetime) -> dict[str, Any]:
    """Return the time that the slot in front of the taker has had, by the server's clock."""
    if locked.current_slot is None or locked.current_since is None:
        return {}
    before = locked.notes.get(str(locked.current_slot), {}).get("spent", 0)
    return {"spent": before + max(0, (until - locked.current_since) // timing.MICROSECOND)}


def _policy(desk: _Desk) -> behaviours.Policy:
    return desk.opened.policy.trying(len(desk.question.hints))


def _refuse_used_up(desk: _Desk, standing: behaviours.Standing, checked: Iterable[Any], said: Any) -> None:
    """Refuse one check more of a question than are kept: each is kept for good, and shown in every review."""
    most = _policy(desk).most_checks
    held = sum(len(json.dumps(one)) for one in [*checked, said])
    if standing.tries and (standing.tries >= most or held > MOST_CHECKED):
        raise Refused("checks_used", "The question was checked as often as it can be", most=most)


def _if_finished(desk: _Desk, done: list[behaviours.Did]) -> Fraction | None:
    """Return what a question is worth if nothing more is done to it."""
    return behaviours.fold(_policy(desk), [*done, behaviours.Did(Action.FINISH)]).fraction


def _made(desk: _Desk, slot: int) -> int:
    """Return how many tries a slot has had."""
    return int(_notes(desk).get(str(slot), {}).get("tries", 0))


def _notes(desk: _Desk) -> Mapping[str, Any]:
    assert desk.notes is not None  # whoever asks for tries has locked the attempt
    return desk.notes


def _of(desk: _Desk, slot: int) -> dict[str, Any]:
    return {"_attempt": desk.opened.attempt_id, "_slot": slot}


def _is_again(desk: _Desk, event: Any, data: CheckResponse, response: Response) -> bool:
    this = event.action == Action.CHECK and event.tries == data.number
    return this and is_same(desk.question, event.response, response)


def _saved(desk: _Desk, data: SaveResponse, one: Marked, certainty: Certainty | None, row: Any) -> Saved:
    said = is_same(desk.question, row.response, one.response)
    same = said and row.sequence == data.sequence and row.certainty == certainty
    return Saved(
        slot=data.slot,
        status=SaveStatus.STORED if same else SaveStatus.STALE,
        sequence=row.sequence,
        response=row.response,
        received_at=row.received_at,
        problems=told_problems(one.problems),
    )


def _refuse_slot(opened: Opened, slot: int) -> None:
    if not 1 <= slot <= len(opened.paper):
        raise NotFound("slot_not_found", "The paper has no such slot")


def _refuse_closed(row: Any, opened: Opened, at: datetime) -> None:
    if row is None or not opened.is_of(row):
        raise no_attempt()  # not the one that was known: `_with_opened` looks again
    if row.state != AttemptState.OPEN:
        raise Refused("attempt_submitted", "The attempt is submitted and takes no more answers")
    if timing.state_at(AttemptState.OPEN, row.accepts_until, at) is AttemptState.OVERDUE:
        raise Refused("attempt_overdue", "The time is over; the attempt takes no more answers")


def _refuse_uncheckable(opened: Opened) -> None:
    if not opened.policy.checks:
        raise Refused("not_checkable", "This attempt is marked when it is finished, and not before")


def _refuse_page(row: Any, seat: Seat) -> None:
    if not seat.within(row.current_page):
        raise _no_way(row.current_page, seat.entry.page)


def _no_way(current: int, page: int) -> Refused:
    if page < current:
        return Refused("page_left", "There is no way back to this page")
    return Refused("page_ahead", "The pages before this one come first")


def _refuse_finished(standing: behaviours.Standing) -> None:
    if standing.state.finished:
        raise Refused("question_finished", "The question takes no more answers")
    if standing.state is TryState.TRY_AGAIN:
        raise Refused("try_again_first", "The hint comes first: try again")
