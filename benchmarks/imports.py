"""What importing quizkit costs, beside what it stands on. Medians of fresh processes; ratios are what counts.

Run it with `make bench`. Absolute times mean nothing on a shared machine.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from typing import Final

ROUNDS: Final = 15
# What is imported first, untimed; then what is timed. The floor of each is what its users have loaded anyway.
CASES: Final = {
    "pydantic (floor)": ("", "import pydantic; from pydantic import BaseModel\nclass A(BaseModel): a: int"),
    "sqlalchemy.orm (floor)": ("", "import sqlalchemy.orm"),
    "quizkit": ("", "import quizkit"),
    "quizkit.schemas, on top of pydantic": (
        "import pydantic; from pydantic import BaseModel\nclass A(BaseModel): a: int",
        "import quizkit.schemas",
    ),
    "quizkit.models, on top of sqlalchemy.orm": ("import sqlalchemy.orm", "import quizkit.models"),
    "quizkit.crud, on top of all that": (
        "import sqlalchemy.orm, quizkit.schemas, quizkit.models",
        "import quizkit.crud",
    ),
}


def milliseconds(before: str, timed: str) -> float:
    """Return how long the timed statements take in a fresh process."""
    program = f"{before}\nimport time\nt = time.perf_counter()\n{timed}\nprint((time.perf_counter() - t) * 1000)"
    environment = {"PYTHONPYCACHEPREFIX": ".cache/bytecode", "PATH": "/usr/bin:/bin"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment)
    return float(done.stdout)


def main() -> None:
    """Print a table of medians and of ratios to pydantic's own import."""
    for before, timed in CASES.values():  # write the bytecode first
        milliseconds(before, timed)
    rounds = [{name: milliseconds(*case) for name, case in CASES.items()} for _ in range(ROUNDS)]
    floor = "pydantic (floor)"
    print(f"{'import':44} {'median ms':>10} {'× pydantic':>11}")
    for name in CASES:
        median = statistics.median(one[name] for one in rounds)
        ratio = statistics.median(one[name] / one[floor] for one in rounds)
        print(f"{name:44} {median:10.1f} {ratio:11.2f}")


if __name__ == "__main__":
    main()
