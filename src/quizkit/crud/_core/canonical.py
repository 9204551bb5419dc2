"""Content hashes: equal content has an equal hash in the database."""

from __future__ import annotations

import hashlib
import json
from typing import Any

__all__ = ["content_hash"]


def content_hash(body: Any) -> str:
    """Return the SHA-256 of a JSON value in its canonical form (sorted keys, no white space), in hexadecimal."""
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
