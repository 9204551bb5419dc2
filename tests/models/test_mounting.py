from __future__ import annotations

import pickle
import subprocess
import sys
import types
import uuid
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
from sqlalchemy import BigInteger, Integer, MetaData, String, Uuid, create_engine, inspect
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    MappedAsDataclass,
    Session,
    declarative_base,
    declared_attr,
    mapped_column,
    registry,
)
from sqlalchemy.schema import CreateTable

from quizkit.crud import Quizkit, Tenants
from quizkit.errors import UsageError
from quizkit.models import (
    AttemptMixin,
    BankMixin,
    Models,
    QuizMixin,
    SubjectColumn,
    TableConfig,
    TenantColumn,
    config_of,
    models,
    mount,
)
from quizkit.models._config import configs_of
from quizkit.models._mounting import OwnClasses
from quizkit.schemas import QuizCreate
from quizkit.sessions import configure_sqlite
from serving import unmeasured

ROLES = [field.name for field in fields(Models)]


def a_base(**how: Any) -> Any:
    class Base(DeclarativeBase):
        metadata = MetaData(**how)

    return Base


def own(name: str, mixin: Any, base: Any, **attributes: Any) -> Any:
    """Return a class as a host writes it: class Exam(QuizMixin[int], Base)."""
    return types.new_class(name, (mixin, base), exec_body=lambda namespace: namespace.update(attributes))


def refused(code: str, match: str, *given: Any, **options: Any) -> None:
    loose: Any = mount
    with pytest.raises(UsageError, match=match) as error:
        loose(*given, **options)
    assert error.value.code == code


def test_one_call_maps_every_table() -> None:
    base = a_base()

    users: Any = type("User", (base,), {"__tablename__": "users", "id": mapped_column(Integer(), primary_key=True)})

    mounted = mount(base, subject=Integer(), references="users.id", prefix="lms_")

    assert [table.name for table in mounted.tables()] == [
        table.name.replace("quizkit_", "lms_") for table in models.tables()
    ]
    assert mounted.config.prefix == "lms_"
    assert config_of(base.metadata) == mounted.config
    (key,) = mounted.table(mounted.attempt).c.taker_id.foreign_keys
    assert key.column is users.__table__.c.id
    assert isinstance(mounted.table(mounted.quiz).c.author_id.type, Integer)


def test_the_tables_of_a_mount_are_those_of_the_ready_made_classes() -> None:
    mounted = mount(a_base(), prefix="x_")

    for ours, theirs in zip(models.tables(), mounted.tables(), strict=True):
        assert str(CreateTable(theirs)) == str(CreateTable(ours)).replace("quizkit_", "x_")


def test_made_classes_are_named_after_their_tables_so_that_Quiz_means_the_hosts() -> None:
    mounted = mount(a_base(), prefix="lms_")

    assert mounted.quiz_revision.__name__ == "LmsQuizRevision"
    assert mounted.quiz.__module__ == __name__
    assert mounted.quiz.__doc__ == QuizMixin.__doc__
    assert mount(a_base(), prefix="").quiz.__name__ == "QuizkitQuiz"


def test_own_classes_take_their_roles() -> None:
    base = a_base(info={"quizkit": TableConfig(prefix="exam_", subject=SubjectColumn(type_=Integer()))})

    exam = own("Exam", QuizMixin[int], base, course=mapped_column(String(20)))

    mounted = mount(base, quiz=exam)

    assert mounted.quiz is exam
    assert mounted.config.prefix == "exam_"
    assert mounted.attempt.__name__ == "ExamAttempt"
    assert [table.name for table in mounted.tables()] == [
        table.name.replace("quizkit_", "exam_") for table in models.tables()
    ]


def test_options_may_repeat_the_configuration_of_own_classes() -> None:
    config = TableConfig(
        prefix="exam_",
        subject=SubjectColumn(type_=String(36), ondelete="SET NULL"),
        tenant=TenantColumn(type_=String(20)),
    )
    base = a_base(info={"quizkit": config})

    bank = own("Bank", BankMixin, base)

    mounted = mount(
        base, prefix="exam_", subject=String(36), ondelete="SET NULL", tenant=TenantColumn(type_=String(20)), bank=bank
    )

    assert mounted.config is config


@pytest.mark.parametrize(
    "option",
    [
        {"prefix": "lms_"},
        {"schema": "app"},
        {"subject": BigInteger()},
        {"subject": Integer().with_variant(BigInteger(), "sqlite")},
        {"references": "people.id"},
        {"ondelete": "SET NULL"},
        {"tenant": String(20)},
    ],
    ids=lambda option: next(iter(option)),
)
def test_options_that_differ_from_the_configuration_of_own_classes_are_refused(option: dict[str, Any]) -> None:
    subject = SubjectColumn(type_=Integer(), references="users.id")
    base = a_base(info={"quizkit": TableConfig(prefix="exam_", subject=subject)})

    exam = own("Exam", QuizMixin[int], base)

    refused("mount_options", f"{next(iter(option))}=", base, quiz=exam, **option)


def test_options_after_mapping_a_class_without_a_configuration_are_refused() -> None:
    base = a_base()

    exam = own("Exam", QuizMixin[int], base)

    refused("mount_options", "before your classes", base, subject=Integer(), quiz=exam)


def test_a_base_can_have_the_configuration() -> None:
    base = a_base()

    quizzes = type("Quizzes", (base,), {"__abstract__": True, "__quizkit__": TableConfig(prefix="lms_")})

    exam = own("Exam", QuizMixin[str], quizzes)

    mounted = mount(quizzes, quiz=exam)

    assert mounted.config.prefix == "lms_"
    assert exam.__quizkit__.prefix == "lms_"


def test_two_mounts_on_one_metadata_have_two_prefixes() -> None:
    base = a_base()
    first = mount(base, subject=Integer())
    second = mount(base, prefix="lms_", subject=Uuid(), tenant=String(20))
    engine = create_engine("sqlite://")
    configure_sqlite(engine)
    base.metadata.create_all(engine)

    assert configs_of(base.metadata) == [first.config, second.config]
    with Session(engine) as session, session.begin():
        Quizkit(first).quizzes.create(session, QuizCreate(title="Rivers"), author=7)
        kit = Tenants(second, str).of("acme")
        kit.quizzes.create(session, QuizCreate(title="Lakes"), author=uuid.UUID(int=7))
        assert [quiz.title for quiz in Quizkit(first).quizzes.page(session).items] == ["Rivers"]
        assert [quiz.title for quiz in kit.quizzes.page(session).items] == ["Lakes"]
    names = set(inspect(engine).get_table_names())
    engine.dispose()
    assert {"quizkit_quiz", "lms_quiz"} <= names


def test_classes_of_two_metadata_are_no_set_of_tables() -> None:
    first, second = mount(a_base()), mount(a_base())

    with pytest.raises(UsageError, match="slot") as error:
        replace(first, slot=second.slot)
    assert error.value.code == "mount_class"


def test_the_configuration_of_two_mounts_is_ambiguous() -> None:
    base = a_base()
    mount(base)
    mount(base, prefix="lms_")

    with pytest.raises(UsageError, match=r"models\.config") as error:
        config_of(base.metadata)
    assert error.value.code == "tables_several"


def test_a_second_mount_with_the_same_prefix_is_refused() -> None:
    base = a_base()
    mount(base, subject=Integer())

    refused("mount_tables", "prefix", base, subject=Integer())


def test_an_own_class_that_mount_does_not_get_is_refused() -> None:
    base = a_base()

    own("Exam", QuizMixin[str], base)

    refused("mount_tables", "by role", base)


class AccountBase(DeclarativeBase): ...


class Account(AccountBase):
    __tablename__ = "accounts"
    id = mapped_column(Integer(), primary_key=True)


def shown(value: Any) -> str | None:
    """Return the id of a test of one option."""
    if isinstance(value, dict):
        ((name, given),) = value.items()
        return f"{name} of {getattr(given, '__name__', type(given).__name__)}"
    return None


@pytest.mark.parametrize(
    "option",
    [
        {"subject": int},
        {"subject": Integer},
        {"subject": SubjectColumn()},
        {"references": Account.id},
        {"ondelete": []},
        {"prefix": 3},
        {"schema": 3},
        {"tenant": "acme"},
        {"tenant": str},
        {"tenant": String},
    ],
    ids=shown,
)
@pytest.mark.parametrize("info", [{}, {"quizkit": TableConfig()}], ids=["no configuration", "a configuration"])
def test_an_option_of_another_type_is_refused(option: dict[str, Any], info: Any) -> None:
    base = a_base(info=info)

    refused("mount_options", f"{next(iter(option))}= takes", base, **option)

    assert not base.metadata.tables


@pytest.mark.parametrize(
    ("config", "option"),
    [
        (TableConfig, {"subject": Integer()}),
        (TableConfig, {"tenant": String(36)}),
        (TableConfig, {"prefix": 3}),
        (TableConfig, {"schema": 3}),
        (SubjectColumn, {"type_": int}),
        (SubjectColumn, {"type_": Integer}),
        (SubjectColumn, {"references": Account.id}),
        (SubjectColumn, {"ondelete": []}),
        (TenantColumn, {"type_": str}),
        (TenantColumn, {"references": Account.id}),
    ],
    ids=shown,
)
def test_a_configuration_refuses_a_value_of_another_type(config: Any, option: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=f"{next(iter(option))}= takes") as error:
        config(**option)
    assert error.value.code == "mount_options"


@pytest.mark.parametrize("place", ["class", "metadata"])
def test_a_configuration_of_another_type_is_refused(place: str) -> None:
    given = {"prefix": "lms_"}
    base = a_base(info={"quizkit": given} if place == "metadata" else {})
    if place == "class":
        base.__quizkit__ = given

    refused("mount_options", "take a TableConfig", base)


def test_an_unknown_option_is_an_error_that_lists_the_options() -> None:
    refused("mount_class", "no option subjet. It has subject, references", a_base(), subjet=Integer())


@pytest.mark.parametrize("given", [MetaData(), object, 7])
def test_mount_takes_a_declarative_base(given: Any) -> None:
    refused("mount_base", "declarative base", given)


def test_a_base_of_dataclasses_is_refused_with_the_way_out() -> None:
    class Base(MappedAsDataclass, DeclarativeBase): ...

    refused("dataclass_base", "second base", Base)
    assert configs_of(Base.metadata) == []


def test_a_base_of_the_older_style_works() -> None:
    assert len(mount(declarative_base()).tables()) == len(ROLES)


@pytest.mark.parametrize("prefix", [None, "lms_", ""])
def test_the_name_of_no_made_class_is_that_of_a_class_of_the_host(prefix: str | None) -> None:
    models = mount(a_base(), prefix=prefix)

    assert all(getattr(models, role).__name__.lower() != role.replace("_", "") for role in ROLES)


def test_an_unknown_role_is_refused() -> None:
    base = a_base()

    exam = own("Exam", QuizMixin[str], base)

    refused("mount_class", "bank, category", base, quizz=exam)


def test_a_class_that_is_not_mapped_is_refused() -> None:
    refused("mount_class", r"QuizMixin", a_base(), quiz=QuizMixin)


def test_a_class_in_the_wrong_role_is_refused() -> None:
    base = a_base()

    bank = own("Bank", BankMixin, base)

    refused("mount_class", "quiz=", base, quiz=bank)


def test_a_class_derived_from_a_mapped_one_is_refused() -> None:
    base = a_base()
    exam = own("Exam", QuizMixin[str], base)

    derived: Any = type("Timed", (exam,), {})

    refused("mount_class", "derived", base, quiz=derived)


def test_a_class_on_another_metadata_is_refused() -> None:
    refused("mount_class", "another metadata", a_base(), quiz=models.quiz)


def test_a_class_that_declares_other_user_ids_is_refused() -> None:
    base = a_base(info={"quizkit": TableConfig(subject=SubjectColumn(type_=Integer()))})

    exam = own("Exam", QuizMixin[str], base)
    attempt = own("Attempt", AttemptMixin[int], base)

    refused("mount_class", "quiz=", base, quiz=exam, attempt=attempt)


def test_user_ids_that_type_checkers_would_take_for_text_are_refused() -> None:
    base = a_base(info={"quizkit": TableConfig(subject=SubjectColumn(type_=Integer()))})

    refused("mount_options", "subject= to mount", base)

    assert mount(base, subject=Integer()).config.prefix == "quizkit_"


def test_own_classes_of_two_configurations_are_refused() -> None:
    base = a_base()

    exam = own("Exam", QuizMixin[str], base)
    bank = own("Bank", BankMixin, base, __quizkit__=TableConfig(prefix="lms_"))

    refused("mount_options", "different configurations", base, quiz=exam, bank=bank)


def test_the_schema_of_the_metadata_is_that_of_the_tables() -> None:
    base = a_base(schema="app")

    exam = own("Exam", QuizMixin[str], base)

    mounted = mount(base, quiz=exam)

    assert mounted.config.schema == "app"
    assert config_of(base.metadata).schema == "app"
    assert {table.schema for table in mounted.tables()} == {"app"}
    assert mount(base, schema="other", prefix="x_").config.schema == "other"


def test_every_table_can_have_an_own_class() -> None:
    assert sorted(OwnClasses.__annotations__) == sorted(ROLES)


PICKLED = """
import pickle, sys
from sqlalchemy import Integer
from sqlalchemy.orm import DeclarativeBase
from quizkit.crud import Quizkit
from quizkit.models import mount

class Base(DeclarativeBase): ...

models = mount(Base, subject=Integer())
others = mount(Base, prefix="lms_")
"""


def test_rows_models_and_kits_of_made_classes_pickle_in_another_process(tmp_path: Path) -> None:
    (tmp_path / "school.py").write_text(PICKLED)
    write = (
        "import pickle, school; from quizkit.crud import Quizkit; from quizkit.models import Quiz; "
        "rows = [school.models.quiz(title='Rivers', author_id=7), school.others.quiz(title='Lakes'), Quiz(title='Seas')]; "
        "kept = rows, school.models, Quizkit(school.others), school.others.attempt; "
        "print(pickle.dumps(kept).hex())"
    )
    read = (
        "import pickle, sys; rows, models, kit, attempt = pickle.loads(bytes.fromhex(sys.stdin.read())); import school; "
        "from quizkit.models import Quiz; "
        "assert [type(row) for row in rows] == [school.models.quiz, school.others.quiz, Quiz]; "
        "assert [row.title for row in rows] == ['Rivers', 'Lakes', 'Seas']; "
        "assert models == school.models and kit.models == school.others and attempt is school.others.attempt"
    )
    written = subprocess.run(
        [sys.executable, "-c", write], cwd=tmp_path, capture_output=True, text=True, check=True, env=unmeasured()
    )

    subprocess.run(
        [sys.executable, "-c", read], cwd=tmp_path, input=written.stdout, text=True, check=True, env=unmeasured()
    )


KITS = """
from sqlalchemy import Integer, String
from sqlalchemy.orm import DeclarativeBase
from quizkit.crud import Quizkit, Tenants
from quizkit.models import mount

class Base(DeclarativeBase): ...

class Proxy:  # like a proxy of a web framework outside a request
    def __getattr__(self, name):
        raise RuntimeError(name)

request = Proxy()
kit = Quizkit(mount(Base, subject=Integer()))
tenants = Tenants(mount(Base, prefix="lms_", tenant=String(20)), str)
"""


def test_rows_kits_and_verbs_pickle_if_only_the_kit_or_the_tenants_are_a_variable_of_the_module(tmp_path: Path) -> None:
    (tmp_path / "school.py").write_text(KITS)
    write = (
        "import pickle, school; "
        "rows = [school.kit.models.quiz(title='Rivers'), school.tenants.models.quiz(title='Lakes')]; "
        "acme = school.tenants.of('acme'); "
        "kept = rows, school.kit, school.tenants, acme, school.kit.quizzes.page, acme.quizzes.page; "
        "print(pickle.dumps(kept).hex())"
    )
    read = (
        "import pickle, sys; "
        "rows, kit, tenants, acme, page, page_of_acme = pickle.loads(bytes.fromhex(sys.stdin.read())); import school; "
        "assert [type(row) for row in rows] == [school.kit.models.quiz, school.tenants.models.quiz]; "
        "assert [row.title for row in rows] == ['Rivers', 'Lakes']; "
        "assert kit.models == school.kit.models and tenants.models == acme.models == school.tenants.models; "
        "assert (tenants.of('x').tenant, acme.tenant) == ('x', 'acme'); "
        "assert page.__name__ == page_of_acme.__name__ == 'page'"
    )
    written = subprocess.run(
        [sys.executable, "-c", write], cwd=tmp_path, capture_output=True, text=True, check=True, env=unmeasured()
    )

    subprocess.run(
        [sys.executable, "-c", read], cwd=tmp_path, input=written.stdout, text=True, check=True, env=unmeasured()
    )


def test_a_row_of_a_mount_inside_a_function_does_not_pickle() -> None:
    class Base(DeclarativeBase): ...

    inside = mount(Base)

    with pytest.raises(pickle.PicklingError, match="QuizkitBank"):
        pickle.dumps(inside.bank(name="Rivers"))


class Common:
    """What Advanced Alchemy's bases inherit: it asks every parent for its arguments, and names tables."""

    def __init_subclass__(cls, **options: Any) -> None:
        for parent in cls.__mro__[1:]:
            assert "polymorphic_on" not in (getattr(parent, "__mapper_args__", None) or {})
        super().__init_subclass__(**options)

    @declared_attr.directive
    def __tablename__(cls) -> str:  # noqa: N805 - SQLAlchemy hands over the class
        return cls.__name__.lower()  # type: ignore[attr-defined, no-any-return] # it is a class


@pytest.mark.parametrize("key", [None, "exams"])
def test_the_bases_of_advanced_alchemy_can_be_mounted(key: str | None) -> None:
    class Advanced(DeclarativeBase):
        """Advanced Alchemy's base: abstract, with a registry, and a metadata for each bind key."""

        __abstract__ = True
        registry = registry()
        metadata_of_key: ClassVar[dict[str, MetaData]] = {"exams": MetaData()}
        __bind_key__: str | None = None

        def __init_subclass__(cls, **options: Any) -> None:
            if cls.__bind_key__ is not None:
                cls.metadata = cls.metadata_of_key[cls.__bind_key__]
            super().__init_subclass__(**options)

    class BigIntBase(Common, Advanced):
        __abstract__ = True
        __bind_key__ = key
        id: Mapped[int] = mapped_column(primary_key=True)

    class Exam(QuizMixin[int], BigIntBase):  # type: ignore[misc] # its id and its name of a table do not reach quizkit
        __quizkit__ = TableConfig(prefix="a_", subject=SubjectColumn(type_=Integer()))

    mounted = mount(BigIntBase, quiz=Exam)

    expected = Advanced.metadata if key is None else Advanced.metadata_of_key[key]
    assert mounted.metadata is expected
    assert {table.name for table in mounted.tables()} == {
        f"a_{table.name.removeprefix('quizkit_')}" for table in models.tables()
    }
