"""The base class of all schemas."""

from contextlib import nullcontext
from threading import RLock
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Final,
    Literal,
    TypeAlias,
    Unpack,
    dataclass_transform,
    get_args,
    get_origin,
)

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, PrivateAttr
from pydantic.json_schema import JsonSchemaValue
from pydantic.version import version_short
from pydantic_core import CoreSchema

__all__ = ["Frozen", "Model"]

# Before 2.14, Pydantic lets two threads build a class at once, and takes away what one of them has built already: the
# other gets an error, or the JSON Schema of the base class.
_PYDANTIC: Final = tuple(int(part) for part in version_short().split("."))
_ONE_BUILD: Final = nullcontext() if _PYDANTIC >= (2, 14) else RLock()

# Type checkers read in different places what a class statement makes (decision 0007): Pyright in the metaclass, where
# fields are frozen, so that a question type may narrow `type`; mypy in the base class, where they are not, because for
# mypy a frozen field that was inherited returns what its constructor takes.
if TYPE_CHECKING:
    from pydantic._internal._model_construction import ModelMetaclass

    @dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(Field, PrivateAttr))
    class _FrozenFields(ModelMetaclass): ...

else:
    _FrozenFields = type(BaseModel)


@dataclass_transform(kw_only_default=True, field_specifiers=(Field, PrivateAttr))
class Frozen(BaseModel, metaclass=_FrozenFields):
    """The base class of all schemas: frozen, without unknown fields, without input in errors.

    Pydantic builds a class at its first use, because building all of them takes as long as importing Pydantic. What is
    made of a class is built at once: FastAPI silences a warning of Pydantic only while it makes its `TypeAdapter`s, and
    they take `defer_build` from the class. So the option holds only while the class is created (decision 0071), and is
    not inherited. One that a host gives its own class stands.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, defer_build=True)

    __defers_until_made__: ClassVar[bool]

    def __init_subclass__(cls, **kwargs: Unpack[ConfigDict]) -> None:
        super().__init_subclass__(**kwargs)
        cls.__defers_until_made__ = "defer_build" not in cls.model_config
        if cls.__defers_until_made__:
            cls.model_config["defer_build"] = True

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if cls.__defers_until_made__:
            del cls.model_config["defer_build"]

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        shown = handler(schema)
        properties = handler.resolve_ref_schema(shown)
        tags = {name for name, field in cls.model_fields.items() if get_origin(field.annotation) is Literal}
        fixed = {name for name in tags if len(get_args(cls.model_fields[name].annotation)) == 1}
        if fixed:
            # The value by which a union tells its members apart, so readers and generated clients rely on it.
            required = fixed.union(properties.get("required", ()))
            properties["required"] = [name for name in properties["properties"] if name in required]
        return shown

    if not TYPE_CHECKING:  # the signatures are those of Pydantic

        @classmethod
        def model_rebuild(cls, *, _parent_namespace_depth: int = 2, **options: Any) -> bool | None:
            with _ONE_BUILD:
                depth = _parent_namespace_depth and _parent_namespace_depth + 1  # this frame
                return super().model_rebuild(_parent_namespace_depth=depth, **options)

        @classmethod
        def model_json_schema(cls, *args: Any, **options: Any) -> dict[str, Any]:
            with _ONE_BUILD:
                cls.model_rebuild()
            return super().model_json_schema(*args, **options)


del Frozen.model_config["defer_build"]  # as of every class after it: a subclass that has the option was given it

# Pydantic's plugin for mypy rewrites a class if its statement names a model as a base, not if it names an alias. In a
# rewritten class, an inherited field returns what its constructor takes. So every base of converting fields is an alias.
Model: TypeAlias = Frozen
