from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import BigInteger, DateTime, ForeignKeyConstraint, Integer, MetaData, String, create_engine, inspect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.schema import CreateTable, conv

from quizkit.errors import UsageError
from quizkit.models import (
    AccessEventMixin,
    AssignmentMixin,
    AttemptEventMixin,
    AttemptMixin,
    AttemptResponseMixin,
    BankMixin,
    Base,
    CategoryMixin,
    GradeEventMixin,
    Models,
    QuestionMixin,
    QuestionRevisionMixin,
    QuestionTagMixin,
    QuizGradeMixin,
    QuizMixin,
    QuizRevisionMixin,
    SectionMixin,
    SlotMixin,
    SubjectColumn,
    TableConfig,
    TryEventMixin,
    models,
    mount,
)
from quizkit.models._row import mixin_of

TABLES = Base.metadata.sorted_tables


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_constraint_and_index_has_a_name_that_no_convention_rewrites(table: Any) -> None:
    named = [*table.constraints, *table.indexes]

    assert all(isinstance(one.name, conv) for one in named), [one for one in named if not isinstance(one.name, conv)]
    assert all(len(str(one.name)) <= 63 for one in named)


def test_with_tenants_every_key_and_index_begins_with_the_tenant() -> None:
    class Tenanted(DeclarativeBase): ...

    tables = mount(Tenanted, tenant=String(36)).tables()
    parts: list[Any] = [part for table in tables for part in (*table.constraints, *table.indexes)]

    assert [str(part.name) for part in parts if part.columns and next(iter(part.columns)).name != "tenant_id"] == []


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_referenced_rows_cannot_be_deleted(table: Any) -> None:
    keys = [c for c in table.constraints if isinstance(c, ForeignKeyConstraint)]

    assert {key.ondelete for key in keys} <= {"RESTRICT"}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_table_has_a_docstring_that_says_what_a_row_is(table: Any) -> None:
    mapper = next(m for m in Base.registry.mappers if m.local_table is table)

    assert (mixin_of(mapper.class_).__doc__ or "").strip().endswith(".")


def test_the_key_column_is_deferred_and_absent_from_rows_for_takers() -> None:
    deferred = {
        f"{models.table(mapper.class_).name}.{attribute.key}"
        for mapper in Base.registry.mappers
        for attribute in mapper.column_attrs
        if attribute.deferred
    }

    assert deferred == {
        "quizkit_question.draft",
        "quizkit_question_revision.body",
        "quizkit_attempt_response.effective_points",
        "quizkit_attempt_response.late_points",
        "quizkit_attempt_response.kept_points",
        "quizkit_attempt_response.marker",
        "quizkit_try_event.trace",
    }


def test_the_bundle_has_every_table_each_after_those_it_refers_to() -> None:
    assert models.tables() == TABLES
    assert models.config == TableConfig()


CONVENTION = {
    "ix": "idx_%(column_0_label)s",
    "uq": "uniq_%(table_name)s_%(column_0_name)s",
    "ck": "chk_%(table_name)s_%(constraint_name)s",
    "fk": "fkey_%(table_name)s_%(column_0_name)s",
    "pk": "pkey_%(table_name)s",
}


def hostile_host() -> Any:
    """A host with its own naming convention, type map, prefix, class names and int users."""
    subject = SubjectColumn(type_=BigInteger().with_variant(Integer(), "sqlite"), references="users.id")

    class HostBase(DeclarativeBase):
        metadata = MetaData(
            naming_convention=CONVENTION, info={"quizkit": TableConfig(prefix="exam_", subject=subject)}
        )
        type_annotation_map = {str: String(33), int: BigInteger(), uuid.UUID: String(36)}  # noqa: RUF012 - SQLAlchemy's

    class User(HostBase):
        __tablename__ = "users"
        id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)

    class Exam(QuizMixin[int], HostBase):
        course: Mapped[str | None] = mapped_column(String(20))

    made = {
        "bank": BankMixin,
        "category": CategoryMixin,
        "question": QuestionMixin,
        "question_revision": QuestionRevisionMixin,
        "question_tag": QuestionTagMixin,
        "quiz_revision": QuizRevisionMixin,
        "section": SectionMixin,
        "slot": SlotMixin,
        "assignment": AssignmentMixin,
        "access_event": AccessEventMixin,
        "attempt": AttemptMixin,
        "attempt_event": AttemptEventMixin,
        "attempt_response": AttemptResponseMixin,
        "try_event": TryEventMixin,
        "grade_event": GradeEventMixin,
        "quiz_grade": QuizGradeMixin,
    }
    classes: Any = {role: type(f"Host{role.title()}", (mixin, HostBase), {}) for role, mixin in made.items()}
    return Models(quiz=Exam, **classes)


def test_a_hostile_host_cannot_change_quizkits_tables() -> None:
    host = hostile_host()
    engine = create_engine("sqlite://")

    for ours, theirs in zip(models.tables(), host.tables(), strict=True):
        expected = str(CreateTable(ours).compile(engine)).replace("quizkit_", "exam_")
        found = str(CreateTable(theirs).compile(engine))
        found = found.replace("\tcourse VARCHAR(20), \n", "").replace("taker_id INTEGER", "taker_id VARCHAR(255)")
        for name in ("actor_id", "author_id"):
            found = found.replace(f"{name} INTEGER", f"{name} VARCHAR(255)")
        lines = [line.rstrip(", ") for line in found.splitlines() if "REFERENCES users" not in line]
        assert sorted(lines) == sorted(line.rstrip(", ") for line in expected.splitlines())
    engine.dispose()


def test_the_taker_column_has_the_type_of_the_hosts_user_id_and_references_it() -> None:
    host = hostile_host()
    engine = create_engine("sqlite://")
    host.metadata.create_all(engine)
    keys = inspect(engine).get_foreign_keys("exam_attempt")
    engine.dispose()

    assert [key["referred_table"] for key in keys if key["constrained_columns"] == ["taker_id"]] == ["users"]


@pytest.mark.parametrize("prefix", ["a" * 25, "\U00020000" * 6, "1x", "drop table"])
def test_a_prefix_is_a_short_identifier(prefix: str) -> None:
    with pytest.raises(UsageError):
        TableConfig(prefix=prefix)


def test_an_empty_schema_is_that_of_the_connection() -> None:
    assert TableConfig(schema="").schema is None


def test_times_are_stored_with_a_zone_on_postgresql() -> None:
    from sqlalchemy.dialects import postgresql

    created = str(CreateTable(models.table(models.attempt)).compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call] # SQLAlchemy leaves it untyped

    assert created.count("TIMESTAMP WITH TIME ZONE") == 10
    assert not any(isinstance(c.type, DateTime) for t in TABLES for c in t.columns)
