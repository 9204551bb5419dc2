"""Hostile files: XML is not expanded, archives are not opened, formulas are not run."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

from quizkit.errors import Unreadable
from quizkit.formats import gift, native

BOMB = """<?xml version="1.0"?>
<!DOCTYPE lolz [
<!ENTITY lol "lol">
<!ENTITY lol1 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">
<!ENTITY passwd SYSTEM "file:///etc/passwd">
]>
<quiz>&lol1; &passwd;</quiz>"""


def test_xml_is_text_to_the_gift_reader_and_no_entity_is_expanded() -> None:
    (question,) = gift.read(BOMB).questions

    assert question.type == "description"
    assert "<quiz>&lol1; &passwd;</quiz>" in str(question.content)


def test_xml_is_unreadable_to_the_native_reader() -> None:
    with pytest.raises(Unreadable) as refused:
        native.read(BOMB)
    assert refused.value.code == "file_not_json"


@pytest.mark.parametrize("reader", [gift, native], ids=["gift", "native"])
def test_an_archive_is_unreadable_and_not_opened(reader: Any) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../outside.gift", "Is this read? {T}")
        archive.writestr("bomb.gift", "x" * 10_000_000)

    with pytest.raises(Unreadable) as refused:
        reader.read(packed.getvalue())
    assert refused.value.code == "file_not_text"


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1+1"])
def test_a_formula_in_a_question_is_written_and_read_as_text(formula: str) -> None:
    (question,) = native.read(native.write(gift.read(f"{formula} {{T}}").questions).text).questions

    assert str(question.content) == formula.strip()
