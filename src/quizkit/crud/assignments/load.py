"""Load an assignment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row

from quizkit.crud._core.context import Build, S, Work
from quizkit.errors import NotFound

__all__ = ["assignment_row"]


def assignment_row(
    work: Work[S], build: Build, values: dict[str, Any], columns: Sequence[ColumnElement[Any]] = ()
) -> Row[Any]:
    """Return the row that a statement finds for an assignment.

    Raises:
        NotFound: `assignment_not_found`.
    """
    row = work.first(build, values, columns)
    if row is None:
        raise NotFound("assignment_not_found", "There is no such assignment")
    return row
