"""The changelog names what there is: only the section of renamed names may hold old ones."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import pytest

CHANGELOG = (Path(__file__).parents[2] / "CHANGELOG.md").read_text()
NAMES = sorted(
    set(
        re.findall(
            r"(?<!logger )`(quizkit(?:\.\w+)+)", re.sub(r"### Renamed\n.*?(?=\n###)", "", CHANGELOG, flags=re.DOTALL)
        )
    )
)


@pytest.mark.parametrize("name", NAMES)
def test_each_name_in_the_changelog_exists(name: str) -> None:
    found: Any = importlib.import_module("quizkit")
    path = "quizkit"
    for part in name.split(".")[1:]:
        path = f"{path}.{part}"
        fields = {**getattr(found, "model_fields", {}), **getattr(found, "__annotations__", {})}
        found = getattr(found, part, None) or _module(path) or fields[part]


def _module(path: str) -> Any:
    try:
        return importlib.import_module(path)
    except ModuleNotFoundError:
        return None
