"""A cache in memory for data that never changes: bounded by size, evicting the least recently used entries."""

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
    """Return the approximate memory, in bytes, that a stored JSON value takes after parsing."""
    if isinstance(stored, dict):
        return _OBJECT + sum(map(weight_of, stored.values()))
    if isinstance(stored, list):
        return _LIST + sum(map(weight_of, stored))
    if isinstance(stored, str) and not stored.isascii():
        return sys.getsizeof(stored) + 2 * len(stored)  # Pydantic reads UTF-8, which Python then stores as well
    return sys.getsizeof(stored)


class Cache(Generic[K, V]):
    """A thread-safe cache of the most recently used entries that fit into a size limit."""

    def __init__(self, max_bytes: int) -> None:
        """Create a cache of at most `max_bytes` bytes."""
        self._max_bytes = max_bytes
        self._held = 0
        self._entries: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def held(self) -> int:
        """The approximate size of the entries in bytes."""
        return self._held

    def get(self, key: K) -> V | None:
        """Return an entry, or None if there is none."""
        with self._lock:
            found = self._entries.get(key)
            if found is None:
                return None
            self._entries.move_to_end(key)
            return found[0]

    def put(self, key: K, value: V, weight: int) -> V:
        """Store an entry of about `weight` bytes, and evict the least recently used entries until everything fits.

        An entry larger than the cache is not stored.
        """
        with self._lock:
            self._forget(key)
            if weight <= self._max_bytes:
                self._entries[key] = value, weight
                self._held += weight
            while self._held > self._max_bytes:
                _, (_, freed) = self._entries.popitem(last=False)
                self._held -= freed
        return value

    def drop(self, key: K) -> None:
        """Remove an entry."""
        with self._lock:
            self._forget(key)

    def _forget(self, key: K) -> None:
        _, freed = self._entries.pop(key, (None, 0))
        self._held -= freed


@dataclass(frozen=True, eq=False)
class CacheKind(Generic[K, V]):
    """A kind of entry, and the maximum size in bytes that a kit caches of it."""

    name: str
    max_bytes: int


class Caches:
    """The caches of a kit, one for each kind. Tenants share them, so the tenant is part of every key."""

    def __init__(self) -> None:
        self._of: dict[CacheKind[Any, Any], Cache[Any, Any]] = {}
        self._lock = threading.Lock()

    def of(self, kind: CacheKind[K, V]) -> Cache[K, V]:
        """Return the cache of a kind."""
        found = self._of.get(kind)
        if found is None:
            with self._lock:
                found = self._of.setdefault(kind, Cache(kind.max_bytes))
        return found
