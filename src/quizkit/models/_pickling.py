"""How pickle finds the classes that `mount` makes, which have no names in a module."""

from __future__ import annotations

import copyreg
import functools
import importlib
import inspect
import sys
from collections.abc import Iterator
from operator import attrgetter
from typing import Any

from quizkit.models._bundle import Models

__all__ = ["picklable_metaclass"]


@functools.cache
def picklable_metaclass(metaclass: Any) -> Any:
    """Return a metaclass of made classes on bases of a metaclass: it tells pickle how to find them again."""
    made = type("MadeClass", (metaclass,), {})
    copyreg.pickle(made, _reduced)
    return made


def _reduced(cls: Any) -> str | tuple[Any, ...]:
    """Return how to find a made class, such as `models.quiz` or `kit.models.quiz` in the module that called `mount`."""
    path = next(_paths(cls), None)
    if path is None:
        return str(cls.__qualname__)  # pickle refuses it, as it refuses the local classes of a function
    return _class_at, (cls.__module__, path)


def _paths(cls: Any) -> Iterator[str]:
    """Yield the paths to a class in its module: of itself, of its `Models`, of what has these as `models`."""
    module = sys.modules.get(cls.__module__)
    for name, value in list(vars(module).items()) if module is not None else ():
        if value is cls:
            yield name
        elif _has(value, cls):
            yield f"{name}.{cls.role}"
        # Static, because an object of the host, such as a proxy of a request, may run code for an attribute.
        elif _has(inspect.getattr_static(value, "models", None), cls):
            yield f"{name}.models.{cls.role}"


def _has(models: Any, cls: Any) -> bool:
    return isinstance(models, Models) and getattr(models, cls.role, None) is cls


def _class_at(module: str, path: str) -> Any:
    return attrgetter(path)(importlib.import_module(module))
