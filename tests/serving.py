"""Run a program as a user does, on a free port."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[1]


def unmeasured(**more: str) -> dict[str, str]:
    """Return an environment without coverage measurement, in which programs are twice as fast."""
    return {**{name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}, **more}


def run(*words: str, cwd: Path, **environment: str) -> str:
    """Run a module, such as alembic, with this Python and return its output."""
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=unmeasured(COLUMNS="100", NO_COLOR="1", **environment),
    )
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    return done.stdout + done.stderr


@contextmanager
def served(*words: str, cwd: Path, **environment: str) -> Iterator[httpx.Client]:
    """A server, started with a command whose last argument is the port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", *words, str(port)],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=unmeasured(**environment),
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
            for _ in range(400):
                try:
                    client.get("/")
                except httpx.TransportError:
                    assert server.poll() is None, server.stdout.read().decode() if server.stdout else ""
                    time.sleep(0.05)
                else:
                    break
            yield client
    finally:
        server.terminate()
        server.communicate(timeout=20)
