"""Updates with optimistic locking: reject a change if the row has changed since the author read it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from quizkit.crud._core.context import S, Work
from quizkit.crud._core.tables import update_row
from quizkit.errors import Conflict
from quizkit.models._row import Row

__all__ = ["FIRST_VERSION", "change", "differing", "refuse_other_version"]

T = TypeVar("T")

FIRST_VERSION: Final = 1


def differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Return the items of `new` whose values differ from `old`."""
    return {name: value for name, value in new.items() if old[name] != value}


def refuse_other_version(seen: int | None, now: int, current: Callable[[], Any]) -> None:
    """Reject a change if the author has seen another version than the current one.

    Args:
        seen: the version that the author has read; None skips the check.
        now: the current version.
        current: returns the current state; called only for the error.

    Raises:
        Conflict: `version_conflict`.
    """
    if seen is not None and seen != now:
        message = "This was changed since you read it: read it again and repeat your change"
        raise Conflict("version_conflict", message, current(), version=now)


def change(
    work: Work[S],
    model: type[Row],
    old: Any,
    new: Mapping[str, Any],
    returned: Callable[[Mapping[str, Any]], T],
    *,
    version: int | None,
) -> T:
    """Update the columns of a locked row that differ, and no others; return the new state.

    A change without differences is never a conflict. The statement is built for each call: there are too many sets of
    columns to cache statements for. SQLAlchemy caches the compiled SQL.
    """
    columns = old._asdict()
    changed = differing(columns, new)
    if changed:
        refuse_other_version(version, old.version, lambda: returned(columns))
        values = {f"__{name}": value for name, value in {**changed, "updated_at": work.now}.items()}
        work.execute(update_row(work.models, model, changed), {"__id": old.id, **values})
        columns |= {**changed, "updated_at": work.now, "version": old.version + 1}
    return returned(columns)
