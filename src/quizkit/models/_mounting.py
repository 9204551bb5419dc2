"""`mount`: all tables of quizkit on a host's base, in one call."""

from __future__ import annotations

import sys
import types
import uuid
from collections.abc import Mapping
from typing import Any, Final, Generic, Literal, TypedDict, Unpack, cast, get_args, get_origin, get_type_hints, overload

from sqlalchemy import MetaData, inspect
from sqlalchemy.orm import has_inherited_table
from sqlalchemy.types import TypeDecorator, TypeEngine

from quizkit.errors import UsageError
from quizkit.models._bundle import Models
from quizkit.models._config import (
    CLASS_KEY,
    COLUMN_NAME,
    INFO_KEY,
    SubjectColumn,
    TableConfig,
    TenantColumn,
    config_of_class,
    refuse_option,
)
from quizkit.models._pickling import picklable_metaclass
from quizkit.models._row import Row, S
from quizkit.models.assignments import AccessEventMixin, AssignmentMixin
from quizkit.models.attempts import (
    AttemptEventMixin,
    AttemptMixin,
    AttemptResponseMixin,
    GradeEventMixin,
    QuizGradeMixin,
    TryEventMixin,
)
from quizkit.models.banks import BankMixin
from quizkit.models.categories import CategoryMixin
from quizkit.models.questions import QuestionMixin, QuestionRevisionMixin, QuestionTagMixin
from quizkit.models.quizzes import QuizMixin, QuizRevisionMixin, SectionMixin, SlotMixin

__all__ = ["mount"]

_PLAIN: Final = (str, int, uuid.UUID)

_OPTIONS: Final[dict[str, tuple[type[Any] | tuple[type[Any], ...], str]]] = {
    "subject": (TypeEngine, "a column type, such as Integer()"),
    "references": (str, COLUMN_NAME),
    "ondelete": (str, "RESTRICT or SET NULL, as text"),
    "prefix": (str, "text"),
    "schema": (str, "text"),
    "tenant": ((TypeEngine, TenantColumn), "a column type, such as String(36), or a TenantColumn"),
}


class OwnClasses(TypedDict, Generic[S], total=False):
    """Classes that a host writes itself, by role."""

    bank: type[BankMixin]
    category: type[CategoryMixin]
    question: type[QuestionMixin]
    question_revision: type[QuestionRevisionMixin]
    question_tag: type[QuestionTagMixin]
    quiz: type[QuizMixin[S]]
    quiz_revision: type[QuizRevisionMixin]
    section: type[SectionMixin]
    slot: type[SlotMixin]
    assignment: type[AssignmentMixin]
    access_event: type[AccessEventMixin[S]]
    attempt: type[AttemptMixin[S]]
    attempt_event: type[AttemptEventMixin[S]]
    attempt_response: type[AttemptResponseMixin]
    try_event: type[TryEventMixin]
    grade_event: type[GradeEventMixin[S]]
    quiz_grade: type[QuizGradeMixin[S]]


@overload
def mount(
    base: type[Any],
    *,
    subject: TypeEngine[S],
    references: str | None = ...,
    ondelete: Literal["RESTRICT", "SET NULL"] | None = ...,
    prefix: str | None = ...,
    schema: str | None = ...,
    tenant: TypeEngine[Any] | TenantColumn | None = ...,
    **own: Unpack[OwnClasses[S]],
) -> Models[S]: ...
@overload
def mount(
    base: type[Any],
    *,
    references: str | None = ...,
    ondelete: Literal["RESTRICT", "SET NULL"] | None = ...,
    prefix: str | None = ...,
    schema: str | None = ...,
    tenant: TypeEngine[Any] | TenantColumn | None = ...,
    **own: Unpack[OwnClasses[str]],
) -> Models[str]: ...
@overload
def mount(
    base: type[Any],
    *,
    references: str | None = ...,
    ondelete: Literal["RESTRICT", "SET NULL"] | None = ...,
    prefix: str | None = ...,
    schema: str | None = ...,
    tenant: TypeEngine[Any] | TenantColumn | None = ...,
    **own: Unpack[OwnClasses[S]],
) -> Models[S]: ...
def mount(
    base: type[Any],
    *,
    subject: TypeEngine[Any] | None = None,
    references: str | None = None,
    ondelete: Literal["RESTRICT", "SET NULL"] | None = None,
    prefix: str | None = None,
    schema: str | None = None,
    tenant: TypeEngine[Any] | TenantColumn | None = None,
    **own: Any,
) -> Models[Any]:
    """Map quizkit's tables on your declarative base and return their classes, typed by your user ids.

    Call it once for each set of tables, at the top level of a module: `models = mount(Base, subject=Integer())`. If the
    base, its metadata or your own classes have a `TableConfig`, that applies, and options that differ from it are
    refused. A second set of tables on the same metadata needs another prefix.

    Args:
        base: your declarative base.
        subject: the type of your user ids, such as `Integer()` or `Uuid()` (an object, not the class `Integer`); by
            default opaque text.
        references: the name of the column of your users, such as `"users.id"`, for a foreign key, which you migrate
            yourself.
        ondelete: what happens to the rows of a deleted user: RESTRICT (the default) or SET NULL.
        prefix: the prefix of the table names; by default `quizkit_`.
        schema: the schema of the tables; by default that of the metadata.
        tenant: the type of your tenant ids, or a `TenantColumn`; by default there are no tenants.
        **own: your own classes, by role: `quiz=Exam` for `class Exam(QuizMixin[int], Base)`.

    Raises:
        UsageError: `mount_base`, `dataclass_base`, `mount_class`, `mount_options`, `mount_tables`, `table_prefix`,
            `subject_ondelete`, `references_key`.
    """
    metadata = _metadata_of(base)
    for role, cls in own.items():
        _refuse_class(role, cls, metadata)
    given = {
        "subject": subject,
        "references": references,
        "ondelete": ondelete,
        "prefix": prefix,
        "schema": schema,
        "tenant": tenant,
    }
    options = {name: value for name, value in given.items() if value is not None}
    for name, value in options.items():
        refuse_option(name, value, *_OPTIONS[name])
    config = _config(base, own, options)
    _refuse_subjects(config, subject, own)
    missing = [role for role in _MIXINS if role not in own]
    if any(config.qualified(role) in metadata.tables for role in missing):
        raise UsageError(
            "mount_tables",
            "Tables of this prefix are on this metadata already. Keep the Models that the first call returned, pass "
            "classes that you wrote yourself by role (quiz=Quiz), or give a second set of tables another prefix",
        )
    module = sys._getframe(1).f_globals.get("__name__", "__main__")  # noqa: SLF001 - as collections.namedtuple does
    made = {role: _class(_MIXINS[role], base, config, module) for role in missing}
    metadata.info.setdefault(INFO_KEY, config)
    return Models(**own, **made)


def _mixin(annotation: Any) -> type[Row]:
    """Return the mixin in `type[QuizMixin[S]]`."""
    found = get_args(annotation)[0]
    return cast("type[Row]", get_origin(found) or found)


_MIXINS: Final = {role: _mixin(annotation) for role, annotation in get_type_hints(Models).items()}


def _metadata_of(base: Any) -> MetaData:
    metadata = getattr(base, "metadata", None)
    if not isinstance(base, type) or not isinstance(metadata, MetaData):
        raise UsageError("mount_base", "The first argument of mount is your declarative base, a class with a metadata")
    return metadata


def _refuse_class(role: str, cls: Any, metadata: MetaData) -> None:
    """Raise `UsageError` if a class cannot have a role."""
    if role not in _MIXINS:
        raise UsageError(
            "mount_class",
            f"mount has no option {role}. It has {', '.join(_OPTIONS)}, and for each table its role: {', '.join(_MIXINS)}",
        )
    mixin = _MIXINS[role]
    if not isinstance(cls, type) or not issubclass(cls, mixin) or inspect(cls, raiseerr=False) is None:
        raise UsageError("mount_class", f"{role}= takes a mapped class: class Own({mixin.__name__}, Base)")
    if has_inherited_table(cls):
        raise UsageError(
            "mount_class", f"{role}= takes the class of the table, and not a class that is derived from a mapped one"
        )
    if cls.metadata is not metadata:
        raise UsageError("mount_class", f"The class of {role}= is mapped on another metadata than that of the base")


def _config(base: type[Any], own: Mapping[str, Any], options: Mapping[str, Any]) -> TableConfig:
    """Return the configuration for all classes.

    If classes are mapped already, or the base or its metadata has a configuration, that applies, and the options must
    agree with it. Only another prefix makes a second configuration on a metadata.
    """
    mapped = {config_of_class(cls) for cls in own.values()}
    if len(mapped) > 1:
        raise UsageError("mount_options", "Your own classes were mapped with different configurations")
    fixed = bool(mapped) or hasattr(base, CLASS_KEY)
    found = mapped.pop() if mapped else config_of_class(base)
    known = fixed or INFO_KEY in base.metadata.info
    if not known or (not fixed and options.get("prefix", found.prefix) != found.prefix):
        return _configured(base.metadata, options)
    differing = [f"{name}=" for name, value in options.items() if not _agrees(found, name, value)]
    if differing:
        raise UsageError(
            "mount_options",
            f"{' and '.join(differing)} of mount differ from the configuration that your classes or their metadata "
            'have. Write it once, before your classes: MetaData(info={"quizkit": TableConfig(...)})',
        )
    return found


def _configured(metadata: MetaData, options: Mapping[str, Any]) -> TableConfig:
    tenant = options.get("tenant")
    if isinstance(tenant, TypeEngine):
        tenant = TenantColumn(type_=tenant)
    named = {"subject": "type_", "references": "references", "ondelete": "ondelete"}
    subject = SubjectColumn(**{named[name]: value for name, value in options.items() if name in named})
    rest = {name: value for name, value in options.items() if name in {"prefix", "schema"}}
    return TableConfig(subject=subject, tenant=tenant, **{"schema": metadata.schema, **rest})


def _agrees(config: TableConfig, name: str, value: Any) -> bool:
    """Return whether an option of `mount` says the same as a configuration."""
    subject, tenant = config.subject, config.tenant
    if name == "subject":
        return _stores(SubjectColumn(type_=value, references=subject.references), value, subject.type_)
    if name == "tenant":
        if tenant is None:
            return False
        given = value if isinstance(value, TenantColumn) else TenantColumn(type_=value, references=tenant.references)
        return given.references == tenant.references and _stores(given, given.type_, tenant.type_)
    place = config if name in {"prefix", "schema"} else subject
    return bool(getattr(place, name) == value)


def _stores(column: SubjectColumn | TenantColumn, given: TypeEngine[Any], configured: TypeEngine[Any]) -> bool:
    # A column replaces plain text by text that is compared by code point.
    return _same(given, configured) or _same(column.type_, configured)


def _same(one: TypeEngine[Any], other: TypeEngine[Any]) -> bool:
    # Column types do not compare by value.
    return one is other or (
        type(one) is type(other) and repr(one) == repr(other) and _variants(one) == _variants(other)
    )


def _variants(type_: TypeEngine[Any]) -> dict[str, str]:
    return {name: repr(variant) for name, variant in type_._variant_mapping.items()}  # noqa: SLF001 - there is no public way


def _refuse_subjects(config: TableConfig, subject: Any, own: Mapping[str, Any]) -> None:
    """Raise `UsageError` if the type of user ids is not the one that type checkers see."""
    stored = _python_type(config.subject.type_)
    declared = {role: _declared(cls) for role, cls in own.items() if _has_subject(cls)}
    wrong = [
        f"{role}=" for role, type_ in declared.items() if type_ in _PLAIN and stored in _PLAIN and type_ is not stored
    ]
    if wrong:
        raise UsageError(
            "mount_class",
            f"The classes of {' and '.join(wrong)} declare another type of user ids than their column has",
        )
    if subject is None and not declared and stored is not str and stored in _PLAIN:
        raise UsageError(
            "mount_options",
            "The configured user ids are not text: pass subject= to mount too, so that type checkers know their type",
        )


def _python_type(type_: TypeEngine[Any]) -> Any:
    if isinstance(type_, TypeDecorator):  # what it returns in Python is not what it stores
        return None
    try:
        return type_.python_type
    except NotImplementedError:
        return None


def _has_subject(cls: type[Row]) -> bool:
    return bool(getattr(_MIXINS[cls.role], "__parameters__", ()))


def _declared(cls: type[Row]) -> Any:
    """Return the type that a class declares for user ids: `int` of `QuizMixin[int]`."""
    mixin = _MIXINS[cls.role]
    for base in cls.__mro__:
        for alias in vars(base).get("__orig_bases__", ()):
            if getattr(alias, "__origin__", None) is mixin:
                return get_args(alias)[0]
    return None


def _class(mixin: type[Row], base: type[Any], config: TableConfig, module: str) -> type[Any]:
    """Return a new class for a table. It has the name of the table, because `relationship("Quiz")` means the host's."""
    table = config.table(mixin.role) if config.prefix else f"quizkit_{mixin.role}"
    name = "".join(part[:1].upper() + part[1:] for part in table.split("_"))

    def fill(namespace: dict[str, Any]) -> None:
        namespace.update({"__module__": module, "__doc__": mixin.__doc__, CLASS_KEY: config})

    return types.new_class(name, (mixin, base), {"metaclass": picklable_metaclass(cast("Any", type(base)))}, fill)
