"""quizkit's revisions as steps of your own Alembic history: one history, one head, `downgrade -1` as before.

```python
# versions/4f1c_quizkit_tables.py, written by `quizkit db revision-for-host`
from quizkit.migrations import steps


def upgrade() -> None:
    steps.upgrade("quizkit_0001")


def downgrade() -> None:
    steps.downgrade("quizkit_0001")
```

How the tables are named and what ids of users look like is read from the `target_metadata` of your env.py.
"""

from __future__ import annotations

from typing import Any

from quizkit.errors import UsageError
from quizkit.migrations import support
from quizkit.models import TableConfig

__all__ = ["downgrade", "upgrade"]


def upgrade(to: str, *, from_: str | None = None, config: TableConfig | None = None) -> None:
    """Run the revisions after `from_` (all, unless given) up to and with `to`.

    Args:
        to: a revision of quizkit, such as `quizkit_0001`.
        from_: the revision that an earlier step of your history brought.
        config: how the tables are named, if your `target_metadata` does not say so.

    Raises:
        UsageError: `revision_unknown`.
    """
    with support.given(config):
        for script in reversed(_between(from_, to)):
            script.module.upgrade()


def downgrade(from_: str, *, to: str | None = None, config: TableConfig | None = None) -> None:
    """Undo the revisions from `from_` down to `to` (all, unless given), which stays.

    Raises:
        UsageError: `revision_unknown`.
    """
    with support.given(config):
        for script in _between(to, from_):
            script.module.downgrade()


def _between(lower: str | None, upper: str) -> list[Any]:
    """Return the revisions above `lower` up to `upper`, the newest first."""
    from quizkit.migrations._runner import scripts  # noqa: PLC0415 - Alembic loads when a migration runs

    history = list(scripts().walk_revisions())
    names = [script.revision for script in history]
    if upper not in names or (lower is not None and lower not in names):
        raise UsageError("revision_unknown", "This release of quizkit has no such revision")
    end = len(names) if lower is None else names.index(lower)
    return history[names.index(upper) : end]
