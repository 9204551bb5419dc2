"""Verbs for authors who try a quiz as a taker would, without any access rules."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from quizkit.crud._core.clock import NewId
from quizkit.crud._core.context import S
from quizkit.crud._core.host_columns import NOTHING, Values
from quizkit.crud._core.verbs import VerbGroup, verb
from quizkit.vocabulary import AttemptPurpose

if TYPE_CHECKING:  # a schema is loaded at its first use (decision 0072)
    from quizkit.schemas import Paper

__all__ = ["Previews"]


class Previews(VerbGroup[S]):
    """Previews, for authors, who see the keys of the previews they finish. No verb for takers creates a preview."""

    @verb
    def start(
        self,
        session: Session,
        quiz_id: uuid.UUID | None = None,
        *,
        actor: S,
        assignment_id: uuid.UUID | None = None,
        attempt_id: uuid.UUID | None = None,
        seed: bytes | None = None,
        values: Values = NOTHING,
        now: datetime | None = None,
        new_id: NewId | None = None,
    ) -> Paper:
        """Start a preview of a published quiz, or continue the open one.

        Continue it like any attempt, through the verbs of `attempts` with the actor as `taker=`. It exists beside the
        actor's real attempts, never counts, has no deadline, and after finishing shows everything that the policy
        shows after the close.

        Args:
            session: your session, sync or async; it is flushed, never committed.
            quiz_id: the quiz; it may be left out beside `assignment_id`.
            actor: the host's user who previews it, an author; whether they may is up to you.
            assignment_id: the assignment whose settings apply; defaults to the one that publishing created.
            attempt_id: an id made by the client; repeating the call with it starts nothing new.
            seed: 16 bytes that determine every draw and every order; random by default.
            values: values for columns that you added, stored if an attempt is created.
            now: the time to store; defaults to the current time.
            new_id: generates new ids; defaults to UUID version 7.

        Raises:
            NotFound: `quiz_not_found`, `assignment_not_found`.
            Refused: `quiz_not_published`, `quiz_archived`, `draw_too_small`, `attempt_id_taken`, `attempt_busy`.
            UsageError: `quiz_or_assignment`: neither is given; `seed_length`.
        """
        from quizkit.crud.attempts.start import StartRequest, start

        request = StartRequest(
            quiz_id=quiz_id,
            taker=actor,
            purpose=AttemptPurpose.PREVIEW,
            assignment_id=assignment_id,
            attempt_id=attempt_id,
            seed=seed,
            values=values,
        )
        return start(self._work(session, now, new_id), request)
