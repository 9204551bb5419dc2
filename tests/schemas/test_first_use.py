"""Schemas are built at their first use, and nobody notices."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import VERSION, ConfigDict, Field, TypeAdapter

from fresh_process import in_a_fresh_process
from quizkit.questions import AnyQuestion, Choice
from quizkit.schemas import Page, QuizCreate, QuizReturn

THREADS = """
import json, sys, threading, warnings
from quizkit import questions, schemas
from pydantic import BaseModel
warnings.simplefilter("error")
sys.setswitchinterval(1e-6)
COUNT = 12
start, faults, answers = threading.Barrier(COUNT), [], set()
choice = {"type": "choice", "content": "?", "options": [{"content": "a", "correct": True}, {"content": "b"}]}

def use():
    start.wait()
    try:
        quiz = schemas.QuizCreate(title="Geography")
        question = questions.parse(choice)
        view = questions.parse_view(question.view().model_dump(mode="json"))
        paper = schemas.PaperQuestion(slot=1, points=1, view=view)
        shape = schemas.Paper.model_json_schema()
        answers.add(repr((quiz.model_dump_json(), question.model_dump_json(), paper.model_dump_json(), shape)))
    except BaseException as error:
        faults.append(repr(error))

threads = [threading.Thread(target=use) for _ in range(COUNT)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(json.dumps([faults, len(answers)]))
"""


@pytest.mark.parametrize("_attempt", range(3))
def test_threads_may_use_a_schema_first_at_the_same_time(_attempt: int) -> None:
    assert in_a_fresh_process(THREADS) == [[], 1]


SHAPES = """
import json
from quizkit import schemas
names = {order}
shapes = {{}}
for name in names:
    schema = getattr(schemas, name)
    if schema.__pydantic_generic_metadata__["parameters"]:
        schema = schema[int]
    shapes[name] = [schema.model_json_schema(mode=mode) for mode in ("validation", "serialization")]
print(json.dumps(shapes, sort_keys=True))
"""


@pytest.mark.skipif(
    tuple(map(int, VERSION.split(".")[:2])) < (2, 11),
    reason="Pydantic 2.10 also writes the default of a field into the schema of an optional one that is built after it",
)
def test_json_schemas_are_the_same_whichever_schema_is_used_first() -> None:
    forth = in_a_fresh_process(SHAPES.format(order="schemas.__all__"))
    back = in_a_fresh_process(SHAPES.format(order="schemas.__all__[::-1]"))

    assert forth == back


def test_an_unused_schema_and_what_it_contains_pickle() -> None:
    program = (
        "import json, pickle; from quizkit.schemas import QuizCreate\n"
        "made = QuizCreate.model_construct(title='Geography')\n"
        "again = pickle.loads(pickle.dumps([QuizCreate, made]))\n"
        "print(json.dumps([again[0] is QuizCreate, again[0](title='Geography').title, again[1].title]))"
    )

    assert in_a_fresh_process(program) == [True, "Geography", "Geography"]


@pytest.mark.parametrize("shape", [QuizCreate, QuizReturn[str], Page[QuizReturn[str]], Choice, AnyQuestion])
def test_an_adapter_is_built_when_it_is_made_as_fastapi_expects(shape: Any) -> None:
    # FastAPI silences a warning about the alias only while it makes the adapter.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("warnings.warn", lambda *_args, **_kwargs: None)
        adapter = TypeAdapter(Annotated[shape, Field(alias="data")])

    assert type(adapter.validator).__name__ == "SchemaValidator"


def test_a_subclass_of_a_host_has_the_fields_and_the_rules_of_both() -> None:
    class CourseQuiz(QuizCreate):
        course: int = Field(ge=1)

    made = CourseQuiz(title="Geography", course=3)

    assert (made.title, made.course) == ("Geography", 3)
    assert CourseQuiz.model_json_schema()["properties"]["course"]["minimum"] == 1
    assert TypeAdapter(CourseQuiz).validate_python({"title": "x", "course": 1}).course == 1


@pytest.mark.parametrize("choice", [True, False])
def test_the_choice_of_a_host_to_build_its_class_later_or_at_once_stands(choice: bool) -> None:
    class CourseQuiz(QuizCreate):
        model_config = ConfigDict(defer_build=choice)
        course: int

    class LongQuiz(CourseQuiz):
        weeks: int

    class ShortQuiz(QuizCreate, defer_build=choice): ...

    class CourseChoice(Choice):
        model_config = ConfigDict(defer_build=choice)

    for made in (CourseQuiz, LongQuiz, ShortQuiz, CourseChoice):
        assert made.model_config.get("defer_build") is choice
        assert made.__pydantic_complete__ is not choice


def test_a_schema_is_loaded_by_its_first_use() -> None:
    program = (
        "import json, sys; from quizkit import schemas\n"
        "names = lambda: sorted(name for name in sys.modules if name.startswith('quizkit.schemas.'))\n"
        "before = names(); schemas.Page; print(json.dumps([before, names()]))"
    )

    assert in_a_fresh_process(program) == [[], ["quizkit.schemas._base"]]


def test_a_module_of_the_package_is_an_attribute_before_it_is_loaded() -> None:
    program = "import json; from quizkit import schemas; print(json.dumps(schemas.quizzes.__name__))"

    assert in_a_fresh_process(program) == "quizkit.schemas.quizzes"


def test_dir_lists_the_names_that_are_not_loaded_yet() -> None:
    program = "import json; from quizkit import schemas; print(json.dumps([schemas.__all__, dir(schemas)]))"

    exported, listed = in_a_fresh_process(program)

    assert set(exported) <= set(listed)


def test_a_misspelt_schema_is_an_error() -> None:
    with pytest.raises(ImportError, match="cannot import name 'QuizCraete'"):
        from quizkit.schemas import QuizCraete  # type: ignore[attr-defined] # noqa: F401 - a misspelt name
