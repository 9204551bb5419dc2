"""Verbs for takers: start, save, check, submit, result. Each requires the taker, and returns only that taker's data."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy.orm import Session

from quizkit.crud._core.anonymous import Anonymous
from quizkit.crud._core.clock import NewId
from quizkit.crud._core.context import S
from quizkit.crud._core.host_columns import NOTHING, Columns, Values, Where
from quizkit.crud._core.verbs import VerbGroup, reading, single_statement, verb
from quizkit.vocabulary import AttemptPurpose

if TYPE_CHECKING:  # a schema is loaded at its first use (decision 0072)
    from quizkit.schemas import (
        AccessReport,
        AttemptReturn,
        Checked,
        CheckResponse,
        Claimed,
        Flagged,
        Outcome,
        Page,
        Paper,
        Review,
        Saved,
        SaveResponse,
        TakerGrade,
    )

__all__ = ["Attempts"]

_NO_CREDENTIALS: Final[Mapping[str, Any]] = MappingProxyType({})


class Attempts(VerbGroup[S]):
    """Attempts, for takers. These verbs never return a key before it may be shown."""

    @verb
    def start(
        self,
        session: Session,
        quiz_id: uuid.UUID | None = None,
        *,
        taker: S | Anonymous,
        assignment_id: uuid.UUID | None = None,
        groups: Iterable[str] = (),
        credentials: Mapping[str, Any] = _NO_CREDENTIALS,
        attempt_id: uuid.UUID | None = None,
        seed: bytes | None = None,
        values: Values = NOTHING,
        now: datetime | None = None,
        new_id: NewId | None = None,
    ) -> Paper:
        """Start an attempt at a published quiz, or continue the open one.

        Args:
            session: your session, sync or async; it is flushed, never committed.
            quiz_id: the quiz; it may be left out beside `assignment_id`.
            taker: the host's user who takes the quiz.
            assignment_id: the assignment; defaults to the one that publishing created, if there are no others.
            groups: the host's groups of the taker, whose overrides apply.
            credentials: data for your own access check, such as a password.
            attempt_id: an id made by the client; repeating the call with it starts nothing new.
            seed: 16 bytes that determine every draw and every order; random by default.
            values: values for columns that you added, stored if an attempt is created.
            now: the time to store; defaults to the current time.
            new_id: generates new ids; defaults to UUID version 7.

        Raises:
            NotFound: `quiz_not_found`, `assignment_not_found`.
            Refused: `quiz_not_published`, `quiz_archived`; `assignment_needed`: the quiz has other assignments, and the
                call did not name the default one, or the default one has no rules of its own; `assignment_archived`,
                `not_open_yet`, `closed`, `no_attempts_left`, `already_passed`, `too_soon`, `draw_too_small`, `attempt_id_taken`;
                `attempt_busy`: other calls keep changing this taker's attempts; and the codes of your own check.
            UsageError: `quiz_or_assignment`: neither is given; `seed_length`.
        """
        from quizkit.crud.attempts import start

        work, whose = self._work_of(session, taker, now, new_id)
        request = start.StartRequest(
            quiz_id=quiz_id,
            taker=whose,
            purpose=AttemptPurpose.REAL,
            assignment_id=assignment_id,
            groups=tuple(groups),
            credentials=credentials,
            attempt_id=attempt_id,
            seed=seed,
            values=values,
            pseudonym=taker.pseudonym if isinstance(taker, Anonymous) else None,
        )
        return start.start(work, request)

    @verb
    def claim(self, session: Session, *, taker: S, anonymous: Anonymous, now: datetime | None = None) -> Claimed:
        """Make a user the taker of all attempts of an anonymous taker, finished or open, with their grades.

        From then on the token opens none of them. Claiming them again as the same user changes nothing.

        Raises:
            NotFound: `token_not_found`: there are no such attempts, or another user has claimed them.
            Refused: `claim_conflict`: the user already has attempts in one of the assignments; nothing is claimed.
        """
        from quizkit.crud.attempts import claim

        return claim.claim(self._work(session, now), anonymous, taker)

    @reading
    def explain_access(
        self,
        session: Session,
        quiz_id: uuid.UUID | None = None,
        *,
        taker: S | Anonymous,
        assignment_id: uuid.UUID | None = None,
        groups: Iterable[str] = (),
        credentials: Mapping[str, Any] = _NO_CREDENTIALS,
        now: datetime | None = None,
    ) -> AccessReport:
        """Return what a taker may do now, and for every value the rule that it comes from. Nothing is written.

        `refusal` is the code with which `start` would refuse now, including `draw_too_small` and your own check's
        codes. It is never `attempt_id_taken` or `attempt_busy`, which do not concern access.

        Raises:
            NotFound: `quiz_not_found`, `assignment_not_found`.
            Refused: `quiz_not_published`: there is nothing to access yet.
        """
        from quizkit.crud.attempts import explain_access

        work, whose = self._work_of(session, taker, now)
        return explain_access.explain_access(work, quiz_id, whose, assignment_id, tuple(groups), credentials)

    @single_statement
    def save(
        self,
        session: Session,
        attempt_id: uuid.UUID,
        data: SaveResponse,
        *,
        taker: S | Anonymous,
        now: datetime | None = None,
    ) -> Saved:
        """Store and mark one response. A greater `sequence` wins; sending the same response again changes nothing.

        With `based_on`, the response is stored only if nothing later than that is stored. Without either, it is stored
        with the next sequence; this locks the attempt, and needs a transaction.

        A response that cannot be marked as it is, such as an incomplete order, is stored as typed. `problems` in the
        result tells why, and the part that can be marked counts.

        Raises:
            NotFound: `attempt_not_found`, `slot_not_found`.
            Invalid: `response_invalid`: the response does not have the shape of its question type, or is out of bounds.
            Refused: `attempt_submitted`, `attempt_overdue`; `attempt_busy`: other calls keep moving the deadline;
                `page_left`, `page_ahead`, `previous_first`, `question_finished`, `try_again_first`, `not_answerable`.
        """
        from quizkit.crud.attempts import save

        return save.save(*self._work_of(session, taker, now), attempt_id, data)

    @verb
    def check(
        self,
        session: Session,
        attempt_id: uuid.UUID,
        data: CheckResponse,
        *,
        taker: S | Anonymous,
        now: datetime | None = None,
    ) -> Checked:
        """Store one response and mark it now, if the behaviour has checks. This uses a try.

        Sending the same response again, with the same `number`, changes nothing and returns what may be shown now;
        without a number, also while it is the last thing that was done with the question. Some
        responses are stored without using a try: one that is blank, incomplete or has `problems`
        (`Question.is_complete`), and in adaptive mode one that equals the previous response.

        Raises:
            NotFound: `attempt_not_found`, `slot_not_found`.
            Invalid: `response_invalid`.
            Refused: `not_checkable`; `try_number`: this is not the next try; `checks_used`: the question was checked a
                hundred times, or its checked responses are too long in total; `check_too_soon`: the time between two
                checks has not passed; `response_stale`: a response with a greater `sequence` is stored; and the codes
                of `save`.
        """
        from quizkit.crud.attempts import check

        return check.check(*self._work_of(session, taker, now), attempt_id, data)

    @verb
    def try_again(
        self, session: Session, attempt_id: uuid.UUID, *, taker: S | Anonymous, slot: int, now: datetime | None = None
    ) -> Checked:
        """Continue with a question after reading its hint. If the question is not waiting for that, nothing changes.

        If the hint clears what was wrong, the correct part of the response is stored, with the next `sequence`.

        Raises:
            NotFound: `attempt_not_found`, `slot_not_found`.
            Refused: `not_checkable`, `not_answerable`, `attempt_submitted`, `attempt_overdue`, `page_left`, `page_ahead`.
        """
        from quizkit.crud.attempts import try_again

        return try_again.try_again(*self._work_of(session, taker, now), attempt_id, slot)

    @verb
    def flag(
        self,
        session: Session,
        attempt_id: uuid.UUID,
        *,
        taker: S | Anonymous,
        slot: int,
        flagged: bool = True,
        now: datetime | None = None,
    ) -> Flagged:
        """Set or remove the taker's flag on a question, by which they find it again; return all their flags.

        Raises:
            NotFound: `attempt_not_found`, `slot_not_found`.
            Refused: `attempt_submitted`, `attempt_overdue`.
        """
        from quizkit.crud.attempts import flag

        return flag.flag(*self._work_of(session, taker, now), attempt_id, slot, flagged=flagged)

    @verb
    def visit(
        self, session: Session, attempt_id: uuid.UUID, *, taker: S | Anonymous, slot: int, now: datetime | None = None
    ) -> Paper:
        """Go to the page of a question and start its clock; the clock of the previous question stops.

        Raises:
            NotFound: `attempt_not_found`, `slot_not_found`.
            Refused: `page_left`, `page_ahead`: a sequential section does not allow it; `attempt_submitted`,
                `attempt_overdue`.
        """
        from quizkit.crud.attempts import visit

        return visit.visit(*self._work_of(session, taker, now), attempt_id, slot)

    @verb
    def submit(
        self,
        session: Session,
        attempt_id: uuid.UUID,
        *,
        taker: S | Anonymous,
        responses: Iterable[SaveResponse] = (),
        now: datetime | None = None,
    ) -> Outcome:
        """Finish an attempt and return its result; submitting again returns the same result.

        `responses` are saved first, under the same lock that finishes the attempt. `sent` in the result has the status
        of each response. A response that `save` would refuse affects neither the others nor the submission. An overdue
        attempt is finished with the stored responses, as of its deadline.

        Raises:
            NotFound: `attempt_not_found`.
            Refused: `submit_too_early`: before the minimum time, and then nothing is saved; `submittable_at` and
                `seconds_left` tell when it can be submitted.
        """
        from quizkit.crud.attempts import submit

        return submit.submit(*self._work_of(session, taker, now), attempt_id, list(responses))

    @single_statement
    def result(
        self, session: Session, attempt_id: uuid.UUID, *, taker: S | Anonymous, now: datetime | None = None
    ) -> Outcome:
        """Return what may be shown now of the result of a finished attempt. An overdue attempt is finished first.

        Raises:
            NotFound: `attempt_not_found`.
            Refused: `attempt_open`.
        """
        from quizkit.crud.attempts import result

        return result.result(*self._work_of(session, taker, now), attempt_id)

    @reading
    def review(
        self, session: Session, attempt_id: uuid.UUID, *, taker: S | Anonymous, now: datetime | None = None
    ) -> Review:
        """Return what may be shown of each question now.

        For an open attempt this is what checks have shown; for a finished one, its result.

        Raises:
            NotFound: `attempt_not_found`.
        """
        from quizkit.crud.attempts import review

        return review.review(*self._work_of(session, taker, now), attempt_id)

    @reading
    def grade(
        self,
        session: Session,
        quiz_id: uuid.UUID | None = None,
        *,
        taker: S | Anonymous,
        assignment_id: uuid.UUID | None = None,
        columns: Columns = (),
        now: datetime | None = None,
    ) -> TakerGrade | None:
        """Return the grade of this taker's attempts; None until one of them counts.

        The grade is shown if the marks of every attempt that determines it are shown; while they are hidden, `grade`
        and `passed` are None.

        Raises:
            NotFound: `quiz_not_found`, `assignment_not_found`.
            Refused: `assignment_needed`: the quiz has assignments besides the default one; give `assignment_id`.
        """
        from quizkit.crud.attempts import grade

        work, whose = self._work_of(session, taker, now)
        return grade.grade(work, quiz_id, whose, assignment_id, columns)

    @reading
    def get(
        self,
        session: Session,
        attempt_id: uuid.UUID,
        *,
        taker: S | Anonymous,
        columns: Columns = (),
        now: datetime | None = None,
    ) -> AttemptReturn[S]:
        """Return an attempt of this taker with its current state.

        `columns` adds values of your own columns, such as `[Attempt.course_id]`, to its `columns`.

        Raises:
            UsageError: `columns_column`.
            NotFound: `attempt_not_found`; also for another taker's attempt.
        """
        from quizkit.crud.attempts import find

        return find.get(*self._work_of(session, taker, now), attempt_id, columns)

    @reading
    def page(
        self,
        session: Session,
        *,
        taker: S | Anonymous,
        quiz_id: uuid.UUID | None = None,
        assignment_id: uuid.UUID | None = None,
        where: Where = (),
        after: uuid.UUID | None = None,
        limit: int = 50,
        columns: Columns = (),
        now: datetime | None = None,
    ) -> Page[AttemptReturn[S]]:
        """Return this taker's attempts in id order: at one quiz, in one assignment, or all.

        `where` adds your own conditions, such as `[Attempt.room == "A"]`.
        """
        from quizkit.crud.attempts import find

        return find.page(*self._work_of(session, taker, now), quiz_id, assignment_id, where, after, limit, columns)

    @reading
    def paper(
        self, session: Session, attempt_id: uuid.UUID, *, taker: S | Anonymous, now: datetime | None = None
    ) -> Paper:
        """Return the questions that the taker may see now, with the stored responses.

        Raises:
            NotFound: `attempt_not_found`.
        """
        from quizkit.crud.attempts import paper

        return paper.paper(*self._work_of(session, taker, now), attempt_id)

    @reading
    def paper_json(
        self, session: Session, attempt_id: uuid.UUID, *, taker: S | Anonymous, now: datetime | None = None
    ) -> bytes:
        """Return the paper as JSON in UTF-8, ready to send. It is cheaper than serializing the result of `paper`.

        Raises:
            NotFound: `attempt_not_found`.
        """
        from quizkit.crud.attempts import paper

        return paper.paper(*self._work_of(session, taker, now), attempt_id).model_dump_json().encode()
