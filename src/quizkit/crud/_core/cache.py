"""What never changes is kept in memory: as much as fits, the most recently used."""

from __future__ import annotations

import sys
import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

__all__ = ["MEGABYTE", "Cache", "CacheKind", "Caches", "weight_of"]

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

MEGABYTE: Final = 1_000_000

_OBJECT: Final = 750
_LIST: Final = 60


def weight_of(stored: Any) -> int:
    """Return about how many bytes of memory a stored JSON value takes when it is read into objects."""
    if isinstance(stored, dict):
        return _OBJECT + sum(map(weight_of, stored.values()))
    if isinstance(stored, list):
        return _LIST + sum(map(weight_of, stored))
    if isinstance(stored, str) and not stored.isascii():
        return sys.getsizeof(stored) + 2 * len(stored)  # Pydantic reads it as UTF-8, which Python keeps beside it
    return sys.getsizeof(stored)


class Cache(Generic[K, V]):
    """The entries that were used last, as many as fit; safe between threads."""

    def __init__(self, most: int) -> None:
        """Make room for so many bytes."""
        self._most = most
        self._held = 0
        self._entries: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def held(self) -> int:
        """About how many bytes the entries take."""
        return self._held

    def get(self, key: K) -> V | None:
        """Return an entry, None where there is none."""
        with self._lock:
            found = self._entries.get(key)
            if found is None:
                return None
            self._entries.move_to_end(key)
            return found[0]

    def put(self, key: K, value: V, weight: int) -> V:
        """Keep an entry of about so many bytes, and forget those that were not used for longest until it fits.

        One that would never fit is not kept.
        """
        with self._lock:
            self._forget(key)
            if weight <= self._most:
                self._entries[key] = value, weight
                self._held += weight
            while self._held > self._most:
                _, (_, freed) = self._entries.popitem(last=False)
                self._held -= freed
        return value

    def drop(self, key: K) -> None:
        """Forget an entry."""
        with self._lock:
            self._forget(key)

    def _forget(self, key: K) -> None:
        _, freed = self._entries.pop(key, (None, 0))
        self._held -= freed


@dataclass(frozen=True, eq=False)
class CacheKind(Generic[K, V]):
    """A kind of entries, and how many bytes of them a kit keeps at most."""

    name: str
    most: int


class Caches:
    """The caches of a kit, one for each kind, shared by its tenants: the tenant is a part of every key."""

    def __init__(self) -> None:
        self._of: dict[CacheKind[Any, Any], Cache[Any, Any]] = {}
        self._lock = threading.Lock()

    def of(self, kind: CacheKind[K, V]) -> Cache[K, V]:
        """Return the cache of a kind."""
        found = self._of.get(kind)
        if found is None:
            with self._lock:
                found = self._of.setdefault(kind, Cache(kind.most))
        return found
