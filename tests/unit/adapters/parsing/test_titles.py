"""Titles that programs wrote are no titles."""

from __future__ import annotations

import pytest

from wellread.adapters.parsing.titles import worthy


@pytest.mark.parametrize(
    "raw",
    ["", None, "untitled", "Untitled document", "Microsoft Word - foo.doc", "Document1",
     "PowerPoint Presentation", "Slide 1", "report_final.pdf", "12345", "x" * 201, "Mappe1",
     "Sheet 2", " \x00 ", "(anonymous)"],
)  # fmt: skip
def test_placeholders_and_file_names_are_no_titles(raw: str | None) -> None:
    assert worthy(raw) == ""


@pytest.mark.parametrize(
    ("raw", "title"),
    [
        ("Microsoft Word - Leave policy", "Leave policy"),
        ("  Leave\n policy ", "Leave policy"),
        ("休暇", "休暇"),
        ("Documentation for testers", "Documentation for testers"),
    ],
)
def test_real_titles_are_kept_without_the_program_s_name(raw: str, title: str) -> None:
    assert worthy(raw) == title
