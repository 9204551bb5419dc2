"""Exceptions from the rules of assignments: each is an access event, which is recorded and never changed."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, cast

from quizkit.crud._core.clock import id_after
from quizkit.crud._core.context import S, Work
from quizkit.crud._core.creating import create, ordered_id, refuse_other_call
from quizkit.crud.assignments import statements
from quizkit.crud.assignments.effects import refuse_override, terms_here, with_effect
from quizkit.crud.assignments.rows import event_of, event_row, explicit_settings
from quizkit.errors import Refused, UsageError
from quizkit.schemas import AccessEventReturn, AccessSettings, AccommodationSettings
from quizkit.vocabulary import AccessKind

__all__ = ["accommodate", "override", "record", "recorded"]


def override(
    work: Work[S],
    assignment_id: uuid.UUID,
    settings: AccessSettings,
    *,
    taker: S | None,
    group: str | None,
    reason: str | None,
    actor: S | None,
    event_id: uuid.UUID | None,
) -> AccessEventReturn[S]:
    """Return the exception of a taker or a group in an assignment, with what it comes to.

    Raises:
        NotFound: `assignment_not_found`.
        Refused: `assignment_archived`, `id_taken`, `event_id_old`.
        Invalid: `window_order`, `limit_beyond_window`, `late_not_accepted`.
        UsageError: `override_whom`.
    """
    if (taker is None) == (group is None):
        raise UsageError("override_whom", "Give taker or group, one of them")
    new = event_row(
        AccessKind.OVERRIDE,
        explicit_settings(settings),
        work.now,
        assignment_id=assignment_id,
        taker=taker,
        group=group,
        reason=reason,
        actor=actor,
    )
    terms = terms_here(work, assignment_id)
    event = recorded(work, new, event_id)
    if event is None:
        refuse_override(terms, settings)
        event, _ = record(work, new, event_id)
    return with_effect(work, event, terms)


def accommodate(
    work: Work[S],
    settings: AccommodationSettings | None,
    *,
    taker: S,
    reason: str | None,
    actor: S | None,
    effect_in: uuid.UUID | None,
    event_id: uuid.UUID | None,
) -> AccessEventReturn[S]:
    """Return the exception of a person in every assignment, with what it comes to in one of them, `effect_in`.

    Raises:
        NotFound: `assignment_not_found`.
        Refused: `id_taken`, `event_id_old`.
    """
    terms = None if effect_in is None else terms_here(work, effect_in)
    said = {} if settings is None else settings.model_dump(mode="json")
    new = event_row(AccessKind.ACCOMMODATION, said, work.now, taker=taker, reason=reason, actor=actor)
    event = recorded(work, new, event_id)
    if event is None:
        event, _ = record(work, new, event_id)
    return event if terms is None else with_effect(work, event, terms)


# ---------------------------------------------------------------------------------------------- recording


def recorded(work: Work[S], new: Mapping[str, Any], event_id: uuid.UUID | None) -> AccessEventReturn[S] | None:
    """Return what the same call has recorded already, under the id that the client gave.

    Raises:
        Refused: `id_taken`: another call has recorded something else.
        Invalid: `argument_invalid`: the id is no UUID version 7.
    """
    given = ordered_id("event_id", event_id, work.now)
    there = None if given is None else work.first(statements.event, {"id": given})
    if there is None:
        return None
    _refuse_other_event(there, new)
    return event_of(there)


def record(work: Work[S], new: Mapping[str, Any], event_id: uuid.UUID | None) -> tuple[AccessEventReturn[S], bool]:
    """Record an event; return it, and whether it was not recorded before.

    Of exceptions the newest holds: it goes above those for the same taker or group. More time is added up.

    Raises:
        Refused: `event_id_old`, `id_taken`.
    """
    made = event_id or ordered_id("new_id", work.new_id(), work.now)
    newest = _newest(work, new)
    if newest is not None and made <= newest:
        if event_id is not None and event_id != newest:
            raise Refused("event_id_old", "Something newer has been said: make a new id, if it still holds")
        # Said in the same microsecond, or after the clock went back: what is said last must be the newest.
        made = event_id or id_after(newest)
    row = {"id": made, **new}
    given = event_id is not None
    if not create(work, work.models.access_event, statements.insert_event, row, given=given):
        there = work.run(statements.event_now, {"id": made}).one()
        _refuse_other_event(there, new)
        return event_of(there), False
    return cast("AccessEventReturn[S]", AccessEventReturn(**row)), True


def _newest(work: Work[S], new: Mapping[str, Any]) -> uuid.UUID | None:
    """Return the id above which an event goes; None where any id will do."""
    if new["kind"] == AccessKind.EXTENSION:
        return None
    build = statements.newest_for_taker
    if new["group_name"] is not None:
        build = statements.newest_for_group
    elif new["assignment_id"] is None:
        build = statements.newest_for_person
    whom = {name: new[name] for name in ("kind", "assignment_id", "group_name")}
    return work.run(build, {**whom, "_taker": new["taker_id"]}).scalar_one_or_none()


def _refuse_other_event(there: Any, new: Mapping[str, Any]) -> None:
    """Refuse the id of an event that says something else; how many attempts an extension met is no part of it."""
    said = {name: getattr(there, name) for name in new if name != "created_at"}
    wanted = {name: new[name] for name in said}
    for one in (said, wanted):
        one["settings"] = {name: value for name, value in one["settings"].items() if name != "attempts"}
    refuse_other_call(said, wanted)
