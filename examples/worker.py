"""A job that finishes overdue attempts and grades their saved responses. No web framework.

Run it with `python worker.py --once` from cron, or without it as a service; as many of them as you like. The
database is `QUIZKIT_DATABASE_URL`, by default sqlite:///quiz.db.
"""

from __future__ import annotations

import logging
import os
import sys
import time

from sqlalchemy import create_engine
from sqlalchemy.orm import Session, sessionmaker

from quizkit import migrations
from quizkit.crud import gradebook
from quizkit.schemas import Expired
from quizkit.sessions import configure_sqlite, run_transaction

EVERY_SECONDS = 30
STEP = 100

log = logging.getLogger("worker")


def step(session: Session) -> Expired[str]:
    """Finish some attempts."""
    return gradebook.expire_due(session, limit=STEP)


def work(maker: sessionmaker[Session]) -> int:
    """Finish all overdue attempts, in small transactions that are retried if the error is retryable."""
    finished = 0
    while True:
        done = run_transaction(maker, step)
        finished += done.finished
        if not done.more:
            return finished


def main() -> None:
    """Run once, or forever."""
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s", stream=sys.stdout)
    engine = create_engine(os.environ.get("QUIZKIT_DATABASE_URL", "sqlite:///quiz.db"), hide_parameters=True)
    if engine.dialect.name == "sqlite":
        configure_sqlite(engine)
    migrations.ensure_schema_current(engine)
    maker = sessionmaker(engine)
    try:
        while True:
            log.info("%d attempts finished", work(maker))
            if "--once" in sys.argv[1:]:
                return
            time.sleep(EVERY_SECONDS)
    finally:
        engine.dispose()


if __name__ == "__main__":
    main()
