"""The module of a question type is loaded when the type is first used, and nobody notices."""

from __future__ import annotations

import ast
import inspect
import pickle

import pytest

import quizkit.questions
from fresh_process import in_a_fresh_process
from quizkit.questions import Choice, Option
from quizkit.questions._loading import MODULES, PLACES
from quizkit.vocabulary import QuestionType

BODY = {"type": "true_false", "content": "?", "answer": True}


@pytest.mark.parametrize(
    ("use", "types"),
    [
        ("import quizkit.questions, quizkit.schemas", []),
        ("from quizkit.questions import Question, parse, register, TextAnswer", []),
        ("from quizkit.questions import Choice", ["choice"]),
        ("import quizkit.questions as q; q.MatchingPair", ["matching"]),
        (f"from quizkit.questions import parse; parse({BODY})", ["true_false"]),
        (f"from quizkit.schemas import QuizCreate; QuizCreate(title='x', questions=[{BODY}])", ["true_false"]),
        (
            "from quizkit.questions import parse_view; parse_view({'type': 'essay', 'content': {'text': '?'}})",
            ["essay"],
        ),
        ("from quizkit.questions import parse_stored; parse_stored({'type': 'crossword'})", []),
        ("from quizkit.questions import registered; registered()", list(QuestionType)),
        ("from quizkit.questions import *; Numeric", list(QuestionType)),
        ("from quizkit.schemas import Paper; Paper.model_json_schema()", list(QuestionType)),
    ],
)
def test_a_type_is_loaded_by_its_first_use(use: str, types: list[str]) -> None:
    loaded = in_a_fresh_process(f"import json, sys\n{use}\nprint(json.dumps(list(sys.modules)))")

    assert {f"quizkit.questions.{name}" for name in QuestionType} & set(loaded) == {
        f"quizkit.questions.{name}" for name in types
    }


def test_the_registered_types_have_one_order_whichever_was_used_first() -> None:
    program = "import json; from quizkit.questions import {first}, registered; print(json.dumps(list(registered())))"

    for first in ("Question", "TrueFalse", "Essay"):
        assert in_a_fresh_process(program.format(first=first)) == list(QuestionType)


def test_a_host_cannot_register_a_built_in_name_before_the_type_was_used() -> None:
    program = """
import json
from typing import Literal
from quizkit import questions
from quizkit.errors import UsageError

class Pick(questions.Essay):
    type: Literal["choice"] = "choice"

try:
    questions.register(Pick)
except UsageError as error:
    print(json.dumps([error.code, questions.registered()["choice"].__name__]))
"""

    assert in_a_fresh_process(program) == ["type_taken", "Choice"]


def test_a_question_unpickles_where_its_type_was_not_used_yet() -> None:
    question = Choice(content="?", options=[Option(content="a", correct=True), Option(content="b")])
    program = f"""
import json, pickle, sys
import quizkit.questions
assert "quizkit.questions.choice" not in sys.modules
question = pickle.loads({pickle.dumps(question)!r})
print(json.dumps([type(question) is quizkit.questions.Choice, question.model_dump_json()]))
"""

    assert in_a_fresh_process(program) == [True, question.model_dump_json()]


THREADS = """
import json, sys, threading
sys.setswitchinterval(1e-6)
from quizkit import questions
COUNT = 12
start, faults, answers = threading.Barrier(COUNT), [], set()
body = {"type": "true_false", "content": "?", "answer": True}

def defs():
    return questions.registered()["blanks"].model_json_schema()["$defs"].items()

def use(number):
    start.wait()
    try:
        names = questions.__all__[number * 5:] + questions.__all__[:number * 5]
        found = sorted(repr(getattr(questions, name)) for name in names)
        question = questions.parse(body)
        # Pydantic 2.10 writes the default of one field into another's schema, by the order of their use (0071).
        shape = {name: list(one.get("properties", ())) for name, one in defs()}
        answers.add(repr((found, list(questions.registered()), question, shape)))
    except BaseException as error:
        faults.append(repr(error))

threads = [threading.Thread(target=use, args=[number]) for number in range(COUNT)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(json.dumps([faults, len(answers)]))
"""


def test_threads_may_use_the_types_first_at_the_same_time() -> None:
    assert in_a_fresh_process(THREADS) == [[], 1]


def test_the_package_exports_what_it_imports_at_once_and_what_it_loads_later() -> None:
    imports = [
        node for node in ast.parse(inspect.getsource(quizkit.questions)).body if isinstance(node, ast.ImportFrom)
    ]
    at_once = [
        name.name
        for node in imports
        if str(node.module).startswith("quizkit.")
        for name in node.names
        if not name.name.startswith("_")
    ]

    assert quizkit.questions.__all__ == sorted([*at_once, *PLACES])


def test_dir_lists_the_names_that_are_not_loaded_yet_and_those_that_every_module_has() -> None:
    program = "import json; from quizkit import questions as q; print(json.dumps([dir(q), q.__all__, list(vars(q))]))"

    listed, exported, present = in_a_fresh_process(program)

    assert listed == sorted({*exported, *present})
    assert {"__name__", "__doc__", "__file__", "Choice"} <= set(listed)


@pytest.mark.parametrize("name", ["choice", "_folding"])
def test_a_module_of_the_package_is_an_attribute_before_it_is_loaded(name: str) -> None:
    program = f"import json; from quizkit import questions; print(json.dumps(questions.{name}.__name__))"

    assert in_a_fresh_process(program) == f"quizkit.questions.{name}"


def test_the_first_name_of_a_types_module_is_its_class() -> None:
    first = [getattr(quizkit.questions, MODULES[name][0]) for name in QuestionType]

    assert [one.model_fields["type"].default for one in first] == list(QuestionType)


def test_a_misspelt_name_is_an_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Chocie'"):
        quizkit.questions.Chocie  # type: ignore[attr-defined] # noqa: B018 - a misspelt name
    with pytest.raises(ImportError, match="cannot import name 'Chocie'"):
        from quizkit.questions import Chocie  # type: ignore[attr-defined] # noqa: F401 - likewise
