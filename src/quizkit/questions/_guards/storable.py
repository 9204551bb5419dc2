"""Checks that the output of a question type can be stored by every database and read by every JSON reader."""

from __future__ import annotations

import json
import re
from typing import Any, Final, TypeVar

__all__ = ["storable", "storable_text"]

T = TypeVar("T")

_MAX_BYTES: Final = 2_000_000
# A real escape, which an even number of backslashes precedes.
_NUL: Final = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


def storable(value: T) -> T:
    """Return a JSON value unchanged.

    Raises:
        ValueError: the value contains a NUL, a lone surrogate, NaN, infinity or a reference to itself, or exceeds
            2,000,000 bytes.
        TypeError: the value is not JSON.
        RecursionError: the value is nested too deeply.
    """
    written = json.dumps(value, ensure_ascii=False, allow_nan=False)
    if len(written.encode()) > _MAX_BYTES or _NUL.search(written):
        raise ValueError
    return value


def storable_text(value: Any) -> str:
    """Return a text unchanged.

    Raises:
        ValueError: the text contains a NUL or a lone surrogate.
        TypeError: the value is not a text.
    """
    if not isinstance(value, str):
        raise TypeError
    if "\0" in value or not (value.isascii() or value.encode()):
        raise ValueError
    return value
