"""The ready-made classes are mapped at their first use, so that a host with classes of its own never maps them."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from types import ModuleType

import pytest

import quizkit.crud
import quizkit.models
from fresh_process import in_a_fresh_process
from serving import unmeasured

MAPPED = """
import gc, json
{use}
from sqlalchemy.orm import Mapper
print(json.dumps(sorted(one.class_.__name__ for one in gc.get_objects() if isinstance(one, Mapper))))
"""
HOST = """
from sqlalchemy.orm import DeclarativeBase
from quizkit.crud import Quizkit
from quizkit.models import mount
class Base(DeclarativeBase): ...
kit = Quizkit(mount(Base, prefix="lms_"))
kit.quizzes.create, kit.attempts.start
"""


def mapped_by(use: str) -> list[str]:
    found: list[str] = in_a_fresh_process(MAPPED.format(use=use))
    return found


def test_an_import_maps_no_ready_made_class() -> None:
    uses = (
        "from quizkit.models import Models, QuizMixin, TableConfig, config_of, mount, subject_join",
        "from quizkit.crud import Quizkit, Tenants, Verb, VerbGroup, verb",
        "import quizkit.crud.attempts, quizkit.crud.quizzes.create",
        "import quizkit.formats, quizkit.migrations, quizkit.migrations.steps, quizkit.sessions",
        "import quizkit.cli, quizkit.cli._db",
    )

    assert mapped_by("\n".join(uses)) == []


def test_a_host_that_mounts_has_no_classes_but_its_own() -> None:
    mapped = mapped_by(HOST)

    assert mapped
    assert all(name.startswith("Lms") for name in mapped)


@pytest.mark.parametrize(
    "use",
    [
        "from quizkit.models import Quiz",
        "from quizkit.models import *",
        "import quizkit; from quizkit import models; target_metadata = models.Base.metadata",
        "from quizkit.crud import quizzes",
        "import quizkit.crud as c; c.kit",
    ],
)
def test_the_first_use_maps_all_ready_made_classes(use: str) -> None:
    assert len(mapped_by(use)) == len(quizkit.models.models.tables())


NOUNS = """
import json
from quizkit import crud
from quizkit.crud import assignments, attempts, banks, categories, gradebook, kit, previews, questions, quizzes, supervision
import quizkit.crud.assignments, quizkit.crud.attempts.start, quizkit.crud.banks, quizkit.crud.quizzes.create
names = [name for name, value in vars(kit).items() if isinstance(value, crud.VerbGroup)]
print(json.dumps([name for name in names if not globals()[name] is getattr(crud, name) is getattr(kit, name)]))
"""


def test_a_noun_of_the_verbs_is_that_of_the_kit_although_a_module_has_its_name() -> None:
    assert in_a_fresh_process(NOUNS) == []


THREADS = """
import json, sys, threading
sys.setswitchinterval(1e-6)
import quizkit.crud, quizkit.models
COUNT = 12
start, faults, seen = threading.Barrier(COUNT), [], set()

def use(number):
    start.wait()
    try:
        names = [(quizkit.models, name) for name in quizkit.models.__all__]
        names += [(quizkit.crud, name) for name in quizkit.crud.__all__]
        turned = names[number * 5:] + names[:number * 5]
        found = {(module.__name__, name): id(getattr(module, name)) for module, name in turned}
        seen.add((tuple(sorted(found.items())), len(quizkit.models.Base.metadata.tables)))
    except BaseException as error:
        faults.append(repr(error))

threads = [threading.Thread(target=use, args=[number]) for number in range(COUNT)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(json.dumps([faults, len(seen)]))
"""


def test_threads_may_use_the_ready_made_classes_first_at_the_same_time() -> None:
    assert in_a_fresh_process(THREADS) == [[], 1]


def test_rows_kits_and_verbs_pickle_into_a_process_that_has_not_used_them_yet() -> None:
    write = (
        "import pickle; from quizkit.crud import kit, quizzes; from quizkit.models import Quiz, models; "
        "print(pickle.dumps([Quiz(title='Seas'), Quiz, models, kit, quizzes.page]).hex())"
    )
    read = (
        "import pickle, sys; row, cls, models, kit, page = pickle.loads(bytes.fromhex(sys.stdin.read())); "
        "from quizkit import models as q; "
        "assert (type(row), row.title, cls, models, kit.models) == (q.Quiz, 'Seas', q.Quiz, q.models, q.models)"
    )
    environment = unmeasured()
    written = subprocess.run([sys.executable, "-c", write], capture_output=True, text=True, check=True, env=environment)

    subprocess.run([sys.executable, "-c", read], input=written.stdout, text=True, check=True, env=environment)


@pytest.mark.parametrize("package", [quizkit.models, quizkit.crud])
def test_the_names_that_are_made_later_are_those_that_type_checkers_import(package: ModuleType) -> None:
    program = (
        "import json, {name} as p; before = set(vars(p)); print(json.dumps([sorted(set(p.__all__) - before), dir(p)]))"
    )
    (checked,) = (
        node
        for node in ast.parse(inspect.getsource(package)).body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    )

    later, listed = in_a_fresh_process(program.format(name=package.__name__))

    assert later == sorted(
        name.name for node in checked.body if isinstance(node, ast.ImportFrom) for name in node.names
    )
    assert set(later) <= set(listed)


@pytest.mark.parametrize("package", [quizkit.models, quizkit.crud])
def test_a_misspelt_name_is_an_error(package: ModuleType) -> None:
    with pytest.raises(AttributeError, match="no attribute 'Qiuz'"):
        package.Qiuz  # noqa: B018 - a misspelt name
