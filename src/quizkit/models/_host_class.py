"""What the host's class and its declarative base add to a table of quizkit.

The host's class, and the mixins that it names beside quizkit's, add what they define. The declarative base is shared by
all tables of the host, so nothing in it was meant for quizkit's: its columns, relationships, constraints and indexes
are kept out (decision 0066).
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column, PrimaryKeyConstraint
from sqlalchemy.ext.declarative import DeferredReflection
from sqlalchemy.orm import MappedAsDataclass, MappedColumn, MapperProperty, declared_attr

from quizkit.errors import UsageError

_MAPPED: Final = (Column, MappedColumn, MapperProperty, declared_attr)

# With it begin the parameters of quizkit's statements that have no name of a column.
PARAMETER: Final = "__"

# Arguments of a mapper that concern no column: those of the base apply too.
_BEHAVIOUR: Final = frozenset(
    {
        "allow_partial_pks",
        "always_refresh",
        "batch",
        "confirm_deleted_rows",
        "eager_defaults",
        "legacy_is_orphan",
        "passive_deletes",
        "passive_updates",
    }
)

# Arguments of a mapper about columns of the host, which those of the base are not.
_OF_COLUMNS: Final = frozenset(
    {
        "polymorphic_abstract",
        "polymorphic_identity",
        "polymorphic_load",
        "polymorphic_on",
        "version_id_col",
        "version_id_generator",
        "with_polymorphic",
    }
)


@dataclass(frozen=True)
class HostClass:
    """The host's part of a mounted class, in the order of its MRO.

    Attributes:
        explicit: the class itself, and what it names beside quizkit's mixin.
        base: its declarative base, with everything that the base inherits.
        table_args: the `__table_args__` of each, as written.
        mapper_args: the `__mapper_args__` of each, as written.
    """

    explicit: tuple[type, ...]
    base: tuple[type, ...]
    table_args: tuple[tuple[type, Any], ...]
    mapper_args: tuple[tuple[type, Any], ...]


def host_class(cls: type, row: type, mixin: type) -> HostClass:
    """Return the host's part of a class; raise UsageError if quizkit's part would not be as the migrations make it."""
    if issubclass(cls, MappedAsDataclass):
        raise UsageError(
            "dataclass_base",
            "quizkit's classes are no dataclasses: mount them on a second base with the same registry, "
            "class QuizBase(DeclarativeBase): registry = Base.registry",
        )
    if issubclass(cls, DeferredReflection):
        raise UsageError(
            "mount_base",
            "Your base reflects its tables (DeferredReflection), and quizkit's are known: mount them on a second base with "
            "the same registry, class QuizBase(DeclarativeBase): registry = Base.registry",
        )
    named = set(_named(cls, row))
    of_host = [one for one in cls.__mro__ if one not in mixin.__mro__]
    explicit = tuple(one for one in of_host if one in named)
    base = tuple(one for one in of_host if one not in named)
    _check_order(cls, mixin, explicit, base)
    if "__table__" in vars(cls):
        raise UsageError(
            "class_arguments", "quizkit makes the table: leave out __table__, and add columns as attributes"
        )
    return HostClass(explicit, base, *(_as_written(of_host, name) for name in ("__table_args__", "__mapper_args__")))


def _named(cls: type, row: type) -> Iterator[type]:
    """Yield the class and the mixins in its class statement; a class with a metadata is a base."""
    yield cls
    for parent in cls.__bases__:
        if issubclass(parent, row):
            yield from _named(parent, row)
        elif not hasattr(parent, "metadata"):
            yield from parent.__mro__


def _check_order(cls: type, mixin: type, explicit: tuple[type, ...], base: tuple[type, ...]) -> None:
    """Refuse a base before a mixin where the base would decide what both define."""
    order = cls.__mro__.index
    wanted = {name: one for one in reversed(explicit) for name in mapped_names(one)}
    overridden = any(order(one) < order(wanted[name]) for one in base for name in mapped_names(one) & wanted.keys())
    if overridden or any(order(one) < order(mixin) for one in base):
        raise UsageError(
            "mixin_order",
            f"Name your declarative base last in the class {cls.__name__}, after quizkit's mixin and your own",
        )


def _as_written(classes: Iterable[type], name: str) -> tuple[tuple[type, Any], ...]:
    return tuple((one, vars(one)[name]) for one in classes if name in vars(one))


def _annotations(cls: type) -> dict[str, Any]:
    if sys.version_info >= (3, 14):
        from annotationlib import Format, get_annotations  # noqa: PLC0415 - older Pythons have none

        return dict(get_annotations(cls, format=Format.FORWARDREF))
    return inspect.get_annotations(cls)


def _is_special(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def names(cls: type) -> set[str]:
    """Return the names that a class itself defines or annotates."""
    return {name for name in (*vars(cls), *_annotations(cls)) if not _is_special(name)}


def mapped_names(cls: type) -> set[str]:
    """Return the names in a class that SQLAlchemy would map in a subclass."""
    values = vars(cls)
    annotated = {name for name, annotation in _annotations(cls).items() if _makes_a_column(cls, annotation)}
    return {name for name in names(cls) if isinstance(values.get(name), _MAPPED) or name in annotated - values.keys()}


def _makes_a_column(cls: type, annotation: Any) -> bool:
    """Return whether an annotation without a value is mapped: `Mapped[int]`, or an alias. Of others, SQLAlchemy maps none."""
    head = str(getattr(annotation, "__forward_arg__", annotation)).partition("[")[0]
    alias = str(getattr(sys.modules.get(cls.__module__), head, head)).partition("[")[0]
    return alias.rstrip("'>").endswith("Mapped")


class _KeptOut:
    """Stands for an attribute of the base in a class of quizkit, which has no such column."""

    def __init__(self, name: str, *, computed: bool) -> None:
        self.name = name
        self.computed = computed

    def __get__(self, instance: object, owner: type) -> Any:
        if instance is None and "__mapper__" not in vars(owner):
            # Arguments of the base may name it while the class is mapped; SQLAlchemy maps what a declared_attr returns.
            return self if self.computed else Column(self.name)
        raise AttributeError(f"{owner.__name__} has no {self.name}: quizkit's tables have no columns of your base")

    def __clause_element__(self) -> Column[Any]:
        return Column(self.name)


def keep_base_out(cls: type, host: HostClass, of_quizkit: set[str]) -> None:
    """Hide the mapped attributes of the base from the mapping of a class."""
    explicit = {name for one in host.explicit for name in names(one)}
    for name in {name for one in host.base for name in mapped_names(one)} - of_quizkit - explicit:
        computed = isinstance(inspect.getattr_static(cls, name, None), declared_attr)
        type.__setattr__(cls, name, _KeptOut(name, computed=computed))


def check_names(host: HostClass, of_quizkit: set[str]) -> None:
    """Refuse attributes of the host with a name of quizkit's: a column would replace quizkit's."""
    for one in host.explicit:
        if taken := sorted(names(one) & of_quizkit):
            raise UsageError(
                "host_attribute",
                f"The class {one.__name__}, which is mounted or a mixin of a mounted class, defines {', '.join(taken)}, "
                "which quizkit's class has: rename it",
            )


def check_decorator(cls: Any) -> None:
    """Refuse a class that a decorator makes a dataclass."""
    if "_sa_apply_dc_transforms" in vars(cls):  # what mapped_as_dataclass leaves for SQLAlchemy
        raise UsageError(
            "dataclass_base",
            "quizkit's classes are no dataclasses: map them on a declarative base, without the decorator",
        )


def check_columns(cls: type, columns: list[Column[Any]], key: set[str]) -> None:
    """Refuse columns of the host that would change quizkit's, or that its statements could not tell from parameters."""
    seen = set[str]()
    for column in columns:
        place = f"The column {column.name} of {cls.__name__}"
        if seen & {column.name, column.key}:
            raise UsageError(
                "host_attribute",
                f"{place} is there twice, once as another attribute: rename one, or write a synonym of the attribute",
                column=column.name,
            )
        if column.key.startswith(PARAMETER):
            raise UsageError(
                "host_attribute",
                f"{place} begins with {PARAMETER}, as the parameters of quizkit's statements do: give it a key, "
                f'mapped_column("{column.name}", key="own_{column.name.strip("_")}")',
                column=column.name,
            )
        if column.primary_key and column.name not in key:
            raise UsageError(
                "class_arguments",
                f"{place} has primary_key=True, and quizkit's tables have their own primary keys: make it unique=True",
                column=column.name,
            )
        seen |= {column.name, column.key}


def table_args(cls: type, host: HostClass, of_quizkit: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return quizkit's table arguments with the host's: its constraints and indexes, and its options."""
    *own, fixed = of_quizkit
    parts, options = list(own), dict[str, Any]()
    for owner, given in _evaluated(cls, host.table_args, "__table_args__", (tuple, dict)):
        added = [given] if isinstance(given, dict) else list(given)
        options = {**(added.pop() if added and isinstance(added[-1], dict) else {}), **options}
        if owner in host.explicit:
            parts += _new(added, parts)
    if options.get("schema", fixed["schema"]) != fixed["schema"]:
        raise UsageError("class_arguments", "Set the schema with TableConfig.schema: the migrations use that one")
    return (*parts, {**options, **fixed})


def _new(added: list[Any], parts: list[Any]) -> list[Any]:
    """Return what is not there yet: a directive may have added to those of `super()`."""
    there = {part.name for part in parts if part.name is not None}
    new = [part for part in added if part.name is None or part.name not in there]
    if any(isinstance(part, PrimaryKeyConstraint) for part in new):
        raise UsageError("class_arguments", "quizkit's tables have their own primary keys: use a unique constraint")
    return new


def mapper_args(cls: type, host: HostClass, of_quizkit: dict[str, Any]) -> dict[str, Any]:
    """Return quizkit's mapper arguments with the host's; of its base, only those that concern no column."""
    merged: dict[str, Any] = {}
    for owner, given in _evaluated(cls, host.mapper_args, "__mapper_args__", (dict,)):
        if owner in host.explicit:
            added = {
                name: value for name, value in given.items() if name not in of_quizkit or value != of_quizkit[name]
            }
            if not added.keys() <= _BEHAVIOUR | _OF_COLUMNS:
                raise UsageError(
                    "class_arguments",
                    f"__mapper_args__ of {owner.__name__} may not change keys or leave out attributes of quizkit's class: "
                    f"{', '.join(sorted(added.keys() - _BEHAVIOUR - _OF_COLUMNS))}",
                )
        else:
            added = {name: value for name, value in given.items() if name in _BEHAVIOUR}
        merged = {**added, **merged}
    return {**merged, **of_quizkit}


def _evaluated(
    cls: type, written: tuple[tuple[type, Any], ...], name: str, kinds: tuple[type, ...]
) -> Iterator[tuple[type, Any]]:
    for owner, value in written:
        given = value.__get__(None, cls) if hasattr(type(value), "__get__") else value
        if given is None:
            continue
        if not isinstance(given, kinds):
            raise UsageError(
                "class_arguments", f"Write {name} as a value or as a declared_attr.directive, not as another function"
            )
        yield owner, given


def directive(name: str, value: Callable[[Any], Any]) -> Any:
    """Return what SQLAlchemy evaluates while it maps the class, when the columns of mixins are known."""
    value.__name__ = name
    return declared_attr.directive(value)
