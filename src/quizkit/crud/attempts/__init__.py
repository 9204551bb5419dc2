"""Verbs for takers: start, save, check, submit, result. Every one asks who is taking, and answers only for them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy.orm import Session

from quizkit.crud._core.context import S
from quizkit.crud._core.host_columns import NOTHING, Values, Where
from quizkit.crud._core.verbs import VerbGroup, single_statement, verb
from quizkit.crud.attempts import check, explain, find, finish, navigate, papers, results, save, start
from quizkit.schemas import (
    AccessReport,
    AttemptReturn,
    Checked,
    CheckResponse,
    Outcome,
    Page,
    Paper,
    Review,
    Saved,
    SaveResponse,
    TakerGrade,
)
from quizkit.vocabulary import AttemptPurpose

__all__ = ["Attempts"]

_NO_CREDENTIALS: Final[Mapping[str, Any]] = MappingProxyType({})


class Attempts(VerbGroup[S]):
    """Attempts, for takers. Nothing that these verbs return holds a key before it may be shown."""

    @verb
    def start(
        self,
        session: Session,
        quiz_id: uuid.UUID,
        *,
        taker: S,
        assignment_id: uuid.UUID | None = None,
        groups: Iterable[str] = (),
        credentials: Mapping[str, Any] = _NO_CREDENTIALS,
        attempt_id: uuid.UUID | None = None,
        seed: bytes | None = None,
        values: Values = NOTHING,
        now: datetime | None = None,
    ) -> Paper:
        """Start an attempt at a published quiz, or go on with the one that is open.

        Args:
            session: your session, sync or async; it is flushed, never committed.
            quiz_id: the quiz.
            taker: the host's user who takes it.
            assignment_id: the assignment; the one that publishing made unless given, where there are no others.
            groups: your groups that the taker is in, whose overrides hold for them.
            credentials: what your own access check is to see, such as a password.
            attempt_id: an id made by the client; repeating the call with it starts nothing new.
            seed: 16 bytes that determine every draw and every order; random by default.
            values: values for columns that you added, stored if an attempt is created.
            now: the time to store; defaults to the current time.

        Raises:
            NotFound: `quiz_not_found`, `assignment_not_found`.
            Refused: `quiz_not_published`, `quiz_archived`, `assignment_needed`: the quiz has other assignments, and the
                default one was not named, or has no rules of its own; `assignment_archived`, `not_open_yet`, `closed`,
                `no_attempts_left`, `too_soon`, `draw_too_small`, `attempt_id_taken`, `attempt_busy`: this taker's attempts
                change again and again; and what your own check says.
        """
        asking = start.StartRequest(taker, AttemptPurpose.REAL, tuple(groups), credentials)
        return start.start(self._work(session, now), quiz_id, asking, assignment_id, attempt_id, seed, values)

    @single_statement
    def explain_access(
        self,
        session: Session,
        quiz_id: uuid.UUID,
        *,
        taker: S,
        assignment_id: uuid.UUID | None = None,
        groups: Iterable[str] = (),
        credentials: Mapping[str, Any] = _NO_CREDENTIALS,
        now: datetime | None = None,
    ) -> AccessReport:
        """Return what a taker may do now, and for every value the rule that it comes from.

        `refusal` is the code that `start` would refuse with at this moment, `draw_too_small` and your own check's
        included, but for `attempt_id_taken`, which is about an id and not about access. Nothing is written.

        Raises:
            NotFound: `quiz_not_found`, `assignment_not_found`.
            Refused: `quiz_not_published`: there is nothing to have access to yet.
        """
        work = self._work(session, now)
        return explain.explain_access(work, quiz_id, taker, assignment_id, tuple(groups), credentials)

    @single_statement
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
        return save.save(self._work(session, now), attempt_id, data, taker)

    @verb
    def check(
        self, session: Session, attempt_id: uuid.UUID, data: CheckResponse, *, taker: S, now: datetime | None = None
    ) -> Checked:
        """Store one response and mark it now, where the behaviour has checks. It uses a try.

        Sending the same again, with the same `number`, changes nothing and returns what may be shown now. A response
        that is blank, leaves something out or has `problems` (`Question.is_complete`), or in adaptive mode says the
        same as the one before, is stored and uses no try.

        Raises:
            NotFound: `attempt_not_found`, `slot_not_found`.
            Invalid: `response_invalid`.
            Refused: `not_checkable`, `try_number`: this is not the next try; `checks_used`: the question was checked a
                hundred times, or its checked responses are too long together; `response_stale`: one with a later
                `sequence` is stored; and what `save` refuses.
        """
        return check.check(self._work(session, now), attempt_id, data, taker)

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
        return check.try_again(self._work(session, now), attempt_id, slot, taker)

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
        navigate.flag(self._work(session, now), attempt_id, slot, taker, flagged=flagged)

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
        return navigate.visit(self._work(session, now), attempt_id, slot, taker)

    @verb
    def submit(
        self,
        session: Session,
        attempt_id: uuid.UUID,
        *,
        taker: S,
        responses: Iterable[SaveResponse] = (),
        now: datetime | None = None,
    ) -> Outcome:
        """Finish an attempt and return its result; submitting again returns the same.

        `responses` are saved first, under the lock under which the attempt is finished. What became of each stands in
        `sent` of what is returned; one that is refused, as `save` would, takes nothing from the others and is no reason
        not to finish. An attempt that is overdue is finished with what is stored, at the time it was due.

        Raises:
            NotFound: `attempt_not_found`.
        """
        return finish.submit(self._work(session, now), attempt_id, taker, list(responses))

    @single_statement
    def result(self, session: Session, attempt_id: uuid.UUID, *, taker: S, now: datetime | None = None) -> Outcome:
        """Return the result of a finished attempt, cut to what may be shown now. An overdue one is finished first.

        Raises:
            NotFound: `attempt_not_found`.
            Refused: `attempt_open`.
        """
        return finish.result(self._work(session, now), attempt_id, taker)

    @single_statement
    def review(self, session: Session, attempt_id: uuid.UUID, *, taker: S, now: datetime | None = None) -> Review:
        """Return what may be seen of each question now: of an open attempt what checks have shown, of a finished one its result.

        Raises:
            NotFound: `attempt_not_found`.
        """
        return results.review(self._work(session, now), attempt_id, taker)

    @single_statement
    def grade(
        self,
        session: Session,
        quiz_id: uuid.UUID,
        *,
        taker: S,
        assignment_id: uuid.UUID | None = None,
        now: datetime | None = None,
    ) -> TakerGrade | None:
        """Return what this taker's attempts are worth together; None before the first, and while marks are not shown.

        It is shown when the marks of every attempt that makes it are.

        Raises:
            NotFound: `quiz_not_found`, `assignment_not_found`.
            Refused: `assignment_needed`: the quiz has other assignments than the default one; say which.
        """
        return results.grade_of_taker(self._work(session, now), quiz_id, taker, assignment_id)

    @single_statement
    def get(
        self, session: Session, attempt_id: uuid.UUID, *, taker: S, now: datetime | None = None
    ) -> AttemptReturn[S]:
        """Return an attempt of this taker's, with its state as of now.

        Raises:
            NotFound: `attempt_not_found`; also for an attempt of somebody else's.
        """
        return find.get_attempt(self._work(session, now), attempt_id, taker)

    @single_statement
    def page(
        self,
        session: Session,
        *,
        taker: S,
        quiz_id: uuid.UUID | None = None,
        where: Where = (),
        after: uuid.UUID | None = None,
        limit: int = 50,
        now: datetime | None = None,
    ) -> Page[AttemptReturn[S]]:
        """Return this taker's attempts in the order of their ids, at one quiz or at all.

        `where` adds your own conditions, such as `[Attempt.room == "A"]`.
        """
        return find.page_of_attempts(self._work(session, now), taker, quiz_id, where, after, limit)

    @single_statement
    def paper(self, session: Session, attempt_id: uuid.UUID, *, taker: S, now: datetime | None = None) -> Paper:
        """Return what the taker has in front of them, with the responses that are stored.

        Raises:
            NotFound: `attempt_not_found`.
        """
        return papers.paper(self._work(session, now), attempt_id, taker)

    @single_statement
    def paper_json(self, session: Session, attempt_id: uuid.UUID, *, taker: S, now: datetime | None = None) -> bytes:
        """Return the paper as JSON in UTF-8, ready to send: what `paper` returns, and cheaper.

        Raises:
            NotFound: `attempt_not_found`.
        """
        return papers.paper(self._work(session, now), attempt_id, taker).model_dump_json().encode()
