"""The documentation, built once for a test run, and what its pages contain."""

from __future__ import annotations

import fcntl
import re
import shutil
import subprocess
import sys
from html import unescape
from pathlib import Path

ROOT = Path(__file__).parents[1]


def build(place: Path) -> Path:
    """Build the site below a directory, if no other process of the run has, and return it."""
    place.mkdir(exist_ok=True)
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "site" / "objects.inv").exists():
            for name in ("docs", "doc_tools", "src"):
                shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
            shutil.copy(ROOT / "mkdocs.yml", place)
            command = [sys.executable, "-m", "zensical", "build", "--clean", "--strict"]
            built = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
            assert built.returncode == 0, built.stdout + built.stderr
    return place / "site"


def anchors(page: Path) -> list[str]:
    """Return the anchors of a page, in order."""
    return re.findall(r'\bid="([^"]+)"', (page / "index.html").read_text())


def text(page: Path) -> str:
    """Return the text of a page without its markup and scripts."""
    return unescape(
        re.sub(r"<(script|style)\b.*?</\1>|<[^>]+>", "", (page / "index.html").read_text(), flags=re.DOTALL)
    )
