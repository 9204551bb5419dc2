"""How tables change: packaged Alembic revisions with a version table of their own, and functions that run them."""

from __future__ import annotations

from quizkit.migrations._runner import check, current, downgrade, head, read_url, upgrade

__all__ = ["check", "current", "downgrade", "head", "read_url", "upgrade"]
