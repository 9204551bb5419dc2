"""The tables of a host with int users, and quizkit's on the same base. The other host_ modules are its routes and tests."""

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, ForeignKey, Integer, MetaData, String, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from quizkit.crud import AccessRequest, Quizkit
from quizkit.errors import Refused
from quizkit.models import (
    AssignmentMixin,
    AttemptMixin,
    BankMixin,
    QuestionMixin,
    QuizMixin,
    SubjectColumn,
    TableConfig,
    mount,
)

BigId = BigInteger().with_variant(Integer(), "sqlite")


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={"pk": "pk_%(table_name)s"},
        info={"quizkit": TableConfig(prefix="exam_", subject=SubjectColumn(type_=BigId, references="users.id"))},
    )


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(50), unique=True)
    group: Mapped[str | None] = mapped_column(String(20))
    exams: Mapped[list["Exam"]] = relationship(back_populates="author", viewonly=True)


class Course(Base):
    __tablename__ = "courses"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    title: Mapped[str] = mapped_column(String(100))


class Exam(QuizMixin[int], Base):
    """A quiz with a course."""

    course_id: Mapped[int | None] = mapped_column(ForeignKey("courses.id"))
    course: Mapped[Course | None] = relationship()
    author: Mapped[User | None] = relationship(back_populates="exams", viewonly=True)

    @property
    def label(self) -> str:
        return f"{self.title} ({self.state})"


class Room(AssignmentMixin, Base):
    room: Mapped[str | None] = mapped_column(String(20))


class Sitting(AttemptMixin[int], Base):
    device: Mapped[str | None] = mapped_column(String(50))
    seen_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True), server_default=func.now())


class Pool(BankMixin, Base):
    owner: Mapped[str | None] = mapped_column(String(20))


class Item(QuestionMixin, Base):
    level: Mapped[int | None] = mapped_column()
    open: Mapped[bool] = mapped_column(default=True)


def admit(request: AccessRequest[int]) -> None:
    """Refuse people who have no group."""
    if request.taker == 0 or "7b" not in request.groups:
        raise Refused("no_group", "You are in no group")


models = mount(Base, quiz=Exam, assignment=Room, attempt=Sitting, bank=Pool, question=Item)
kit = Quizkit(models, admit=admit)
