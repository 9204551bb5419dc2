"""Files in and out: bytes or text to questions and back. Pure: no database, previewable before anything is stored."""

from __future__ import annotations

from quizkit.formats import gift, handwritten, native
from quizkit.formats._report import FileProblem, FileQuestion, ImportReport, Severity, WriteReport

__all__ = ["FileProblem", "FileQuestion", "ImportReport", "Severity", "WriteReport", "gift", "handwritten", "native"]
