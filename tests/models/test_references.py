"""A subject or tenant column references a key of the host that exists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    Uuid,
    create_engine,
    inspect,
)
from sqlalchemy.orm import DeclarativeBase, configure_mappers

from quizkit import models as q
from quizkit.crud import Quizkit, Tenants
from quizkit.errors import UsageError
from quizkit.models import Models, SubjectColumn, TableConfig, TenantColumn, mount


def configured(*users: Any, subject: Any = None, tenant: Any = None) -> None:
    """Mount a class, define the users after it, and configure the mappers."""

    class Base(DeclarativeBase):
        metadata = MetaData(info={"quizkit": TableConfig(subject=subject or SubjectColumn(), tenant=tenant)})

    class Quiz(q.QuizMixin[Any], Base): ...

    try:
        Table("users", Base.metadata, *users)
        configure_mappers()
    finally:
        Base.registry.dispose()


INT: Any = SubjectColumn(type_=Integer(), references="users.id")

REFUSED: dict[str, Callable[[], tuple[Any, ...]]] = {
    "a composite primary key": lambda: (
        Column("id", Integer(), primary_key=True),
        Column("tenant_id", Integer(), primary_key=True),
    ),
    "a column that is not unique": lambda: (Column("number", Integer(), primary_key=True), Column("id", Integer())),
    "a larger integer": lambda: (Column("id", BigInteger(), primary_key=True),),
    "text": lambda: (Column("id", String(36), primary_key=True),),
    "uuids": lambda: (Column("id", Uuid(), primary_key=True),),
    "no such column": lambda: (Column("uid", Integer(), primary_key=True),),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_key_that_cannot_be_referenced_is_refused_when_mappers_are_configured(what: str) -> None:
    with pytest.raises(UsageError) as refused:
        configured(*REFUSED[what](), subject=INT)

    assert refused.value.code == "references_key"


def test_the_reference_of_a_tenant_is_checked_too() -> None:
    with pytest.raises(UsageError) as refused:
        configured(Column("id", String(36)), tenant=TenantColumn(type_=String(36), references="users.id"), subject=None)

    assert refused.value.code == "references_key"


@pytest.mark.parametrize(
    "users",
    [
        (Column("id", Integer(), primary_key=True),),
        (Column("number", Integer(), primary_key=True), Column("id", Integer(), unique=True)),
        (Column("number", Integer(), primary_key=True), Column("id", Integer()), UniqueConstraint("id")),
        (Column("number", Integer(), primary_key=True), Column("id", Integer()), Index("one", "id", unique=True)),
    ],
    ids=["a primary key", "a unique column", "a unique constraint", "a unique index"],
)
def test_a_column_that_is_unique_on_its_own_can_be_referenced(users: Any) -> None:
    configured(*users, subject=INT)


@pytest.mark.parametrize("wrong", ["users", "", ".id", "users."])
@pytest.mark.parametrize("column", [SubjectColumn, TenantColumn])
def test_a_name_without_a_table_or_a_column_is_refused(column: Any, wrong: str) -> None:
    with pytest.raises(UsageError, match=r'references= takes the name of a column as text, such as "users\.id"'):
        column(references=wrong)


@pytest.fixture
def base() -> Any:
    class Base(DeclarativeBase): ...

    yield Base
    Base.registry.dispose()  # its mappers could not be configured by another test


def mounted(base: Any) -> Models[int]:
    return mount(base, subject=Integer(), references="users.id", tenant=String(36))


@pytest.mark.parametrize("what", REFUSED)
def test_mount_refuses_a_key_of_known_users_that_cannot_be_referenced(base: Any, what: str) -> None:
    Table("users", base.metadata, *REFUSED[what]())

    with pytest.raises(UsageError) as refused:
        mounted(base)

    assert refused.value.code == "references_key"


def test_create_all_refuses_a_key_of_users_that_were_defined_after_the_mount_and_creates_nothing(base: Any) -> None:
    mounted(base)
    Table("users", base.metadata, *REFUSED["a composite primary key"]())
    engine = create_engine("sqlite://")

    with pytest.raises(UsageError) as refused:
        base.metadata.create_all(engine)

    assert refused.value.code == "references_key"
    assert inspect(engine).get_table_names() == []
    engine.dispose()


KITS: dict[str, Callable[[Models[int]], Any]] = {
    "Quizkit": lambda models: Quizkit(models, tenant="acme"),
    "Tenants": lambda models: Tenants(models, str),
}


@pytest.mark.parametrize("kit", KITS)
def test_a_kit_refuses_a_key_of_users_that_were_defined_after_the_mount(base: Any, kit: str) -> None:
    models = mounted(base)
    KITS[kit](models)  # the users are not known yet
    Table("users", base.metadata, *REFUSED["a composite primary key"]())

    with pytest.raises(UsageError) as refused:
        KITS[kit](models)

    assert refused.value.code == "references_key"


@pytest.mark.parametrize("early", [True, False], ids=["before the mount", "after the mount"])
def test_users_that_can_be_referenced_may_be_defined(base: Any, early: bool) -> None:
    if early:
        Table("users", base.metadata, Column("id", Integer(), primary_key=True))
    models = mounted(base)
    if not early:
        Table("users", base.metadata, Column("id", Integer(), primary_key=True))
    engine = create_engine("sqlite://")
    base.metadata.create_all(engine)
    engine.dispose()

    assert Tenants(models, str).of("acme").models is models


def test_users_whose_key_takes_its_type_from_a_table_that_is_not_known_yet_are_accepted(base: Any) -> None:
    Table("users", base.metadata, Column("id", ForeignKey("people.id"), primary_key=True))
    models = mounted(base)
    Table("people", base.metadata, Column("id", Integer(), primary_key=True))

    assert Tenants(models, str).of("acme").models is models


@pytest.mark.parametrize(
    ("options", "advice"),
    [
        ({"references": "users.id"}, "subject= of mount"),
        ({"tenant": TenantColumn(references="users.id")}, "type_= of TenantColumn"),
    ],
    ids=["subject", "tenant"],
)
def test_the_error_for_another_type_says_where_to_pass_the_type(base: Any, options: Any, advice: str) -> None:
    Table("users", base.metadata, Column("id", Integer(), primary_key=True))

    with pytest.raises(UsageError, match=advice):
        mount(base, **options)


def test_a_column_that_the_known_table_of_users_does_not_have_is_named(base: Any) -> None:
    Table("users", base.metadata, Column("uid", Integer(), primary_key=True), schema="app")

    with pytest.raises(UsageError, match=r"references= names app\.users\.id, and the table users has no such column"):
        mount(base, subject=Integer(), references="app.users.id")
