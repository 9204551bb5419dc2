"""Give a person more time in every assignment."""

from __future__ import annotations

import uuid

from quizkit.crud._core.context import S, Work
from quizkit.crud.assignments.effects import terms_here, with_effect
from quizkit.crud.assignments.open_attempts import with_open_attempts
from quizkit.crud.assignments.record import record, recorded
from quizkit.crud.assignments.rows import event_row
from quizkit.schemas import AccessEventReturn, AccommodationSettings
from quizkit.vocabulary import AccessKind

__all__ = ["accommodate"]


def accommodate(
    work: Work[S],
    settings: AccommodationSettings,
    *,
    taker: S,
    actor: S | None,
    reason: str | None,
    apply_to_open: bool,
    effect_in: uuid.UUID | None,
    event_id: uuid.UUID | None,
) -> AccessEventReturn[S]:
    """Record an accommodation for a person, and return it with the open attempts and its effect in `effect_in`.

    Raises:
        NotFound: `assignment_not_found`.
        Refused: `id_taken`, `event_id_old`.
    """
    terms = None if effect_in is None else terms_here(work, effect_in)
    stored = settings.model_dump(mode="json") if settings.model_fields_set else {}
    new = event_row(
        AccessKind.ACCOMMODATION,
        stored,
        work.now,
        taker=taker,
        reason=reason,
        actor=actor,
        apply_to_open=apply_to_open,
    )
    event, is_new = recorded(work, new, event_id), False
    if event is None:
        event, is_new = record(work, new, event_id)
    event = with_open_attempts(work, event, apply=is_new and apply_to_open)
    return event if terms is None else with_effect(work, event, terms)
