"""The host's own check of who may start an attempt."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeAlias

from quizkit.crud._core.context import S

__all__ = ["AccessCheck", "AccessRequest", "request_of"]


@dataclass(frozen=True, slots=True)
class AccessRequest(Generic[S]):
    """A request to start or continue an attempt, for the host's own check.

    Attributes:
        quiz_id: the quiz.
        assignment_id: the assignment.
        context: the host's name for the assignment.
        taker: the taker; None for an anonymous one.
        groups: the groups that the host passed.
        credentials: what the host passed on from the taker, such as a password or an address.
        going_on: whether an attempt already exists and would be continued.
        now: the time of the request.
    """

    quiz_id: uuid.UUID
    assignment_id: uuid.UUID
    context: str | None
    taker: S | None
    groups: tuple[str, ...]
    credentials: Mapping[str, Any]
    going_on: bool
    now: datetime


AccessCheck: TypeAlias = Callable[[AccessRequest[S]], None]
"""The host's own check: it raises `Refused` with a code of its own, or allows the start by returning."""


def request_of(
    terms: Any,
    taker: S | None,
    groups: tuple[str, ...],
    credentials: Mapping[str, Any],
    *,
    going_on: bool,
    now: datetime,
) -> AccessRequest[S]:
    """Return the request for the host's own check."""
    return AccessRequest(terms.quiz_id, terms.assignment_id, terms.context, taker, groups, credentials, going_on, now)
