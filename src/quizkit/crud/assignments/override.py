"""Set other rules in an assignment for one taker or one group."""

from __future__ import annotations

import uuid

from quizkit.crud._core.context import S, Work
from quizkit.crud.assignments import statements
from quizkit.crud.assignments.effects import refuse_override, terms_here, with_effect
from quizkit.crud.assignments.load import assignment_row
from quizkit.crud.assignments.open_attempts import with_open_attempts
from quizkit.crud.assignments.record import record, recorded
from quizkit.crud.assignments.rows import event_row, explicit_settings
from quizkit.errors import UsageError
from quizkit.rules import lifecycle
from quizkit.schemas import AccessEventReturn, AccessSettings
from quizkit.vocabulary import AccessKind

__all__ = ["override"]


def override(
    work: Work[S],
    assignment_id: uuid.UUID,
    settings: AccessSettings,
    *,
    taker: S | None,
    actor: S | None,
    group: str | None,
    reason: str | None,
    apply_to_open: bool,
    event_id: uuid.UUID | None,
) -> AccessEventReturn[S]:
    """Record an override for a taker or a group in an assignment, and return it with its effect and the open attempts.

    Raises:
        NotFound: `assignment_not_found`.
        Refused: `assignment_archived`, `id_taken`, `event_id_old`.
        Invalid: `window_order`, `limit_beyond_window`, `late_not_accepted`, `zone_missing`, `moment_range`.
        UsageError: `override_whom`.
    """
    if (taker is None) == (group is None):
        raise UsageError("override_whom", "Give either taker or group")
    # A start holds a share lock until its attempt is stored, so after this lock every open attempt is visible.
    assignment = assignment_row(work, statements.lock_assignment, {"id": assignment_id})
    settings = settings.in_zone(assignment.zone)
    new = event_row(
        AccessKind.OVERRIDE,
        explicit_settings(settings),
        work.now,
        assignment_id=assignment_id,
        taker=taker,
        group=group,
        reason=reason,
        actor=actor,
        apply_to_open=apply_to_open,
    )
    terms = terms_here(work, assignment_id)
    event, is_new = recorded(work, new, event_id), False
    if event is None:
        lifecycle.refuse_assignment_change(assignment.archived_at)
        refuse_override(terms, settings)
        event, is_new = record(work, new, event_id)
    return with_open_attempts(work, with_effect(work, event, terms), apply=is_new and apply_to_open)
