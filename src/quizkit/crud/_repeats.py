"""The same call again: what a client's own id makes of it."""

from __future__ import annotations

import hashlib
import json
import uuid
from typing import Any, Final

from pydantic import BaseModel

from quizkit.crud._arguments import value_error
from quizkit.errors import Refused

__all__ = ["call_hash", "client_id", "ordered_id", "refuse_other_call"]

# RFC 9562 §5.9 and §5.10. Pages begin after the first of them.
_RESERVED: Final = frozenset({uuid.UUID(int=0), uuid.UUID(int=(1 << 128) - 1)})


_ORDERED: Final = 7


def client_id(name: str, given: uuid.UUID | None) -> uuid.UUID | None:
    """Return an id that a client made, if it did.

    Raises:
        Invalid: `argument_invalid`: it is the nil or the max UUID, which stand for no thing.
    """
    if given in _RESERVED:
        raise value_error(name, "id_reserved", "The nil and the max UUID are no ids")
    return given


def ordered_id(name: str, given: uuid.UUID | None) -> uuid.UUID | None:
    """Return an id that a client made, if it did, of a thing of which the newest holds.

    Raises:
        Invalid: `argument_invalid`: it is no UUID version 7, so that its order means nothing.
    """
    if given is not None and given.version != _ORDERED:
        raise value_error(name, "id_version", "This must be a UUID version 7")
    return client_id(name, given)


def call_hash(*said: Any) -> str:
    """Return the SHA-256 of what a call said."""
    return hashlib.sha256(json.dumps([_plain(one) for one in said], sort_keys=True).encode()).hexdigest()


def _plain(said: Any) -> Any:
    if isinstance(said, BaseModel):
        return said.model_dump(mode="json")
    return said if said is None else str(said)


def refuse_other_call(there: Any, made_from: Any) -> None:
    """Refuse an id under which another call has made something."""
    if there != made_from:
        raise Refused("id_taken", "Something else was made with this id")
