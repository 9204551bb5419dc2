"""Reading and writing files of questions. Pure code: it uses no database, so an import can be previewed."""

from __future__ import annotations

from quizkit.formats import gift, handwritten, native
from quizkit.formats._report import FileProblem, FileQuestion, ImportReport, Severity, WriteReport

__all__ = ["FileProblem", "FileQuestion", "ImportReport", "Severity", "WriteReport", "gift", "handwritten", "native"]
