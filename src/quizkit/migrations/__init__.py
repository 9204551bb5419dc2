"""How tables change: packaged Alembic revisions, and the ways to run them.

Stand-alone, with a version table of their own (`upgrade`, or `quizkit db upgrade`); beside the Alembic history of
your application, the same with one line in your env.py (`include_object`); or as steps inside that history
(`steps`, written by `revision_for_host`).
"""

from __future__ import annotations

from quizkit.migrations._hosts import include_object, revision_for_host
from quizkit.migrations._runner import check, current, downgrade, ensure_schema_current, head, sql, stamp, upgrade
from quizkit.migrations._urls import read_url

__all__ = [
    "check",
    "current",
    "downgrade",
    "ensure_schema_current",
    "head",
    "include_object",
    "read_url",
    "revision_for_host",
    "sql",
    "stamp",
    "upgrade",
]
