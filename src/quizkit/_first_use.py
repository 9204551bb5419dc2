"""Public names of a package that are loaded when somebody asks for them (PEP 562)."""

import sys
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any


def at_first_use(
    package: str, places: Mapping[str, str], modules: Iterable[str] = ()
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return `__getattr__` and `__dir__` of a package, given the module of each name that is loaded later.

    `modules` are modules of the package that are attributes of it as if they were loaded. Python lets one thread load
    a module, and others wait for it.
    """
    namespace, modules = vars(sys.modules[package]), frozenset(modules)

    def load(name: str) -> Any:
        if name in modules:
            return import_module(f"{package}.{name}")
        if name not in places:
            raise AttributeError(f"module {package!r} has no attribute {name!r}", name=name)
        found = namespace[name] = getattr(import_module(places[name]), name)
        return found

    def names() -> list[str]:
        return sorted({*namespace, *places})

    return load, names
