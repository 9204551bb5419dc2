"""The warm-up of the documentation leaves nothing of quizkit to load or to build."""

from __future__ import annotations

from code_blocks import ROOT, blocks
from fresh_process import in_a_fresh_process

USE = """
import json, sys
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Session
from quizkit.crud import Quizkit
from quizkit.models import mount
from quizkit.questions import registered
from quizkit.schemas import Paper, QuizCreate
from quizkit.sessions import configure_sqlite

def waiting():
    public = {getattr(package, name) for package in (quizkit.questions, quizkit.schemas) for name in package.__all__}
    classes = {one for one in public if isinstance(one, type) and issubclass(one, BaseModel)}
    return sorted(one.__name__ for one in classes if not one.__pydantic_complete__)

class Base(DeclarativeBase): ...

kit = Quizkit(mount(Base, prefix="own_"))
loaded, unbuilt = set(sys.modules), waiting()
engine = create_engine("sqlite://")
configure_sqlite(engine)
Base.metadata.create_all(engine)
with Session(engine) as session:
    body = {"title": "Rivers", "questions": [{"type": "true_false", "content": "?", "answer": True}]}
    quiz = kit.quizzes.publish(session, kit.quizzes.create(session, QuizCreate.model_validate(body)).id)
    paper = kit.attempts.start(session, quiz.id, taker="ann")
    kit.attempts.submit(session, paper.attempt_id, taker="ann")
    kit.gradebook.leaderboard(session, quiz_id=quiz.id)
    kit.gradebook.place(session, quiz_id=quiz.id, taker="ann")
    kit.gradebook.means(session, quiz_id=quiz.id, groups={"all": []})
    kit.gradebook.roster(session, quiz_id=quiz.id, takers=["ann"])
Paper.model_json_schema()
later = [name for name in set(sys.modules) - loaded if name.startswith("quizkit.")]
ready = [name for name in sys.modules if name.startswith("quizkit.") and name.endswith("._ready")]
print(json.dumps([unbuilt, later, ready]))
"""


def test_the_warm_up_leaves_nothing_to_load_or_to_build_and_maps_no_ready_made_classes() -> None:
    (code,) = (body for _, language, body in blocks(ROOT / "docs/how-to/warm-up.md") if language == "python")

    assert in_a_fresh_process(code + USE) == [[], [], []]
