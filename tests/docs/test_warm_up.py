"""The warm-up of the documentation leaves nothing of quizkit to load or to build."""

from __future__ import annotations

from code_blocks import ROOT, blocks
from fresh_process import in_a_fresh_process

USE = """
import json, sys
from sqlalchemy import create_engine
from sqlalchemy.orm import Session
from quizkit.crud import attempts, gradebook, quizzes
from quizkit.models import Base
from quizkit.questions import registered
from quizkit.schemas import Paper, QuizCreate
from quizkit.sessions import configure_sqlite

def waiting():
    public = {getattr(package, name) for package in (quizkit.questions, quizkit.schemas) for name in package.__all__}
    classes = {one for one in public if isinstance(one, type) and issubclass(one, BaseModel)}
    return sorted(one.__name__ for one in classes if not one.__pydantic_complete__)

loaded, unbuilt = set(sys.modules), waiting()
engine = create_engine("sqlite://")
configure_sqlite(engine)
Base.metadata.create_all(engine)
with Session(engine) as session:
    body = {"title": "Rivers", "questions": [{"type": "true_false", "content": "?", "answer": True}]}
    quiz = quizzes.publish(session, quizzes.create(session, QuizCreate.model_validate(body)).id)
    paper = attempts.start(session, quiz.id, taker="ann")
    attempts.submit(session, paper.attempt_id, taker="ann")
    gradebook.leaderboard(session, quiz_id=quiz.id)
Paper.model_json_schema()
later = [name for name in set(sys.modules) - loaded if name.startswith("quizkit.")]
print(json.dumps([unbuilt, later]))
"""


def test_the_warm_up_leaves_nothing_to_load_or_to_build() -> None:
    (code,) = (body for _, language, body in blocks(ROOT / "docs/how-to/warm-up.md") if language == "python")

    assert in_a_fresh_process(code + USE) == [[], []]
