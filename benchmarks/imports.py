"""What importing quizkit costs, beside what it stands on, in fresh processes. Run it with `make bench`.

Absolute times mean nothing on a shared machine: the ratios count, and the numbers that do not vary (modules, function
calls, schemas that Pydantic built). CPU time (user + system) varies less than the time that passes.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from typing import Final

# Pydantic loads its parts when they are used: without a class the import alone would be a third of this.
PYDANTIC: Final = "import pydantic\nfrom pydantic import BaseModel\nclass A(BaseModel): a: int"
ALL_VERBS: Final = """
import importlib, pkgutil
for one in pkgutil.walk_packages(quizkit.crud.__path__, "quizkit.crud."):
    if not one.name.endswith("._ready"): importlib.import_module(one.name)
"""
# What is imported first, untimed; then what is timed. The first is what the users of the second have loaded anyway.
CASES: Final = {
    "pydantic, with one class": ("", PYDANTIC),
    "sqlalchemy.orm": ("", "import sqlalchemy.orm"),
    "quizkit": ("", "import quizkit"),
    "quizkit.schemas, on pydantic": (PYDANTIC, "import quizkit.schemas"),
    "quizkit.models, on sqlalchemy.orm": ("import sqlalchemy.orm", "import quizkit.models"),
    "quizkit.crud, on models and QuizCreate": (
        "import quizkit.models\nfrom quizkit.schemas import QuizCreate",
        "import quizkit.crud",
    ),
    "first use: all schemas": (PYDANTIC, "from quizkit.schemas import *"),
    "first use: QuizCreate, loaded": (PYDANTIC, "from quizkit.schemas import QuizCreate"),
    "first use: all question types": ("from quizkit.schemas import *", "from quizkit.questions import *"),
    "first use: the modules of all verbs": ("import quizkit.crud", ALL_VERBS),
    "first use: the ready-made classes": ("import quizkit.crud", "from quizkit.crud import quizzes"),
    "first use: QuizCreate, built": (
        f"{PYDANTIC}\nfrom quizkit.schemas import QuizCreate",
        "QuizCreate(title='Geography')",
    ),
    "first use: JSON Schema of all schemas": (
        f"{PYDANTIC}\nimport quizkit.schemas as s\nfrom pydantic.json_schema import models_json_schema",
        "models_json_schema([(getattr(s, name), 'serialization') for name in s.__all__])",
    ),
}
FLOOR: Final = "pydantic, with one class"

TIMES: Final = """
import time
wall, cpu = time.perf_counter(), time.process_time()
exec({timed!r})
print([(time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000])
"""
COUNTS: Final = """
import sys
modules, calls = len(sys.modules), 0
def count(frame, event, argument):
    global calls
    calls += event in ("call", "c_call")
sys.setprofile(count)
exec({timed!r})
sys.setprofile(None)
modules = len(sys.modules) - modules
built = 0
if "pydantic" in sys.modules:
    import gc
    from pydantic import BaseModel
    classes = [one for one in gc.get_objects() if isinstance(one, type) and issubclass(one, BaseModel)]
    built = sum("quizkit" in one.__module__ and one.__pydantic_complete__ for one in classes)
print([modules, calls, built])
"""


def run(before: str, program: str, timed: str) -> list[float]:
    """Return the numbers that a fresh process prints."""
    environment = {"PYTHONPYCACHEPREFIX": ".cache/bytecode", "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-c", before + program.format(timed=timed)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return [float(number) for number in json.loads(done.stdout)]


def main() -> None:
    """Print times, ratios to Pydantic's own import in the same run, and counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    counts = {name: run(before, COUNTS, timed) for name, (before, timed) in CASES.items()}  # writes the bytecode too
    taken: dict[str, list[list[float]]] = {name: [] for name in CASES}
    for _ in range(rounds):
        for name, (before, timed) in CASES.items():
            taken[name].append(run(before, TIMES, timed))
    cpu = {name: [one[1] for one in all_] for name, all_ in taken.items()}
    print(f"{rounds} fresh processes for each line. x: CPU time, beside `{FLOOR}` in the same run.")
    print(f"{'':46}{'wall ms':>14}{'CPU ms':>14}{'x':>12}{'modules':>9}{'calls':>9}{'built':>7}")
    print(f"{'':46}" + "   min median" * 3)
    for name in CASES:
        wall = [one[0] for one in taken[name]]
        pairs = [mine / floor for mine, floor in zip(cpu[name], cpu[FLOOR], strict=True)]
        modules, calls, built = (int(number) for number in counts[name])
        print(
            f"{name:46}{min(wall):7.1f}{statistics.median(wall):7.1f}{min(cpu[name]):7.1f}"
            f"{statistics.median(cpu[name]):7.1f}{min(cpu[name]) / min(cpu[FLOOR]):6.2f}{statistics.median(pairs):6.2f}"
            f"{modules:9}{calls:9}{built:7}"
        )


if __name__ == "__main__":
    main()
