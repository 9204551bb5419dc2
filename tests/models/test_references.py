"""A subject or tenant column references a key of the host that exists."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Table, UniqueConstraint, Uuid
from sqlalchemy.orm import DeclarativeBase, configure_mappers

from quizkit import models as q
from quizkit.errors import UsageError
from quizkit.models import SubjectColumn, TableConfig, TenantColumn


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

REFUSED: dict[str, tuple[Any, ...]] = {
    "a composite primary key": (
        Column("id", Integer(), primary_key=True),
        Column("tenant_id", Integer(), primary_key=True),
    ),
    "a column that is not unique": (Column("number", Integer(), primary_key=True), Column("id", Integer())),
    "a larger integer": (Column("id", BigInteger(), primary_key=True),),
    "text": (Column("id", String(36), primary_key=True),),
    "uuids": (Column("id", Uuid(), primary_key=True),),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_key_that_cannot_be_referenced_is_refused_when_mappers_are_configured(what: str) -> None:
    with pytest.raises(UsageError) as refused:
        configured(*REFUSED[what], subject=INT)

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
