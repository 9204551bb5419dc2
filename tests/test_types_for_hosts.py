"""The typing tests pass the checkers of a host with settings of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

from type_checkers import ROOT, mypy_errors


def test_a_host_with_the_plugin_of_pydantic_sees_the_same_mistakes(tmp_path: Path) -> None:
    place = shutil.copytree(ROOT / "typing_tests", tmp_path / "host")

    assert len(list(place.glob("host_*.py"))) == 4
    assert mypy_errors(place, plugin=True) == []
